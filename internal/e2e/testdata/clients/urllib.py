"""A token and a push by Python's own urllib. Its host is Safaricom's unless an argument names another."""
import base64
import json
import sys
import urllib.request

base = sys.argv[1] if len(sys.argv) > 1 else "https://sandbox.safaricom.co.ke"


def call(path, authorization, body=None):
    request = urllib.request.Request(base + path, headers={"Authorization": authorization})
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.load(response)


token = call("/oauth/v1/generate?grant_type=client_credentials", "Basic " + base64.b64encode(b"sandbox:sandbox").decode())
push = call("/mpesa/stkpush/v1/processrequest", "Bearer " + token["access_token"], {
    "BusinessShortCode": 174379, "Password": "MTc0Mzc5YmZiMjc5ZjlhYTliZGJjZjE1OGU5N2RkNzFhNDY3Y2QyZTBjODkzMDU5YjEwZjc4ZTZiNzJhZGExZWQyYzkxOTIwMjYxMjAxMTIwMDAw",
    "Timestamp": "20261201120000", "TransactionType": "CustomerPayBillOnline", "Amount": "10", "PartyA": 254708374149, "PartyB": 174379,
    "PhoneNumber": 254708374149, "CallBackURL": "https://shop.example.com/callback", "AccountReference": "INV-1", "TransactionDesc": "Order"})
print(push["ResponseDescription"])

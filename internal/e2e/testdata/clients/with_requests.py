"""A token and a push by requests. Its host is Safaricom's unless an argument names another."""
import sys
import requests

base = sys.argv[1] if len(sys.argv) > 1 else "https://sandbox.safaricom.co.ke"
token = requests.get(base + "/oauth/v1/generate?grant_type=client_credentials", auth=("sandbox", "sandbox"), timeout=60)
token.raise_for_status()
push = requests.post(base + "/mpesa/stkpush/v1/processrequest", headers={"Authorization": "Bearer " + token.json()["access_token"]}, timeout=60, json={
    "BusinessShortCode": "174379", "Password": "MTc0Mzc5YmZiMjc5ZjlhYTliZGJjZjE1OGU5N2RkNzFhNDY3Y2QyZTBjODkzMDU5YjEwZjc4ZTZiNzJhZGExZWQyYzkxOTIwMjYxMjAxMTIwMDAw",
    "Timestamp": "20261201120000", "TransactionType": "CustomerPayBillOnline", "Amount": 10, "PartyA": "254708374149", "PartyB": "174379",
    "PhoneNumber": "254708374149", "CallBackURL": "https://shop.example.com/callback", "AccountReference": "INV-1", "TransactionDesc": "Order"})
print(push.json()["ResponseDescription"])

"""A shop that takes M-PESA by STK push: the program under test. Standard library only."""

import base64
import json
import urllib.request
import uuid
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread

EAT = timezone(timedelta(hours=3))


class Shop:
    """Keeps orders, and the receipts that were credited. A real shop keeps both in its database."""

    def __init__(self, base_url, key, secret, shortcode, passkey, callback_host="127.0.0.1"):
        self.base_url, self.key, self.secret = base_url, key, secret
        self.shortcode, self.passkey = shortcode, passkey
        self.orders = {}  # by id: the amount, and pending, paid, failed or review
        self.credited = {}  # by receipt: the amount in shillings
        self.lock = Lock()
        address = "127.0.0.1" if callback_host == "127.0.0.1" else "0.0.0.0"
        self.server = ThreadingHTTPServer((address, 0), self._handler())
        self.callback_url = f"http://{callback_host}:{self.server.server_port}/callback/"
        Thread(target=self.server.serve_forever, daemon=True).start()

    def order(self, phone, amount, reference):
        """Sends the customer a prompt and returns the order's id."""
        # The order is kept before the push, and its id is in the callback URL: the callback
        # finds it even when it arrives before the answer. A random id can't be guessed.
        order = uuid.uuid4().hex
        self.orders[order] = {"amount": amount, "state": "pending"}
        stamp = datetime.now(EAT).strftime("%Y%m%d%H%M%S")
        password = base64.b64encode(f"{self.shortcode}{self.passkey}{stamp}".encode()).decode()
        self._call("/mpesa/stkpush/v1/processrequest", f"Bearer {self._token()}", {
            "BusinessShortCode": self.shortcode, "Password": password, "Timestamp": stamp,
            "TransactionType": "CustomerPayBillOnline", "Amount": amount, "PartyA": phone,
            "PartyB": self.shortcode, "PhoneNumber": phone, "CallBackURL": self.callback_url + order,
            "AccountReference": reference, "TransactionDesc": "Order",
        })
        return order

    def callback(self, id, body):
        """Applies a callback. One that comes again changes nothing."""
        result = body["Body"]["stkCallback"]
        with self.lock:
            order = self.orders.get(id)
            if order is None or order["state"] != "pending":
                return
            if result["ResultCode"] != 0:
                order["state"] = "failed"
                return
            items = {i["Name"]: i.get("Value") for i in result["CallbackMetadata"]["Item"]}
            receipt = items["MpesaReceiptNumber"]
            if items["Amount"] != order["amount"] or receipt in self.credited:
                order["state"] = "review"  # a person compares it with the M-PESA statement
                return
            order["state"] = "paid"
            self.credited[receipt] = order["amount"]

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def _token(self):
        basic = base64.b64encode(f"{self.key}:{self.secret}".encode()).decode()
        return self._call("/oauth/v1/generate?grant_type=client_credentials", f"Basic {basic}")["access_token"]

    def _call(self, path, authorization, body=None):
        request = urllib.request.Request(self.base_url + path, headers={"Authorization": authorization})
        if body is not None:
            request.data = json.dumps(body).encode()
            request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=10) as response:
            return json.load(response)

    def _handler(shop):
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                shop.callback(self.path.rsplit("/", 1)[-1], body)
                self.send_response(200)
                self.end_headers()

            def log_message(self, *args):
                pass

        return Handler

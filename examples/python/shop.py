"""A shop that takes M-PESA by STK push: the program under test. Standard library only."""

import base64
import json
import urllib.request
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

EAT = timezone(timedelta(hours=3))


class Shop:
    """Knows of each order whether it is pending, paid or failed."""

    def __init__(self, base_url, key, secret, shortcode, passkey, callback_host="127.0.0.1"):
        self.base_url, self.key, self.secret = base_url, key, secret
        self.shortcode, self.passkey = shortcode, passkey
        self.orders = {}  # by CheckoutRequestID
        # A Daraja in a container reaches this machine by another address than 127.0.0.1.
        self.server = ThreadingHTTPServer(("127.0.0.1" if callback_host == "127.0.0.1" else "0.0.0.0", 0), self._handler())
        self.callback_url = f"http://{callback_host}:{self.server.server_port}/callback"
        Thread(target=self.server.serve_forever, daemon=True).start()

    def order(self, phone, amount, reference):
        """Asks the customer for money and returns the order's id."""
        stamp = datetime.now(EAT).strftime("%Y%m%d%H%M%S")
        password = base64.b64encode(f"{self.shortcode}{self.passkey}{stamp}".encode()).decode()
        ack = self._call("/mpesa/stkpush/v1/processrequest", f"Bearer {self._token()}", {
            "BusinessShortCode": self.shortcode, "Password": password, "Timestamp": stamp,
            "TransactionType": "CustomerPayBillOnline", "Amount": amount, "PartyA": phone,
            "PartyB": self.shortcode, "PhoneNumber": phone, "AccountReference": reference,
            "CallBackURL": self.callback_url,
            "TransactionDesc": "Order",
        })
        self.orders.setdefault(ack["CheckoutRequestID"], "pending")  # its callback may have come already
        return ack["CheckoutRequestID"]

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

    def _settle(self, callback):
        result = callback["Body"]["stkCallback"]
        paid = result["ResultCode"] == 0
        self.orders[result["CheckoutRequestID"]] = "paid" if paid else "failed"

    def _handler(shop):
        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                shop._settle(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *args):
                pass

        return Handler

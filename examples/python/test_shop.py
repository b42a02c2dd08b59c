"""Tests the shop against a simulator: python3 -m unittest discover examples/python"""

import json
import os
import unittest
import urllib.request

from shop import Shop

CONTROL = os.environ.get("DARAJABOX_CONTROL", "http://127.0.0.1:7071")
CALLBACK_HOST = os.environ.get("CALLBACK_HOST", "127.0.0.1")  # where the simulator reaches this machine
PHONE = "254708374149"


def control(method, url, body=None):
    request = urllib.request.Request(url, method=method, headers={"Content-Type": "application/json"})
    request.data = json.dumps(body).encode() if body is not None else None
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.loads(response.read() or "null")


def setUpModule():
    try:
        control("GET", CONTROL + "/health")
    except OSError:
        raise SystemExit(f"no simulator answers at {CONTROL}; start one with: darajabox simulator")


class ShopTest(unittest.TestCase):
    def setUp(self):
        # Each test has a world of its own, in which the clock stands still.
        world = control("POST", CONTROL + "/worlds", {"seed": 7, "clock": {"frozen": True}})
        self.world = CONTROL + "/worlds/" + world["id"]
        self.addCleanup(control, "DELETE", self.world)
        self.shop = Shop(world["url"], world["consumer_key"], world["consumer_secret"],
                         world["shortcode"], world["passkey"], CALLBACK_HOST)
        self.addCleanup(self.shop.close)

    def ask(self, path, body):
        return control("POST", self.world + path, body)

    def state(self, order):
        return self.shop.orders[order]["state"]

    def verify(self, count, **match):
        verdict = self.ask("/journal/verify", {"match": match, "count": count})
        self.assertTrue(verdict["ok"], verdict["message"])

    def test_customer_pays(self):
        order = self.shop.order(PHONE, 150, "INV-1")
        self.ask(f"/phones/{PHONE}/pin", {})  # the customer's own PIN
        self.ask("/clock/advance", {"by": "10s"})
        self.assertEqual(self.state(order), "paid")
        self.verify(1, kind="callback", phone=PHONE, status=200)

    def test_customer_cancels(self):
        order = self.shop.order(PHONE, 150, "INV-2")
        self.ask(f"/phones/{PHONE}/cancel", {})
        self.ask("/clock/advance", {"by": "10s"})
        self.assertEqual(self.state(order), "failed")
        self.verify(1, kind="callback", body={"Body.stkCallback.ResultCode": 1032})

    def test_no_answer_for_90_seconds(self):
        order = self.shop.order(PHONE, 150, "INV-3")
        self.ask(f"/phones/{PHONE}/ignore", {})
        self.assertEqual(self.state(order), "pending")
        self.ask("/clock/advance", {"by": "90s"})  # takes milliseconds
        self.assertEqual(self.state(order), "failed")

    def test_callback_comes_twice(self):
        self.ask("/queue", {"phone": PHONE, "then": {"result": 0, "callback": {"copies": 2, "gap": "1s"}}})
        order = self.shop.order(PHONE, 150, "INV-4")
        self.ask("/clock/advance", {"by": "10s"})
        self.verify(2, kind="callback", reference="INV-4")
        self.assertEqual(self.state(order), "paid")
        self.assertEqual(list(self.shop.credited.values()), [150])

    def test_callback_with_a_wrong_amount(self):
        self.ask("/queue", {"phone": PHONE, "then": {"result": 0, "callback": {"amount": 1}}})
        order = self.shop.order(PHONE, 150, "INV-5")
        self.ask("/clock/advance", {"by": "10s"})
        self.assertEqual(self.state(order), "review")
        self.assertEqual(self.shop.credited, {})


if __name__ == "__main__":
    unittest.main()

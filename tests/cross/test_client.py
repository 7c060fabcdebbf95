"""examples/client.c, built for another CPU (LIMPET_DEVICE: the command that runs it), is managed by this machine's
limpet-server: registered over DTLS, read, written, observed, and all that once more after a power cut."""
import os
import shlex
import subprocess
import time
import unittest

from harness import TIMEOUT, Server, tmp

NAME, SECRET = "thermometer", "a secret of some length"


class Registered(unittest.TestCase):
    def setUp(self):
        self.server = self.enterContext(Server())
        psk = {"endpoint": NAME, "tls": {"mode": "psk", "details": {"identity": NAME, "key": SECRET.encode().hex()}}}
        self.assertEqual(self.server.api("PUT", "/security/clients", psk)[0], 200)
        self.folder = tmp("device")

    def start(self):
        device = subprocess.Popen([*shlex.split(os.environ["LIMPET_DEVICE"]), self.server.coaps, NAME, SECRET],
                                  cwd=self.folder, stdin=subprocess.DEVNULL)
        self.addCleanup(device.wait)
        self.addCleanup(device.kill)
        return device

    def registration(self, but=None):
        """The id of the device's registration, other than `but`."""
        deadline = time.monotonic() + TIMEOUT
        while time.monotonic() < deadline:
            status, client = self.server.api("GET", f"/clients/{NAME}")
            if status == 200 and client["registrationId"] != but:
                return client["registrationId"]
            time.sleep(0.1)
        self.fail("the device does not register")

    def content(self, method, path, body=None):
        status, answer = self.server.api(method, f"/clients/{NAME}{path}", body)
        self.assertEqual(status, 200, answer)
        self.assertTrue(answer["success"], answer)
        return answer.get("content")

    def managed(self):
        self.assertEqual(self.content("GET", "/3/0/0")["value"], "Limpet")
        self.assertIn(float(self.content("GET", "/3303/0/5700")["value"]), [20 + n / 10 for n in range(100)])
        self.assertEqual(self.content("GET", "/3303/0?format=TLV")["id"], 0)
        for lifetime in ("86400", "301"):
            self.content("PUT", "/1/0/1", {"id": 1, "kind": "singleResource", "value": lifetime, "type": "integer"})
            self.assertEqual(int(self.content("GET", "/1/0/1")["value"]), int(lifetime))
        self.content("POST", "/3303/0/5700/observe")

    def test_managed_and_back_after_a_power_cut(self):
        device = self.start()
        first = self.registration()
        self.managed()
        device.kill()
        device.wait()
        device = self.start()
        self.registration(but=first)
        self.managed()
        self.assertIsNone(device.poll())


if __name__ == "__main__":
    unittest.main()

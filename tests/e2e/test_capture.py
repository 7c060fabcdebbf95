"""A board's whole life on the wire, as tshark sees it with the keys: bootstrap, registration, read, write, observe, block-wise
Discover, a reboot with its saved association, deregistration. Not one malformed packet, none that the dissector wonders about,
and the requests that were made are in it."""
import os
import re
import secrets
import shutil
import subprocess
import threading
import time
import unittest
from pathlib import Path

from harness import ROOT, Server, tmp

ENDPOINT = "captured"
QEMU, TSHARK = shutil.which("qemu-system-arm"), shutil.which("tshark")


class Board:
    """scripts/board; its UART, line by line."""

    def __init__(self, *arguments):
        self.lines = []
        self.process = subprocess.Popen([str(a) for a in (ROOT / "scripts/board", *arguments)], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        self.reader = threading.Thread(target=lambda: self.lines.extend(iter(self.process.stdout.readline, "")), daemon=True)
        self.reader.start()

    def wait(self, pattern, seconds=60):
        end, at = time.monotonic() + seconds, len(getattr(self, "passed", []))
        while time.monotonic() < end:
            for i in range(at, len(self.lines)):
                if re.search(pattern, self.lines[i]):
                    self.passed = self.lines[:i + 1]
                    return self.lines[i]
            time.sleep(0.05)
        raise AssertionError(f"no line '{pattern}':\n{''.join(self.lines)}")

    def close(self):
        self.process.terminate()
        self.process.wait(20)
        self.reader.join(20)
        self.process.stdout.close()


def dissect(capture, key, port, *arguments):
    """tshark's output; both of the keys are the same one, so that one preference opens both associations."""
    command = ["tshark", "-n", "-r", capture, "-o", f"dtls.psk:{key.hex()}", "-d", f"udp.port=={port},dtls",
               "-d", f"dtls.port=={port},coap", *arguments]
    return subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=120, check=True).stdout


@unittest.skipUnless(QEMU, "qemu-system-arm is missing: scripts/deps images")
@unittest.skipUnless(TSHARK, "tshark is missing: scripts/deps test")
class Capture(unittest.TestCase):
    def life(self, product, folder, key):
        capture = folder / "life.pcap"
        with Server() as server:
            port = int(server.coaps.rsplit(":", 1)[1])
            server.api("PUT", "/security/clients", {"endpoint": ENDPOINT, "tls": {
                "mode": "psk", "details": {"identity": ENDPOINT, "key": key.hex()}}})
            server.api("POST", f"/bootstrap/{ENDPOINT}", {
                "servers": {"0": {"shortId": 123, "lifetime": 300, "defaultMinPeriod": 0, "notifIfDisabled": True, "binding": "U"}},
                "security": {"1": {"bootstrapServer": False, "securityMode": "PSK", "publicKeyOrId": list(ENDPOINT.encode()),
                                   "secretKey": list(key), "serverId": 123, "uri": f"coaps://10.0.2.2:{port}"}},
                "oscore": {}, "toDelete": ["/1"]})
            board = Board(product, "mps2-an385", "-e", ENDPOINT, "-b", f"coaps://127.0.0.1:{port}", "--psk",
                          f"{ENDPOINT}:{key.hex()}", "--capture", capture)
            try:
                self.story(server, board)
            finally:
                board.close()
        return capture, port

    def story(self, server, board):
        client = f"/clients/{ENDPOINT}"
        board.wait("registered 123")
        for path in ("/3", "/3/0", "/3/0/0", "/3303", "/1/0"):
            self.assertEqual(server.api("GET", client + path)[0], 200, path)
        self.assertEqual(server.api("GET", client + "/3/discover")[0], 200)
        value = {"id": 15, "kind": "singleResource", "value": "Europe/Paris", "type": "string"}
        self.assertLess(server.api("PUT", client + "/3/0/15", value)[0], 300)
        self.assertLess(server.api("PUT", client + "/3303/0/5700/attributes?pmin=0&pmax=2")[0], 300)
        self.assertLess(server.api("POST", client + "/3303/0/5700/observe")[0], 300)
        time.sleep(3)
        self.assertLess(server.api("DELETE", client + "/3303/0/5700/observe?active")[0], 300)
        self.assertGreaterEqual(server.api("GET", client + "/7777/0")[1].get("status") or "4.04", "4.04")
        self.assertLess(server.api("POST", client + "/3/0/4")[0], 300)
        board.wait("registered 123")
        self.assertLess(server.api("POST", client + "/1/0/4")[0], 300)
        board.wait("deregistered 123")

    def look(self, product):
        key = secrets.token_bytes(16)
        capture, port = self.life(product, tmp("capture"), key)
        told = dissect(capture, key, port, "-Y", "_ws.malformed || _ws.expert.severity >= 6291456 || icmp")  # warnings and errors
        self.assertEqual(told, "", "tshark finds something wrong")
        coap = dissect(capture, key, port, "-Y", "coap", "-T", "fields", "-e", "coap.type", "-e", "coap.code", "-e", "coap.opt.uri_path_recon")
        requests = {line.split("\t")[2] for line in coap.splitlines() if line.count("\t") == 2}
        self.assertGreater(len(coap.splitlines()), 30)
        for path in ("/bs", "/rd", "/3/0/0", "/3303/0/5700", "/3/0/15", "/1/0/4"):
            self.assertIn(path, requests, "it is not in the capture: was it decrypted?")

    def test_lite(self):
        self.look("lite")

    def test_client(self):
        self.look("client")


if __name__ == "__main__":
    unittest.main()

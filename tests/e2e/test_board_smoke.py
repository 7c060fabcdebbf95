"""The boards that are there for their CPU or their size: each registers over PSK, is read, and reboots."""
import shutil
import unittest

from harness import Server
from test_board import KEY, Board


@unittest.skipUnless(shutil.which("qemu-system-arm"), "no qemu-system-arm (scripts/deps images)")
class Smoke(unittest.TestCase):
    def smoke(self, product, board, keeps=True):
        with Server() as server:
            credential = {"endpoint": "board", "tls": {"mode": "psk", "details": {"identity": "board", "key": KEY}}}
            self.assertEqual(server.api("PUT", "/security/clients", credential)[0], 200)
            with Board(product, board, "-e", "board", "-s", server.coaps, "--psk", f"board:{KEY}", "-l", 300) as b:
                b.wait_for("^registered 1")
                server.wait_for("registered", endpoint="board")
                status, answer = server.api("GET", "/clients/board/3/0/1")
                self.assertEqual((status, answer["content"]["value"]), (200, product))
                self.assertEqual(server.api("POST", "/clients/board/3/0/4")[1]["status"], "CHANGED(204)")
                b.wait_for("^reboot$")
                b.wait_for("^start")
                if keeps:
                    b.wait_for("^connected 1 resumed$")
                    b.wait_for("^registered 1")

    def test_lm3s6965evb(self):
        """256 KiB of flash, 64 KiB of RAM, of which the store takes 8. At a reset QEMU puts there again what was there at
        first, the seed of the random numbers too: a device in the field may not do that, so it is not asked to go on."""
        self.smoke("lite", "lm3s6965evb", keeps=False)

    def test_cortex_m4f(self):
        self.smoke("lite", "mps2-an386")

    def test_cortex_m7(self):
        self.smoke("lite", "mps2-an500")

    def test_cortex_m33(self):
        self.smoke("lite", "mps2-an505")


if __name__ == "__main__":
    unittest.main()

"""The store on real boards' flash drivers, with the power cut at each flash operation of a life (tests/boards/cuts.c)."""
import re
import shutil
import subprocess
import unittest

from harness import ROOT, tmp
from test_board import Board

SECONDS = 600  # alone on a machine a fifth of it


@unittest.skipUnless(shutil.which("qemu-system-arm"), "no qemu-system-arm (scripts/deps images)")
class Cuts(unittest.TestCase):
    def sweep(self, board):
        """Two lives with five tears; a life is long enough to change banks, so that erases and copies are cut, too."""
        subprocess.run([ROOT / "scripts/images", "cuts", board], check=True, stdout=subprocess.DEVNULL)
        image = ROOT / f"build/images/cuts-{board}.elf"
        with Board("cuts", board, "--image", image, "--flash", tmp("cuts") / "flash") as b:
            last = b.wait_for("^cuts: |WRONG", SECONDS)
        self.assertRegex(last, r"^cuts: \d+, all well$")
        sweeps = [int(n) for n in re.findall(r": (\d+) cuts$", "\n".join(b.said), re.M)]
        self.assertEqual(len(sweeps), 10, b.said)
        self.assertGreater(min(sweeps), 30)
        print(f"note: {board}: {sum(sweeps)} power cuts, each left the old or the new")

    def test_mps2_an385(self):
        self.sweep("mps2-an385")

    def test_emcraft_sf2(self):
        self.sweep("emcraft-sf2")


if __name__ == "__main__":
    unittest.main()

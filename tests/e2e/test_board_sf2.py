"""What test_board.py asks of mps2-an385, of emcraft-sf2: true ROM, 64 KiB of SRAM, its own MAC, flash behind SPI."""
import os
import unittest

os.environ["LIMPET_BOARDS"] = "emcraft-sf2"  # before the import, which reads it
from test_board import Broken, Managed, setUpModule  # noqa: E402, F401

if __name__ == "__main__":
    unittest.main()

"""Firmware images on an emulated board (scripts/board): the whole way from reset to a server and back.

LIMPET_BOARDS=mps2-an385,emcraft-sf2 in the environment chooses the boards; the first is the default."""
import contextlib
import os
import queue
import re
import shutil
import signal
import socket
import struct
import subprocess
import threading
import time
import unittest

from harness import ROOT, Server, tmp

KEY, BOOTSTRAP_KEY = "000102030405060708090a0b0c0d0e0f", "0f0e0d0c0b0a09080706050403020100"
TIMEOUT = 60  # seconds, for a line of the UART: an emulated board on a busy machine is slow
BOARDS = os.environ.get("LIMPET_BOARDS", "mps2-an385").split(",")


def setUpModule():
    if not shutil.which("qemu-system-arm"):
        raise unittest.SkipTest("no qemu-system-arm (scripts/deps images)")
    wanted = [(product, board) for product in ("lite", "client", "faults") for board in BOARDS]
    for product, board in [*wanted, ("client", "mps2-an385"), ("dual", "mps2-an385")]:
        done = subprocess.run([ROOT / "scripts/images", product, board], capture_output=True, text=True)
        if done.returncode:
            raise AssertionError(f"no image {product}-{board}:\n{done.stderr[-3000:]}")
    os.environ["LIMPET_IMAGES"] = str(ROOT / "build/images")  # not built again at each start


class Board:
    """scripts/board, and the lines that its UART says."""

    def __init__(self, product, board, *arguments):
        self.process = subprocess.Popen([ROOT / "scripts/board", product, board, *map(str, arguments)], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        self.board, self.lines, self.said = board, queue.Queue(), []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line.rstrip())
        self.lines.put(None)

    def wait_for(self, pattern, timeout=TIMEOUT):
        """The next line that matches; those before it are passed over. A fault is never what one waits for."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                line = self.lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                line = None
            if line is None:
                raise AssertionError(f"no line '{pattern}' within {timeout} s; it said:\n" + "\n".join(self.said[-30:]))
            self.said.append(line)
            if re.search(pattern, line):
                return line
            if line.startswith("fault:"):
                raise AssertionError("\n".join(self.said[-10:]))

    def cut_power(self):
        """At once. But SPI flash gets into its file a moment after the board was told that it is done: QEMU ends in order."""
        self.process.send_signal(signal.SIGTERM if self.board == "emcraft-sf2" else signal.SIGKILL)

    def close(self):
        self.process.terminate()
        self.process.wait(20)
        self._reader.join(20)
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def each(test):
    """For both products, on each board."""
    def run(self):
        for board in BOARDS:
            for product in ("lite", "client"):
                with self.subTest(product=product, board=board):
                    test(self, product, board)
    return run


class Managed(unittest.TestCase):
    def server(self):
        return self.enterContext(Server())

    def credential(self, server, role, key):
        credential = {"endpoint": "board", "tls": {"mode": "psk", "details": {"identity": "board", "key": key}}}
        self.assertEqual(server.api("PUT", f"/security/{role}", credential)[0], 200)

    def value(self, server, path):
        status, answer = server.api("GET", f"/clients/board{path}")
        self.assertEqual(status, 200, answer)
        return answer["content"]["value"]

    @each
    def test_life(self, product, board):
        """Registers over PSK; read, write, observe; Execute reboot, and it is back with its association."""
        server = self.server()
        self.credential(server, "clients", KEY)
        with Board(product, board, "-e", "board", "-s", server.coaps, "--psk", f"board:{KEY}", "-l", 300) as b:
            b.wait_for("start " + product)
            b.wait_for("^connected 1$")
            b.wait_for("registered 1 /rd/")
            server.wait_for("registered", endpoint="board")
            self.assertEqual(self.value(server, "/3/0/0"), "Limpet")
            self.assertEqual(self.value(server, "/3/0/1"), product)
            status, answer = server.api("PUT", "/clients/board/3/0/14", {"kind": "singleResource", "id": 14, "type": "string",
                                                                        "value": "+01:00"})
            self.assertEqual((status, answer["status"]), (200, "CHANGED(204)"))
            self.assertEqual(self.value(server, "/3/0/14"), "+01:00")
            self.assertEqual(server.api("PUT", "/clients/board/3303/0/5700/attributes?pmin=0&pmax=1")[0], 200)
            self.assertEqual(server.api("POST", "/clients/board/3303/0/5700/observe")[0], 200)
            for _ in range(2):
                server.wait_for("notification", endpoint="board", timeout=5)
            self.assertEqual(server.api("POST", "/clients/board/3/0/4")[1]["status"], "CHANGED(204)")
            b.wait_for("^reboot$")
            b.wait_for("^start")
            b.wait_for("^connected 1 resumed$")
            b.wait_for("^registered 1")
            server.wait_for("registered", endpoint="board")
            self.assertRegex(self.value(server, "/3303/0/5700"), r"^2\d")
            self.assertEqual(len(server.seen("connected")), 1, "one handshake in its life")

    @each
    def test_bootstrap_and_power_cuts(self, product, board):
        """An account for the bootstrap server only; what it was given outlives power cuts, each at once after the news."""
        server = self.server()
        self.credential(server, "bootstrap", BOOTSTRAP_KEY)
        self.credential(server, "clients", KEY)
        plan = {"servers": {"0": {"shortId": 7, "lifetime": 300, "defaultMinPeriod": 0, "notifIfDisabled": True, "binding": "U"}},
                "security": {"1": {"bootstrapServer": False, "securityMode": "PSK", "publicKeyOrId": list(b"board"),
                                   "secretKey": list(bytes.fromhex(KEY)), "serverId": 7,
                                   "uri": server.coaps.replace("127.0.0.1", "10.0.2.2")}},
                "oscore": {}, "toDelete": ["/1"]}
        self.assertEqual(server.api("POST", "/bootstrap/board", plan)[0], 200)
        flash = tmp("board") / "flash"
        with Board(product, board, "-e", "board", "-b", server.coaps, "--psk", f"board:{BOOTSTRAP_KEY}", "--flash", flash) as b:
            b.wait_for("bootstrap started")
            b.wait_for("bootstrap finished")
            b.cut_power()
        for _ in range(2):
            with Board(product, board, "--flash", flash) as b:
                b.wait_for("registered 7")
                server.wait_for("registered", endpoint="board")
                self.assertEqual(self.value(server, "/3/0/0"), "Limpet")
                self.assertFalse([line for line in b.said if "bootstrap" in line])
                b.cut_power()


class Pings:
    """On a board's Ethernet: echo requests, each from another neighbour that does not exist. QEMU takes frames from a socket."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.qemu = "-chardev socket,id=c0,host=127.0.0.1,port=%d -object filter-redirector,id=f1,netdev=n0,queue=tx,indev=c0" % (
            self.listener.getsockname()[1])
        self.well_on, self.over = threading.Event(), threading.Event()

    def frame(self, n, to_mac):
        ping = b"\x08\0" + struct.pack("!HHH", 0xf7ff - n, 0, n)  # the checksum of the type and n
        head = struct.pack("!BBHHHBBH", 0x45, 0, 28, n, 0, 64, 1, 0)
        head += socket.inet_aton(f"10.0.2.{100 + n % 100}") + socket.inet_aton("10.0.2.15")
        total = sum(struct.unpack("!10H", head))
        head = head[:10] + struct.pack("!H", 0xffff - (total + (total >> 16) & 0xffff)) + head[12:]
        return to_mac + b"\x02neigh" + b"\x08\0" + head + ping

    def _send(self, peer, to_mac):
        n = 0
        while not self.over.wait(0.1):
            n += 1
            if n == 10:
                self.well_on.set()
            frame = self.frame(n, to_mac)
            peer.sendall(struct.pack("!I", len(frame)) + frame)

    @contextlib.contextmanager
    def sent(self, to_mac):
        self.listener.settimeout(TIMEOUT)
        with self.listener.accept()[0] as peer:
            thread = threading.Thread(target=self._send, args=(peer, to_mac))
            thread.start()
            try:
                self.well_on.wait(TIMEOUT)
                yield
            finally:
                self.over.set()
                thread.join()


def mac_of(endpoint):
    """As images/device.c makes it."""
    n = 2166136261
    for c in endpoint.encode():
        n = (n ^ c) * 16777619 & 0xffffffff
    return b"\x02L" + struct.pack("<I", n)


class Neighbours(Managed):
    test_life = test_bootstrap_and_power_cuts = None  # above

    @each
    def test_pings_do_not_silence(self, product, board):
        """Lite has two buffers; an answer that waits for a neighbour's address must not hold one. It is read ten times."""
        server, pings = self.server(), Pings()
        self.addCleanup(pings.listener.close)
        self.credential(server, "clients", KEY)
        with Board(product, board, "-e", "board", "-s", server.coaps, "--psk", f"board:{KEY}", "-l", 300, "--qemu", pings.qemu) as b:
            b.wait_for("registered 1")
            server.wait_for("registered", endpoint="board")
            with pings.sent(mac_of("board")):
                for _ in range(10):
                    self.assertEqual(self.value(server, "/3/0/1"), product)


class NameServer:
    """Answers each question for a name with 10.0.2.2, which is this host to a board. Port 53 of 127.0.0.1: takes privileges."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.asked = []
        try:
            self.socket.bind(("127.0.0.1", 53))
        except OSError as e:
            self.socket.close()
            raise unittest.SkipTest(f"no name server on port 53: {e}") from None
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                question, address = self.socket.recvfrom(512)
            except OSError:
                return
            self.asked.append(question[13:].split(b"\0")[0])
            answer = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + socket.inet_aton("10.0.2.2")
            self.socket.sendto(question[:2] + b"\x81\x80\0\1\0\1\0\0\0\0" + question[12:] + answer, address)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


class Addresses(Managed):
    test_life = test_bootstrap_and_power_cuts = None  # above

    def registers(self, server, uri, *more):
        self.credential(server, "clients", KEY)
        with Board("client", "mps2-an385", "-e", "board", "-s", uri, "--psk", f"board:{KEY}", *more) as b:
            b.wait_for("registered 1")
            server.wait_for("registered", endpoint="board")
            self.assertEqual(self.value(server, "/3/0/0"), "Limpet")

    def test_ipv6(self):
        """Addresses by SLAAC; the server by its IPv6 address."""
        server = self.enterContext(Server("--coaps", "[::1]:0"))
        self.registers(server, server.coaps, "--image", ROOT / "build/images/dual-mps2-an385.elf")

    def test_name(self):
        """A server with a name, asked for at the name server of the store's record; an address of our own."""
        server = self.server()
        with NameServer() as names:
            self.registers(server, server.coaps.replace("127.0.0.1", "lwm2m.example"), "--address", "10.0.2.99/24:10.0.2.2:10.0.2.2")
            self.assertIn(b"lwm2m\x07example", names.asked)

    def test_nobody_to_ask_for_a_name(self):
        """An address of our own, but no name server: that is an error, and tried again later; not a wait for ever."""
        with Board("client", "mps2-an385", "-e", "board", "-s", "coaps://lwm2m.example", "--psk", f"board:{KEY}",
                   "--address", "10.0.2.99/24:10.0.2.2:0.0.0.0") as b:
            b.wait_for("^(disconnected|registration failed) 1 error .* retry ms")


class Broken(unittest.TestCase):
    def test_empty_flash(self):
        """Nothing from the factory: says so, and starts again after a minute, not at once."""
        flash = tmp("board") / "flash"
        flash.touch()
        with Board("lite", BOARDS[0], "--flash", flash) as b:
            b.wait_for("no endpoint name")
            with self.assertRaises(AssertionError):
                b.wait_for("start", timeout=1)
            b.wait_for("^start", timeout=120)

    def test_faults(self):
        """Each is reported with its kind and where it was, and rebooted from (tests/boards/faults.c)."""
        expected = [("read NULL", "access", 0), ("write NULL", "access", 0), ("call NULL", "execute", 0), ("execute RAM", "execute", None),
                    ("write constant", "access", None), ("write code", "access", None), ("read nowhere", "access", 0x80000000),
                    ("stack overflow", "stack", None), ("undefined", "instruction", None), ("hang", "watchdog", None)]
        for board in BOARDS:
            with self.subTest(board=board):
                self.faults(board, expected)

    def faults(self, board, expected):
        image = ROOT / f"build/images/faults-{board}.elf"
        with Board("faults", board, "--image", image, "--flash", tmp("board") / "flash") as b:
            for case, kind, address in expected:
                if case == "hang" and board == "emcraft-sf2":
                    break  # has no watchdog
                b.wait_for(f"^case {case}$")
                told = b.wait_for("^fault: ")
                match = re.fullmatch(r"fault: (\w+) pc=([0-9a-f]{8}) lr=[0-9a-f]{8} addr=([0-9a-f]{8})", told)
                self.assertTrue(match, told)
                self.assertEqual(match[1], kind, case)
                if address is not None:
                    self.assertEqual(int(match[3], 16), address, case)
            else:
                b.wait_for("^done$")


if __name__ == "__main__":
    unittest.main()

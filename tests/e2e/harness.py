"""What end-to-end tests are written with: limpet-client and limpet-server as processes, and a small CoAP server of our own
that says whatever a test wants a server to say. Standard library only.

    with CoapServer() as server, Client("-e", "dev", "-s", server.uri) as client:
        client.wait_for("registered", server=1)
        assert server.read("/3/0/0").payload == b"Limpet"
        assert client.command("get /3/0/0")["value"] == "Limpet"

Programs are found in LIMPET_BIN (default: build/bin), files are written to LIMPET_TMP.
"""
import json
import os
import queue
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(os.environ.get("LIMPET_ROOT", Path(__file__).resolve().parents[2]))
BIN = Path(os.environ.get("LIMPET_BIN", ROOT / "build/bin"))
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # loopback needs no proxy
TIMEOUT = 40  # seconds; sanitized programs and emulated boards on a busy machine are slow


def tmp(name=""):
    """A folder of this test run's own."""
    base = os.environ.get("LIMPET_TMP")
    if base:
        Path(base).mkdir(parents=True, exist_ok=True)
    return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=base))


class Process:
    """A program that writes a JSON object a line; `with` ends it. Its stderr is in .log."""

    def __init__(self, program, *arguments, program_env=None):
        self.name = program
        self.events = []  # all that came
        self._next = 0    # the first that wait_for has not consumed
        self._lines = queue.Queue()
        self.log = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen([BIN / program, *map(str, arguments)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=self.log, text=True, bufsize=1,
                                        env=dict(os.environ, **(program_env or {})))
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def _take(self, deadline):
        """The next event into self.events; False at the end or at the deadline."""
        try:
            line = self._lines.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            return False
        if line is None:
            self._lines.put(None)
            return False
        self.events.append(json.loads(line))
        return True

    def errors(self):
        self.log.seek(0)
        return self.log.read()

    def wait_for(self, event, timeout=TIMEOUT, **match):
        """The next event of that name whose members are as given (a function as value: must be true of it). What came
        before is passed over: what is waited for later must come later."""
        deadline = time.monotonic() + timeout
        seen = self._next
        while True:
            while self._next < len(self.events):
                e = self.events[self._next]
                self._next += 1
                if e.get("event") == event and all(_is(e.get(k), v) for k, v in match.items()):
                    return e
            if not self._take(deadline):
                told = "\n".join(json.dumps(e) for e in self.events[seen:][-40:])
                raise AssertionError(f"{self.name}: no {event} {match} within {timeout} s; since then:\n{told}\n"
                                     f"status {self.process.poll()}, stderr:\n{self.errors()[-3000:]}")

    def collect(self, seconds):
        """All events of the next so many seconds."""
        deadline = time.monotonic() + seconds
        while self._take(deadline):
            pass
        new, self._next = self.events[self._next:], len(self.events)
        return new

    def seen(self, event, **match):
        """Events of that name that came so far, consumed or not."""
        while self._take(time.monotonic()):
            pass
        return [e for e in self.events if e.get("event") == event and all(_is(e.get(k), v) for k, v in match.items())]

    def signal(self, number):
        self.process.send_signal(number)

    def wait(self, timeout=TIMEOUT):
        """The exit status."""
        status = self.process.wait(timeout)
        self._reader.join(TIMEOUT)  # all that it said is here before its end is told
        return status

    def kill(self):
        """As a power cut."""
        self.process.kill()
        self.process.wait()

    def close(self):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(TIMEOUT)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError(f"{self.name} did not end on SIGTERM:\n{self.errors()[-3000:]}") from None
        self._reader.join(TIMEOUT)
        self.process.stdin.close()
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, kind, *rest):
        try:
            self.close()
        finally:
            text = self.errors()
            self.log.close()
        if kind is None and ("Sanitizer" in text or "runtime error" in text):
            raise AssertionError(f"{self.name}:\n{text[-6000:]}")


def _is(value, wanted):
    return wanted(value) if callable(wanted) else value == wanted


class Client(Process):
    """limpet-client --json (lite=True: limpet-client-lite) with its console."""

    def __init__(self, *arguments, lite=False, program_env=None):
        super().__init__("limpet-client-lite" if lite else "limpet-client", "--json", *arguments, program_env=program_env)

    def say(self, line):
        """A console line, without waiting for its result."""
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def command(self, line, timeout=TIMEOUT, ok=None):
        """Its result. Events that came before it stay for wait_for. ok: what the result must say."""
        deadline = time.monotonic() + timeout
        at = len(self.events)
        self.say(line)
        while True:
            for e in self.events[at:]:
                if e.get("event") == "result" and e.get("command") == line.strip():
                    if ok is not None and e["ok"] != ok:
                        raise AssertionError(f"{line}: {e}")
                    return e
            at = len(self.events)
            if not self._take(deadline):
                raise AssertionError(f"no result of '{line}'; stderr:\n{self.errors()[-3000:]}")

    def get(self, path):
        return self.command(f"get {path}", ok=True)["value"]

    def set(self, path, value):
        self.command(f"set {path} {value}", ok=True)

    def quit(self):
        """Deregister and end: the exit status."""
        self.say("quit")
        return self.wait()


class Server(Process):
    """limpet-server --json on free loopback ports, with its REST."""

    def __init__(self, *arguments, db=":memory:"):
        super().__init__("limpet-server", "--json", "--coap", "127.0.0.1:0", "--coaps", "127.0.0.1:0",
                         "--http", "127.0.0.1:0", "--db", db, *arguments)
        ready = self.wait_for("ready")
        self.coap, self.coaps = f"coap://{ready['coap']}", f"coaps://{ready['coaps']}"
        self.http = f"http://{ready['http']}"

    def api(self, method, path, body=None, timeout=TIMEOUT):
        """(status, answer) of a REST call: path below /api; answer is JSON where it can be."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.http}/api{path}", data, {"Content-Type": "application/json"}, method=method)
        try:
            with _OPENER.open(request, timeout=timeout) as answer:
                status, text = answer.status, answer.read().decode()
        except urllib.error.HTTPError as e:
            status, text = e.code, e.read().decode()
        try:
            return status, json.loads(text)
        except ValueError:
            return status, text


# ---- CoAP (RFC 7252), as much as a test needs ---------------------------------------------------------------------

CON, NON, ACK, RST = range(4)
GET, POST, PUT, DELETE = 1, 2, 3, 4
URI_PATH, OBSERVE, LOCATION, FORMAT, QUERY, ACCEPT, BLOCK2, BLOCK1 = 11, 6, 8, 12, 15, 17, 23, 27
TEXT, LINK, OPAQUE, CBOR, SENML_JSON, SENML_CBOR, TLV = 0, 40, 42, 60, 110, 112, 11542


def code(text):
    """ "2.05" -> 69 """
    major, minor = text.split(".")
    return int(major) << 5 | int(minor)


class Message:
    def __init__(self, type, code, mid=0, token=b"", options=(), payload=b""):
        self.type, self.code, self.mid, self.token, self.payload = type, code, mid, token, payload
        self.options = [(n, v if isinstance(v, bytes) else v.encode() if isinstance(v, str) else
                         v.to_bytes((v.bit_length() + 7) // 8, "big")) for n, v in options]

    @property
    def text(self):
        return f"{self.code >> 5}.{self.code & 31:02d}"

    def all(self, number):
        return [v for n, v in self.options if n == number]

    def number(self, option):
        values = self.all(option)
        return int.from_bytes(values[0], "big") if values else None

    @property
    def path(self):
        return "/" + "/".join(v.decode() for v in self.all(URI_PATH))

    @property
    def query(self):
        return dict(v.decode().partition("=")[::2] for v in self.all(QUERY))

    def encode(self):
        out = bytes([0x40 | self.type << 4 | len(self.token), self.code]) + self.mid.to_bytes(2, "big") + self.token
        last = 0
        for n, v in sorted(self.options, key=lambda o: o[0]):
            d, de = _extend(n - last)
            l, le = _extend(len(v))
            out += bytes([d << 4 | l]) + de + le + v
            last = n
        return out + (b"\xff" + self.payload if self.payload else b"")

    @classmethod
    def decode(cls, data):
        tkl = data[0] & 15
        m = cls(data[0] >> 4 & 3, data[1], int.from_bytes(data[2:4], "big"), data[4:4 + tkl])
        at, number = 4 + tkl, 0
        while at < len(data) and data[at] != 0xff:
            d, l = data[at] >> 4, data[at] & 15
            d, at1 = _extended(data, at + 1, d)
            l, at1 = _extended(data, at1, l)
            number += d
            m.options.append((number, data[at1:at1 + l]))
            at = at1 + l
        m.payload = data[at + 1:]
        return m

    def __repr__(self):
        return f"<{['CON', 'NON', 'ACK', 'RST'][self.type]} {self.text} {self.mid:#06x} {self.path} {self.query} {self.payload!r}>"


def _extend(n):
    return (n, b"") if n < 13 else (13, bytes([n - 13])) if n < 269 else (14, (n - 269).to_bytes(2, "big"))


def _extended(data, at, n):
    if n < 13:
        return n, at
    return (data[at] + 13, at + 1) if n == 13 else (int.from_bytes(data[at:at + 2], "big") + 269, at + 2)


class CoapServer:
    """A NoSec server for one device. Registration requests are answered by .on_request, which a test may replace: it takes
    a Message and returns a Message (an answer: code, options, payload; type, mid and token are filled in) or None (silence).
    .requests holds what the device asked, .notifications what it told."""

    def __init__(self, port=0):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", port))
        self.port = self.socket.getsockname()[1]
        self.uri = f"coap://127.0.0.1:{self.port}"
        self.on_request = self.register
        self.requests, self.notifications = [], queue.Queue()
        self.lifetime_of = {}
        self.device = None
        self._answers, self._mid, self._token, self._tokens = {}, 1, 1, set()
        self._lock, self._ended = threading.Condition(), False
        threading.Thread(target=self._serve, daemon=True).start()

    def register(self, m):
        """2.01 to POST /rd, 2.04 to updates, 2.02 to deregistration."""
        if m.code == POST and m.path == "/rd":
            return Message(ACK, code("2.01"), options=[(LOCATION, "rd"), (LOCATION, "x1")])
        if m.code == POST and m.path == "/bs":
            return Message(ACK, code("2.04"))
        return Message(ACK, code("2.02" if m.code == DELETE else "2.04"))

    def _serve(self):
        while not self._ended:
            try:
                data, address = self.socket.recvfrom(65536)
            except OSError:
                return
            if not data:
                continue
            m = Message.decode(data)
            with self._lock:
                try:
                    self._take(m, address)
                except OSError:  # closed meanwhile
                    return
                self._lock.notify_all()

    def _take(self, m, address):
        self.device = address
        if 1 <= m.code < 32:
            self.requests.append(m)
            answer = self.on_request(m)
            if answer:
                answer.mid, answer.token = m.mid, m.token
                self.socket.sendto(answer.encode(), address)
            return
        if m.type == CON:
            known = m.token in self._tokens
            self.socket.sendto(Message(ACK if known else RST, 0, m.mid).encode(), address)
        if m.code and m.number(OBSERVE) is not None and m.token in self._answers:
            self.notifications.put(m)
        elif m.code or m.type == RST:
            self._answers[m.token if m.code else m.mid] = m

    def request(self, method, path, payload=b"", options=(), type=CON, timeout=TIMEOUT, token=None):
        """Ask the device; its answer. Sent again every 2 s, as RFC 7252 has it, with the same message id."""
        with self._lock:
            self._token += 1
            self._mid += 1
            token = token or self._token.to_bytes(4, "big")
            self._tokens.add(token)
            self._answers.pop(token, None)
            segments = [(URI_PATH, s) for s in path.strip("/").split("/") if s]
            m = Message(type, method, self._mid, token, segments + list(options), payload)
            deadline, again = time.monotonic() + timeout, 0
            while token not in self._answers and m.mid not in self._answers:
                now = time.monotonic()
                if now >= deadline:
                    raise AssertionError(f"the device does not answer {m}")
                if now >= again:
                    self.socket.sendto(m.encode(), self.device)
                    again = now + 2
                self._lock.wait(min(deadline, again) - now)
            return self._answers[token] if token in self._answers else self._answers.pop(m.mid)

    def read(self, path, format=TEXT, **more):
        return self.request(GET, path, options=[(ACCEPT, format)], **more)

    def write(self, path, payload, format=TEXT, method=PUT, **more):
        payload = payload if isinstance(payload, bytes) else str(payload).encode()
        return self.request(method, path, payload, [(FORMAT, format)], **more)

    def execute(self, path, arguments=""):
        return self.request(POST, path, arguments.encode(), [(FORMAT, TEXT)] if arguments else [])

    def observe(self, path, format=TEXT):
        return self.request(GET, path, options=[(OBSERVE, 0), (ACCEPT, format)])

    def notification(self, timeout=TIMEOUT):
        return self.notifications.get(timeout=timeout)

    def send_raw(self, data):
        self.socket.sendto(data, self.device)

    def wait_request(self, method, path, timeout=TIMEOUT):
        """The first request of that kind that has come or comes; it is taken out of .requests."""
        deadline = time.monotonic() + timeout
        with self._lock:
            while True:
                for m in self.requests:
                    if m.code == method and m.path == path:
                        self.requests.remove(m)
                        return m
                if not self._lock.wait(max(0.0, deadline - time.monotonic())):
                    raise AssertionError(f"no request {method} {path}; there were {self.requests}")

    def close(self):
        self._ended = True
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


__all__ = [n for n in dir() if not n.startswith("_")]

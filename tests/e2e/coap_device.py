"""A LwM2M device of a few lines, for tests of limpet-server: CoAP over UDP without security, nothing but Python's
standard library. It answers what a table of handlers says, and sends what a test tells it to.

    device = Device(server_address, "ep-1")
    device.register()
    device.on("GET", "/3/0/0", lambda m: content(b"Limpet", TEXT))
"""
import secrets
import socket
import struct
import threading
import time

CON, NON, ACK, RST = range(4)
GET, POST, PUT, DELETE = 1, 2, 3, 4
METHODS = {GET: "GET", POST: "POST", PUT: "PUT", DELETE: "DELETE"}
ETAG, OBSERVE, LOCATION, PATH, FORMAT, QUERY, ACCEPT, BLOCK2, BLOCK1, SIZE1 = 4, 6, 8, 11, 12, 15, 17, 23, 27, 60
TEXT, LINK, OPAQUE, SENML_JSON, SENML_CBOR, TLV = 0, 40, 42, 110, 112, 11542
LINKS = b'</>;rt="oma.lwm2m";ct="60 110 112 11542",</1/0>,</3/0>,</3303/0>,</33605/0>'


def code(text):
    major, minor = text.split(".")
    return int(major) << 5 | int(minor)


def uint(value):
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def block(num, more, szx):
    return uint(num << 4 | bool(more) << 3 | szx)


class Message:
    def __init__(self, type_, code_, mid, token=b"", options=(), payload=b""):
        self.type, self.code, self.mid, self.token, self.payload = type_, code_, mid, token, payload
        self.options = list(options)

    def bytes(self):
        out = bytearray(struct.pack("!BBH", 0x40 | self.type << 4 | len(self.token), self.code, self.mid) + self.token)
        last = 0
        for number, value in sorted(self.options, key=lambda o: o[0]):
            delta, length, extra = number - last, len(value), b""
            nibbles = []
            for v in (delta, length):
                if v < 13:
                    nibbles.append(v)
                elif v < 269:
                    nibbles.append(13)
                    extra += bytes([v - 13])
                else:
                    nibbles.append(14)
                    extra += struct.pack("!H", v - 269)
            out += bytes([nibbles[0] << 4 | nibbles[1]]) + extra + value
            last = number
        return bytes(out + (b"\xff" + self.payload if self.payload else b""))

    @staticmethod
    def parse(data):
        first, code_, mid = struct.unpack("!BBH", data[:4])
        at, number, options = 4 + (first & 15), 0, []
        token = data[4:at]
        while at < len(data) and data[at] != 0xff:
            nibbles, at = [data[at] >> 4, data[at] & 15], at + 1
            for i in range(2):
                if nibbles[i] == 13:
                    nibbles[i], at = data[at] + 13, at + 1
                elif nibbles[i] == 14:
                    nibbles[i], at = struct.unpack("!H", data[at:at + 2])[0] + 269, at + 2
            number += nibbles[0]
            options.append((number, data[at:at + nibbles[1]]))
            at += nibbles[1]
        return Message(first >> 4 & 3, code_, mid, token, options, data[at + 1:])

    def all(self, number):
        return [v for n, v in self.options if n == number]

    def number(self, number):
        values = self.all(number)
        return int.from_bytes(values[0], "big") if values else None

    def block(self, number):
        v = self.number(number)
        return None if v is None else (v >> 4, bool(v & 8), v & 7)

    @property
    def path(self):
        return "/" + "/".join(v.decode() for v in self.all(PATH))

    @property
    def text(self):
        return f"{self.code >> 5}.{self.code & 31:02}"


def content(payload, format_, *options):
    return "2.05", [(FORMAT, uint(format_)), *options], payload


def changed(_=None):
    return "2.04", [], b""


class Device:
    def __init__(self, server, endpoint, version="1.1", links=LINKS, host=None):
        self.server, self.endpoint, self.version, self.links = server, endpoint, version, links
        self.family = socket.AF_INET6 if ":" in server[0] else socket.AF_INET
        self.socket, self.handlers, self.requests, self.answers = None, {}, [], {}
        self.others, self.location, self.mid = [], None, secrets.randbelow(65536)
        self.lock, self.deaf, self.closed = threading.Condition(), False, False
        self.rebind()

    def rebind(self):
        """A new local port."""
        old, new = self.socket, socket.socket(self.family, socket.SOCK_DGRAM)
        new.bind(("::1" if self.family == socket.AF_INET6 else "127.0.0.1", 0))
        new.settimeout(0.2)
        self.socket = new
        threading.Thread(target=self._run, args=(new,), daemon=True).start()
        if old:
            old.close()

    def close(self):
        self.closed = True
        self.socket.close()

    def on(self, method, path, handler):
        self.handlers[method, path] = handler

    def send(self, message):
        self.socket.sendto(message if isinstance(message, bytes) else message.bytes(), self.server)

    def _run(self, sock):
        while not self.closed and sock is self.socket:
            try:
                data = sock.recv(65536)
            except socket.timeout:
                continue
            except OSError:
                return
            if self.deaf or len(data) < 4:
                continue
            try:
                self._take(Message.parse(data))
            except OSError:
                if not self.closed:
                    raise

    def _take(self, m):
        if 0 < m.code < 32:
            with self.lock:
                repeated = any(r.mid == m.mid and r.token == m.token for r in self.requests)
                self.requests.append(m)
                self.lock.notify_all()
            handler = self.handlers.get((METHODS.get(m.code), m.path))
            answer = handler(m) if handler else ("4.04", [], b"")
            if answer is not None and not self.closed and not (repeated and m.code in (POST,)):
                self.send(Message(ACK, code(answer[0]), m.mid, m.token, answer[1], answer[2]))
            return
        with self.lock:
            if m.mid in self.answers and self.answers[m.mid] is None:
                self.answers[m.mid] = m
            else:
                self.others.append(m)
            self.lock.notify_all()

    def wait(self, check, seconds=5):
        with self.lock:
            end = time.monotonic() + seconds
            while not check() and time.monotonic() < end:
                self.lock.wait(end - time.monotonic() + 0.001)
            return check()

    def next_mid(self):
        self.mid = (self.mid + 1) & 0xffff
        return self.mid

    def exchange(self, data, mid, seconds=5):
        """Sends a message, returns what answers its message id, or None."""
        with self.lock:
            self.answers[mid] = None
        self.send(data)
        self.wait(lambda: self.answers[mid] is not None, seconds)
        return self.answers[mid]

    def request(self, method, path, query=(), payload=b"", format_=None, options=(), type_=CON, seconds=5):
        mid = self.next_mid()
        all_options = [(PATH, s.encode()) for s in path.strip("/").split("/") if s]
        all_options += [(QUERY, q if isinstance(q, bytes) else q.encode()) for q in query] + list(options)
        if format_ is not None:
            all_options.append((FORMAT, uint(format_)))
        return self.exchange(Message(type_, method, mid, secrets.token_bytes(4), all_options, payload), mid, seconds)

    def register(self, *more, lifetime=300, query=None, links=None):
        query = [f"ep={self.endpoint}", f"lt={lifetime}", f"lwm2m={self.version}", *more] if query is None else query
        answer = self.request(POST, "/rd", query, self.links if links is None else links, LINK)
        if answer is not None and answer.text == "2.01":
            self.location = "/" + "/".join(v.decode() for v in answer.all(LOCATION))
        return answer

    def update(self, *query, payload=b"", **more):
        return self.request(POST, self.location, query, payload, LINK if payload else None, **more)

    def deregister(self):
        return self.request(DELETE, self.location)

    def notify(self, token, seq, payload, format_, type_=NON, code_="2.05", options=()):
        """Sends a notification; with CON returns what answers it."""
        mid = self.next_mid()
        m = Message(type_, code(code_), mid, token, [(OBSERVE, uint(seq)), (FORMAT, uint(format_)), *options], payload)
        if type_ == CON:
            return self.exchange(m, mid)
        with self.lock:
            self.answers[mid] = None
        self.send(m)
        return mid

"""limpet-server as its users see it: CoAP on one side, REST and events on the other."""
import http.client
import json
import os
import queue
import re
import signal
import socket
import subprocess
import threading
import time
import unittest
import urllib.parse
from pathlib import Path

from coap_device import (ACCEPT, ACK, BLOCK1, BLOCK2, CON, DELETE, ETAG, FORMAT, GET, LINK, NON, OBSERVE, OPAQUE, PATH, POST,
                         PUT, QUERY, RST, SENML_CBOR, SENML_JSON, SIZE1, TEXT, TLV, Device, Message, block, changed,
                         content, uint)

BIN = Path(os.environ.get("LIMPET_BIN", Path(__file__).resolve().parents[2] / "build" / "bin"))
TMP = Path(os.environ.get("LIMPET_TMP", "/tmp"))
PROGRAM = BIN / "limpet-server"
KEY = "000102030405060708090a0b0c0d0e0f"


class Events:
    """A stream of server-sent events."""
    open = []

    def __init__(self, http_address, query=""):
        Events.open.append(self)
        self.connection = http.client.HTTPConnection(http_address, timeout=30)
        self.connection.request("GET", "/api/event" + query)
        self.response = self.connection.getresponse()
        if self.response.status != 200:
            raise AssertionError(self.response.read())
        self.queue = queue.Queue()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self):
        name = None
        try:
            for line in self.response:
                key, _, value = line.decode().rstrip("\n").partition(": ")
                if key == "event":
                    name = value
                elif key == "data":
                    self.queue.put((name, json.loads(value)))
        except (OSError, ValueError, http.client.HTTPException, AttributeError):
            pass

    def next(self, name=None, seconds=5):
        end = time.monotonic() + seconds
        while True:
            got = self.queue.get(timeout=max(0.01, end - time.monotonic()))
            if name is None or got[0] == name:
                return got if name is None else got[1]

    @staticmethod
    def close_all():
        for e in Events.open:
            e.thread.join(5)
            e.response.close()
            e.connection.close()
        Events.open.clear()


class Server:
    def __init__(self, *args, db=":memory:", coap="127.0.0.1:0", coaps="127.0.0.1:0", http_="127.0.0.1:0", env=None):
        self.command = [str(PROGRAM), "--json", "--coap", coap, "--coaps", coaps, "--http", http_, "--db", str(db), *args]
        self.process = subprocess.Popen(self.command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                        env=dict(os.environ, **(env or {})))
        line = self.process.stdout.readline()
        if not line:
            raise AssertionError(self.process.stderr.read())
        self.ready = json.loads(line)
        self.lines = []
        threading.Thread(target=self._drain, daemon=True).start()
        host, port = self.ready["coap"].rsplit(":", 1)
        self.coap, self.http = (host.strip("[]"), int(port)), self.ready["http"]

    def _drain(self):
        for line in self.process.stdout:
            self.lines.append(json.loads(line))

    def addresses(self):
        return dict(coap=self.ready["coap"], coaps=self.ready["coaps"], http_=self.ready["http"])

    def call(self, method, path, body=None, headers=None, seconds=20, text=False):
        connection = http.client.HTTPConnection(self.http, timeout=seconds)
        headers = dict(headers or {})
        if body is not None and not isinstance(body, (str, bytes)):
            body, headers["Content-Type"] = json.dumps(body), "application/json"
        connection.request(method, urllib.parse.quote(path, safe="/?=&%:,*"), body, headers)
        answer = connection.getresponse()
        data = answer.read().decode()
        connection.close()
        if not text and answer.headers.get("Content-Type") == "application/json":
            data = json.loads(data)
        return answer.status, data

    def later(self, *args, **more):
        """A call in a thread: a function that waits for its answer."""
        box = queue.Queue()
        threading.Thread(target=lambda: box.put(self.call(*args, **more)), daemon=True).start()
        return lambda seconds=20: box.get(timeout=seconds)

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        status = self.process.wait(20)
        errors = self.process.stderr.read()
        self.process.stdout.close()
        self.process.stderr.close()
        if how == signal.SIGTERM and (status != 0 or errors):
            raise AssertionError(f"exit status {status}: {errors}")
        return status


class Case(unittest.TestCase):
    args = ()

    def setUp(self):
        self.server = Server(*self.args)
        self.devices = []
        self.addCleanup(self.tidy)

    def tidy(self):
        for d in self.devices:
            d.close()
        if self.server.process.poll() is None:
            self.server.stop()
        Events.close_all()

    def device(self, endpoint="ep-1", register=True, **more):
        d = Device(self.server.coap, endpoint, **more)
        self.devices.append(d)
        if register:
            self.assertEqual(d.register().text, "2.01")
        return d

    def good(self, answer, status="CONTENT(205)"):
        self.assertEqual(answer[0], 200, answer)
        self.assertEqual(answer[1]["status"], status, answer)
        self.assertIs(answer[1]["success"], not status[-4] in "45")
        self.assertIs(answer[1]["failure"], status[-4] in "45")
        self.assertIs(answer[1]["valid"], True)
        return answer[1].get("content")


class CommandLine(unittest.TestCase):
    def run_server(self, *args, env=None):
        return subprocess.run([PROGRAM, *args], capture_output=True, text=True, timeout=20, env=dict(os.environ, **(env or {})))

    def test_help_and_version(self):
        out = self.run_server("--help")
        self.assertEqual(out.returncode, 0)
        for option in ("--coap", "--coaps", "--http", "--db", "--token", "--json"):
            self.assertIn(option, out.stdout)
        self.assertRegex(self.run_server("--version").stdout, r"^limpet-server \d")

    def test_mistakes(self):
        for args, said in [(["--coap", "nowhere"], "ADDR:PORT"), (["--coap", "127.0.0.1:70000"], "ADDR:PORT"),
                           (["--nonsense"], "--help"), (["extra"], "extra"), (["--cert", "x"], "later version"),
                           (["--db", ""], "--db"), (["--http", "0.0.0.0:0"], "token"), (["--coap", "[::]:0"], "token"),
                           (["--token", "short"], "8 characters")]:
            out = self.run_server(*args)
            self.assertEqual(out.returncode, 2, args)
            self.assertIn(said, out.stderr, args)

    def test_what_cannot_start(self):
        busy = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        busy.bind(("127.0.0.1", 0))
        zero = ["--coap", "127.0.0.1:0", "--coaps", "127.0.0.1:0", "--http", "127.0.0.1:0"]
        out = self.run_server(*zero, "--coaps", f"127.0.0.1:{busy.getsockname()[1]}", "--db", ":memory:")
        busy.close()
        self.assertEqual(out.returncode, 1)
        self.assertIn("in use", out.stderr)
        out = self.run_server(*zero, "--db", "/nonexistent/folder/x.db")
        self.assertEqual(out.returncode, 1)
        self.assertIn("cannot be opened", out.stderr)
        junk = TMP / "junk.db"
        junk.write_text("this is no database, it is a text that is long enough to look like one\n" * 50)
        out = self.run_server(*zero, "--db", junk)
        self.assertEqual(out.returncode, 1)
        self.assertIn("not a database", out.stderr)

    def test_one_process_a_database(self):
        db = TMP / "locked.db"
        first = Server(db=db)
        out = self.run_server("--coap", "127.0.0.1:0", "--coaps", "127.0.0.1:0", "--http", "127.0.0.1:0", "--db", db)
        self.assertEqual(out.returncode, 1)
        self.assertIn("in use by another process", out.stderr)
        first.stop()

    def test_ipv6(self):
        server = Server(coap="[::1]:0", coaps="[::1]:0", http_="127.0.0.1:0")
        device = Device(server.coap, "six")
        self.assertEqual(device.register().text, "2.01")
        self.assertRegex(server.call("GET", "/api/clients/six")[1]["address"], r"^\[::1\]:\d+$")
        device.close()
        server.stop()


class Registration(Case):
    def test_life(self):
        events = Events(self.server.http, "?ep=ep-1")
        d = self.device()
        self.assertRegex(d.location, r"^/rd/[\w-]{8}$")
        status, clients = self.server.call("GET", "/api/clients")
        self.assertEqual((status, len(clients)), (200, 1))
        c = self.server.call("GET", "/api/clients/ep-1/")[1]
        self.assertEqual(clients[0], c)
        self.assertEqual(c["endpoint"], "ep-1")
        self.assertEqual("/rd/" + c["registrationId"], d.location)
        self.assertEqual(c["lwM2mVersion"], "1.1")
        self.assertEqual(c["lifetime"], 300)
        self.assertEqual(c["bindingMode"], "U")
        self.assertEqual(c["rootPath"], "/")
        self.assertIs(c["secure"], False)
        self.assertIs(c["queuemode"], False)
        self.assertEqual(c["availableInstances"], {"1": [0], "3": [0], "3303": [0], "33605": [0]})
        self.assertEqual(c["objectLinks"][0], {"url": "/", "attributes": {"rt": '"oma.lwm2m"', "ct": '"60 110 112 11542"'}})
        self.assertEqual(c["objectLinks"][1], {"url": "/1/0", "attributes": {}})
        self.assertEqual(c["address"], "127.0.0.1:%d" % d.socket.getsockname()[1])
        self.assertLess(abs(c["lastUpdate"] / 1000 - time.time()), 10)
        self.assertEqual(events.next("REGISTRATION")["endpoint"], "ep-1")

        self.assertEqual(d.update("lt=60", payload=b"</1/0>,</3/0>").text, "2.04")
        update = events.next("UPDATED")
        self.assertEqual(update["update"]["lifetime"], 60)
        self.assertEqual(update["registration"]["lifetime"], 60)
        self.assertEqual(len(self.server.call("GET", "/api/clients/ep-1")[1]["objectLinks"]), 2)

        self.assertEqual(d.deregister().text, "2.02")
        self.assertEqual(events.next("DEREGISTRATION")["endpoint"], "ep-1")
        self.assertEqual(self.server.call("GET", "/api/clients")[1], [])
        self.assertEqual(self.server.call("GET", "/api/clients/ep-1")[0], 404)
        self.assertEqual(d.deregister().text, "4.04")
        self.assertEqual(d.update().text, "4.04")

    def test_refused(self):
        d = self.device(register=False)
        for query, links, wanted in [
                (["lt=60", "lwm2m=1.1"], None, "4.00"), (["ep=", "lwm2m=1.1"], None, "4.00"), (["ep=a"], None, "4.00"),
                (["ep=a", "lwm2m=1.2"], None, "4.12"), (["ep=a", "lwm2m=2"], None, "4.12"),
                (["ep=a", "lwm2m=1.1"], b"", "4.00"), (["ep=a", "lwm2m=1.1"], b"not links", "4.00"),
                (["ep=a", "lwm2m=1.1", "lt=soon"], None, "4.00"), (["ep=a", "lwm2m=1.1"], b"</3/0>,<>", "4.00"),
                (["ep=a", "lwm2m=1.1", "b=UQ"], None, "4.00"), (["ep=a", "lwm2m=1.0", "Q"], None, "4.00"),
                (["ep=a", "lwm2m=1.0", "b=X"], None, "4.00"), (["ep=" + "x" * 200, "lwm2m=1.1", "lt=4294967296"], None, "4.00"),
                ([b"ep=\xff\xfe", "lwm2m=1.1"], None, "4.00"), (["ep=a\nb", "lwm2m=1.1"], None, "4.00")]:
            self.assertEqual(d.register(query=query, links=links).text, wanted, query)
        self.assertEqual(d.request(POST, "/rd", ["ep=a", "lwm2m=1.1"], b"</3/0>", TLV).text, "4.00")
        self.assertEqual(self.server.call("GET", "/api/clients")[1], [])

    def test_other_requests(self):
        d = self.device()
        for method, path, wanted in [(GET, "/", "4.04"), (GET, "/.well-known/core", "4.04"), (GET, "/rd", "4.05"),
                                     (PUT, "/rd/abcdefgh", "4.05"), (POST, "/rd/a/b", "4.04"), (POST, "/rd/abcdefgh", "4.04"),
                                     (POST, "/rd/x", "4.04"), (POST, "/nothing", "4.04"), (5, "/rd", "4.05")]:
            self.assertEqual(d.request(method, path).text, wanted, path)
        self.assertEqual(d.request(POST, d.location, options=[(9999 | 1, b"x")]).text, "4.02")

    def test_version_10_and_queue_mode(self):
        a, b = self.device("a", version="1.0", register=False), self.device("b", register=False)
        self.assertEqual(a.register("b=UQ").text, "2.01")
        self.assertEqual(b.register("Q", "b=U").text, "2.01")
        ca, cb = (self.server.call("GET", f"/api/clients/{e}")[1] for e in "ab")
        self.assertEqual((ca["lwM2mVersion"], ca["bindingMode"], ca["queuemode"], ca["sleeping"]), ("1.0", "UQ", True, False))
        self.assertEqual((cb["lwM2mVersion"], cb["bindingMode"], cb["queuemode"]), ("1.1", "U", True))

    def test_again_replaces(self):
        d = self.device()
        before = d.location
        self.assertEqual(d.register("foo=bar").text, "2.01")
        self.assertNotEqual(d.location, before)
        clients = self.server.call("GET", "/api/clients")[1]
        self.assertEqual(len(clients), 1)
        self.assertEqual(clients[0]["additionalRegistrationAttributes"], {"foo": "bar"})

    def test_duplicate_gets_the_same_answer(self):
        d = self.device(register=False)
        m = Message(CON, POST, 77, b"tk", [(PATH, b"rd"), (QUERY, b"ep=dup"), (QUERY, b"lwm2m=1.1"), (FORMAT, uint(LINK))], b"</3/0>")
        first, second = d.exchange(m, 77), d.exchange(m, 77)
        self.assertEqual(first.text, "2.01")
        self.assertEqual(first.bytes(), second.bytes())

    def test_lifetime_over(self):
        events = Events(self.server.http)
        d = self.device(register=False)
        self.assertEqual(d.register(lifetime=1).text, "2.01")
        self.assertEqual(events.next("DEREGISTRATION")["endpoint"], "ep-1")
        self.assertEqual(d.update().text, "4.04")

    def test_changed_address(self):
        d = self.device()
        d.on("GET", "/3/0/0", lambda m: content(b"x", TEXT))
        d.rebind()
        self.assertEqual(d.update().text, "2.04")
        self.assertEqual(self.server.call("GET", "/api/clients/ep-1")[1]["address"], "127.0.0.1:%d" % d.socket.getsockname()[1])
        self.assertEqual(self.good(self.server.call("GET", "/api/clients/ep-1/3/0/0"))["value"], "x")

    def test_alternate_path(self):
        d = self.device(links=b'</lwm2m>;rt="oma.lwm2m",</lwm2m/3/0>')
        c = self.server.call("GET", "/api/clients/ep-1")[1]
        self.assertEqual((c["rootPath"], c["availableInstances"]), ("/lwm2m", {"3": [0]}))
        d.on("GET", "/lwm2m/3/0/0", lambda m: content(b"x", TEXT))
        self.assertEqual(self.good(self.server.call("GET", "/api/clients/ep-1/3/0/0"))["value"], "x")

    def test_in_blocks(self):
        links = b",".join(b"</33605/%d>" % i for i in range(300))
        d = self.device(register=False)
        query = [(QUERY, b"ep=blocks"), (QUERY, b"lwm2m=1.1"), (PATH, b"rd"), (FORMAT, uint(LINK))]

        def put(num, size=256):
            part = links[num * size:(num + 1) * size]
            more = (num + 1) * size < len(links)
            m = d.next_mid()
            return d.exchange(Message(CON, POST, m, b"t", query + [(BLOCK1, block(num, more, 4))], part), m)
        last = (len(links) - 1) // 256
        for num in range(last):
            answer = put(num)
            self.assertEqual((answer.text, answer.block(BLOCK1)), ("2.31", (num, True, 4)))
        answer = put(last)
        self.assertEqual((answer.text, answer.block(BLOCK1)), ("2.01", (last, False, 4)))
        self.assertEqual(len(self.server.call("GET", "/api/clients/blocks")[1]["objectLinks"]), 300)
        self.assertEqual(put(3).text, "4.08")  # out of nothing

    def test_blocks_without_end(self):
        d = self.device(register=False)
        query = [(QUERY, b"ep=endless"), (QUERY, b"lwm2m=1.1"), (PATH, b"rd"), (FORMAT, uint(LINK))]
        for num in range(65):
            m = d.next_mid()
            answer = d.exchange(Message(CON, POST, m, b"t", query + [(BLOCK1, block(num, True, 6))], b"x" * 1024), m)
            if answer.text != "2.31":
                break
        self.assertEqual((answer.text, num), ("4.13", 64))

    def test_non_confirmable(self):
        d = self.device(register=False)
        mid = d.next_mid()
        options = [(PATH, b"rd"), (QUERY, b"ep=non"), (QUERY, b"lwm2m=1.1"), (FORMAT, uint(LINK))]
        d.send(Message(NON, POST, mid, b"tok", options, b"</3/0>"))
        self.assertTrue(d.wait(lambda: d.others))
        self.assertEqual((d.others[0].type, d.others[0].text, d.others[0].token), (NON, "2.01", b"tok"))


class Reading(Case):
    def setUp(self):
        super().setUp()
        self.d = self.device()

    def read(self, path, payload, format_, query=""):
        self.d.on("GET", path, lambda m: content(payload, format_))
        return self.good(self.server.call("GET", f"/api/clients/ep-1{path}{query}"))

    def test_single_values(self):
        for path, payload, format_, type_, value in [
                ("/3/0/0", b"Limpet", TEXT, "STRING", "Limpet"), ("/3/0/9", b"100", TEXT, "INTEGER", "100"),
                ("/3303/0/5700", b"21.5", TEXT, "FLOAT", "21.5"), ("/3303/0/5700", b"22", TEXT, "FLOAT", "22.0"),
                ("/3311/0/5850", b"1", TEXT, "BOOLEAN", True), ("/3/0/13", b"1700000000", TEXT, "TIME", 1700000000000),
                ("/33605/0/9", b"\x00\xff", OPAQUE, "OPAQUE", "00ff"), ("/1/0/1", bytes.fromhex("c1010e10")[1:], TEXT, None, None),
                ("/3/0/0", bytes.fromhex("c8000b4c696d70657420496e632e"), TLV, "STRING", "Limpet Inc."),
                ("/3/0/9", bytes.fromhex("c10964"), TLV, "INTEGER", "100"),
                ("/33605/0/0", bytes.fromhex("c10064"), TLV, "OPAQUE", "64"),
                ("/3303/0/5700", bytes.fromhex("e41644 41ac0000".replace(" ", "")), TLV, "FLOAT", "21.5"),
                ("/1/0/10", bytes.fromhex("c40a00030000"), TLV, "OBJLNK", {"objectId": 3, "objectInstanceId": 0}),
                ("/3303/0/5700", b'[{"bn":"/3303/0/5700","v":21.5}]', SENML_JSON, "FLOAT", "21.5"),
                ("/33605/0/0", b'[{"n":"/33605/0/0","v":7}]', SENML_JSON, "INTEGER", "7"),
                ("/33605/0/1", b'[{"n":"/33605/0/1","vs":"\xc3\xa4"}]', SENML_JSON, "STRING", "\u00e4")]:
            if type_ is None:
                continue
            got = self.read(path, payload, format_)
            self.assertEqual((got["kind"], got["id"]), ("singleResource", int(path.split("/")[3])))
            self.assertEqual((got["type"], got["value"]), (type_, value), (path, payload))

    def test_instance_and_object(self):
        tlv = bytes.fromhex("c8000b4c696d70657420496e632e" "8606410001410105" "c10964")
        got = self.read("/3/0", tlv, TLV)
        self.assertEqual((got["kind"], got["id"]), ("instance", 0))
        self.assertEqual([r["id"] for r in got["resources"]], [0, 6, 9])
        self.assertEqual(got["resources"][1], {"kind": "multiResource", "id": 6, "type": "INTEGER", "values": {"0": "1", "1": "5"}})
        got = self.read("/3", b"\x08\x00" + bytes([len(tlv)]) + tlv, TLV)
        self.assertEqual((got["kind"], got["id"], len(got["instances"])), ("obj", 3, 1))
        self.assertEqual(len(got["instances"][0]["resources"]), 3)
        got = self.read("/3/0/6", bytes.fromhex("8606410001410105"), TLV)
        self.assertEqual((got["kind"], got["values"]), ("multiResource", {"0": "1", "1": "5"}))
        got = self.read("/3/0/6/1", b'[{"n":"/3/0/6/1","v":5}]', SENML_JSON)
        self.assertEqual((got["kind"], got["id"], got["value"]), ("resourceInstance", 1, "5"))
        self.assertEqual(self.read("/33605", b"", TLV), {"kind": "obj", "id": 33605, "instances": []})

    def test_request(self):
        self.read("/3/0/0", b"x", TEXT)
        self.assertEqual(self.d.requests[-1].all(ACCEPT), [])
        self.assertEqual(len(self.d.requests[-1].token), 8)
        self.read("/3/0/0", b"x", TEXT, "?format=TLV&timeout=10")
        self.assertEqual(self.d.requests[-1].number(ACCEPT), TLV)
        self.read("/3/0/0", b"x", TEXT, "?format=senml_cbor")
        self.assertEqual(self.d.requests[-1].number(ACCEPT), SENML_CBOR)

    def test_errors_of_the_device(self):
        self.d.on("GET", "/1", lambda m: ("4.01", [], b"not yours"))
        got = self.server.call("GET", "/api/clients/ep-1/1")
        self.good(got, "UNAUTHORIZED(401)")
        self.assertEqual(got[1]["errormessage"], "not yours")
        self.good(self.server.call("GET", "/api/clients/ep-1/9"), "NOT_FOUND(404)")

    def test_what_cannot_be_read(self):
        for payload, options in [(b"\xc0", [(FORMAT, uint(TLV))]), (b"x", []), (b"x", [(FORMAT, uint(9999))])]:
            self.d.on("GET", "/3/0/0", lambda m, p=payload, o=options: ("2.05", o, p))
            status, text = self.server.call("GET", "/api/clients/ep-1/3/0/0")
            self.assertEqual(status, 502, text)

    def test_no_answer(self):
        self.d.on("GET", "/3/0/0", lambda m: None)
        start = time.monotonic()
        status, text = self.server.call("GET", "/api/clients/ep-1/3/0/0?timeout=1")
        self.assertEqual((status, "timeout" in text.lower()), (504, True))
        self.assertLess(time.monotonic() - start, 3)
        self.d.on("GET", "/3/0/0", lambda m: content(b"x", TEXT))
        self.assertEqual(self.good(self.server.call("GET", "/api/clients/ep-1/3/0/0"))["value"], "x")

    def test_reset(self):
        self.d.on("GET", "/3/0/0", lambda m: self.d.send(Message(RST, 0, m.mid)))
        self.assertEqual(self.server.call("GET", "/api/clients/ep-1/3/0/0")[0], 502)

    def test_separate_response(self):
        def later(m):
            self.d.send(Message(ACK, 0, m.mid))
            time.sleep(0.2)
            self.mid = self.d.next_mid()
            self.d.answers[self.mid] = None
            self.d.send(Message(CON, 69, self.mid, m.token, [(FORMAT, b"")], b"late"))
        self.d.on("GET", "/3/0/0", later)
        self.assertEqual(self.good(self.server.call("GET", "/api/clients/ep-1/3/0/0"))["value"], "late")
        self.assertTrue(self.d.wait(lambda: self.d.answers[self.mid] is not None))
        self.assertEqual(self.d.answers[self.mid].type, ACK)

    def test_in_blocks(self):
        body = bytes(i % 251 for i in range(70001))
        seen = []

        def serve(m):
            num, _, szx = m.block(BLOCK2) or (0, False, 5)
            szx = min(szx, 5)
            size = 16 << szx
            seen.append(num)
            part = body[num * size:(num + 1) * size]
            return content(part, OPAQUE, (ETAG, b"v1"), (BLOCK2, block(num, (num + 1) * size < len(body), szx)))
        self.d.on("GET", "/5/0/0", serve)
        self.assertEqual(self.good(self.server.call("GET", "/api/clients/ep-1/5/0/0"))["value"], body.hex())
        self.assertEqual(seen, list(range(len(body) // 512 + 1)))

    def test_etag_changes(self):
        state = {"etag": 0}

        def serve(m):
            num = (m.block(BLOCK2) or (0,))[0]
            if num == 1 and state["etag"] < 2:
                state["etag"] += 1
            etag = b"%d" % state["etag"]
            return content(etag * 16, OPAQUE, (ETAG, etag), (BLOCK2, block(num, num < 3, 0)))
        self.d.on("GET", "/5/0/0", serve)
        self.assertEqual(self.good(self.server.call("GET", "/api/clients/ep-1/5/0/0"))["value"], (b"2" * 64).hex())

    def test_blocks_without_end(self):
        self.d.on("GET", "/5/0/0", lambda m: content(b"x" * 1024, OPAQUE, (BLOCK2, block((m.block(BLOCK2) or (0,))[0], True, 6))))
        status, text = self.server.call("GET", "/api/clients/ep-1/5/0/0?timeout=60", seconds=60)
        self.assertEqual(status, 502)
        self.assertIn("large", str(text))

    def test_many_at_once_in_order(self):
        answers = []
        for i in range(40):
            self.d.on("GET", f"/33605/0/{i}", lambda m, i=i: content(b"%d" % i, TEXT))
        for i in range(40):
            answers.append(self.server.later("GET", f"/api/clients/ep-1/33605/0/{i}"))
        for i, wait in enumerate(answers):
            self.assertEqual(self.good(wait())["value"], str(i))

    def test_discover(self):
        self.d.on("GET", "/3", lambda m: content(b'</3>;ver="1.1";pmin=10,</3/0>,</3/0/6>;dim=2', LINK))
        status, got = self.server.call("GET", "/api/clients/ep-1/3/discover")
        self.assertEqual((status, got["status"]), (200, "CONTENT(205)"))
        self.assertEqual(self.d.requests[-1].number(ACCEPT), LINK)
        self.assertEqual(got["objectLinks"], [{"url": "/3", "attributes": {"ver": '"1.1"', "pmin": "10"}},
                                              {"url": "/3/0", "attributes": {}}, {"url": "/3/0/6", "attributes": {"dim": "2"}}])


class Writing(Case):
    def setUp(self):
        super().setUp()
        self.d = self.device()

    def sent(self, method, path, call, body, answer="2.04", status="CHANGED(204)", headers=None):
        self.d.on(method, path, lambda m: (answer, [], b""))
        self.good(self.server.call(*call, body, headers), status)
        m = self.d.requests[-1]
        self.assertEqual((m.path, m.code), (path, {"PUT": PUT, "POST": POST, "DELETE": DELETE}[method]))
        return m

    def test_resources(self):
        for path, body, payload in [
                ("/1/0/1", {"id": 1, "kind": "singleResource", "value": "60", "type": "integer"}, "c1013c"),
                ("/3/0/14", {"id": 14, "kind": "singleResource", "value": "+02", "type": "STRING"}, "c30e2b3032"),
                ("/3311/0/5850", {"id": 5850, "value": True, "type": "boolean"}, "e116da01"),
                ("/3311/0/5850", {"id": 5850, "value": "true", "type": "boolean"}, "e116da01"),
                ("/3308/0/5900", {"id": 5900, "value": "21.5", "type": "float"}, "e4170c41ac0000"),
                ("/3308/0/5900", {"id": 5900, "value": "21", "type": "integer"}, "e4170c41a80000"),
                ("/3/0/13", {"id": 13, "value": 1700000000000, "type": "time"}, "c40d6553f100"),
                ("/3/0/13", {"id": 13, "value": 1700000000000.0, "type": "time"}, "c40d6553f100"),
                ("/33605/0/3", {"id": 3, "value": "00ff", "type": "opaque"}, "c20300ff"),
                ("/33605/0/4", {"id": 4, "value": {"objectId": 3, "objectInstanceId": 1}, "type": "objlnk"}, "c40400030001"),
                ("/33605/0/1", {"id": 1, "kind": "multiResource", "type": "string", "values": {"0": "a", "2": "b"}},
                 "8601410061410262"),
                ("/33605/0/1/5", {"id": 5, "kind": "resourceInstance", "type": "string", "value": "x"}, "410578")]:
            m = self.sent("PUT", path, ("PUT", "/api/clients/ep-1" + path), body)
            self.assertEqual((m.number(FORMAT), m.payload.hex()), (TLV, payload), path)

    def test_instance(self):
        node = {"kind": "instance", "id": 0, "resources": [{"id": 0, "value": "a", "type": "string"},
                {"id": 1, "kind": "multiResource", "values": {"0": "b"}, "type": "string"}]}
        for query, method in [("", "PUT"), ("?replace=true", "PUT"), ("?replace=false", "POST")]:
            m = self.sent(method, "/33605/0", ("PUT", "/api/clients/ep-1/33605/0" + query), node)
            self.assertEqual(m.payload.hex(), "c100618301410062")

    def test_formats(self):
        body = {"id": 1, "value": "60", "type": "integer"}
        for name, number, payload in [("SENML_JSON", SENML_JSON, b'[{"bn":"/1/0/1","v":60}]'), ("TEXT", TEXT, b"60"),
                                      ("SENML_CBOR", SENML_CBOR, bytes.fromhex("81a221662f312f302f3102183c")),
                                      ("CBOR", 60, b"\x18\x3c"), ("110", SENML_JSON, b'[{"bn":"/1/0/1","v":60}]')]:
            m = self.sent("PUT", "/1/0/1", ("PUT", f"/api/clients/ep-1/1/0/1?format={name}"), body)
            self.assertEqual((m.number(FORMAT) or 0, m.payload), (number, payload), name)

    def test_format_of_a_device_without_tlv(self):
        self.d.links = b'</>;rt="oma.lwm2m";ct="60 112",</1/0>'
        self.d.register()
        m = self.sent("PUT", "/1/0/1", ("PUT", "/api/clients/ep-1/1/0/1"), {"id": 1, "value": "60", "type": "integer"})
        self.assertEqual(m.number(FORMAT), SENML_CBOR)

    def test_plain_text(self):
        m = self.sent("PUT", "/3/0/14", ("PUT", "/api/clients/ep-1/3/0/14"), "+02", headers={"Content-Type": "text/plain"})
        self.assertEqual(m.payload.hex(), "c30e2b3032")

    def test_mistakes(self):
        for path, body, said in [
                ("/1/0/1", "{", "JSON"), ("/1/0/1", {"id": 2, "value": "1", "type": "integer"}, "id"),
                ("/1/0/1", {"id": 1, "value": "x", "type": "integer"}, "INTEGER"), ("/1/0/1", {"id": 1}, "value"),
                ("/1/0/1", {"id": 1, "value": "1", "type": "nonsense"}, "type"), ("/1/0/1", [], "object"),
                ("/3311/0/5850", {"id": 5850, "value": "maybe", "type": "boolean"}, "BOOLEAN"),
                ("/5/0/0", {"id": 0, "value": "abc", "type": "opaque"}, "hex"),
                ("/33605/0/1", {"id": 1, "values": {"x": "1"}, "type": "string"}, "0 to 65534"),
                ("/33605/0", {"id": 0, "resources": [{"value": "1"}]}, "id"), ("/33605/0", {"id": 0}, "resources"),
                ("/33605", {"id": 0, "resources": []}, "instance"), ("/1/0/1?format=XML", {"id": 1, "value": "1"}, "format="),
                ("/1/0/1?format=JSON", {"id": 1, "value": "1"}, "SENML_JSON"), ("/1/0/1?timeout=x", {}, "timeout="),
                ("/1/0/1?timeout=0", {}, "timeout="), ("/1/0/x", {}, "path"), ("/1/0/70000", {}, "path"), ("/1/0/1/2/3", {}, "path"),
                ("/33605/0?format=TEXT", {"id": 0, "resources": [{"id": 0, "value": "a"}, {"id": 1, "value": "b"}]}, "format"),
                ("/33605/0", {"id": 0, "resources": [{"id": 0, "value": "5"}]}, "type is missing"),
                ("/33605/0", {"id": 0, "resources": [{"id": 0, "value": 5}]}, "type is missing"),
                ("/33605/0/1", {"id": 1, "values": {"0": "5"}}, "type is missing"),
                ("/33605/0/1?format=TLV", {"id": 1, "value": 100000}, "type is missing"),
                ("/33605/0/1", {"id": 1, "value": "5", "type": 5}, "type"), ("/33605/0/1", {"id": 1, "value": None}, "OBJLNK"),
                ("/3/0/13", {"id": 13, "value": "2024-05-01T12:00:00Z", "type": "time"}, "milliseconds")]:
            status, text = self.server.call("PUT", "/api/clients/ep-1" + path, body)
            self.assertEqual(status, 400, (path, body, text))
            self.assertIn(said, text, (path, body))
        self.assertEqual(self.d.requests, [])

    def write(self, path, **body):
        return self.sent("PUT", path, ("PUT", "/api/clients/ep-1" + path), dict(body, id=int(path.split("/")[-1])))

    def test_without_type(self):
        for value, payload in [("5", b"5"), ("Limpet", b"Limpet"), (100000, b"100000"), (21.5, b"21.5")]:
            m = self.write("/33605/0/0", value=value)
            self.assertEqual((m.number(FORMAT), m.payload), (TEXT, payload))
        m = self.write("/33605/0/1/5", value="5")
        self.assertEqual((m.number(FORMAT), m.payload), (TEXT, b"5"))
        m = self.sent("PUT", "/33605/0/0", ("PUT", "/api/clients/ep-1/33605/0/0"), "5", headers={"Content-Type": "text/plain"})
        self.assertEqual((m.number(FORMAT), m.payload), (TEXT, b"5"))
        m = self.write("/33605/0/0", value=True)  # 1, whichever type it has
        self.assertEqual((m.number(FORMAT), m.payload.hex()), (TLV, "c10001"))
        m = self.sent("PUT", "/33605/0/0", ("PUT", "/api/clients/ep-1/33605/0/0?format=SENML_JSON"), {"id": 0, "value": 5})
        self.assertEqual(m.payload, b'[{"bn":"/33605/0/0","v":5}]')
        self.write("/1/0/1", value="60")  # known
        self.assertEqual(self.d.requests[-1].payload.hex(), "c1013c")

    def test_type_once_named_is_remembered(self):
        self.d.on("PUT", "/33605/0/0", lambda m: ("4.00", [], b""))
        named = {"id": 0, "value": "5", "type": "integer"}
        self.good(self.server.call("PUT", "/api/clients/ep-1/33605/0/0", named), "BAD_REQUEST(400)")
        self.assertEqual(self.write("/33605/0/0", value="6").payload, b"6")  # it was refused: nothing learned
        self.write("/33605/0/0", **{k: named[k] for k in ("value", "type")})
        m = self.write("/33605/1/0", value="6")
        self.assertEqual((m.number(FORMAT), m.payload.hex()), (TLV, "c10006"))
        self.d.on("GET", "/33605/0/0", lambda m: content(bytes.fromhex("c10064"), TLV))
        got = self.good(self.server.call("GET", "/api/clients/ep-1/33605/0/0"))
        self.assertEqual((got["type"], got["value"]), ("INTEGER", "100"))
        self.write("/33605/0/0", value="x", type="string")  # said otherwise
        self.assertEqual(self.write("/33605/0/0", value="6").payload.hex(), "c10036")

    def test_type_of_a_read_is_remembered(self):
        def read(payload, format_):
            self.d.on("GET", "/33605/0/0", lambda m: content(payload, format_))
            got = self.good(self.server.call("GET", "/api/clients/ep-1/33605/0/0"))
            return got["type"], got["value"]
        tlv = bytes.fromhex("c40041ac0000")
        self.assertEqual(read(tlv, TLV), ("OPAQUE", "41ac0000"))
        self.assertEqual(read(b'[{"n":"/33605/0/0","v":21}]', SENML_JSON), ("INTEGER", "21"))  # or a float
        self.assertEqual(read(tlv, TLV), ("OPAQUE", "41ac0000"))
        self.assertEqual(read(b'[{"n":"/33605/0/0","v":1.5}]', SENML_JSON), ("FLOAT", "1.5"))
        self.assertEqual(read(tlv, TLV), ("FLOAT", "21.5"))
        self.assertEqual(read(b'[{"n":"/33605/0/0","v":21}]', SENML_JSON), ("FLOAT", "21.0"))
        m = self.write("/33605/0/0", value="21.5")
        self.assertEqual((m.number(FORMAT), m.payload), (TLV, tlv))
        self.assertEqual(self.d.register().text, "2.01")  # another registration: nothing is known
        self.assertEqual(read(tlv, TLV), ("OPAQUE", "41ac0000"))

    def test_execute(self):
        m = self.sent("POST", "/3/0/4", ("POST", "/api/clients/ep-1/3/0/4"), None)
        self.assertEqual((m.payload, m.all(FORMAT)), (b"", []))
        m = self.sent("POST", "/33605/0/2", ("POST", "/api/clients/ep-1/33605/0/2"), "0='a',1")
        self.assertEqual((m.payload, m.number(FORMAT)), (b"0='a',1", 0))

    def test_create(self):
        self.d.on("POST", "/33605", lambda m: ("2.01", [(8, b"33605"), (8, b"7")], b""))
        body = {"kind": "instance", "resources": [{"id": 0, "value": "a", "type": "string"}]}
        status, got = self.server.call("POST", "/api/clients/ep-1/33605", body)
        self.assertEqual((got["status"], got["location"]), ("CREATED(201)", "33605/7"))
        self.assertEqual(self.d.requests[-1].payload.hex(), "c10061")
        self.good(self.server.call("POST", "/api/clients/ep-1/33605", dict(body, id=7)), "CREATED(201)")
        self.assertEqual(self.d.requests[-1].payload.hex(), "0307c10061")
        self.assertEqual(self.server.call("POST", "/api/clients/ep-1/33605/0", body)[0], 400)
        self.assertEqual(self.server.call("POST", "/api/clients/ep-1/33605?format=SENML_CBOR", body)[0], 400)

    def test_delete(self):
        self.sent("DELETE", "/33605/0", ("DELETE", "/api/clients/ep-1/33605/0"), None, "2.02", "DELETED(202)")

    def test_attributes(self):
        m = self.sent("PUT", "/3303/0", ("PUT", "/api/clients/ep-1/3303/0/attributes?pmin=1&pmax=5&gt=21.5&st"), None)
        self.assertEqual(m.all(QUERY), [b"pmin=1", b"pmax=5", b"gt=21.5", b"st"])
        self.assertEqual((m.payload, m.all(FORMAT)), (b"", []))
        for query in ("", "?nonsense=1", "?pmin=x", "?timeout=5"):
            self.assertEqual(self.server.call("PUT", "/api/clients/ep-1/3/0/attributes" + query)[0], 400, query)

    def blocks(self, size, szx=5, limit=None):
        data, seen = bytes(i % 253 for i in range(size)), []
        got = bytearray()

        def take(m):
            num, more, sent_szx = m.block(BLOCK1)
            seen.append((num, sent_szx))
            if limit is not None and sent_szx > limit:
                return "4.13", [(BLOCK1, block(num, False, limit))], b""
            del got[num * (16 << sent_szx):]
            got.extend(m.payload)
            use = min(szx, sent_szx)
            if num == 0 and use < sent_szx:
                del got[16 << use:]  # took only as much
                return "2.31", [(BLOCK1, block(0, True, use))], b""
            return "2.31" if more else "2.04", [(BLOCK1, block(num, more, sent_szx))], b""
        self.d.on("PUT", "/5/0/0", take)
        body = {"id": 0, "kind": "singleResource", "value": data.hex(), "type": "opaque"}
        self.good(self.server.call("PUT", "/api/clients/ep-1/5/0/0?format=OPAQUE&timeout=60", body, seconds=60), "CHANGED(204)")
        return data, bytes(got), seen

    def test_in_blocks(self):
        data, got, seen = self.blocks(30000)
        self.assertEqual(data, got)
        self.assertEqual(seen, [(i, 5) for i in range(59)])
        first = next(m for m in self.d.requests if m.block(BLOCK1)[0] == 0)
        self.assertEqual(first.number(SIZE1), 30000)

    def test_in_smaller_blocks_after_413(self):
        data, got, seen = self.blocks(3000, limit=3)
        self.assertEqual(data, got)
        self.assertEqual(seen[:2], [(0, 5), (0, 3)])

    def test_a_block_is_refused(self):
        self.d.on("PUT", "/5/0/0", lambda m: ("4.08", [], b""))
        body = {"id": 0, "value": "00" * 2000, "type": "opaque"}
        self.good(self.server.call("PUT", "/api/clients/ep-1/5/0/0", body), "REQUEST_ENTITY_INCOMPLETE(408)")


class Observing(Case):
    def setUp(self):
        super().setUp()
        self.d = self.device()
        self.events = Events(self.server.http, "?ep-1")
        self.d.on("GET", "/3303/0/5700", self.serve)

    def serve(self, m):
        return content(b"21.5", TEXT, *([(OBSERVE, b"\x01")] if m.number(OBSERVE) == 0 else []))

    def observe(self, query=""):
        got = self.good(self.server.call("POST", "/api/clients/ep-1/3303/0/5700/observe" + query))
        self.assertEqual(got["value"], "21.5")
        m = self.d.requests[-1]
        self.assertEqual((m.number(OBSERVE), m.path), (0, "/3303/0/5700"))
        return m.token

    def test_notifications(self):
        token = self.observe()
        self.d.notify(token, 2, b"22.5", TEXT)
        got = self.events.next("NOTIFICATION")
        self.assertEqual(got, {"ep": "ep-1", "kind": "single", "res": "/3303/0/5700",
                               "val": {"kind": "singleResource", "id": 5700, "type": "FLOAT", "value": "22.5"}})
        answer = self.d.notify(token, 3, b"23.5", TEXT, CON)
        self.assertEqual((answer.type, answer.code), (ACK, 0))
        self.assertEqual(self.events.next("NOTIFICATION")["val"]["value"], "23.5")
        self.d.notify(token, 2, b"1", TEXT)  # older: dropped
        self.d.notify(token, 4, b"24.5", TEXT)
        self.assertEqual(self.events.next("NOTIFICATION")["val"]["value"], "24.5")

    def test_type_of_a_notification_is_remembered(self):
        self.d.on("GET", "/33605/0/0", lambda m: content(bytes.fromhex("c10064"), TLV, *([(OBSERVE, b"\x01")] if m.number(OBSERVE) == 0 else [])))
        self.assertEqual(self.good(self.server.call("POST", "/api/clients/ep-1/33605/0/0/observe"))["type"], "OPAQUE")
        self.d.notify(self.d.requests[-1].token, 2, bytes.fromhex("81a2006a2f33333630352f302f300207"), SENML_CBOR)
        self.assertEqual(self.events.next("NOTIFICATION")["val"]["type"], "INTEGER")
        self.assertEqual(self.good(self.server.call("GET", "/api/clients/ep-1/33605/0/0"))["value"], "100")

    def test_doubled_notification_is_told_once(self):
        token = self.observe()
        m = Message(CON, 69, 4711, token, [(OBSERVE, b"\x05"), (FORMAT, b"")], b"1.5")
        first, second = self.d.exchange(m, 4711), self.d.exchange(m, 4711)
        self.assertEqual(first.bytes(), second.bytes())
        self.d.notify(token, 6, b"2.5", TEXT)
        self.assertEqual([self.events.next("NOTIFICATION")["val"]["value"] for _ in range(2)], ["1.5", "2.5"])

    def test_unknown_token_is_reset(self):
        for type_ in (CON, NON):
            mid = self.d.notify(b"nonsense", 1, b"1", TEXT, type_)
            if type_ == NON:
                self.assertTrue(self.d.wait(lambda: self.d.answers[mid] is not None))
                mid = self.d.answers[mid]
            self.assertEqual((mid.type, mid.code), (RST, 0))

    def test_cancel_passively(self):
        token = self.observe()
        self.assertEqual(self.server.call("DELETE", "/api/clients/ep-1/3303/0/5700/observe"), (200, ""))
        self.assertEqual(self.d.notify(token, 9, b"1", TEXT, CON).type, RST)

    def test_cancel_actively(self):
        token = self.observe()
        self.good(self.server.call("DELETE", "/api/clients/ep-1/3303/0/5700/observe?active"))
        self.assertEqual((self.d.requests[-1].number(OBSERVE), self.d.requests[-1].token), (1, token))
        self.assertEqual(self.d.notify(token, 9, b"1", TEXT, CON).type, RST)
        self.assertEqual(self.server.call("DELETE", "/api/clients/ep-1/3303/0/5700/observe?active")[0], 404)

    def test_again_uses_the_same_token(self):
        self.assertEqual(self.observe(), self.observe())

    def test_refused(self):
        self.d.on("GET", "/9/0/0", lambda m: ("4.04", [], b""))
        self.good(self.server.call("POST", "/api/clients/ep-1/9/0/0/observe"), "NOT_FOUND(404)")
        self.assertEqual(self.d.notify(self.d.requests[-1].token, 9, b"1", TEXT, CON).type, RST)

    def test_ended_by_the_device(self):
        token = self.observe()
        self.assertEqual(self.d.notify(token, 2, b"", TEXT, CON, "4.04").type, ACK)
        self.assertEqual(self.d.notify(token, 3, b"1", TEXT, CON).type, RST)

    def test_large_notification(self):
        body = b"x" * 1000

        def serve(m):
            num = (m.block(BLOCK2) or (0,))[0]
            if num == 0:
                return content(body[:256], TEXT, (OBSERVE, b"\x01"), (BLOCK2, block(0, True, 4)), (ETAG, b"a"))
            self.assertIsNone(m.number(OBSERVE))
            return content(body[num * 256:num * 256 + 256], TEXT, (BLOCK2, block(num, num < 3, 4)), (ETAG, b"a"))
        self.d.on("GET", "/3/0/0", serve)
        got = self.good(self.server.call("POST", "/api/clients/ep-1/3/0/0/observe"))
        self.assertEqual(got["value"], body.decode())
        token = next(m.token for m in self.d.requests if m.number(OBSERVE) == 0)
        self.d.notify(token, 2, body[:256], TEXT, CON, options=[(BLOCK2, block(0, True, 4)), (ETAG, b"a")])
        self.assertEqual(self.events.next("NOTIFICATION")["val"]["value"], body.decode())

    def test_send(self):
        answer = self.d.request(POST, "/dp", payload=b'[{"bn":"/3303/0/","n":"5700","v":1.5},{"n":"5701","vs":"Cel"}]', format_=SENML_JSON)
        self.assertEqual(answer.text, "2.04")
        got = self.events.next("SEND")
        self.assertEqual(got["val"]["/3303/0/5700"], {"kind": "singleResource", "id": 5700, "type": "FLOAT", "value": "1.5"})
        self.assertEqual(got["val"]["/3303/0/5701"]["value"], "Cel")
        self.assertEqual(self.d.request(POST, "/dp", payload=b"x", format_=TLV).text, "4.15")
        self.assertEqual(self.d.request(POST, "/dp", payload=b"x", format_=SENML_JSON).text, "4.00")

    def test_composite_comes_later(self):
        status, text = self.server.call("GET", "/api/clients/ep-1/composite?paths=/3,/1/0")
        self.assertEqual(status, 501)
        self.assertIn("later version", text)


class QueueMode(Case):
    def test_waits_for_the_device(self):
        d = self.device(register=False)
        self.assertEqual(d.register("Q").text, "2.01")
        d.on("GET", "/3/0/0", lambda m: content(b"x", TEXT))
        d.deaf = True
        # asleep: what is sent now is lost, and the device does not say when it comes back
        wait = self.server.later("GET", "/api/clients/ep-1/3/0/0?timeout=20")
        time.sleep(0.5)
        d.deaf = False
        self.assertEqual(d.update().text, "2.04")
        self.assertEqual(self.good(wait())["value"], "x")

    def test_presence(self):
        events = Events(self.server.http)
        d = self.device(register=False)
        d.register("Q")
        self.assertEqual(events.next("AWAKE"), {"ep": "ep-1"})
        self.assertIs(self.server.call("GET", "/api/clients/ep-1")[1]["sleeping"], False)


class Wire(Case):
    """What a server must bear."""

    def ping(self, d):
        mid = d.next_mid()
        answer = d.exchange(Message(CON, 0, mid), mid)
        self.assertEqual((answer.type, answer.code), (RST, 0))

    def test_ping(self):
        self.ping(self.device(register=False))
        self.ping(self.device("other"))

    def test_malformed(self):
        d = self.device()
        for data in ["", "40", "4001", "40010000ff", "49010001", "4f01000100", "4001ffffd0", "40010002ff", "4100000361",
                     "400100045f", "40010005e0ffff", "4001000611", "80010007", "60450008", "70000009", "50010010",
                     "4002000bb2726491ff3c", "44020000aabbccdd" + "b2" + "7264" + "4f" * 30]:
            d.send(bytes.fromhex(data))
            self.ping(d)
        other = self.device("x", register=False)
        other.send(bytes.fromhex("40010002ff"))
        self.assertTrue(other.wait(lambda: other.others))
        self.assertEqual((other.others[0].type, other.others[0].mid), (RST, 2))

    def test_packets_that_broke_others(self):
        import tarfile
        archive = Path(__file__).resolve().parents[3] / "shared" / "vectors" / "packets.tar.gz"
        if not archive.exists():
            self.skipTest("the archive of packets is not here")
        d = self.device()
        tls = Device((self.server.coap[0], int(self.server.ready["coaps"].rsplit(":", 1)[1])), "tls")
        self.devices.append(tls)
        n = 0
        with tarfile.open(archive) as tar:
            for member in tar:
                f = tar.extractfile(member)
                if not f:
                    continue
                data = f.read()[:65000]
                for sender in (d, tls):
                    try:
                        sender.send(data)
                    except OSError:
                        continue
                n += 1
                if n % 50 == 0:
                    self.ping(d)
        self.ping(d)
        self.assertGreater(n, 100)
        self.assertEqual(len(self.server.call("GET", "/api/clients")[1]), 1)

    def test_strangers_cost_nothing(self):
        server = Server(env={"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"})

        def knock(times):
            for i in range(times):
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                s.sendto(Message(CON, GET, i, b"", [(PATH, b"3")]).bytes(), server.coap)
                s.sendto(Message(CON, POST, i + 1, b"", [(PATH, b"rd"), (QUERY, b"ep=x")], b"</3/0>").bytes(), server.coap)
                s.close()
            d = Device(server.coap, "x")
            self.ping(d)
            d.close()
        knock(2000)
        before = self.memory(server)
        knock(3000)
        self.assertLess(self.memory(server) - before, 2000)  # kB; 6000 peers would be 10 MB
        server.stop()

    def memory(self, server):
        status = Path(f"/proc/{server.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1))


class Rest(Case):
    def test_paths(self):
        self.device()
        for method, path, status in [("GET", "/api/nothing", 404), ("GET", "/nothing", 404), ("GET", "/api", 200), ("DELETE", "/api", 405),
                                     ("GET", "/api/clients/nobody", 404), ("GET", "/api/clients/nobody/3/0", 404),
                                     ("POST", "/api/clients", 405), ("DELETE", "/api/clients/ep-1", 405),
                                     ("PATCH", "/api/clients/ep-1/3/0", 405), ("GET", "/api/clients/ep-1/3/observe", 405),
                                     ("POST", "/api/event", 405), ("GET", "/api/security", 404), ("GET", "/api/security/x", 404),
                                     ("POST", "/api/bootstrap", 400), ("PATCH", "/api/bootstrap/x", 405),
                                     ("GET", "/" + "a/" * 30, 404), ("GET", "/api/clients/", 200),
                                     ("GET", "/api/clients/ep-1/discover", 400)]:
            self.assertEqual(self.server.call(method, path)[0], status, (method, path))

    def test_page(self):
        status, text = self.server.call("GET", "/")
        self.assertEqual(status, 200)
        self.assertIn("<title>Limpet</title>", text)
        self.assertNotRegex(text.replace("http://www.w3.org/2000/svg", ""), r"(src|href)=|https?://")

    def test_endpoint_with_special_characters(self):
        d = self.device("urn:x/y z%\u00e4", register=False)
        self.assertEqual(d.register().text, "2.01")
        path = "/api/clients/" + urllib.parse.quote("urn:x/y z%\u00e4", safe="")
        self.assertEqual(self.server.call("GET", path)[1]["endpoint"], "urn:x/y z%\u00e4")

    def test_body_too_large(self):
        self.device()
        try:
            status, text = self.server.call("PUT", "/api/clients/ep-1/5/0/0", b"x" * (17 << 20))
        except (BrokenPipeError, ConnectionResetError):
            return
        self.assertEqual(status, 413)

    def test_many_bodies_at_once(self):
        """Their memory is bounded: one that no room is left for is told so, and there is room again afterwards."""
        host, port = self.server.http.split(":")
        calls = [socket.create_connection((host, int(port)), timeout=60) for _ in range(5)]
        head = b"PUT /api/security/clients HTTP/1.1\r\nHost: localhost\r\nContent-Length: 15728640\r\n\r\n"
        for c in calls:
            c.sendall(head + b" " * 15728639)
        status = self.server.call("PUT", "/api/security/clients", b" " * (12 << 20))[0]
        for c in calls:
            c.close()
        self.assertEqual(status, 503)
        time.sleep(0.5)
        self.assertEqual(self.server.call("PUT", "/api/security/clients", b" " * (12 << 20))[0], 400)

    def test_other_origins_are_refused(self):
        self.assertEqual(self.server.call("GET", "/api/clients", headers={"Origin": "http://evil.example"})[0], 403)
        for host, status in [("evil.example", 403), ("127.evil.example", 403), ("127.0.0.1.evil.example", 403), ("127.1", 403),
                             ("127.0.0.1:1", 200), ("127.9.9.9", 200), ("[::1]:80", 200), ("localhost:80", 200)]:
            self.assertEqual(self.server.call("GET", "/api/clients", headers={"Host": host})[0], status, host)
        self.assertEqual(self.server.call("GET", "/api/clients", headers={"Origin": "http://" + self.server.http})[0], 200)

    def test_events_filter(self):
        all_, one = Events(self.server.http), Events(self.server.http, "?ep=b")
        self.device("a")
        self.device("b")
        self.assertEqual([all_.next("REGISTRATION")["endpoint"] for _ in range(2)], ["a", "b"])
        self.assertEqual(one.next("REGISTRATION")["endpoint"], "b")

    def test_slow_reader_is_dropped(self):
        d = self.device()
        slow = socket.create_connection(self.server.http.split(":"))
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.sendall(b"GET /api/event HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        time.sleep(0.2)
        for _ in range(1500):
            d.update(payload=b",".join(b"</33605/%d>" % i for i in range(80)))
        self.assertEqual(self.server.call("GET", "/api/clients")[0], 200)
        slow.close()

    def test_events_too_large_to_wait(self):
        """A reader that was away for a moment is told that there were large events, and keeps its stream."""
        d = self.device()
        links = b",".join(b"</33605/%d>;x=%s" % (i, b"y" * 40) for i in range(1000))
        slow = socket.socket()
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 16)
        slow.settimeout(10)
        self.addCleanup(slow.close)
        host, port = self.server.http.split(":")
        slow.connect((host, int(port)))
        slow.sendall(b"GET /api/event HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        time.sleep(0.2)
        path = [(PATH, p.encode()) for p in d.location.strip("/").split("/")]
        for round_ in range(40):
            body = links.replace(b"</33605/0>", b"</33606/%d>" % round_)
            last = (len(body) - 1) // 1024
            for num in range(last + 1):
                m = d.next_mid()
                part = body[num * 1024:(num + 1) * 1024]
                answer = d.exchange(Message(CON, POST, m, b"t", path + [(FORMAT, uint(LINK)), (BLOCK1, block(num, num < last, 6))],
                                            part), m)
            self.assertEqual(answer.text, "2.04")
        got = b""
        while b'{"ep":"ep-1","truncated":true}' not in got:
            part = slow.recv(1 << 20)
            self.assertTrue(part, "the stream ended")
            got += part
        d.update("lt=77")
        while b'"lifetime":77' not in got:
            got = got[-20:] + slow.recv(1 << 20)


class Token(Case):
    args = ("--token", "a-secret-token")

    def test_token(self):
        for headers, status in [({}, 401), ({"Authorization": "Bearer wrong"}, 401), ({"Authorization": "a-secret-token"}, 401),
                                ({"Authorization": "Bearer a-secret-token"}, 200), ({"Authorization": "Bearer a-secret-tokenx"}, 401)]:
            self.assertEqual(self.server.call("GET", "/api/clients", headers=headers)[0], status, headers)
        self.assertEqual(self.server.call("GET", "/")[0], 200)
        self.assertEqual(self.server.call("GET", "/api/event")[0], 401)


class Credentials(Case):
    def cred(self, ep="sec", identity="id", key=KEY):
        return {"endpoint": ep, "tls": {"mode": "psk", "details": {"identity": identity, "key": key}}}

    def test_life(self):
        self.assertEqual(self.server.call("GET", "/api/security/clients"), (200, []))
        self.assertEqual(self.server.call("PUT", "/api/security/clients", self.cred())[0], 200)
        self.assertEqual(self.server.call("GET", "/api/security/clients/"), (200, [self.cred()]))
        self.assertEqual(self.server.call("PUT", "/api/security/clients", self.cred(identity="new"))[0], 200)
        self.assertEqual(len(self.server.call("GET", "/api/security/clients")[1]), 1)
        self.assertEqual(self.server.call("PUT", "/api/security/clients", self.cred("other", "new"))[0], 400)
        self.assertEqual(self.server.call("PUT", "/api/security/bootstrap", self.cred(key="ff" * 16))[0], 200)
        self.assertEqual(len(self.server.call("GET", "/api/security/bootstrap")[1]), 1)
        self.assertEqual(self.server.call("DELETE", "/api/security/clients/sec")[0], 200)
        self.assertEqual(self.server.call("GET", "/api/security/clients")[1], [])
        self.assertEqual(self.server.call("DELETE", "/api/security/clients/sec"), (200, {"message": "not_found"}))

    def test_mistakes(self):
        for body in ["", "x", [], {}, {"endpoint": "a"}, {"endpoint": "a", "tls": {"mode": "psk"}}, self.cred(key="xyz"),
                     self.cred(key=""), self.cred(key="abc"), self.cred(identity=""), self.cred(ep=""), self.cred(key="00" * 65),
                     {"endpoint": "a", "tls": {"mode": "x509"}}, {"endpoint": "a", "oscore": {}}]:
            status, text = self.server.call("PUT", "/api/security/clients", body)
            self.assertEqual(status, 400, body)
            self.assertGreater(len(text), 10)

    def test_needed_over_nosec(self):
        self.server.call("PUT", "/api/security/clients", self.cred("ep-1"))
        d = self.device(register=False)
        self.assertEqual(d.register().text, "4.03")
        self.assertEqual(self.server.call("GET", "/api/clients")[1], [])
        self.server.call("DELETE", "/api/security/clients/ep-1")
        self.assertEqual(d.register().text, "2.01")


PLAN = {"servers": {"0": {"shortId": 123, "lifetime": 300, "defaultMinPeriod": 1, "notifIfDisabled": True, "binding": "U"}},
        "security": {"1": {"bootstrapServer": False, "securityMode": "NO_SEC", "publicKeyOrId": [], "secretKey": [],
                           "serverId": 123, "uri": "coap://127.0.0.1:5683"}}, "oscore": {}, "toDelete": ["/0", "/1"]}


def edited(*path, to):
    plan = json.loads(json.dumps(PLAN))
    at = plan
    for key in path[:-1]:
        at = at[key]
    if to is None:
        del at[path[-1]]
    else:
        at[path[-1]] = to
    return plan


class Bootstrap(Case):
    def test_plans(self):
        self.assertEqual(self.server.call("GET", "/api/bootstrap"), (200, {}))
        self.assertEqual(self.server.call("POST", "/api/bootstrap/ep-1", PLAN)[0], 200)
        self.assertEqual(self.server.call("GET", "/api/bootstrap"), (200, {"ep-1": PLAN}))
        self.assertEqual(self.server.call("GET", "/api/bootstrap/ep-1"), (200, PLAN))
        self.assertEqual(self.server.call("DELETE", "/api/bootstrap/ep-1")[0], 204)
        self.assertEqual(self.server.call("DELETE", "/api/bootstrap/ep-1")[0], 404)

    def test_mistakes(self):
        for plan, said in [
                ("{", "JSON"), ([], "object"), (edited("nonsense", to=1), "nonsense"), (edited("servers", "0", "shortId", to=None), "shortId"),
                (edited("servers", "0", "shortId", to="x"), "shortId"), (edited("servers", "0", "lifetime", to=-1), "lifetime"),
                (edited("servers", "x", to={}), "servers/x"), (edited("security", "1", "uri", to="http://x"), "coap://"),
                (edited("security", "1", "securityMode", to="X509"), "later"), (edited("security", "1", "securityMode", to="PSK"), "coaps://"),
                (edited("security", "1", "serverId", to=7), "shortId"), (edited("toDelete", to=["x"]), "toDelete"),
                (edited("security", "1", "secretKey", to="xyz"), "secretKey"), (edited("security", "1", "publicKeyOrId", to=[256]), "publicKeyOrId"),
                (edited("security", "1", "extra", to=1), "extra"), (edited("oscore", to={"0": {}}), "oscore"),
                (edited("servers", to=[]), "servers")]:
            status, text = self.server.call("POST", "/api/bootstrap/ep-1", plan)
            self.assertEqual((status, said in text), (400, True), (said, text))

    def run_plan(self, d, *query, plan=PLAN):
        self.server.call("POST", "/api/bootstrap/ep-1", plan)
        for path in ("/0", "/1"):
            d.on("DELETE", path, lambda m: ("2.02", [], b""))
        for path in ("/0/1", "/1/0"):
            d.on("PUT", path, changed)
        d.on("POST", "/bs", changed)
        answer = d.request(POST, "/bs", ["ep=ep-1", *query])
        self.assertEqual(answer.text, "2.04")

    def test_session(self):
        events = Events(self.server.http, "?ep-1")
        d = self.device(register=False)
        self.run_plan(d)
        self.assertTrue(d.wait(lambda: len(d.requests) == 5))
        self.assertEqual([(m.code, m.path) for m in d.requests], [(DELETE, "/0"), (DELETE, "/1"), (PUT, "/0/1"), (PUT, "/1/0"), (POST, "/bs")])
        self.assertEqual(d.requests[2].number(FORMAT), TLV)
        self.assertEqual(d.requests[2].payload.hex(), "c80015" + b"coap://127.0.0.1:5683".hex() + "c10100" "c10203" "c10a7b")
        self.assertEqual(d.requests[3].payload.hex(), "c1007b" "c201012c" "c10201" "c10601" "c10755")
        self.assertEqual(d.requests[4].payload, b"")
        while (e := events.next("BSSESSION"))["name"] != "finished":
            self.assertIn(e["name"], ("started", "step"))

    def test_binding_as_a_list(self):
        d = self.device(register=False)
        plan = edited("servers", "0", "binding", to=["U", "Q"])
        self.run_plan(d, plan=plan)
        self.assertTrue(d.wait(lambda: len(d.requests) == 5))
        self.assertEqual(d.requests[3].payload.hex(), "c1007b" "c201012c" "c10201" "c10601" "c2075551")
        self.assertEqual(self.server.call("GET", "/api/bootstrap/ep-1"), (200, plan))
        for wrong in ([], ["UQ"], ["X"], [1], [""], ["U"] * 8, {"U": 1}):
            status, text = self.server.call("POST", "/api/bootstrap/ep-1", edited("servers", "0", "binding", to=wrong))
            self.assertEqual((status, "binding" in text), (400, True), (wrong, text))

    def test_accounts_of_servers_that_the_device_has(self):
        d = self.device(register=False)
        plan = dict(edited("security", "1", "serverId", to=7), servers={}, toDelete=["/0"])
        self.run_plan(d, plan=plan)
        self.assertTrue(d.wait(lambda: len(d.requests) == 3))
        self.assertEqual([(m.code, m.path) for m in d.requests], [(DELETE, "/0"), (PUT, "/0/1"), (POST, "/bs")])
        for more in ({"toDelete": ["/1"]}, {"toDelete": ["/1/0"]}, {"toDelete": ["/"]},
                     {"security": edited("security", "1", "serverId", to=0)["security"]},
                     {"security": edited("security", "1", "serverId", to=None)["security"]}):
            self.assertEqual(self.server.call("POST", "/api/bootstrap/ep-1", dict(plan, **more))[0], 400, more)

    def test_preferred_format(self):
        d = self.device(register=False)
        self.run_plan(d, "pct=112")
        self.assertTrue(d.wait(lambda: len(d.requests) == 5))
        self.assertEqual(d.requests[2].number(FORMAT), SENML_CBOR)

    def test_refused(self):
        d = self.device(register=False)
        self.assertEqual(d.request(POST, "/bs", ["ep=unknown"]).text, "4.00")
        self.assertEqual(d.request(POST, "/bs").text, "4.00")
        self.server.call("POST", "/api/bootstrap/sec", PLAN)
        self.server.call("PUT", "/api/security/clients", {"endpoint": "sec", "tls": {"mode": "psk", "details": {"identity": "i", "key": KEY}}})
        self.assertEqual(d.request(POST, "/bs", ["ep=sec"]).text, "4.00")

    def test_default_plan(self):
        self.server.call("POST", "/api/bootstrap/*", PLAN)
        d = self.device(register=False)
        self.assertEqual(d.request(POST, "/bs", ["ep=whoever"]).text, "2.04")

    def test_a_write_fails(self):
        events = Events(self.server.http, "?ep-1")
        d = self.device(register=False)
        d.handlers.clear()
        self.server.call("POST", "/api/bootstrap/ep-1", PLAN)
        self.assertEqual(d.request(POST, "/bs", ["ep=ep-1"]).text, "2.04")
        while (e := events.next("BSSESSION"))["name"] != "failed":
            pass
        self.assertIn("write /0/1: the device answered 4.04", e["message"])
        self.assertEqual(len(d.requests), 3)


class Restart(unittest.TestCase):
    def restart(self, how):
        db = TMP / f"restart-{how}.db"
        server = Server(db=db)
        d = Device(server.coap, "ep-1")
        self.assertEqual(d.register("Q", "x=y").text, "2.01")
        d.on("GET", "/3303/0/5700", lambda m: content(b"21.5", TEXT, *([(OBSERVE, b"\x01")] if m.number(OBSERVE) == 0 else [])))
        self.assertEqual(server.call("POST", "/api/clients/ep-1/3303/0/5700/observe")[0], 200)
        token = next(m.token for m in d.requests if m.number(OBSERVE) == 0)
        server.call("PUT", "/api/security/clients", {"endpoint": "sec", "tls": {"mode": "psk", "details": {"identity": "i", "key": KEY}}})
        server.call("POST", "/api/bootstrap/ep-1", PLAN)
        before = server.call("GET", "/api/clients/ep-1")[1]
        server.stop(how)
        server = Server(db=db, **server.addresses())
        after = server.call("GET", "/api/clients/ep-1")[1]
        self.assertEqual(before, after)
        self.assertEqual(len(server.call("GET", "/api/security/clients")[1]), 1)
        self.assertEqual(server.call("GET", "/api/bootstrap")[1], {"ep-1": PLAN})
        events = Events(server.http)
        self.assertEqual(d.notify(token, 2, b"22.5", TEXT, CON).type, ACK)
        self.assertEqual(events.next("NOTIFICATION")["val"]["value"], "22.5")
        self.assertEqual(server.call("GET", "/api/clients/ep-1/3303/0/5700")[1]["content"]["value"], "21.5")
        self.assertEqual(d.update().text, "2.04")
        d.close()
        server.stop()
        Events.close_all()

    def test_orderly(self):
        self.restart(signal.SIGTERM)

    def test_killed(self):
        self.restart(signal.SIGKILL)

    def test_calls_that_wait_are_answered(self):
        server = Server()
        d = Device(server.coap, "ep-1")
        d.register()
        d.on("GET", "/3/0/0", lambda m: None)
        wait = server.later("GET", "/api/clients/ep-1/3/0/0?timeout=30")
        events = Events(server.http)
        self.assertTrue(d.wait(lambda: d.requests))
        server.stop()
        self.assertEqual(wait()[0], 503)
        Events.close_all()
        d.close()


if __name__ == "__main__":
    unittest.main()

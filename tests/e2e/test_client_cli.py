"""limpet-client as its manual has it: options, device files, console, events, what the state folder keeps. The server is
the harness's own."""
import json
import os
import signal
import subprocess
import threading
import time
import unittest

from harness import *

DEVICE = """{"objects": [
  {"id": 3, "instances": {"0": {"0": "Limpet", "1": "model", "4": null, "6": {"0": 1, "1": 5}, "15": "UTC"}}},
  {"id": 33605, "version": "1.0", "create": true, "delete": true, "defaults": {"0": 0},
   "resources": {"0": {"type": "integer", "ops": "RW"}, "1": {"type": "string", "ops": "RW", "multiple": true},
                 "2": {"ops": "E"}, "3": {"type": "opaque", "ops": "R"}, "4": {"type": "boolean", "ops": "RW"},
                 "5": {"type": "float", "ops": "RW"}, "6": {"type": "time", "ops": "RW"},
                 "7": {"type": "objlnk", "ops": "RW"}, "8": {"type": "unsigned", "ops": "RW"},
                 "9": {"type": "corelnk", "ops": "RW"}},
   "instances": {"0": {"0": 42, "1": {"0": "a"}, "3": "hex:00ff"}}},
  {"id": 33606, "resources": {"0": {"type": "integer", "ops": "RW", "delay": 60000}}, "instances": {"0": {"0": 7}}},
  {"id": 3303, "instances": {}}]}
"""


def run(*arguments, program="limpet-client", stdin=""):
    return subprocess.run([BIN / program, *map(str, arguments)], input=stdin, capture_output=True, text=True, timeout=60)


def device_file(text=DEVICE):
    path = tmp("device") / "device.json"
    path.write_text(text)
    return path


class Options(unittest.TestCase):
    def refused(self, *arguments, says, program="limpet-client"):
        result = run(*arguments, program=program)
        self.assertEqual(result.returncode, 2, (arguments, result))
        self.assertIn(says, result.stderr, arguments)
        self.assertEqual(result.stdout, "")

    def test_help_and_version(self):
        for program in ("limpet-client", "limpet-client-lite"):
            result = run("--help", program=program)
            self.assertEqual((result.returncode, result.stderr), (0, ""))
            self.assertIn(f"Usage: {program} ", result.stdout)
            for option in ("-e, --endpoint NAME", "--psk IDENTITY:HEX", "-q, --queue ", "--count N", "--cid off|N"):
                self.assertIn(option, result.stdout)
            self.assertTrue(all(len(line) <= 110 for line in result.stdout.splitlines()))
            self.assertRegex(run("--version", program=program).stdout, rf"^{program} \d+\.\d+\.\d+\n$")

    def test_every_option_parses(self):
        key = tmp("psk") / "key"
        key.write_text("dev:a:00ff00ff00ff00ff00ff00ff00ff00ff\n")
        result = run("--endpoint=dev", "-s", "coaps://127.0.0.1:9", f"--psk-file={key}", "--short-id", 7, "--security-iid=3",
                     "--server-iid", 4, "--retry", "1:1:1:1", "--binding=U", "-l60", "--bootstrap", "coaps://127.0.0.1:9",
                     "--psk=dev:00ff", "--hold-off", 5, "--bs-timeout", 9, "--tx", "0.5:1.5:2", "--cid", "off",
                     "--block-size", 64, "--max-message", 512, "--queue", "--queue-window", "1.5", "-p", 0, "--con",
                     "--lwm2m", "1.0", "--device", device_file(), "--json", "--verbose", stdin="get /0/3\nquit\n")
        self.assertEqual(result.returncode, 0, result.stderr)
        answer = [e for e in map(json.loads, result.stdout.splitlines()) if e["event"] == "result"][0]
        self.assertEqual(answer["value"]["3"], "hex:" + b"dev:a".hex())

    def test_mistakes_name_what_would_be_right(self):
        server = ("-s", "coap://127.0.0.1:9")
        secure = ("-s", "coaps://127.0.0.1:9")
        for arguments, says in (
                ((), "expected a server: -s URI"),
                (("-s",), "--server: expected URI behind it"),
                (("-s", "http://x"), "expected coap://HOST[:PORT] or coaps://HOST[:PORT]"),
                (("-s", "coap+tcp://x"), "with a later version"),
                (("-s", "coap://" + "x" * 300), "at most 255 characters"),
                (secure, "needs a key: --psk IDENTITY:HEX"),
                ((*server, "--psk", "a:00"), "is not encrypted"),
                ((*secure, "--psk", "a"), "expected IDENTITY:HEX"),
                ((*secure, "--psk", ":00"), "expected IDENTITY:HEX"),
                ((*secure, "--psk", "a:0"), "two hexadecimal digits each"),
                ((*secure, "--psk", "a:zz"), "two hexadecimal digits each"),
                ((*secure, "--psk", "a:" + "00" * 65), "1 to 64 bytes"),
                ((*secure, "--psk", "a" * 129 + ":00"), "at most 128 bytes"),
                ((*secure, "--psk-file", "/nonexistent/key"), "No such file"),
                ((*server, "-l", "0"), "a number from 1 to"),
                ((*server, "-l", "x"), "a number from 1 to"),
                ((*server, "-l", "-1"), "a number from 1 to"),
                ((*server, "--tx", "2:1.5"), "as 2:1.5:4"),
                ((*server, "--tx", "2:0.5:4"), "as 2:1.5:4"),
                ((*server, "--tx", "2:1.5:4:1"), "as 2:1.5:4"),
                ((*server, "--retry", "1:2:3"), "four whole numbers"),
                ((*server, "--cid", "33"), "from 0 to 32"),
                ((*server, "--block-size", "100"), "a power of two"),
                ((*server, "--block-size", "2048"), "from 16 to 1024"),
                ((*server, "--max-message", "100"), "from 160 to"),
                ((*server, "--lwm2m", "1.2"), "expected 1.0 or 1.1"),
                ((*server, "-p", "65536"), "from 0 to 65535"),
                ((*server, "--count", "0"), "from 1 to"),
                ((*server, "--queue=on"), "takes no value"),
                ((*server, "--short-id", "0"), "from 1 to 65534"),
                ((*server, "--nonsense"), "there is no such option"),
                ((*server, "-x"), "there is no such option"),
                ((*server, "word"), "expected an option"),
                ((*server, "-b", "coap://a", "-b", "coap://b"), "one bootstrap server already"),
                ((*server, "--short-id", "2", "-s", "coap://y"), "two servers have the short id 2"),
                ((*server, "-d", "/nonexistent.json"), "No such file"),
                (("-s", "coap://127.0.0.1:99999"), "127.0.0.1:99999")):
            with self.subTest(arguments=arguments):
                self.refused(*arguments, says=says)

    def test_what_comes_later_says_so(self):
        for option in ("cert", "key", "peer", "usage", "sni", "trust", "update-hook", "download-psk", "download-tx", "store"):
            self.refused("-s", "coap://127.0.0.1", f"--{option}", "x", says=f"--{option} comes with a later version")

    def test_lite_says_what_it_lacks(self):
        self.refused("-s", "coap://a", "-s", "coap://b", program="limpet-client-lite", says="(lite) has 1 server at most")
        self.refused("-s", "coap://a", "--block-size", 512, program="limpet-client-lite", says="from 16 to 256")
        self.refused("-s", "coap://" + "x" * 90, program="limpet-client-lite", says="at most 64 characters")

    def test_could_not_start(self):
        folder = tmp("state")
        (folder / "file").write_text("")
        result = run("-s", "coap://127.0.0.1:9", "--state", folder / "file")
        self.assertEqual(result.returncode, 1)
        self.assertIn("Not a directory", result.stderr)
        result = run("--state", folder / "empty")
        self.assertEqual(result.returncode, 1)
        self.assertIn("no account in the state folder", result.stderr)

    def test_make_flash_writes_a_store_that_starts_a_device(self):
        folder = tmp("factory")
        for program in ("limpet-client", "limpet-client-lite"):
            with CoapServer() as s, self.subTest(program=program):
                state = folder / program
                state.mkdir()
                flash = state / "flash"
                flash.write_bytes(b"\x5a" * 20000)  # what was there before
                result = run("-e", "board-1", "-s", s.uri, "-l", 77, "-q", "--make-flash", flash, "--address",
                             "10.0.2.15/20:10.0.2.2:10.0.2.3", program=program)
                self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))
                bytes_ = flash.read_bytes()
                self.assertEqual(bytes_[16384:], b"\x5a" * 3616)
                self.assertIn(bytes.fromhex("0a00020f fffff000 0a000202 0a000203"), bytes_)
                self.assertIn(b"board-1", bytes_)
                # The same store in a state folder's geometry: a device starts from it.
                result = run("-e", "board-1", "-s", s.uri, "-l", 77, "--make-flash", flash, "--geometry",
                             "2097152:1048576:1", program=program)
                self.assertEqual(result.returncode, 0, result)
                with Client("-e", "board-1", "--state", state, lite=program.endswith("lite")) as c:
                    self.assertEqual(c.wait_for("registered")["lifetime"], 77)
        for args, says in ((["--geometry", "16384:4096:3"], "expected SIZE:ERASE:WRITE"),
                           (["--geometry", "5000:4096:4"], "expected SIZE:ERASE:WRITE"),
                           (["--address", "10.0.2.15:10.0.2.2:10.0.2.3"], "expected IP/BITS:GATEWAY:DNS"),
                           (["--address", "10.0.2.15/33:10.0.2.2:10.0.2.3"], "expected IP/BITS:GATEWAY:DNS"),
                           (["--state", folder / "s"], "without --state")):
            self.refused("-s", "coap://127.0.0.1", "--make-flash", folder / "f", *args, says=says)
        result = run("-s", "coap://127.0.0.1", "--make-flash", folder / "f", "--geometry", "256:128:16")
        self.assertEqual(result.returncode, 1)
        self.assertIn("no store fits this geometry", result.stderr)

    def test_a_state_folder_belongs_to_one_process(self):
        folder = tmp("state")
        with CoapServer() as s, Client("-s", s.uri, "--state", folder) as c:
            c.wait_for("registered")
            second = run("-s", s.uri, "--state", folder)
            self.assertEqual(second.returncode, 1)
            self.assertIn("another process uses this state folder", second.stderr)


class DeviceFiles(unittest.TestCase):
    def refused(self, text, line, expected):
        path = device_file(text)
        result = run("-s", "coap://127.0.0.1:9", "-d", path)
        self.assertEqual(result.returncode, 2, result)
        self.assertIn(f"{path}:{line}: ", result.stderr)
        self.assertIn(expected, result.stderr)

    def test_mistakes_are_refused_with_their_line(self):
        def one(members):
            return '{"objects": [{"id": 33605' + members + "}]}"
        res = ', "resources": {"0": '
        for text, line, expected in (
                ("", 1, "expected JSON"),
                ("{\n\n}}", 3, "expected JSON"),
                ('{"objects": [\n{"id": 3,\n"id": 4}]}', 3, "duplicate"),
                ("[]", 1, 'expected {"objects": [...]}'),
                ('{\n"objects": 5}', 2, 'expected "objects": a list'),
                ('{"objects": [],\n"name": 5}', 2, '"name" is not known here'),
                ('{"objects": [\n\n5]}', 3, "expected an object"),
                ('{"objects": [{"id": 70000}]}', 1, "an object id from 3 to 65534"),
                ('{"objects": [\n{"id": "3"}]}', 2, "an object id"),
                ('{"objects": [\n{"id": 1}]}', 2, "made of the accounts"),
                ('{"objects": [{"id": 3},\n{"id": 3}]}', 2, "object 3 is there already"),
                ('{"objects": [{"id": 3},\n{"id": 29999}]}', 2, 'expected its "resources"'),
                ('{"objects": [{"id": 3,\n"instances": {"0": {\n"0": 5}}}]}', 3, "resource 0 is string: expected a string"),
                ('{"objects": [{"id": 3, "instances": {"0": {\n"4": 5}}}]}', 2, "expected null"),
                ('{"objects": [{"id": 3, "instances": {"0": {\n"6": 5}}}]}', 2, 'as {"0": value}'),
                ('{"objects": [{"id": 3, "instances": {"0": {\n"6": {"a": 5}}}}]}', 2, "resource 6 is multiple"),
                ('{"objects": [{"id": 3, "instances": {"0": {"0": "x",\n"99": 5}}}]}', 2, "no resource 99"),
                ('{"objects": [{"id": 3, "instances": {"0": {"0": "x",\n"007": 5}}}]}', 2, "not a resource id"),
                ('{"objects": [{"id": 3, "instances": {\n"x": {}}}]}', 2, "not an instance id"),
                ('{"objects": [{"id": 3, "instances": {\n"0": 5}}]}', 2, "expected resources and their values"),
                ('{"objects": [{"id": 3303, "instances": {"0": {\n"5700": "warm"}}}]}', 2, "float: expected a number"),
                (one(', "version": 1'), 1, 'expected "version"'),
                (one(', "create": 1'), 1, 'expected "create": true or false'),
                (one(res + '{"type": "int", "ops": "R"}}'), 1, 'expected a "type": string, integer'),
                (one(res + '{"type": "integer", "ops": "X"}}'), 1, 'expected "ops"'),
                (one(res + '{"type": "integer", "ops": "E"}}'), 1, "an executable resource has no type"),
                (one(res + '{"type": "integer", "ops": "R", "multiple": 1}}'), 1, 'expected "multiple"'),
                (one(res + '{"type": "integer", "ops": "R", "delay": -1}}'), 1, 'expected "delay"'),
                (one(res + '{"type": "integer", "ops": "R",\n"unit": 1}}'), 2, '"unit" is not known here'),
                (one(res + '{"type": "opaque", "ops": "R"}}, "instances": {"0": {"0": "hex:0"}}'), 1, 'as "hex:00ff"'),
                (one(res + '{"type": "objlnk", "ops": "R"}}, "instances": {"0": {"0": "3/0"}}'), 1, 'as "3:0"'),
                (one(res + '{"type": "unsigned", "ops": "R"}}, "instances": {"0": {"0": -1}}'), 1, "from 0 on"),
                (one(res + '{"type": "boolean", "ops": "R"}}, "defaults": {\n"0": 1}'), 2, "true or false")):
            with self.subTest(text=text):
                self.refused(text, line, expected)

    def test_the_device_is_what_the_file_says(self):
        with CoapServer() as s, Client("-e", "dev", "-s", s.uri, "-d", device_file()) as c:
            c.wait_for("registered")
            links = s.wait_request(POST, "/rd").payload.decode().split(",")
            for link in ("</3/0>", "</33605>;ver=1.0", "</33605/0>", "</33606/0>", "</3303>"):
                self.assertIn(link, links)
            self.assertEqual(s.read("/3/0/1").payload, b"model")
            self.assertEqual(s.read("/3/0/2").text, "4.04")             # exactly what is listed
            self.assertEqual(s.execute("/3/0/5").text, "4.04")
            self.assertEqual(s.read("/33605/0/3", OPAQUE).payload, b"\x00\xff")
            self.assertEqual(s.execute("/33605/0/2", "0='x',1").text, "2.04")
            self.assertEqual(c.wait_for("executed"), c.seen("executed", path="/33605/0/2", args="0='x',1", server=1)[0])
            self.assertEqual(s.write("/33605/0/3", b"x", OPAQUE).text, "4.05")  # read only

            made = s.request(POST, "/33605", bytes.fromhex("c10007"), [(FORMAT, TLV)])
            self.assertEqual(made.text, "2.01")
            inst = int(made.all(LOCATION)[1])
            self.assertEqual(c.get(f"/33605/{inst}"), {"0": 7})
            self.assertEqual(s.request(POST, "/33605").text, "2.01")    # nothing given: the defaults
            self.assertEqual(s.request(DELETE, f"/33605/{inst}").text, "2.02")
            self.assertEqual(s.request(POST, "/33606").text, "4.05")    # not creatable
            self.assertEqual(s.request(DELETE, "/33606/0").text, "4.05")

    def test_an_object_with_resources_is_plain_data(self):
        file = device_file('{"objects": [{"id": 3, "resources": {"4": {"ops": "E"}, "0": {"type": "integer", "ops": "RW"}},'
                           '"instances": {"0": {"0": 5}}}]}')
        with CoapServer() as s, Client("-s", s.uri, "-d", file) as c:
            c.wait_for("registered")
            self.assertEqual(s.execute("/3/0/4").text, "2.04")
            self.assertEqual(s.read("/3/0/0").payload, b"5")
            c.wait_for("executed", path="/3/0/4")
            self.assertEqual(c.seen("reboot"), [])

    def test_a_late_answer(self):
        with CoapServer() as s, Client("-s", s.uri, "-d", device_file()) as c:
            c.wait_for("registered")
            answers = []
            reader = threading.Thread(target=lambda: answers.append(s.read("/33606/0/0")))
            reader.start()
            time.sleep(0.3)
            self.assertEqual(answers, [])
            c.command("skip 59", ok=True)
            time.sleep(0.2)
            self.assertEqual(answers, [])
            c.command("skip 1.5", ok=True)
            reader.join(10)
            self.assertEqual((answers[0].text, answers[0].payload), ("2.05", b"7"))
            c.wait_for("request", path="/33606/0/0", code="2.05")
            self.assertEqual(len(c.seen("request", path="/33606/0/0")), 1)

    def test_without_file_there_is_a_device(self):
        for lite in (False, True):
            with CoapServer() as s, Client("-s", s.uri, lite=lite) as c:
                started = c.wait_for("started")
                self.assertEqual(started["product"], "lite" if lite else "client")
                c.wait_for("registered")
                self.assertEqual(s.read("/3/0/0").payload, b"Limpet")
                self.assertEqual(s.read("/3303/0/5700").payload, b"21.5")


class Console(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = CoapServer()
        cls.client = Client("-e", "dev", "-s", cls.server.uri, "-l", "60", "-d", device_file())
        cls.client.wait_for("registered")

    @classmethod
    def tearDownClass(cls):
        cls.client.__exit__(None, None, None)
        cls.server.close()

    def wrong(self, line, error, says):
        result = self.client.command(line, ok=False)
        self.assertEqual(result["error"], error, result)
        self.assertIn(says, result["text"])

    def test_values_of_every_type(self):
        for res, text, value in ((0, "-5", -5), (4, "true", True), (4, "0", False), (5, "21.5", 21.5), (5, "0.1", 0.1),
                                 (6, "1767225600", 1767225600), (7, "3:0", "3:0"), (8, "18446744073709551615",
                                                                                    "18446744073709551615"),
                                 (9, "</3/0>;x=1", "</3/0>;x=1"), (3, "hex:00FF", "hex:00FF")):
            with self.subTest(res=res, text=text):
                self.client.set(f"/33605/0/{res}", text)
                self.assertEqual(self.client.get(f"/33605/0/{res}"), value)
        self.assertEqual(self.server.read("/33605/0/8").payload, b"18446744073709551615")
        self.assertEqual(self.server.read("/33605/0/3", OPAQUE).payload, b"\x00\xff")
        self.client.set("/33605/0/1/7", "text to the  end")
        self.assertEqual(self.client.get("/33605/0/1"), {"0": "a", "7": "text to the  end"})
        self.client.command("delete /33605/0/1/7", ok=True)
        self.assertEqual(self.client.get("/33605/0/1"), {"0": "a"})

    def test_wrong_commands_say_what_is_right(self):
        for line, error, says in (
                ("jump", "unknown_command", "help lists them"),
                ("set", "usage", "set PATH VALUE"),
                ("set /3/0/0", "usage", "set PATH VALUE"),
                ("set 3/0/0 x", "usage", "set PATH VALUE"),
                ("set /3/0 x", "usage", "set PATH VALUE"),
                ("set /4294967299/0/0 x", "usage", "set PATH VALUE"),
                ("set /3/0/99 x", "not_found", "no resource 99"),
                ("set /9/0/0 x", "not_found", "object 9 is not here"),
                ("set /3303/0/5700 1", "not_found", "create /3303/0 makes it"),
                ("set /33605/0/0 five", "value", "'five' is not an integer"),
                ("set /33605/0/0 5.5", "value", "not an integer"),
                ("set /33605/0/1 x", "value", "has instances"),
                ("set /33605/0/0/0 1", "value", "has no instances"),
                ("set /33605/0/2 1", "method", "is executed"),
                ("set /33605/0/3 00ff", "value", "as hex:00ff"),
                ("get", "usage", "get PATH"),
                ("get /9", "not_found", "no /9"),
                ("create /3", "usage", "create /OBJ/INST"),
                ("create /33605/0", "exists", "there already"),
                ("create /9/0", "not_found", "no object 9"),
                ("delete /33605/17", "not_found", "no such"),
                ("delete /9", "not_found", "no such object"),
                ("delete /1", "not_found", "the client's own"),
                ("update soon", "usage", "update [LIFETIME]"),
                ("disable", "usage", "disable SERVER [SECONDS]"),
                ("disable 1 x", "usage", "disable SERVER [SECONDS]"),
                ("skip", "usage", "skip SECONDS"),
                ("skip -1", "usage", "skip SECONDS"),
                ("queue", "usage", "queue on"),
                ("bootstrap", "not_found", "no bootstrap account"),
                ("send /3/0/0", "not_supported", "later version"),
                ("server add", "usage", "server add URI"),
                ("server add coaps://127.0.0.1:9", "usage", "needs a key"),
                ("server add coap://127.0.0.1:9 --json", "usage", "an option of a server"),
                ("server remove 9", "not_found", "no server 9"),
                ("server remove", "usage", "server remove ID"),
                ("@nobody get /3", "not_found", "no device nobody")):
            with self.subTest(line=line):
                self.wrong(line, error, says)
        self.assertEqual(self.server.read("/3/0/0").payload, b"Limpet")  # nothing was harmed

    def test_results_come_in_order(self):
        lines = [f"get /33605/0/{i % 2}" for i in range(40)]
        for line in lines:
            self.client.say(line)
        self.client.command("get /3/0/0")
        told = [e["command"] for e in self.client.seen("result")]
        self.assertEqual(told[-41:-1], lines)

    def test_create_and_delete_tell_the_server(self):
        self.client.command("create /3303/5", ok=True)
        self.client.set("/3303/5/5700", "19")
        update = self.server.wait_request(POST, "/rd/x1")
        self.assertIn(b"</3303/5>", update.payload)
        self.assertEqual(self.server.read("/3303/5/5700").payload, b"19")
        self.client.command("delete /3303/5", ok=True)
        self.assertNotIn(b"</3303/5>", self.server.wait_request(POST, "/rd/x1").payload)
        self.client.command("delete /3303", ok=True)
        self.assertNotIn(b"</3303>", self.server.wait_request(POST, "/rd/x1").payload)
        self.assertEqual(self.server.read("/3303/0/5700").text, "4.04")
        self.client.command("create /3303/0", ok=True)
        self.assertIn(b"</3303/0>", self.server.wait_request(POST, "/rd/x1").payload)
        self.client.command("delete /3303/0", ok=True)
        self.server.wait_request(POST, "/rd/x1")

    def test_observers_are_told(self):
        self.assertEqual(self.server.observe("/33605/0/5").text, "4.04" if "5" not in self.client.get("/33605/0") else "2.05")
        self.client.set("/33605/0/5", "1")
        self.server.observe("/33605/0/5")
        self.client.set("/33605/0/5", "2.5")
        self.assertEqual(self.server.notification().payload, b"2.5")
        status = self.client.command("status", ok=True)
        self.assertGreaterEqual(self.client.seen("status")[-1]["observations"], 1)
        self.assertIsNotNone(status)

    def test_lifetime(self):
        self.client.set("/1/0/1", "120")
        self.assertEqual(self.server.wait_request(POST, "/rd/x1").query["lt"], "120")
        self.assertEqual(self.client.wait_for("updated", lifetime=120)["server"], 1)
        self.client.command("update 60", ok=True)
        self.assertEqual(self.server.wait_request(POST, "/rd/x1").query["lt"], "60")

    def test_a_server_writes(self):
        self.assertEqual(self.server.write("/3/0/15", "Europe/Berlin").text, "2.04")
        changed = self.client.wait_for("changed", path="/3/0/15")
        self.assertEqual((changed["value"], changed["server"]), ("Europe/Berlin", 1))
        self.assertEqual(self.client.wait_for("request", op="write")["code"], "2.04")
        self.assertEqual(self.server.write("/33605/0/0", "x").text, "4.00")
        self.assertEqual(self.client.wait_for("request", op="write", path="/33605/0/0")["code"], "4.00")
        self.assertEqual(self.client.seen("changed", path="/33605/0/0"), [])

    def test_skip_moves_the_clock(self):
        self.client.command("skip 59", ok=True)  # the lifetime is 60 s
        self.server.wait_request(POST, "/rd/x1")


class Life(unittest.TestCase):
    def test_quit_deregisters(self):
        for how in ("quit", signal.SIGTERM, signal.SIGINT):
            with self.subTest(how=how), CoapServer() as s, Client("-s", s.uri) as c:
                c.wait_for("registered")
                c.say(how) if how == "quit" else c.signal(how)
                self.assertEqual(c.wait(), 0)
                s.wait_request(DELETE, "/rd/x1")
                self.assertEqual(len(c.seen("deregistered", server=1)), 1)

    def test_quit_does_not_wait_for_a_silent_server(self):
        with CoapServer() as s, Client("-s", s.uri) as c:
            c.wait_for("registered")
            s.on_request = lambda m: None
            start = time.monotonic()
            self.assertEqual(c.quit(), 0)
            self.assertLess(time.monotonic() - start, 12)

    def test_the_end_of_stdin_ends_the_console_only(self):
        with CoapServer() as s, Client("-s", s.uri) as c:
            c.wait_for("registered")
            c.process.stdin.write("get /3/0/0")  # the last line needs no newline
            c.process.stdin.close()
            c.wait_for("result", command="get /3/0/0", value="Limpet")
            self.assertEqual(s.read("/3/0/0").payload, b"Limpet")
            c.signal(signal.SIGTERM)
            self.assertEqual(c.wait(), 0)

    def test_console_from_a_file(self):
        script = tmp("script") / "commands"
        script.write_text("# a comment\n\nget /3/0/0\nquit\n")
        with open(script) as stdin:
            result = subprocess.run([BIN / "limpet-client", "-s", "coap://127.0.0.1:9", "--json"], stdin=stdin,
                                    capture_output=True, text=True, timeout=60)
        self.assertEqual(result.returncode, 0)
        told = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual([e["command"] for e in told if e["event"] == "result"], ["get /3/0/0", "quit"])

    def test_lines_for_a_person(self):
        with CoapServer() as s:
            p = subprocess.Popen([BIN / "limpet-client", "-e", "dev", "-s", s.uri], stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, text=True)
            seen = []
            for line in p.stdout:
                seen.append(line)
                if "registered" in line:
                    break
            out, _ = p.communicate("get /3/0/0\nstatus\nget\nquit\n", timeout=30)
            lines = seen + out.splitlines(True)
        text = "".join(lines)
        self.assertNotIn("\033", text)  # not a terminal
        self.assertRegex(text, r"(?m)^ +\d+\.\d{3}  registered +server 1  /rd/x1  lifetime 86400 s$")
        self.assertRegex(text, r"(?m)^ +\d+\.\d{3}  result +Limpet$")
        self.assertRegex(text, r"(?m)^ +\d+\.\d{3}  error +expected: get PATH")
        self.assertEqual(p.returncode, 0)

    def test_verbose_logs_datagrams_on_stderr(self):
        with CoapServer() as s, Client("-s", s.uri, "-v") as c:
            c.wait_for("registered")
            c.quit()
            self.assertRegex(c.errors(), r"sent \d+ bytes")
            self.assertRegex(c.errors(), r"received \d+ bytes")

    def test_nothing_is_kept_without_state(self):
        with CoapServer() as s, Client("-s", s.uri, "-d", device_file()) as c:
            c.wait_for("registered")
            c.set("/33605/0/0", "1")
            c.command("create /33605/4", ok=True)
            c.command("reboot", ok=True)
            self.assertEqual(c.wait_for("reboot")["why"], "console")
            c.wait_for("registered")
            self.assertEqual(c.get("/33605"), {"0": {"0": 42, "1": {"0": "a"}, "3": "hex:00ff"}})

    def test_state_survives_a_kill(self):
        state, file = tmp("state"), device_file()
        with CoapServer() as s:
            with Client("-e", "dev", "-s", s.uri, "-d", file, "--state", state / "a" / "b") as c:
                c.wait_for("registered")
                c.set("/33605/0/0", "1")
                c.set("/33605/0/5", "0.1")
                c.set("/33605/0/3", "hex:0102")
                c.command("create /33605/4", ok=True)
                s.write("/33605/0/1/0", "from the server")
                s.write("/1/0/1", "77")
                c.wait_for("changed", path="/1/0/1")
                c.command("delete /33606/0", ok=True)
                expected = c.get("/33605")
                c.kill()
            for command in ("reboot", "quit"):
                with Client("-e", "dev", "--state", state / "a" / "b", "-d", file) as c:
                    self.assertEqual(c.wait_for("registered")["lifetime"], 77)  # the account is kept, too
                    self.assertEqual(c.get("/33605"), expected)
                    self.assertFalse(c.command("get /33606/0")["ok"])
                    c.command(command, ok=True)
                    if command == "reboot":
                        c.wait_for("reboot")
                        c.wait_for("registered")
                        self.assertEqual(c.get("/33605"), expected)
        for folder, _, files in os.walk(state):
            for name in files:
                self.assertEqual(os.stat(os.path.join(folder, name)).st_mode & 0o777, 0o600)

    def test_a_damaged_state_is_not_fatal(self):
        state, file = tmp("state"), device_file()
        with CoapServer() as s:
            with Client("-s", s.uri, "-d", file, "--state", state) as c:
                c.wait_for("registered")
                c.set("/33605/0/0", "1")
            for rubbish in (b"", b"{", b"\xff" * 5000, b"[1,2]", b'{"33605": {"0": {"0": "text"}}}'):
                for name in os.listdir(state):
                    (state / name).write_bytes(rubbish)
                with self.subTest(rubbish=rubbish[:40]), Client("-s", s.uri, "-d", file, "--state", state) as c:
                    c.wait_for("registered")
                    self.assertEqual(c.get("/33605/0/0"), 42)

    def test_factory_reset(self):
        state = tmp("state")
        with CoapServer() as s, CoapServer() as other:
            with Client("-e", "dev", "-s", s.uri, "--state", state) as c:
                c.wait_for("registered")
                c.set("/3/0/0", "other")
                self.assertEqual(c.quit(), 0)
            with Client("-e", "dev", "-s", other.uri, "--state", state) as c:
                c.wait_for("registered")
                self.assertEqual(c.get("/0/0/0"), s.uri)  # what is kept comes first
                self.assertEqual(s.execute("/3/0/5").text, "2.04")
                self.assertEqual(c.wait_for("reboot")["why"], "factory_reset")
                c.wait_for("registered")
                other.wait_request(POST, "/rd")
                self.assertEqual(c.get("/0/0/0"), other.uri)
                self.assertEqual(c.get("/3/0/0"), "Limpet")

    def test_reboot_by_execute(self):
        with CoapServer() as s, Client("-s", s.uri) as c:
            c.wait_for("registered")
            self.assertEqual(s.execute("/3/0/4").text, "2.04")
            c.wait_for("executed", path="/3/0/4", server=1)
            self.assertEqual(c.wait_for("reboot")["why"], "execute")
            c.wait_for("started")
            c.wait_for("registered")

    def test_restart_deregisters_and_keeps_values(self):
        with CoapServer() as s, Client("-s", s.uri) as c:
            c.wait_for("registered")
            c.set("/3303/0/5700", "30")
            c.command("restart", ok=True)
            c.wait_for("deregistered")
            c.wait_for("registered")
            self.assertEqual(c.get("/3303/0/5700"), 30)

    def test_offline_and_online(self):
        with CoapServer() as s, Client("-s", s.uri) as c:
            c.wait_for("registered")
            c.command("offline", ok=True)
            with self.assertRaises(AssertionError):
                s.read("/3/0/0", timeout=1)
            c.command("online", ok=True)
            s.wait_request(POST, "/rd/x1")
            self.assertEqual(s.read("/3/0/0").payload, b"Limpet")

    def test_two_servers(self):
        with CoapServer() as a, CoapServer() as b, Client("-e", "dev", "-s", a.uri, "-l", 60, "-s", b.uri) as c:
            c.wait_for("registered")
            c.wait_for("registered")
            self.assertEqual(a.wait_request(POST, "/rd").query["lt"], "60")
            self.assertEqual(b.wait_request(POST, "/rd").query["lt"], "86400")
            self.assertEqual(b.write("/3/0/15", "UTC").text, "2.04")
            c.wait_for("changed", server=2)

    def test_server_add_and_remove(self):
        with CoapServer() as a, CoapServer() as b, Client("-e", "dev", "-s", a.uri) as c:
            c.wait_for("registered", server=1)
            self.assertEqual(c.command(f"server add {b.uri} -l 99", ok=True)["value"], 2)
            self.assertEqual(c.wait_for("registered", server=2)["lifetime"], 99)
            c.command("server remove 2", ok=True)
            self.assertNotIn("error", c.wait_for("deregistered", server=2))
            c.wait_for("disconnected", server=2)
            self.assertEqual(list(c.get("/1")), ["0"])
            c.command("status")
            self.assertEqual([s["id"] for s in c.seen("status")[-1]["servers"]], [1])

    def test_an_unreachable_server(self):
        with CoapServer() as s:
            uri = s.uri
        with Client("-s", uri) as c:
            failed = c.wait_for("registration_failed", server=1)
            self.assertIn(failed["error"], ("network", "timeout"))
            self.assertGreater(failed["retry_ms"], 0)

    def test_a_server_that_refuses(self):
        with CoapServer() as s:
            s.on_request = lambda m: Message(ACK, code("4.03"))
            with Client("-s", s.uri) as c:
                self.assertEqual(c.wait_for("registration_failed")["error"], "4.03")


def tlv(id, value):
    """A resource of up to 7 or 255 bytes."""
    if isinstance(value, int):
        value = value.to_bytes(1 if value < 128 else 2, "big")
    return (bytes([0xc0 | len(value), id]) if len(value) < 8 else bytes([0xc8, id, len(value)])) + value


class Bootstrap(unittest.TestCase):
    def test_bootstrap_then_register_and_keep_it(self):
        state = tmp("state")
        with CoapServer() as bs, CoapServer() as s:
            with Client("-e", "dev", "-b", bs.uri, "--bs-timeout", 30, "--state", state) as c:
                self.assertEqual(c.wait_for("bootstrap")["state"], "started")
                self.assertEqual(bs.wait_request(POST, "/bs").query["ep"], "dev")
                security = tlv(0, s.uri.encode()) + tlv(1, 0) + tlv(2, 3) + tlv(10, 101)
                server = tlv(0, 101) + tlv(1, 60) + tlv(6, 1) + tlv(7, b"U")
                self.assertEqual(bs.write("/0/1", security, TLV).text, "2.04")
                self.assertEqual(bs.write("/1/0", server, TLV).text, "2.04")
                self.assertEqual(c.wait_for("request", server=0, op="write", path="/0/1")["code"], "2.04")
                self.assertEqual(bs.request(POST, "/bs").text, "2.04")
                self.assertEqual(c.wait_for("bootstrap")["state"], "finished")
                self.assertEqual(c.wait_for("registered", server=101)["lifetime"], 60)
                self.assertEqual(c.get("/1/0/0"), 101)
                c.kill()
            with Client("-e", "dev", "-b", bs.uri, "--state", state) as c:
                c.wait_for("registered", server=101)
                self.assertEqual(c.seen("bootstrap"), [])
                c.command("bootstrap", ok=True)
                self.assertEqual(c.wait_for("bootstrap")["state"], "started")
                bs.wait_request(POST, "/bs")
                c.command("disable 101", ok=True)  # aborts it
                self.assertEqual(c.wait_for("bootstrap")["state"], "failed")

    def test_a_bootstrap_server_that_refuses(self):
        with CoapServer() as bs:
            bs.on_request = lambda m: Message(ACK, code("4.00"))
            with Client("-b", bs.uri, "--retry", "1:1:1:1") as c:
                failed = c.wait_for("bootstrap", state="failed")
                self.assertEqual(failed["error"], "4.00")


class Fleet(unittest.TestCase):
    def test_count(self):
        names, state = set(), tmp("state")
        with CoapServer() as s:
            def register(m):
                if m.path == "/rd":
                    names.add(m.query["ep"])
                    return Message(ACK, code("2.01"), options=[(LOCATION, "rd"), (LOCATION, m.query["ep"])])
                return s.register(m)
            s.on_request = register
            with Client("-e", "dev", "-s", s.uri, "--count", 50, "--state", state) as c:
                for _ in range(50):
                    c.wait_for("registered")
                self.assertEqual(names, {f"dev-{i}" for i in range(1, 51)})
                self.assertEqual({e["endpoint"] for e in c.seen("registered")}, names)
                only = c.command("@dev-7 set /3/0/0 seven", ok=True)
                self.assertEqual(only["endpoint"], "dev-7")
                c.say("get /3/0/0")
                values = {}
                for _ in range(50):
                    e = c.wait_for("result", command="get /3/0/0")
                    values[e["endpoint"]] = e["value"]
                self.assertEqual({k for k, v in values.items() if v == "seven"}, {"dev-7"})
                self.assertEqual(c.quit(), 0)
                self.assertEqual(len(c.seen("deregistered")), 50)
        self.assertEqual(set(os.listdir(state)), names)


if __name__ == "__main__":
    unittest.main()

"""tests/MISTAKES.md and tests/OMA.md name tests that exist; and what a program must live through."""
import re
import unittest
from pathlib import Path

from harness import ACK, DELETE, POST, Client, CoapServer, Message, code

TESTS = Path(__file__).resolve().parents[1]


def rows(name):
    """The cells of each line of a table, without its head."""
    lines = [line for line in (TESTS / name).read_text().splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


def named(cell):
    return re.findall(r"`(\S+?):(\w+)`", cell)


def problem(file, name):
    """Why that is not a test that is run; None if it is one."""
    path = TESTS / file
    if not path.exists():
        return f"there is no tests/{file}"
    text = path.read_text()
    if file.endswith(".py"):
        return None if re.search(rf"^    def {name}\(self", text, re.M) else f"no {name} in tests/{file}"
    if not re.search(rf"^static void {name}\(void \*\*", text, re.M):
        return f"no {name} in tests/{file}"
    return None if re.search(rf"\b[\w]+\({name}\b", text) else f"{name} in tests/{file} is not run"


def about(file, name):
    """A test's name and text, and the comment above it."""
    text = (TESTS / file).read_text()
    at = re.search(rf"(^/\*(?:(?!\*/).)*\*/\n)?^(static void| *def) {name}\(.*?(?=^}}|^    def |\Z)", text, re.M | re.S)
    return at.group(0)


def numbers(text):
    """201 and 205 of "int-201", "int_201_205_read"."""
    return {int(n) for run in re.findall(r"\bint[-_](\d+(?:_\d+)*)", text) for n in run.split("_")}


class Tables(unittest.TestCase):
    def check(self, cell, row):
        tests = named(cell)
        self.assertTrue(tests or cell.startswith("comes with "), f"no test: {row}")
        for file, name in tests:
            self.assertIsNone(problem(file, name), row)
        return tests

    def test_each_mistake_is_a_test(self):
        mistakes = [r for r in rows("MISTAKES.md") if not r[0].startswith("**")]
        self.assertGreater(len(mistakes), 50)
        self.assertEqual(len({r[0] for r in mistakes}), len(mistakes))
        for what, tests in mistakes:
            self.check(tests, what)

    def test_each_oma_case_is_a_test(self):
        cases = rows("OMA.md")
        self.assertGreater(len(cases), 40)
        for number, what, tests in cases:
            found = self.check(tests, f"{number} {what}")
            if not tests.startswith("comes with "):
                self.assertTrue(any(int(number) in numbers(about(*t)) for t in found), f"int-{number} is not said there")

    def test_each_number_in_a_test_is_in_the_table(self):
        known = {int(r[0]) for r in rows("OMA.md")}
        for path in sorted(TESTS.glob("*/test_*.c")):
            for number in numbers(path.read_text()):
                self.assertIn(number, known, f"int-{number} in {path.name}")


class Program(unittest.TestCase):
    def test_it_lives_when_an_update_gets_4_04(self):
        with CoapServer() as s, Client("-e", "dev", "-s", s.uri) as c:
            c.wait_for("registered")
            s.wait_request(POST, "/rd")
            s.on_request = lambda m: s.register(m) if m.path == "/rd" else Message(ACK, code("4.04"))
            c.command("update", ok=True)
            self.assertEqual(c.wait_for("update_failed")["error"], "4.04")
            c.wait_for("registered")
            s.on_request = s.register
            c.command("update", ok=True)
            c.wait_for("updated")
            self.assertEqual(c.quit(), 0)

    def test_it_lives_when_the_server_falls_silent(self):
        with CoapServer() as s, Client("-e", "dev", "-s", s.uri) as c:
            c.wait_for("registered")
            s.on_request = lambda m: None
            c.command("update", ok=True)
            for _ in range(10):
                c.command("skip 30", ok=True)
            c.wait_for("disconnected")
            s.on_request = s.register
            for _ in range(20):
                c.command("skip 60", ok=True)
                if len(c.seen("registered")) > 1:
                    break
            c.wait_for("registered")
            self.assertEqual(s.read("/3/0/16").payload, b"U")
            self.assertEqual(c.quit(), 0)
            s.wait_request(DELETE, "/rd/x1")


if __name__ == "__main__":
    unittest.main()

"""docs/PORTING.md is true: its code fills port/template, compiles without a warning, and passes port/check. And port/check finds
what is wrong: each mistake below is made in one of the functions, and the line that names it must fail."""
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
import threading
import unittest
from concurrent.futures import ThreadPoolExecutor
from importlib.machinery import SourceFileLoader
from pathlib import Path

ROOT = Path(os.environ["LIMPET_ROOT"])
GUIDE = (ROOT / "docs/PORTING.md").read_text()
BLOCKS = dict(re.findall(r"^```c (\S+)\n(.*?)^```", GUIDE, re.M | re.S))


loader = SourceFileLoader("port_check", str(ROOT / "scripts/port-check"))
port_check = importlib.util.module_from_spec(importlib.util.spec_from_loader("port_check", loader))
loader.exec_module(port_check)

FUNCTION = re.compile(r"^((?:static )?\w[^\n;]*\)\n\{\n(?:    [^\n]*\n)*)(#error(?:[^\n]*\\\n)*([^\n]*)\n)\}\n", re.M)

# A mistake: the block, what stands there, what is put in its place, the line that must fail.
MISTAKES = {
    "a datagram that is cut": ("net_recv", ", MSG_TRUNC", ", 0", "net: a datagram longer than the buffer"),
    "a close that leaks": ("net_close", "close(n->fd[handle]);", "", "net: open and close"),
    "an empty datagram taken for none": ("net_recv", "n >= 0 &&", "n > 0 &&", "net: a datagram of no bytes"),
    "a stranger who is let in": ("net_open", "connect(fd, (struct sockaddr *)&to, sizeof to)", "0", "net: "),
    "an erase that spills": ("flash_erase", "uint8_t blank[4096]", "uint8_t blank[4608]", "flash: erasing leaves"),
    "an erase that stops short": ("flash_erase", "uint8_t blank[4096]", "uint8_t blank[4000]", "flash: a programmed unit|flash: an erased unit"),
    "flash that forgets": ("lp_template_flash_init", "O_RDWR | O_CREAT", "O_RDWR | O_CREAT | O_TRUNC", "reboot: "),
    "random bytes that repeat": ("lp_port_random", "getrandom(p, n, 0) == (ssize_t)n", "memset(p, 7, n) == p", "random: looks random"),
    "a slow clock": ("lp_template_now", "t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000",
                     "t.tv_sec * 500 + (uint64_t)t.tv_nsec / 2000000", "time: a second is a second"),
}


def fill(folder, blocks):
    """A copy of the template with the guide's code in it; what is still an #error stays one."""
    source = (ROOT / "port/template/template.c").read_text()
    header = (ROOT / "port/template/template.h").read_text()
    for name, state in (("net", "sockets"), ("flash", "flash")):
        header = re.sub(rf"^    /\* your {state}:.*\*/$", lambda m, n=name: blocks[n + "-state"].rstrip(), header, flags=re.M)
    source = source.replace('#include "template/template.h"\n', '#include "template/template.h"\n\n' + blocks["includes"])

    def body(match):
        name = re.findall(r"(\w+)\(", match.group(1))[0]
        return match.group(1) + blocks.get(name, match.group(3)) + "}\n"
    source = FUNCTION.sub(body, source)
    (folder / "template").mkdir()
    (folder / "template/template.h").write_text(header)
    (folder / "template/template.c").write_text(source + "\n" + blocks["main"])


def compile_in(folder):
    flags = "-std=gnu11 -O1 -Wall -Wextra -Wshadow -Wundef -Werror -fsanitize=address,undefined".split()
    return subprocess.run(["gcc", *flags, f"-I{folder}", f"-I{ROOT}/include", f"-I{ROOT}/port", f"-I{ROOT}",
                           '-DLP_CONFIG="config/client.h"', folder / "template/template.c", ROOT / "port/check/check.c",
                           "-o", folder / "port-check"], capture_output=True, text=True)


def check(blocks):
    """What port/check says of a port with this code."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("LIMPET_TMP")) as name:
        folder, told = Path(name), []
        fill(folder, blocks)
        built = compile_in(folder)
        if built.returncode:
            return built.stderr
        peer = port_check.Peer()
        threading.Thread(target=peer.run, daemon=True).start()
        with subprocess.Popen([folder / "port-check"], cwd=folder, env=dict(os.environ, PEER=str(peer.port)),
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
            timer = threading.Timer(90, process.kill)
            timer.start()
            port_check.listen(process, told.append)
            timer.cancel()
            process.kill()
        peer.close()
        return "\n".join(told)


class Porting(unittest.TestCase):
    def test_the_guide_fills_the_template(self):
        told = check(BLOCKS)
        self.assertRegex(told, r"(?m)^\d\d passed, 0 failed$")
        self.assertIn("ok   reboot: it happened", told)

    def test_every_function_of_the_template_is_in_the_guide(self):
        functions = [re.findall(r"(\w+)\(", m[0])[0] for m in FUNCTION.findall((ROOT / "port/template/template.c").read_text())]
        self.assertGreaterEqual(len(functions), 12)
        self.assertEqual(sorted(functions), sorted(set(BLOCKS) - {"includes", "net-state", "flash-state", "main"}))

    def test_an_empty_template_does_not_compile(self):
        told = check({"net-state": "", "flash-state": "", "includes": "", "main": ""})
        self.assertIn("net_open: open a UDP socket", told)
        self.assertIn("lp_template_reboot: reset the CPU", told)

    def test_mistakes_are_found(self):
        def make(mistake):
            block, old, new, _ = mistake
            return old in BLOCKS[block] and check(dict(BLOCKS, **{block: BLOCKS[block].replace(old, new)}))
        with ThreadPoolExecutor(4) as pool:  # most of it is waiting
            results = list(pool.map(make, MISTAKES.values()))
        for (name, mistake), told in zip(MISTAKES.items(), results):
            with self.subTest(name):
                self.assertTrue(told, "the guide does not say that any more")
                self.assertRegex(told, rf"(?m)^FAIL ({mistake[3]})")
                self.assertNotRegex(told, r" 0 failed$")


if __name__ == "__main__":
    unittest.main(argv=sys.argv)

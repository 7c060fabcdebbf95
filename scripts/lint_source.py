#!/usr/bin/env python3
"""lint_source.py layers|sources|ifs|length|macros|text - what scripts/lint checks by reading C. The last line is a summary."""
import re
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

STD = {"stdint.h", "stddef.h", "stdbool.h", "string.h"}
# Who may include whom: folder -> patterns of what its files include (a folder includes itself). Calls go down.
LAYERS = {
    "include/limpet": [r"limpet/\w+\.h", "LP_CONFIG"],
    "src/bytes": [r"bytes/\w+\.h", r"limpet/(config|types|object)\.h"],
    "src/link": [r"bytes/\w+\.h", r"link/\w+\.h", r"limpet/(config|types|link|port)\.h", r"mbedtls/\w+\.h"],
    "src/store": [r"bytes/\w+\.h", r"store/\w+\.h", r"limpet/(config|types|port|store)\.h", r"link/crypto\.h"],
    "src/image": [r"bytes/buf\.h", r"image/\w+\.h", r"limpet/(config|types|port)\.h", r"link/crypto\.h"],
    "src/lwm2m": [r"bytes/\w+\.h", r"lwm2m/\w+\.h", r"limpet/\w+\.h", r"link/(dtls|oscore|exchange|crypto)\.h",
                  r"store/\w+\.h", r"image/\w+\.h"],
    "boot": [r"boot/\w+\.h", r"image/\w+\.h", r"limpet/(config|types|port)\.h", r"link/crypto\.h"],
    "config": [r"bytes/fmt\.h", r"mbedtls_\w+\.h"],
    "port": [r"(posix|sim|template|cm3|check)/\w+\.h", r"limpet/(config|types|port|store)\.h", "<.*>"],
    "examples": [r"limpet/\w+\.h", r"posix/\w+\.h", "<.*>"],
    "client": [r"client/\w+\.h", r"limpet/\w+\.h", r"bytes/\w+\.h", r"link/\w+\.h", r"posix/\w+\.h", "<.*>", "[a-z_0-9]+\\.h"],
    "server": [r"server/\w+\.h", r"limpet/\w+\.h", r"bytes/\w+\.h", r"link/\w+\.h", r"posix/\w+\.h", "<.*>", "[a-z_0-9]+\\.h"],
}


def files(*patterns):
    """Files under version control, or new and not ignored."""
    out = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "--", *patterns], cwd=ROOT, capture_output=True,
                         text=True, check=True).stdout
    return [ROOT / f for f in sorted(set(out.splitlines())) if (ROOT / f).is_file()]


def name(file):
    return str(file.relative_to(ROOT))


def blank(text):
    """Comments, strings and characters made blank: positions and line ends stay."""
    def same_lines(m):
        return re.sub(r"[^\n]", " ", m.group())
    return re.sub(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', same_lines, text, flags=re.S)


def functions(text):
    """(first line, last line, name) of each function body: a brace at depth 0 behind a closing parenthesis."""
    code = blank(text)
    plain = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: re.sub(r"[^\n]", " ", m.group()), code, flags=re.M)
    depth, start, found = 0, None, []
    for i, c in enumerate(plain):
        if c == "{":
            if depth == 0:
                head = plain[:i].rstrip()
                if head.endswith(")"):
                    called = re.findall(r"(\w+)\s*\(", head[max(head.rfind(";"), head.rfind("}"), 0):])
                    start = (code.count("\n", 0, i) + 1, called[0] if called else "?")
            depth += 1
        elif c == "}":
            depth -= 1
            if depth == 0 and start:
                found.append((start[0], code.count("\n", 0, i) + 1, start[1]))
                start = None
    return found


def layers():
    bad, count = [], 0
    for folder, allowed in LAYERS.items():
        for file in files(f"{folder}/*.c", f"{folder}/*.h"):
            for number, line in enumerate(file.read_text().splitlines(), 1):
                m = re.match(r'\s*#\s*include\s+(?:"([^"]+)"|(<[^>]+>)|(\w+))', line)
                if not m:
                    continue
                count += 1
                what = m.group(1) or m.group(2) or m.group(3)
                plain = what.strip("<>")
                if plain in STD or any(re.fullmatch(p, what) or re.fullmatch(p, plain) for p in allowed):
                    continue
                bad.append(f"{name(file)}:{number}: {folder} may not include {what}")
    return bad, f"{count} includes, all downwards"


def sources():
    """Every file of src/ is in a list of cmake/sources.cmake: one that is not would never be compiled."""
    listed = set(re.findall(r"\b\w+\b", re.sub(r"#.*", "", (ROOT / "cmake/sources.cmake").read_text())))
    missing = [name(f) for f in files("src/*.c") if f.stem not in listed]
    return [f"{f}: not in cmake/sources.cmake" for f in missing], "every file of src/ is in cmake/sources.cmake"


def ifs():
    bad, bodies = [], 0
    for file in files("src/*.c", "src/*.h", "include/*.h", "port/*.c", "boot/*.c", "client/*.c", "server/*.c", "config/*.c"):
        text = file.read_text()
        lines = blank(text).splitlines()
        for first, last, function in functions(text):
            bodies += 1
            for number in range(first, last):
                if re.match(r"\s*#\s*(if|ifdef|ifndef|elif|else)\b", lines[number]):
                    bad.append(f"{name(file)}:{number + 1}: #if inside {function}()")
    return bad, f"{bodies} bodies, none with #if"


def length():
    bad, lengths = [], []
    for file in files("src/*.c", "port/*.c", "boot/*.c", "client/*.c", "server/*.c"):
        for first, last, function in functions(file.read_text()):
            lengths.append(last - first + 1)
            if lengths[-1] > 100:
                bad.append(f"{name(file)}:{first}: {function}() has {lengths[-1]} lines, more than 100")
    if not lengths:
        return [], "no functions yet"
    lengths.sort()
    p90 = lengths[min(len(lengths) - 1, int(len(lengths) * 0.9))]
    if p90 > 45:
        bad.append(f"the 90th percentile of function length is {p90} lines, more than 45")
    return bad, (f"{len(lengths)} functions: median {statistics.median(lengths):.0f}, p90 {p90}, "
                 f"longest {lengths[-1]} lines")


def macros():
    seen = {}
    for file in files("src/*.[ch]", "include/*.h", "port/*.[ch]", "boot/*.[ch]", "config/client.[ch]", "config/lite.[ch]"):
        code = re.sub(r"\\\n", " ", blank(file.read_text()))
        guard = re.search(r"^\s*#\s*ifndef\s+(\w+)\s*\n\s*#\s*define\s+\1\b", code, re.M)
        for line in re.findall(r"^\s*#\s*(?:if|ifdef|ifndef|elif)\b(.*)", code, re.M):
            for macro in re.findall(r"\b[A-Za-z_]\w*", line):
                if macro != "defined" and not (guard and macro == guard.group(1)):
                    seen.setdefault(macro, name(file))
    listed = ", ".join(f"{m} ({f})" for m, f in sorted(seen.items()))
    bad = [f"{len(seen)} distinct macros in #if, more than 10: {listed}"] if len(seen) > 10 else []
    return bad, f"{len(seen)} distinct macros in #if" + (f": {listed}" if seen else "")


def text():
    bad = []
    all_files = files("*.c", "*.h", "*.py", "*.cmake", "*CMakeLists.txt", "scripts", ".ci")
    for file in all_files:
        content = file.read_text()
        c = file.suffix in (".c", ".h")
        if not content.endswith("\n") or content.endswith("\n\n"):
            bad.append(f"{name(file)}: must end in one newline")
        if c and "SPDX-License-Identifier: Apache-2.0" not in content[:200]:
            bad.append(f"{name(file)}:1: no SPDX-License-Identifier line")
        for number, line in enumerate(content.splitlines(), 1):
            if line != line.rstrip():
                bad.append(f"{name(file)}:{number}: blank at the end of the line")
            if c and "\t" in line:
                bad.append(f"{name(file)}:{number}: tab")
            if c and len(line) > 120:
                bad.append(f"{name(file)}:{number}: {len(line)} columns, more than 120")
    return bad, f"{len(all_files)} files"


def main():
    checks = {f.__name__: f for f in (layers, sources, ifs, length, macros, text)}
    if len(sys.argv) != 2 or sys.argv[1] not in checks:
        sys.exit(__doc__)
    bad, summary = checks[sys.argv[1]]()
    for line in bad:
        print(line)
    print(summary)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())

"""What a Cortex-M ELF is made of: every byte of flash and static RAM by source file, and the deepest stack by the call graph.

Works on the final image, so that link-time optimization hides nothing: code is given to the file that its line in the
debug information names, inlined code to where it was written; data goes by the symbol it belongs to.
"""
import re
import subprocess
from bisect import bisect_right
from collections import Counter

PREFIX = "arm-none-eabi-"


def tool(name, *arguments, text=None):
    return subprocess.run([PREFIX + name, *map(str, arguments)], input=text, capture_output=True, text=True, check=True).stdout


def sections(elf):
    """{name: (address, size)} of what is loaded or cleared."""
    return {name: (int(address, 16), int(size, 16)) for name, size, address in
            re.findall(r"^\s*\d+ (\S+)\s+([0-9a-f]+)\s+([0-9a-f]+) .*\n.*\bALLOC\b", tool("objdump", "-h", elf), re.M)}


def symbols(elf):
    """[(address, size, kind, name, file or "")], by address."""
    rows = []
    for line in tool("nm", "-S", "-l", "--numeric-sort", elf).splitlines():
        m = re.match(r"([0-9a-f]+) ([0-9a-f]+) (\w) (\S+)(?:\t(.*):\d+)?$", line)
        if m:
            address, size, kind, name, file = m.groups()
            rows.append((int(address, 16) & (~1 if kind in "tTW" else ~0), int(size, 16), kind, name, file or ""))
    return rows


def variable_files(elf):
    """{address: source file} of variables, from the debug information: nm does not see through link-time optimization."""
    units, wanted = [], {}
    origin = location = None
    unit = name_of = -1
    for line in tool("readelf", "-wi", elf).splitlines():
        if m := re.match(r"\s*Compilation Unit @ offset (?:0x)?([0-9a-f]+):", line):
            unit = int(m.group(1), 16)
        elif "DW_TAG_" in line:
            name_of = unit if "DW_TAG_compile_unit" in line else -1
            origin = location = None
        elif name_of >= 0 and (m := re.search(r"DW_AT_name\s*:.*?([^\s:]+)$", line)):
            units.append((name_of, m.group(1)))
            name_of = -1
        elif m := re.search(r"DW_AT_(?:abstract_origin|specification): <0x([0-9a-f]+)>", line):
            origin = int(m.group(1), 16)
        elif m := re.search(r"DW_OP_addr: ([0-9a-f]+)\)", line):
            location = int(m.group(1), 16)
            wanted[location] = origin if origin is not None else unit
    starts = [u[0] for u in units]
    return {a: units[bisect_right(starts, where) - 1][1] for a, where in wanted.items() if units}


def holder(rows):
    """A function: address -> the symbol that covers it, or None."""
    spans = sorted((a, a + n, row) for a, n, *row in rows if n)
    starts = [s[0] for s in spans]

    def find(address):
        i = bisect_right(starts, address) - 1
        return spans[i][2] if i >= 0 and address < spans[i][1] else None
    return find


def bytes_by_file(elf, ram_from=0x20000000):
    """(flash, ram): Counters of bytes by source file; "" for what no debug information tells of, with its symbol after a colon."""
    flash, ram = Counter(), Counter()
    rows = symbols(elf)
    variables = variable_files(elf)
    rows = [(a, n, kind, name, variables.get(a, file)) for a, n, kind, name, file in rows]
    find = holder(rows)
    for name, (start, size) in sections(elf).items():
        code = name.startswith((".text", ".vectors", ".isr"))
        lines = []
        if code:
            text = "\n".join(hex(a) for a in range(start, start + size, 2))
            lines = tool("addr2line", "-e", elf, text=text).splitlines()
        for at in range(0, size, 2):
            n = min(2, size - at)
            symbol = find(start + at)
            file = lines[at // 2].split(":")[0] if code else ""
            if file in ("", "??"):
                file = symbol[2] if symbol and symbol[2] else ":" + (symbol[1] if symbol else name)
            if start + at < ram_from or name == ".data":
                flash[file] += n
            if start + at >= ram_from:
                ram[file] += n
    return flash, ram


# ---- stack ----

PUSH = re.compile(r"\b(?:push|stmdb\tsp!,)\S*\s*\{([^}]*)\}")
SUB = re.compile(r"\bsub\S*\tsp,(?: sp,)? #(\d+)")
CALL = re.compile(r"\b(bl|b|b\.n|b\.w|blx)\t[0-9a-f]+ <([^>+]+)(\+0x[0-9a-f]+)?>")
INDIRECT = re.compile(r"\b(?:blx\t(?:r\d+|ip|lr|sl|fp|r9)|bx\t(?:r\d+|ip))\b")


def count_registers(text):
    n = 0
    for part in text.replace(" ", "").split(","):
        first, _, last = part.partition("-")
        n += int(last[1:]) - int(first[1:]) + 1 if last else 1
    return n


def functions(elf):
    """{name: [own bytes of stack, {called}, [(file, line) of indirect calls]]} from the disassembly."""
    out, name = {}, None
    for line in tool("objdump", "-d", "--no-show-raw-insn", elf).splitlines():
        if m := re.match(r"[0-9a-f]+ <(.+)>:$", line):
            name = m.group(1)
            out.setdefault(name, [0, set(), []])
            continue
        if name is None or "\t" not in line:
            continue
        f = out[name]
        if m := PUSH.search(line):
            f[0] += 4 * count_registers(m.group(1))
        elif m := SUB.search(line):
            f[0] += int(m.group(1))
        elif m := CALL.search(line):
            if m.group(2) != name and not m.group(3):
                f[1].add(m.group(2))
        elif INDIRECT.search(line):
            f[2].append(line.split(":")[0].strip())
    sites = [(f, i) for f in out.values() for i in range(len(f[2]))]
    lines = tool("addr2line", "-e", elf, text="\n".join(f[2][i] for f, i in sites)).splitlines()
    for (f, i), line in zip(sites, lines):
        f[2][i] = line.rsplit(":", 1)
    return out


def deepest(graph, root, targets):
    """(bytes, [function and its bytes], {functions in a cycle}) of the deepest chain of calls from root. targets(file): whom
    an indirect call that is written in file may reach."""
    done, active = {}, []

    def visit(name):
        if name in done:
            return done[name]
        if name in active:  # recursion: told, and counted once
            recursive.add(name)
            return 0, [name]
        if name not in graph:
            return 0, []
        active.append(name)
        own, calls, indirect = graph[name]
        best = (0, [])
        for call in calls.union(*(targets(file) for file, _ in indirect)):
            best = max(best, visit(call))
        active.pop()
        done[name] = (own + best[0], [f"{name} {own}"] + best[1])
        return done[name]

    recursive = set()
    size, path = visit(root)
    return size, path, recursive


def function_files(elf):
    """{function: source file}, as the line of its first instruction says."""
    code = [(address, name) for address, _, kind, name, _ in symbols(elf) if kind in "tTwW"]
    lines = tool("addr2line", "-e", elf, text="\n".join(hex(address) for address, _ in code)).splitlines()
    return {name: line.rsplit(":", 1)[0] for (_, name), line in zip(code, lines)}


def address_taken(elf):
    """[function] whose address stands somewhere in the image: in a table, a structure, or beside the code."""
    names = {address | 1: name for address, _, kind, name, _ in symbols(elf) if kind in "tTwW"}
    taken = set()
    for line in tool("objdump", "-s", elf).splitlines():
        if m := re.match(r" [0-9a-f]+ ((?:[0-9a-f]{2,8} ?){1,4}) ", line):
            for word in m.group(1).split():
                if len(word) == 8:
                    taken.add(int.from_bytes(bytes.fromhex(word), "little"))
    return [name for address, name in names.items() if address in taken]

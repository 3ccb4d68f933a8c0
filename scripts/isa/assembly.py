"""AMD machine code as ACO prints it: blocks, what their instructions are, and the loops that multiply."""

import re

FMA = re.compile(r"v_(fma|fmac|mac|mad|fmamk|fmaak|madmk|madak)(_legacy)?_f32|v_dual_fma\w*_f32")
PACKED_FMA = re.compile(r"v_pk_fma_f32")
MIXED_FMA = re.compile(r"v_(fma|mad)_mix")
MATRIX = re.compile(r"v_(s)?wmmac?_|v_mfma_")
WAIT = re.compile(r"s_wait|s_delay|s_nop|s_clause")
LDS_READ = re.compile(r"ds_(?:read|load)(2|_2addr)?(?:st64|_stride64)?_(?:b|u|i)(\d+)")
MEMORY_READ = re.compile(r"(buffer|global|flat)_load")

KINDS = ("instructions", "vector", "fma", "matrix", "clamps", "scalar", "branches", "waits", "lds_reads", "lds_bytes", "memory_reads",
         "memory_bytes", "scratch")


def blocks(path):
    """(name, instructions) of each block of a file."""
    found, current = [], None
    for line in open(path, errors="replace"):
        head = re.match(r"\s*(BB\d+):", line)
        if head:
            current = (head.group(1), [])
            found.append(current)
            continue
        text = line.split(";")[0].strip()
        if current is not None and text and not text.startswith(("//", "(")):
            current[1].append(text)
    return found


def count(instructions):
    """How many of each of KINDS there are."""
    found = dict.fromkeys(KINDS, 0)
    for text in instructions:
        found["instructions"] += 1
        parts = [part.strip().split()[0] for part in text.split("::")]
        for name in parts:
            found["fma"] += 2 if PACKED_FMA.match(name) else bool(FMA.match(name) or MIXED_FMA.match(name))
            found["matrix"] += bool(MATRIX.match(name))
            found["clamps"] += bool(re.match(r"v_(min|max)3?_[ui]32|v_med3", name))
        name = parts[0]
        if name.startswith("v_"):
            found["vector"] += 1
        elif WAIT.match(name):
            found["waits"] += 1
        elif name.startswith(("s_cbranch", "s_branch")):
            found["branches"] += 1
        elif name.startswith("s_"):
            found["scalar"] += 1
        elif name.startswith("scratch_"):
            found["scratch"] += 1
        elif MEMORY_READ.match(name):
            found["memory_reads"] += 1
            size = re.search(r"_(?:dwordx?(\d?)|[bui](\d+))", name)
            if size:
                found["memory_bytes"] += int(size.group(2)) // 8 if size.group(2) else 4 * int(size.group(1) or 1)
        else:
            size = LDS_READ.match(name)
            if size:
                found["lds_reads"] += 1
                found["lds_bytes"] += int(size.group(2)) // 8 * (2 if size.group(1) else 1)
    return found


def inner_loops(code):
    """(first, last) block of each loop that has none inside: from the target of a backward branch to the branch."""
    index = {name: at for at, (name, _) in enumerate(code)}
    spans = {}
    for at, (_, instructions) in enumerate(code):
        for text in instructions:
            branch = re.match(r"s_c?branch\S*\s+(BB\d+)", text)
            if branch and index.get(branch.group(1), len(code)) <= at:
                first = index[branch.group(1)]
                spans[first] = max(spans.get(first, 0), at)
    def within(inner, outer):
        return inner != outer and outer[0] <= inner[0] and inner[1] <= outer[1]
    return sorted(span for span in spans.items() if not any(within(other, span) for other in spans.items()))


def multiplying_loops(code):
    """Counts of the innermost loops that are there to multiply."""
    found = []
    for first, last in inner_loops(code):
        counts = count([text for _, instructions in code[first:last + 1] for text in instructions])
        if counts["matrix"] or counts["fma"] >= 16 and 3 * counts["fma"] >= counts["vector"]:
            found.append((first, counts))
    return found

"""Follows one lane through AMD machine code (as ACO prints it), to count what a wave executes.

What decides where a kernel branches is whole numbers: counters of loops, indices, the invocation's own. Those are computed here,
for lane 0 of workgroup (0, 0, 0). What is loaded, and all arithmetic of floats, is unknown. A condition on it is taken to hold: its branch
falls through, as its body follows it, so that noise is always drawn; and a loop that it ends is gone round once, so that there is no
guidance. Lane 0 is within every bound of the form `i < n`, so what is counted is what the busiest wave executes.
"""

import re

from lane import REGISTER, Lane, operands, scalar, vector

# Instructions after which a count is given up: a loop whose end depends on what is unknown.
MOST = 1_000_000


class Endless(Exception):
    """A loop whose end could not be told."""


def follow(blocks):
    """How often each block is executed: `blocks` are (name, instructions)."""
    index = {name: at for at, (name, _) in enumerate(blocks)}
    code = [[parse(text) for text in lines] for _, lines in blocks]
    counts = [0] * len(blocks)
    lane = Lane()
    loops = [(index[ops[0]], at) for at, block in enumerate(code) for name, ops in block
             if name.startswith(("s_branch", "s_cbranch")) and index[ops[0]] <= at]
    entered = set()
    at, executed = 0, 0
    guesses = set()
    while at < len(blocks):
        counts[at] += 1
        executed += len(code[at])
        if executed > MOST:
            raise Endless(f"no end after {MOST} instructions, in {blocks[at][0]}")
        to = at + 1
        for name, ops in code[at]:
            if name == "s_endpgm":
                return counts, guesses
            if name == "s_branch":
                to = index[ops[0]]
                break
            if name.startswith("s_cbranch"):
                taken = {
                    "s_cbranch_scc0": lambda: flag(lane.values["scc"], 0), "s_cbranch_scc1": lambda: flag(lane.values["scc"], 1),
                    "s_cbranch_vccz": lambda: flag(lane.mask("vcc"), 0), "s_cbranch_vccnz": lambda: flag(lane.mask("vcc"), 1),
                    "s_cbranch_execz": lambda: lane.values["exec"] == 0, "s_cbranch_execnz": lambda: lane.values["exec"] == 1,
                }[name]()
                if taken is None:
                    guesses.add(blocks[at][0])
                    around = [span for span in loops if span[0] <= at <= span[1]]
                    by_branch = any(outside(code, index, index[ops[0]], span) for span in around)
                    by_falling = any(outside(code, index, at + 1, span) for span in around)
                    # A loop that what is unknown ends is gone round once: left at the second visit.
                    ends = by_branch != by_falling
                    taken = by_falling if ends and at not in entered else ends and by_branch
                    entered ^= {at} if ends else set()
                if taken:
                    to = index[ops[0]]
                    break
                continue
            if name == "float":
                for register in ops:
                    lane.values[register] = None
            elif name.startswith("v_"):
                # Lane 0 writes nothing where it is masked out, but what ends its mask itself.
                if lane.values["exec"] or "cmpx" in name:
                    vector(lane, name, ops)
            elif name.startswith("s_"):
                scalar(lane, name, ops)
            elif re.match(r"(ds_(read|load|bpermute|swizzle)|(buffer|global|flat|scratch|image)_load|ds_\w+_rtn)", name) and ops:
                lane.write(ops[0], None)
        at = to
    return counts, guesses


def outside(code, index, to, span):
    """Whether a block is outside a loop, or does nothing but leave it."""
    first, last = span
    if not first <= to <= last:
        return True
    branches = [(name, ops) for name, ops in code[to] if name.startswith(("s_branch", "s_cbranch"))]
    return len(branches) == 1 and branches[0][0] == "s_branch" and not first <= index[branches[0][1][0]] <= last


def flag(value, wanted):
    return None if value is None else value == wanted


FLOAT = re.compile(r"v_(?!cmp|cvt_u|cvt_i)\w+_f(16|32)(_e32|_e64)?$")


def parse(text):
    """Name and operands; of arithmetic of floats, which is most of a kernel, only what it leaves unknown."""
    name, _, rest = text.partition(" ")
    ops = operands(rest.strip()) if rest.strip() else []
    if FLOAT.match(name) and not name.startswith("v_div_scale"):
        found = REGISTER.match(ops[0])
        if found and found.group(1):
            return "float", [ops[0]]
    return name, ops

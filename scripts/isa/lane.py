"""What one lane's registers hold after AMD's instructions, as far as whole numbers go: what is loaded and all floats are unknown."""

import re

MASK32 = (1 << 32) - 1


def signed(value):
    return value - (1 << 32) if value >> 31 else value


def clamp_shift(amount, bits=32):
    return amount & (bits - 1)


# Two numbers to one, 32 bits unless the name says 64.
BINARY = {
    "add": lambda a, b: a + b, "sub": lambda a, b: a - b, "subrev": lambda a, b: b - a,
    "and": lambda a, b: a & b, "or": lambda a, b: a | b, "xor": lambda a, b: a ^ b,
    "andn2": lambda a, b: a & ~b, "and_not1": lambda a, b: a & ~b, "orn2": lambda a, b: a | ~b, "or_not1": lambda a, b: a | ~b,
    "nand": lambda a, b: ~(a & b), "nor": lambda a, b: ~(a | b), "xnor": lambda a, b: ~(a ^ b),
    "min_u32": min, "max_u32": max,
    "min_i32": lambda a, b: a if signed(a) < signed(b) else b, "max_i32": lambda a, b: a if signed(a) > signed(b) else b,
    "mul_lo": lambda a, b: a * b, "mul_hi_u32": lambda a, b: (a * b) >> 32, "mul_i32": lambda a, b: a * b,
    "mul_u32_u24": lambda a, b: (a & 0xFFFFFF) * (b & 0xFFFFFF), "mul_i32_i24": lambda a, b: (a & 0xFFFFFF) * (b & 0xFFFFFF),
    "lshl": lambda a, b: a << clamp_shift(b), "lshr": lambda a, b: a >> clamp_shift(b), "ashr": lambda a, b: signed(a) >> clamp_shift(b),
    "lshlrev": lambda a, b: b << clamp_shift(a), "lshrrev": lambda a, b: b >> clamp_shift(a),
    "ashrrev": lambda a, b: signed(b) >> clamp_shift(a),
    "bfm": lambda a, b: ((1 << (a & 31)) - 1) << (b & 31),
    "pack_ll_b32_b16": lambda a, b: (a & 0xFFFF) | (b << 16),
}
TERNARY = {
    "lshl_add_u32": lambda a, b, c: (a << (b & 31)) + c, "add_lshl_u32": lambda a, b, c: (a + b) << (c & 31),
    "lshl_or_b32": lambda a, b, c: (a << (b & 31)) | c, "and_or_b32": lambda a, b, c: (a & b) | c, "or3_b32": lambda a, b, c: a | b | c,
    "xor3_b32": lambda a, b, c: a ^ b ^ c, "add3_u32": lambda a, b, c: a + b + c, "xad_u32": lambda a, b, c: (a ^ b) + c,
    "mad_u32_u24": lambda a, b, c: (a & 0xFFFFFF) * (b & 0xFFFFFF) + c,
    "bfe_u32": lambda a, b, c: (a >> (b & 31)) & ((1 << (c & 31)) - 1),
    "min3_u32": lambda a, b, c: min(a, b, c), "max3_u32": lambda a, b, c: max(a, b, c), "med3_u32": lambda a, b, c: sorted((a, b, c))[1],
    "bfi_b32": lambda a, b, c: (a & b) | (~a & c),
}
COMPARE = {
    "eq": lambda a, b: a == b, "lg": lambda a, b: a != b, "ne": lambda a, b: a != b, "lt": lambda a, b: a < b, "le": lambda a, b: a <= b,
    "gt": lambda a, b: a > b, "ge": lambda a, b: a >= b,
}
ALIASES = {"vcc_lo": "vcc", "exec_lo": "exec", "src_scc": "scc"}
REGISTER = re.compile(r"^([sv]|ttmp)(\d+)$|^([sv]|ttmp)\[(\d+):(\d+)\]$")


class Lane:
    """Registers by name; None is unknown. Masks of lanes are one bit, lane 0's."""

    def __init__(self):
        self.values = {"exec": 1, "vcc": None, "scc": None, "m0": None, "null": 0}
        # v0 is the invocation within the workgroup, in 10 bits for each axis; others are not given to these kernels.
        self.values["v0"] = 0

    def read(self, text):
        text = ALIASES.get(text, text)
        if text in self.values:
            return self.values[text]
        found = REGISTER.match(text)
        if found:
            if found.group(1):
                return self.values.get(text)
            kind, first, last = found.group(3), int(found.group(4)), int(found.group(5))
            low = self.values.get(f"{kind}{first}")
            if last == first + 1:
                high = self.values.get(f"{kind}{last}")
                return None if low is None or high is None else low | high << 32
            return None
        try:
            value = int(text, 0)
        except ValueError:
            return None
        return value & MASK32 if value >= 0 else value

    def write(self, text, value, bits=32):
        text = ALIASES.get(text, text)
        if text == "null":
            return
        found = REGISTER.match(text)
        if found and not found.group(1):
            kind, first, last = found.group(3), int(found.group(4)), int(found.group(5))
            for place, register in enumerate(range(first, last + 1)):
                self.values[f"{kind}{register}"] = None if value is None or place > 1 else (value >> 32 * place) & MASK32
            return
        self.values[text] = None if value is None else value & ((1 << bits) - 1)

    def write_mask(self, text, value):
        """A mask of which lane 0's bit is known, or nothing."""
        text = ALIASES.get(text, text)
        found = REGISTER.match(text)
        if found and not found.group(1):
            self.values[f"{found.group(3)}{found.group(4)}"] = value
            self.values[f"{found.group(3)}{found.group(5)}"] = None if value is None else 0
        else:
            self.values[text] = value

    def mask(self, text):
        """Lane 0's bit of a mask; None is unknown."""
        value = self.read(text)
        return None if value is None else value & 1


def operands(text):
    """The operands of an instruction, without modifiers."""
    return [part.strip().split(" ")[0] for part in re.split(r",(?![^\[]*\])", text)]


def base_of(name):
    return re.sub(r"_(e32|e64|dpp|sdwa|e64_dpp)$", "", name)


def vector(lane, name, ops):
    """A vector instruction's effect; what is not whole numbers leaves its result unknown."""
    name = base_of(name)
    compare = re.match(r"v_(cmpx?)_(\w+?)_([uif])(\d+)$", name)
    if compare:
        kind, relation, type_, bits = compare.groups()
        writes_exec = kind == "cmpx"
        target = "exec" if writes_exec else ops[0]
        args = ops[1:] if len(ops) == 3 else ops
        if writes_exec and len(ops) == 2:
            args = ops
        value = None
        if type_ != "f" and bits == "32" and relation in COMPARE:
            a, b = lane.read(args[0]), lane.read(args[1])
            if a is not None and b is not None:
                if type_ == "i":
                    a, b = signed(a & MASK32), signed(b & MASK32)
                else:
                    a, b = a & MASK32, b & MASK32
                value = int(COMPARE[relation](a, b))
        if writes_exec:
            # A body that depends on what is unknown is entered.
            before = lane.values["exec"]
            lane.values["exec"] = before if value is None else value & before
        else:
            lane.write_mask(target, value)
        return
    if name.startswith("v_readfirstlane") or name.startswith("v_mov_b32") or name == "v_readlane_b32":
        lane.write(ops[0], lane.read(ops[1]))
        return
    if name == "v_cndmask_b32":
        chosen = lane.mask(ops[3] if len(ops) > 3 else "vcc")
        lane.write(ops[0], None if chosen is None else lane.read(ops[2] if chosen else ops[1]))
        return
    core = re.sub(r"^v_", "", name)
    if core == "lshl_add_u64":
        lane.write(ops[0], None)
        return
    if core in TERNARY:
        args = [lane.read(op) for op in ops[1:4]]
        lane.write(ops[0], None if None in args else TERNARY[core](*(a & MASK32 for a in args)))
        return
    core = re.sub(r"^(add|sub|subrev)_(nc|co)_", r"\1_", core)
    plain = re.sub(r"_(u32|i32|b32)$", "", core)
    function = BINARY.get(core) or (BINARY.get(plain) if re.search(r"_(u32|i32|b32)$", core) else None)
    if function and not core.startswith("mul_hi_i"):
        args = [op for op in ops[1:] if op not in ("vcc", "vcc_lo") or core.startswith("cnd")][-2:]
        a, b = lane.read(args[0]), lane.read(args[1])
        lane.write(ops[0], None if a is None or b is None else function(a & MASK32, b & MASK32))
        if "_co_" in name:
            lane.write_mask(ops[1], None)
        return
    if ops:
        lane.write(ops[0], None)


def scalar(lane, name, ops):
    """A scalar instruction's effect, branches aside."""
    values = lane.values
    compare = re.match(r"s_cmpk?_(\w+?)_([ui])(32|64)$", name)
    if compare:
        a, b = lane.read(ops[0]), lane.read(ops[1])
        if a is None or b is None:
            values["scc"] = None
        else:
            if compare.group(2) == "i":
                a, b = signed(a & MASK32), signed(b & MASK32)
            else:
                a, b = a & MASK32, b & MASK32
            values["scc"] = int(COMPARE[compare.group(1)](a, b))
        return
    if re.match(r"s_bitcmp([01])_b32", name):
        a, b = lane.read(ops[0]), lane.read(ops[1])
        values["scc"] = None if a is None or b is None else int(((a >> (b & 31)) & 1) == int(name[8]))
        return
    wide = name.endswith("_b64") or name.endswith("_u64") or name.endswith("_i64")
    bits = 64 if wide else 32
    saveexec = re.match(r"s_(and|or|andn2|and_not1|andn1|and_not0)_saveexec_b(32|64)$", name)
    if saveexec:
        old = values["exec"]
        lane.write_mask(ops[0], old)
        given = lane.mask(ops[1])
        given = 1 if given is None else given
        kind = saveexec.group(1)
        new = {"and": old & given, "or": old | given, "andn2": given & ~old, "and_not1": given & ~old}.get(kind, old & ~given) & 1
        values["exec"], values["scc"] = new, new
        return
    if name.startswith("s_mov") or name.startswith("s_cmov") and values["scc"]:
        value = lane.read(ops[1])
        if ops[0] in ("exec", "exec_lo"):
            values["exec"] = 1 if value is None else value & 1
        else:
            lane.write(ops[0], value if value is None else value & ((1 << bits) - 1), bits)
        return
    if name.startswith("s_cmov"):
        if values["scc"] is None:
            lane.write(ops[0], None)
        return
    if name.startswith("s_cselect"):
        scc = values["scc"]
        value = None if scc is None else lane.read(ops[1] if scc else ops[2])
        lane.write(ops[0], value if value is None else value & ((1 << bits) - 1), bits)
        return
    if name.startswith("s_not_"):
        value = lane.read(ops[1])
        value = None if value is None else ~value & ((1 << bits) - 1)
        lane.write(ops[0], value, bits)
        values["scc"] = None if value is None else int(value != 0)
        return
    shifted_add = re.match(r"s_lshl([1-4])_add_u32$", name)
    if shifted_add:
        a, b = lane.read(ops[1]), lane.read(ops[2])
        lane.write(ops[0], None if a is None or b is None else (a << int(shifted_add.group(1))) + b)
        values["scc"] = None
        return
    if name in ("s_addc_u32", "s_subb_u32"):
        a, b, carry = lane.read(ops[1]), lane.read(ops[2]), values["scc"]
        if None in (a, b, carry):
            lane.write(ops[0], None)
            values["scc"] = None
            return
        a, b = a & MASK32, b & MASK32
        total = a + b + carry if name == "s_addc_u32" else a - b - carry
        lane.write(ops[0], total & MASK32)
        values["scc"] = int(total > MASK32 or total < 0)
        return
    if name in ("s_addk_i32", "s_mulk_i32", "s_addk_co_i32"):
        a, b = lane.read(ops[0]), lane.read(ops[1])
        if b is not None and b >> 15 == 1:
            b -= 1 << 16
        value = None if a is None or b is None else a + b if "add" in name else a * b
        lane.write(ops[0], value)
        values["scc"] = None
        return
    if name == "s_movk_i32":
        return lane.write(ops[0], lane.read(ops[1]))
    if name == "s_bfe_u32":
        a, b = lane.read(ops[1]), lane.read(ops[2])
        value = None if a is None or b is None else (a >> (b & 31)) & ((1 << ((b >> 16) & 127)) - 1)
        lane.write(ops[0], value)
        values["scc"] = None if value is None else int(value != 0)
        return
    core = re.sub(r"_(co_)?([ui])(32|64)$|_b(32|64)$", "", name[2:])
    function = BINARY.get(name[2:]) or BINARY.get(core)
    if name == "s_bfm_b64":
        function = lambda a, b: ((1 << (a & 63)) - 1) << (b & 63)
    if function and len(ops) == 3:
        a, b = lane.read(ops[1]), lane.read(ops[2])
        masks = wide or {"exec", "exec_lo", "vcc", "vcc_lo"} & set(ops)
        if masks and ops[0] in ("exec", "exec_lo"):
            # A body that depends on what is unknown is entered.
            a, b = (1 if a is None else a), (1 if b is None else b)
            values["exec"] = function(a, b) & 1
            values["scc"] = values["exec"]
            return
        if masks and core == "and" and (a == 0 or b == 0):
            a, b = 0, 0
        limit = (1 << bits) - 1
        total = None if a is None or b is None else function(a & limit, b & limit)
        lane.write(ops[0], None if total is None else total & limit, bits)
        if core in ("add", "sub"):
            values["scc"] = None if total is None else int(total > limit or total < 0)
        elif not core.startswith("mul"):
            values["scc"] = None if total is None else int(total & limit != 0)
        return
    if ops and not re.match(r"s_(store|buffer_store|wait|nop|barrier|sendmsg|setreg|delay|clause|inst|set|endpgm|dcache|gl1|icache)", name):
        lane.write(ops[0], None)

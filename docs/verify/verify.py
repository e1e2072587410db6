#!/usr/bin/env python3
"""Verify Tallystick proof bundles, version 2, with nothing but Python 3.8 or later.

It follows bundle.md beside this file, section by section, and shares no code with Tallystick.

  verify.py --key LOG_VKEY [--origin ORIGIN] [--witness VKEY ...] [--quorum N] [--json] BUNDLE...

It ends with 0 if every bundle verifies, 1 if one does not, 2 if it was called wrongly. It reads no network and no clock.
Ed25519 is the arithmetic of RFC 8032, section 6: slow, and fit for checking signatures, which needs no secret. Never
sign with it.
Witness keys of type ML-DSA-44 are refused, since Python has no verifier for them.
"""
import argparse
import base64
import hashlib
import json
import re
import sys
import unicodedata

MAX_BYTES, MAX_VALUES, MAX_HASHES, MAX_DEPTH = 1 << 20, 4096, 64, 8
MAX_STAMPS, MAX_STAMP = 16, 16 << 10
U64, I64 = (0, (1 << 64) - 1), (-(1 << 63), (1 << 63) - 1)
STEPS = ["policy", "bundle format", "checkpoint signature", "checkpoint", "witness cosignatures", "log inclusion", "batch entry",
         "batch inclusion", "fields", "time stamps"]


class Invalid(Exception):
    """The proof is not valid: step is one of STEPS. The text never holds a value."""

    def __init__(self, step, why):
        super().__init__('proof not valid at step "%s": %s' % (step, why))
        self.step = step


class Malformed(Exception):
    """Something has the wrong form; who catches it knows the step."""


def require(condition, why):
    if not condition:
        raise Malformed(why)


# --- section 2: the JSON ---------------------------------------------------------------------------------------------

NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


class Text(str):
    """A string of the JSON, with the characters between its quotes as they stood there."""
    raw = ""


class Num(str):
    """A number of the JSON as it was written."""


class Reader:
    def __init__(self, text):
        self.text, self.at = text, 0

    def space(self):
        while self.at < len(self.text) and self.text[self.at] in " \t\r\n":
            self.at += 1

    def peek(self):
        self.space()
        require(self.at < len(self.text), "the JSON is cut short")
        return self.text[self.at]

    def take(self, char):
        require(self.peek() == char, "not JSON")
        self.at += 1

    def value(self, depth=0):
        char = self.peek()
        require(char not in "{[" or depth < MAX_DEPTH, "nested too deeply")
        if char == "{":
            return self.object(depth + 1)
        if char == "[":
            return self.array(depth + 1)
        if char == '"':
            return self.string()
        for word, value in (("null", None), ("true", True), ("false", False)):
            if self.text.startswith(word, self.at):
                self.at += len(word)
                return value
        number = NUMBER.match(self.text, self.at)
        require(number, "not JSON")
        self.at = number.end()
        return Num(number.group())

    def object(self, depth):
        members = {}
        self.take("{")
        if self.peek() == "}":
            self.at += 1
            return members
        while True:
            require(self.peek() == '"', "not JSON")
            name = str(self.string())
            require(re.fullmatch("[a-z]*", name), "the name of a member is not in small letters")
            require(name not in members, "a member occurs twice in one object")
            self.take(":")
            members[name] = self.value(depth)
            if self.peek() == "}":
                self.at += 1
                return members
            self.take(",")

    def array(self, depth):
        values = []
        self.take("[")
        if self.peek() == "]":
            self.at += 1
            return values
        while True:
            values.append(self.value(depth))
            if self.peek() == "]":
                self.at += 1
                return values
            self.take(",")

    def string(self):
        self.take('"')
        begin, parts = self.at, []
        while True:
            plain = PLAIN.match(self.text, self.at)
            parts.append(plain.group())
            self.at = plain.end()
            require(self.at < len(self.text), "the JSON is cut short")
            char = self.text[self.at]
            self.at += 1
            if char == '"':
                text = Text("".join(parts))
                text.raw = self.text[begin:self.at - 1]
                return text
            require(char == "\\" and self.at < len(self.text), "not JSON")
            parts.append(self.escape())

    def escape(self):
        char = self.text[self.at]
        self.at += 1
        if char != "u":
            require(char in ESCAPES, "not JSON")
            return ESCAPES[char]
        code = self.hex4()
        if 0xd800 <= code < 0xdc00 and self.text.startswith("\\u", self.at):
            back = self.at
            self.at += 2
            low = self.hex4()
            if 0xdc00 <= low < 0xe000:
                return chr(0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00))
            self.at = back
        return "\ufffd" if 0xd800 <= code < 0xe000 else chr(code)

    def hex4(self):
        digits = self.text[self.at:self.at + 4]
        require(re.fullmatch("[0-9a-fA-F]{4}", digits), "not JSON")
        self.at += 4
        return int(digits, 16)


def read_json(data):
    require(len(data) <= MAX_BYTES, "more than 1 MiB")
    try:
        reader = Reader(data.decode("utf-8"))
    except UnicodeDecodeError:
        raise Malformed("not UTF-8")
    value = reader.value()
    reader.space()
    require(reader.at == len(reader.text), "data after the end of the bundle")
    return value


# --- section 3: the members ------------------------------------------------------------------------------------------

def decode64(text):
    text = text.replace("\r", "").replace("\n", "")
    require(re.fullmatch("(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?", text), "base64 that is malformed")
    return base64.b64decode(text)


def members(value, /, **readers):
    """An object with the given members, each optional; null stands for absence."""
    require(value is None or isinstance(value, dict), "has the wrong type")
    value = value or {}
    require(set(value) <= set(readers), "an unknown member")
    return {name: read(value.get(name)) for name, read in readers.items()}


def string(value):
    require(value is None or isinstance(value, Text), "has the wrong type")
    return "" if value is None else str(value)


def optional(read):
    return lambda value: None if value is None else read(value)


def whole(limits):
    def read(value):
        if value is None:
            return 0
        require(isinstance(value, Num) and re.fullmatch("-?[0-9]{1,20}", value), "has the wrong type")
        require(limits[0] <= int(value) <= limits[1] and not (limits == U64 and value[0] == "-"), "has the wrong type")
        return int(value)
    return read


def flag(value):
    require(value is None or isinstance(value, bool), "has the wrong type")
    return bool(value)


def hash_of(value):
    require(isinstance(value, Text) and len(value.raw) == 44 and value.raw[-1] == "=", "not a hash")
    decoded = decode64(value.raw)
    require(len(decoded) == 32, "not a hash")
    return decoded


def salt(value):
    if isinstance(value, list):  # our reader takes numbers for bytes
        return bytes(whole((0, 255))(v) for v in value)
    return decode64(string(value))


def list_of(read):
    def read_list(value):
        require(value is None or isinstance(value, list), "has the wrong type")
        return None if value is None else [read(v) for v in value]
    return read_list


hashes = list_of(hash_of)


def inclusion(value):
    return members(value, index=whole(U64), hashes=hashes)


def sealed(value):
    return members(value, count=whole(U64), digest=optional(hash_of), leaves=hashes)


def section(value):
    return members(value, party=string, digest=optional(hash_of), leaves=hashes, sealed=optional(sealed))


def member(value):
    return members(value, path=string, kind=string, value=optional(string))


def field(value):
    return members(value, section=string, sealed=flag, index=whole(U64), path=string, kind=string, value=optional(string),
                   members=list_of(member), salt=salt)


def record(value):
    return members(value, leaves=hashes, sections=list_of(section), partition=whole(I64), offset=whole(I64))


def stamp(value):
    return members(value, head=string, hashes=hashes, response=salt)


def parse(data):
    b = members(read_json(data), v=whole(I64), record=record, fields=list_of(field), batch=inclusion, entry=string, log=inclusion,
                checkpoint=string, stamps=list_of(stamp))
    check(b)
    return b


# --- section 4: what needs no hashing --------------------------------------------------------------------------------

def check(b):
    require(b["v"] == 2, "another version than 2")
    require(b["fields"], "shows no field")
    for path in (b["batch"], b["log"]):
        require(len(path["hashes"] or []) <= MAX_HASHES, "a path of more than 64 hashes")
    check_record(b["record"])
    require(len(b["stamps"] or []) <= MAX_STAMPS, "more than 16 time stamps")
    for s in b["stamps"] or []:
        require(s["head"] and 0 < len(s["response"]) <= MAX_STAMP and len(s["hashes"] or []) <= MAX_HASHES, "a malformed time stamp")
    require(len(b["fields"]) <= MAX_VALUES, "more than 4096 fields")
    last = None
    for f in b["fields"]:
        require(len(f["salt"]) == 16 and f["path"] != "", "a malformed field")
        check_value(f)
        require((f["kind"] == "g") == (f["members"] is not None), "not the members of a group")
        if f["members"] is not None:
            check_members(f["members"])
        require(f["index"] < len(leaves_of(b["record"], f)), "an index beyond the leaves")
        require(last is None or before(last, f), "fields must be ascending")
        last = f


def check_record(r):
    count, last = len(r["leaves"] or []), b""
    for s in r["sections"] or []:
        count += len(s["leaves"] or []) + 1
        if s["digest"] is not None:
            require(s["party"] == "" and s["leaves"] is None and s["sealed"] is None, "a section has a digest and more")
            continue
        party = s["party"].encode()
        require(party > last, "parties must be strictly ascending")
        last, hidden = party, s["sealed"]
        if hidden is None:
            continue
        count += len(hidden["leaves"] or [])
        require(hidden["count"] > 0 and (hidden["digest"] is None) != (hidden["leaves"] is None), "malformed sealed values")
        require(hidden["leaves"] is None or len(hidden["leaves"]) == hidden["count"], "malformed sealed values")
    require(r["leaves"] and count <= MAX_VALUES, "a record has 1 to 4096 leaves")


def check_value(v):
    kind, value = v["kind"], v["value"]
    require(kind in ("s", "n", "t", "f", "g"), "a kind that there is not")
    require((kind in ("s", "n")) == (value is not None), "kind and value do not fit")
    require(v["path"] != "" and (kind != "n" or NUMBER.fullmatch(value)), "kind and value do not fit")


def check_members(all_of_it):
    require(0 < len(all_of_it) <= MAX_VALUES, "not the members of a group")
    last = b""
    for m in all_of_it:
        check_value(m)
        require(m["kind"] != "g" and m["path"].encode() > last, "not the members of a group")
        last = m["path"].encode()


def leaves_of(r, f):
    if f["section"] == "":
        require(not f["sealed"], "a sealed value belongs to a section")
        return r["leaves"]
    for s in r["sections"] or []:
        if s["party"] == f["section"] and (not f["sealed"] or s["sealed"] is not None):
            return (s["sealed"] if f["sealed"] else s)["leaves"] or []
    raise Malformed("names a section that the bundle does not open")


def before(f, g):
    if f["section"] != g["section"]:
        return f["section"].encode() < g["section"].encode()
    if f["sealed"] != g["sealed"]:
        return g["sealed"]
    return f["path"].encode() < g["path"].encode() and f["index"] < g["index"]


# --- section 5: hashing a record -------------------------------------------------------------------------------------

def sha256(data):
    return hashlib.sha256(data).digest()


def uvarint(n):
    out = bytearray()
    while n >= 0x80:
        out.append(n & 0x7f | 0x80)
        n >>= 7
    out.append(n)
    return bytes(out)


def text(value):
    return uvarint(len(value.encode())) + value.encode()


def counted(hashes):
    return uvarint(len(hashes or [])) + b"".join(hashes or [])


def leaf(f):
    if f["members"] is not None:
        value = b"".join(text(m["path"]) + m["kind"].encode() + text(m["value"] or "") for m in f["members"])
    else:
        value = (f["value"] or "").encode()
    return sha256(b"\x10" + f["salt"] + f["kind"].encode() + text(f["path"]) + value)


def section_digest(s):
    if s["digest"] is not None:
        return s["digest"]
    tail = uvarint(0)
    if s["sealed"] is not None:
        digest = s["sealed"]["digest"]
        if digest is None:
            digest = sha256(b"\x11" + text(s["party"]) + counted(s["sealed"]["leaves"]))
        tail = uvarint(s["sealed"]["count"]) + digest
    return sha256(b"\x12" + text(s["party"]) + counted(s["leaves"]) + tail)


def commitment(r):
    return sha256(b"\x13" + counted(r["leaves"]) + counted([section_digest(s) for s in r["sections"] or []]))


# --- section 6: inclusion --------------------------------------------------------------------------------------------

def included(path, size, hashed, root):
    """RFC 9162, 2.1.3.2, of the leaf that is made of the bytes hashed."""
    index, last, node = path["index"], size - 1, sha256(b"\x00" + hashed)
    if index > last:
        return False
    for sibling in path["hashes"] or []:
        if last == 0:
            return False
        if index & 1 or index == last:
            node = sha256(b"\x01" + sibling + node)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            node = sha256(b"\x01" + node + sibling)
        index, last = index >> 1, last >> 1
    return last == 0 and node == root


# --- section 7: the batch entry --------------------------------------------------------------------------------------

def decimal(digits, least=0):
    require(re.fullmatch("0|[1-9][0-9]{0,19}", digits) and least <= int(digits) <= U64[1], "not a number")
    return int(digits)


def root64(line):
    root = decode64(line)
    require(len(root) == 32 and base64.b64encode(root).decode() == line, "not a hash")
    return root


def batch_entry(entry):
    lines = entry.split("\n")
    require(len(lines) == 6 and lines[0] == "tallystick/batch/v1" and lines[5] == "" and lines[1] != "", "want five lines")
    return lines[1], decimal(lines[2]), decimal(lines[3], 1), root64(lines[4])


# --- section 8: keys, notes, checkpoints -----------------------------------------------------------------------------

P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def point_add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]) % P, (p[1] + p[0]) * (q[1] + q[0]) % P
    c, d = 2 * p[3] * q[3] * D % P, 2 * p[2] * q[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def point_mul(s, p):
    q = (0, 1, 1, 0)
    while s:
        if s & 1:
            q = point_add(q, p)
        p, s = point_add(p, p), s >> 1
    return q


def decompress(data):
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, (y & ((1 << 255) - 1)) % P
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * ROOT % P
    if (x * x - x2) % P:
        return None
    if x & 1 != sign:
        x = (P - x) % P
    return x, y, 1, x * y % P


def compress(p):
    z = pow(p[2], P - 2, P)
    return (p[1] * z % P | (p[0] * z % P & 1) << 255).to_bytes(32, "little")


BASE = decompress((4 * pow(5, P - 2, P) % P).to_bytes(32, "little"))


def ed25519(key, message, signature):
    point = decompress(key)
    if len(signature) != 64 or point is None:
        return False
    s = int.from_bytes(signature[32:], "little")
    if s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    minus = (P - point[0]) % P, point[1], 1, (P - point[3]) % P
    return compress(point_add(point_mul(s, BASE), point_mul(h, minus))) == signature[:32]


def valid_name(name):
    return name != "" and "+" not in name and not any(c.isspace() for c in name)


class Key:
    """A key of a policy: name, id (4 bytes), and whether it cosigns."""

    def __init__(self, vkey, witness):
        require(not re.search("[\ud800-\udfff]", vkey), "a malformed key")  # what is not UTF-8 comes as these
        parts = vkey.split("+", 2)
        require(len(parts) == 3 and len(parts[1]) == 8 and valid_name(parts[0]), "a malformed key")
        self.name, self.witness, data = parts[0], witness, decode64(parts[2])
        require(len(data) > 0, "a malformed key")
        require(data[0] != 6 or not witness, "an ML-DSA-44 key: this program reads Ed25519 alone")
        require(data[0] in ((1, 4) if witness else (1,)) and len(data) == 33, "a key of another type than Ed25519")
        self.material = data[1:]
        said = [self.id_of(b"\x01").hex()] if data[0] == 1 else []
        self.id = self.id_of(b"\x04" if witness else b"\x01")
        require(parts[1].lower() in said or parts[1] == self.id.hex(), "the key id does not belong to the key")

    def id_of(self, kind):
        return sha256(self.name.encode() + b"\n" + kind + self.material)[:4]

    def verify(self, signed, signature):
        if not self.witness:
            return ed25519(self.material, signed, signature)
        time = int.from_bytes(signature[:8], "big")
        return ed25519(self.material, b"cosignature/v1\ntime %d\n" % time + signed, signature[8:])


def policy_of(log, origin, witnesses, quorum):
    require(log, "no log key")
    key = Key(log, False)
    require(witnesses or quorum == 0, "a quorum without witnesses")
    require(not witnesses or 1 <= quorum <= len(witnesses), "say how many witnesses must have signed")
    keys, seen = [], {key.material}
    for vkey in witnesses:
        k = Key(vkey, True)
        require(k.material not in seen, "a witness key is that of the log or of another witness")
        seen.add(k.material)
        keys.append(k)
    return key, origin or key.name, keys, quorum


def open_note(note, key):
    """The text and the key's signature, None if the key has not signed."""
    require(not re.search("[\x00-\x09\x0b-\x1f]", note), "a malformed note")
    split = note.rfind("\n\n")
    require(split >= 0, "a malformed note")
    signed, lines = note[:split + 1], note[split + 2:]
    require(lines.endswith("\n"), "a malformed note")
    found, lines = None, lines[:-1].split("\n")
    for number, line in enumerate(lines, 1):
        name, _, encoded = line[2:].partition(" ")
        require(number <= 100 and line.startswith("\u2014 ") and valid_name(name), "a malformed note")
        signature = decode64(encoded)
        require(len(signature) >= 5, "a malformed note")
        if found is None and (name, signature[:4]) == (key.name, key.id):
            found = signature[4:]
            require(key.verify(signed.encode(), found), "a signature is wrong")
    return signed, found


def head_of(text_of_it, origin):
    """Size, root and what follows the three lines of a checkpoint (8.3)."""
    lines = text_of_it.split("\n", 3)
    require(len(lines) == 4 and lines[0] != "", "want three lines")
    size, root = decimal(lines[1]), root64(lines[2])
    require(lines[0] == origin, "is of another log")
    return size, root, lines[3]


def open_checkpoint(note, policy):
    key, origin, witnesses, quorum = policy
    try:
        signed, signature = open_note(note, key)
        require(signature is not None, "a signature is missing")
    except Malformed as e:
        raise Invalid("checkpoint signature", e)
    try:
        size, root, _ = head_of(signed, origin)
    except Malformed as e:
        raise Invalid("checkpoint", e)
    witnessed = []
    try:
        for k in witnesses:
            signature = open_note(note, k)[1]
            if signature is not None:
                witnessed.append((k.name, k.id.hex(), int.from_bytes(signature[:8], "big")))
        require(len(witnessed) >= quorum, "too few witnesses have signed")
    except Malformed as e:
        raise Invalid("witness cosignatures", e)
    return origin, size, root, witnessed


# --- section 9: all of it --------------------------------------------------------------------------------------------

def verify(data, policy):
    """Return what the bundle proves as a dictionary, or raise Invalid."""
    try:
        b = parse(data)
    except Malformed as e:
        raise Invalid("bundle format", e)
    origin, size, root, witnessed = open_checkpoint(b["checkpoint"], policy)
    if not included(b["log"], size, b["entry"].encode(), root):
        raise Invalid("log inclusion", "the path does not lead to the root")
    try:
        of, number, entries, batch_root = batch_entry(b["entry"])
        require(of == origin and number == b["log"]["index"], "names another log or batch than its place in the log")
    except Malformed as e:
        raise Invalid("batch entry", e)
    commits = commitment(b["record"])
    if not included(b["batch"], entries, commits, batch_root):
        raise Invalid("batch inclusion", "the path does not lead to the root")
    for f in b["fields"]:
        if leaf(f) != leaves_of(b["record"], f)[f["index"]]:
            raise Invalid("fields", "a value is not what was committed to")
    for s in b["stamps"] or []:
        try:
            stamped, stamped_root, more = head_of(s["head"], origin)
            require(more == "", "a stamped head has more than three lines")
        except Malformed as e:
            raise Invalid("time stamps", e)
        if not included({"index": number, "hashes": s["hashes"]}, stamped, b["entry"].encode(), stamped_root):
            raise Invalid("time stamps", "the path does not lead to the stamped root")
    sections = b["record"]["sections"] or []
    opened = [s for s in sections if s["digest"] is None]
    values = len(b["record"]["leaves"]) + sum(len(s["leaves"] or []) for s in opened)
    values += sum(s["sealed"]["count"] for s in opened if s["sealed"] is not None)
    return {"commitment": base64.b64encode(commits).decode(), "origin": origin, "size": size, "batch": number, "entries": entries,
            "index": b["batch"]["index"],
            "stamps_not_looked_at": len(b["stamps"] or []),
            "hidden_values": values - len(b["fields"]), "hidden_parties": len(sections) - len(opened),
            "witnesses": [{"name": n, "key": k, "time": t} for n, k, t in witnessed],
            "fields": [shown(f, m) for f in b["fields"] for m in f["members"] or [None]]}


def shown(f, m):
    """One value: of a group, one of its members."""
    of = m or f
    value = {"t": True, "f": False}.get(of["kind"], of["value"])
    return {"section": f["section"], "sealed": f["sealed"], "path": f["path"] + ("." + m["path"] if m else ""), "value": value}


def harmless(value):
    """A value as one line that a terminal shows and does not obey."""
    quoted = json.dumps(value, ensure_ascii=False)
    return "".join(c if unicodedata.category(c)[0] not in "CZ" or c == " " else "\\u%04x" % ord(c) for c in quoted)


def tell(proved):
    print("PROVED")
    for f in proved["fields"]:
        with_whom = "    with " + harmless(f["section"]) + (", sealed" if f["sealed"] else "") if f["section"] else ""
        print("  %s = %s%s" % (harmless(f["path"]), harmless(f["value"]), with_whom))
    if not proved["hidden_values"] and not proved["hidden_parties"]:
        print("  these are all the values of the record")
    print("  record %(commitment)s, entry %(index)d of the %(entries)d (from 0) of batch %(batch)d" % proved)
    print("  log %s at size %d" % (harmless(proved["origin"]), proved["size"]))
    for w in proved["witnesses"]:
        print("  witnessed by %s (key %s), %d seconds after 1970 began" % (harmless(w["name"]), w["key"], w["time"]))
    if not proved["witnesses"]:
        print("  UNWITNESSED: the log may show others another history")
    print("  %(stamps_not_looked_at)d time stamps were not looked at: this program reads none" % proved)
    print("NOT PROVED: that the values are true, or the latest of the claim")
    print("  %(hidden_values)d more values are not shown, and of %(hidden_parties)d parties nothing but a digest" % proved)


def main():
    parser = argparse.ArgumentParser(description="Verify Tallystick proof bundles, version 2, offline.")
    parser.add_argument("--key", required=True, help="the log's public key (a C2SP vkey), from elsewhere than the bundle")
    parser.add_argument("--origin", default="", help="the log's origin, if it is not the name in --key")
    parser.add_argument("--witness", action="append", default=[], help="a witness's public key; may be repeated")
    parser.add_argument("--quorum", type=int, help="how many of the witnesses must have signed; default all")
    parser.add_argument("--json", action="store_true", help="one line of JSON a bundle")
    parser.add_argument("bundles", nargs="+", metavar="BUNDLE")
    args = parser.parse_args()
    quorum = len(args.witness) if args.quorum is None else args.quorum
    sys.stdout.reconfigure(errors="backslashreplace")
    failed = False
    for path in args.bundles:
        with open(path, "rb") as file:
            data = file.read(MAX_BYTES + 1)
        try:
            try:
                policy = policy_of(args.key, args.origin, args.witness, quorum)
            except Malformed as e:
                raise Invalid("policy", e)
            proved = verify(data, policy)
        except Invalid as e:
            failed = True
            print(json.dumps({"step": e.step}) if args.json else "NOT VERIFIED: %s" % e)
            continue
        if args.json:
            print(json.dumps({"step": "", "proved": proved}))
        else:
            tell(proved)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

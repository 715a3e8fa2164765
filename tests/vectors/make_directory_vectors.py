#!/usr/bin/env python3
"""Makes directories.json by running the real Tahoe-LAFS.

  build/tahoe-venv/bin/python tests/vectors/make_directory_vectors.py

README.md here says what is in it. It comes out the same each time.
"""
from __future__ import annotations

import json
import pathlib

from allmydata import dirnode, uri
from allmydata.nodemaker import NodeMaker

HERE = pathlib.Path(__file__).resolve().parent
KEY = bytes(range(16))
HASH = bytes(range(0x20, 0x40))

SSK = uri.WriteableSSKFileURI(KEY, HASH)
MDMF = uri.WriteableMDMFFileURI(bytes(range(1, 17)), HASH)
CHK = uri.CHKFileURI(KEY, HASH, 3, 10, 1000)
CAPS = {
    "lit": b"URI:LIT:nbswy3dp",
    "chk": CHK.to_string(),
    "ssk": SSK.to_string(),
    "ssk-ro": SSK.get_readonly().to_string(),
    "mdmf": MDMF.to_string(),
    "dir": uri.DirectoryURI(SSK).to_string(),
    "dir-ro": uri.DirectoryURI(SSK).get_readonly().to_string(),
    "dir-mdmf": uri.MDMFDirectoryURI(MDMF).to_string(),
    "dir-chk": uri.ImmutableDirectoryURI(CHK).to_string(),
    "dir-lit": b"URI:DIR2-LIT:",
}
MAKER = NodeMaker(None, None, None, None, None, {"k": 3, "n": 10, "happy": 7}, None, None)
DIRECTORY = MAKER.create_from_cap(uri.DirectoryURI(SSK).to_string())
READER = MAKER.create_from_cap(uri.DirectoryURI(SSK).get_readonly().to_string())
IMMUTABLE = MAKER.create_from_cap(uri.ImmutableDirectoryURI(CHK).to_string())


def text(value: bytes | None) -> str:
    return value.decode() if value else ""


class Edits:
    """One directory, changed step by step as the reference changes it."""

    def __init__(self) -> None:
        self.contents = b""
        self.steps: list[dict] = []

    def apply(self, modifier: object, step: dict) -> None:
        dirnode.time.time = lambda: step["now"]
        changed = modifier.modify(self.contents, None, True)
        self.contents = changed
        self.steps.append({**step, "contents": changed.hex()})

    def link(self, name: str, write: bytes | None, read: bytes | None, now: float,
             metadata: dict | None = None) -> None:
        adder = dirnode.Adder(DIRECTORY, create_readonly_node=DIRECTORY._create_readonly_node)
        adder.set_node(name, MAKER.create_from_cap(write, read), metadata)
        given = "" if metadata is None else json.dumps(metadata)
        self.apply(adder, {"do": "link", "name": name, "write": text(write), "read": text(read),
                           "metadata": given, "now": now})

    def unlink(self, name: str) -> None:
        self.apply(dirnode.Deleter(DIRECTORY, name),
                   {"do": "unlink", "name": name, "now": 0.0})


def edits() -> list[dict]:
    made = Edits()
    for number, (name, cap) in enumerate(CAPS.items()):
        made.link(name, cap, None, 1700000000.25 + number)
    made.link("e\u0301", CAPS["lit"], None, 5.5, {"k": [1, 2.5, None, True], "\u00fc": "\u2603"})
    made.link("\u00e9", CAPS["chk"], None, 6.5)
    made.link("\u00e9", CAPS["chk"], None, 7.5, {"n": {}})
    made.link("ssk", CAPS["ssk"], None, 8.5, {"no-write": True})
    made.link("dir", None, CAPS["dir-ro"], 9.5, {"tahoe": {"linkcrtime": 1}, "ctime": 3})
    made.link("dir", CAPS["dir"], None, 10.5, {})
    made.link("u", b"future:rw", b"future:ro", 11.5)
    made.link("v", None, b"ro.future", 12.5)
    made.link("w", None, b"imm.future", 13.5)
    made.link("", CAPS["lit"], None, 14.5)
    made.link("a/b \U0001f600", CAPS["lit"], None, 15.5)
    for name in ("lit", "e\u0301", ""):
        made.unlink(name)
    return made.steps


def listing(node: dirnode.DirectoryNode, contents: bytes) -> list[dict]:
    return [{"name": name, "write": text(child.get_write_uri()),
             "read": text(child.get_readonly_uri()), "metadata": json.dumps(metadata)}
            for name, (child, metadata) in sorted(node._unpack_contents(contents).items())]


def entry(name: bytes, read: bytes, sealed: bytes, metadata: bytes = b"{}") -> bytes:
    ns = dirnode.netstring
    return ns(ns(name) + ns(read) + ns(sealed) + ns(metadata))


def readings(edited: bytes) -> list[dict]:
    seal = lambda cap: dirnode._encrypt_rw_uri(SSK.writekey, cap)
    odd = b"".join([
        entry(b"spaces", CAPS["ssk-ro"] + b"  ", seal(CAPS["ssk"] + b"   ")),
        entry(b"none", b"", seal(b"")),
        entry(b"short", CAPS["chk"], b"0123456789"),
        entry("e\u0301".encode(), CAPS["lit"], seal(b"")),
        entry("\u00e9".encode(), CAPS["chk"], seal(b"")),
        entry(b"ro.write", b"ro." + CAPS["ssk"], seal(b"")),
        entry(b"imm.read", b"imm." + CAPS["ssk-ro"], seal(b"")),
        entry(b"imm.chk", b"imm." + CAPS["chk"], seal(b"")),
        entry(b"unknown", b"future", seal(b"future-w")),
        entry(b"unknown imm", b"imm.future", seal(b"")),
        entry(b"bad", b"URI:CHK:bad", seal(b"")),
    ])
    deep = b"".join(entry(name.encode(), cap, b"") for name, cap in CAPS.items())
    deep += entry(b"unknown", b"future", b"") + entry(b"imm", b"imm.future", b"")
    cases = [("write", DIRECTORY, edited), ("read", READER, edited), ("write", DIRECTORY, odd),
             ("read", READER, odd), ("immutable", IMMUTABLE, deep)]
    return [{"access": access, "contents": contents.hex(), "children": listing(node, contents)}
            for access, node, contents in cases]


def immutable() -> list[dict]:
    children = {"b": "chk", "a": "lit", "e\u0301": "dir-chk", "d": "dir-lit"}
    packed = dirnode.pack_children(
        {name: (MAKER.create_from_cap(CAPS[cap]), {"k": 1, "\u00fc": [1.5]})
         for name, cap in children.items()}, None, deep_immutable=True)
    return [{"children": [{"name": name, "cap": text(CAPS[cap])}
                          for name, cap in children.items()],
             "metadata": "{\"k\":1,\"\\u00fc\":[1.5]}", "contents": packed.hex()}]


def main() -> None:
    steps = edits()
    made = {"what": "allmydata.dirnode", "write_key": SSK.writekey.hex(), "vectors": steps,
            "readings": readings(bytes.fromhex(steps[-1]["contents"])), "immutable": immutable()}
    (HERE / "directories.json").write_text(json.dumps(made, indent=1) + "\n")


if __name__ == "__main__":
    main()

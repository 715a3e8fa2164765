"""Capabilities that Tahoe-LAFS made, made again by `tarn put --dry-run`: no node, no network."""
from __future__ import annotations

import base64
import json
import subprocess
import unittest

from interop import HERE, PROGRAMS, WORK
from processes import required

OWN = HERE.parent / "vectors" / "chk.json"
PUBLISHED = HERE.parents[2] / "shared" / "vectors" / "immutable.json"


def base32(data: bytes) -> str:
    return base64.b32encode(data).decode().rstrip("=").lower()


def expand(seed: bytes, length: int) -> bytes:
    return (seed * (length // len(seed) + 1))[:length]


def dry_run(data: bytes, needed: int, total: int, segment_size: int, convergence: bytes) -> str:
    file = WORK / "plaintext"
    file.write_bytes(data)
    command = [PROGRAMS.tarn, "put", "--dry-run", "--needed", needed, "--total", total,
               "--segment-size", segment_size, "--convergence", base32(convergence), file]
    result = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=60)
    return result.stdout if result.returncode == 0 else result.stderr


def pattern(length: int) -> bytes:
    return bytes((i * 167 + (i >> 8) * 13) & 0xFF for i in range(length))


class Vectors(unittest.TestCase):
    def test_own_vectors(self) -> None:
        for vector in json.loads(OWN.read_text())["vectors"]:
            with self.subTest(length=vector["length"], k=vector["k"], n=vector["n"]):
                cap = dry_run(pattern(vector["length"]), vector["k"], vector["n"],
                              vector["max_segment_size"], bytes.fromhex(vector["convergence"]))
                self.assertEqual(cap, vector["cap"] + "\n")

    def test_published_vectors(self) -> None:
        if not PUBLISHED.exists():
            if required("shared"):
                self.fail(f"{PUBLISHED.name} is required and absent")
            self.skipTest("the published vectors are not beside this tree")
        vectors = json.loads(PUBLISHED.read_text())["vectors"]
        for number, vector in enumerate(vectors):
            sample = vector["sample"]
            with self.subTest(number=number, length=sample["length"], needed=vector["required"]):
                cap = dry_run(expand(base64.b64decode(sample["seed"]), sample["length"]),
                              vector["required"], vector["total"], vector["max_segment_size"],
                              base64.b64decode(vector["convergence"]))
                self.assertEqual(cap, vector["cap"] + "\n")

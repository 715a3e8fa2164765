#!/usr/bin/env python3
"""Makes container_steps.json: what real Tahoe-LAFS makes of share containers, step by step.

Run with the Python of a virtual environment that has Tahoe-LAFS 1.20:
    python make_container_vectors.py > container_steps.json

Each case starts from a container (hex, made by Tahoe-LAFS, version 1 or 2) and applies steps;
after each one the SHA-256 of the whole file is given. Secrets are SHA-256 of short texts.
"""

import hashlib
import json
import os
import random
import sys
import tempfile

from allmydata.storage.immutable import ShareFile
from allmydata.storage.immutable_schema import ALL_SCHEMAS as IMMUTABLE
from allmydata.storage.lease import LeaseInfo
from allmydata.storage.mutable import MutableShareFile
from allmydata.storage.mutable_schema import ALL_SCHEMAS as MUTABLE

NODEID = bytes(range(20))
ENABLER = hashlib.sha256(b"write enabler").digest()
PLENTY = 10**9


def secret(kind, number):
    return hashlib.sha256(f"{kind} {number}".encode()).digest()


def lease(owner, number, expiration):
    return LeaseInfo(owner, secret("renew", number), secret("cancel", number), expiration, NODEID)


def contents(path):
    with open(path, "rb") as f:
        return f.read()


def record(path, steps, step):
    data = contents(path)
    step["size"] = len(data)
    step["sha256"] = hashlib.sha256(data).hexdigest()
    steps.append(step)


def random_writes(rng, limit):
    out = []
    for _ in range(rng.choice([0, 1, 1, 2, 3])):
        offset = rng.randrange(0, limit)
        out.append((offset, rng.randbytes(rng.choice([0, 1, 7, 100, 333]))))
    return out


def mutable_case(schema, seed, directory):
    rng = random.Random(seed)
    path = os.path.join(directory, f"m{schema.version}-{seed}")
    share = MutableShareFile(path, schema=schema)
    share.create(NODEID, ENABLER)
    share = MutableShareFile(path)
    start = contents(path).hex()
    steps = []
    now = 1_800_000_000
    for _ in range(25):
        now += rng.randrange(0, 5000)
        number = rng.randrange(0, 9)
        if rng.random() < 0.35:
            share.add_or_renew_lease(PLENTY, lease(1, number, now))
            record(path, steps, {"lease": number, "expiration": now})
            continue
        writes = random_writes(rng, 1500)
        length = rng.randrange(1, 1500) if rng.random() < 0.3 else None
        share.writev(writes, length)
        share.add_or_renew_lease(PLENTY, lease(1, 0, now))
        record(path, steps, {
            "writes": [[offset, data.hex()] for offset, data in writes],
            "new_length": length,
            "expiration": now,
        })
    return {"kind": "mutable", "version": schema.version, "start": start, "steps": steps}


def immutable_case(schema, size, directory):
    rng = random.Random(size)
    path = os.path.join(directory, f"i{schema.version}-{size}")
    share = ShareFile(path, max_size=size, create=True, schema=schema)
    share.write_share_data(0, rng.randbytes(size))
    share.add_lease(lease(0, 0, 1_800_000_000))
    start = contents(path).hex()
    steps = []
    now = 1_800_000_000
    for _ in range(12):
        now += rng.randrange(0, 5000)
        number = rng.randrange(0, 6)
        share = ShareFile(path)
        share.add_or_renew_lease(PLENTY, lease(1, number, now))
        record(path, steps, {"lease": number, "expiration": now})
    return {"kind": "immutable", "version": schema.version, "start": start, "steps": steps}


def main():
    cases = []
    with tempfile.TemporaryDirectory() as directory:
        for schema in sorted(MUTABLE, key=lambda schema: schema.version):
            cases += [mutable_case(schema, seed, directory) for seed in range(4)]
        for schema in sorted(IMMUTABLE, key=lambda schema: schema.version):
            cases += [immutable_case(schema, size, directory) for size in (1, 56, 1000)]
    document = {
        "made_by": "make_container_vectors.py with Tahoe-LAFS",
        "nodeid": NODEID.hex(),
        "write_enabler": ENABLER.hex(),
        "cases": cases,
    }
    json.dump(document, sys.stdout, indent=1)
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Makes the venv with the real Tahoe-LAFS, once: make_venv.py FOLDER

A folder made from the same pins is left as it is. Without a package index: exit 77 (skipped), or 1
where TARN_REQUIRE contains interop.
"""
import hashlib
import pathlib
import shutil
import subprocess
import sys
import venv

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "support"))
from processes import SKIPPED, required  # noqa: E402

PACKAGES = ["tahoe-lafs[test]==1.20.0"]
CONSTRAINTS = HERE / "peer" / "constraints.txt"
STAMP = "pins"


def pins() -> str:
    return hashlib.sha256(CONSTRAINTS.read_bytes() + " ".join(PACKAGES).encode()).hexdigest()


def is_made(folder: pathlib.Path) -> bool:
    stamp = folder / STAMP
    return stamp.exists() and stamp.read_text() == pins()


def make(folder: pathlib.Path) -> bool:
    shutil.rmtree(folder, ignore_errors=True)
    venv.create(folder, with_pip=True, symlinks=True)
    result = subprocess.run([folder / "bin" / "python", "-m", "pip", "install", "--quiet",
                             "--constraint", CONSTRAINTS, *PACKAGES])
    if result.returncode == 0:
        (folder / STAMP).write_text(pins())
    return result.returncode == 0


def main() -> int:
    folder = pathlib.Path(sys.argv[1]).resolve()
    if is_made(folder) or make(folder):
        print(folder)
        return 0
    print("the real Tahoe-LAFS could not be installed")
    return 1 if required("interop") else SKIPPED


if __name__ == "__main__":
    sys.exit(main())

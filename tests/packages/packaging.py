"""Making packages of the build, and looking into them."""
from __future__ import annotations

import os
import pathlib
import shutil
import subprocess

from work_folders import fresh_folder

BUILD = pathlib.Path(os.environ.get("TARN_BUILD", "."))
SOURCE = pathlib.Path(os.environ.get("TARN_SOURCE", "."))
CHANGELOG = SOURCE / "installers" / "packages" / "changelog"


def run(*argv: object, **options) -> str:
    """\return what it prints. An exit code other than 0 is an error that shows all output."""
    done = subprocess.run([str(a) for a in argv], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", **{"timeout": 300, **options})
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, argv))}: {done.returncode}\n{done.stdout[-4000:]}")
    return done.stdout


def missing_tool(*names: str) -> str | None:
    absent = [name for name in names if not shutil.which(name)]
    return f"not installed here: {', '.join(absent)}" if absent else None


def make_packages(folder: pathlib.Path) -> dict[str, pathlib.Path]:
    """All packages of the build, by name."""
    fresh_folder(folder)
    date = run("dpkg-parsechangelog", "-l", CHANGELOG, "-STimestamp").strip()
    run("cpack", "--config", BUILD / "CPackConfig.cmake", "-B", folder, cwd=BUILD,
        env={**os.environ, "SOURCE_DATE_EPOCH": date})
    return {package.name.partition("_")[0]: package for package in folder.glob("*.deb")}


def field(package: pathlib.Path, name: str) -> str:
    return run("dpkg-deb", "-f", package, name).strip()


def files_of(package: pathlib.Path) -> set[str]:
    """Paths of its files, without directories."""
    lines = run("dpkg-deb", "-c", package).splitlines()
    return {line.split()[5].lstrip(".") for line in lines if not line.startswith("d")}


def dependencies(package: pathlib.Path) -> list[str]:
    """Names, the first of alternatives."""
    return [part.split("|")[0].split("(")[0].strip() for part in field(package, "Depends").split(",")]

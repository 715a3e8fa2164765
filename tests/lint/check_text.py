#!/usr/bin/env python3
"""Text: ASCII, no tabs, no trailing space, no path of one machine, no overlong file, no open ends;
every header has its .cpp beside it, every test program is registered."""
import pathlib
import re
import sys

from lint_support import Finding, files, main, read, without_comments

CODE = (".h", ".cpp", ".py", ".cmake", "CMakeLists.txt", ".sh")
TEXT = (*CODE, ".md", ".json", ".toml", ".txt", ".service", ".example", ".list", "Makefile")
# Recorded from real programs, or written for people whose names are not ASCII.
FREE_TEXT = ("tests/vectors/", "tests/fuzz/corpus/", "tests/interop/peer/")
LINE_RULES = [
    (re.compile(r"[^\x00-\x7f]"), CODE, "not ASCII"),
    (re.compile(r"\t"), tuple(s for s in TEXT if s != "Makefile"), "tab"),
    (re.compile(r"[ \t\r]$"), TEXT, "trailing space"),
    (re.compile(r"/(?:work|home|root|Users|farm)/\w"), TEXT, "path of one machine"),
    (re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X|HA" r"CK)\b"), CODE, "open end"),
]
LONGEST_FILE = 800
LONGEST_LINE = 100
HEADER_ONLY = pathlib.Path(__file__).parent / "header_only.txt"


def header_only() -> dict[str, str]:
    """Headers that need no .cpp: path -> reason."""
    lines = HEADER_ONLY.read_text().splitlines()
    return dict(line.split(maxsplit=1) for line in lines if line and not line.startswith("#"))


def check_lines(name: str, lines: list[str]) -> list[Finding]:
    findings = []
    for number, line in enumerate(lines, 1):
        findings += [Finding(name, number, text) for pattern, suffixes, text in LINE_RULES
                     if name.endswith(suffixes) and pattern.search(line)]
        if name.endswith((".h", ".cpp")) and len(line) > LONGEST_LINE and "http" not in line:
            findings.append(Finding(name, number, f"longer than {LONGEST_LINE} columns"))
    if name.endswith(CODE) and len(lines) > LONGEST_FILE:
        findings.append(Finding(name, 1, f"{len(lines)} lines: longer than {LONGEST_FILE}"))
    return findings


def check_headers(root: pathlib.Path, allowed: dict[str, str]) -> list[Finding]:
    findings = []
    for name in files(root, ".h"):
        if "#pragma once" not in read(root, name):
            findings.append(Finding(name, 1, "no #pragma once"))
        path = root / name
        # A large header may have its parts in x_one.cpp, x_two.cpp.
        has_source = path.with_suffix(".cpp").is_file() or any(path.parent.glob(f"{path.stem}_*.cpp"))
        if not has_source and not name.endswith("_inl.h") and name not in allowed:
            findings.append(Finding(name, 1, "no .cpp beside it (see header_only.txt)"))
    return findings


def check_registered(root: pathlib.Path) -> list[Finding]:
    """A test or fuzz target that CMake does not know never runs."""
    registered = set()
    for name in files(root, "CMakeLists.txt"):
        text = re.sub(r"#[^\n]*", "", read(root, name))
        registered |= set(re.findall(r"\btarn_(?:test|fuzz)\s*\(\s*(\w+)", text))
        for block in re.findall(r"\bforeach\s*\(([^)]*)\)", text):
            registered |= set(block.split()[1:])
    return [Finding(name, 1, "no tarn_test/tarn_fuzz registers it")
            for name in files(root, ".cpp")
            if name.startswith("tests/") and pathlib.Path(name).stem not in registered
            and re.search(r"^\s*QTEST_\w*MAIN\(|LLVMFuzzerTestOneInput\([^;]*\)\s*\{",
                          without_comments(read(root, name)), re.MULTILINE)]


def check(root: pathlib.Path) -> list[Finding]:
    findings = check_headers(root, header_only()) + check_registered(root)
    for name in files(root, *TEXT):
        if not name.startswith(FREE_TEXT):
            findings += check_lines(name, read(root, name).split("\n")[:-1])
    return findings


if __name__ == "__main__":
    sys.exit(main(check))

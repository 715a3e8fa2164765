#!/usr/bin/env python3
"""Format: clang-format 14 with the tree's .clang-format changes nothing. `make format` applies it."""
import pathlib
import re
import subprocess
import sys

from lint_support import Finding, files, main

PROGRAM = "clang-format-14"
WARNING = re.compile(r"^(.*?):(\d+):\d+: (?:error|warning): (.*)$", re.MULTILINE)


def check(root: pathlib.Path) -> list[Finding]:
    names = files(root, ".h", ".cpp")
    result = subprocess.run([PROGRAM, "--dry-run", "-Werror", "--ferror-limit=1", *names],
                            cwd=root, capture_output=True, text=True)
    findings = [Finding(path, int(line), text)
                for path, line, text in WARNING.findall(result.stderr)]
    if result.returncode != 0 and not findings:
        findings.append(Finding(PROGRAM, 1, result.stderr.strip()))
    return findings


if __name__ == "__main__":
    sys.exit(main(check))

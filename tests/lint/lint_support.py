"""What the lints share: the list of sources, C++ text without comments, and reporting.

Every lint is a function `check(root) -> list[Finding]` in a module of its own, and a program:
`check_x.py [--root DIR]` prints the findings and exits 1 when there are any.
"""
import argparse
import dataclasses
import pathlib
import re
import subprocess
import sys

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
# Bad on purpose: they prove that the lints can fail.
SAMPLES = "tests/lint/samples/"
NOT_OURS = ("build/", "build-", ".git/", ".cache/")


@dataclasses.dataclass(frozen=True, order=True)
class Finding:
    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


def files(root: pathlib.Path, *suffixes: str) -> list[str]:
    """Paths of the tree's own files, relative to root, sorted; all suffixes when none is named."""
    if root == REPOSITORY and (root / ".git").exists():
        command = ["git", "-C", str(root), "ls-files", "-co", "--exclude-standard"]
        names = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split("\n")
    else:
        names = [path.relative_to(root).as_posix() for path in root.rglob("*")]
    return sorted({name for name in names
                   if name and (root / name).is_file()
                   and not name.startswith((SAMPLES, *NOT_OURS))
                   and "__pycache__" not in name
                   and (not suffixes or name.endswith(suffixes))})


def read(root: pathlib.Path, name: str) -> str:
    return (root / name).read_text(encoding="utf-8", errors="surrogateescape")


COMMENT_OR_LITERAL = re.compile(
    r"""//[^\n]*|/\*.*?\*/|R"(?P<mark>[^()\s\\]{0,16})\(.*?\)(?P=mark)"|"""
    r""""(?:\\.|[^"\\\n])*"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'""", re.DOTALL)


def without_comments(text: str, keep_strings: bool = False) -> str:
    """The same text with comments (and the insides of literals) blanked; offsets stay as they are."""
    def blank(match: re.Match) -> str:
        found = match.group(0)
        if found.startswith("/"):
            return re.sub(r"[^\n]", " ", found)
        if keep_strings:
            return found
        return found[0] + re.sub(r"[^\n]", "_", found[1:-1]) + found[-1]
    return COMMENT_OR_LITERAL.sub(blank, text)


def main(check) -> int:
    parser = argparse.ArgumentParser(description=sys.modules[check.__module__].__doc__)
    parser.add_argument("--root", type=pathlib.Path, default=REPOSITORY)
    findings = sorted(check(parser.parse_args().root.resolve()))
    for finding in findings:
        print(finding)
    print(f"{len(findings)} findings" if findings else "ok")
    return 1 if findings else 0

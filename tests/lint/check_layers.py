#!/usr/bin/env python3
"""Layers: every include points downwards, to a library that its folder may use, without cycles.

The rules are data, in layers.toml beside this file.
"""
import pathlib
import re
import sys
import tomllib

from lint_support import Finding, files, main, read, without_comments

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"]+)[>"]', re.MULTILINE)
GENERATED = (".moc", ".pb.h")
RULES = tomllib.loads((pathlib.Path(__file__).parent / "layers.toml").read_text())


def includes(root: pathlib.Path, name: str):
    """(line, is_library, included) of every include directive of a file."""
    text = without_comments(read(root, name), keep_strings=True)
    for match in INCLUDE.finditer(text):
        yield text.count("\n", 0, match.start()) + 1, match.group(1) == "<", match.group(2)


def is_under(name: str, folder: str) -> bool:
    return name == folder or name.startswith(folder + "/")


def folder_rule(name: str, table: dict):
    matching = [folder for folder in table if is_under(name, folder)]
    return table[max(matching, key=len)] if matching else None


def core_layer(name: str) -> str:
    return name.split("/")[1] if name.count("/") >= 2 else ""


def refuse_core(name: str, included: str) -> str | None:
    """Why `name` must not include core/..., or None."""
    target = core_layer(included)
    if target not in RULES["core"]:
        return f"core/{target} is not in the list of layers.toml"
    allowed = folder_rule(name, RULES["only_core"])
    if allowed is not None and target not in allowed:
        return f"may include only {', '.join(allowed)} of core"
    if not is_under(name, "core"):
        return None
    own = core_layer(name)
    if own not in RULES["core"]:
        return f"core/{own} is not in the list of layers.toml"
    if RULES["core"].index(target) > RULES["core"].index(own):
        return f"core/{own} lies below core/{target}"
    return None


def refuse_project(root: pathlib.Path, name: str, included: str) -> str | None:
    if included.endswith(GENERATED):
        return None
    if not (root / included).is_file():
        return f'"{included}" is not a path from the root of the tree'
    if is_under(included, "core"):
        return refuse_core(name, included)
    if is_under(name, "core"):
        return "core includes only core"
    own = max((f for f in RULES["folders"] if is_under(name, f)), key=len, default="")
    allowed = RULES["folders"].get(own, [])
    if not any(is_under(included, folder) for folder in [own, *allowed] if folder):
        return f"{own or name} may not include {included}"
    return None


def refuse_library(name: str, included: str) -> str | None:
    if is_under(name, "tests"):
        return None
    for rule in RULES["library"]:
        if not included.startswith(tuple(rule["headers"])):
            continue
        if not any(is_under(name, folder) for folder in rule["folders"]):
            return f"<{included}> belongs to {' and '.join(rule['folders']) or 'nobody'}"
        if rule["cpp_only"] and name.endswith(".h"):
            return f"<{included}> is too heavy for a header"
        return None
    return None


def roles_of(name: str, found: list[tuple[int, bool, str]]) -> list[Finding]:
    roles = folder_rule(name, RULES["one_role_per_file"]) or []
    first: dict[str, int] = {}
    for line, is_library, included in found:
        for role in roles:
            if not is_library and is_under(included, role):
                first.setdefault(role, line)
    lines = sorted((line, role) for role, line in first.items())
    return [Finding(name, line, f"a second role, {role}, in one daemon") for line, role in lines[1:]]


def cycles(graph: dict[str, dict[str, int]]) -> list[Finding]:
    """One finding per include that closes a cycle (depth-first search)."""
    findings, done, path = [], set(), []

    def visit(name: str) -> None:
        path.append(name)
        for included, line in sorted(graph[name].items()):
            if included in path:
                loop = path[path.index(included):] + [included]
                findings.append(Finding(name, line, "include cycle: " + " -> ".join(loop)))
            elif included not in done and included in graph:
                visit(included)
        path.pop()
        done.add(name)

    for name in sorted(graph):
        if name not in done:
            visit(name)
    return findings


def check(root: pathlib.Path) -> list[Finding]:
    findings, graph = [], {}
    for name in files(root, ".h", ".cpp"):
        found = list(includes(root, name))
        findings += roles_of(name, found)
        graph[name] = {}
        for line, is_library, included in found:
            reason = refuse_library(name, included) if is_library else \
                refuse_project(root, name, included)
            if reason:
                findings.append(Finding(name, line, reason))
            # x_inl.h is the second half of x.h, not a file of its own.
            if not is_library and name != included.replace(".h", "_inl.h"):
                graph[name][included] = line
    return findings + cycles(graph)


if __name__ == "__main__":
    sys.exit(main(check))

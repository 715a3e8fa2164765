"""Which changes of a directory were not yet on disk when a server sent something, from
`strace -f -y -o FILE` of it. Pure."""
from __future__ import annotations

import dataclasses
import posixpath
import re

CHANGES = ["pwritev", "pwrite64", "write", "ftruncate", "renameat2", "mkdirat"]
SYNCS = ["fsync", "fdatasync", "syncfs"]
SENDS = ["sendmsg", "sendto"]
COMMAND = ["strace", "-D", "-f", "-y", "-qq", "-s", "300", "-e", "trace=" + ",".join(CHANGES + SYNCS + SENDS),
           "-e", "signal=none", "-o"]

LINE = re.compile(r"^(?P<pid>\d+)\s+(?:(?P<name>\w+)\((?P<rest>.*)|<\.\.\. (?P<resumed>\w+) resumed>(?P<end>.*))$")
UNFINISHED = "<unfinished ...>"
FILE = re.compile(r"^\d+<(?P<path>[^>]*)>")
RENAME = re.compile(r'^\d+<(?P<root>[^>]*)>, "(?P<old>[^"]*)", \d+<[^>]*>, "(?P<new>[^"]*)"')
MKDIR = re.compile(r'^\d+<(?P<root>[^>]*)>, "(?P<path>[^"]*)"')


@dataclasses.dataclass
class Event:
    name: str
    text: str        # arguments and result
    begin: int       # line numbers
    end: int

    @property
    def good(self) -> bool:
        return " = -1 " not in self.text


def parse(log: str) -> list[Event]:
    """In order of their ends; a send counts from its begin."""
    events, open_ = [], {}
    for number, line in enumerate(log.splitlines()):
        match = LINE.match(line)
        if not match:
            continue
        if match["name"] and match["rest"].endswith(UNFINISHED):
            open_[match["pid"]] = Event(match["name"], match["rest"].removesuffix(UNFINISHED), number, number)
        elif match["name"]:
            events.append(Event(match["name"], match["rest"], number, number))
        elif event := open_.pop(match["pid"], None):
            event.text += match["end"]
            event.end = number
            events.append(event)
    events += open_.values()
    return sorted(events, key=lambda event: event.begin if event.name in SENDS else event.end)


def _join(root: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(root, path))


class Disk:
    """What is changed and not synced below one directory, but for what nobody was promised: files that
    have no name outside incoming/ yet, and the one with which the server tries its disk."""

    def __init__(self, root: str) -> None:
        self._root = root.rstrip("/") + "/"
        self._dirty: dict[str, int] = {}  # by path: when it was last changed

    def _change(self, path: str, when: int) -> None:
        if path.startswith(self._root):
            self._dirty[path] = when

    def apply(self, event: Event) -> None:
        if not event.good:
            return
        if event.name == "renameat2":
            match = RENAME.match(event.text)
            old, new = _join(match["root"], match["old"]), _join(match["root"], match["new"])
            if old in self._dirty:
                self._dirty[new] = self._dirty.pop(old)
            self._change(posixpath.dirname(new), event.end)
        elif event.name == "mkdirat":
            match = MKDIR.match(event.text)
            self._change(posixpath.dirname(_join(match["root"], match["path"])), event.end)
        elif event.name in CHANGES:
            self._change(FILE.match(event.text)["path"], event.end)
        elif event.name == "syncfs":
            self._dirty = {path: when for path, when in self._dirty.items() if when > event.begin}
        elif event.name in ("fsync", "fdatasync"):
            path = FILE.match(event.text)["path"]
            if self._dirty.get(path, event.begin) <= event.begin:
                self._dirty.pop(path, None)

    def unsynced(self) -> set[str]:
        return {path for path in self._dirty
                if "/incoming" not in path and not path.endswith("/tarn-journal/probe")}


def early_sends(events: list[Event], root: str) -> list[str]:
    """Sends that happened while something was not on disk."""
    disk, out = Disk(root), []
    for event in events:
        if event.name in SENDS:
            if unsynced := disk.unsynced():
                out.append(f"line {event.begin + 1}: sent before {sorted(unsynced)}")
        else:
            disk.apply(event)
    return out

"""Figures of a benchmark run: as JSON lines for machines, as a table with budgets for people."""
from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import time

# What design.md section 10 asks of Tarn. A factor is of the floor of the same run; `least` and `most`
# are absolute; `times` is how much better than Tahoe-LAFS in the same run.
BUDGETS = {
    "upload: client CPU": ("factor", 1.25),
    "download: client CPU": ("factor", 1.25),
    "upload: CPU of all processes": ("most", 7.5),
    "upload: one file of 100 MB": ("least", 200),
    "download: one file of 100 MB": ("least", 450),
    "10 kB files: PUT": ("least", 360),
    "10 kB files: GET": ("least", 1500),
    "peak memory: gateway, big file": ("most", 64),
    "peak memory: largest server, big file": ("most", 48),
    "peak memory: gateway, SDMF write of 33 MB": ("most", 64),
    "peak memory: gateway, MDMF write of 33 MB": ("most", 64),
    "peak memory: server, mutable write of 33 MB": ("most", 48),
    "memory of an idle TLS connection": ("most", 24),
    "idle CPU of servers and gateway": ("most", 0.5),
    "start-up of a store": ("most", 1),
    "1000 downloads of 1 MB at once: whole and right": ("least", 1000),
    "SDMF, 10 kB: create": ("least", 50),
    "SDMF, 10 kB: overwrite": ("least", 50),
    "SDMF, 10 kB: read": ("least", 500),
    "mkdir": ("least", 50),
    "mkdir without end": ("least", 0),  # 0.8 x the RSA keys of the run
    **{f"MDMF, {size} MB: {what}": ("times", 10) for size in (5, 100)
       for what in ("create", "read", "1 % changed in the middle")},
    "MDMF, 100 MB: sent for that, of what is stored": ("most", 2),
    "directory of 100 children: listed": ("times", 10),
    "directory of 100 children: one added": ("times", 10),
    "directory of 10000 children: listed": ("most", 100),
    "directory of 10000 children: one added": ("most", 300),
    "deep-check of 1000 files": ("times", 10),
    "cp -r of 1000 files of 10 kB to the grid": ("times", 10),
    "cp -r of 1000 files of 10 kB back": ("times", 10),
    **{f"gossip: {what}": ("most", 40) for what in  # 3 log2 of 10,000 nodes; of this run's with fewer
       ("all join", "one server changes", "newcomers", "after an hour of churn", "a division heals")},
    "gossip: an hour of churn, per node": ("most", 100),  # and 1.5 x the records that changed
    "gossip: an hour without change, per node": ("most", 100),
    "durable shares of 10 kB: the store": ("least", 0),  # 0.8 x the run's best grouped policy with a directory for each
}


@dataclasses.dataclass
class Figure:
    what: str    # "tarn", "tahoe", "machine"
    name: str
    value: float
    unit: str
    floor: float | None = None  # what this machine does at best, in the same unit
    limit: float | None = None  # a budget that depends on this run, in place of BUDGETS
    short_of: str = ""  # the size that the budget is for, where this run was of a smaller one

    def verdict(self, tahoe: float | None = None) -> str:
        """"budget <= 9.1: met" or "...: MISSED"; empty without a budget. tahoe: Tahoe-LAFS's figure."""
        kind, number = BUDGETS.get(self.name, ("", 0))
        if not kind or self.what != "tarn":
            return ""
        beside = {"factor": self.floor and number * self.floor, "times": tahoe and tahoe / number}
        limit = self.limit or beside.get(kind, number)
        if limit is None:
            return ""
        if self.short_of:
            return f"budget is for {self.short_of}: not judged"
        good = self.value >= limit if kind == "least" else self.value <= limit
        return f"budget {'>=' if kind == 'least' else '<='} {limit:.4g}: {'met' if good else 'MISSED'}"


def cell(value: float | None) -> str:
    return " " * 9 if value is None else f"{value:9.4g}"


class Report:
    """Prints each figure as it comes and keeps it: in OUT/results.jsonl, one JSON line each, and
    for the table at the end."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self._file = folder / "results.jsonl"
        self._run = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self._figures: list[Figure] = []
        self._notes: list[str] = []
        self.failed = False
        self._load = os.getloadavg()[0]
        self._begin = time.monotonic()

    def add(self, what: str, name: str, value: float, unit: str, floor: float | None = None,
            limit: float | None = None, short_of: str = "") -> None:
        figure = Figure(what, name, value, unit, floor, limit, short_of)
        self._figures.append(figure)
        self._write(dataclasses.asdict(figure))
        print(f"{what:8} {name:48} {value:9.4g} {unit}", flush=True)

    def point(self, chart: str, curve: str, x: float, y: float) -> None:
        """Of a chart; not in the table."""
        self._write({"chart": chart, "curve": curve, "x": x, "y": y})

    def note(self, text: str) -> None:
        """What the reader of the table should know, such as why something is missing."""
        self._notes.append(text)
        self._write({"note": text})
        print(text, flush=True)

    def fail(self, text: str) -> None:
        """A note that makes the whole run a failure."""
        self.failed = True
        self.note(text)

    def _write(self, line: dict) -> None:
        with open(self._file, "a") as file:
            file.write(json.dumps({"run": self._run, **line}) + "\n")

    def table(self) -> str:
        """One row for each figure of Tarn, beside the floor and Tahoe's; then the machine's own."""
        others = {(figure.what, figure.name): figure for figure in self._figures}
        rows = [f"{'':48} {'Tarn':>9} {'floor':>9} {'Tahoe':>9}"]
        for figure in self._figures:
            if figure.what == "machine" or figure.what == "tahoe" and ("tarn", figure.name) in others:
                continue
            tahoe = others.get(("tahoe", figure.name))
            own = figure.value if figure.what == "tarn" else None
            beside = tahoe.value if tahoe else None
            rows.append(f"{figure.name:48} {cell(own)} {cell(figure.floor)} {cell(beside)} "
                        f"{figure.unit:9} {figure.verdict(beside)}".rstrip())
        machine = [figure for figure in self._figures if figure.what == "machine"]
        if machine:
            rows += ["", "this machine"]
            rows += [f"{figure.name:48} {cell(figure.value)} {figure.unit}" for figure in machine]
        return "\n".join([*rows, "", *self._notes])

    def finish(self) -> None:
        load = os.getloadavg()[0]
        # Our own processes keep some two CPUs busy at the end, nobody should at the start.
        busy = "; the machine was busy: CPU seconds count, wall does not" if self._load > 0.5 else ""
        self.note(f"{os.cpu_count()} CPUs, load {self._load:.1f} at the start, {load:.1f} at the end, "
                  f"{(time.monotonic() - self._begin) / 60:.1f} minutes{busy}")
        (self.folder / "table.txt").write_text(f"{self._run}\n{self.table()}\n")
        print(f"\n{self.table()}\n\nwritten to {self._file}, the table to {self.folder / 'table.txt'}")

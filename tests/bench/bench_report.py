"""Figures of a benchmark run: as JSON lines for machines, as a table with budgets for people."""
from __future__ import annotations

import dataclasses
import json
import pathlib
import time

# What design.md section 10 asks of Tarn. A factor is of the floor of the same run; `least` and `most`
# are absolute.
BUDGETS = {
    "upload: client CPU": ("factor", 1.25),
    "download: client CPU": ("factor", 1.25),
    "upload: CPU of all processes": ("most", 7.5),
    "download: speed, one file of 100 MB": ("least", 450),
    "10 kB files: PUT": ("least", 360),
    "10 kB files: GET": ("least", 1500),
    "peak memory: gateway": ("most", 64),
    "peak memory: largest server": ("most", 48),
    "idle CPU, 10 servers and a gateway": ("most", 0.5),
}


@dataclasses.dataclass
class Figure:
    what: str    # "tarn", "tahoe", "primitive"
    name: str
    value: float
    unit: str
    floor: float | None


def verdict(figure: Figure) -> str:
    """"budget 9.1: met" or "budget 9.1: MISSED"; empty without a budget."""
    kind, number = BUDGETS.get(figure.name, ("", 0))
    if not kind or kind == "factor" and figure.floor is None:
        return ""
    limit = number * figure.floor if kind == "factor" else number
    good = figure.value >= limit if kind == "least" else figure.value <= limit
    return f"budget {'>=' if kind == 'least' else '<='} {limit:.4g}: {'met' if good else 'MISSED'}"


class Report:
    def __init__(self, folder: pathlib.Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / "results.jsonl"
        self._run = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        self._figures: list[Figure] = []

    def add(self, what: str, name: str, value: float, unit: str, floor: float | None = None) -> None:
        figure = Figure(what, name, value, unit, floor)
        self._figures.append(figure)
        with open(self._file, "a") as file:
            file.write(json.dumps({"run": self._run, **dataclasses.asdict(figure)}) + "\n")
        print(f"{what:10} {name:45} {value:10.4g} {unit}", flush=True)

    def print_table(self) -> None:
        tahoe = {figure.name: figure for figure in self._figures if figure.what == "tahoe"}
        print(f"\n{'':45} {'Tarn':>10} {'floor':>10} {'Tahoe':>10}")
        for figure in self._figures:
            if figure.what != "tarn":
                continue
            floor = f"{figure.floor:10.4g}" if figure.floor else " " * 10
            other = f"{tahoe[figure.name].value:10.4g}" if figure.name in tahoe else " " * 10
            print(f"{figure.name:45} {figure.value:10.4g} {floor} {other} {figure.unit:12} "
                  f"{verdict(figure)}")
        print(f"\nwritten to {self._file}")

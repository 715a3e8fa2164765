"""Gossip between many nodes, simulated in virtual time by bench_gossip: rounds and traffic."""
from __future__ import annotations

import json
import subprocess

from bench_grid import Run


def measure(run: Run) -> None:
    nodes, servers = ("2000", "200") if run.options.quick else ("10000", "500")
    program = run.options.build / "bin" / "bench_gossip"
    ended = subprocess.run([program, nodes, servers], capture_output=True, text=True)
    for text in ended.stdout.splitlines():
        line = json.loads(text)
        run.report.add("tarn" if line["limit"] else "machine", line["name"], line["value"], line["unit"],
                       limit=line["limit"] or None)
    run.report.note(f"gossip: {nodes} simulated nodes, {servers} of them servers; a round is 5 s")
    if ended.returncode != 0:
        run.report.fail(f"gossip: outside its bounds, or failed: {ended.stderr[-500:]}")

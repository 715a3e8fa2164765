"""Punched paths between two homes behind real routers: which way comes about for each pair of kinds, how
soon, and what goes through. The two sides are small programs (punch_peer.cpp)."""
from __future__ import annotations

import itertools
import json
import os
import pathlib
import subprocess
import unittest

import nat_routers
from nat_routers import KINDS, RENDEZVOUS, STUN, Home
from rendezvous_double import Rendezvous, StunServer

PORTS = itertools.count(3456)  # a closed connection keeps its pair of ports for a minute
LIMIT = 30
PEER = pathlib.Path(os.environ.get("TARN_PROGRAMS", ".")).resolve().parent / "tests/netns/punch_peer"


def expected(one: str, other: str, tcp: bool) -> str | None:
    """The way that comes about: "tcp", "udp" or none."""
    kinds = {one, other}
    if tcp and ("symmetric" not in kinds or "open" in kinds):
        return "tcp"
    if "no-udp" in kinds:
        return None
    if "symmetric" in kinds and kinds & {"symmetric", "port"} == kinds:
        return None
    return "udp"


class Punching(unittest.TestCase):
    def setUp(self) -> None:
        self.rendezvous, self.stun = Rendezvous(RENDEZVOUS), StunServer(STUN)
        self.addCleanup(self.rendezvous.close)
        self.addCleanup(self.stun.close)

    def command(self, home: Home, name: str, ways: list[str], *more: str) -> list[str]:
        return [str(PEER), "--name", name, "--rendezvous", self.rendezvous.address, "--stun", self.stun.address,
                "--own", f"{home.address}:{next(PORTS)}", *ways, *more]

    def meet(self, one: Home, other: Home, ways: list[str], seconds: float = 0.2, times: int = 1) -> list[dict]:
        """What `one` tells of its attempts to reach `other`."""
        with other.desktop.inside():
            answers = subprocess.Popen(self.command(other, "bob", ways), stdout=subprocess.PIPE, text=True)
        try:
            self.assertIn("ready", answers.stdout.readline())
            with one.desktop.inside():
                asks = subprocess.run(
                    self.command(one, "alice", ways, "--peer", "bob", "--seconds", str(seconds), "--times", str(times)),
                    stdout=subprocess.PIPE, text=True, timeout=LIMIT + times * (seconds + 8), check=True)
        finally:
            answers.terminate()
            answers.wait(10)
            answers.stdout.close()
        return [json.loads(line) for line in asks.stdout.splitlines()]

    def table(self, ways: list[str], limit: float) -> None:
        homes = {}
        for number, kind in enumerate(KINDS):
            homes[kind] = Home(2 * number + 1, kind), Home(2 * number + 2, kind)
        self.addCleanup(lambda: [home.close() for pair in homes.values() for home in pair])
        wrong = []
        for one in KINDS:
            for other in KINDS:
                asks, answers = homes[one][0], homes[other][1]
                [seen] = self.meet(asks, answers, ways)
                rate = seen["bytes"] * 8e-6 / seen["took"] if seen.get("took") else 0
                way = seen.get("kind")
                print(f"{one:10} {other:10} {way or '-':4} {seen['seconds']:6.3f} s {rate:8.0f} Mbit/s", flush=True)
                if way != expected(one, other, "--tcp" in ways) or seen["seconds"] > limit or "broken" in seen:
                    wrong.append((one, other, seen))
        self.assertEqual(wrong, [])

    def test_each_pair_by_whatever_works(self) -> None:
        self.table(["--tcp", "--udp"], 5)

    def test_each_pair_by_udp_alone(self) -> None:
        self.table(["--udp"], 5)

    def test_where_tcp_works_no_datagram_is_sent(self) -> None:
        one, other = Home(21, "port"), Home(22, "port")
        self.addCleanup(one.close)
        self.addCleanup(other.close)
        [seen] = self.meet(one, other, ["--tcp", "--udp"])
        self.assertEqual(seen["kind"], "tcp")
        self.assertLess(seen["seconds"], 0.35)
        self.assertEqual(self.stun.asked, 0)


if __name__ == "__main__":
    nat_routers.run()

"""Runs a test module again in a network namespace of its own, with loopback and a sink: a default
route whose every packet is counted and goes nowhere."""
from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import netns

INSIDE = "TARN_INSIDE_NAMESPACE"
UNSHARE = ["unshare", "--map-root-user", "--net"]
# Half of a pair whose other half nobody reads. The kernel itself has nothing to say on it: no ARP, no
# IPv6.
SINK = ("ip link set lo up && echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6 && "
        "ip link add sink type veth peer name drain && ip link set drain up && "
        "ip link set sink arp off up && ip addr add 198.51.100.2/24 dev sink && "
        "ip route add default via 198.51.100.1 dev sink")
ALONE = "ip link set lo up"


def unavailable(setup: str = SINK) -> str | None:
    result = subprocess.run([*UNSHARE, "sh", "-c", setup], capture_output=True, text=True)
    return None if result.returncode == 0 else f"no network namespaces here: {result.stderr[:200]}"


def sunk_packets() -> int:
    """Packets that were sent over the default route."""
    for line in pathlib.Path("/proc/self/net/dev").read_text().splitlines():
        name, _, counters = line.partition(":")
        if name.strip() == "sink":
            return int(counters.split()[9])
    raise RuntimeError("there is no sink")


def run(reason_against=lambda: None, setup: str = SINK) -> None:
    """The main program of a module whose tests belong into a namespace."""
    if os.environ.get(INSIDE):
        netns.run(lambda: None)
    reason = reason_against() or unavailable(setup)
    if reason:
        netns.run(lambda: reason)
    os.environ[INSIDE] = "1"
    os.execvp(UNSHARE[0], [*UNSHARE, "sh", "-c", f'{setup} && exec "$0" "$@"',
                           sys.executable, "-B", *sys.argv])

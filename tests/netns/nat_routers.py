"""Homes behind routers, on an "internet" that is the namespace of the test: each home is a router and a
desktop, two network namespaces. A router translates in one of the ways that routers do, and drops what is
new on its outer side.

  open          no router at all: the desktop has a public address
  full          full cone: whoever sends to the hole is let in (UDP; TCP as port-restricted)
  address       address-restricted: hosts that were sent to are let in (UDP; TCP as port-restricted)
  port          port-restricted: only where the desktop sent to answers are let in
  symmetric     another hole for each destination
  no-udp        port-restricted, and no UDP at all
"""
from __future__ import annotations

import contextlib
import ctypes
import os
import pathlib
import subprocess
from collections.abc import Iterator

import isolation

NET = "11.22.33"  # not one of those that are reserved for documents: libraries know them
GATEWAY, STUN, RENDEZVOUS = f"{NET}.1", f"{NET}.10", f"{NET}.20"
SETUP = ("ip link set lo up && echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6 && "
         "echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6 && echo 0 > /proc/sys/net/ipv4/ip_forward && "
         "ip link add br0 type bridge && ip link set br0 up && " +
         " && ".join(f"ip addr add {host}/24 dev br0" for host in (GATEWAY, STUN, RENDEZVOUS)) +
         " && nft list ruleset")
KINDS = ("open", "full", "address", "port", "symmetric", "no-udp")
_NEW_NETWORK = 0x40000000  # CLONE_NEWNET
_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)


def run() -> None:
    """The main program of a module that needs homes."""
    isolation.run(setup=SETUP)


class Namespace:
    """What is started or connected inside() is there."""

    def __init__(self) -> None:
        before = self._own()
        try:
            _checked(_libc.unshare(_NEW_NETWORK))
            self._descriptor = self._own()
        finally:
            _checked(_libc.setns(before, _NEW_NETWORK))
            os.close(before)
        with self.inside():
            _ip("link", "set", "lo", "up")

    @staticmethod
    def _own() -> int:
        return os.open("/proc/thread-self/ns/net", os.O_RDONLY)

    @property
    def path(self) -> str:
        return f"/proc/{os.getpid()}/fd/{self._descriptor}"

    @contextlib.contextmanager
    def inside(self) -> Iterator[None]:
        before = self._own()
        _checked(_libc.setns(self._descriptor, _NEW_NETWORK))
        try:
            yield
        finally:
            _checked(_libc.setns(before, _NEW_NETWORK))
            os.close(before)

    def sysctl(self, name: str, value: str) -> None:
        with self.inside():
            pathlib.Path("/proc/sys/net", name).write_text(value)

    def close(self) -> None:
        """Its links go with it, once nothing runs in it."""
        os.close(self._descriptor)


def _rules(kind: str, desktop: str) -> str:
    forward = 'ct state established,related accept; ct status dnat accept; iifname "wan" drop;'
    after, before, sets = 'oifname "wan" masquerade', "", ""
    if kind == "symmetric":
        after = 'oifname "wan" masquerade fully-random'
    if kind == "no-udp":
        forward = "meta l4proto udp drop; " + forward
    if kind == "full":
        sets = "map holes { type inet_service : ipv4_addr . inet_service; flags dynamic,timeout; timeout 180s; }"
        after = (f'oifname "wan" meta l4proto udp ip saddr {desktop} update @holes '
                 '{ udp sport : ip saddr . udp sport }\n oifname "wan" masquerade')
        before = 'iifname "wan" meta l4proto udp dnat ip to udp dport map @holes'
    if kind == "address":
        sets = "set holes { type ipv4_addr . inet_service; flags dynamic,timeout; timeout 180s; }"
        after = (f'oifname "wan" meta l4proto udp ip saddr {desktop} update @holes '
                 '{ ip daddr . udp sport }\n oifname "wan" masquerade')
        before = f'iifname "wan" ip saddr . udp dport @holes dnat ip to {desktop}'
    return f"""
table ip home {{
  {sets}
  chain before {{ type nat hook prerouting priority dstnat; {before}
  }}
  chain after {{ type nat hook postrouting priority srcnat; {after}
  }}
  chain own {{ type filter hook input priority filter; iifname "wan" ct state new drop; }}
  chain through {{ type filter hook forward priority filter; {forward} }}
}}"""


class Home:
    """Number 1 to 50. `desktop` is where its programs run, at `address`; others see `public`."""

    def __init__(self, number: int, kind: str) -> None:
        if kind not in KINDS:
            raise ValueError(kind)
        self.kind = kind
        self.public = f"{NET}.{100 + number}"
        self.desktop = Namespace()
        self.router = None if kind == "open" else Namespace()
        outer = self.router or self.desktop
        plug = f"home{number}"
        _ip("link", "add", plug, "type", "veth", "peer", "name", "wan", "netns", outer.path)
        _ip("link", "set", plug, "master", "br0", "up")
        with outer.inside():
            _ip("addr", "add", f"{self.public}/24", "dev", "wan")
            _ip("link", "set", "wan", "up")
            _ip("route", "add", "default", "via", GATEWAY)
        self.address = self.public
        if self.router:
            self.address = f"192.168.{number}.2"
            self._behind(number)

    def _behind(self, number: int) -> None:
        with self.router.inside():
            _ip("link", "add", "lan", "type", "veth", "peer", "name", "eth0", "netns", self.desktop.path)
            _ip("addr", "add", f"192.168.{number}.1/24", "dev", "lan")
            _ip("link", "set", "lan", "up")
            subprocess.run(["nft", "-f", "-"], input=_rules(self.kind, self.address), text=True, check=True)
        self.router.sysctl("ipv4/ip_forward", "1")
        with self.desktop.inside():
            _ip("addr", "add", f"{self.address}/24", "dev", "eth0")
            _ip("link", "set", "eth0", "up")
            _ip("route", "add", "default", "via", f"192.168.{number}.1")

    @contextlib.contextmanager
    def long_line(self, emulator: pathlib.Path, delay_ms: float, loss_percent: float = 0, rate_mbit: float = 0,
                  buffer_ms: float = 100) -> Iterator[None]:
        """Between this router and the internet each packet takes its time, in both directions."""
        def rule(verb: str, side: str, queue: int) -> None:
            # Kernels without queues of nftables have this one.
            with self.router.inside():
                subprocess.run(["iptables-legacy", "-t", "mangle", verb, "FORWARD", side, "wan", "-j", "NFQUEUE",
                                "--queue-num", str(queue), "--queue-bypass"], check=True)

        with contextlib.ExitStack() as stack:
            for queue, side in enumerate(("-o", "-i")):
                with self.router.inside():
                    process = subprocess.Popen(
                        [str(emulator), *map(str, (queue, delay_ms, loss_percent, rate_mbit, buffer_ms, queue + 1))],
                        stdout=subprocess.PIPE, text=True)
                stack.enter_context(process)
                stack.callback(process.terminate)
                if process.stdout.readline() != "ready\n":
                    raise RuntimeError("no NFQUEUE here")
                rule("-A", side, queue)
                stack.callback(rule, "-D", side, queue)
            yield

    def forget(self) -> None:
        """What the router knows of connections, as after a restart of it."""
        with self.router.inside():
            subprocess.run(["conntrack", "-F"], check=True, capture_output=True)

    def close(self) -> None:
        for namespace in (self.desktop, self.router):
            if namespace:
                namespace.close()

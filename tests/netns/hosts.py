"""Hosts of their own around a router: each is a network namespace with one address, the router is the
namespace of the test. The router can be told to swallow what goes from one network to another."""
from __future__ import annotations

import contextlib
import ctypes
import os
import pathlib
import subprocess
from collections.abc import Iterator

import isolation

ROUTER = "10.77.0.1"
# To run the module in: loopback, forwarding, and the address that all hosts see.
SETUP = (f"ip link set lo up && echo 1 > /proc/sys/net/ipv4/ip_forward && ip addr add {ROUTER}/32 dev lo && "
         "echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6")
_NEW_NETWORK = 0x40000000  # CLONE_NEWNET
_libc = ctypes.CDLL(None, use_errno=True)


def _checked(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _own_namespace() -> int:
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY)


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)


def run() -> None:
    """The main program of a module that needs hosts."""
    isolation.run(setup=SETUP)


class Host:
    """What is started or connected inside() is there."""

    _count = 0

    def __init__(self, address: str, router_address: str = ROUTER) -> None:
        Host._count += 1
        self.address = address
        self.link = link = f"host{Host._count}"  # its network interface, at the router
        router = _own_namespace()
        try:
            _checked(_libc.unshare(_NEW_NETWORK))
            self._namespace = _own_namespace()
        finally:
            _checked(_libc.setns(router, _NEW_NETWORK))
            os.close(router)
        _ip("link", "add", link, "type", "veth", "peer", "name", "eth0",
            "netns", f"/proc/{os.getpid()}/fd/{self._namespace}")
        _ip("link", "set", link, "up")
        _ip("route", "add", f"{address}/32", "dev", link)
        with self.inside():
            _ip("link", "set", "lo", "up")
            _ip("addr", "add", f"{address}/32", "dev", "eth0")
            _ip("link", "set", "eth0", "up")
            _ip("route", "add", router_address, "dev", "eth0")
            _ip("route", "add", "default", "via", router_address)

    @contextlib.contextmanager
    def inside(self) -> Iterator[None]:
        """This thread's new sockets and processes belong to the host."""
        before = _own_namespace()
        _checked(_libc.setns(self._namespace, _NEW_NETWORK))
        try:
            yield
        finally:
            _checked(_libc.setns(before, _NEW_NETWORK))
            os.close(before)


_NAT = """
table ip home {
  chain out { type nat hook postrouting priority srcnat; oifname "eth0" masquerade; }
  chain in { type filter hook input priority filter; iifname "eth0" ct state new drop; }
  chain through { type filter hook forward priority filter; ct state established,related accept; iifname "eth0" drop; }
}
"""


class Home(Host):
    """A host behind a router of its own that lets connections out and none in: address and port translation that is
    restricted to the port (masquerade), what comes from outside unasked is dropped."""

    def __init__(self, address: str, inside: str) -> None:
        self.router = Host(address)
        with self.router.inside():
            pathlib.Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
            subprocess.run(["nft", "-f", "-"], input=_NAT.encode(), check=True)
            super().__init__(inside, address)


class Cut:
    """Between two networks, such as "10.77.1.0/24": packets vanish, nobody is told."""

    def __init__(self, one: str, other: str) -> None:
        self._rules = [["from", one, "to", other, "blackhole"], ["from", other, "to", one, "blackhole"]]

    def make(self) -> None:
        for rule in self._rules:
            _ip("rule", "add", *rule)

    def heal(self) -> None:
        for rule in self._rules:
            _ip("rule", "del", *rule)

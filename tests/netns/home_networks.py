"""Homes behind routers around a piece of the internet, which is the namespace of the test: each router and each desktop is a
network namespace of its own. Routers have real NATs (nftables) and, where a test wants it, a real miniupnpd."""
from __future__ import annotations

import contextlib
import os
import pathlib
import subprocess
from collections.abc import Iterator

import isolation
from hosts import _NEW_NETWORK, _checked, _libc, _own_namespace
from processes import Process

# Of no reserved range, or miniupnpd would say that nobody can be let in.
PUBLIC = "11.22.33"
_QUIET = "echo 1 > /proc/sys/net/ipv6/conf/default/disable_ipv6"
# To run the module in. Nothing is forwarded here: what goes nowhere vanishes.
SETUP = (f"ip link set lo up && {_QUIET} && ip link add inet type bridge && ip link set inet up && "
         f"ip addr add {PUBLIC}.1/24 dev inet")

# What comes to a router unasked is dropped, as home routers do.
_PORT_RESTRICTED = 'oifname "wan" masquerade'
_SYMMETRIC = 'oifname "wan" masquerade random'
NATS = {"port-restricted": _PORT_RESTRICTED, "symmetric": _SYMMETRIC}


def run() -> None:
    """The main program of a module that needs homes."""
    isolation.run(missing, setup=SETUP)


def missing() -> str | None:
    for tool in ("nft", "miniupnpd"):
        if subprocess.run(["which", tool], capture_output=True).returncode != 0:
            return f"{tool} is not installed"
    return None


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)


class Space:
    """A network namespace. What is started or connected inside() is there."""

    def __init__(self) -> None:
        outside = _own_namespace()
        try:
            _checked(_libc.unshare(_NEW_NETWORK))
            self._namespace = _own_namespace()
        finally:
            _checked(_libc.setns(outside, _NEW_NETWORK))
            os.close(outside)
        with self.inside():
            pathlib.Path("/proc/sys/net/ipv6/conf/default/disable_ipv6").write_text("1")
            _ip("link", "set", "lo", "up")

    @contextlib.contextmanager
    def inside(self) -> Iterator[None]:
        before = _own_namespace()
        _checked(_libc.setns(self._namespace, _NEW_NETWORK))
        try:
            yield
        finally:
            _checked(_libc.setns(before, _NEW_NETWORK))
            os.close(before)

    def plug(self, name: str, address: str, port: str, bridge: str, *more: str) -> None:
        """A cable from here, where it is called `name`, to a bridge of the namespace that this runs in."""
        _ip("link", "add", port, "type", "veth", "peer", "name", name, "netns", f"/proc/{os.getpid()}/fd/{self._namespace}")
        _ip("link", "set", port, "master", bridge, "up")
        with self.inside():
            _ip("addr", "add", address, "dev", name, *more)
            _ip("link", "set", name, "up")

    def ip(self, *arguments: str) -> None:
        with self.inside():
            _ip(*arguments)


class Desktop(Space):
    """A machine of the internet or of a home."""

    def __init__(self, address: str, port: str, bridge: str, gateway: str) -> None:
        super().__init__()
        self.address = address
        self.plug("eth0", f"{address}/24", port, bridge)
        self.ip("route", "add", "default", "via", gateway)


class Home(Space):
    """A router with the machines behind it."""

    _count = 0

    def __init__(self, folder: pathlib.Path, nat: str = "port-restricted", behind: Home | None = None) -> None:
        """behind: its router is a machine of another home."""
        super().__init__()
        Home._count += 1
        self.number = Home._count
        self.folder = folder
        self.nat = nat
        self.public = f"{PUBLIC}.{100 + self.number}"
        self.lan = f"192.168.{self.number}"
        self.desktops = 0
        self.upnp: Process | None = None
        gateway = f"{PUBLIC}.1"
        if behind:
            self.public, gateway = f"{behind.lan}.{100 + self.number}", f"{behind.lan}.1"
        with behind.inside() if behind else contextlib.nullcontext():
            self.plug("wan", f"{self.public}/24", f"home{self.number}", "lan" if behind else "inet")
        with self.inside():
            pathlib.Path("/proc/sys/net/ipv4/ip_forward").write_text("1")
            _ip("route", "add", "default", "via", gateway)
            _ip("link", "add", "lan", "type", "bridge")
            _ip("link", "set", "lan", "up")
            _ip("addr", "add", f"{self.lan}.1/24", "dev", "lan")
        self.reset()

    def desktop(self) -> Desktop:
        self.desktops += 1
        with self.inside():
            return Desktop(f"{self.lan}.{1 + self.desktops}", f"port{self.desktops}", "lan", f"{self.lan}.1")

    def reset(self) -> None:
        """As after a start: every door is shut, nothing is known of connections."""
        self._nft(f"""flush ruleset
table ip home {{
  chain post {{ type nat hook postrouting priority srcnat; {NATS[self.nat]}; }}
  chain in {{ type filter hook input priority filter; iifname "wan" ct state new drop; }}
  chain forward {{ type filter hook forward priority filter; ct state established,related accept; ct status dnat accept;
    iifname "wan" drop; }}
}}
table inet filter {{
  chain forward {{ type filter hook forward priority 0; policy accept; jump miniupnpd; }}
  chain miniupnpd {{ }}
  chain prerouting {{ type nat hook prerouting priority -100; policy accept; jump prerouting_miniupnpd; }}
  chain postrouting {{ type nat hook postrouting priority 100; policy accept; jump postrouting_miniupnpd; }}
  chain prerouting_miniupnpd {{ }}
  chain postrouting_miniupnpd {{ }}
}}
""")
        with self.inside():
            subprocess.run(["conntrack", "-F"], check=False, capture_output=True)

    def _nft(self, rules: str) -> None:
        with self.inside():
            subprocess.run(["nft", "-f", "-"], input=rules.encode(), check=True)

    def rules(self) -> str:
        with self.inside():
            return subprocess.run(["nft", "list", "table", "inet", "filter"], check=True, capture_output=True,
                                  text=True).stdout

    def let_in(self, *, pcp: bool = True, upnp: bool = True) -> None:
        """Starts the router's miniupnpd."""
        self.folder.mkdir(parents=True, exist_ok=True)
        config = self.folder / f"miniupnpd{self.number}.conf"
        config.write_text(f"""\
ext_ifname=wan
listening_ip=lan
enable_natpmp={"yes" if pcp else "no"}
enable_upnp={"yes" if upnp else "no"}
secure_mode=yes
system_uptime=yes
upnp_table_name=filter
upnp_nat_table_name=filter
upnp_forward_chain=miniupnpd
upnp_nat_chain=prerouting_miniupnpd
upnp_nat_postrouting_chain=postrouting_miniupnpd
notify_interval=30
min_lifetime=120
max_lifetime=86400
uuid=fc4ec57e-ba12-11e6-9f3c-00000000000{self.number}
allow 1024-65535 0.0.0.0/0 1024-65535
deny 0-65535 0.0.0.0/0 0-65535
""")
        with self.inside():
            self.upnp = Process(["/usr/sbin/miniupnpd", "-d", "-f", str(config), "-P", str(self.folder / f"pid{self.number}")],
                                self.folder / f"miniupnpd{self.number}.log")

    def shut(self) -> None:
        """The router's miniupnpd is gone."""
        if self.upnp:
            self.upnp.kill()
            self.upnp = None

    def reboot(self) -> None:
        """Forgets everything, and is there again."""
        self.shut()
        self.reset()
        self.let_in()

    def move(self, public: str) -> None:
        """The provider gives the router another address."""
        with self.inside():
            _ip("addr", "del", f"{self.public}/24", "dev", "wan")
            _ip("addr", "add", f"{public}/24", "dev", "wan")
            _ip("route", "replace", "default", "via", f"{PUBLIC}.1")
        self.public = public


class Ipv6Desktop(Space):
    """A machine of the internet without IPv4."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.address = f"2001:db8::{number}"
        with self.inside():
            pathlib.Path("/proc/sys/net/ipv6/conf/default/disable_ipv6").write_text("0")
        self.plug("eth0", f"{self.address}/64", f"six{number}", "inet", "nodad")


def public_desktop(number: int) -> Desktop:
    return Desktop(f"{PUBLIC}.{number}", f"open{number}", "inet", f"{PUBLIC}.1")



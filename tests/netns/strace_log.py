"""What a program did to the network, from `strace -f -o FILE -e trace=...` of it."""
from __future__ import annotations

import dataclasses
import pathlib
import re

# Network calls, and those through which addresses and resolver settings could be read.
TRACED = "trace=%network,open,openat,openat2,ioctl"
COMMAND = ["strace", "-D", "-f", "-qq", "-s", "200", "-e", TRACED, "-e", "signal=none", "-o"]
CALL = re.compile(r"^(?P<pid>\d+)\s+(?P<name>\w+)\((?P<rest>.*)$")
RESUMED = re.compile(r"^(?P<pid>\d+)\s+<\.\.\. (?P<name>\w+) resumed>(?P<rest>.*)$")
UNFINISHED = " <unfinished ...>"
INET = re.compile(r'sa_family=AF_INET(?P<six>6?), .*?htons\((?P<port>\d+)\).*?'
                  r'(?:inet_addr\(|inet_pton\(AF_INET6, )"(?P<host>[^"]+)"')
# Where names and interfaces could be looked up without a network call.
LOOKUP_FILES = re.compile(r'"(/etc/(resolv\.conf|hosts|nsswitch\.conf|gai\.conf|host\.conf)'
                          r'|/proc(/self)?/net/|/sys/class/net)')


@dataclasses.dataclass(frozen=True)
class Call:
    name: str
    text: str  # arguments and result as strace prints them

    def inet(self) -> str | None:
        """host:port of the address argument, None without one."""
        found = INET.search(self.text)
        if not found:
            return None
        host = f"[{found['host']}]" if found["six"] else found["host"]
        return f"{host}:{found['port']}"


def parse(log: str) -> list[Call]:
    calls, begun = [], {}
    for line in log.splitlines():
        if found := RESUMED.match(line):
            rest = begun.pop((found["pid"], found["name"]), "") + found["rest"]
            calls.append(Call(found["name"], rest))
        elif found := CALL.match(line):
            if found["rest"].endswith(UNFINISHED):
                begun[found["pid"], found["name"]] = found["rest"].removesuffix(UNFINISHED)
            else:
                calls.append(Call(found["name"], found["rest"]))
    # Calls that never returned were made all the same.
    return calls + [Call(name, rest) for (_, name), rest in begun.items()]


def read(path: pathlib.Path) -> list[Call]:
    return parse(path.read_text(errors="replace"))


def address_queries(calls: list[Call]) -> list[str]:
    """Calls that ask for local addresses, interfaces or names."""
    return [f"{call.name}({call.text}" for call in calls
            if call.name == "socket" and ("AF_NETLINK" in call.text or "AF_PACKET" in call.text)
            or call.name == "ioctl" and "SIOCG" in call.text
            or call.name in ("open", "openat", "openat2") and LOOKUP_FILES.search(call.text)]


def datagrams(calls: list[Call]) -> list[str]:
    """Sockets that are neither TCP nor local."""
    return [f"{call.name}({call.text}" for call in calls
            if call.name in ("socket", "socketpair") and "AF_UNIX" not in call.text
            and "SOCK_STREAM" not in call.text]


def connected(calls: list[Call]) -> set[str]:
    """host:port of every connection attempt, and of every datagram with an address."""
    return {address for call in calls if call.name in ("connect", "sendto", "sendmsg", "sendmmsg")
            if (address := call.inet())}


def bound(calls: list[Call]) -> set[str]:
    return {address for call in calls if call.name == "bind" if (address := call.inet())}

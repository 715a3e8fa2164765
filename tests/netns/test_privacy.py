"""The daemons under strace: no address query, no name lookup, no datagram, and connections only
where the configuration says; with a SOCKS proxy only to the proxy."""
from __future__ import annotations

import json
import subprocess
import unittest
import urllib.request

import netns
import strace_log
from name_server_double import NameServerDouble
from netns import PROGRAMS, data_of, fresh_folder
from processes import free_port, wait_until
from socks5_double import Socks5Double
from tarn_grid import Gateway, Introducer, StorageServer
from web_api import HttpError

ONE_OF_ONE = {"needed": 1, "happy": 1, "total": 1}


def no_strace() -> str | None:
    try:
        result = subprocess.run([*strace_log.COMMAND, "/dev/null", "true"], capture_output=True, text=True)
    except FileNotFoundError:
        return "strace is not installed"
    return None if result.returncode == 0 else f"strace may not trace here: {result.stderr[:200]}"


def server_ids(introducer: Introducer) -> list[str]:
    """Who announced."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://127.0.0.1:{introducer.admin_port}/status.json", timeout=10) as answer:
        return [server["id"] for server in json.load(answer)["servers"]]


class Privacy(unittest.TestCase):
    maxDiff = None

    def setUp(self) -> None:
        self.folder = fresh_folder(self.id().rsplit(".", 1)[1])
        self.log = self.folder / "strace.log"

    def start(self, daemon):
        self.addCleanup(daemon.kill)
        daemon.start()
        return daemon

    def traced(self) -> list[str]:
        return [*strace_log.COMMAND, str(self.log)]

    def server(self, **options) -> StorageServer:
        return self.start(StorageServer(PROGRAMS, self.folder / "server", nickname="s", **options))

    def gateway(self, servers: str, **options) -> Gateway:
        return self.start(Gateway(PROGRAMS, self.folder / "gateway", servers, **ONE_OF_ONE, **options))

    def work_and_stop(self, server: StorageServer, gateway: Gateway) -> None:
        data = data_of(300_000)
        cap = gateway.web.put(data)
        self.assertEqual(gateway.web.get(cap), data)
        self.assertTrue(gateway.web.check(cap, verify=True)["results"]["healthy"])
        gateway.stop()
        server.stop()

    def require_quiet(self, connects: set[str], binds: set[str]) -> None:
        calls = strace_log.read(self.log)
        self.assertTrue(any(call.name == "socket" for call in calls), "nothing was traced")
        self.assertEqual(strace_log.address_queries(calls), [])
        self.assertEqual(strace_log.datagrams(calls), [])
        self.assertEqual(strace_log.connected(calls), connects)
        self.assertEqual(strace_log.bound(calls), binds)

    def test_storage_server(self) -> None:
        server = self.server(prefix=self.traced())
        gateway = self.gateway(server.announcement())
        self.work_and_stop(server, gateway)
        self.require_quiet(connects=set(), binds={"127.0.0.1:0"})

    def test_gateway(self) -> None:
        server = self.server()
        address = server.nurl().split("@")[1].split("/")[0]
        gateway = self.gateway(server.announcement(), prefix=self.traced())
        self.work_and_stop(server, gateway)
        self.require_quiet(connects={address}, binds={"127.0.0.1:0"})

    def test_gateway_with_socks(self) -> None:
        """The server is known by a name that only the proxy can resolve."""
        server = self.server()
        host, port = server.nurl().split("@")[1].split("/")[0].split(":")
        name = "storage.example"
        proxy = Socks5Double({f"{name}:{port}": (host, int(port))})
        self.addCleanup(proxy.close)
        gateway = self.gateway(server.announcement().replace(f"@{host}:", f"@{name}:"),
                               prefix=self.traced(),
                               extra=f'[connections]\ntcp = "socks5://127.0.0.1:{proxy.port}"')
        self.work_and_stop(server, gateway)
        self.assertEqual(set(proxy.requests), {f"name {name}:{port}"})
        self.require_quiet(connects={f"127.0.0.1:{proxy.port}"}, binds={"127.0.0.1:0"})

    def test_gateway_with_name_servers(self) -> None:
        """The server is known by a name that a configured name server knows; nothing else is asked."""
        server = self.server()
        host, port = server.nurl().split("@")[1].split("/")[0].split(":")
        name = "storage.example"
        names = NameServerDouble({name: host})
        self.addCleanup(names.close)
        gateway = self.gateway(server.announcement().replace(f"@{host}:", f"@{name}:"), prefix=self.traced(),
                               extra=f'[dns]\nservers = ["127.0.0.1:{names.port}"]')
        self.assertIn(f"names of servers: over UDP and TCP at 127.0.0.1:{names.port}", gateway.run("--explain"))
        self.work_and_stop(server, gateway)
        self.assertEqual(set(names.asked), {name})
        calls = strace_log.read(self.log)
        self.assertEqual(strace_log.address_queries(calls), [])
        self.assertLessEqual({f"127.0.0.1:{port}"}, strace_log.connected(calls))
        self.assertLessEqual(strace_log.connected(calls),
                             {f"127.0.0.1:{port}", f"127.0.0.1:{names.port}"})
        self.assertEqual(strace_log.bound(calls), {"127.0.0.1:0"})

    def introducer(self, name: str, *, port: int = 0, **more) -> Introducer:
        introducer = Introducer(PROGRAMS, fresh_folder(name), port=port or free_port(), **more)
        self.addCleanup(introducer.kill)
        return introducer

    def test_storage_server_with_name_servers(self) -> None:
        """The introducer is known by a name; it is told of the server, and nothing else is asked."""
        introducer = self.introducer("known", admin_port=free_port())
        introducer.start()
        url = introducer.url().replace("@127.0.0.1:", "@intro.example:")
        names = NameServerDouble({"intro.example": "127.0.0.1"})
        self.addCleanup(names.close)
        server = self.server(prefix=self.traced(), announce=f'introducers = ["{url}"]',
                             sections=f'[dns]\nservers = ["127.0.0.1:{names.port}"]')
        self.assertIn(f"names of introducers: over UDP and TCP at 127.0.0.1:{names.port}", server.run("--explain"))
        wait_until(lambda: server_ids(introducer), 20, "the announcement")
        server.stop()
        self.require_only_asked(names, "intro.example", introducer.port)

    def test_introducer_with_name_servers(self) -> None:
        introducer = self.introducer("peer")
        introducer.start()
        url = introducer.url().replace("@127.0.0.1:", "@intro.example:")
        names = NameServerDouble({"intro.example": "127.0.0.1"})
        self.addCleanup(names.close)
        other = self.introducer("asking", peers=[url], prefix=self.traced(),
                                sections=f'[dns]\nservers = ["127.0.0.1:{names.port}"]')
        self.assertIn(f"names of introducers: over UDP and TCP at 127.0.0.1:{names.port}", other.run("--explain"))
        other.start()
        wait_until(lambda: f"127.0.0.1:{introducer.port}" in strace_log.connected(strace_log.read(self.log)), 20,
                   "a connection to the peer")
        other.stop()
        self.require_only_asked(names, "intro.example", introducer.port)

    def require_only_asked(self, names: NameServerDouble, name: str, port: int) -> None:
        self.assertEqual(set(names.asked), {name})
        calls = strace_log.read(self.log)
        self.assertEqual(strace_log.address_queries(calls), [])
        self.assertEqual(strace_log.connected(calls), {f"127.0.0.1:{port}", f"127.0.0.1:{names.port}"})

    def test_gateway_with_tcp_off(self) -> None:
        server = self.server()
        gateway = self.gateway(server.announcement(), prefix=self.traced(),
                               extra='[connections]\ntcp = "off"')
        gateway.web.welcome()
        with self.assertRaises(HttpError):
            gateway.web.put(data_of(1000))
        gateway.stop()
        self.require_quiet(connects=set(), binds={"127.0.0.1:0"})


class TheLogReader(unittest.TestCase):
    """It sees what it has to see."""

    def calls_of(self, code: str) -> list[strace_log.Call]:
        log = fresh_folder("reader") / "log"
        subprocess.run([*strace_log.COMMAND, str(log), "python3", "-c", code], check=True)
        return strace_log.read(log)

    def test_sees_name_lookups(self) -> None:
        calls = self.calls_of("import socket\ntry: socket.getaddrinfo('x.invalid', 1)\nexcept OSError: 0")
        self.assertTrue(strace_log.address_queries(calls))

    def test_sees_interface_lists(self) -> None:
        self.assertTrue(strace_log.address_queries(self.calls_of("import socket; socket.if_nameindex()")))

    def test_sees_datagrams_and_connections(self) -> None:
        calls = self.calls_of(
            "import socket as s\nu = s.socket(s.AF_INET, s.SOCK_DGRAM); u.sendto(b'x', ('127.0.0.1', 9))\n"
            "t = s.socket(s.AF_INET6); t.bind(('::1', 0)); t.connect_ex(('::1', 1))")
        self.assertEqual(len(strace_log.datagrams(calls)), 1)
        self.assertEqual(strace_log.connected(calls), {"127.0.0.1:9", "[::1]:1"})
        self.assertEqual(strace_log.bound(calls), {"[::1]:0"})


if __name__ == "__main__":
    netns.run(no_strace)

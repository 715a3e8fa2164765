"""Introducers end to end: servers announce, gateways learn, introducers gossip; a partition heals; what was
learned outlives all introducers; a real Tahoe client uses the exported servers.yaml."""
from __future__ import annotations

import json
import time
import urllib.request

from interop import PROGRAMS, InteropTest, data_of
from processes import free_port, wait_until
from tahoe_grid import TahoeNode
from tarn_grid import Gateway, Introducer, StorageServer

TWO_OF_THREE = {"needed": 2, "happy": 3, "total": 3}


class Introducers(InteropTest):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.one, cls.two = (cls.keep(Introducer(PROGRAMS, cls.folder / name, port=free_port(),
                                                admin_port=free_port())) for name in ("one", "two"))
        urls = [cls.one.url(), cls.two.url()]
        cls.one.configure(peers=[urls[1]])
        cls.two.configure(peers=[urls[0]])
        cls.one.start()
        cls.two.start()
        cls.urls = urls
        # Two tell one introducer, one the other.
        cls.servers = [cls.server(f"server{i}", [urls[i // 2]]) for i in range(3)]

    @classmethod
    def server(cls, name: str, introducers: list[str], more: str = "anonymous_nurl = true") -> StorageServer:
        # A port of its own: where it is after a restart, nobody could be told.
        server = cls.keep(StorageServer(PROGRAMS, cls.folder / name, nickname=name, port=free_port(),
                                        announce=f"introducers = {introducers!r}\n{more}"))
        server.start()
        return server

    def gateway(self, name: str, urls: list[str]) -> Gateway:
        gateway = self.keep(Gateway(PROGRAMS, self.folder / name, "storage: {}\n", **TWO_OF_THREE,
                                    extra=f"[introducers]\nurls = {urls!r}"))
        gateway.start()
        return gateway

    def wait_for(self, gateway: Gateway, servers: int) -> None:
        wait_until(lambda: gateway.web.connected_servers() >= servers, 40, f"{servers} servers")

    def status(self, introducer: Introducer) -> dict:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        url = f"http://127.0.0.1:{introducer.admin_port}/status.json"
        return json.loads(opener.open(url, timeout=10).read())

    def names(self, introducer: Introducer) -> set[str]:
        return {server["nickname"] for server in self.status(introducer)["servers"]}

    def test_1_gateways_learn_all_servers_from_either(self) -> None:
        gateways = [self.gateway(f"gateway{i}", [url]) for i, url in enumerate(self.urls)]
        for gateway in gateways:
            self.wait_for(gateway, 3)
        data = data_of(300_000, "introduced")
        cap = gateways[0].web.put(data)
        self.assertEqual(gateways[1].web.get(cap), data)
        status = self.status(self.one)
        self.assertEqual({server["nickname"] for server in status["servers"]},
                         {"server0", "server1", "server2"})
        self.assertTrue(any(one["software"].startswith("tarn-gateway/") for one in status["subscribers"]))
        self.assertEqual([peer["problem"] for peer in status["peers"]], [""])
        for gateway in gateways:
            gateway.stop()

    def test_2_real_tahoe_reads_the_export(self) -> None:
        gateway = self.gateway("beside-tahoe", self.urls)
        self.wait_for(gateway, 3)
        exported = self.two.servers()
        client = self.keep(TahoeNode(self.folder / "tahoe", storage=False, servers=exported, **TWO_OF_THREE))
        client.start(servers=3)
        data = data_of(200_000, "through tahoe")
        self.assertEqual(gateway.web.get(client.web.put(data)), data)
        data = data_of(200_000, "through the gateway")
        self.assertEqual(client.web.get(gateway.web.put(data)), data)
        client.stop()
        gateway.stop()

    def test_3_a_partition_heals(self) -> None:
        self.two.kill()
        late = self.server("late", [self.urls[0]])
        wait_until(lambda: "late" in self.names(self.one), 20, "the late server at one")
        self.two.start()
        wait_until(lambda: "late" in self.names(self.two), 60, "the late server at two")
        # A kill loses nothing.
        self.assertEqual(self.names(self.two), {"server0", "server1", "server2", "late"})
        late.stop()

    def test_4_without_introducers_everything_goes_on(self) -> None:
        gateway = self.gateway("alone", self.urls)
        self.wait_for(gateway, 3)
        data = data_of(100_000, "alone")
        cap = gateway.web.put(data)
        time.sleep(2)  # what was learned is written within a second
        self.one.stop()
        self.two.stop()
        self.assertEqual(gateway.web.get(cap), data)
        gateway.stop()
        gateway.start()
        self.wait_for(gateway, 3)
        self.assertEqual(gateway.web.get(cap), data)
        self.servers[0].stop()
        self.servers[0].start()  # cannot announce, serves all the same
        self.assertEqual(gateway.web.get(gateway.web.put(data_of(5000, "alone"))), data_of(5000, "alone"))
        self.one.start()
        self.two.start()
        gateway.stop()

    def test_5_credentials_are_told_only_when_asked_for(self) -> None:
        private = self.server("private", [self.urls[0]], more="")
        wait_until(lambda: "private" in self.names(self.one), 40, "the private server at one")
        swissnum = private.nurl().rsplit("/", 1)[1].split("#")[0]
        for introducer in (self.one, self.two):
            wait_until(lambda: "private" in self.names(introducer), 60, "gossip")
            self.assertNotIn(swissnum, introducer.servers())
            self.assertNotIn(swissnum.encode(), (introducer.state / "records").read_bytes())
        private.stop()

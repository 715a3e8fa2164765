"""Grid managers: certificates of the real `grid-manager` on our gateway, ours on a real client."""
from __future__ import annotations

import json
import pathlib
import re
import signal
import subprocess

from interop import PROGRAMS, InteropTest, data_of
from processes import free_port, wait_until
from tahoe_grid import TAHOE, TahoeNode
from tarn_grid import Gateway, Introducer, StorageServer, servers_yaml
from web_api import HttpError

REAL = [TAHOE.parent / "grid-manager"]
OURS = [PROGRAMS.tarn, "grid-manager"]
ONE_OF_ONE = {"needed": 1, "happy": 1, "total": 1}


class GridManagers(InteropTest):
    def setUp(self) -> None:
        self.place = self.folder / self._testMethodName
        self.place.mkdir()

    def manager(self, command: list, *arguments: str | pathlib.Path) -> str:
        whole = [*command, "--config", self.place / "gm", *arguments]
        return subprocess.run(whole, check=True, capture_output=True, text=True, timeout=30).stdout

    def servers(self, command: list, announce: str = "") -> tuple[StorageServer, StorageServer]:
        """One with a certificate and one without."""
        # Ports of their own: certificates come before the first start.
        blessed, other = (self.keep(StorageServer(PROGRAMS, self.place / name, nickname=name, port=free_port(),
                                                announce=announce))
                          for name in ("blessed", "other"))
        self.manager(command, "create")
        server_id = re.search(r"v0-\w{52}", blessed.announcement())[0]
        self.manager(command, "add", "blessed", "pub-" + server_id)
        self.manager(command, "sign", "blessed", "3")
        with blessed.config.open("a") as config:
            config.write(f'[grid_management]\ncertificates = ["{self.place}/gm/blessed.cert.0"]\n')
        for server in (blessed, other):
            server.start()
        return blessed, other

    @staticmethod
    def count(server: StorageServer) -> int:
        return len(list(server.shares.glob("??/*/*")))

    def require_kept_to(self, web, blessed: StorageServer, other: StorageServer) -> None:
        files = {web.put(data): data for data in (data_of(3000, str(i)) for i in range(6))}
        files[web.put(b"mutable", "?format=SDMF")] = b"mutable"
        self.assertEqual((self.count(blessed), self.count(other)), (7, 0))
        for cap, data in files.items():
            self.assertEqual(web.get(cap), data)

    def test_real_certificates_on_our_gateway(self) -> None:
        blessed, other = self.servers(REAL)
        key = self.manager(REAL, "public-identity").strip()
        gateway = self.keep(Gateway(
            PROGRAMS, self.place / "gateway", servers_yaml([blessed.announcement(), other.announcement()]),
            extra=f'[grid_managers]\nmain = "{key}"\n', **ONE_OF_ONE))
        gateway.start()
        self.require_kept_to(gateway.web, blessed, other)
        known = {server["nickname"]: server["upload_refusal"]
                 for server in json.loads(gateway.web.call("GET", "/?t=json"))["servers"]}
        self.assertEqual(known, {"blessed": None, "other": "no grid manager certificate"})

        gateway.config.write_text(gateway.config.read_text().replace(key, "pub-v0-" + "a" * 52))
        gateway.process.signal(signal.SIGHUP)

        def is_refused() -> bool:
            try:
                gateway.web.put(data_of(3000, "refused"))
                return False
            except HttpError as error:
                return b"not permitted" in error.body
        wait_until(is_refused, 20, "an upload that nobody may have")

    def test_our_certificates_on_a_real_client(self) -> None:
        blessed, other = self.servers(OURS)
        listed = self.manager(REAL, "list")
        self.assertEqual(self.manager(OURS, "list"), listed)
        client = self.keep(TahoeNode(
            self.place / "client", storage=False,
            servers=servers_yaml([blessed.announcement(), other.announcement()]), **ONE_OF_ONE))
        with (client.folder / "tahoe.cfg").open("a") as config:
            config.write(f"[grid_managers]\nmain = {self.manager(OURS, 'public-identity')}")
        client.start(servers=2)
        self.require_kept_to(client.web, blessed, other)

    def test_introduced_servers_bring_theirs(self) -> None:
        introducer = self.keep(Introducer(PROGRAMS, self.place / "introducer", port=free_port()))
        introducer.start()
        blessed, other = self.servers(OURS, f'introducers = ["{introducer.url()}"]\nanonymous_nurl = true')
        manager = f"[grid_managers]\nmain = \"{self.manager(OURS, 'public-identity').strip()}\"\n"
        gateway = self.keep(Gateway(
            PROGRAMS, self.place / "gateway", "storage: {}\n",
            extra=f'{manager}[introducers]\nurls = ["{introducer.url()}"]\n', **ONE_OF_ONE))
        gateway.start()
        wait_until(lambda: gateway.web.connected_servers() >= 2, 40, "both servers")
        self.require_kept_to(gateway.web, blessed, other)

        client = self.keep(TahoeNode(self.place / "client", storage=False, servers=introducer.servers(),
                                     **ONE_OF_ONE))
        with (client.folder / "tahoe.cfg").open("a") as config:
            config.write(manager.replace('"', ""))
        client.start(servers=2)
        data = data_of(3000, "through tahoe")
        self.assertEqual(gateway.web.get(client.web.put(data)), data)
        self.assertEqual(self.count(other), 0)

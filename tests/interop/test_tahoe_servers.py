"""Our gateway and the real client on real Tahoe-LAFS storage servers, and on a mixed grid."""
from __future__ import annotations

import pathlib

from client_cases import ClientCases
from gateway_cases import GatewayCases
from interop import CONVERGENCE, PROGRAMS, InteropTest
from tahoe_grid import TahoeNode, start_all
from tarn_grid import Gateway, StorageServer, servers_yaml


class Grid(GatewayCases, InteropTest):
    """tahoe_servers real ones, tarn_servers of ours."""

    tahoe_servers = 0
    tarn_servers = 0

    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        real = [cls.keep(TahoeNode(cls.folder / f"t{i}", storage=True))
                for i in range(cls.tahoe_servers)]
        ours = [cls.keep(StorageServer(PROGRAMS, cls.folder / f"s{i}", nickname=f"s{i}"))
                for i in range(cls.tarn_servers)]
        start_all(real)
        for server in ours:
            server.start()
        cls.folders = [*(node.folder / "storage" for node in real),
                       *(server.state / "storage" for server in ours)]
        servers = servers_yaml(server.announcement() for server in [*real, *ours])
        cls.client = cls.keep(TahoeNode(cls.folder / "client", storage=False, servers=servers))
        (cls.client.folder / "private" / "convergence").write_text(CONVERGENCE + "\n")
        cls.client.start(servers=len(real) + len(ours))
        cls.gateway = cls.keep(Gateway(PROGRAMS, cls.folder / "gateway", servers,
                                       convergence=CONVERGENCE))
        cls.gateway.start()

    def storage_folders(self) -> list[pathlib.Path]:
        return self.folders


class GatewayOnTahoeServers(Grid):
    tahoe_servers = 10


class MixedGrid(ClientCases, Grid):
    tahoe_servers = 5
    tarn_servers = 5


def load_tests(loader, _tests, _pattern):
    suite = loader.suiteClass()
    for case in (GatewayOnTahoeServers, MixedGrid):
        suite.addTests(loader.loadTestsFromTestCase(case))
    return suite

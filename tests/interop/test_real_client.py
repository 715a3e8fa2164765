"""The real Tahoe-LAFS client and our gateway on ten tarn-storage."""
from client_cases import ClientCases
from gateway_cases import GatewayCases
from interop import CONVERGENCE, PROGRAMS, InteropTest
from tahoe_grid import TahoeNode
from tarn_grid import TarnGrid


class RealClientOnTarnServers(ClientCases, GatewayCases, InteropTest):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.grid = cls.keep(TarnGrid(PROGRAMS, cls.folder, gateway={"convergence": CONVERGENCE}))
        cls.grid.start()
        cls.gateway = cls.grid.gateway
        cls.client = cls.keep(TahoeNode(cls.folder / "client", storage=False,
                                        servers=cls.grid.servers_yaml()))
        (cls.client.folder / "private" / "convergence").write_text(CONVERGENCE + "\n")
        cls.client.start(servers=10)

"""A storage server that hides in a private I2P network, and a gateway that knows I2P only, both through
SAM ports. A file goes in and comes back, nothing leaves by the default route."""
from __future__ import annotations

import i2p_network
import isolation
from watched_grid import HIDDEN, WatchedGrid
from i2p_network import I2pNetwork
from netns import PROGRAMS, data_of, fresh_folder
from tarn_grid import Gateway, StorageServer

REACHED_LIMIT_S = 240


class I2p(WatchedGrid):
    def test_a_server_in_i2p(self) -> None:
        folder = fresh_folder("i2p")
        sunk = isolation.sunk_packets()
        network = self.enterContext(I2pNetwork(folder / "routers"))
        log = folder / "server.strace"
        server = StorageServer(PROGRAMS, folder / "server", nickname="s", node=HIDDEN, prefix=self.traced(log),
                               sections=f'[i2p]\nsam = "{network.sam(1)}"')
        self.until_it_starts(server)
        self.assertRegex(server.nurl(), r"^pb\+i2p://[^@]+@[a-z2-7]{52}\.b32\.i2p:3457/")
        key = server.state / "private" / "i2p.key"
        self.assertEqual(key.stat().st_mode & 0o777, 0o600)

        gateway_log = folder / "gateway.strace"
        gateway = Gateway(PROGRAMS, folder / "gateway", server.announcement(), needed=1, happy=1, total=1,
                          node=HIDDEN, prefix=self.traced(gateway_log),
                          extra=f'[connections]\ntcp = "off"\ni2p = "sam://{network.sam(2)}"')
        self.start(gateway)
        self.wait_reached(gateway, 1, REACHED_LIMIT_S)
        data = data_of(100_000)
        cap = self.until_it_works(lambda: gateway.web.put(data))
        self.assertEqual(self.until_it_works(lambda: gateway.web.get(cap)), data)

        gateway.stop()
        server.stop()
        self.assertEqual(isolation.sunk_packets(), sunk)
        self.require_only_what_was_announced(gateway, gateway_log)
        self.require_only_what_was_announced(server, log)


if __name__ == "__main__":
    isolation.run(i2p_network.unavailable)

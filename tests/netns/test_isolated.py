"""A grid in a network namespace with nothing but a loopback interface works: it needs no route, no
resolver and no address of the host."""
from __future__ import annotations

import os
import unittest

import isolation
from netns import PROGRAMS, data_of, fresh_folder
from tarn_grid import TarnGrid


class Isolated(unittest.TestCase):
    def test_grid_without_a_network(self) -> None:
        interfaces = os.listdir("/proc/self/net/dev_snmp6") if os.path.exists("/proc/self/net/dev_snmp6") \
            else ["lo"]
        self.assertEqual(interfaces, ["lo"])
        data = data_of(1_000_000)
        encoding = {"needed": 2, "happy": 3, "total": 4}
        with TarnGrid(PROGRAMS, fresh_folder("isolated"), servers=4, gateway=encoding) as grid:
            cap = grid.gateway.web.put(data)
            for server in grid.servers[:2]:
                server.kill()
            self.assertEqual(grid.gateway.web.get(cap), data)


if __name__ == "__main__":
    isolation.run(setup=isolation.ALONE)

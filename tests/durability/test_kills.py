"""Servers and the gateway are killed at random in the middle of many uploads by several clients: what
was acknowledged can be read afterwards, and nothing half is visible.

The moments come from a seed that is printed; KILLS_SEED=N repeats it.
"""
from __future__ import annotations

import os
import pathlib
import random
import struct
import threading
import time
import unittest

import netns
from netns import PROGRAMS, fresh_folder
from processes import free_port, wait_until
from tarn_grid import Daemon, Gateway, StorageServer, servers_yaml
from web_api import HttpError, WebApi

UPLOADS = 1000
CLIENTS = 6
SERVERS = 5
LEASE_SIZE = 72
ENCODING = {"needed": 2, "happy": 2, "total": 4}


class Client(threading.Thread):
    """Uploads its files one after the other, each until it is acknowledged."""

    def __init__(self, gateway: Gateway, number: int, seed: int, stop_at: float) -> None:
        super().__init__(daemon=True)
        self._gateway = gateway
        self._random = random.Random(f"{seed} {number}")
        self._stop_at = stop_at
        self.files: dict[str, bytes] = {}
        self.refused = 0

    def run(self) -> None:
        for _ in range(UPLOADS // CLIENTS):
            data = self._random.randbytes(self._random.randrange(100, 20_000))
            cap = ""
            while not cap and time.monotonic() < self._stop_at:
                cap = self._put(data)
            if not cap:
                return
            self.files[cap] = data

    def _put(self, data: bytes) -> str:
        try:
            return WebApi(self._gateway.web.url, limit_s=20).put(data)
        except (HttpError, OSError, ValueError):
            # The gateway is dead, or as the server that it waited for.
            self.refused += 1
            time.sleep(0.05)
            return ""


class Killer:
    """Kills one daemon after the other and starts it again."""

    def __init__(self, daemons: list[Daemon], seed: int) -> None:
        self._daemons = daemons
        self._random = random.Random(seed)
        self.kills = 0

    def kill_one(self) -> None:
        time.sleep(self._random.uniform(0.05, 0.6))
        daemon = self._random.choice(self._daemons)
        daemon.kill()
        self.kills += 1
        time.sleep(self._random.uniform(0, 0.3))
        daemon.start()


def half_shares(shares: pathlib.Path) -> list[str]:
    """The immutable share files whose container and share do not fill each other."""
    out = []
    for path in shares.glob("*/*/*"):
        if not path.is_file():
            continue
        content = path.read_bytes()
        version, _, leases = struct.unpack(">LLL", content[:12])
        share = content[12:len(content) - leases * LEASE_SIZE]
        extension = struct.unpack(">L", share[32:36])[0]
        end = extension + 4 + struct.unpack(">L", share[extension:extension + 4])[0]
        if version not in (1, 2) or leases < 1 or len(share) != end:
            out.append(str(path))
    return out


class Kills(unittest.TestCase):
    def setUp(self) -> None:
        self.seed = int(os.environ.get("KILLS_SEED", 0)) or random.randrange(1, 1 << 32)
        print(f"seed {self.seed}", flush=True)
        folder = fresh_folder("kills")
        self.servers = [StorageServer(PROGRAMS, folder / f"s{i}", nickname=f"s{i}", port=free_port())
                        for i in range(SERVERS)]
        for server in self.servers:
            self.addCleanup(server.kill)
            server.start()
        servers = servers_yaml(server.announcement() for server in self.servers)
        self.gateway = Gateway(PROGRAMS, folder / "gateway", servers, **ENCODING)
        self.addCleanup(self.gateway.kill)
        self.gateway.start()

    def test_uploads(self) -> None:
        stop_at = time.monotonic() + 300
        clients = [Client(self.gateway, number, self.seed, stop_at) for number in range(CLIENTS)]
        killer = Killer([*self.servers, self.gateway], self.seed)
        for client in clients:
            client.start()
        while any(client.is_alive() for client in clients):
            killer.kill_one()
        files = {cap: data for client in clients for cap, data in client.files.items()}
        print(f"{len(files)} files acknowledged, {sum(client.refused for client in clients)} attempts "
              f"failed, {killer.kills} kills", flush=True)
        self.assertGreater(len(files), UPLOADS // 2)
        self.assertGreater(killer.kills, 10)
        self.require_all(files)

    def require_all(self, files: dict[str, bytes]) -> None:
        for daemon in [self.gateway, *self.servers]:
            daemon.kill()
        for daemon in [*self.servers, self.gateway]:
            daemon.start()
        web = self.gateway.web
        wait_until(lambda: web.connected_servers() == SERVERS, 30, "all servers are back")
        for cap, data in files.items():
            self.assertEqual(web.get(cap), data)
        for server in self.servers:
            self.assertEqual(half_shares(server.shares), [])
            self.assertEqual(list((server.shares / "incoming").iterdir()), [])
            self.assertEqual(list((server.state / "storage" / "tarn-journal").iterdir()), [])


if __name__ == "__main__":
    netns.run(lambda: None)

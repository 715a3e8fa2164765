"""MDMF files that go on to servers while their bodies come: the gateway or servers are killed in the
middle, bodies break off. No half share is ever visible, what was there before stays."""
from __future__ import annotations

import json
import pathlib
import random
import socket
import time
import unittest
import urllib.parse

import netns
from netns import PROGRAMS, fresh_folder
from processes import free_port, wait_until
from tarn_grid import Gateway, StorageServer, servers_yaml
from web_api import WebApi

SERVERS = 10
SIZE = 12_000_000
PIECE = 256 * 1024


class Sender:
    """A PUT whose body is sent by hand."""

    def __init__(self, url: str, target: str, size: int) -> None:
        place = urllib.parse.urlsplit(url)
        self._socket = socket.create_connection((place.hostname, place.port), timeout=60)
        self._socket.sendall(f"PUT {target} HTTP/1.1\r\nHost: {place.netloc}\r\nConnection: close\r\n"
                             f"Content-Length: {size}\r\n\r\n".encode())

    def send(self, data: bytes) -> None:
        for at in range(0, len(data), PIECE):
            self._socket.sendall(data[at:at + PIECE])

    def answer(self) -> tuple[int, bytes]:
        received = b""
        while piece := self._socket.recv(65536):
            received += piece
        head, _, body = received.partition(b"\r\n\r\n")
        return int(head.split()[1]), body

    def close(self) -> None:
        self._socket.close()


class StreamedWrites(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = fresh_folder("streamed")
        self.servers = [StorageServer(PROGRAMS, self.folder / f"s{i}", nickname=f"s{i}", port=free_port())
                        for i in range(SERVERS)]
        for server in self.servers:
            self.addCleanup(server.kill)
            server.start()
        servers = servers_yaml(server.announcement() for server in self.servers)
        self.gateway = Gateway(PROGRAMS, self.folder / "gateway", servers)
        self.addCleanup(self.gateway.kill)
        self.gateway.start()
        self.data = random.Random(4).randbytes(SIZE)
        self.old = random.Random(5).randbytes(3_000_000)

    @property
    def web(self) -> WebApi:
        return self.gateway.web

    def visible(self) -> list[pathlib.Path]:
        return [path for server in self.servers for path in server.shares.glob("*/*/*")
                if path.is_file() and "incoming" not in path.parts]

    def coming(self) -> int:
        """Bytes of shares on their way, on all servers."""
        return sum(path.stat().st_size for server in self.servers
                   for path in (server.shares / "incoming").iterdir())

    def half_way(self, target: str = "/uri?format=MDMF") -> Sender:
        """A body of which the servers have some megabytes."""
        sender = Sender(self.web.url, target, SIZE)
        self.addCleanup(sender.close)
        sender.send(self.data[:SIZE // 2])
        wait_until(lambda: self.coming() > SIZE, 30, "blocks of the first half at the servers")
        return sender

    def nothing_is_left(self) -> None:
        wait_until(lambda: self.coming() == 0, 30, "the servers have dropped what came")
        self.assertEqual(self.visible(), [])

    def test_whole(self) -> None:
        sender = self.half_way()
        self.assertEqual(self.visible(), [])
        sender.send(self.data[SIZE // 2:])
        status, cap = sender.answer()
        self.assertIn(status, (200, 201))
        self.assertTrue(self.web.get(cap.decode()) == self.data)
        self.assertEqual(len(self.visible()), SERVERS)

    def test_body_breaks_off(self) -> None:
        self.half_way().close()
        self.nothing_is_left()

    def test_gateway_is_killed(self) -> None:
        self.half_way()
        self.gateway.kill()
        self.nothing_is_left()

    def test_servers_are_killed(self) -> None:
        sender = self.half_way()
        for server in self.servers[:4]:
            server.kill()
        sender.send(self.data[SIZE // 2:])
        status, cap = sender.answer()
        self.assertIn(status, (200, 201), cap)
        for server in self.servers[:4]:
            server.start()
        self.assertTrue(self.web.get(cap.decode()) == self.data)
        # What was on its way to the killed ones is gone with their start.
        self.assertEqual(self.coming(), 0)

    def test_too_many_servers_are_killed(self) -> None:
        sender = self.half_way()
        for server in self.servers[:8]:
            server.kill()
        try:
            sender.send(self.data[SIZE // 2:])
        except OSError:
            pass  # it does not want the rest
        status, text = sender.answer()
        self.assertGreaterEqual(status, 400)
        self.assertIn(b"NotEnoughServersError", text)
        for server in self.servers[:8]:
            server.start()
        self.nothing_is_left()

    def test_overwrite_breaks_off(self) -> None:
        cap = self.web.put(self.old, "?format=MDMF")
        target = WebApi.path_of(cap)
        sender = Sender(self.web.url, target, SIZE)
        sender.send(self.data[:SIZE // 2])
        time.sleep(0.5)
        sender.close()
        self.assertTrue(self.web.get(cap) == self.old)
        killed = Sender(self.web.url, target, SIZE)
        self.addCleanup(killed.close)
        killed.send(self.data[:SIZE // 2])
        self.gateway.kill()
        self.gateway.start()
        wait_until(lambda: self.web.connected_servers() == SERVERS, 30, "all servers are back")
        self.assertTrue(self.web.get(cap) == self.old)
        self.web.put_at(cap, self.data)
        self.assertTrue(self.web.get(cap) == self.data)
        found = json.loads(self.web.call("POST", target + "?t=check&verify=true&output=JSON", b""))
        self.assertTrue(found["results"]["healthy"], found)

    def test_memory_is_flat(self) -> None:
        """Of the gateway, and of each server: created, read, overwritten, changed in the middle."""
        block = random.Random(6).randbytes(1_000_003)
        count = 100
        size = count * len(block)
        cap = ""
        for target in ("/uri?format=MDMF", None):
            sender = Sender(self.web.url, target or WebApi.path_of(cap), size)
            self.addCleanup(sender.close)
            for _ in range(count):
                sender.send(block)
            status, text = sender.answer()
            self.assertIn(status, (200, 201), text)
            cap = text.decode()
            with self.web.request("GET", WebApi.path_of(cap)) as answer:
                for _ in range(count):
                    self.assertTrue(answer.read(len(block)) == block)
                self.assertEqual(answer.read(1), b"")
        self.web.put_at(cap, block, query=f"?offset={50 * len(block)}")
        peaks = [server.process.peak_memory_bytes() for server in self.servers]
        print(f"peak memory: gateway {self.gateway.process.peak_memory_bytes()}, servers {max(peaks)}", flush=True)
        self.assertLess(self.gateway.process.peak_memory_bytes(), 64_000_000)
        self.assertLess(max(peaks), 48_000_000)


if __name__ == "__main__":
    netns.run(lambda: None)

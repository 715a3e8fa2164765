"""What strangers, broken disks and broken servers do to the daemons: they answer precisely, go on
serving everybody else, and leave nothing half behind."""
from __future__ import annotations

import json
import os
import signal
import socket
import unittest
import urllib.parse

import netns
from hostile_rig import LEASES, MEBIBYTE, UPLOAD, RawStorageTest, incoming_files, receive
from netns import PROGRAMS, data_of, fresh_folder
from processes import wait_until
from tarn_grid import TarnGrid
from web_api import HttpError

class StorageServerTest(RawStorageTest):
    def test_pipelined_floods(self) -> None:
        for swissnum in (self.swissnum, "wrong"):
            for count in (100, 3000):
                connection = self.connect()
                request = self.head("GET /storage/v1/version", swissnum=swissnum)
                connection.sendall(request * count)
                connection.sendall(self.head("GET /last", "Connection: close\r\n"))
                self.assertEqual(receive(connection).count(b"HTTP/1.1 "), count + 1)
                self.require_well()

    def test_bombs(self) -> None:
        secrets = LEASES + UPLOAD
        bombs = {"nested": b"\x81" * 3000, "claims": b"\x9b" + b"\x7f" * 8, "string": b"\x5b" + b"\x7f" * 8,
                 "map": b"\xbb" + b"\x7f" * 8, "endless": b"\x9f" * 3000, "tags": b"\xc1" * 3000}
        for name, body in bombs.items():
            with self.subTest(name):
                more = f"{secrets}Connection: close\r\nContent-Length: {len(body)}\r\n"
                self.assertEqual(self.status(self.head(f"POST /storage/v1/immutable/{'a' * 26}", more) + body), 400)
        endless = b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 100_000
        self.assertEqual(self.status(endless), 431)
        chunks = f"{secrets}Transfer-Encoding: chunked\r\n"
        flood = self.head(f"POST /storage/v1/immutable/{'a' * 26}", chunks) + b"1000\r\n" + bytes(4096) + b"\r\n"
        self.assertIn(self.status(flood + (b"1000\r\n" + bytes(4096) + b"\r\n") * 2000), (400, 413))
        self.require_well()

    def test_crowds_and_garbage(self) -> None:
        idle = [self.plain() for _ in range(300)]
        greeted = [self.connect() for _ in range(150)]
        for connection in greeted:
            connection.sendall(b"GET /storage/v1/ver")
        for _ in range(100):
            with socket.create_connection(("127.0.0.1", self.port)) as connection:
                connection.sendall(os.urandom(2000))
        half = self.plain()
        half.sendall(b"\x16\x03\x01\x02\x00")
        half.shutdown(socket.SHUT_WR)
        self.assertLess(len(receive(half)), 100)  # an alert at most
        self.require_well()
        for connection in idle + greeted:
            connection.close()


class GridTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        options = {"segment_size": "128 KiB", "extra": '[spool]\nmemory = "1 MiB"\ndisk = "4 MiB"\n'}
        cls.grid = TarnGrid(PROGRAMS, fresh_folder("hostile"), gateway=options)
        cls.addClassCleanup(cls.grid.kill)
        cls.grid.start()
        cls.web = cls.grid.gateway.web
        cls.port = int(cls.web.url.rsplit(":", 1)[1])

    def incoming(self) -> int:
        return incoming_files(self.grid.servers)

    def files_of(self, cap: str) -> list:
        index = self.web.check(cap)["storage-index"]
        return [file for server in self.grid.servers
                for file in sorted(server.shares.glob(f"{index[:2]}/{index}/*"))]

    def refused(self, call) -> HttpError:
        with self.assertRaises(HttpError) as caught:
            call()
        return caught.exception

    def ask(self, target: str, host: str = "127.0.0.1") -> bytes:
        with socket.create_connection(("127.0.0.1", self.port)) as connection:
            connection.sendall(f"GET {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            return receive(connection)

    def test_malformed_capabilities(self) -> None:
        good = self.web.put(data_of(1000))
        for cap in ("nonsense", "URI:CHK:", "URI:CHK:a:b:3:10:5", good.replace(":3:10:", ":0:10:"),
                    good.replace(":3:10:", ":3:257:"), good + "9" * 30, good + ":1", "URI:LIT:1", "URI:DIR2:abc",
                    "URI:SSK:a:b", "URI:MDMF:x", "URI:CHK-Verifier:x:y:3:10:5", "../../etc/passwd", "<script>"):
            with self.subTest(cap[:20]):
                error = self.refused(lambda: self.web.get(cap))
                self.assertEqual(error.status, 400)
                self.assertGreater(len(error.body), 20)
                self.assertNotIn(b"<script>", error.body)

    def test_what_browsers_are_made_to_send(self) -> None:
        cap = urllib.parse.quote(self.web.put(data_of(1000)), safe="")
        for host in ("evil.example", "127.0.0.1.evil.example", "a@127.0.0.1", "2130706433"):
            self.assertTrue(self.ask("/", host).startswith(b"HTTP/1.1 403 "), host)
        head = self.ask(f"/uri/{cap}?save=true&filename=a%0d%0aX-Evil:%20%22<b>").partition(b"\r\n\r\n")[0]
        self.assertNotIn(b"\r\nX-Evil", head)
        self.assertIn(b"\r\nContent-Security-Policy: sandbox\r\n", head)

    def test_full_spool(self) -> None:
        error = self.refused(lambda: self.web.put(data_of(8 * MEBIBYTE)))
        self.assertEqual(error.status, 507)
        self.assertEqual(os.listdir(self.grid.gateway.state / "tmp"), [])
        self.assertEqual(self.incoming(), 0)
        self.web.put(data_of(3 * MEBIBYTE))  # all of the spool is free again

    def test_uploads_that_are_cut_off(self) -> None:
        for round_ in range(5):
            with socket.create_connection(("127.0.0.1", self.port)) as connection:
                connection.sendall(b"PUT /uri HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 3000000\r\n\r\n")
                connection.sendall(data_of(3_000_000 - round_ % 2))
                if round_ % 2 == 0:
                    wait_until(lambda: self.incoming(), 20, "shares under way")
            wait_until(lambda: self.incoming() == 0, 10, "the shares are given up")
        self.web.put(data_of(3 * MEBIBYTE))

    def test_damaged_and_exchanged_shares(self) -> None:
        data, other = data_of(1_000_000), data_of(1_000_001)
        caps = self.web.put(data), self.web.put(other)
        files, others = ({file.name: file for file in self.files_of(cap)} for cap in caps)
        names = sorted(files, key=int)
        size = files[names[0]].stat().st_size
        for name, place in zip(names, (0, 13, 100, size // 2, size - 200)):
            damaged = bytearray(files[name].read_bytes())
            damaged[place] ^= 0xFF
            files[name].write_bytes(damaged)
        for name in names[5:7]:
            mine, theirs = files[name].read_bytes(), others[name].read_bytes()
            files[name].write_bytes(theirs)
            others[name].write_bytes(mine)
        self.assertEqual(self.web.get(caps[0]), data)
        self.assertEqual(self.web.get(caps[1]), other)
        self.web.check(caps[0], verify=True)
        advisories = [file for server in self.grid.servers
                      for file in (server.state / "storage" / "corruption-advisories").glob("*")]
        self.assertGreater(len(advisories), 0)

    def test_servers_that_hang(self) -> None:
        data = data_of(2_000_000)
        cap = self.web.put(data)
        hanging = self.grid.servers[:7]
        for server in hanging:
            server.process.signal(signal.SIGSTOP)
        try:
            self.assertEqual(self.web.get(cap), data)
        finally:
            for server in hanging:
                server.process.signal(signal.SIGCONT)

    def test_storage_that_vanishes_and_returns(self) -> None:
        server = self.grid.servers[9]
        storage, away = server.state / "storage", server.state / "away"
        data = data_of(200_000)
        storage.rename(away)
        try:
            cap = self.web.put(data)
            self.assertFalse(storage.exists())
        finally:
            away.rename(storage)
        self.assertEqual(self.web.get(cap), data)
        self.assertTrue(server.process.is_running())


class SmallGridTest(unittest.TestCase):
    def test_too_few_servers(self) -> None:
        with TarnGrid(PROGRAMS, fresh_folder("few"), servers=4) as grid:
            error = self.refused(lambda: grid.gateway.web.put(data_of(100_000)))
            self.assertIn(b"UploadUnhappinessError", error.body)
            error = self.refused(lambda: grid.gateway.web.call(
                "PUT", "/uri", data_of(100_000), {"Accept": "application/json"}))
            report = json.loads(error.body)["happiness"]
            self.assertEqual((report["happy"], report["servers-known"], len(report["servers"])), (7, 4, 4))
            self.assertEqual([file for server in grid.servers for file in server.shares.rglob("*")
                              if file.is_file()], [])

    def refused(self, call) -> HttpError:
        with self.assertRaises(HttpError) as caught:
            call()
        self.assertEqual(caught.exception.status, 500)
        return caught.exception

    def test_entries_that_cannot_work(self) -> None:
        encoding = {"needed": 1, "happy": 1, "total": 1}
        with TarnGrid(PROGRAMS, fresh_folder("broken-entry"), servers=1, gateway=encoding) as grid:
            grid.gateway.stop()
            grid.gateway.set_servers(grid.servers_yaml() + '  "v0-broken":\n    ann: {nickname: x}\n')
            grid.gateway.start()
            self.assertIn("v0-broken", grid.gateway.process.log_text())
            self.assertEqual(grid.gateway.web.get(grid.gateway.web.put(data_of(100))), data_of(100))

    def test_gateway_that_dies(self) -> None:
        with TarnGrid(PROGRAMS, fresh_folder("dies"), servers=3, gateway={"happy": 3}) as grid:
            port = int(grid.gateway.web.url.rsplit(":", 1)[1])
            with socket.create_connection(("127.0.0.1", port)) as connection:
                size = 60_000_000
                connection.sendall(f"PUT /uri HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {size}\r\n\r\n"
                                   .encode())
                connection.sendall(bytes(size))
                wait_until(lambda: incoming_files(grid.servers), 30, "shares under way")
                grid.gateway.kill()
            self.assertEqual(os.listdir(grid.gateway.state / "tmp"), [])
            for server in grid.servers:
                server.kill()
                server.start()
            self.assertEqual(incoming_files(grid.servers), 0)


if __name__ == "__main__":
    netns.run(lambda: None)

"""Hostile web clients of tarn-gateway: parallel uploads against the bound of the spool, deaf
downloads, crowds, tricks. Memory stays flat and honest clients are served meanwhile."""
from __future__ import annotations

import concurrent.futures
import os
import re
import socket
import time
import unittest

import netns
from hostile_rig import (CHUNKED, MEBIBYTE, SMUGGLED, SMUGGLING, descriptors, incoming_files, receive,
                         resident_bytes, send_all, status_of)
from netns import PROGRAMS, data_of, fresh_folder
from processes import wait_until
from tarn_grid import TarnGrid
from web_api import HttpError

HOST = b"Host: 127.0.0.1\r\n"
CONNECTIONS = 64
# What downloads may have under way, and one more each second that they are stuck.
MOST_GROWTH = 64 * MEBIBYTE


class HostileWebTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        options = {"segment_size": "128 KiB", "needed": 1, "happy": 1, "total": 2,
                   "connections": CONNECTIONS,
                   "extra": '[spool]\nmemory = "1 MiB"\ndisk = "4 MiB"\n'}
        cls.grid = TarnGrid(PROGRAMS, fresh_folder("hostile-web"), servers=2, gateway=options)
        cls.addClassCleanup(cls.grid.kill)
        cls.grid.start()
        cls.web = cls.grid.gateway.web
        cls.port = int(cls.web.url.rsplit(":", 1)[1])
        cls.pid = cls.grid.gateway.process.pid
        cls.web.get(cls.web.put(data_of(1_000_000)))  # everything has been used once
        cls.memory_before = resident_bytes(cls.pid)
        cls.descriptors_before = descriptors(cls.pid)

    def connect(self, receive_buffer: int = 0) -> socket.socket:
        connection = socket.socket()
        self.addCleanup(connection.close)
        if receive_buffer:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        connection.settimeout(10)
        connection.connect(("127.0.0.1", self.port))
        return connection

    def answer(self, request: bytes) -> bytes:
        with self.connect() as connection:
            send_all(connection, iter([request]))
            return receive(connection)

    def require_well(self, limit_s: float = 10) -> None:
        data = data_of(100_000 + int(time.monotonic() * 1000) % 1000)
        begun = time.monotonic()
        self.assertEqual(self.web.get(self.web.put(data)), data)
        self.assertLess(time.monotonic() - begun, limit_s)

    def tearDown(self) -> None:
        self.doCleanups()
        wait_until(lambda: descriptors(self.pid) <= self.descriptors_before + 8, 20, "descriptors closed")
        self.assertEqual(os.listdir(self.grid.gateway.state / "tmp"), [])
        self.assertEqual(incoming_files(self.grid.servers), 0)
        grown = self.grid.gateway.process.peak_memory_bytes() - self.memory_before
        self.assertLess(grown, MOST_GROWTH, "the gateway has grown")

    def test_parallel_uploads(self) -> None:
        def put(number: int) -> int:
            try:
                self.web.put(data_of(3 * MEBIBYTE + number))
                return 200
            except HttpError as error:
                return error.status
        for _ in range(3):
            with concurrent.futures.ThreadPoolExecutor(12) as pool:
                statuses = list(pool.map(put, range(12)))
            self.assertLessEqual(set(statuses), {200, 507})
            self.assertIn(200, statuses)
        self.assertEqual(put(12), 200)  # the whole spool is free again

    def test_uploads_that_trickle(self) -> None:
        trickling = [self.connect() for _ in range(CONNECTIONS - 4)]
        for number, connection in enumerate(trickling):
            length = CHUNKED if number % 2 else b"Content-Length: 99999999999\r\n"
            connection.sendall(b"PUT /uri HTTP/1.1\r\n" + HOST + length + b"\r\n")
        for _ in range(3):
            for number, connection in enumerate(trickling):
                connection.sendall(b"1\r\nx\r\n" if number % 2 else b"x")
            self.require_well()
            time.sleep(0.3)

    def test_readers_that_are_deaf(self) -> None:
        size = 3 * MEBIBYTE
        cap = self.web.put(data_of(size))
        path = self.web.path_of(cap).encode()
        deaf = [self.connect(receive_buffer=4096) for _ in range(12)]
        for connection in deaf:
            send_all(connection, iter([b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"\r\n"] * 20))
        begun = time.monotonic()
        self.assertEqual(self.web.get(cap), data_of(size))
        self.require_well(40)
        self.assertLess(time.monotonic() - begun, 60)

    def test_crowds(self) -> None:
        idle = [self.connect() for _ in range(4 * CONNECTIONS)]
        self.require_well()
        heads = [self.connect() for _ in range(CONNECTIONS)]
        for connection in heads:
            send_all(connection, iter([b"GET / HTTP"]))

        def served() -> bool:
            try:
                return self.answer(b"GET / HTTP/1.0\r\n" + HOST + b"\r\n").startswith(b"HTTP/1.1 200")
            except OSError:
                return False
        wait_until(served, 10, "an honest client is served")
        for connection in idle + heads:
            connection.close()

    def test_smuggling(self) -> None:
        for line in (b"PUT /uri", b"POST /uri?t=upload"):
            for name, rest in SMUGGLING.items():
                with self.subTest(f"{line} {name}"):
                    answer = self.answer(line + b" HTTP/1.1\r\n" + HOST + rest + SMUGGLED)
                    self.assertEqual(len(re.findall(rb"(?m)^HTTP/1\.1 ", answer)), 1, answer)
                    self.assertIn(status_of(answer), (400, 501), answer)
                    if line.startswith(b"PUT"):  # the form is refused before its chunks are seen
                        self.assertIn(b"\r\nConnection: close\r\n", answer)

    def test_ranges(self) -> None:
        cap = self.web.put(data_of(500_000))
        path = self.web.path_of(cap).encode()
        for text, status, size in ((b"0-18446744073709551615", 206, 500_000), (b"499999-", 206, 1),
                                   (b"-99999999999999999999", 206, 500_000), (b"500000-500001", 416, None),
                                   (b",".join([b"0-1"] * 5000), 206, 2), (b"1-0", 200, 500_000),
                                   (b"0-1,x", 200, 500_000)):
            with self.subTest(text[:40]):
                answer = self.answer(b"GET " + path + b" HTTP/1.1\r\n" + HOST + b"Connection: close\r\nRange: bytes="
                                     + text + b"\r\n\r\n")
                self.assertEqual(status_of(answer), status)
                if size is not None:
                    self.assertEqual(len(answer.partition(b"\r\n\r\n")[2]), size)

    def test_pages_to_go_to(self) -> None:
        form = (b"--B\r\nContent-Disposition: form-data; name=file; filename=a\r\n\r\nhello\r\n--B--\r\n")
        head = (b" HTTP/1.1\r\n" + HOST + b"Connection: close\r\n"
                b"Content-Type: multipart/form-data; boundary=B\r\nContent-Length: ")
        for page, status in ((b"//evil.example", 400), (b"javascript:alert(1)", 400), (b"%5c%5cevil", 400),
                             (b"https:x", 400), (b"/x%0d%0aSet-Cookie:a", 400), (b"/uri/%25(uri)s", 302)):
            answer = self.answer(b"POST /uri?when_done=" + page + head + b"%d\r\n\r\n" % len(form) + form)
            self.assertEqual(status_of(answer), status, page)
            self.assertEqual(b"\r\nLocation: " in answer, status == 302)
        # Refused before anything of the body has come.
        waiting = self.connect()
        waiting.sendall(b"POST /uri?when_done=//evil" + head + b"99999999\r\n\r\n")
        self.assertTrue(waiting.recv(100).startswith(b"HTTP/1.1 400 "))


if __name__ == "__main__":
    netns.run(lambda: None)

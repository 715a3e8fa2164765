"""Crowds, floods and tricks of hostile clients against tarn-storage, as raw bytes: honest ones are
served meanwhile, and memory, descriptors and space come back."""
from __future__ import annotations

import concurrent.futures
import contextlib
import os
import re
import socket
import ssl
import time
import unittest

import netns
from hostile_rig import (CHUNKED, INDEX, LEASES, MEBIBYTE, SMUGGLED, SMUGGLING, UPLOAD, RawStorageTest,
                         allocation, descriptors, incoming_files, receive, resident_bytes, secret,
                         send_all, status_of)
from netns import data_of
from processes import wait_until

IDLE_BYTES = 24_000  # what an idle TLS connection may cost


class CrowdTest(RawStorageTest):
    connections = 5100
    most_memory = 48 * MEBIBYTE + 5100 * IDLE_BYTES

    def test_five_thousand_idle_connections(self) -> None:
        self.require_well()
        descriptors_before, memory_before = descriptors(self.pid), resident_bytes(self.pid)
        crowd = []
        for number in range(5000):
            crowd.append(self.connect())
            if number % 1000 == 999:
                self.require_well(5)
        half = len(crowd) // 2
        for connection in crowd[:half]:  # used ones give their buffers back, too
            connection.sendall(self.head("GET /storage/v1/version"))
        for connection in crowd[:half]:
            self.assertTrue(connection.recv(4096).startswith(b"HTTP/1.1 200"))
        each = (resident_bytes(self.pid) - memory_before) / len(crowd)
        print(f"an idle TLS connection costs {each:.0f} bytes", flush=True)
        self.assertLess(each, IDLE_BYTES)
        for connection in crowd:
            connection.close()
        wait_until(lambda: descriptors(self.pid) <= descriptors_before, 20, "all descriptors closed")
        self.require_well(5)


class FullServerTest(RawStorageTest):
    connections = 100

    def test_newcomers_displace_the_idle(self) -> None:
        crowd = [self.connect() for _ in range(300)]
        self.require_well(5)
        self.assertLessEqual(descriptors(self.pid), 100 + 40)
        self.assertEqual(crowd[0].recv(1), b"")  # gone first
        crowd[-1].sendall(self.head("GET /storage/v1/version", "Connection: close\r\n"))
        self.assertTrue(receive(crowd[-1]).startswith(b"HTTP/1.1 200"))

    def test_handshakes_that_stop_and_heads_that_drip(self) -> None:
        silent = [self.plain() for _ in range(60)]
        heads = [self.connect() for _ in range(60)]
        for connection in heads:
            send_all(connection, iter([b"GET / HT"]))

        def honest() -> bool:
            for connection in heads:
                send_all(connection, iter([b"T"]))
            try:
                self.require_well()
            except (OSError, ValueError, IndexError):
                return False
            return True
        wait_until(honest, 10, "an honest client is served")
        self.assertLessEqual(descriptors(self.pid), 100 + 40)
        del silent


class TricksTest(RawStorageTest):
    def test_smuggling(self) -> None:
        request = self.head(f"POST /storage/v1/immutable/{INDEX}", LEASES + UPLOAD)[:-2]
        for name, rest in SMUGGLING.items():
            with self.subTest(name):
                answer = self.answer(request + rest + SMUGGLED)
                self.assertEqual(answer.count(b"HTTP/1.1 "), 1, answer)
                self.assertIn(status_of(answer), (400, 501), answer)
                self.assertIn(b"\r\nConnection: close\r\n", answer)
        for line in (b"GET /\0 HTTP/1.1", b"GET  / HTTP/1.1", b"GET / HTTP/1.1 ", b"G\0T / HTTP/1.1",
                     b"GET\t/ HTTP/1.1", b"GET / http/1.1", b"GET / HTTP/2.0", b"GET /", b"\xff / HTTP/1.1"):
            with self.subTest(line):
                answer = self.answer(line + b"\r\nHost: h\r\n\r\n" + SMUGGLED)
                self.assertEqual(len(re.findall(rb"(?m)^HTTP/1\.1 ", answer)), 1, answer)
                self.assertIn(status_of(answer), (400, 505), answer)
        self.require_well()

    def test_secrets(self) -> None:
        cases = {
            "none": "", "no upload secret": LEASES, "short": LEASES.replace("AAAA", "AA", 1) + UPLOAD,
            "long lease secret": secret("lease-renew-secret", bytes(33)) + UPLOAD,
            "empty": LEASES + secret("upload-secret", b""),
            "unknown kind": LEASES + UPLOAD + secret("master-secret", bytes(32)),
            "one too many": LEASES + UPLOAD + secret("write-enabler", bytes(32)),
            "no base64": LEASES + "X-Tahoe-Authorization: upload-secret !!!!\r\n",
            "no kind": LEASES + "X-Tahoe-Authorization: AAAA\r\n",
        }
        for name, secrets in cases.items():
            with self.subTest(name):
                answer = self.request(f"POST /storage/v1/immutable/{INDEX}", secrets, allocation(0, 10))
                self.assertEqual(status_of(answer), 400)
                self.assertNotIn(b"AAAA", answer)
        self.assertEqual(incoming_files([self.server]), 0)

    def test_guessed_swissnums(self) -> None:
        guesses = 2000
        log_before = len(self.server.process.log_text())
        connection = self.connect()
        begun = time.monotonic()
        for number in range(0, guesses, 100):
            connection.sendall(b"".join(self.head("GET /storage/v1/version", swissnum=f"guess{number + i}")
                                        for i in range(100)))
        connection.sendall(self.head("GET /", "Connection: close\r\n", swissnum="last"))
        statuses = re.findall(rb"HTTP/1\.1 (\d+) ", receive(connection, 60))
        self.assertEqual(statuses, [b"401"] * guesses + [b"404"])
        self.assertLess(time.monotonic() - begun, 30)
        log = self.server.process.log_text()
        self.assertLess(len(log) - log_before, 10_000)
        self.assertNotIn(self.swissnum, log)
        self.assertNotIn("guess1", log)
        self.require_well()

    def test_other_tls(self) -> None:
        old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        old.check_hostname = False
        old.verify_mode = ssl.CERT_NONE
        old.maximum_version = ssl.TLSVersion.TLSv1_2
        with self.assertRaises((ssl.SSLError, ConnectionError)):
            old.wrap_socket(self.plain())
        for record in (b"\x16\x03\x01\xff\xff" + bytes(70_000), b"\x16\x03\x01\x00\x00" * 1000,
                       b"\x16\x03\x03\x00\x04\x01\xff\xff\xff", b"\x16" * 5000, b"\x80\x2e\x01\x03\x01"):
            connection = self.plain()
            send_all(connection, iter([record]))
            with contextlib.suppress(OSError):  # it may have hung up already
                connection.shutdown(socket.SHUT_WR)
            self.assertLess(len(receive(connection)), 100)  # an alert at most
        # The end of what a client sends, without a TLS goodbye: no answer to half a request, no wait.
        for request in (self.head("GET /storage/v1/version"), b"GET /storage"):
            connection = self.connect()
            connection.sendall(request)
            raw = socket.socket(fileno=os.dup(connection.fileno()))
            raw.shutdown(socket.SHUT_WR)
            raw.close()
            begun = time.monotonic()
            try:
                receive(connection, 20)
            except ssl.SSLError:
                pass
            self.assertLess(time.monotonic() - begun, 15)
        self.require_well()


class ShareTest(RawStorageTest):
    extra = 'maximum_space = "12 MB"'

    def test_ranges(self) -> None:
        data = data_of(MEBIBYTE)
        self.assertTrue(self.allocate(INDEX, len(data)))
        self.assertEqual(self.write(INDEX, data), 201)
        share = f"/storage/v1/immutable/{INDEX}/0"
        for text, status, size in (("0-18446744073709551615", 206, len(data)), ("0-9223372036854775807", 206, len(data)),
                                   ("1048575-99999999", 206, 1), ("1048576-1048577", 204, 0),
                                   ("18446744073709551615-18446744073709551615", 204, 0), ("5-1", 416, 0),
                                   ("0-0,1-1", 416, 0), ("-5", 416, 0), ("0-", 416, 0), ("-", 416, 0),
                                   ("0-0x5", 416, 0), (",".join(["0-1"] * 3000), 416, 0)):
            with self.subTest(text[:40]):
                answer = self.request(f"GET {share}", f"Range: bytes={text}\r\n")
                self.assertEqual(status_of(answer), status, answer[:300])
                if status == 206:
                    self.assertEqual(len(answer.partition(b"\r\n\r\n")[2]), size)
        # Hundreds of requests for everything, and nobody reads the answers.
        deaf = [self.connect() for _ in range(20)]
        for connection in deaf:
            connection.settimeout(2)
            request = self.head(f"GET {share}", f"Range: bytes=0-{len(data) - 1}\r\n")
            send_all(connection, (request * 10 for _ in range(30)))
        self.require_well()
        for connection in deaf:
            connection.close()

    def test_abandoned_uploads(self) -> None:
        for index in ("a" * 26, "b" * 25 + "a"):
            self.assertTrue(self.allocate(index, 5_000_000))
        self.assertFalse(self.allocate("c" * 25 + "a", 5_000_000))
        more = f"{UPLOAD}Content-Range: bytes 0-2999999/*\r\nContent-Length: 3000000\r\n"
        connection = self.connect()
        send_all(connection, iter([self.head(f"PATCH /storage/v1/immutable/{INDEX}/0", more), bytes(1_000_000)]))
        connection.close()
        self.assertEqual(self.write(INDEX, bytes(1000)), 200)  # what was cut off is not in the way
        self.assertEqual(incoming_files([self.server]), 1)
        for index in ("a" * 26, "b" * 25 + "a"):
            self.assertEqual(self.abort(index), 200)
        self.assertEqual(incoming_files([self.server]), 0)
        self.assertTrue(self.allocate("d" * 25 + "a", 11_000_000))

    def test_races_for_space(self) -> None:
        indexes = [f"{chr(97 + i)}{chr(97 + j)}{'a' * 24}" for i in range(8) for j in range(8)]
        for _ in range(2):
            with concurrent.futures.ThreadPoolExecutor(16) as pool:
                allocated = [index for index, got in
                             zip(indexes, pool.map(lambda index: self.allocate(index, 1_000_000), indexes)) if got]
            self.assertIn(len(allocated), (10, 11))
            with concurrent.futures.ThreadPoolExecutor(16) as pool:
                written = list(pool.map(lambda index: self.write(index, bytes(1_500_000)), allocated))
                self.assertTrue(all(status >= 400 for status in written), written)
                used = sum(file.stat().st_size for file in self.server.shares.rglob("*") if file.is_file())
                self.assertLessEqual(used, 12_000_000)
                self.assertEqual(set(pool.map(self.abort, allocated)), {200})
        self.assertEqual(incoming_files([self.server]), 0)

    def test_endless_bodies(self) -> None:
        self.assertTrue(self.allocate(INDEX, 1_000_000))
        write = f"PATCH /storage/v1/immutable/{INDEX}/0"
        endless = ("Content-Length: 9223372036854775807\r\n", CHUNKED.decode())
        for length in endless:
            for content_range in ("0-99", "0-999999", "0-9223372036854775806"):
                with self.subTest(f"{length.strip()} {content_range}"), self.connect() as connection:
                    connection.settimeout(10)
                    more = f"{UPLOAD}Content-Range: bytes {content_range}/*\r\n{length}"
                    piece = bytes(0x10000) if "Content" in length else b"10000\r\n" + bytes(0x10000) + b"\r\n"
                    connection.sendall(self.head(write, more))
                    sent = send_all(connection, (piece for _ in range(1000)))
                    self.assertLess(sent, 40_000_000)
                    # As the reference does: what fits the range counts, then the connection ends.
                    answer = receive(connection)
                    if answer:
                        self.assertIn(status_of(answer), (200, 201, 400, 404, 416))
                self.require_well()
        used = sum(file.stat().st_size for file in self.server.shares.rglob("*") if file.is_file())
        self.assertLess(used, 1_001_000)


if __name__ == "__main__":
    netns.run(lambda: None)

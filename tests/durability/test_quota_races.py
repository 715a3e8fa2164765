"""Twenty uploads at once into space for five, over HTTPS: the account is never charged more than it may
have, its files never take more on the disk, and five succeed. The same with changes of mutable shares."""
from __future__ import annotations

import http.client
import json
import pathlib
import socket
import stat
import subprocess
import threading
import unittest

import netns
from gbs_client import GbsClient, GbsError
from netns import PROGRAMS, data_of, fresh_folder
from tarn_grid import StorageServer

UPLOADS, ROOM = 20, 5
SIZE = 200_000
LARGE = 3_000_000  # written into a file while it arrives
LEASE = 72  # in a mutable container four have their place in the head
IMMUTABLE_HEAD, MUTABLE_HEAD = 12, 468
BASE32 = "abcdefghijklmnopqrstuvwxyz234567"


def index_of(kind: str, number: int) -> str:
    return kind + BASE32[number] + "a" * 24


class OperatorSocket(http.client.HTTPConnection):
    """What `tarn-storage account` speaks to, kept open: asking has to be quick here."""

    def __init__(self, path: pathlib.Path) -> None:
        super().__init__("localhost", timeout=30)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))

    def account(self, name: str) -> dict:
        self.request("GET", f"/admin/v1/accounts/{name}")
        return json.loads(self.getresponse().read())


def bytes_below(folder: pathlib.Path) -> int:
    """Of all files; those that go meanwhile do not count, and one that is moved counts once."""
    sizes: dict[int, int] = {}
    for path in folder.rglob("*"):
        try:
            info = path.stat()
        except FileNotFoundError:
            continue
        if stat.S_ISREG(info.st_mode):
            sizes[info.st_ino] = info.st_size
    return sum(sizes.values())


class Watch(threading.Thread):
    """Looks at ledger and disk again and again; remembers the most that it saw."""

    def __init__(self, server: StorageServer, name: str) -> None:
        super().__init__(daemon=True)
        self._server = server
        self._name = name
        self._ended = threading.Event()
        self.looks = self.most_charged = self.most_on_disk = 0

    def run(self) -> None:
        operator = OperatorSocket(self._server.state / "admin.sock")
        while not self._ended.is_set():
            figures = operator.account(self._name)
            self.most_charged = max(self.most_charged, figures["used_bytes"] + figures["incoming_bytes"])
            self.most_on_disk = max(self.most_on_disk, bytes_below(self._server.shares))
            self.looks += 1
        operator.close()

    def end(self) -> None:
        self._ended.set()
        self.join()


class QuotaRaces(unittest.TestCase):
    def setUp(self) -> None:
        self.server = StorageServer(PROGRAMS, fresh_folder(self._testMethodName) / "s", nickname="s")
        self.addCleanup(self.server.kill)
        self.server.start()

    def account(self, *words: str) -> str:
        return subprocess.run([PROGRAMS.storage, "--state", self.server.state, "account", *words],
                              capture_output=True, text=True, check=True, timeout=30).stdout.strip()

    def charged(self, name: str) -> tuple[int, int, int]:
        """Bytes used, bytes of uploads under way, shares."""
        figures = json.loads(self.account("show", name, "--json"))
        return figures["used_bytes"], figures["incoming_bytes"], figures["shares"]

    def at_once(self, attempts) -> list[int]:
        """attempts: called with a client of their own, all at the same time. \\return HTTP statuses"""
        statuses = [0] * len(attempts)
        together = threading.Barrier(len(attempts))

        def run(number: int, attempt) -> None:
            client = GbsClient(self.nurl)
            client.version()
            together.wait(30)
            try:
                attempt(client)
                statuses[number] = 200
            except GbsError as error:
                statuses[number] = error.status
            finally:
                client.close()

        threads = [threading.Thread(target=run, args=(number, attempt), daemon=True)
                   for number, attempt in enumerate(attempts)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return statuses

    def race(self, charge: int, attempts, refusal: int) -> None:
        """Each attempt costs `charge`."""
        limit = ROOM * charge
        self.nurl = self.account("add", "racer", "--limit", str(limit))
        watch = Watch(self.server, "racer")
        watch.start()
        statuses = self.at_once(attempts)
        watch.end()
        print(f"{statuses}; {watch.looks} looks", flush=True)
        self.assertEqual(sorted(statuses), sorted([200] * ROOM + [refusal] * (UPLOADS - ROOM)))
        self.assertGreater(watch.looks, 2)
        self.assertLessEqual(watch.most_charged, limit)
        self.assertLessEqual(watch.most_on_disk, limit)
        figures = self.charged("racer")
        self.assertEqual(figures, (limit, 0, ROOM))
        self.assertEqual(bytes_below(self.server.shares), limit)
        self.server.stop()
        self.server.start()
        self.assertEqual(self.charged("racer"), figures)

    def test_uploads(self) -> None:
        data = data_of(SIZE)
        self.race(IMMUTABLE_HEAD + SIZE + LEASE,
                  [lambda client, n=n: client.put(index_of("u", n), 0, data) for n in range(UPLOADS)], 404)

    def test_uploads_of_shares_of_one_file(self) -> None:
        data = data_of(SIZE)
        self.race(IMMUTABLE_HEAD + SIZE + LEASE,
                  [lambda client, n=n: client.put(index_of("f", 0), n, data) for n in range(UPLOADS)], 404)

    def test_new_slots(self) -> None:
        data = data_of(SIZE)
        self.race(MUTABLE_HEAD + SIZE + 4,
                  [lambda client, n=n: client.write_slot(index_of("s", n), 0, data) for n in range(UPLOADS)], 507)

    def test_new_large_slots(self) -> None:
        data = data_of(LARGE)
        self.race(MUTABLE_HEAD + LARGE + 4,
                  [lambda client, n=n: client.write_slot(index_of("l", n), 0, data) for n in range(UPLOADS)], 507)

    def test_what_is_given_up_makes_room(self) -> None:
        charge = IMMUTABLE_HEAD + SIZE + LEASE
        self.nurl = self.account("add", "racer", "--limit", str(ROOM * charge))
        client = GbsClient(self.nurl)
        self.addCleanup(client.close)
        for number in range(ROOM):
            client.allocate(index_of("g", number), {0}, SIZE)
        data = data_of(SIZE)
        attempts = [lambda one, n=n: one.put(index_of("h", n), 0, data) for n in range(UPLOADS)]
        self.assertEqual(self.at_once(attempts), [404] * UPLOADS)
        for number in range(ROOM):
            client.abort(index_of("g", number), 0)
        self.assertEqual(sorted(self.at_once(attempts)), sorted([200] * ROOM + [404] * (UPLOADS - ROOM)))
        self.assertEqual(self.charged("racer"), (ROOM * charge, 0, ROOM))


if __name__ == "__main__":
    netns.run(lambda: None)

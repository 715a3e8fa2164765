"""A storage server on a volume that fills up, turns read-only or vanishes: it says so, refuses what it
must, goes on with the rest, and recovers by itself. In a mount namespace of our own."""
from __future__ import annotations

import http.client
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time
import unittest
import urllib.error
import urllib.request

import netns
from gbs_client import GbsClient, GbsError
from netns import PROGRAMS, data_of, fresh_folder
from processes import free_port, wait_until
from tarn_grid import Gateway, StorageServer, servers_yaml
from web_api import HttpError

INSIDE = "TARN_INSIDE_MOUNT_NAMESPACE"
# Real root can also mount a filesystem with a journal; in a user namespace nobody can.
ROOT = os.environ.get(INSIDE, "root" if os.geteuid() == 0 else "mapped") == "root"
UNSHARE = ["unshare", "--mount"] if ROOT else ["unshare", "--map-root-user", "--mount"]
BASE32 = "abcdefghijklmnopqrstuvwxyz234567"


def no_namespaces() -> str | None:
    result = subprocess.run([*UNSHARE, "mount", "-t", "tmpfs", "-o", "size=1m", "none", "/mnt"],
                            capture_output=True, text=True)
    return None if result.returncode == 0 else f"no mount namespaces here: {result.stderr[:200]}"


def mount(*arguments: str | pathlib.Path) -> None:
    subprocess.run(["mount", *map(str, arguments)], check=True)


def index_of(number: int) -> str:
    return "".join(BASE32[number >> shift & 31] for shift in (10, 5, 0)) + "a" * 23


class Volume(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = fresh_folder(self._testMethodName)
        self.volume = self.folder / "volume"
        self.volume.mkdir()
        self.server: StorageServer | None = None

    def start(self, size: str, extra: str = "") -> GbsClient:
        mount("-t", "tmpfs", "-o", f"size={size}", "none", self.volume)
        self.addCleanup(subprocess.run, ["umount", "-l", self.volume])
        return self.serve(extra)

    def serve(self, extra: str = "") -> GbsClient:
        self.admin = free_port()
        extra = f'directory = "{self.volume}/storage"\n{extra}'
        self.server = StorageServer(PROGRAMS, self.folder / "s", nickname="v", extra=extra)
        listen = self.server.config.read_text().replace("[storage]", f'admin = "127.0.0.1:{self.admin}"\n[storage]')
        self.server.config.write_text(listen)
        self.server.start()
        self.addCleanup(self.server.kill)
        client = GbsClient(self.server.nurl())
        self.addCleanup(client.close)
        return client

    def health(self) -> tuple[int, dict]:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(f"http://127.0.0.1:{self.admin}/healthz", timeout=10) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def status_of(self, call) -> int:
        try:
            call()
        except GbsError as error:
            self.assertNotIn(b"/", error.body, "strangers are told no paths")
            return error.status
        return 200

    def works(self, client: GbsClient, number: int) -> bool:
        return self.status_of(lambda: client.put(index_of(number), 0, b"again")) == 200

    def files(self) -> dict[str, bytes]:
        shares = self.volume / "storage" / "shares"
        return {str(path.relative_to(shares)): path.read_bytes()
                for path in shares.rglob("*") if path.is_file()}

    def test_fills_up(self) -> None:
        """Filled from outside to within a few pages, at every page more."""
        client = self.start("3m")
        client.put(index_of(0), 0, data_of(1000))
        client.write_slots(index_of(1), {0: data_of(2000), 1: data_of(3000)})
        before = self.files()
        fill = self.volume / "fill"
        refused = 0
        for pages in range(40):
            free = os.statvfs(self.volume).f_bavail * 4096
            fill.write_bytes(bytes(max(free - pages * 4096, 0)))
            big = data_of(70_000)
            for attempt in (lambda: client.put(index_of(2), 0, big),
                            lambda: client.write_slots(index_of(1), {0: big, 2: big})):
                refused += self.status_of(attempt) != 200
            fill.unlink()
            if self.files() != before:
                break  # there was room enough at last
            self.assertEqual(self.health()[0], 200, "a full disk is no broken disk")
            self.assertEqual(client.read_whole(index_of(0), 0), data_of(1000))
        self.assertGreater(refused, 20)
        self.assertEqual(client.read_whole(index_of(1), 1, "mutable"), data_of(3000))
        wait_until(lambda: self.works(client, 3), 20, "space is used again")

    def test_fills_up_under_the_accounts(self) -> None:
        """The shares lie elsewhere: those can be read, nothing is taken, and it passes by itself."""
        state = self.folder / "s" / "state"
        state.mkdir(parents=True)
        mount("-t", "tmpfs", "-o", "size=1m,mode=0700", "none", state)
        self.addCleanup(subprocess.run, ["umount", "-l", state])
        client = self.start("64m")
        self.assertEqual(self.server.state, state)
        client.put(index_of(0), 0, data_of(1000))
        free = os.statvfs(state).f_bavail * os.statvfs(state).f_frsize
        fill = state / "fill"
        fill.write_bytes(bytes(free))
        stored = 0
        for number in range(1, 2000):
            if self.status_of(lambda number=number: client.put(index_of(number), 0, b"x")) != 200:
                break
            stored = number
        self.assertLess(stored, 1999)
        wait_until(lambda: self.health()[0] == 503, 60, "said")
        self.assertIn("accounts.sqlite", self.health()[1]["reason"])
        self.assertNotIn("/", self.health()[1]["reason"])
        self.assertEqual(client.read_whole(index_of(0), 0), data_of(1000))
        fill.unlink()
        wait_until(lambda: self.works(client, 2001), 60, "takes writes again, without a restart")
        self.assertEqual(self.health()[0], 200)
        for number in range(1, stored + 1):
            self.assertEqual(client.read_whole(index_of(number), 0), b"x")

    def test_turns_read_only_and_back(self) -> None:
        client = self.start("8m")
        client.put(index_of(0), 0, data_of(1000))
        client.write_slots(index_of(1), {0: b"old"})
        mount("-o", "remount,ro", self.volume)
        self.assertEqual(self.status_of(lambda: client.put(index_of(2), 0, b"x")), 500)
        self.assertEqual(self.status_of(lambda: client.write_slots(index_of(1), {0: b"new"})), 500)
        status, health = self.health()
        self.assertEqual(status, 503)
        self.assertIn("ead-only", json.dumps(health))
        self.assertEqual(client.read_whole(index_of(0), 0), data_of(1000))
        self.assertEqual(client.read_whole(index_of(1), 0, "mutable"), b"old")
        time.sleep(1.5)
        self.assertFalse(self.works(client, 3))  # looked at again in vain
        mount("-o", "remount,rw", self.volume)
        wait_until(lambda: self.works(client, 3), 30, "takes writes again")
        self.assertEqual(self.health()[0], 200)
        client.write_slots(index_of(1), {0: b"new"})

    def test_vanishes_and_comes_back(self) -> None:
        client = self.start("8m")
        client.put(index_of(0), 0, data_of(1000))
        kept = self.folder / "kept"
        kept.mkdir()
        mount("--bind", self.volume, kept)
        self.addCleanup(subprocess.run, ["umount", "-l", kept])
        subprocess.run(["umount", "-l", self.volume], check=True)
        self.assertEqual(self.status_of(lambda: client.put(index_of(2), 0, b"x")), 500)
        self.assertEqual(self.status_of(lambda: client.read_whole(index_of(0), 0)), 500)
        status, health = self.health()
        self.assertEqual(status, 503)
        self.assertIn("gone", json.dumps(health))
        # An empty directory in its place is not it.
        (self.volume / "storage").mkdir()
        time.sleep(1.5)
        self.assertFalse(self.works(client, 3))
        self.assertEqual(list((self.volume / "storage").iterdir()), [])
        mount("--bind", kept, self.volume)
        wait_until(lambda: self.works(client, 3), 30, "serves again")
        self.assertEqual(client.read_whole(index_of(0), 0), data_of(1000))
        self.assertEqual(self.health()[0], 200)

    def test_pulled_and_put_back_while_reads_go_on(self) -> None:
        """Nobody writes, and an open descriptor still leads to the volume: the server looks by itself."""
        client = self.start("8m")
        for number in range(8):
            client.put(index_of(number), 0, data_of(20_000))
        kept = self.folder / "kept"
        kept.mkdir()
        mount("--bind", self.volume, kept)
        self.addCleanup(subprocess.run, ["umount", "-l", kept])
        stop = threading.Event()
        answers: list[int] = []
        wrong: list[int] = []

        def read_on() -> None:
            reader = GbsClient(self.server.nurl())
            number = 0
            while not stop.is_set():
                number = (number + 1) % 8
                try:
                    if reader.read_whole(index_of(number), 0) != data_of(20_000):
                        wrong.append(number)
                    answers.append(200)
                except GbsError as error:
                    answers.append(error.status)
                time.sleep(0.01)
            reader.close()

        thread = threading.Thread(target=read_on)
        thread.start()
        self.addCleanup(stop.set)
        wait_until(lambda: len(answers) > 50, 20, "reads")
        self.assertEqual(set(answers), {200})
        subprocess.run(["umount", "-l", self.volume], check=True)
        wait_until(lambda: answers[-1] == 500, 60, "reads are refused")
        self.assertEqual(self.health()[0], 503)
        self.assertIn("the store stops serving", self.server.process.log_text())
        mount("--bind", kept, self.volume)
        wait_until(lambda: answers[-1] == 200, 90, "reads are served again, by itself")
        wait_until(lambda: self.health()[0] == 200, 20, "healthy again")
        self.assertIn("takes reads and writes again", self.server.process.log_text())
        stop.set()
        thread.join()
        self.assertEqual(wrong, [], "never other bytes")
        self.assertEqual(set(answers), {200, 500}, "nothing was said to be absent")

    def test_a_read_only_volume_is_noticed_before_somebody_writes(self) -> None:
        client = self.start("8m")
        client.put(index_of(0), 0, data_of(1000))
        mount("-o", "remount,ro", self.volume)
        wait_until(lambda: self.health()[0] == 503, 60, "noticed")
        self.assertEqual(client.read_whole(index_of(0), 0), data_of(1000))
        mount("-o", "remount,rw", self.volume)
        wait_until(lambda: self.health()[0] == 200, 90, "well again, by itself")

    @unittest.skipUnless(ROOT, "only root mounts a filesystem with a journal")
    def test_journal_aborts(self) -> None:
        """ext4 gives up its journal, as after a failed write: what was acknowledged is there after fsck."""
        if subprocess.run(["losetup", "--find"], capture_output=True).returncode != 0:
            self.skipTest("no loop devices here")
        image = self.folder / "ext4.img"
        with image.open("wb") as file:
            file.truncate(64 << 20)
        subprocess.run(["mkfs.ext4", "-q", image], check=True)
        mount("-o", "loop,errors=remount-ro", image, self.volume)
        self.addCleanup(subprocess.run, ["umount", "-l", self.volume], stderr=subprocess.DEVNULL)
        client = self.serve()
        for number in range(20):
            client.put(index_of(number), 0, data_of(1000 + number))
        client.write_slots(index_of(30), {0: b"old", 1: data_of(2000)})
        mount("-o", "remount,abort", self.volume)
        self.assertEqual(self.status_of(lambda: client.put(index_of(21), 0, b"x")), 500)
        self.assertEqual(self.status_of(lambda: client.write_slots(index_of(30), {0: b"new"})), 500)
        self.assertEqual(self.health()[0], 503)
        self.assertEqual(client.read_whole(index_of(0), 0), data_of(1000))
        client.close()
        self.server.kill()
        subprocess.run(["umount", self.volume], check=True)
        # 1: errors were corrected.
        self.assertIn(subprocess.run(["e2fsck", "-p", image], capture_output=True).returncode, (0, 1))
        mount("-o", "loop", image, self.volume)
        client = self.serve()
        for number in range(20):
            self.assertEqual(client.read_whole(index_of(number), 0), data_of(1000 + number))
        self.assertEqual(self.status_of(lambda: client.read_whole(index_of(21), 0)), 404)
        self.assertEqual(client.read_whole(index_of(30), 0, "mutable"), b"old")
        self.assertTrue(self.works(client, 21))
        self.assertEqual(self.health()[0], 200)

    def start_on_a_disk_that_can_hang(self) -> GbsClient:
        """On ext4: what would write waits in the kernel while it is frozen; nothing but a thaw ends that."""
        if subprocess.run(["losetup", "--find"], capture_output=True).returncode != 0:
            self.skipTest("no loop devices here")
        image = self.folder / "ext4.img"
        with image.open("wb") as file:
            file.truncate(64 << 20)
        subprocess.run(["mkfs.ext4", "-q", image], check=True)
        mount("-o", "loop", image, self.volume)
        self.addCleanup(subprocess.run, ["umount", "-l", self.volume], stderr=subprocess.DEVNULL)
        client = self.serve()
        # Before the server is killed: nobody can be killed who waits in the kernel.
        self.addCleanup(subprocess.run, ["fsfreeze", "--unfreeze", self.volume], stderr=subprocess.DEVNULL)
        return client

    def freeze(self) -> None:
        subprocess.run(["fsfreeze", "--freeze", self.volume], check=True)

    def thaw(self) -> None:
        subprocess.run(["fsfreeze", "--unfreeze", self.volume], check=True)

    def refused_at_once(self, call) -> None:
        begin = time.monotonic()
        with self.assertRaises(GbsError) as refused:
            call()
        self.assertEqual(refused.exception.status, 500)
        self.assertLess(time.monotonic() - begin, 5)

    @unittest.skipUnless(ROOT, "only root freezes a filesystem")
    def test_hangs_and_answers_again(self) -> None:
        """Uploads and mutable writes run while the disk stops answering: they end with an error that says so,
        and what was acknowledged is there when it answers again."""
        client = self.start_on_a_disk_that_can_hang()
        client.put(index_of(0), 0, data_of(1000))
        acknowledged: dict[str, tuple[str, bytes]] = {}
        errors: list[GbsError] = []

        def write_on(first: int, kind: str) -> None:
            writer = GbsClient(self.server.nurl())
            for number in range(first, first + 900):
                try:
                    write = writer.put if kind == "immutable" else writer.write_slot
                    write(index_of(number), 0, data_of(20_000 + number))
                    acknowledged[index_of(number)] = (kind, data_of(20_000 + number))
                except GbsError as error:
                    errors.append(error)
                    break
                time.sleep(0.02)
            writer.close()

        threads = [threading.Thread(target=write_on, args=(1000 * number, kind), daemon=True)
                   for number, kind in enumerate(["immutable", "mutable"] * 3, start=1)]
        for thread in threads:
            thread.start()
        wait_until(lambda: len(acknowledged) > 30, 30, "writes")
        before = len(self.server.process.thread_states())
        begin = time.monotonic()
        self.freeze()
        wait_until(lambda: self.health()[0] == 503, 70, "noticed")
        self.assertLess(time.monotonic() - begin, 60)
        for thread in threads:
            thread.join(10)
        self.assertEqual([thread.is_alive() for thread in threads], [False] * len(threads), "all were answered")
        self.assertEqual({error.status for error in errors}, {500})
        for error in errors:
            self.assertIn(b"does not answer", error.body)
        self.assertIn("does not answer", self.health()[1]["reason"])
        self.assertEqual(self.health()[1]["state"], "unavailable")
        self.assertIn("the store stops serving: its disk does not answer", self.server.process.log_text())
        other = GbsClient(self.server.nurl())
        self.addCleanup(other.close)
        self.refused_at_once(other.version)
        self.refused_at_once(lambda: other.put(index_of(10), 0, b"x"))
        self.refused_at_once(lambda: other.write_slot(index_of(11), 0, b"x"))
        self.refused_at_once(lambda: other.read_whole(index_of(0), 0))
        time.sleep(35)  # the time of another look
        self.assertEqual(len(self.server.process.thread_states()), before, "no more threads than before")
        self.assertEqual(self.health()[0], 503)
        self.thaw()
        wait_until(lambda: self.health()[0] == 200, 30, "healthy again, by itself")
        self.assertIn("takes reads and writes again", self.server.process.log_text())
        reader = GbsClient(self.server.nurl())
        self.addCleanup(reader.close)
        for index, (kind, data) in acknowledged.items():
            self.assertEqual(reader.read_whole(index, 0, kind), data)
        self.assertEqual(reader.read_whole(index_of(0), 0), data_of(1000))
        self.assertTrue(self.works(reader, 3))

    @unittest.skipUnless(ROOT, "only root freezes a filesystem")
    def test_stops_while_its_disk_hangs(self) -> None:
        client = self.start_on_a_disk_that_can_hang()
        client.put(index_of(0), 0, data_of(1000))
        self.freeze()
        ended: list[float] = []

        def put() -> None:
            writer = GbsClient(self.server.nurl())
            try:
                writer.put(index_of(1), 0, b"x")
            except (GbsError, OSError, http.client.HTTPException):
                ended.append(time.monotonic())

        thread = threading.Thread(target=put, daemon=True)
        thread.start()
        wait_until(lambda: "D" in self.server.process.thread_states(), 20, "a thread hangs")
        begin = time.monotonic()
        self.server.process.signal(signal.SIGTERM)
        wait_until(lambda: "did not stop in time, leaving" in self.server.process.log_text(), 15, "leaves")
        self.assertLess(time.monotonic() - begin, 12)
        # The kernel keeps the thread that hangs, nothing else.
        wait_until(lambda: set(self.server.process.thread_states()) <= {"D", "Z"}, 5, "all others are gone")
        thread.join(10)
        self.assertEqual(len(ended), 1, "the client was not left waiting")
        self.thaw()
        self.assertEqual(self.server.process.wait(10), 1)
        client.close()
        self.server.start()
        again = GbsClient(self.server.nurl())
        self.addCleanup(again.close)
        self.assertEqual(again.read_whole(index_of(0), 0), data_of(1000))
        self.assertTrue(self.works(again, 1))

    def test_two_servers_on_one_directory(self) -> None:
        client = self.start("8m")
        client.put(index_of(0), 0, data_of(1000))
        extra = f'directory = "{self.volume}/storage"'
        second = StorageServer(PROGRAMS, self.folder / "second", nickname="w", extra=extra)
        second.launch()
        self.assertEqual(second.process.wait(20), 1)
        second.kill()
        self.assertIn("another process serves the storage directory", second.process.log_text())
        self.assertTrue(self.works(client, 1))
        # A dead server's lock is no lock.
        self.server.kill()
        second.start()
        self.addCleanup(second.kill)
        other = GbsClient(second.nurl())
        self.addCleanup(other.close)
        self.assertEqual(other.read_whole(index_of(0), 0), data_of(1000))

    def test_large_mutable_write_in_flat_memory(self) -> None:
        client = self.start("400m")
        data = data_of(33_000_000)
        client.write_slots(index_of(0), {0: data})
        client.write_slots(index_of(0), {0: data[::-1]})
        self.assertEqual(client.read_whole(index_of(0), 0, "mutable"), data[::-1])
        self.assertLess(self.server.process.peak_memory_bytes(), 48_000_000)


class FullGrid(unittest.TestCase):
    def test_streamed_write_leaves_no_half_share(self) -> None:
        """Each server has room for its share, not even three of them together: it ends in the middle."""
        folder = fresh_folder(self._testMethodName)
        volume = folder / "volume"
        volume.mkdir()
        mount("-t", "tmpfs", "-o", "size=15m", "none", volume)
        self.addCleanup(subprocess.run, ["umount", "-l", volume])
        servers = [StorageServer(PROGRAMS, folder / f"s{i}", nickname=f"s{i}", port=free_port(),
                                 extra=f'directory = "{volume}/{i}"') for i in range(10)]
        for server in servers:
            self.addCleanup(server.kill)
            server.start()
        gateway = Gateway(PROGRAMS, folder / "gateway", servers_yaml(server.announcement() for server in servers))
        self.addCleanup(gateway.kill)
        gateway.start()
        data = data_of(18_000_000)
        with self.assertRaises(HttpError) as raised:
            gateway.web.put(data, "?format=MDMF")
        self.assertIn(b"NotEnoughServersError", raised.exception.body)

        wait_until(lambda: not list(volume.glob("*/shares/incoming/*")), 30, "nothing is on its way")
        # What had come whole before the others failed is no version of the file: that takes three.
        shares = [path for path in volume.glob("*/shares/*/*/*") if path.is_file()]
        self.assertLess(len(shares), 3)
        for path in shares:
            self.assertGreater(path.stat().st_size, len(data) // 3)


if __name__ == "__main__":
    if os.environ.get(INSIDE) or no_namespaces():
        netns.run(lambda: None if os.environ.get(INSIDE) else no_namespaces())
    os.environ[INSIDE] = "root" if ROOT else "mapped"
    os.execvp(UNSHARE[0], [*UNSHARE, sys.executable, "-B", *sys.argv])

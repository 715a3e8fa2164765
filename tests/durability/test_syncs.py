"""No success byte leaves a storage server before what it promises is on disk: seen with strace."""
from __future__ import annotations

import concurrent.futures
import shutil
import subprocess
import unittest

import netns
import sync_log
from gbs_client import GbsClient
from netns import PROGRAMS, data_of, fresh_folder
from tarn_grid import StorageServer

ROOT = "/grid/storage"
SHARES = ROOT + "/shares"


class Log(unittest.TestCase):
    """The reading of logs is to be trusted first."""

    GOOD = f"""\
7 pwritev(9<{SHARES}/incoming/aa/b/0>, ...) = 100
7 fsync(9<{SHARES}/incoming/aa/b/0>) = 0
7 mkdirat(5<{ROOT}>, "shares/aa/b", 0777) = 0
7 renameat2(5<{ROOT}>, "shares/incoming/aa/b/0", 5<{ROOT}>, "shares/aa/b/0", RENAME_NOREPLACE) = 0
7 fsync(8<{SHARES}/aa/b>) = 0
7 fsync(8<{SHARES}/aa>) = 0
6 sendmsg(4<socket:[1]>, ...) = 99
"""

    def early(self, log: str) -> int:
        return len(sync_log.early_sends(sync_log.parse(log), ROOT))

    def test_each_sync_counts(self) -> None:
        self.assertEqual(self.early(self.GOOD), 0)
        for line in self.GOOD.splitlines():
            if "fsync" in line:
                self.assertEqual(self.early(self.GOOD.replace(line + "\n", "")), 1, line)
                self.assertEqual(self.early(self.GOOD.replace(line, line.replace("= 0", "= -1 EIO (x)"))), 1)

    def test_syncs_under_way_do_not_count(self) -> None:
        sync = f"7 fsync(8<{SHARES}/aa>) = 0\n"
        begun = f"7 fsync(8<{SHARES}/aa> <unfinished ...>\n"
        end = "7 <... fsync resumed>) = 0\n"
        self.assertEqual(self.early(self.GOOD.replace(sync, begun) + end), 1)
        self.assertEqual(self.early(self.GOOD.replace(sync, begun + end)), 0)
        everything = "5 syncfs(5</grid/storage> <unfinished ...>\n" + self.GOOD
        late = everything.replace(sync, "5 <... syncfs resumed>) = 0\n")
        self.assertEqual(self.early(late), 1)

    def test_what_tries_the_disk_promises_nothing(self) -> None:
        for name, early in (("probe", 0), ("probe2", 1), ("1.undo", 1)):
            write = f"8 pwritev(9<{ROOT}/tarn-journal/{name}>, ...) = 100\n"
            self.assertEqual(self.early(write + self.GOOD), early, name)


class Server(unittest.TestCase):
    def setUp(self) -> None:
        folder = fresh_folder(self._testMethodName)
        self.log = folder / "strace"
        self.server = StorageServer(PROGRAMS, folder / "s", nickname="s",
                                    prefix=[*sync_log.COMMAND, str(self.log)])
        self.server.start()
        self.addCleanup(self.server.kill)
        self.client = GbsClient(self.server.nurl())
        self.addCleanup(self.client.close)

    def events(self) -> list[sync_log.Event]:
        self.client.close()
        self.assertEqual(self.server.stop(), 0)
        return sync_log.parse(self.log.read_text(errors="replace"))

    def require_synced(self, changes: dict[str, int]) -> None:
        """changes: how many of which calls must have been seen at least."""
        events = self.events()
        root = str((self.server.state / "storage").resolve())
        self.assertEqual(sync_log.early_sends(events, root), [])
        for name, least in changes.items():
            seen = sum(event.name == name and root in event.text for event in events)
            self.assertGreaterEqual(seen, least, name)

    def test_immutable(self) -> None:
        for number in range(5):
            self.client.put("a" * 25 + "aeimq"[number], 0, data_of(10_000))
        self.client.put("b" * 25 + "a", 1, data_of(600_000))
        self.require_synced({"pwritev": 6, "renameat2": 6})

    def test_mutable(self) -> None:
        for text in (b"first", b"second", b"third"):
            self.client.write_slots("a" * 26, {0: text})
        self.client.write_slots("a" * 26, {0: b"both", 1: b"new"})
        self.client.write_slots("b" * 25 + "a", {0: data_of(1_500_000)})
        self.client.write_slots("b" * 25 + "a", {0: data_of(1_200_000)})
        self.require_synced({"pwritev": 9, "renameat2": 6})


    def account(self) -> str:
        command = [PROGRAMS.storage, "--state", self.server.state, "account", "add", "one"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip().splitlines()[-1]

    def events_with_accounts(self) -> list[sync_log.Event]:
        """Of the shares and the accounts, but for what SQLite shares between processes and never promises."""
        state = str(self.server.state.resolve())

        def counts(event: sync_log.Event) -> bool:
            if event.name not in sync_log.CHANGES:
                return True
            files = (f"{state}/storage/", f"{state}/storage>", f"{state}/accounts.sqlite>", f"{state}/accounts.sqlite-wal>")
            return any(file in event.text for file in files)
        return [event for event in self.events() if counts(event)]

    def test_accounts(self) -> None:
        client = GbsClient(self.account())
        for number in range(3):
            client.put("a" * 25 + "aei"[number], 0, data_of(10_000))
        client.close()
        self.assertEqual(sync_log.early_sends(self.events_with_accounts(), str(self.server.state.resolve())), [])

    def test_accounts_in_rounds(self) -> None:
        """What the ledger says of a share is on disk before the share has a name; others send meanwhile."""
        account = self.account()

        def put(number: int) -> None:
            client = GbsClient(account)
            client.put("abcdefghijklmnop"[number] * 25 + "a", 0, data_of(10_000))
            client.close()
        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            list(pool.map(put, range(16)))
        state = str(self.server.state.resolve())
        disk, named = sync_log.Disk(state), 0
        for event in self.events_with_accounts():
            if event.name == "renameat2" and "incoming" in event.text:
                named += 1
                self.assertNotIn(state + "/accounts.sqlite-wal", disk.unsynced(), event)
            if event.name not in sync_log.SENDS:
                disk.apply(event)
        self.assertEqual(named, 16)


def unavailable() -> str | None:
    return None if shutil.which("strace") else "no strace here"


if __name__ == "__main__":
    netns.run(unavailable)

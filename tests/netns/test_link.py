"""Two friends, one of whom nobody can connect to: her address is known on her own network only, as behind a router that
lets connections out and none in. From their commands: invited, joined, files stored on both sides and read back; the link
between them lost, her address changed, her machine asleep, either node killed: she is there again within 10 s."""
from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
import time
import unittest

import hosts
import json_shapes as shapes
from friendnet import OwnNode
from hosts import Cut, Host
from netns import PROGRAMS, data_of, fresh_folder
from processes import wait_until

ALICE, BOB, BOB_LATER = "10.77.1.1", "10.77.2.1", "10.77.3.1"
INSIDE = "192.168.7.2"  # where Bob listens; the router knows no way there, and does not say so
BACK_S = 10
SETTLED_S = 60
QUIET_S, IDLE_S = 50, 150  # news goes round; then what comes every two minutes comes once or twice
IDLE_BYTES_PER_HOUR = 250_000


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)


class Friend(OwnNode):
    """A node on its host."""

    def __init__(self, name: str, host: Host, listen: str) -> None:
        super().__init__(PROGRAMS, fresh_folder(f"link/{name}") / "state")
        self.name = name
        self.host = host
        self.settings = ["--nickname", name, "--listen", f"{listen}:0", "--offer", "200 MB"]

    def tarn(self, *arguments: str, **options) -> bytes:
        with self.host.inside():
            return super().tarn(*arguments, **options)

    def member(self, other: Friend) -> dict:
        out = self.json("member", "show", other.name)
        wrong = shapes.differences(shapes.MEMBER, out)
        if wrong:
            raise AssertionError("; ".join(wrong))
        return out

    def restart(self) -> None:
        self.kill()
        self.tarn("node", "start")


class Link(unittest.TestCase):
    """One grid for all tests, in their order."""

    @classmethod
    def setUpClass(cls) -> None:
        ip("route", "add", "blackhole", "192.168.0.0/16")
        cls.alice = Friend("alice", Host(ALICE), ALICE)
        home = Host(BOB)
        with home.inside():
            ip("addr", "add", f"{INSIDE}/32", "dev", "lo")
        cls.bob = Friend("bob", home, INSIDE)
        for friend in (cls.alice, cls.bob):
            cls.addClassCleanup(friend.kill)
        cls.begun = time.monotonic()
        cls.stored = 0

    def setUp(self) -> None:
        print(f"{self.id().rsplit('.', 1)[1]} after {time.monotonic() - self.begun:.1f} s", flush=True)

    def reversed(self) -> bool:
        bob = self.alice.member(self.bob)
        return bob["online"] and bob["path"] == "reversed"

    def wait_for(self, what: str, condition, limit_s: float = SETTLED_S) -> float:
        begun = time.monotonic()
        try:
            wait_until(condition, limit_s, what)
        except TimeoutError:
            self.fail(f"{what}: {self.alice.json('member', 'list')} {self.bob.json('member', 'list')}")
        return time.monotonic() - begun

    def store_and_read(self) -> None:
        """Alice's file is with Bob alone, and his with her: what they read came over the network."""
        type(self).stored += 1
        for writer, reader in ((self.alice, self.bob), (self.bob, self.alice)):
            content = data_of(400_000 + self.stored)
            cap = writer.json("put", "-", f"letter{self.stored}", stdin=content)["cap"]
            self.wait_for(f"{writer.name}'s file to move", lambda writer=writer: writer.outbox()["files"] == 0)
            self.assertEqual(writer.tarn("get", cap), content, f"{writer.name} reads what the other holds")
            self.assertEqual(reader.tarn("get", cap), content, reader.name)

    def back(self, what: str) -> None:
        """Bob's storage is used again, at the latest so long after."""
        begun = time.monotonic()
        self.wait_for(f"Bob after {what}", self.reversed, BACK_S + 20)
        took = time.monotonic() - begun
        print(f"back {took:.1f} s after {what}", flush=True)
        self.assertLess(took, BACK_S, what)

    def test_01_invited_and_joined(self) -> None:
        self.alice.json("node", "init", "--grid", "Family", *self.alice.settings)
        link = self.alice.json("invite", "create", "--pre-approve")["link"]
        status = self.bob.json("join", link, *self.bob.settings)
        self.assertEqual(status["grid"]["membership"], "member")
        self.assertEqual(status["locations"], [f"tcp:{status['listen']}"])
        took = self.wait_for("the link", self.reversed)
        print(f"used {took:.1f} s after Bob had joined", flush=True)
        self.assertIn("connect", self.alice.member(self.bob)["reason"])
        self.assertIn("keeps a link", self.bob.member(self.alice)["reason"])
        self.assertIn("reversed", self.alice.tarn("member", "list").decode())
        for friend in (self.alice, self.bob):
            self.wait_for("both servers", lambda friend=friend: friend.json("node", "status")["servers"] == 2)

    def test_02_stored_on_both_sides(self) -> None:
        for friend in (self.alice, self.bob):
            friend.tarn("placement", "avoid", friend.name)
        self.store_and_read()
        self.assertGreater(self.bob.member(self.alice)["uses_of_mine"], 400_000)
        self.assertGreater(self.alice.member(self.bob)["uses_of_mine"], 400_000)

    def test_03_idle(self) -> None:
        """Links, gossip and figures of two who have nothing to do, both directions."""
        time.sleep(QUIET_S)
        self.count()
        time.sleep(IDLE_S)
        per_hour = self.counted() * 3600 / IDLE_S
        print(f"idle: {per_hour / 1000:.0f} kB/h", flush=True)
        self.assertLess(per_hour, IDLE_BYTES_PER_HOUR)

    def count(self) -> None:
        """What goes through the router between them, from now on."""
        rules = "\n".join(f"ip saddr {one} ip daddr {other} counter" for one, other in ((ALICE, BOB), (BOB, ALICE)))
        table = "table inet idle {\nchain seen {\ntype filter hook forward priority 0\n" + rules + "\n}\n}\n"
        subprocess.run(["nft", "-f", "-"], input=table.encode(), check=True)

    def counted(self) -> int:
        out = subprocess.run(["nft", "-j", "list", "table", "inet", "idle"], check=True, capture_output=True)
        rules = [item["rule"]["expr"] for item in json.loads(out.stdout)["nftables"] if "rule" in item]
        return sum(part["counter"]["bytes"] for rule in rules for part in rule if "counter" in part)

    def test_04_the_network_fails_for_a_while(self) -> None:
        cut = Cut("10.77.1.0/24", "10.77.2.0/24")
        cut.make()
        self.wait_for("Bob to be missed", lambda: not self.alice.member(self.bob)["online"], 90)
        cut.heal()
        self.back("the cut")
        self.store_and_read()

    def test_05_another_address(self) -> None:
        with self.bob.host.inside():
            ip("addr", "del", f"{BOB}/32", "dev", "eth0")
            ip("addr", "add", f"{BOB_LATER}/32", "dev", "eth0")
            ip("route", "replace", hosts.ROUTER, "dev", "eth0")
            ip("route", "replace", "default", "via", hosts.ROUTER)
        ip("route", "del", f"{BOB}/32")
        ip("route", "add", f"{BOB_LATER}/32", "dev", self.bob.host.link)
        begun = time.monotonic()
        content = data_of(300_000)
        self.wait_for("a link from there", lambda: self.links_from(BOB_LATER), BACK_S)
        print(f"linked {time.monotonic() - begun:.1f} s after the address changed", flush=True)
        cap = self.alice.json("put", "-", "after", stdin=content)["cap"]
        self.wait_for("the file to move", lambda: self.alice.outbox()["files"] == 0)
        self.assertEqual(self.alice.tarn("get", cap), content)

    def links_from(self, address: str) -> bool:
        """Somebody there is connected to Alice."""
        with self.alice.host.inside():
            text = pathlib.Path("/proc/thread-self/net/tcp").read_text()
        wanted = "".join(f"{int(part):02X}" for part in reversed(address.split(".")))
        return any(line.split()[2].startswith(wanted) and line.split()[3] == "01" for line in text.splitlines()[1:])

    def test_06_asleep(self) -> None:
        os.kill(self.bob.pid(), signal.SIGSTOP)
        try:
            self.wait_for("Bob to be missed", lambda: not self.alice.member(self.bob)["online"], 90)
        finally:
            os.kill(self.bob.pid(), signal.SIGCONT)
        self.back("he slept")
        self.store_and_read()

    def test_07_killed(self) -> None:
        self.alice.restart()
        self.back("Alice was killed")
        self.bob.restart()
        begun = time.monotonic()
        self.store_and_read()
        print(f"Bob has stored {time.monotonic() - begun:.1f} s after he was killed", flush=True)


if __name__ == "__main__":
    hosts.run()

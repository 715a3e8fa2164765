"""Two friends who both cannot be connected to, each behind a router that translates addresses and ports, and a third one
who relays. From their commands: the one invites the other, who comes in through the relay as a guest; 100 MB are stored with
the other one and read back; the relay counts, and is killed in the middle of an upload and comes back."""
from __future__ import annotations

import subprocess
import time
import unittest

import hosts
import json_shapes as shapes
from friendnet import OwnNode
from hosts import Home, Host
from netns import PROGRAMS, data_of, fresh_folder
from processes import wait_until

ALICE, BOB, CAROL = "10.77.1.1", "10.77.2.1", "10.77.3.1"
ALICE_INSIDE, BOB_INSIDE = "192.168.1.2", "192.168.2.2"
SETTLED_S = 90
RECOVERED_S = 30


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True)


class Friend(OwnNode):
    """A node on its host."""

    def __init__(self, name: str, host: Host, folder: str = "relay") -> None:
        super().__init__(PROGRAMS, fresh_folder(f"{folder}/{name}") / "state")
        self.name = name
        self.host = host
        self.settings = ["--nickname", name, "--listen", f"{host.address}:0", "--offer", "2 GB"]

    def tarn(self, *arguments: str, **options) -> bytes:
        with self.host.inside():
            return super().tarn(*arguments, **options)

    def member(self, other: Friend) -> dict:
        out = self.json("member", "show", other.name)
        wrong = shapes.differences(shapes.MEMBER, out)
        if wrong:
            raise AssertionError("; ".join(wrong))
        return out


class RelayCase(unittest.TestCase):
    """`alice` stores with `bob`; all are `friends`."""

    alice: Friend
    bob: Friend
    friends: list[Friend]
    begun: float

    def setUp(self) -> None:
        print(f"{self.id().rsplit('.', 1)[1]} after {time.monotonic() - self.begun:.1f} s", flush=True)

    def wait_for(self, what: str, condition, limit_s: float = SETTLED_S) -> float:
        begun = time.monotonic()
        try:
            wait_until(condition, limit_s, what)
        except TimeoutError:
            self.fail(f"{what}: " + " ".join(str(one.json("member", "list")) for one in self.friends if one.pid()))
        return time.monotonic() - begun

    def relayed(self, one: Friend, other: Friend) -> bool:
        seen = one.member(other)
        return seen["online"] and seen["path"] == "relayed"

    def moved(self) -> bool:
        return self.alice.outbox()["files"] == 0

    def store_and_read(self, size: int) -> None:
        content = data_of(size)
        begun = time.monotonic()
        cap = self.alice.json("put", "-", f"film{size}", stdin=content, limit_s=120)["cap"]
        self.wait_for("the file to move", self.moved, 180)
        took = time.monotonic() - begun
        print(f"stored in {took:.1f} s, {size / 1e6 / took:.1f} MB/s", flush=True)
        begun = time.monotonic()
        self.assertEqual(self.alice.tarn("get", cap, limit_s=180), content)
        took = time.monotonic() - begun
        print(f"read in {took:.1f} s, {size / 1e6 / took:.1f} MB/s", flush=True)
        self.wait_for("Bob to say so", lambda: (self.alice.member(self.bob)["i_use"] or 0) > size)


class Relay(RelayCase):
    """One grid for all tests, in their order."""

    @classmethod
    def setUpClass(cls) -> None:
        ip("route", "add", "blackhole", "192.168.0.0/16")
        cls.alice = Friend("alice", Home(ALICE, ALICE_INSIDE))
        cls.bob = Friend("bob", Home(BOB, BOB_INSIDE))
        cls.carol = Friend("carol", Host(CAROL))
        cls.friends = [cls.alice, cls.bob, cls.carol]
        for friend in cls.friends:
            cls.addClassCleanup(friend.kill)
        cls.begun = time.monotonic()

    def test_01_a_member_out_of_reach(self) -> None:
        self.carol.json("node", "init", "--grid", "Family", *self.carol.settings)
        self.carol.json("relay", "on", "--budget", "10 GB")
        link = self.carol.json("invite", "create", "--pre-approve", "--depth", "1")["link"]
        status = self.alice.json("join", link, *self.alice.settings)
        self.assertEqual(status["grid"]["membership"], "member")
        took = self.wait_for("Alice's link", lambda: self.carol.member(self.alice)["path"] == "reversed")
        print(f"linked {took:.1f} s after she joined", flush=True)

    def test_02_a_guest_comes_through_the_relay(self) -> None:
        link = self.alice.json("invite", "create", "--pre-approve")["link"]
        begun = time.monotonic()
        status = self.bob.json("join", link, *self.bob.settings)
        self.assertEqual(status["grid"]["membership"], "member")
        print(f"joined {time.monotonic() - begun:.1f} s after he was given the invite", flush=True)
        self.wait_for("Bob by the relay", lambda: self.relayed(self.alice, self.bob))
        self.wait_for("Alice by the relay", lambda: self.relayed(self.bob, self.alice))
        print(f"met {time.monotonic() - begun:.1f} s after", flush=True)
        for friend in (self.alice, self.bob):
            self.wait_for("three servers", lambda friend=friend: friend.json("node", "status")["servers"] == 3)

    def test_03_100_MB_there_and_back(self) -> None:
        for name in ("alice", "carol"):
            self.alice.tarn("placement", "avoid", name)
        self.store_and_read(100_000_000)
        status = self.carol.json("relay", "status")
        self.assertTrue(status["offer"])
        self.assertGreater(status["month_bytes"], 200_000_000)

    def carried(self) -> int:
        return self.carol.json("relay", "status")["month_bytes"]

    def test_04_the_relay_is_killed_while_it_carries(self) -> None:
        self.carol.kill()
        content = data_of(60_000_000)
        cap = self.alice.json("put", "-", "film2", stdin=content, limit_s=120)["cap"]  # waits on her own disk
        self.carol.tarn("node", "start")
        before = self.carried()
        self.assertGreater(before, 200_000_000, "what was counted survives")
        self.wait_for("some of it to pass", lambda: self.carried() > before + 5_000_000)
        self.carol.kill()
        self.carol.tarn("node", "start")
        began = time.monotonic()
        again = self.carried()
        self.wait_for("more of it to pass", lambda: self.carried() > again + 5_000_000, RECOVERED_S)
        print(f"carries again {time.monotonic() - began:.1f} s after the relay was killed", flush=True)
        self.wait_for("the file to move", self.moved, 120)
        print(f"moved {time.monotonic() - began:.1f} s after", flush=True)
        self.assertEqual(self.alice.tarn("get", cap, limit_s=120), content)

    def test_05_the_owner_ends_it(self) -> None:
        self.carol.json("relay", "off")
        self.assertFalse(self.carol.json("relay", "status")["offer"])
        self.wait_for("nobody by the relay", lambda: not self.relayed(self.alice, self.bob), 120)


if __name__ == "__main__":
    hosts.run()

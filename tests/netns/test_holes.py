"""Friends behind home routers that let nobody in, from their commands, with the settings that a node has by itself: two of them
open a way through both routers, agreed upon through a third one; where routers give each destination another port, the third one
relays if its owner lets it. A switch turns it off."""
from __future__ import annotations

import json
import time
import unittest

import home_networks
from home_networks import Home, public_desktop
from netns import data_of, fresh_folder
from processes import wait_until
from test_reach import Friend

SETTLED_S = 90


class Holes(unittest.TestCase):
    """One grid for all tests, in their order."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = fresh_folder("holes")
        cls.erin = Friend("erin", public_desktop(20), cls.folder)
        cls.alice, cls.bob = (Friend(name, Home(cls.folder).desktop(), cls.folder) for name in ("alice", "bob"))
        cls.carol, cls.dave = (Friend(name, Home(cls.folder, "symmetric").desktop(), cls.folder) for name in ("carol", "dave"))
        cls.friends = [cls.erin, cls.alice, cls.bob, cls.carol, cls.dave]
        for friend in cls.friends:
            cls.addClassCleanup(friend.kill)

    def wait_for(self, what: str, condition, limit_s: float = SETTLED_S) -> None:
        begun = time.monotonic()
        try:
            wait_until(condition, limit_s, what)
        except TimeoutError:
            self.fail(f"{what}: " + "\n".join(json.dumps(friend.connection()) for friend in self.friends if friend.pid()))
        print(f"{what} after {time.monotonic() - begun:.1f} s", flush=True)

    def invited(self, friend: Friend) -> None:
        link = self.erin.json("invite", "create", "--pre-approve")["link"]
        friend.json("join", link, *friend.settings)

    def met(self, one: Friend, other: Friend, way: str) -> None:
        for here, there in ((one, other), (other, one)):
            self.wait_for(f"{here.name}'s way to {there.name}, {way}", lambda here=here, there=there: here.way_to(there) == way)

    def stored(self, size: int, writer: Friend, reader: Friend) -> None:
        """With the reader alone."""
        for friend in self.friends:
            if friend.pid() and friend is not reader:
                writer.tarn("placement", "avoid", friend.name)
        content = data_of(size)
        cap = writer.json("put", "-", f"file{size}", stdin=content)["cap"]
        self.wait_for(f"{writer.name}'s file to move", lambda: writer.outbox()["files"] == 0)
        self.assertEqual(reader.tarn("get", cap), content)
        self.assertEqual(writer.tarn("get", cap), content)

    def test_01_through_both_routers(self) -> None:
        self.erin.json("node", "init", "--grid", "Family", *self.erin.settings)
        for friend in (self.alice, self.bob):
            self.invited(friend)
        self.met(self.alice, self.bob, "punched")
        self.stored(20_000_000, self.alice, self.bob)

    def test_02_a_member_restarts(self) -> None:
        self.bob.kill()
        self.bob.tarn("node", "start")
        self.met(self.alice, self.bob, "punched")
        self.stored(1_000_000, self.bob, self.alice)

    def test_03_where_no_hole_can_be_punched_a_member_relays(self) -> None:
        for friend in (self.carol, self.dave):
            self.invited(friend)
        self.wait_for("Carol to try", lambda: any(
            peer["name"] == "dave" and any(path["kind"] == "punched" for path in peer["paths"])
            for peer in self.carol.connection()["peers"]))
        self.assertEqual(self.carol.way_to(self.dave), "")
        self.erin.json("relay", "on")
        self.met(self.carol, self.dave, "relayed")
        self.stored(5_000_000, self.carol, self.dave)

    def test_04_switched_off(self) -> None:
        for friend in (self.alice, self.bob):
            friend.kill()
            with open(friend.state / "node.toml", "a", encoding="ascii") as config:
                config.write("\n[reach]\npunching = false\n")
            friend.tarn("node", "start")
            self.assertFalse(friend.connection()["punching"])
        self.met(self.alice, self.bob, "relayed")


if __name__ == "__main__":
    home_networks.run()

"""Friends behind home routers, from their commands, with the settings that a node has by itself: who is on the same machine or
network is met there; a router that opens a door when asked (a real miniupnpd) lets friends in, and what a friend could
connect to is proven; the door is shut at the end. A router that starts again, and another address, cost 30 s at most."""
from __future__ import annotations

import contextlib
import json
import pathlib
import time
import unittest

import home_networks
import json_shapes as shapes
from friendnet import CommandFailed, OwnNode
from home_networks import PUBLIC, Home, Ipv6Desktop, Space, public_desktop
from netns import PROGRAMS, data_of, fresh_folder
from processes import wait_until

BACK_S = 30
SETTLED_S = 60


class Friend(OwnNode):
    """A node on a desktop, with no settings but names."""

    def __init__(self, name: str, desktop: Space, folder: pathlib.Path, *more: str) -> None:
        super().__init__(PROGRAMS, folder / name / "state")
        self.name = name
        self.desktop = desktop
        self.settings = ["--nickname", name, "--offer", "300 MB", *more]

    def tarn(self, *arguments: str, **options) -> bytes:
        with self.desktop.inside():
            return super().tarn(*arguments, **options)

    def connection(self) -> dict:
        out = self.json("node", "status")["connection"]
        wrong = shapes.differences(shapes.CONNECTION, out)
        if wrong:
            raise AssertionError("; ".join(wrong))
        return out

    def port(self) -> int:
        return int(self.json("node", "status")["listen"].rsplit(":", 1)[1])

    def way_to(self, other: Friend) -> str:
        """\\return "lan"; "" while there is none."""
        return next((peer["kind"] for peer in self.connection()["peers"] if peer["name"] == other.name), "")

    def proven(self) -> list[str]:
        """Where a friend has got in."""
        return [address["location"] for address in self.connection()["addresses"]
                if address["told"] and address["proof"] and address["proof"]["reached"]]


class Reach(unittest.TestCase):
    """One grid for all tests, in their order."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = fresh_folder("reach")
        cls.home, cls.other = Home(cls.folder), Home(cls.folder)
        cls.home.let_in()
        cls.addClassCleanup(cls.home.shut)
        desk = cls.home.desktop()
        cls.alice = Friend("alice", desk, cls.folder)
        cls.dave = Friend("dave", desk, cls.folder)
        cls.carol = Friend("carol", cls.home.desktop(), cls.folder)
        cls.bob = Friend("bob", cls.other.desktop(), cls.folder)
        cls.erin = Friend("erin", public_desktop(20), cls.folder)  # on the internet itself
        cls.friends = [cls.alice, cls.bob, cls.carol, cls.dave, cls.erin]
        for friend in cls.friends:
            cls.addClassCleanup(friend.kill)

    def wait_for(self, what: str, condition, limit_s: float = SETTLED_S) -> float:
        begun = time.monotonic()
        try:
            wait_until(condition, limit_s, what)
        except TimeoutError:
            self.fail(f"{what}: " + "\n".join(json.dumps(friend.connection()) for friend in self.friends if friend.pid()))
        took = time.monotonic() - begun
        print(f"{what} after {took:.1f} s", flush=True)
        return took

    def stored(self, size: int, writer: Friend, reader: Friend) -> None:
        content = data_of(size)
        cap = writer.json("put", "-", f"file{size}", stdin=content)["cap"]
        self.wait_for(f"{writer.name}'s file to move", lambda: writer.outbox()["files"] == 0)
        self.assertEqual(reader.tarn("get", cap), content)

    def test_01_the_router_opens_a_door(self) -> None:
        self.alice.json("node", "init", "--grid", "Family", *self.alice.settings)
        place = f"tcp:{self.home.public}:{self.alice.port()}"
        self.wait_for("a door", lambda: self.alice.connection()["router"]["state"] == "open", 20)
        connection = self.alice.connection()
        self.assertEqual(connection["router"]["protocol"], "PCP")
        told = [address for address in connection["addresses"] if address["told"]]
        self.assertEqual([(one["location"], one["kind"], one["proof"]) for one in told],
                         [(place, "mapped", None), (f"tcp:{self.alice.desktop.address}:{self.alice.port()}", "lan", None)])
        self.assertNotEqual(connection["unproven"], "")  # nobody is there to try
        self.assertIn("not proven", self.alice.tarn("node", "status").decode())

    def test_02_a_friend_elsewhere_comes_in_by_it(self) -> None:
        link = self.alice.json("invite", "create", "--pre-approve")["link"]
        begun = time.monotonic()
        status = self.bob.json("join", link, *self.bob.settings)
        self.assertEqual(status["grid"]["membership"], "member")
        print(f"joined after {time.monotonic() - begun:.1f} s", flush=True)
        self.wait_for("Bob's way to Alice", lambda: self.bob.way_to(self.alice) == "mapped")
        self.wait_for("Alice's way to Bob", lambda: self.alice.way_to(self.bob) == "reversed")
        self.wait_for("Alice's proof", lambda: self.alice.proven() == [f"tcp:{self.home.public}:{self.alice.port()}"])
        self.wait_for("what became of Bob's address", lambda: self.bob.connection()["unproven"] == "")
        self.assertEqual(self.bob.proven(), [])
        self.assertEqual([one["told"] for one in self.bob.connection()["addresses"]
                          if one["origin"] == "seen by a member"], [False])
        for friend in (self.alice, self.bob):
            self.wait_for("both servers", lambda friend=friend: friend.json("node", "status")["servers"] == 2)
            friend.tarn("placement", "avoid", friend.name)
        self.stored(400_000, self.alice, self.bob)
        self.stored(400_001, self.bob, self.alice)

    def test_03_on_the_same_network_and_machine(self) -> None:
        for friend, way in ((self.carol, "lan"), (self.dave, "same host")):
            link = self.alice.json("invite", "create", "--pre-approve")["link"]
            friend.json("join", link, *friend.settings)
            self.wait_for(f"the way between Alice and {friend.name}",
                          lambda friend=friend, way=way: {self.alice.way_to(friend), friend.way_to(self.alice)} == {way})
        self.wait_for("Bob's way to Carol", lambda: self.bob.way_to(self.carol) == "mapped")
        link = self.alice.json("invite", "create", "--pre-approve")["link"]
        self.erin.json("join", link, *self.erin.settings)
        # Bob's router lets in whom he meets half way; later he keeps a link.
        for friend, ways in ((self.alice, ["mapped"]), (self.carol, ["mapped"]), (self.bob, ["punched", "reversed"])):
            self.wait_for(f"Erin's way to {friend.name}", lambda friend=friend, ways=ways: self.erin.way_to(friend) in ways)
            self.wait_for(f"{friend.name}'s way to Erin", lambda friend=friend: friend.way_to(self.erin) == "direct")
        self.wait_for("Erin's proof", lambda: self.erin.proven() == [f"tcp:{PUBLIC}.20:{self.erin.port()}"])
        ports = {friend.connection()["router"]["address"] for friend in (self.alice, self.carol, self.dave)}
        self.assertEqual(len(ports), 3)

    def test_04_the_doctor_tries_all(self) -> None:
        with self.assertRaises(CommandFailed) as failed:
            self.bob.tarn("node", "doctor")
        self.assertEqual(failed.exception.code, 1)  # nobody can connect to him
        report = failed.exception.output
        print(report)
        self.assertRegex(report, r"alice: mapped, tcp:" + PUBLIC)
        self.assertRegex(report, r"lan tcp:192\.168\.1\.2:\d+: (failed|outrun|somebody else)")
        self.assertIn("do: members cannot connect to this node", report)

    def test_05_the_router_starts_again(self) -> None:
        self.home.reboot()
        begun = time.monotonic()
        self.wait_for("the doors", lambda: all(f'{friend.desktop.address}:{friend.port()}' in self.home.rules()
                                               for friend in (self.alice, self.carol, self.dave)), BACK_S)
        self.stored(500_000, self.bob, self.alice)
        self.assertLess(time.monotonic() - begun, BACK_S)

    def test_06_the_router_has_another_address(self) -> None:
        self.home.move(f"{PUBLIC}.77")
        begun = time.monotonic()
        self.wait_for("Bob's way to Alice", lambda: any(
            peer["name"] == "alice" and f"{PUBLIC}.77" in peer["place"] for peer in self.bob.connection()["peers"]), BACK_S)
        self.stored(500_001, self.bob, self.alice)
        self.assertLess(time.monotonic() - begun, BACK_S)

    def test_07_a_router_that_opens_doors_later(self) -> None:
        """Who was asked to connect until now is connected to; his owner only lets the doctor look."""
        self.assertEqual(self.alice.way_to(self.bob), "reversed")
        self.other.let_in()
        self.addCleanup(self.other.shut)
        with contextlib.suppress(CommandFailed):  # the proof may come a little later
            self.bob.tarn("node", "doctor")
        for friend in (self.alice, self.erin):
            self.wait_for(f"{friend.name}'s way to Bob", lambda friend=friend: friend.way_to(self.bob) == "mapped", BACK_S)
        self.wait_for("Bob's proof", lambda: self.bob.proven() == [f"tcp:{self.other.public}:{self.bob.port()}"], 90)
        self.stored(500_002, self.alice, self.bob)
        self.bob.tarn("node", "doctor")  # and finds nothing left to do

    def test_08_the_door_is_shut_at_the_end(self) -> None:
        place = f"{self.dave.desktop.address}:{self.dave.port()}"
        self.assertIn(place, self.home.rules())
        self.dave.end()
        self.assertNotIn(place, self.home.rules())


class Ipv6(unittest.TestCase):
    def test_two_without_ipv4(self) -> None:
        folder = fresh_folder("reach6")
        frank, grace = (Friend(name, Ipv6Desktop(number), folder) for number, name in ((61, "frank"), (62, "grace")))
        for friend in (frank, grace):
            self.addCleanup(friend.kill)
        frank.json("node", "init", "--grid", "Six", *frank.settings)
        link = frank.json("invite", "create", "--pre-approve")["link"]
        grace.json("join", link, *grace.settings)
        for friend, other in ((frank, grace), (grace, frank)):
            wait_until(lambda friend=friend, other=other: friend.way_to(other) == "direct", SETTLED_S, f"{friend.name}'s way")
            place = f"tcp:[{friend.desktop.address}]:{friend.port()}"
            wait_until(lambda friend=friend, place=place: friend.proven() == [place], SETTLED_S, f"{friend.name}'s proof")
            wait_until(lambda friend=friend: friend.json("node", "status")["servers"] == 2, SETTLED_S, "both servers")
        frank.tarn("placement", "avoid", "frank")
        content = data_of(300_000)
        cap = frank.json("put", "-", "six", stdin=content)["cap"]
        frank.settled()
        self.assertEqual(grace.tarn("get", cap), content)


if __name__ == "__main__":
    home_networks.run()

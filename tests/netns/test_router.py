"""A node and home routers of other kinds: UPnP only, a port that somebody else has, no way in at all, and a router behind a
router."""
from __future__ import annotations

import json
import socket
import struct
import unittest

import home_networks
from friendnet import OwnNode
from home_networks import Desktop, Home
from netns import PROGRAMS, fresh_folder
from processes import wait_until

FOUND_S = 30


class Alone(OwnNode):
    """The founder of a grid, who is its only member."""

    def __init__(self, folder, name: str, desktop: Desktop, port: int = 0) -> None:
        super().__init__(PROGRAMS, folder / name / "state")
        self.desktop = desktop
        self.tarn("node", "init", "--grid", name, "--nickname", name, "--offer", "100 MB", "--listen", f"0.0.0.0:{port}")

    def tarn(self, *arguments: str, **options) -> bytes:
        with self.desktop.inside():
            return super().tarn(*arguments, **options)

    def router(self) -> dict:
        return self.json("node", "status")["connection"]["router"]

    def wait_for_router(self, state: str) -> dict:
        wait_until(lambda: self.router()["state"] == state, FOUND_S, f"the router to be {state}: {json.dumps(self.router())}")
        return self.router()


def hold_by_nat_pmp(desktop: Desktop, router: str, port: int) -> None:
    """A machine takes that port of the router."""
    with desktop.inside(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        asking.settimeout(5)
        asking.connect((router, 5351))
        asking.send(struct.pack("!BBHHHI", 0, 2, 0, port, port, 3600))
        result = struct.unpack("!H", asking.recv(100)[2:4])[0]
        if result != 0:
            raise RuntimeError(f"the router refuses: {result}")


class Router(unittest.TestCase):
    def home(self, name: str) -> Home:
        self.folder = fresh_folder(name)
        home = Home(self.folder)
        self.addCleanup(home.shut)
        return home

    def alone(self, name: str, desktop: Desktop, port: int = 0) -> Alone:
        node = Alone(self.folder, name, desktop, port)
        self.addCleanup(node.kill)
        return node

    def test_upnp_only(self) -> None:
        home = self.home("upnp")
        home.let_in(pcp=False)
        node = self.alone("upnp", home.desktop(), 41001)
        router = node.wait_for_router("open")
        self.assertEqual((router["protocol"], router["address"]), ("UPnP", f"{home.public}:41001"))
        self.assertIn("41001", home.rules())
        node.end()
        self.assertNotIn("41001", home.rules())

    def test_a_port_that_somebody_has(self) -> None:
        home = self.home("conflict")
        home.let_in()
        hold_by_nat_pmp(home.desktop(), f"{home.lan}.1", 41001)
        home.shut()
        home.let_in(pcp=False)  # its rules stay
        node = self.alone("conflict", home.desktop(), 41001)
        router = node.wait_for_router("open")
        self.assertEqual(router["protocol"], "UPnP")
        self.assertNotEqual(router["address"], f"{home.public}:41001")
        self.assertTrue(router["address"].startswith(f"{home.public}:"))

    def test_no_way_in(self) -> None:
        home = self.home("none")
        node = self.alone("none", home.desktop())
        router = node.wait_for_router("none")
        self.assertIn("no router answers", router["reason"])
        told = [one["kind"] for one in node.json("node", "status")["connection"]["addresses"] if one["told"]]
        self.assertEqual(told, ["lan"])

    def test_a_router_behind_a_router(self) -> None:
        """What it would open leads nowhere, and it says so."""
        outer = self.home("double")
        inner = Home(self.folder, behind=outer)
        self.addCleanup(inner.shut)
        inner.let_in()
        node = self.alone("double", inner.desktop())
        self.assertIn("the router refuses", node.wait_for_router("failed")["reason"])
        told = [one["kind"] for one in node.json("node", "status")["connection"]["addresses"] if one["told"]]
        self.assertEqual(told, ["lan"])

    def test_killed_and_started_again(self) -> None:
        home = self.home("again")
        home.let_in()
        node = self.alone("again", home.desktop())
        first = node.wait_for_router("open")
        node.kill()
        node.tarn("node", "start")
        self.assertEqual(node.wait_for_router("open")["address"].split(":")[0], first["address"].split(":")[0])


if __name__ == "__main__":
    home_networks.run()

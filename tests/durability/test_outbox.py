"""The outbox of friendnet nodes, from their owners' commands: a put succeeds whoever sleeps, shares move as friends
appear, and kill -9 at any moment loses nothing."""
from __future__ import annotations

import json
import os
import random
import signal
import time
import unittest

import netns
from friendnet import CommandFailed, OwnNode
from netns import PROGRAMS, data_of, fresh_folder
from processes import wait_until
from web_api import HttpError, WebApi


class Outboxes(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = fresh_folder("outbox_" + self.id().rsplit(".", 1)[1])

    def node(self, name: str) -> OwnNode:
        node = OwnNode(PROGRAMS, self.folder / name)
        self.addCleanup(node.kill)
        return node

    def grid(self, *names: str) -> list[OwnNode]:
        """A founder and friends who know each other, all there."""
        founder = self.node("alice")
        founder.init("Family", "alice", start=True)
        nodes = [founder]
        for name in names:
            node = self.node(name)
            node.join(founder.json("invite", "create", "--pre-approve")["link"], name)
            nodes.append(node)
        for node in nodes:
            wait_until(lambda node=node: node.json("node", "status")["servers"] == len(nodes), 60, "all to know all")
            node.settled()
        return nodes

    @staticmethod
    def health(node: OwnNode) -> dict:
        """What it tells whoever watches it: an HttpError where it is not well."""
        return json.loads(WebApi((node.state / "node.url").read_text().strip()).call("GET", "/healthz"))

    def test_a_put_while_all_sleep(self) -> None:
        alice, bob, carol = self.grid("bob", "carol")
        bob.kill()
        carol.kill()
        content = data_of(300_000)
        begun = time.monotonic()
        cap = alice.tarn("put", "-", stdin=content).decode().strip()
        self.assertLess(time.monotonic() - begun, 5, "nobody is waited for")
        self.assertEqual(alice.tarn("get", cap), content)
        wait_until(lambda: alice.outbox()["waiting"][0]["placed"] == 1, 30, "the share that stays here")
        file = alice.outbox()["waiting"][0]
        self.assertEqual((file["total"], file["waiting"], file["openable"], file["safe"]), (3, 2, True, False))
        text = alice.tarn("node", "status").decode()
        self.assertIn("on 1 of 3, waiting; can be opened now, not safe yet", text)
        wait_until(lambda: "wait on this node's own disk" in (self.health(alice)["waiting"] or ""), 60, "the wait to be said")
        self.assertTrue(self.health(alice)["healthy"], "a put succeeds")

        alice.kill()
        alice.tarn("node", "start")
        wait_until(lambda: alice.outbox()["shares"] == 2, 30, "what waits to be known again")
        self.assertEqual(alice.tarn("get", cap), content)
        bob.tarn("node", "start")
        wait_until(lambda: alice.outbox()["shares"] == 1, 60, "bob's share to be with bob")
        file = alice.outbox()["waiting"][0]
        self.assertEqual((file["placed"], file["openable"], file["safe"]), (2, True, True))
        carol.tarn("node", "start")
        alice.settled()
        for node in (bob, carol):
            self.assertGreater(node.json("member", "show", "alice")["uses_of_mine"], 300_000)
        alice.kill()
        bob.kill()
        self.assertEqual(carol.tarn("get", cap), content)

    def test_killed_at_any_moment(self) -> None:
        """The one who stores and the one who takes, again and again; every put that was answered can be read, and when
        all is quiet each share is in one place."""
        alice, bob = self.grid("bob")
        chance = random.Random(20261122)
        stored: dict[str, bytes] = {}
        for turn in range(12):
            content = data_of(200_000 + turn)
            try:
                stored[alice.tarn("put", "-", stdin=content).decode().strip()] = content
            except CommandFailed:
                pass # it was not there just then
            victim = chance.choice((alice, bob))
            time.sleep(chance.uniform(0, 0.3))
            victim.kill()
            victim.tarn("node", "start")
        self.assertGreaterEqual(len(stored), 10)
        alice.settled(120)
        for cap, content in stored.items():
            self.assertEqual(alice.tarn("get", cap), content)
            self.assertEqual(bob.tarn("get", cap), content)
        there = bob.json("member", "show", "alice")["uses_of_mine"]
        here = alice.json("member", "show", "alice")["uses_of_mine"]
        least = sum(map(len, stored.values()))
        for used in (here, there):
            self.assertGreaterEqual(used, least)
        self.assertEqual(list((alice.state / "outbox" / "shares").glob("??/*/*")), [])

    def test_killed_while_the_body_comes(self) -> None:
        (alice,) = self.grid()
        for turn in range(4):
            pid = os.fork()
            if pid == 0:
                time.sleep(0.02 + 0.05 * turn)
                os.kill(alice.pid(), signal.SIGKILL)
                os._exit(0)
            content = data_of(3_000_000 + turn)
            try:
                cap = alice.tarn("put", "-", stdin=content).decode().strip()
            except CommandFailed:
                cap = ""
            os.waitpid(pid, 0)
            alice.kill()
            alice.tarn("node", "start")
            if cap:
                self.assertEqual(alice.tarn("get", cap), content)
            alice.settled()

    def test_the_bound_is_the_owners(self) -> None:
        alice, bob, carol = self.grid("bob", "carol")
        bob.kill()
        carol.kill()
        config = alice.state / "node.toml"
        config.write_text(config.read_text() + '\n[outbox]\nlimit = "1 MB"\n')
        os.kill(alice.pid(), signal.SIGHUP)
        wait_until(lambda: alice.outbox()["limit"] == 1_000_000, 30, "the new limit")
        content = data_of(200_000)
        cap = alice.tarn("put", "-", stdin=content).decode().strip()
        with self.assertRaises(CommandFailed) as refused:
            alice.tarn("put", "-", stdin=data_of(400_000))
        for words in ("the outbox is full", "[outbox] limit", "1.2 MB are needed"):
            self.assertIn(words, refused.exception.error)
        self.assertEqual(alice.tarn("get", cap), content)
        wait_until(lambda: alice.outbox()["bytes"] < 500_000, 30, "her own disk to take a share")
        alice.tarn("put", "-", stdin=data_of(180_000)) # and there is no room for 100 kB more
        with self.assertRaises(HttpError) as unwell:
            self.health(alice)
        self.assertEqual(unwell.exception.status, 503)
        self.assertIn("the outbox is full", json.loads(unwell.exception.body)["problem"])
        bob.tarn("node", "start")
        carol.tarn("node", "start")
        alice.settled()
        self.assertTrue(self.health(alice)["healthy"])
        alice.tarn("put", "-", stdin=data_of(210_000))
        alice.settled()


if __name__ == "__main__":
    netns.run(lambda: None)

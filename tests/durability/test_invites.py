"""Invites between real processes: completed by a delegate while the inviter sleeps, forwarded, claimed ten thousand
times. And what members count for each other, after crashes and after somebody has deleted shares by hand."""
from __future__ import annotations

import base64
import contextlib
import http.client
import os
import shutil
import signal
import ssl
import threading
import unittest

import netns
from friendnet import CommandFailed, OwnNode
from netns import PROGRAMS, data_of, fresh_folder
from processes import wait_until
from test_members import fields_of, message_of, resident_bytes

CLAIMS = 10_000
CALLERS = 4


class Invites(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = fresh_folder("invites_" + self.id().rsplit(".", 1)[1])

    def node(self, name: str) -> OwnNode:
        node = OwnNode(PROGRAMS, self.folder / name)
        self.addCleanup(node.kill)
        return node

    def founder(self) -> OwnNode:
        alice = self.node("alice")
        alice.init("Family", "alice", start=True)
        return alice

    def joined(self, inviter: OwnNode, name: str) -> OwnNode:
        node = self.node(name)
        node.join(inviter.json("invite", "create", "--pre-approve")["link"], name)
        return node

    def members(self, node: OwnNode) -> dict[str, dict]:
        return {member["name"]: member for member in node.json("member", "list")["members"]}

    def wait_for_servers(self, count: int, *nodes: OwnNode) -> None:
        for node in nodes:
            wait_until(lambda node=node: node.json("node", "status")["servers"] == count, 60, f"{count} servers")

    def test_a_delegate_lets_in_while_the_inviter_sleeps(self) -> None:
        alice = self.founder()
        bob = self.joined(alice, "bob")
        self.wait_for_servers(2, alice)
        invite = alice.json("invite", "create", "--delegate", "bob")
        wait_until(lambda: any(one["id"] == invite["id"] for one in bob.json("invite", "list")["invites"]), 30,
                   "the delegate to hear of it")
        shown = bob.json("invite", "show", invite["id"])
        self.assertEqual((shown["mine"], shown["state"], "link" in shown), (False, "live", False))
        os.kill(alice.pid(), signal.SIGSTOP)
        try:
            carol = self.node("carol")
            carol.join(invite["link"], "carol", "--no-wait")
            wait_until(lambda: bob.json("invite", "show", invite["id"])["state"] == "claimed", 60, "the claim")
            bob.kill()
            bob.tarn("node", "start")
            self.assertEqual(bob.json("invite", "approve", invite["id"])["pre_approved"], True)
            wait_until(lambda: carol.json("node", "status")["grid"]["membership"] == "member", 60, "the membership")
            with self.assertRaises(CommandFailed):
                self.node("eve").join(invite["link"], "eve", limit_s=60)
        finally:
            os.kill(alice.pid(), signal.SIGCONT)
        wait_until(lambda: alice.json("invite", "show", invite["id"])["state"] == "joined", 30, "the inviter to know")
        members = self.members(alice)
        self.assertEqual(sorted(members), ["alice", "bob", "carol"])
        self.assertEqual(members["carol"]["invited_by"], members["alice"]["key"])
        self.wait_for_servers(3, alice, bob, carol)

    def test_a_forwarded_link_is_seen_before_anybody_is_let_in(self) -> None:
        alice = self.founder()
        invite = alice.json("invite", "create", "--for", "Bob")
        eve = self.node("eve")
        eve.join(invite["link"], "bob", "--no-wait")  # whoever has the link may claim it, by any name
        wait_until(lambda: alice.json("invite", "show", invite["id"])["state"] == "claimed", 30, "the claim")
        claim = alice.json("invite", "show", invite["id"])["claim"]
        self.assertEqual(claim["node"], eve.json("node", "status")["id"], "the key tells")
        bob = self.node("bob")
        with self.assertRaises(CommandFailed) as late:
            bob.join(invite["link"], "bob")
        self.assertIn("used by somebody else", late.exception.error)
        alice.tarn("invite", "deny", invite["id"])
        wait_until(lambda: eve.json("node", "status")["grid"]["membership"] == "refused", 30, "the refusal")
        self.assertEqual(list(self.members(alice)), ["alice"])

    def test_ten_thousand_claims(self) -> None:
        """Of invites that are none, with proofs that are none, over connections that stay: most are turned away
        unread, nothing grows, and whom the owner waits for comes in."""
        alice = self.founder()
        invite = alice.json("invite", "create", "--pre-approve")
        text = invite["link"].split("#")[1]
        link = fields_of(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        host, port = alice.json("node", "status")["listen"].rsplit(":", 1)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        body = message_of({1: link[1], 2: bytes(16), 3: bytes(32), 4: b"eve", 5: bytes(64), 6: bytes(64)})
        answers: list[int] = []
        invites = (alice.state / "private" / "invites").read_bytes()
        before = resident_bytes(alice.pid())

        def claim() -> None:
            connection = http.client.HTTPSConnection(host, int(port), timeout=30, context=context)
            for _ in range(CLAIMS // CALLERS):
                try:
                    connection.request("POST", "/peer/v1/redeem", body)
                    answer = connection.getresponse()
                    answer.read()
                    answers.append(answer.status)
                except (OSError, http.client.HTTPException):
                    connection.close()
                    answers.append(0)
            connection.close()
        callers = [threading.Thread(target=claim) for _ in range(CALLERS)]
        for caller in callers:
            caller.start()
        for caller in callers:
            caller.join()
        self.assertEqual(len(answers), CLAIMS)
        self.assertLess(answers.count(200), 200, "from one address 20, and 2 a second")
        self.assertGreater(answers.count(429), CLAIMS // 2)
        self.assertEqual((alice.state / "private" / "invites").read_bytes(), invites)
        self.assertLess(resident_bytes(alice.pid()) - before, 10_000_000)
        self.assertLess((alice.state / "node.log").stat().st_size, 1_000_000)
        self.assertEqual(alice.json("invite", "show", invite["id"])["state"], "live")
        self.node("bob").join(invite["link"], "bob", limit_s=120)

    def on_disk(self, node: OwnNode) -> int:
        """Bytes of all shares."""
        return sum(path.stat().st_size for path in (node.state / "storage" / "shares").rglob("*")
                   if path.is_file() and "incoming" not in path.parts)

    def require_one_opinion(self, *nodes: OwnNode) -> None:
        def differing() -> list[str]:
            all_members = [self.members(node) for node in nodes]
            out = []
            for node, members in zip(nodes, all_members):
                counted = sum(member["uses_of_mine"] for member in members.values())
                if counted != self.on_disk(node):
                    out.append(f"{node.state.name} counts {counted}, on its disk are {self.on_disk(node)}")
                for other, theirs in zip(nodes, all_members):
                    name, own = other.state.name, node.state.name
                    if other is not node and members[name]["uses_of_mine"] != theirs[own]["i_use"]:
                        out.append(f"{own} holds {members[name]['uses_of_mine']} for {name}, who says {theirs[own]['i_use']}")
                    if other is not node and members[name]["agrees"] is not True:
                        out.append(f"{name} does not agree with {own}: {members[name]['says_it_uses']}")
            return out
        with contextlib.suppress(TimeoutError):
            wait_until(lambda: not differing(), 90, "one opinion")
        self.assertEqual(differing(), [])

    def test_numbers_are_those_of_the_disk(self) -> None:
        alice = self.founder()
        bob = self.joined(alice, "bob")
        self.wait_for_servers(2, alice, bob)
        for size in (200_000, 300_000, 50):
            bob.tarn("put", "-", f"file{size}", stdin=data_of(size))
        alice.tarn("put", "-", "mine", stdin=data_of(150_000))
        self.require_one_opinion(alice, bob)

        puts = [threading.Thread(target=lambda size=size: self.put_or_not(bob, size)) for size in (3_000_000, 3_000_001)]
        for put in puts:
            put.start()
        wait_until(lambda: self.on_disk(alice) > 1_000_000 or list((alice.state / "storage" / "shares" / "incoming")
                                                                   .rglob("*")), 30, "something on its way")
        alice.kill()
        for put in puts:
            put.join()
        alice.tarn("node", "start")
        self.wait_for_servers(2, alice, bob)
        self.require_one_opinion(alice, bob)

        alice.kill()
        shares = [path for path in (alice.state / "storage" / "shares").rglob("*") if path.is_file()]
        shares.sort(key=lambda path: path.stat().st_size)
        shutil.rmtree(shares[-1].parent)
        shares[0].unlink()
        alice.tarn("node", "start")
        self.require_one_opinion(alice, bob)
        for size in (200_000, 300_000):
            self.assertEqual(bob.tarn("get", f"file{size}"), data_of(size), "its own shares are there")

    @staticmethod
    def put_or_not(node: OwnNode, size: int) -> None:
        with contextlib.suppress(CommandFailed):
            node.tarn("put", "-", stdin=data_of(size))


if __name__ == "__main__":
    netns.run(lambda: None)

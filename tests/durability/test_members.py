"""Two and three friendnet nodes on one host, from their owners' commands: found, invite, join, approve, store, read,
limit, deny, revoke; killed at every step."""
from __future__ import annotations

import base64
import http.client
import json
import os
import pathlib
import signal
import ssl
import subprocess
import time
import unittest

from friendnet import CommandFailed, OwnNode
import netns
from netns import PROGRAMS, data_of, fresh_folder
from processes import wait_until


MOST_WAKE_UPS = 20 # a second, of an idle node, all threads together


def processor_seconds(pid: int) -> float:
    """Without the thread that makes keys for files to come: it has the least priority, and an end."""
    ticks = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        name, rest = (task / "stat").read_text().split("(", 1)[1].rsplit(")", 1)
        fields = rest.split()
        if name != "rsa-keys":
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def wake_ups(pid: int) -> int:
    """How often its threads have waited for something and were woken; again without the one that makes keys."""
    out = 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        if (task / "comm").read_text().strip() != "rsa-keys":
            text = (task / "status").read_text()
            out += int(text.split("\nvoluntary_ctxt_switches:")[1].split()[0])
    return out


def resident_bytes(pid: int) -> int:
    return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def fields_of(message: bytes) -> dict[int, bytes]:
    """Of a protobuf message: its fields of bytes, the last of each number."""
    out: dict[int, bytes] = {}
    at = 0

    def number() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value
    while at < len(message):
        tag = number()
        if tag & 7 == 0:
            number()
            continue
        length = number()
        out[tag >> 3] = message[at:at + length]
        at += length
    return out


def message_of(fields: dict[int, bytes]) -> bytes:
    return b"".join(bytes([number << 3 | 2, len(value)]) + value for number, value in fields.items())


class Members(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = fresh_folder("members_" + self.id().rsplit(".", 1)[1])

    def node(self, name: str) -> OwnNode:
        node = OwnNode(PROGRAMS, self.folder / name)
        self.addCleanup(node.kill)
        return node

    def founder(self) -> OwnNode:
        alice = self.node("alice")
        alice.init("Family", "alice", start=True)
        return alice

    def restart(self, node: OwnNode) -> None:
        node.kill()
        node.tarn("node", "start")

    def invite(self, node: OwnNode, *options: str) -> dict:
        return node.json("invite", "create", *options)

    def member(self, node: OwnNode, name: str) -> dict:
        return node.json("member", "show", name)

    def members(self, node: OwnNode) -> dict[str, dict]:
        return {member["name"]: member for member in node.json("member", "list")["members"]}

    def joined(self, inviter: OwnNode, name: str, *options: str) -> OwnNode:
        """A member that may store with the inviter."""
        node = self.node(name)
        node.join(self.invite(inviter, "--pre-approve", *options)["link"], name)
        return node

    def servers(self, node: OwnNode) -> int:
        return node.json("node", "status")["servers"]

    def wait_for_servers(self, count: int, *nodes: OwnNode) -> None:
        for node in nodes:
            wait_until(lambda node=node: self.servers(node) == count, 60, f"{count} servers of {node.state.name}")

    def test_found_invite_join_approve_store_read(self) -> None:
        alice = self.founder()
        self.assertEqual(list(self.members(alice)), ["alice"])
        invite = self.invite(alice, "--for", "Bob, my neighbour", "--quota", "50 MB")
        self.assertEqual(invite["state"], "live")
        self.assertTrue(invite["link"].startswith("tarn://join/1#"))
        self.restart(alice)
        shown = alice.json("invite", "show", invite["id"])
        self.assertEqual((shown["link"], shown["note"]), (invite["link"], "Bob, my neighbour"))
        self.assertNotIn("link", alice.json("invite", "list")["invites"][0])

        bob = self.node("bob")
        made = bob.join(invite["link"], "bob", "--no-wait")
        self.assertIn(made["grid"]["membership"], ("joining", "waiting"))
        self.assertEqual(made["grid"]["id"], alice.json("node", "status")["grid"]["id"])
        wait_until(lambda: alice.json("invite", "show", invite["id"])["state"] == "claimed", 30, "the claim")
        self.assertEqual(alice.json("invite", "show", invite["id"])["claim"]["nickname"], "bob")
        self.restart(alice)
        self.restart(bob)
        wait_until(lambda: bob.json("node", "status")["grid"]["membership"] == "waiting", 30, "waiting again")
        with self.assertRaises(CommandFailed) as early:
            bob.tarn("member", "list")
        self.assertIn("not joined", early.exception.error)
        self.assertEqual(alice.json("invite", "approve", invite["id"])["pre_approved"], True)
        wait_until(lambda: bob.json("node", "status")["grid"]["membership"] == "member", 30, "the membership")
        self.assertEqual(alice.json("invite", "show", invite["id"])["state"], "joined")
        self.assertFalse((bob.state / "private" / "join").exists())

        self.wait_for_servers(2, alice, bob)
        for node in (alice, bob):
            self.assertEqual(node.json("node", "status")["encoding"],
                             {"needed": 1, "happy": 2, "total": 2, "automatic": True, "source": "members", "members": 2,
                              "problem": ""})
            members = self.members(node)
            self.assertEqual(sorted(members), ["alice", "bob"])
            self.assertTrue(members["alice"]["founder"])
            for member in members.values():
                self.assertTrue({"name", "key", "online", "path", "uses_of_mine", "i_use", "limit", "last_seen"}
                                <= set(member))
                self.assertEqual(member["standing"], "live")
            wait_until(lambda node=node: all(one["online"] for one in self.members(node).values()), 30, "all online")
        self.assertEqual(self.members(alice)["bob"]["limit"], 50_000_000)
        self.assertEqual(self.members(alice)["bob"]["invited_by"], self.members(alice)["alice"]["key"])

        content = data_of(300_000)
        cap = alice.tarn("put", "-", stdin=content).decode().strip()
        alice.settled()
        self.assertEqual(bob.tarn("get", cap), content)
        self.assertGreaterEqual(self.members(bob)["alice"]["uses_of_mine"], 300_000, "a share is with bob")
        self.assertGreaterEqual(self.members(alice)["alice"]["uses_of_mine"], 300_000, "and one with alice")
        wait_until(lambda: (self.members(alice)["bob"]["i_use"] or 0) >= 300_000, 60, "what bob says")
        wait_until(lambda: bob.json("node", "status")["root_directory"], 60, "bob's root directory")
        bob.tarn("put", "-", "notes/one", stdin=content)
        self.assertEqual(bob.tarn("get", "notes/one"), content)

        bob.settled()
        for node in (alice, bob):
            node.kill()
        for node in (bob, alice):
            node.tarn("node", "start")
        self.wait_for_servers(2, alice, bob)
        self.assertEqual(bob.tarn("get", cap), content)
        self.assertEqual(self.members(alice)["bob"]["limit"], 50_000_000)

    def test_limits_denials_and_revocation(self) -> None:
        alice = self.founder()
        bob = self.joined(alice, "bob")
        self.wait_for_servers(2, alice, bob)
        content = data_of(300_000)
        cap = bob.tarn("put", "-", stdin=content).decode().strip()
        bob.settled()
        self.assertEqual(self.member(alice, "bob")["limit"], None)
        self.assertEqual(alice.json("member", "limit", "bob", "1 MB")["limit"], 1_000_000)
        bob.tarn("put", "-", stdin=data_of(900_000))
        wait_until(lambda: [file["placed"] for file in bob.outbox()["waiting"]] == [1], 30, "the share that stays here")
        self.assertEqual(bob.outbox()["shares"], 1)
        self.assertLessEqual(self.member(alice, "bob")["uses_of_mine"], 1_000_000)
        alice.tarn("member", "limit", "bob", "none")
        bob.settled()
        self.assertGreater(self.member(alice, "bob")["uses_of_mine"], 1_000_000)

        denied = alice.json("member", "deny", "bob", "--write")
        self.assertEqual((denied["may_write"], denied["may_read"]), (False, True))
        used = self.member(alice, "bob")["uses_of_mine"]
        bob.tarn("put", "-", stdin=data_of(10_000))
        wait_until(lambda: [file["placed"] for file in bob.outbox()["waiting"]] == [1], 30, "the share that stays here")
        self.restart(alice)
        self.wait_for_servers(2, bob)
        self.assertFalse(self.member(alice, "bob")["may_write"])
        self.assertEqual(self.member(alice, "bob")["uses_of_mine"], used)
        alice.tarn("member", "allow", "bob")
        self.wait_for_servers(2, alice)
        bob.settled(90)
        bob.tarn("put", "-", stdin=data_of(10_001))
        with self.assertRaises(CommandFailed) as refused:
            alice.tarn("member", "deny", "alice")
        self.assertIn("this node", refused.exception.error)
        with self.assertRaises(CommandFailed) as refused:
            bob.tarn("member", "revoke", "alice")
        self.assertIn("only its inviters", refused.exception.error)
        with self.assertRaises(CommandFailed) as refused:
            alice.tarn("member", "show", "nobody")
        self.assertIn("tarn member list", refused.exception.error)

        bob.settled(90)
        used = self.member(alice, "bob")["uses_of_mine"]
        self.assertEqual(alice.json("member", "revoke", "bob")["standing"], "revoked")
        bob.tarn("put", "-", stdin=data_of(10_002)) # with alice it cannot; it stays here
        self.assertEqual(self.member(alice, "bob")["uses_of_mine"], used)
        wait_until(lambda: bob.json("node", "status")["grid"]["membership"] == "gone", 60, "bob is told")
        self.assertEqual(alice.json("node", "status")["encoding"]["total"], 1)
        self.wait_for_servers(1, alice)
        self.assertEqual(alice.tarn("put", "-", stdin=content).decode().strip()[:8], "URI:CHK:")
        self.restart(alice)
        self.wait_for_servers(1, alice)
        self.assertEqual(bob.tarn("get", cap), content, "its own shares are its own")

    def test_three_know_each_other(self) -> None:
        """Whom one lets in the others learn by gossip; a friend of a friend stores with all."""
        alice = self.founder()
        bob = self.joined(alice, "bob")
        carol = self.joined(bob, "carol")
        self.wait_for_servers(3, alice, bob, carol)
        for node in (alice, bob, carol):
            members = self.members(node)
            self.assertEqual(sorted(members), ["alice", "bob", "carol"])
            self.assertEqual(members["carol"]["invited_by"], members["bob"]["key"])
        content = data_of(200_000)
        cap = carol.tarn("put", "-", stdin=content).decode().strip()
        carol.settled()
        for node in (alice, bob):
            self.assertGreater(self.member(node, "carol")["uses_of_mine"], 0)
            self.assertEqual(node.tarn("get", cap), content)
        bob.kill()
        alice.kill()
        self.assertEqual(carol.tarn("get", cap, limit_s=120), content)
        alice.tarn("node", "start")
        self.assertEqual(alice.json("member", "revoke", "bob")["standing"], "revoked")
        members = self.members(alice)
        self.assertEqual(members["carol"]["standing"], "revoked", "through whom it came is revoked")
        bob.tarn("node", "start")
        wait_until(lambda: bob.json("node", "status")["grid"]["membership"] == "gone", 60, "bob is told")

    def test_placement_is_the_owners(self) -> None:
        alice = self.founder()
        # Made while others are there, it would have a share on each of them.
        wait_until(lambda: alice.json("node", "status")["root_directory"], 60, "alice's root directory")
        bob = self.joined(alice, "bob")
        carol = self.joined(alice, "carol")
        self.wait_for_servers(3, alice, bob, carol)
        self.assertFalse(alice.json("placement", "avoid", "bob")["use"])
        self.assertEqual(alice.json("placement", "group", "carol", "farm")["household"], "farm")
        self.assertEqual(alice.json("placement", "group", "alice", "farm")["household"], "farm")
        alice.tarn("put", "-", stdin=data_of(100_000))
        alice.settled()
        self.assertEqual(self.member(bob, "alice")["uses_of_mine"], 0)
        self.assertGreater(self.member(carol, "alice")["uses_of_mine"], 0)
        self.restart(alice)
        self.wait_for_servers(3, alice)
        self.assertIn(b"avoided", alice.tarn("placement", "show"))
        alice.tarn("put", "-", stdin=data_of(100_001))
        alice.settled()
        self.assertEqual(self.member(bob, "alice")["uses_of_mine"], 0)
        self.assertTrue(alice.json("placement", "use", "bob")["use"])
        self.assertEqual(alice.json("placement", "group", "carol", "none")["household"], "")
        alice.tarn("put", "-", stdin=data_of(100_002))
        alice.settled()
        self.assertGreater(self.member(bob, "alice")["uses_of_mine"], 0)

    def test_the_encoding_is_the_owners(self) -> None:
        """Shown, changed within what there are members for, kept over kills, and undone."""
        alice = self.founder()
        bob = self.joined(alice, "bob")
        carol = self.joined(alice, "carol")
        self.wait_for_servers(3, alice, bob, carol)
        shown = alice.json("placement", "show")
        self.assertEqual(shown["encoding"], {"needed": 1, "happy": 2, "total": 3, "automatic": True, "source": "members",
                                             "members": 3, "problem": ""})
        self.assertEqual(sorted(member["name"] for member in shown["members"]), ["alice", "bob", "carol"])
        self.assertIn(b"any 1 of 3 shares", alice.tarn("placement", "show"))
        self.assertIn(b"follows the number of members: 3", alice.tarn("placement", "encoding"))
        for numbers, words in (("4 4 3", "never be given back"), ("1 4 3", "no file would ever be safe"),
                               ("0 1 1", "K is 0"), ("1 1 300", "1 to 256"), ("2 3 5", "only 3 members offer storage"),
                               ("3 2 3", "only when they are lost")):
            with self.assertRaises(CommandFailed) as refused:
                alice.tarn("placement", "encoding", *numbers.split())
            self.assertIn(words, refused.exception.error)
        chosen = alice.json("placement", "encoding", "2", "3", "3")
        wanted = {"needed": 2, "happy": 3, "total": 3, "automatic": False, "source": "owner", "members": 3, "problem": ""}
        self.assertEqual(chosen, wanted)
        self.assertEqual(alice.json("node", "status")["encoding"], wanted)
        cap = alice.tarn("put", "-", stdin=data_of(100_000)).decode().strip()
        self.assertEqual(cap.split(":")[4:6], ["2", "3"])
        self.restart(alice)
        self.assertEqual(alice.json("placement", "encoding"), wanted)
        alice.settled()
        self.assertEqual(alice.tarn("put", "-", stdin=data_of(100_001)).decode().split(":")[4:6], ["2", "3"])
        self.assertEqual(alice.tarn("get", cap), data_of(100_000))
        self.assertEqual(bob.json("placement", "encoding")["source"], "members", "each decides for itself")

        alice.tarn("member", "revoke", "carol")
        left = alice.json("placement", "encoding")
        self.assertEqual((left["total"], left["members"]), (3, 2))
        self.assertIn("only 2 members offer storage", left["problem"])
        undone = alice.json("placement", "encoding", "auto")
        self.assertEqual((undone["needed"], undone["happy"], undone["total"], undone["automatic"]), (1, 2, 2, True))
        self.restart(alice)
        self.assertEqual(alice.json("placement", "encoding")["source"], "members")
        alice.kill()
        with (alice.state / "node.toml").open("a") as config:
            config.write("[encoding]\nneeded = 1\nhappy = 1\ntotal = 2\n")
        alice.tarn("node", "start")
        self.assertEqual(alice.json("placement", "encoding")["source"], "node.toml")
        with self.assertRaises(CommandFailed) as refused:
            alice.tarn("placement", "encoding", "1", "2", "2")
        self.assertIn("[encoding] of node.toml", refused.exception.error)

    def test_leaving(self) -> None:
        alice = self.founder()
        bob = self.joined(alice, "bob")
        carol = self.joined(bob, "carol")
        self.wait_for_servers(3, alice, bob, carol)
        self.assertEqual(bob.json("node", "leave")["grid"]["membership"], "gone")
        self.wait_for_servers(2, alice, carol)
        for node in (alice, carol):
            members = self.members(node)
            self.assertEqual((members["bob"]["standing"], members["carol"]["standing"]), ("departed", "live"))
            self.assertEqual((members["bob"]["may_write"], members["bob"]["keep_shares"]), (False, False))
        with self.assertRaises(CommandFailed) as refused:
            bob.tarn("node", "leave")
        self.assertIn("no member", refused.exception.error)
        self.restart(bob)
        self.assertEqual(bob.json("node", "status")["grid"]["membership"], "gone")
        carol.tarn("put", "-", stdin=data_of(100_000))

    def test_asleep_and_back(self) -> None:
        """A machine that slept for two minutes is there again within 10 s, and its friends know when it is not."""
        alice = self.founder()
        bob = self.joined(alice, "bob")
        self.wait_for_servers(2, alice, bob)

        def online(node: OwnNode, name: str) -> bool:
            return self.member(node, name)["online"]
        wait_until(lambda: online(alice, "bob") and online(bob, "alice"), 30, "both online")
        asleep = time.monotonic()
        os.kill(bob.pid(), signal.SIGSTOP)
        try:
            wait_until(lambda: not online(alice, "bob"), 60, "bob to be missed")
            time.sleep(max(0.0, asleep + 120 - time.monotonic()))
        finally:
            os.kill(bob.pid(), signal.SIGCONT)
        begun = time.monotonic()
        wait_until(lambda: online(alice, "bob") and online(bob, "alice"), 30, "both again")
        self.assertLess(time.monotonic() - begun, 10)
        self.assertIsNotNone(self.member(alice, "bob")["last_seen"])
        bob.tarn("put", "-", stdin=data_of(100_000))

    def test_grids_side_by_side(self) -> None:
        """One user, two grids, a state directory each: neither knows of the other, and one may be left."""
        data = self.folder / "data"
        env = {"XDG_DATA_HOME": str(data), "HOME": str(self.folder)}
        family = OwnNode(PROGRAMS, data / "tarn" / "Family", env)
        work = OwnNode(PROGRAMS, data / "tarn" / "Work", env)
        for node, grid in ((family, "Family"), (work, "Work")):
            self.addCleanup(node.kill)
            node.init(grid, "alice", start=True, named=False)
        with self.assertRaises(CommandFailed) as refused:
            family.tarn("node", "status", named=False)
        self.assertIn("Family", refused.exception.error)
        self.assertIn("Work", refused.exception.error)
        ours, theirs = (node.json("node", "status") for node in (family, work))
        self.assertEqual((ours["grid"]["name"], theirs["grid"]["name"]), ("Family", "Work"))
        for part in ("id", "listen", "web"):
            self.assertNotEqual(ours[part], theirs[part])
        self.assertNotEqual(ours["grid"]["id"], theirs["grid"]["id"])
        bob = self.joined(family, "bob")
        carol = self.joined(work, "carol")
        self.wait_for_servers(2, family, work, bob, carol)
        self.assertEqual(sorted(self.members(family)), ["alice", "bob"])
        self.assertEqual(sorted(self.members(work)), ["alice", "carol"])
        cap = family.tarn("put", "-", "letter", stdin=data_of(100_000)).decode().strip()
        self.assertEqual(work.tarn("ls"), b"")
        family.settled()
        self.assertGreater(self.member(bob, "alice")["uses_of_mine"], 50_000)
        self.assertLess(self.member(carol, "alice")["uses_of_mine"], 50_000, "nothing but the other root directory")
        with self.assertRaises(CommandFailed):
            carol.tarn("get", cap, limit_s=120)
        link = self.invite(work)["link"] # of another grid, to a node that has one
        with self.assertRaises(CommandFailed):
            family.join(link, "alice")
        self.assertEqual(work.json("node", "leave")["grid"]["membership"], "gone")
        self.assertEqual(family.json("node", "status")["grid"]["membership"], "member")
        self.restart(family)
        self.restart(work)
        self.wait_for_servers(2, family)
        self.assertEqual(work.json("node", "status")["grid"]["membership"], "gone")
        self.assertEqual(bob.tarn("get", cap), data_of(100_000))

    def test_idle(self) -> None:
        """Three that have nothing to do: less than 0.5 % of a processor and 60 MB each, and no storm of wake-ups."""
        alice = self.founder()
        bob = self.joined(alice, "bob")
        carol = self.joined(alice, "carol")
        self.wait_for_servers(3, alice, bob, carol)
        nodes = (alice, bob, carol)
        wait_until(lambda: all(node.json("node", "status")["root_directory"] for node in nodes), 60, "their directories")
        time.sleep(10) # what joining set off
        before = [(processor_seconds(node.pid()), wake_ups(node.pid())) for node in nodes]
        time.sleep(60)
        for node, (then, woken) in zip(nodes, before):
            share = (processor_seconds(node.pid()) - then) / 60
            a_second = (wake_ups(node.pid()) - woken) / 60
            memory = resident_bytes(node.pid())
            print(f"{node.state.name}: {share:.2%} of a processor, {a_second:.1f} wake-ups/s, {memory / 1e6:.1f} MB")
            self.assertLess(a_second, MOST_WAKE_UPS, node.state.name)
            self.assertLess(share, 0.005, node.state.name)
            self.assertLess(memory, 60_000_000, node.state.name)

    def test_invites_are_used_once(self) -> None:
        alice = self.founder()
        invite = self.invite(alice, "--pre-approve")
        bob = self.node("bob")
        bob.join(invite["link"], "bob")
        eve = self.node("eve")
        with self.assertRaises(CommandFailed) as refused:
            eve.join(invite["link"], "eve")
        self.assertIn("used by somebody else", refused.exception.error)
        self.assertEqual(eve.json("node", "status")["grid"]["membership"], "refused")
        cancelled = self.invite(alice)
        self.assertEqual(alice.json("invite", "cancel", cancelled["id"])["state"], "cancelled")
        with self.assertRaises(CommandFailed) as refused:
            self.node("mallory").join(cancelled["link"], "mallory")
        self.assertIn("withdrawn", refused.exception.error)
        denied = self.invite(alice)
        dave = self.node("dave")
        dave.join(denied["link"], "dave", "--no-wait")
        wait_until(lambda: alice.json("invite", "show", denied["id"])["state"] == "claimed", 30, "the claim")
        self.assertEqual(alice.json("invite", "deny", denied["id"])["state"], "denied")
        wait_until(lambda: dave.json("node", "status")["grid"]["membership"] == "refused", 30, "the refusal")
        self.assertEqual(sorted(self.members(alice)), ["alice", "bob"])

    def test_strangers_at_the_door(self) -> None:
        """Malformed requests, wrong proofs, no proofs, more than anybody needs: the node goes on."""
        alice = self.founder()
        bob = self.joined(alice, "bob")
        invite = self.invite(alice)
        text = invite["link"].split("#")[1]
        link = fields_of(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        host, port = alice.json("node", "status")["listen"].rsplit(":", 1)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE

        def ask(method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
            connection = http.client.HTTPSConnection(host, int(port), timeout=30, context=context)
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            result = answer.status, answer.read()
            connection.close()
            return result
        wrong = {1: link[1], 2: link[4], 3: bytes(32), 4: b"eve", 5: bytes(64), 6: bytes(64)}
        for body in (b"", data_of(100), data_of(1025), data_of(100_000), message_of({**wrong, 3: bytes(31)}),
                     message_of({**wrong, 4: b"\xff"}), message_of({**wrong, 4: "e\u202eve".encode()}),
                     message_of({**wrong, 4: b""}), message_of(wrong)[:-1]):
            self.assertEqual(ask("POST", "/peer/v1/redeem", body)[0], 400, body[:20])
        for method, path, status in (("GET", "/peer/v1/redeem", 405), ("POST", "/peer/v1/gossip", 403),
                                     ("GET", "/peer/v1/account", 403), ("DELETE", "/peer/v1/account", 405),
                                     ("POST", "/peer/v1/grant", 403), ("GET", "/peer/v1/link", 403),
                                     ("GET", "/peer/v1/nothing", 404)):
            self.assertEqual(ask(method, path)[0], status, path)
        proof = alice.json("node", "status")["id"] + " " + base64.urlsafe_b64encode(bytes(64)).decode().rstrip("=")
        self.assertEqual(ask("POST", "/peer/v1/gossip", Tarn_Peer=proof)[0], 403, "a proof that is none")
        self.assertEqual(alice.json("invite", "show", invite["id"])["state"], "live")
        for _ in range(5):
            status, answer = ask("POST", "/peer/v1/redeem", message_of(wrong))
            self.assertEqual(status, 200)
            self.assertIn(b"not signed with the key of the invite", answer)
        self.assertEqual(alice.json("invite", "show", invite["id"])["state"], "burned")
        self.restart(alice)
        self.assertEqual(alice.json("invite", "show", invite["id"])["state"], "burned")
        host, port = alice.json("node", "status")["listen"].rsplit(":", 1)
        answers = [ask("POST", "/peer/v1/redeem", message_of(wrong))[0] for _ in range(60)]
        self.assertIn(429, answers)
        with self.assertRaises(CommandFailed) as refused:
            self.node("late").join(invite["link"], "late", limit_s=120)
        self.assertIn("void", refused.exception.error)
        self.wait_for_servers(2, alice, bob)
        bob.tarn("put", "-", stdin=data_of(50_000))

    def test_two_redeem_at_once(self) -> None:
        alice = self.founder()
        invite = self.invite(alice, "--pre-approve")
        rivals = [self.node(name) for name in ("bob", "eve", "mallory")]
        for node in rivals:
            node.join(invite["link"], node.state.name, "--no-wait")

        def standings() -> list[str]:
            return sorted(node.json("node", "status")["grid"]["membership"] for node in rivals)
        wait_until(lambda: standings() == ["member", "refused", "refused"], 60, "one of three")
        self.assertEqual(len(self.members(alice)), 2)

    def test_refusals(self) -> None:
        alice = self.founder()
        nobody = self.node("nobody")
        link = self.invite(alice)["link"]
        for bad in ("", "tarn://join/1#", link[:-3], link + "x", link.replace("join/1", "join/2"), "http://example.org"):
            with self.assertRaises(CommandFailed):
                nobody.join(bad, "nobody")
            self.assertFalse(nobody.state.exists(), bad)
        for options in (("--expires", "5 min"), ("--expires", "40 d"), ("--expires", "soon"), ("--depth", "9"),
                        ("--guest", "--depth", "2"), ("--delegate", "nobody"), ("--quota", "much")):
            with self.assertRaises(CommandFailed):
                self.invite(alice, *options)
        for action in ("show", "approve", "deny", "cancel"):
            with self.assertRaises(CommandFailed) as refused:
                alice.tarn("invite", action, "aaaaaaaaaaaaaaaaaaaaaaaaaa")
            self.assertIn("no such invite", refused.exception.error)
        self.assertEqual(len(alice.json("invite", "list")["invites"]), 1)
        text = subprocess.run([PROGRAMS.tarn, "join", "-", "--state", nobody.state, "--nickname", "nobody", "--listen",
                               "127.0.0.1:0", "--no-wait", "--json"], input=link.encode() + b"\n", capture_output=True,
                              timeout=60, check=True).stdout
        self.assertEqual(json.loads(text)["nickname"], "nobody")


if __name__ == "__main__":
    netns.run(lambda: None)

"""A grid of friends from their commands, each node on a host of its own: three on one network and one elsewhere.
Found, invite, join, approve, store, read, limit, deny, revoke, leave. What a command answered is checked key by key; the
node that answered is killed at once, and after each step all of them, and each knows what it knew."""
from __future__ import annotations

import concurrent.futures
import json
import time
import unittest

import hosts
import json_shapes as shapes
from friendnet import CommandFailed, OwnNode
from hosts import Cut, Host
from netns import PROGRAMS, data_of, fresh_folder
from processes import wait_until

HOME, ELSEWHERE = "10.77.1", "10.77.2"
ADDRESSES = {"alice": f"{HOME}.1", "bob": f"{HOME}.2", "carol": f"{HOME}.3", "dave": f"{ELSEWHERE}.1"}
SETTLED_S = 40
# Of a member: what changes by itself; shares go on moving out of outboxes.
PASSING = {"online", "path", "last_seen", "i_use", "my_limit", "says_it_uses", "agrees", "uses_of_mine",
           "reason"}
CONTENT = {name: data_of(60_000 + number) for number, name in enumerate(ADDRESSES)}


class Friend(OwnNode):
    """A node on its host."""

    def __init__(self, name: str) -> None:
        super().__init__(PROGRAMS, fresh_folder(f"friends/{name}") / "state")
        self.name = name
        self.host = Host(ADDRESSES[name])
        self.settings = ["--nickname", name, "--listen", f"{self.host.address}:0", "--offer", "200 MB"]

    def tarn(self, *arguments: str, **options) -> bytes:
        with self.host.inside():
            return super().tarn(*arguments, **options)

    def shaped(self, shape: object, *arguments: str, **options) -> dict:
        answer = self.json(*arguments, **options)
        wrong = shapes.differences(shape, answer)
        if wrong:
            raise AssertionError(f"{self.name}: tarn {' '.join(arguments)}: {'; '.join(wrong)}")
        return answer

    def status(self) -> dict:
        return self.shaped(shapes.STATUS, "node", "status")

    def members(self) -> dict[str, dict]:
        return {member["name"]: member for member in self.shaped(shapes.MEMBERS, "member", "list")["members"]}

    def restart(self) -> None:
        self.kill()
        self.shaped(shapes.STATUS, "node", "start")

    def known(self) -> dict:
        """All that may not get lost."""
        status = self.status()
        out = {key: status[key] for key in ("id", "nickname", "listen", "root_directory", "grid", "encoding")}
        out["grid"]["reason"] = ""
        if status["grid"]["membership"] not in ("member", "gone"):
            out["grid"]["membership"] = "joining or waiting"
            return out
        invites = self.shaped(shapes.INVITES, "invite", "list")["invites"]
        out["invites"] = [self.shaped(shapes.INVITE, "invite", "show", invite["id"]) for invite in invites]
        out["links"] = [self.shaped(shapes.SHOWN_LINK, "inbox", "show", link["id"])
                        for link in self.shaped(shapes.LINKS, "inbox", "list")["links"] if link["delivered"]]
        out["members"] = {name: {key: value for key, value in member.items() if key not in PASSING}
                          for name, member in self.members().items()}
        return out


class Friends(unittest.TestCase):
    """One grid for all tests, in their order."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.alice, cls.bob, cls.carol, cls.dave = (Friend(name) for name in ADDRESSES)
        cls.running: list[Friend] = []
        cls.invite: dict = {}
        cls.caps: dict[str, str] = {}
        cls.begun = time.monotonic()
        for friend in (cls.alice, cls.bob, cls.carol, cls.dave):
            cls.addClassCleanup(friend.kill)

    def setUp(self) -> None:
        print(f"{self.id().rsplit('.', 1)[1]} after {time.monotonic() - self.begun:.1f} s", flush=True)

    def acts(self, friend: Friend, shape: object, *arguments: str, **options) -> dict:
        """A command whose answer says that it is done: killed right after, the node knows that it is."""
        answer = friend.shaped(shape, *arguments, **options)
        friend.restart()
        return answer

    def all_killed(self) -> None:
        """At once; back one after the other, and nobody knows less than before."""
        before = {friend.name: friend.known() for friend in self.running}
        for friend in self.running:
            friend.kill()
        with concurrent.futures.ThreadPoolExecutor() as pool:
            list(pool.map(Friend.restart, reversed(self.running)))
        for friend in self.running:
            now: dict = {}

            def is_back() -> bool:
                now.clear()
                now.update(friend.known())
                return now == before[friend.name]
            try:
                wait_until(is_back, SETTLED_S, "as before")
            except TimeoutError:
                self.assertEqual(now, before[friend.name], friend.name)

    def wait_for(self, friend: Friend, what: str, condition) -> None:
        wait_until(condition, SETTLED_S, f"{friend.name}: {what}")

    def all_reach_all(self) -> None:
        """Who is a member stores with all of them."""
        for friend in self.running:
            self.wait_for(friend, "all servers", lambda: friend.status()["servers"] == len(self.running))
            self.wait_for(friend, "all online", lambda: all(member["online"] for member in friend.members().values()
                                                            if member["standing"] == "live"))

    def all_agree(self) -> None:
        """What each says it holds for another one is what the other one says, and what is on the disk."""
        def differing() -> list[str]:
            members = {friend.name: friend.members() for friend in self.running}
            out = [f"{holder.name} for {owner.name}: {members[holder.name][owner.name]}"
                   for holder in self.running for owner in self.running if holder is not owner
                   and (members[holder.name][owner.name]["uses_of_mine"] != members[owner.name][holder.name]["i_use"]
                        or members[holder.name][owner.name]["agrees"] is not True)]
            return out
        try:
            wait_until(lambda: not differing(), SETTLED_S + 50, "one opinion")
        except TimeoutError:
            self.assertEqual(differing(), [])

    def all_read_all(self) -> None:
        for friend in self.running:
            for name, cap in self.caps.items():
                self.assertEqual(friend.tarn("get", cap), CONTENT[name], f"{friend.name} reads what {name} stored")

    def joins(self, friend: Friend, link: str) -> dict:
        answer = friend.shaped(shapes.STATUS, "join", link, *friend.settings)
        self.running.append(friend)
        self.assertEqual(answer["grid"]["membership"], "member")
        return answer

    def test_01_found(self) -> None:
        made = self.alice.shaped(shapes.STATUS, "node", "init", "--grid", "Family", *self.alice.settings)
        self.running.append(self.alice)
        self.alice.restart()
        status = self.alice.status()
        self.assertEqual((made["id"], made["grid"]["id"]), (status["id"], status["grid"]["id"]))
        self.assertTrue(status["grid"]["founder"])
        self.assertEqual(status["locations"], [f"tcp:{status['listen']}"])
        self.wait_for(self.alice, "root directory", lambda: self.alice.status()["root_directory"])

    def test_02_invite(self) -> None:
        invite = self.acts(self.alice, shapes.NEW_INVITE, "invite", "create", "--for", "Bob", "--quota", "150 MB")
        self.assertEqual(self.alice.shaped(shapes.NEW_INVITE, "invite", "show", invite["id"]), invite)
        self.assertNotIn("link", self.alice.shaped(shapes.INVITES, "invite", "list")["invites"][0])
        other = self.acts(self.alice, shapes.NEW_INVITE, "invite", "create", "--expires", "2 h")
        gone = self.acts(self.alice, shapes.INVITE, "invite", "cancel", other["id"])
        self.assertEqual((gone["state"], gone["expires"] - gone["created"]), ("cancelled", 7200))
        type(self).invite = invite
        self.all_killed()

    def test_03_join_and_approve(self) -> None:
        status = self.bob.shaped(shapes.STATUS, "join", self.invite["link"], *self.bob.settings, "--no-wait")
        self.running.append(self.bob)
        self.assertIn(status["grid"]["membership"], ("joining", "waiting"))
        show = ["invite", "show", self.invite["id"]]
        self.wait_for(self.alice, "the claim", lambda: self.alice.shaped(shapes.INVITE, *show)["state"] == "claimed")
        self.all_killed()
        self.assertEqual(self.alice.shaped({**shapes.INVITE, "claim": shapes.CLAIM}, *show)["claim"]["nickname"], "bob")
        self.acts(self.alice, shapes.INVITE, "invite", "approve", self.invite["id"])
        self.bob.restart()
        self.wait_for(self.bob, "let in", lambda: self.bob.status()["grid"]["membership"] == "member")
        self.assertEqual(self.alice.shaped(shapes.INVITE, *show)["state"], "joined")
        self.wait_for(self.bob, "root directory", lambda: self.bob.status()["root_directory"])
        self.all_reach_all()
        self.all_killed()

    def test_04_a_friend_of_a_friend_from_elsewhere(self) -> None:
        invite = self.acts(self.bob, shapes.NEW_INVITE, "invite", "create", "--pre-approve")
        self.joins(self.dave, invite["link"])
        self.dave.restart()
        invite = self.acts(self.alice, shapes.NEW_INVITE, "invite", "create", "--pre-approve")
        self.joins(self.carol, invite["link"])
        self.all_reach_all()
        for friend in self.running:
            members = friend.members()
            self.assertEqual(sorted(members), sorted(ADDRESSES), friend.name)
            self.assertEqual(members["dave"]["invited_by"], members["bob"]["key"])
            self.assertEqual(members["dave"]["path"].startswith("this" if friend is self.dave else f"tcp:{ELSEWHERE}."), True)
        self.all_killed()

    def test_05_store_and_read(self) -> None:
        self.all_reach_all()
        for friend in self.running:
            stored = friend.json("put", "-", "letter", stdin=CONTENT[friend.name])
            friend.restart()
            self.caps[friend.name] = stored["cap"]
        self.all_killed()
        self.all_reach_all()
        self.all_read_all()
        for friend in self.running:
            self.assertEqual(friend.tarn("get", "letter"), CONTENT[friend.name])
        self.all_agree()

    def test_06_share(self) -> None:
        """Links that read, also for who is away. What opens all of one's own files stays where it is."""
        link = self.acts(self.alice, shapes.LINK, "share", "letter", "bob")
        self.assertEqual((link["sent"], link["delivered"], link["name"], link["size"]),
                         (True, True, "letter", len(CONTENT["alice"])))
        came = self.acts(self.bob, shapes.SHOWN_LINK, "inbox", "show", link["id"])
        self.assertEqual((came["member"], came["sent"], came["cap"]), ("alice", False, self.caps["alice"]))
        with self.assertRaises(CommandFailed) as refused:
            self.bob.tarn("inbox", "take", link["id"])
        self.assertIn("already", refused.exception.error)
        self.acts(self.bob, shapes.LINK, "inbox", "take", link["id"], "from-alice/letter")
        self.assertEqual(self.bob.tarn("get", "from-alice/letter"), CONTENT["alice"])
        self.assertEqual(self.bob.shaped(shapes.LINKS, "inbox", "list"), {"links": []})

        self.dave.kill()
        self.alice.json("put", "-", "photos/one", stdin=CONTENT["carol"])
        waiting = self.acts(self.alice, shapes.LINK, "share", "photos", "dave", "--name", "our photos")
        self.assertEqual((waiting["kind"], waiting["delivered"]), ("directory", False))
        self.dave.restart()
        show = ["inbox", "show", waiting["id"]]
        self.wait_for(self.alice, "the delivery", lambda: self.alice.shaped(shapes.SHOWN_LINK, *show)["delivered"])
        cap = self.dave.shaped(shapes.SHOWN_LINK, *show)["cap"]
        self.assertTrue(cap.startswith("URI:DIR2-RO:"))
        self.dave.tarn("inbox", "take", waiting["id"])
        self.assertEqual(self.dave.tarn("get", "our photos/one"), CONTENT["carol"])
        with self.assertRaises(CommandFailed):
            self.dave.tarn("put", "-", "our photos/two", stdin=b"mine")
        self.assertEqual(self.alice.tarn("share", "letter").decode().strip(), self.caps["alice"], "to be copied")
        for what, who in (("tahoe:", "bob"), ("letter", "nobody"), ("letter", "alice"), ("no letter", "bob")):
            with self.assertRaises(CommandFailed, msg=f"{what} for {who}"):
                self.alice.tarn("share", what, who)
        self.assertEqual(self.acts(self.alice, shapes.LINK, "inbox", "drop", waiting["id"])["sent"], True)
        self.all_killed()
        self.secrets_stay()

    def secrets_stay(self) -> None:
        """What opens a friend's own files is in no file of another one, and at home only in private/."""
        for owner in self.running:
            cap = (owner.state / "private" / "root_dir.cap").read_text().strip()
            with owner.host.inside():
                object_ = json.loads(owner.tarn("ls", "--json", cap))[1]
            secrets = [text.split(":")[2].encode() for text in (object_["rw_uri"], object_["ro_uri"])]
            for friend in self.running:
                for path in friend.state.rglob("*"):
                    if not path.is_file() or friend is owner and path.parent.name == "private":
                        continue
                    content = path.read_bytes()
                    for secret in secrets:
                        self.assertNotIn(secret, content, f"{owner.name}'s in {path}")

    def test_07_the_network_falls_in_two(self) -> None:
        cut = Cut(f"{HOME}.0/24", f"{ELSEWHERE}.0/24")
        cut.make()
        self.alice.restart()  # what it knew of who is there is forgotten
        for name, cap in self.caps.items():
            self.assertEqual(self.dave.tarn("get", cap), CONTENT[name], "any share is enough")
        self.wait_for(self.alice, "the near ones", lambda: all(self.alice.members()[near]["online"]
                                                               for near in ("bob", "carol")))
        self.assertFalse(self.alice.members()["dave"]["online"])
        cut.heal()
        begun = time.monotonic()
        for one, other in ((self.alice, "dave"), (self.dave, "alice"), (self.dave, "carol")):
            self.wait_for(one, f"{other} is back", lambda: one.members()[other]["online"])
        took = time.monotonic() - begun
        print(f"all there again {took:.1f} s after the cut", flush=True)
        self.assertLess(took, 12)
        self.all_reach_all()

    def test_08_limit_and_deny(self) -> None:
        used = self.alice.members()["dave"]["uses_of_mine"]
        limited = self.acts(self.alice, shapes.MEMBER, "member", "limit", "dave", str(used + 1000))
        self.assertEqual((limited["limit"], self.alice.members()["dave"]["limit"]), (used + 1000, used + 1000))
        self.all_reach_all()
        self.dave.json("put", "-", stdin=data_of(50_000))
        self.assertEqual(self.alice.members()["dave"]["uses_of_mine"], used)
        self.acts(self.alice, shapes.MEMBER, "member", "limit", "dave", "none")
        self.assertIsNone(self.alice.shaped(shapes.MEMBER, "member", "show", "dave")["limit"])
        self.acts(self.bob, shapes.MEMBER, "member", "deny", "carol", "--write")
        avoided = self.acts(self.carol, shapes.MEMBER, "placement", "avoid", "dave")
        grouped = self.acts(self.carol, shapes.MEMBER, "placement", "group", "bob", "farm")
        self.assertEqual((avoided["use"], grouped["household"]), (False, "farm"))
        self.assertEqual([member["name"] for member in self.carol.shaped(shapes.PLACEMENT, "placement", "show")["members"]
                          if not member["use"]], ["dave"])
        self.acts(self.carol, shapes.ENCODING, "placement", "encoding", "2", "3", "4")
        self.all_killed()
        chosen = self.carol.shaped(shapes.ENCODING, "placement", "encoding")
        self.assertEqual((chosen["needed"], chosen["happy"], chosen["total"], chosen["source"]), (2, 3, 4, "owner"))
        self.assertTrue(self.acts(self.carol, shapes.ENCODING, "placement", "encoding", "auto")["automatic"])
        members = self.bob.members()
        self.assertEqual((members["carol"]["may_write"], members["carol"]["may_read"]), (False, True))
        self.assertEqual(self.acts(self.bob, shapes.MEMBER, "member", "allow", "carol")["may_write"], True)
        self.assertTrue(self.acts(self.carol, shapes.MEMBER, "placement", "use", "dave")["use"])

    def test_09_revoke(self) -> None:
        self.all_reach_all()
        with self.assertRaises(CommandFailed):
            self.carol.tarn("member", "revoke", "dave")
        used = {friend.name: friend.members()["dave"]["uses_of_mine"] for friend in self.running}
        revoked = self.acts(self.alice, shapes.MEMBER, "member", "revoke", "dave")
        self.assertEqual(revoked["standing"], "revoked")
        begun = time.monotonic()
        for friend in (self.bob, self.carol):
            self.wait_for(friend, "hears of it", lambda: friend.members()["dave"]["standing"] == "revoked")
        print(f"revoked everywhere after {time.monotonic() - begun:.1f} s", flush=True)
        self.running.remove(self.dave)
        for friend in self.running:
            dave = friend.members()["dave"]
            self.assertEqual((dave["may_write"], dave["keep_shares"]), (False, False), friend.name)
        self.wait_for(self.dave, "is told", lambda: self.dave.status()["grid"]["membership"] == "gone")
        for friend in self.running:
            self.assertEqual(friend.members()["dave"]["uses_of_mine"], used[friend.name], "until the grace time ends")
        self.all_killed()
        self.dave.restart()
        self.assertEqual(self.dave.status()["grid"]["membership"], "gone")
        self.all_reach_all()
        self.all_read_all()

    def test_10_leave(self) -> None:
        left = self.acts(self.bob, shapes.STATUS, "node", "leave")
        self.assertEqual(left["grid"]["membership"], "gone")
        self.running.remove(self.bob)
        for friend in self.running:
            self.wait_for(friend, "hears of it", lambda: friend.members()["bob"]["standing"] == "departed")
        self.all_killed()
        self.all_reach_all()
        stored = self.carol.json("put", "-", "after", stdin=data_of(70_000))
        self.assertEqual(self.alice.tarn("get", stored["cap"]), data_of(70_000))
        self.all_read_all()


if __name__ == "__main__":
    hosts.run()

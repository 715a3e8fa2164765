"""An unmodified Tahoe-LAFS client that stores on friendnet nodes, by entries that their owners made: limited and
revoked like a member, counted like one, and no member."""
from friendnet import CommandFailed, OwnNode
from interop import PROGRAMS, InteropTest, data_of
from processes import wait_until
from tahoe_grid import TahoeNode
from web_api import HttpError


class ClientsOfFriends(InteropTest):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.alice, cls.bob = (cls.own_node(name) for name in ("alice", "bob"))
        cls.alice.init("Family", "alice", start=True)
        cls.bob.join(cls.alice.json("invite", "create", "--pre-approve")["link"], "bob")

    @classmethod
    def own_node(cls, name: str) -> OwnNode:
        node = OwnNode(PROGRAMS, cls.folder / name)
        cls.addClassCleanup(node.kill)
        return node

    def client(self, name: str, entries: str, servers: int) -> TahoeNode:
        node = self.keep(TahoeNode(self.folder / name, storage=False, servers=entries, needed=1, happy=servers,
                                   total=servers))
        node.start(servers=servers)
        return node

    def test_a_life(self) -> None:
        entry = self.alice.tarn("client", "add", "laptop", "--limit", "300 kB").decode()
        web = self.client("laptop", entry, 1).web
        with self.subTest("stores and is counted"):
            cap = web.put(data_of(100_000, "laptop"))
            self.assertEqual(web.get(cap), data_of(100_000, "laptop"))
            slot = web.put(b"first", "?format=SDMF")
            web.put_at(slot, b"second")
            client = self.alice.json("client", "show", "laptop")
            self.assertEqual((client["shares"], client["limit"], client["revoked"]), (2, 300_000, False))
            self.assertGreater(client["used"], 100_000)
            self.assertEqual(client["entry"], entry)
            self.assertEqual(sorted(one["name"] for one in self.alice.json("member", "list")["members"]), ["alice", "bob"])
        with self.subTest("is limited"):
            with self.assertRaises(HttpError):
                web.put(data_of(400_000, "too large"))
            self.assertEqual(self.alice.json("client", "limit", "laptop", "2 MB")["limit"], 2_000_000)

            def stored() -> bool:
                try:
                    return bool(web.put(data_of(400_000, "too large")))
                except HttpError:
                    return False
            wait_until(stored, 60, "the client's notice")
        with self.subTest("outlives the node's process"):
            used = self.alice.json("client", "show", "laptop")["used"]
            self.alice.kill()
            self.alice.tarn("node", "start")
            again = self.alice.json("client", "show", "laptop")
            self.assertEqual((again["used"], again["entry"]), (used, entry), "the same port, the same credential")
            wait_until(lambda: web.connected_servers() == 1, 60, "the client's new connection")
            self.assertEqual(web.get(cap), data_of(100_000, "laptop"))
        with self.subTest("is revoked"):
            revoked = self.alice.json("client", "revoke", "laptop")
            self.assertEqual((revoked["revoked"], "entry" in revoked), (True, False))
            with self.assertRaises(HttpError):
                web.get(cap)
            wait_until(lambda: web.connected_servers() == 0, 30, "the client's notice")
            with self.assertRaises(CommandFailed):
                self.alice.tarn("client", "limit", "laptop", "3 MB")

    def test_two_friends_give_room(self) -> None:
        """An entry of each in one servers.yaml; a member reads what the client stored, and what it has may change."""
        entries = [node.tarn("client", "add", "old-mac").decode() for node in (self.alice, self.bob)]
        text = entries[0] + entries[1].partition("storage:\n")[2]
        web = self.client("old-mac", text, 2).web
        cap = web.put(data_of(200_000, "both"))
        for node in (self.alice, self.bob):
            self.assertEqual(node.json("client", "list")["clients"][-1]["shares"], 1)
            self.assertEqual(node.tarn("get", cap), data_of(200_000, "both"))

    def test_refusals(self) -> None:
        self.alice.tarn("client", "add", "twice")
        for words in (("add", "twice"), ("add", "v0-abc"), ("add", "anonymous"), ("add", "a/b"), ("add", ""),
                      ("add", "x", "--limit", "much"), ("show", "nobody"), ("revoke", "nobody"), ("limit", "bob", "1 GB"),
                      ("revoke", self.bob.json("node", "status")["id"])):
            with self.assertRaises(CommandFailed, msg=words):
                self.alice.tarn("client", *words)
        self.assertEqual(self.alice.json("member", "show", "bob")["standing"], "live")

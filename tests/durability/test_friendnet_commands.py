"""A friendnet node from its owner's commands: made, found, killed, started again; its files."""
from __future__ import annotations

import json
import os
import signal
import subprocess
import unittest

from friendnet import CommandFailed, OwnNode
import netns
from netns import PROGRAMS, data_of, fresh_folder
from processes import wait_until


class FriendnetCommands(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = fresh_folder("friendnet_commands_" + self.id().rsplit(".", 1)[1])

    def node(self, name: str = "alice", env: dict[str, str] | None = None) -> OwnNode:
        node = OwnNode(PROGRAMS, self.folder / name, env)
        self.addCleanup(node.kill)
        return node

    def test_made_and_started_by_one_command(self) -> None:
        """In the user's data folder, where every command finds it without being told."""
        data = self.folder / "data"
        node = OwnNode(PROGRAMS, data / "tarn" / "Family", {"XDG_DATA_HOME": str(data), "HOME": str(self.folder)})
        self.addCleanup(node.kill)
        made = json.loads(node.init("Family", "alice", "--json", start=True, named=False))
        self.assertEqual(made["nickname"], "alice")
        self.assertEqual(made["grid"]["name"], "Family")
        self.assertTrue(made["grid"]["founder"])
        self.assertEqual(made["grid"]["root"], made["id"])
        self.assertRegex(made["grid"]["id"], "^[a-z2-7]{26}$")
        self.assertEqual(made["storage"]["offered"], 200_000_000)
        self.assertEqual(made["encoding"], {"needed": 1, "happy": 1, "total": 1, "automatic": True,
                                             "source": "members", "members": 1, "problem": ""})
        self.assertEqual(made["locations"], ["tcp:" + made["listen"]])
        self.assertEqual(oct(node.state.stat().st_mode & 0o777), "0o700")
        status = node.json("node", "status", named=False)
        self.assertEqual((status["id"], status["grid"]), (made["id"], made["grid"]))
        wait_until(lambda: node.json("node", "status", named=False)["root_directory"], 60, "the root directory")
        text = node.tarn("node", "status", named=False).decode()
        for part in ("alice", "Family", "founded here", "200.0 MB offered", "tahoe:"):
            self.assertIn(part, text)

        content = data_of(300_000)
        node.tarn("put", "-", "letters/one", stdin=content, named=False)
        self.assertEqual(node.tarn("get", "letters/one", named=False), content)
        self.assertEqual(node.tarn("ls", "letters", named=False), b"one\n")
        self.assertGreaterEqual(node.json("node", "status", named=False)["storage"]["used"], 300_000)

        pid = node.pid()
        node.tarn("node", "start", named=False)
        self.assertEqual(node.pid(), pid, "it ran already")
        node.kill()
        with self.assertRaises(CommandFailed) as refused:
            node.tarn("node", "status", named=False)
        self.assertIn("tarn node start", refused.exception.error)
        again = node.json("node", "start", named=False)
        self.assertEqual((again["id"], again["listen"]), (made["id"], made["listen"]))
        self.assertEqual(node.tarn("get", "letters/one", named=False), content)

    def test_a_full_disk_is_said_at_once(self) -> None:
        """What, how much, what to do: in what `init` prints, in the status, in the log; and it ends by itself."""
        node = self.node()
        node.init("Family", "alice")
        config = node.state / "node.toml"
        usual = config.read_text()
        config.write_text(usual.replace('reserved_space = "1 GB"', 'reserved_space = "900 TB"'))
        made = node.json("node", "start")
        for words in ("disk is full", "reserved_space", "900.0 TB", "node.toml"):
            self.assertIn(words, made["storage"]["problem"])
        self.assertFalse(made["root_directory"])
        said = subprocess.run([str(PROGRAMS.tarn), "node", "status", "--state", str(node.state)], capture_output=True,
                              text=True, timeout=60)
        self.assertIn("disk is full", said.stdout)
        self.assertIn("own files  none", said.stdout)
        self.assertIn("disk is full", said.stderr)
        wait_until(lambda: "disk is full" in (node.state / "node.log").read_text(), 10, "the log")
        config.write_text(usual.replace('reserved_space = "1 GB"', 'reserved_space = "0 B"'))
        os.kill(node.pid(), signal.SIGHUP)
        wait_until(lambda: node.json("node", "status")["root_directory"], 60, "the root directory")
        self.assertEqual(node.json("node", "status")["storage"]["problem"], "")

    def test_refusals(self) -> None:
        node = self.node()
        node.init("Family", "alice")
        with self.assertRaises(CommandFailed) as refused:
            node.init("Family", "bob")
        self.assertIn("not empty", refused.exception.error)
        self.assertIn('nickname = "alice"', (node.state / "node.toml").read_text())
        nobody = self.node("nobody")
        with self.assertRaises(CommandFailed) as refused:
            nobody.tarn("node", "status")
        self.assertIn("no node's state directory", refused.exception.error)
        with self.assertRaises(CommandFailed) as refused:
            nobody.init("../evil", "alice", named=False)
        self.assertIn("--state", refused.exception.error)
        (node.state / "node.toml").write_text("[node]\nnickname = 3\n")
        with self.assertRaises(CommandFailed) as refused:
            node.tarn("node", "start")
        self.assertIn("node.log", refused.exception.error)
        self.assertIn("nickname", (node.state / "node.log").read_text())


if __name__ == "__main__":
    netns.run(lambda: None)

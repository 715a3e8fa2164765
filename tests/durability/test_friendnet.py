"""A friendnet node as a process: killed at any moment, read again, told to stop; its files and its control API."""
from __future__ import annotations

import http.client
import json
import signal
import subprocess
import time
import unittest
import urllib.parse

from friendnet import Node
import netns
from netns import PROGRAMS, data_of, fresh_folder
from processes import wait_until


class FriendnetNode(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = fresh_folder("friendnet_" + self.id().rsplit(".", 1)[1])

    def node(self, nickname: str = "alice") -> Node:
        node = Node(PROGRAMS, self.folder / nickname, nickname)
        self.addCleanup(node.kill)
        return node

    def running(self) -> Node:
        node = self.node()
        node.start()
        return node

    def connection(self, node: Node) -> http.client.HTTPConnection:
        place = urllib.parse.urlsplit(node.url())
        connection = http.client.HTTPConnection(place.hostname, place.port, timeout=20)
        self.addCleanup(connection.close)
        return connection

    def request(self, node: Node, path: str, method: str = "GET", **headers: str) -> tuple[int, dict, bytes]:
        connection = self.connection(node)
        connection.request(method, path, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, dict(answer.headers), answer.read()

    def events(self, node: Node) -> http.client.HTTPResponse:
        connection = self.connection(node)
        connection.request("GET", "/control/v1/events", headers={"Authorization": "Bearer " + node.token()})
        return connection.getresponse()

    def test_a_grid_of_one(self) -> None:
        node = self.running()
        status = node.status()
        self.assertEqual(status["nickname"], "alice")
        self.assertEqual(status["grid"]["name"], "Family")
        self.assertTrue(status["grid"]["founder"])
        self.assertEqual(status["grid"]["root"], status["id"])
        self.assertRegex(status["grid"]["id"], "^[a-z2-7]{26}$")
        self.assertEqual(status["storage"]["offered"], 200_000_000)
        self.assertEqual(status["encoding"], {"needed": 1, "happy": 1, "total": 1, "automatic": True,
                                               "source": "members", "members": 1, "problem": ""})
        self.assertEqual(status["locations"], ["tcp:" + status["listen"]])
        self.assertEqual(status["servers"], 1)
        content = data_of(300_000)
        node.web().put_at(node.root(), content, "letters", "one")
        self.assertEqual(node.web().get(node.root(), "letters", "one"), content)
        self.assertGreaterEqual(node.status()["storage"]["used"], 300_000)
        for name in ("node.key", "api_auth_token", "root_dir.cap", "secret"):
            self.assertEqual((node.state / "private" / name).stat().st_mode & 0o777, 0o600, name)

    def test_killed_at_any_moment(self) -> None:
        """Ten times: what was stored is there, and the node is who it was."""
        node = self.running()
        root = node.root()
        first = node.status()
        stored = {}
        for number in range(10):
            name = f"file{number}"
            stored[name] = data_of(20_000 + number)
            node.web().put_at(root, stored[name], name)
            time.sleep(0.03 * number)
            node.kill()
            node.start()
        last = node.status()
        for key in ("id", "grid", "listen", "nickname"):
            self.assertEqual(last[key], first[key])
        self.assertEqual(node.root(), root)
        for name, content in stored.items():
            self.assertEqual(node.web().get(root, name), content, name)

    def test_stops_at_once_while_somebody_listens(self) -> None:
        node = self.running()
        stream = self.events(node)
        self.assertEqual(stream.getheader("Content-Type"), "text/event-stream")
        self.assertEqual(stream.readline(), b"event: hello\n")
        self.assertTrue(stream.readline().startswith(b'data: {"version":'))
        begun = time.monotonic()
        self.assertEqual(node.stop(), 0)
        self.assertLess(time.monotonic() - begun, 5)
        while stream.readline():
            pass

    def test_a_reload_is_an_event(self) -> None:
        node = self.running()
        node.root()
        stream = self.events(node)
        node.config.write_text(node.config.read_text().replace('"alice"', '"carol"').replace("200 MB", "300 MB"))
        node.process.signal(signal.SIGHUP)
        while stream.readline() != b"event: status\n":
            pass
        wait_until(lambda: node.status()["nickname"] == "carol", 20, "the new name")
        self.assertEqual(node.status()["storage"]["offered"], 300_000_000)
        node.config.write_text(node.config.read_text().replace("127.0.0.1:0", "127.0.0.1:1"))
        node.process.signal(signal.SIGHUP)
        wait_until(lambda: "takes a restart" in node.process.log_text(), 20, "the refusal")
        self.assertEqual(node.status()["nickname"], "carol")

    def test_who_may_speak_to_it(self) -> None:
        node = self.running()
        good = {"Authorization": "Bearer " + node.token()}
        status, headers, body = self.request(node, "/control/v1/status", **good)
        self.assertEqual(status, 200)
        self.assertEqual(json.loads(body)["nickname"], "alice")
        self.assertFalse([name for name in headers if name.lower().startswith("access-control")])
        for wanted, more in ((401, {"Authorization": ""}), (401, {"Authorization": "Bearer x"}),
                             (403, {**good, "Host": "evil.example"}), (403, {**good, "Origin": "http://127.0.0.1"}),
                             (403, {**good, "Sec_Fetch_Site": "same-origin"})):
            status, _, body = self.request(node, "/control/v1/status", **more)
            self.assertEqual(status, wanted, more)
            self.assertIn("error", json.loads(body))
        self.assertEqual(self.request(node, "/control/v1/status", "OPTIONS", **good)[0], 405)
        self.assertEqual(self.request(node, "/", Accept="text/html")[0], 200, "the web API is beside it")
        old = node.token()
        self.assertEqual(node.stop(), 0)
        node.start()
        self.assertNotEqual(node.token(), old)
        self.assertEqual(self.request(node, "/control/v1/status", Authorization="Bearer " + old)[0], 401)

    def test_refusals(self) -> None:
        node = self.running()
        again = subprocess.run([PROGRAMS.node, "--state", node.state], capture_output=True, text=True, timeout=60)
        self.assertEqual(again.returncode, 1)
        self.assertIn("in use by another process", again.stderr)
        broken = self.node("broken")
        broken.config.write_text("[node]\nnickname = 3\n")
        for options in ([], ["--check-config"], ["--explain"]):
            bad = subprocess.run([PROGRAMS.node, "--state", broken.state, *options], capture_output=True, text=True,
                                 timeout=60)
            self.assertEqual(bad.returncode, 2, options)
            self.assertIn("nickname", bad.stderr)
        explained = subprocess.run([PROGRAMS.node, "--state", node.state, "--explain"], capture_output=True, text=True,
                                   timeout=60)
        self.assertEqual(explained.returncode, 0)
        self.assertIn("127.0.0.1:0  shares and peers", explained.stdout)


if __name__ == "__main__":
    netns.run(lambda: None)

"""`tarn` and `tahoe` side by side on one real Tahoe-LAFS gateway: the same results and exit codes."""
from __future__ import annotations

import json
import re
import subprocess

from cli_commands import Commands
from interop import data_of


class Names(Commands):
    def test_aliases_file_is_shared(self) -> None:
        self.succeed("create-alias", "work:")
        cap = self.web.mkdir()
        self.assertEqual(self.tahoe("add-alias", "other", cap).code, 0)
        self.same("list-aliases")
        self.same("list-aliases", "--readonly-uri")
        listed = json.loads(self.tarn("list-aliases", "--json").text)
        self.assertEqual(listed, json.loads(self.tahoe("list-aliases", "--json").text))
        self.assertEqual(listed["other"]["readwrite"], cap)
        self.same("add-alias", "other", cap, code=1)
        self.same("create-alias", "work", code=1)
        self.same("create-alias", "a:b", code=1)
        self.same("create-alias", "a b", code=1)
        self.succeed("alias", "remove", "other")
        self.assertNotIn("other", self.succeed("alias", "list"))
        self.assertEqual(self.tarn("alias", "remove", "other").code, 1)

    def test_foreign_lines_of_the_aliases_file_stay(self) -> None:
        self.aliases.write_text("# mine\n\n" + self.aliases.read_text().rstrip("\n"))
        self.succeed("create-alias", "late")
        self.same("list-aliases")
        self.assertTrue(self.aliases.read_text().startswith("# mine\n\n"))

    def test_listings(self) -> None:
        self.make_tree()
        for path in ("", "tahoe:", "dir", "dir/", "tahoe:dir/sub", "dir/small", "dir/mutable"):
            for options in ([], ["-l"], ["-F"], ["--uri"], ["--readonly-uri"], ["--json"],
                            ["-l", "-F", "--uri", "--readonly-uri"]):
                with self.subTest(path=path, options=options):
                    self.same("ls", *options, path)

    def test_ways_to_name_an_object(self) -> None:
        self.make_tree()
        root = self.succeed("alias", "list").split(": ", 1)[1].strip()
        for path in (root, root + "/dir", root + ":./dir", root + "/dir/small"):
            self.same("ls", path)
        self.same("ls", "--dir-cap", root, "dir")
        self.same("ls", "-u", self.web.url, "dir")
        for path in ("absent", "absent/below", "tahoe:dir/absent"):
            self.same("ls", path, code=2)
        self.same("ls", "nobody:dir", code=1)

    def test_connection_failures(self) -> None:
        self.same("ls", "-u", "http://127.0.0.1:1", "dir", code=255)
        self.aliases.unlink()
        self.same("ls", code=1)

    def test_mkdir(self) -> None:
        for arguments in ([], ["--format=MDMF"], ["--format", "sdmf"]):
            cap = self.succeed("mkdir", *arguments).strip()
            self.assertEqual(cap.startswith("URI:DIR2-MDMF:"), "--format=MDMF" in arguments)
            self.assertEqual(self.web.describe(cap)[0], "dirnode")
        self.succeed("mkdir", "tahoe:a/b/c")
        self.assertEqual(self.same("ls", "a/b"), "c\n")
        self.succeed("put", "-", "plain", stdin=b"x")
        self.assertEqual(self.tarn("mkdir", "plain").code, 1)
        self.assertEqual(self.tarn("mkdir", "--format=CHK").code, 1)

    def test_links_move(self) -> None:
        self.make_tree()
        self.assertEqual(self.succeed("mv", "dir/small", "dir/tiny"), "OK\n")
        self.assertEqual(self.succeed("mv", "dir/tiny", "dir/sub/"), "OK\n")
        self.assertEqual(self.succeed("ln", "dir/sub/tiny", "tahoe:again"), "OK\n")
        self.assertEqual(self.succeed("get", "again"), "small")
        self.assertEqual(self.same("ls", "dir"), "large\nmutable\nsub\n")
        for command in ("mv", "ln"):
            self.same(command, "dir/large", "dir/sub", code=1)
            self.same(command, "dir/absent", "dir/new", code=1)
        self.assertEqual(self.same("ls", "dir"), "large\nmutable\nsub\n")

    def test_unlink(self) -> None:
        self.make_tree()
        self.succeed("unlink", "dir/small")
        self.succeed("rm", "dir/sub")
        self.assertEqual(self.same("ls", "dir"), "large\nmutable\n")
        self.same("unlink", "dir/small", code=1)
        self.same("unlink", "tahoe:", code=1)

    def test_webopen(self) -> None:
        seen = self.files / "seen"
        browser = self.local("browser", b"#!/bin/sh\nprintf %s \"$1\" > " + bytes(seen) + b"\n")
        browser.chmod(0o700)
        self.make_tree()
        self.succeed("webopen", BROWSER=str(browser))
        self.assertEqual(seen.read_text(), self.web.url + "/")
        self.succeed("webopen", "-i", "dir", BROWSER=str(browser))
        self.assertRegex(seen.read_text(), r"/uri/URI%3ADIR2%3A[^/]*/dir\?t=info$")


class Bytes(Commands):
    def test_put_and_get(self) -> None:
        for size in (0, 5, 56, 200_000, 3_000_000):
            data = data_of(size, "cli bytes")
            path = self.local("in", data)
            cap = self.succeed("put", path).strip()
            self.assertEqual(self.succeed("put", "-", stdin=data).strip(), cap)
            self.assertEqual(self.tahoe("put", str(path)).text.strip(), cap)
            self.assertEqual(self.tarn("get", cap).out, data)
            self.succeed("get", cap, self.files / "out")
            self.assertEqual((self.files / "out").read_bytes(), data)

    def test_put_to_a_name(self) -> None:
        path = self.local("in", b"first")
        first = self.tarn("put", path, "new/name")
        self.assertEqual((first.code, first.err), (0, b"201 Created\n"))
        again = self.tarn("put", path, "tahoe:new/name")
        self.assertEqual((again.code, again.err), (0, b"200 OK\n"))
        self.assertEqual(self.tarn("-q", "put", path, "new/name").err, b"")
        self.same("put", str(path), "tahoe:/new", code=1)
        self.same("get", "new/absent", code=1)

    def test_mutable_files(self) -> None:
        for arguments, prefix in ((["-m"], "URI:SSK:"), (["--format=MDMF"], "URI:MDMF:"),
                                  (["--format=sdmf"], "URI:SSK:")):
            cap = self.succeed("put", *arguments, "-", stdin=b"one").strip()
            self.assertTrue(cap.startswith(prefix), cap)
            self.assertEqual(self.succeed("put", "-", cap, stdin=b"two").strip(), cap)
            self.assertEqual(self.tahoe("get", cap).text, "two")
            self.assertEqual(self.succeed("get", cap), "two")

    def test_given_private_key(self) -> None:
        key = self.files / "key.pem"
        subprocess.run(["openssl", "genrsa", "-traditional", "-out", key, "2048"], check=True,
                       capture_output=True)
        ours = self.succeed("put", "--mutable", "--private-key-path", key, "-", stdin=b"x").strip()
        # The file is its key: made again, after all its shares are gone, it is the same.
        self.lose_shares(ours)
        real = self.tahoe("put", "--mutable", "--private-key-path", str(key), stdin=b"y")
        self.assertEqual(real.text.strip(), ours)
        self.assertEqual(self.tarn("put", "--private-key-path", key, "-").code, 1)

    def test_json(self) -> None:
        path = self.local("in", b"hello, world")
        stored = json.loads(self.succeed("--json", "put", path, "named"))
        self.assertEqual(stored["size"], 12)
        self.assertEqual(self.succeed("get", stored["cap"]), "hello, world")
        failed = self.tarn("--json", "get", "absent", self.files / "not")
        self.assertEqual(failed.code, 1)
        self.assertEqual(json.loads(failed.err)["status"], 404)
        self.assertFalse((self.files / "not").exists())


class Care(Commands):
    def test_check(self) -> None:
        self.make_tree()
        for path in ("dir/small", "dir/large", "dir/mutable", "dir", ""):
            with self.subTest(path=path):
                self.same("check", path)
                self.same("check", "--verify", "--add-lease", path)
        self.same("check", "dir/large", "dir")
        self.same("check", "--repair", "dir/large")
        self.same("check", "dir/absent", code=1)
        result = json.loads(self.tarn("check", "--raw", "dir/large").text)
        self.assertTrue(result["results"]["healthy"])

    def test_trees(self) -> None:
        self.make_tree()
        for arguments in (["manifest"], ["manifest", "dir"], ["manifest", "-s"],
                          ["manifest", "--verify-cap"], ["manifest", "--repair-cap"],
                          ["manifest", "--raw", "dir"], ["stats"], ["stats", "dir"],
                          ["deep-check"], ["deep-check", "dir", "dir/sub"],
                          ["deep-check", "--verify", "--repair", "--add-lease", "dir"]):
            with self.subTest(arguments=arguments):
                ours, real = self.tarn(*arguments), self.tahoe(*arguments)
                self.assertEqual(ours.code, real.code, ours.err)
                # The order in a tree is the gateway's, and another one every time.
                self.assertEqual(sorted(ours.text.splitlines()), sorted(real.text.splitlines()))
        lines = self.succeed("deep-check", "-v")
        self.assertIn("'<root>': Healthy", lines)
        self.assertEqual(len(re.findall("Healthy", lines)), 7)
        self.same("manifest", "absent", code=1)
        self.same("stats", "absent", code=1)
        self.same("deep-check", "absent", code=1)

    def test_damage_is_told(self) -> None:
        cap = self.succeed("put", "-", "doomed", stdin=data_of(5000, "doomed")).strip()
        self.lose_shares(cap)
        self.same("check", "doomed")
        self.assertIn("1 unhealthy", self.same("deep-check"))
        self.assertEqual(self.tarn("get", "doomed", self.files / "lost").code, 1)

    def test_status(self) -> None:
        text = self.succeed("status")
        self.assertIn("1 servers", text)
        self.assertIn("uploaded", text)
        self.assertIn("Recent operations", text)

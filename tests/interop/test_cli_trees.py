"""`tarn cp` and `tarn backup` beside those of the real `tahoe`, on one real Tahoe-LAFS gateway."""
from __future__ import annotations

import json
import os
import pathlib
import re
import shutil

from cli_commands import Commands
from interop import data_of

TREE = {"small": 40, "large": 200_000, "empty": 0, "sub/one": 1_000, "sub/deep/two": 3_000,
        "m\u00e4rz \u2603": 77}
OLD = 1_500_000_000.25


class Trees(Commands):
    def local_tree(self, name: str = "tree") -> pathlib.Path:
        folder = self.fresh(name)
        for file, size in TREE.items():
            path = self.local(f"{name}/{file}", data_of(size, name + file))
            os.utime(path, (OLD, OLD))
        (folder / "void").mkdir()
        return folder

    def in_turn(self, make, *, code: int = 0):
        """make(program name, own alias path prefix) -> arguments; both shall end the same.
        \\return the two prefixes"""
        prefixes = []
        outcomes = []
        for program in (self.tarn, self.tahoe):
            prefix = f"by-{program.__name__}-{len(os.listdir(self.files))}-{self.id().rsplit('.')[-1]}"
            prefixes.append(prefix)
            outcomes.append(program(*make(prefix)))
        ours, real = outcomes
        self.assertEqual((ours.code, ours.text), (real.code, real.text), (ours.err, real.err))
        self.assertEqual(ours.code, code, (ours.err, real.err))
        return prefixes


class Copies(Trees):
    def both_upload(self, *arguments, to: str = "", options: tuple = ("-r",), before=None) -> dict:
        results = []
        for program in (self.tarn, self.tahoe):
            root = "up-" + program.__name__
            self.tarn("unlink", root)
            if before:
                before(root)
            outcome = program("cp", *options, *arguments, f"tahoe:{root}{to}")
            results.append((outcome.code, outcome.text, self.at(root) if outcome.code == 0 else None))
        self.assertEqual(results[0], results[1], arguments)
        return results[0]

    def test_uploads(self) -> None:
        tree = self.local_tree()
        expected = self.local_contents(tree)
        code, text, found = self.both_upload(tree)
        self.assertEqual((code, text, found), (0, "Success: files copied\n", {"tree": expected}))
        for to, before in (("/", None), ("", lambda root: self.succeed("mkdir", root)),
                           ("/a/b", None), ("/a/b/", None)):
            self.assertEqual(self.both_upload(tree, to=to, before=before)[0], 0)
        self.assertEqual(self.both_upload(tree / "small", tree / "sub")[2],
                         {"small": expected["small"], "sub": expected["sub"]})
        code, text, found = self.both_upload(tree / "small", options=())
        self.assertEqual((code, text, found), (0, "Success: file copied\n", expected["small"]))
        self.both_upload(tree / "small", options=(), before=lambda root: self.succeed("mkdir", root))

    def test_a_tree_grows_into_another(self) -> None:
        tree = self.local_tree()
        def before(root: str) -> None:
            self.succeed("mkdir", f"{root}/tree/sub/kept")
            self.succeed("put", "-", f"{root}/tree/small", stdin=b"to be replaced")
            self.succeed("put", "-m", "-", f"{root}/tree/large", stdin=b"to be overwritten")
        code, _, found = self.both_upload(tree, before=before)
        self.assertEqual(code, 0)
        expected = self.local_contents(tree)
        expected["sub"]["kept"] = {}
        self.assertEqual(found, {"tree": expected})
        self.assertTrue(self.described("up-tarn/tree/large")["mutable"])

    def test_downloads(self) -> None:
        tree = self.local_tree()
        self.succeed("cp", "-r", tree, "tahoe:")
        cap = self.cap_of("tree")
        wanted = self.local_contents(tree)
        cases = [(["-r", "tahoe:tree"], "new", {"tree": wanted}), (["-r", cap], "new", wanted),
                 (["-r", "tahoe:tree/"], "there", {"tree": wanted}), (["-r", cap + "/sub"], "there",
                                                                     {"sub": wanted["sub"]}),
                 (["tahoe:tree/small"], "new", wanted["small"]),
                 (["tahoe:tree/small", "tahoe:tree/large"], "there",
                  {"small": wanted["small"], "large": wanted["large"]}),
                 (["tahoe:tree/small"], "there/", {"small": wanted["small"]})]
        for sources, to, expected in cases:
            for program in (self.tarn, self.tahoe):
                with self.subTest(sources=sources, to=to, program=program.__name__):
                    place = self.fresh("down") / to
                    if to.startswith("there"):
                        place.mkdir()
                    outcome = program("cp", *sources, f"{place}{'/' if to.endswith('/') else ''}")
                    self.assertEqual(outcome.code, 0, outcome.err)
                    self.assertEqual(self.local_contents(place), expected)

    def test_within_the_grid_and_within_the_disk(self) -> None:
        tree = self.local_tree()
        self.succeed("cp", "-r", tree, "tahoe:")
        self.succeed("put", "-m", "-", "tree/changes", stdin=b"mutable")
        self.succeed("cp", "-r", "tahoe:tree", "tahoe:other")
        self.assertEqual(self.at("other"), {"tree": self.at("tree")})
        self.assertEqual(self.cap_of("other/tree/large"), self.cap_of("tree/large"))
        self.assertNotEqual(self.cap_of("other/tree/sub"), self.cap_of("tree/sub"))
        self.assertFalse(self.described("other/tree/changes")["mutable"])
        self.succeed("cp", "tahoe:tree/large", "tahoe:new/large")
        self.assertEqual(self.cap_of("new/large"), self.cap_of("tree/large"))
        self.succeed("cp", "tahoe:tree/large", "tahoe:tree/changes")
        self.assertTrue(self.described("tree/changes")["mutable"])
        self.assertEqual(self.at("tree/changes"), self.at("tree/large"))
        copies = self.fresh("disk")
        self.succeed("cp", "-r", tree, copies)
        self.assertEqual(self.local_contents(copies), {"tree": self.local_contents(tree)})
        self.assertEqual((copies / "tree" / "small").stat().st_mtime, OLD)

    def test_refusals(self) -> None:
        tree = self.local_tree()
        self.succeed("put", "-", "plain", stdin=b"x")
        self.succeed("put", "-", "second", stdin=b"y")
        self.succeed("mkdir", "dir")
        bare = self.cap_of("plain")
        fifo = self.files / "fifo"
        if not fifo.exists():
            os.mkfifo(fifo)
        target = self.fresh("refused")
        for arguments in ([tree, "tahoe:x"], ["tahoe:dir", target], ["-r", tree, "tahoe:plain"],
                          [tree / "small", "tahoe:plain/"], [tree / "small", tree / "large", "tahoe:plain"],
                          ["tahoe:plain/", target], [f"{tree}/small/", "tahoe:x"],
                          [tree / "absent", "tahoe:x"], ["tahoe:absent", target], [fifo, "tahoe:x"],
                          [bare, target], ["nobody:x", target], [tree / "small", "nobody:x"],
                          [tree / "sub/one", tree / "small", tree / "sub/../small", "tahoe:dir"],
                          ["tahoe:plain"], []):
            with self.subTest(arguments=arguments):
                self.assertEqual(self.tahoe("cp", *map(str, arguments)).code, 1)
                outcome = self.tarn("cp", *arguments)
                self.assertEqual(outcome.code, 1, outcome.text)
                self.assertEqual((outcome.text, outcome.err != b""), ("", True))
        self.assertEqual(os.listdir(target), [])
        self.assertEqual(self.at("dir"), {})

    def test_times_are_kept_and_same_files_skipped(self) -> None:
        tree = self.local_tree()
        first = json.loads(self.succeed("--json", "cp", "-r", tree, "tahoe:"))
        self.assertEqual((first["files"], first["reused"], first["unchanged"]), (len(TREE), 0, 0))
        again = json.loads(self.succeed("--json", "cp", "-r", tree, "tahoe:"))
        self.assertEqual((again["files"], again["unchanged"]), (0, len(TREE)))
        (tree / "small").write_bytes(b"something else")
        third = json.loads(self.succeed("--json", "cp", "-r", tree, "tahoe:"))
        self.assertEqual((third["files"], third["unchanged"]), (1, len(TREE) - 1))
        elsewhere = json.loads(self.succeed("--json", "cp", "-r", tree, "tahoe:elsewhere"))
        self.assertEqual((elsewhere["files"], elsewhere["reused"]), (len(TREE), len(TREE)))

        back = self.fresh("back")
        self.succeed("cp", "-r", "tahoe:tree", back)
        self.assertEqual(self.local_contents(back / "tree"), self.local_contents(tree))
        self.assertEqual((back / "tree/sub/one").stat().st_mtime, OLD)
        self.assertEqual((back / "tree/void").stat().st_mtime, (tree / "void").stat().st_mtime)
        same = json.loads(self.succeed("--json", "cp", "-r", "tahoe:tree", back))
        self.assertEqual((same["files"], same["unchanged"]), (0, len(TREE)))
        (back / "tree/large").write_bytes(b"spoilt")
        mended = json.loads(self.succeed("--json", "cp", "-r", "tahoe:tree", back))
        self.assertEqual((mended["files"], mended["unchanged"]), (1, len(TREE) - 1))
        self.assertEqual(self.local_contents(back / "tree"), self.local_contents(tree))

    def test_links_and_strange_files(self) -> None:
        tree = self.fresh("strange")
        (tree / "file").write_bytes(b"followed")
        (tree / "link").symlink_to("file")
        (tree / "nowhere").symlink_to("absent")
        os.mkfifo(tree / "fifo")
        (tree / "sub").mkdir()
        self.succeed("cp", "-r", tree, "tahoe:")
        self.assertEqual(self.at("strange"), {"file": b"followed", "link": b"followed", "sub": {}})
        (tree / "sub" / "up").symlink_to("..")
        (tree / os.fsdecode(b"not utf-8 \xff")).write_bytes(b"x")
        (tree / "late").write_bytes(b"still copied")
        outcome = self.tarn("cp", "-r", tree, "tahoe:second")
        self.assertEqual((outcome.code, outcome.text), (1, ""))
        self.assertIn(b"leads back", outcome.err)
        self.assertIn(b"UTF-8", outcome.err)
        self.assertEqual(self.at("second")["strange"]["late"], b"still copied")

    def test_lost_files_do_not_stop_the_others(self) -> None:
        self.make_tree()
        self.lose_shares(self.cap_of("dir/large"))
        place = self.fresh("partly")
        outcome = self.tarn("--json", "cp", "-r", "tahoe:dir", place)
        self.assertEqual(outcome.code, 1)
        errors = json.loads(outcome.text)["errors"]
        self.assertEqual([error["what"] for error in errors], ["tahoe:dir/large"])
        self.assertEqual(sorted(os.listdir(place / "dir")), ["mutable", "small", "sub"])
        self.assertEqual((place / "dir/sub/m\u00e4rz \u2603").read_bytes(), b"snow")

    def test_hostile_names_stay_outside(self) -> None:
        evil = {name: ["filenode", {"ro_uri": "URI:LIT:nbswy3dp"}]
                for name in ("..", ".", "../escaped", "/tmp/tarn-escaped", "a/b", "a\0b", "good")}
        cap = self.web.mkdir()
        self.web.request("POST", f"/uri/{cap}?t=set_children", json.dumps(evil).encode())
        place = self.fresh("outside") / "inside"
        outcome = self.tarn("cp", "-r", cap, place)
        self.assertEqual(outcome.code, 1)
        self.assertEqual(self.local_contents(place.parent), {"inside": {"good": b"hello"}})
        self.assertFalse(pathlib.Path("/tmp/tarn-escaped").exists())

    def test_caps_only(self) -> None:
        self.make_tree()
        results = []
        for program in (self.tarn, self.tahoe):
            place = self.fresh("caps-" + program.__name__)
            self.assertEqual(program("cp", "-r", "--caps-only", "tahoe:dir", str(place)).code, 0)
            results.append(self.local_contents(place))
        self.assertEqual(results[0], results[1])
        self.assertTrue(results[0]["dir"]["small"].startswith(b"URI:LIT:"))
        self.assertEqual(self.tarn("cp", "--caps-only", "tahoe:dir/small", "tahoe:x").code, 1)

    def test_progress_and_tone(self) -> None:
        tree = self.local_tree()
        outcome = self.tarn("--progress", "cp", "-r", "-v", tree, "tahoe:")
        self.assertEqual((outcome.code, outcome.text), (0, "Success: files copied\n"))
        self.assertRegex(outcome.err, rb"6 of 6 files")
        self.assertIn(b"copied " + os.fsencode(tree / "large"), outcome.err)
        quiet = self.tarn("-q", "cp", "-r", tree, "tahoe:")
        self.assertEqual((quiet.code, quiet.text, quiet.err), (0, "", b""))


    def test_equal_files(self) -> None:
        """The real gateway fails some of them while they are stored at the same time."""
        tree = self.fresh("equal")
        for number in range(20):
            (tree / f"f{number}").write_bytes(data_of(3000, "equal"))
        outcome = self.tarn("cp", "-r", tree, "tahoe:")
        self.assertEqual((outcome.code, outcome.text), (0, "Success: files copied\n"), outcome.err)
        self.assertEqual(self.at("equal"), self.local_contents(tree))


class Backups(Trees):
    DONE = re.compile(r" (\d+) files uploaded \((\d+) reused\), (\d+) files skipped, (\d+) directories "
                      r"created \((\d+) reused\), (\d+) directories skipped\n")

    def backup(self, program, *arguments, code: int = 0) -> tuple[int, ...]:
        outcome = program("backup", *map(str, arguments))
        self.assertEqual(outcome.code, code, (outcome.text, outcome.err))
        return tuple(map(int, self.DONE.search(outcome.text).groups()))

    def test_both_make_the_same_and_go_on_for_each_other(self) -> None:
        tree = self.local_tree()
        database = self.aliases.parent / "backupdb.sqlite"
        caps = []
        for first, second in ((self.tarn, self.tahoe), (self.tahoe, self.tarn)):
            database.unlink(missing_ok=True)
            self.assertEqual(self.backup(first, tree, "tahoe:b"), (6, 0, 0, 4, 0, 0))
            caps.append(self.cap_of("b/Latest"))
            self.assertEqual(self.backup(second, tree, "tahoe:b"), (0, 6, 0, 0, 4, 0))
            self.assertEqual(self.cap_of("b/Latest"), caps[-1])
        self.assertEqual(caps[0], caps[1])  # the metadata too: they are part of the directory
        self.assertTrue(caps[0].startswith("URI:DIR2-CHK:"))
        self.assertEqual(self.at("b/Latest"), self.local_contents(tree))
        for name in self.succeed("ls", "b/Archives").splitlines():
            self.assertRegex(name, r"^\d{4}-\d\d-\d\d_\d\d:\d\d:\d\dZ$")

    def test_changes(self) -> None:
        tree = self.local_tree()
        self.backup(self.tarn, tree, "tahoe:b")
        (tree / "sub/deep/two").write_bytes(b"changed")
        for program in (self.tarn, self.tahoe):
            self.backup(program, tree, "tahoe:b")
        self.assertEqual(self.at("b/Latest"), self.local_contents(tree))
        (tree / "sub/one").write_bytes(b"changed as well")
        self.assertEqual(self.backup(self.tarn, tree, "tahoe:b"), (1, 5, 0, 2, 2, 0))
        self.assertEqual(self.backup(self.tarn, "--ignore-timestamps", tree, "tahoe:b"),
                         (6, 0, 0, 0, 4, 0))
        result = json.loads(self.succeed("--json", "backup", tree, "tahoe:b"))
        self.assertEqual((result["files_reused"], result["cap"]), (6, self.cap_of("b/Latest")))

    def test_wide_trees(self) -> None:
        """Folders of one depth are made beside each other; those of the same contents once."""
        tree = self.fresh("wide")
        for number in range(24):
            folder = tree / f"d{number}" / "inner"
            folder.mkdir(parents=True)
            (folder / "file").write_bytes(b"the same" * 20 if number % 3 == 0 else b"%d" % number * 100)
        counts = {}
        for program in (self.tarn, self.tahoe):
            (self.aliases.parent / "backupdb.sqlite").unlink(missing_ok=True)
            counts[program.__name__] = self.backup(program, tree, "tahoe:" + program.__name__)
            self.assertEqual(self.at(program.__name__ + "/Latest"), self.local_contents(tree))
        self.assertEqual(counts["tarn"], (24, 0, 0, 35, 14, 0))
        self.assertEqual(counts["tarn"], counts["tahoe"])

    def test_what_is_left_out(self) -> None:
        tree = self.local_tree()
        for name in (".git/config", "a.o", "b.o", "CVS/x", "keep.c", "sub/t.tmp"):
            self.local(f"tree/{name}", b"x" + name.encode())
        patterns = self.local("patterns", "*.tmp\n  m\u00e4rz*  \n\n".encode())
        options = ["--exclude", "*.o", "--exclude=?mall", "--exclude-from-utf-8", patterns, "--exclude-vcs"]
        caps = []
        for program in (self.tarn, self.tahoe):
            (self.aliases.parent / "backupdb.sqlite").unlink(missing_ok=True)
            self.backup(program, *options, tree, "tahoe:" + program.__name__)
            caps.append(self.cap_of(program.__name__ + "/Latest"))
        self.assertEqual(caps[0], caps[1])
        self.assertEqual(sorted(self.at("tarn/Latest")), ["empty", "keep.c", "large", "sub", "void"])
        self.assertEqual(self.tarn("backup", "--exclude-from", "/absent", tree, "tahoe:x").code, 1)

    def test_skipped_files_are_told(self) -> None:
        tree = self.fresh("links")
        (tree / "file").write_bytes(b"x")
        (tree / "link").symlink_to("file")
        os.mkfifo(tree / "fifo")
        for program in (self.tarn, self.tahoe):
            self.backup(program, tree, "tahoe:b", code=2)
        outcome = self.tarn("-q", "backup", tree, "tahoe:b")
        self.assertEqual(outcome.code, 2)
        self.assertIn(b"WARNING: cannot backup symlink", outcome.err)
        self.assertEqual(self.at("b/Latest"), {"file": b"x"})
        for source in (tree / "absent", tree / "file"):
            self.assertEqual(self.tarn("backup", source, "tahoe:b").code, 1)
        self.assertEqual(self.tarn("backup", tree, "nobody:b").code, 1)

    def test_old_files_are_checked_and_lost_ones_stored_again(self) -> None:
        import sqlite3
        tree = self.local_tree()
        self.backup(self.tarn, tree, "tahoe:b")
        def age() -> None:
            with sqlite3.connect(self.aliases.parent / "backupdb.sqlite") as database:
                database.execute("UPDATE last_upload SET last_checked = last_checked - 6000000")
                database.execute("UPDATE directories SET last_checked = last_checked - 6000000")
            database.close()
        age()
        outcome = self.tarn("backup", "-v", tree, "tahoe:b")
        self.assertEqual(outcome.code, 0)
        self.assertIn(" 6 files checked, 4 directories checked", outcome.text)
        outcome = self.tarn("backup", "-v", tree, "tahoe:b")
        self.assertIn(" 0 files checked, 0 directories checked", outcome.text)
        self.lose_shares(self.cap_of("b/Latest/large"))
        age()
        self.assertEqual(self.backup(self.tarn, tree, "tahoe:b")[:2], (1, 5))
        self.assertEqual(self.at("b/Latest"), self.local_contents(tree))

    def test_restore(self) -> None:
        tree = self.local_tree()
        self.backup(self.tarn, tree, "tahoe:b")
        place = self.fresh("restored") / "tree"
        self.succeed("cp", "-r", self.cap_of("b/Latest"), place)
        self.assertEqual(self.local_contents(place), self.local_contents(tree))
        self.assertEqual((place / "sub/deep/two").stat().st_mtime, OLD)
        shutil.rmtree(place)

"""What can go wrong for a user of `tarn`: strange names, places that are the same, refusals, full disks, dead servers."""
from __future__ import annotations

import http.server
import json
import os
import pathlib
import pty
import shutil
import signal
import subprocess
import threading
import time

from interop import PROGRAMS, InteropTest, data_of
from tarn_grid import TarnGrid

NOBODY = 65534


class Hostile(InteropTest):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.grid = TarnGrid(PROGRAMS, cls.folder / "grid", servers=2,
                            gateway={"needed": 1, "happy": 1, "total": 2})
        cls.addClassCleanup(cls.grid.kill)
        cls.grid.start()
        cls.state = cls.grid.gateway.state

    def setUp(self) -> None:
        self.files = self.folder / self.id().rsplit(".")[-1]
        self.files.mkdir()
        (self.state / "private" / "aliases").unlink(missing_ok=True)
        self.tarn("create-alias", "tahoe")
        self.tarn("create-alias", "home")
        self.local("f", b"hello")

    def command(self, *arguments, state: pathlib.Path | None = None) -> list:
        return [PROGRAMS.tarn, "-d", state or self.state, *arguments]

    def run_it(self, *arguments, stdin: bytes = b"", **keywords) -> subprocess.CompletedProcess:
        environment = {**os.environ, "LC_ALL": "C.UTF-8"}
        return subprocess.run(self.command(*arguments), capture_output=True, input=stdin, timeout=60,
                              cwd=self.files, env=environment, **keywords)

    def tarn(self, *arguments, code: int = 0, **keywords) -> str:
        outcome = self.run_it(*arguments, **keywords)
        self.assertEqual(outcome.returncode, code, (arguments, outcome.stderr, outcome.stdout))
        return (outcome.stdout if code == 0 else outcome.stderr).decode("utf-8", "surrogateescape")

    def refused(self, *arguments, code: int = 1, **keywords) -> str:
        """The same with --json says why in JSON. \\return what it says"""
        text = self.tarn(*arguments, code=code, **keywords)
        self.assertNotEqual(text, "")
        self.assertIsInstance(json.loads(self.tarn("--json", *arguments, code=code, **keywords))["error"], str)
        return text

    def local(self, name: str | bytes, data: bytes) -> None:
        with open(os.path.join(os.fsencode(self.files), os.fsencode(name)), "wb") as file:
            file.write(data)

    def names(self, where: str = "home:") -> list[str]:
        return sorted(json.loads(self.tarn("--json", "ls", where))[1]["children"])

    def cap(self, where: str, kind: str = "rw_uri") -> str:
        return json.loads(self.tarn("--json", "ls", where))[1][kind]


class Names(Hostile):
    STRANGE = ["new\nline", "q\"uo'te\\", "[a,b]", "-dash", "--json", "{c}", "a=b", "per%41cent?x#y&z", " sp",
               "\x1b[31mred", "status", "gpj.\u202eexe", "*", "~", ":c:"]

    def test_strange_names_go_there_and_back(self) -> None:
        (self.files / "d").mkdir()
        for name in self.STRANGE:
            self.local(f"d/{name}", name.encode())
        self.tarn("cp", "-r", "d", "home:")
        self.assertEqual(self.names("home:d"), sorted(self.STRANGE))
        self.tarn("cp", "-r", "home:d", "back")
        self.assertEqual({path.name: path.read_bytes() for path in (self.files / "back" / "d").iterdir()},
                         {name: name.encode() for name in self.STRANGE})
        for text in (self.tarn("ls", "-l", "home:d"), self.tarn("manifest", "home:"),
                     self.tarn("deep-check", "-v", "home:")):
            self.assertFalse({"\x1b", "\u202e"} & set(text), text)
        for name in self.STRANGE:
            self.assertEqual(self.tarn("get", "--", f"home:d/{name}"), name)
            self.tarn("cp", "--", f"d/{name}", f"home:{name}")
            self.tarn("mv", "--", f"home:{name}", f"home:moved{name}")
            self.tarn("rm", "--", f"home:moved{name}")
        self.assertEqual(self.names(), ["d"])

    def test_names_that_are_no_text(self) -> None:
        self.local(b"bad\xff", b"x")
        (self.files / "d").mkdir()
        self.local(b"d/bad\xff", b"x")
        self.local("d/good", b"x")
        self.assertIn("\\xff", self.tarn("cp", "-r", "d", "home:", code=1))
        self.assertEqual(self.names("home:d"), ["good"])
        self.tarn("cp", b"bad\xff", "home:", code=1)
        self.tarn("put", b"bad\xff", "home:fine")
        for arguments in (["get", b"home:bad\xff"], ["ls", b"home:bad\xff"], ["mkdir", b"home:bad\xff"],
                          ["put", "f", b"home:bad\xff"]):
            self.refused(*arguments)

    def test_many_children(self) -> None:
        names = [f"child {i:05}" for i in range(3000)]
        (self.files / "many").mkdir()
        for name in names:
            self.local(f"many/{name}", name.encode())
        self.tarn("cp", "-r", "many", "home:")
        self.assertEqual(self.names("home:many"), names)
        self.assertEqual(self.tarn("ls", "home:many").splitlines(), names)
        self.assertIn("3002 objects checked, 3002 healthy", self.tarn("deep-check", "home:"))


class Places(Hostile):
    def test_the_same_place(self) -> None:
        self.tarn("put", "f", "home:f")
        self.tarn("put", "-m", "f", "home:m")
        for arguments in (["f", "f"], ["./f", f"{self.files}/f"], ["home:f", "home:f"], ["home:m", "home:m"]):
            self.assertIn("the same file", self.refused("cp", *arguments))
        os.link(self.files / "f", self.files / "g")
        self.refused("cp", "f", "g")
        self.assertEqual((self.files / "f").read_bytes(), b"hello")
        self.assertEqual(self.tarn("get", "home:m"), "hello")

    def test_moves_lose_nothing(self) -> None:
        self.tarn("mkdir", "home:sub")
        composed, apart = "\u00e9", "e\u0301"
        for name in ("f", composed):
            self.tarn("put", "f", f"home:{name}")
            self.tarn("put", "f", f"home:sub/{name}")
        sub, readable = self.cap("home:sub"), self.cap("home:sub", "ro_uri")
        for arguments in (["home:f", "home:f"], ["home:f", "home:"], [f"home:{composed}", f"home:{apart}"],
                          [f"home:{apart}", f"home:{composed}"], ["home:sub/f", f"{sub}/f"],
                          [f"{sub}/f", "home:sub/f"], ["home:sub/f", f"{sub}/"], [f"{sub}:./f", "home:sub/"],
                          ["home:sub/f", f"{readable}/f"], ["home:", "home:x"], ["home:absent", "home:x"],
                          ["home:f", "home:sub"], ["home:f", "foo:x"], ["foo:x", "home:f"]):
            with self.subTest(arguments=arguments):
                self.refused("mv", *arguments)
                self.assertEqual(self.names(), ["f", "sub", composed])
                self.assertEqual(self.names("home:sub"), ["f", composed])
        self.tarn("mv", "home:f", "home:sub/")  # over another one
        self.tarn("mv", "home:sub/", "home:other")
        self.tarn("mv", "home:other/f", "home:new/deep/")
        self.assertEqual(self.names("home:new/deep"), ["f"])
        self.assertEqual(self.names("home:other"), [composed])

    def test_kinds_that_nobody_knows(self) -> None:
        self.assertIn("read-only", self.refused("ln", "URI:FUTURE:abc", "home:u"))
        self.tarn("ln", "ro.URI:FUTURE:abc", "home:u")
        self.tarn("mv", "home:u", "home:v")
        self.assertTrue(self.tarn("ls", "-l", "home:").startswith("?r--"))
        self.tarn("put", "f", "home:f")
        for arguments in (["home:v", "x"], ["home:v", "home:w"]):
            self.refused("cp", *arguments)
        self.assertIn("unknown", self.tarn("cp", "-r", "home:", "back", code=1))
        self.assertEqual(os.listdir(self.files / "back"), ["f"])

    def test_wrong_kinds(self) -> None:
        self.tarn("mkdir", "home:d")
        self.tarn("put", "f", "home:f")
        readable = self.cap("home:", "ro_uri")
        for arguments in (["get", "home:d"], ["get", "home:"], ["get", "home:d", "x"], ["put", ".", "home:x"],
                          ["put", "f", "home:d"], ["mkdir", "home:f/x"], ["mkdir", "home:a//b"], ["unlink", "home:"],
                          ["put", "f", f"{readable}/x"], ["mkdir", f"{readable}/x"], ["unlink", f"{readable}/f"],
                          ["mv", f"{readable}/f", "home:x"], ["add-alias", "x", self.cap("home:f", "ro_uri")],
                          ["cp", "home:d", "x"], ["ls", "URI:DIR2:bad"], ["check", "home:absent"]):
            with self.subTest(arguments=arguments):
                if arguments[0] == "mv":
                    self.tarn(*arguments, code=2)  # linked, not removed
                elif arguments[0] == "ls":
                    self.refused(*arguments, code=400 & 255)
                else:
                    self.refused(*arguments)
        self.assertIn("read-only", self.tarn("cp", "-r", ".", readable, code=1))
        self.assertFalse((self.files / "x").exists())
        page = b"<!DOCTYPE html><title>no directory</title>"
        self.tarn("put", "-", "home:page.html", stdin=page)
        self.assertEqual(self.tarn("get", "home:page.html").encode(), page)

    def test_what_is_there_may_be_read_only(self) -> None:
        (self.files / "d" / "sub").mkdir(parents=True)
        self.local("d/sub/f", b"hello")
        self.tarn("backup", "d", "home:b")
        for fresh in (False, True):
            if fresh:
                self.local("d/sub/g", b"new")
            told = self.tarn("cp", "-r", "home:b/Latest/sub", "home:b/Latest", code=0)
            self.assertEqual(told, "Success: files copied\n")
            self.assertEqual(self.run_it("cp", "-r", "d/sub", "home:b/Latest").returncode, 1 if fresh else 0)
        self.assertEqual(self.names("home:b/Latest/sub"), ["f"])

    def test_aliases_made_at_the_same_time(self) -> None:
        several = [subprocess.Popen(self.command("create-alias", f"a{i}"), stdout=subprocess.DEVNULL) for i in range(6)]
        self.assertEqual([process.wait(60) for process in several], [0] * 6)
        self.assertEqual(len(json.loads(self.tarn("--json", "list-aliases"))), 8)

    def test_files_that_seem_empty(self) -> None:
        self.tarn("put", "/proc/cpuinfo", "home:cpu")
        self.assertIn("processor", self.tarn("get", "home:cpu"))
        self.tarn("put", "/dev/null", "home:null")
        self.assertEqual(self.tarn("get", "home:null"), "")


class Failures(Hostile):
    def test_no_gateway(self) -> None:
        absent = ["-u", "http://127.0.0.1:1"]
        for arguments in (["get", "home:f"], ["put", "f"], ["mkdir"], ["cp", "f", "home:x"], ["cp", "-r", ".", "home:"],
                          ["mv", "home:f", "home:g"], ["unlink", "home:f"], ["check"], ["deep-check"], ["manifest"],
                          ["stats"], ["create-alias", "x"], ["backup", ".", "home:b"], ["ln", "home:f", "home:g"]):
            with self.subTest(arguments=arguments):
                self.assertIn("no gateway listens", self.refused(*absent, *arguments))
        self.refused(*absent, "ls", code=255)
        self.refused(*absent, "status", code=2)
        self.refused("-u", "https://127.0.0.1:1", "ls", code=255)
        self.assertNotIn("x:", self.tarn("list-aliases"))

    def test_full_disk(self) -> None:
        if os.geteuid() != 0:
            self.skipTest("takes root")
        small = self.files / "small"
        small.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", small], capture_output=True)
        if mounted.returncode != 0:
            self.skipTest("no mounts here")
        try:
            self.tarn("put", "-", "home:large", stdin=data_of(3_000_000, "full"))
            self.tarn("put", "-", "home:little", stdin=b"little")
            self.assertIn("No space left", self.refused("cp", "home:large", small / "x"))
            self.assertIn("No space left", self.tarn("cp", "home:large", small, code=1))
            self.refused("get", "home:large", small / "x")
            self.assertEqual(os.listdir(small), [])
            self.assertIn("No space left", self.tarn("cp", "-r", "home:", small, code=1))
            self.assertEqual(os.listdir(small), ["little"])
        finally:
            subprocess.run(["umount", small], check=True)
        with open("/dev/full", "wb") as full:
            for arguments in (["ls", "home:"], ["get", "home:large"], ["list-aliases"]):
                outcome = subprocess.run(self.command(*arguments), stdout=full, stderr=subprocess.PIPE, timeout=60)
                self.assertEqual(outcome.returncode, 1)
                self.assertIn(b"No space left", outcome.stderr)

    def test_no_permission(self) -> None:
        if os.geteuid() != 0:
            self.skipTest("takes root")
        private = pathlib.Path("/tmp") / f"tarn-hostile-{os.getpid()}"
        shutil.copytree(self.state / "private", private / "state" / "private")
        shutil.copy(self.state / "node.url", private / "state")
        shutil.copy(PROGRAMS.tarn, private / "tarn")
        try:
            (private / "tree" / "closed").mkdir(parents=True)
            (private / "tree" / "open").write_bytes(b"open")
            (private / "tree" / "secret").write_bytes(b"secret")
            for path in (private, *private.rglob("*")):
                os.chown(path, NOBODY, NOBODY)
            os.chown(private / "tree" / "secret", 0, 0)
            (private / "tree" / "secret").chmod(0o600)
            os.chown(private / "tree" / "closed", 0, 0)
            (private / "tree" / "closed").chmod(0o700)

            def as_nobody(*arguments) -> tuple[int, str]:
                outcome = subprocess.run([private / "tarn", "-d", private / "state", *arguments], timeout=60,
                                         capture_output=True, user=NOBODY, group=NOBODY, cwd=private / "tree")
                return outcome.returncode, outcome.stderr.decode()
            for arguments in (["put", "secret"], ["cp", "secret", "home:x"], ["get", "home:", "/etc/x"]):
                self.assertEqual(as_nobody(*arguments)[0], 1, arguments)
            code, told = as_nobody("cp", "-r", ".", "home:")
            self.assertEqual((code, told.count("Permission denied")), (1, 2), told)
            self.assertEqual(self.names("home:tree"), ["closed", "open"])
            code, told = as_nobody("cp", "-r", "home:tree", "closed")
            self.assertEqual((code, "Permission denied" in told), (1, True), told)
            code, told = as_nobody("backup", ".", "home:b")
            self.assertEqual((code, told.count("WARNING")), (2, 2), told)
        finally:
            shutil.rmtree(private)

    def test_interruption_leaves_nothing(self) -> None:
        self.tarn("put", "-", "home:large", stdin=data_of(30_000_000, "stop"))
        process = subprocess.Popen(self.command("-q", "get", "home:large", "out"), cwd=self.files)
        for server in self.grid.servers:
            os.kill(server.process.pid, signal.SIGSTOP)
        try:
            time.sleep(0.3)
            process.kill()
            process.wait()
        finally:
            for server in self.grid.servers:
                os.kill(server.process.pid, signal.SIGCONT)
        self.assertIn(sorted(os.listdir(self.files)), (["f"], ["f", "out"]))


class Tone(Hostile):
    def test_put_tells_what_the_gateway_does(self) -> None:
        class Slow(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self, body: bytes) -> None:
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_PUT(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                time.sleep(2.5)
                self.answer(b"URI:LIT:nbswy3dp")

            def do_GET(self) -> None:
                self.answer(json.dumps({"active": [{"type": "upload", "total-size": 5, "progress-encode-push": 0.5}],
                                        "recent": []}).encode() if self.path == "/status?t=json" else b"")

            def log_message(self, *_: object) -> None:
                pass

        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Slow) as gateway:
            threading.Thread(target=gateway.serve_forever, daemon=True).start()
            outcome = self.run_it("-u", f"http://127.0.0.1:{gateway.server_port}", "--progress", "put", "f")
            gateway.shutdown()
        self.assertEqual((outcome.returncode, outcome.stdout), (0, b"URI:LIT:nbswy3dp\n"))
        self.assertIn(b"5 B sent, the gateway stores it [==========          ] 50 %  0:0", outcome.stderr)

    def slowly_put(self, *options, stderr: int) -> None:
        """Longer than the progress waits before it shows itself."""
        process = subprocess.Popen(self.command(*options, "put", "-"), stdin=subprocess.PIPE, stderr=stderr,
                                   stdout=subprocess.DEVNULL)
        for _ in range(3):
            process.stdin.write(bytes(500_000))
            process.stdin.flush()
            time.sleep(0.4)
        process.stdin.close()
        self.assertEqual(process.wait(60), 0)

    def shown_on_a_terminal(self, *options) -> bytes:
        ours, theirs = pty.openpty()
        self.slowly_put(*options, stderr=theirs)
        os.close(theirs)
        shown = b""
        try:
            while piece := os.read(ours, 65536):
                shown += piece
        except OSError:  # the other end is closed
            pass
        os.close(ours)
        return shown

    def test_progress_is_for_terminals(self) -> None:
        self.assertIn(b"/s", self.shown_on_a_terminal())
        self.assertEqual(self.shown_on_a_terminal("-q"), b"")
        with open(self.files / "told", "w+b") as told:
            self.slowly_put(stderr=told.fileno())
            self.slowly_put("-q", stderr=told.fileno())
        self.assertEqual((self.files / "told").read_bytes(), b"200 OK\n")


class GatewayDeath(Hostile):
    def test_the_gateway_dies_in_the_middle(self) -> None:
        names = [f"{i:04}" for i in range(500)]
        (self.files / "d").mkdir()
        for name in names:
            self.local(f"d/{name}", data_of(10_000, name))
        process = subprocess.Popen(self.command("-q", "cp", "-v", "-r", "d", "home:"), cwd=self.files,
                                   stderr=subprocess.PIPE, text=True)
        self.assertTrue(process.stderr.readline().startswith("copied"))
        self.grid.gateway.kill()
        told = process.stderr.read()
        self.assertEqual(process.wait(60), 1)
        self.assertIn("not tried", told)
        self.assertLess(told.count("no gateway"), 100)
        self.grid.gateway.start()
        report = json.loads(self.run_it("--json", "cp", "-r", "d", "home:").stdout)
        self.assertGreater(report["reused"], 0)
        # What the dead gateway had begun does not stand in the way.
        self.assertEqual(report["errors"], [])
        self.assertEqual(set(self.names("home:d")), set(names))


class ServerDeath(Hostile):
    def test_a_server_dies_in_the_middle(self) -> None:
        self.local("large", data_of(20_000_000, "death"))
        self.tarn("cp", "large", "home:large")
        process = subprocess.Popen(self.command("-q", "get", "home:large", "out"), cwd=self.files)
        self.grid.servers[0].kill()
        self.assertEqual(process.wait(60), 0)  # the other one has a share too
        self.assertEqual((self.files / "out").read_bytes(), (self.files / "large").read_bytes())
        (self.files / "out").unlink()
        self.grid.servers[1].kill()
        self.refused("get", "home:large", "out")
        self.assertIn("410", self.refused("get", self.cap_of_nothing()))
        self.refused("put", "large")
        self.assertEqual(sorted(os.listdir(self.files)), ["f", "large"])

    def cap_of_nothing(self) -> str:
        return "URI:CHK:aaaqeayeaudaocajbifqydiob4:eaqseizeeutcokbjfivsyljof4ydcmrtgq2tmnzyhe5dwpb5hy7q:1:2:500"

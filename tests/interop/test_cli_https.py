"""`tarn` with an https URL: a reverse proxy with real certificates in front of a gateway."""
from __future__ import annotations

import os
import subprocess
import urllib.parse

from interop import PROGRAMS, InteropTest, data_of
from tarn_grid import TarnGrid
from tls_front import Authority, TlsFront


class Https(InteropTest):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.grid = TarnGrid(PROGRAMS, cls.folder / "grid", servers=1, gateway={"needed": 1, "happy": 1, "total": 1})
        cls.addClassCleanup(cls.grid.kill)
        cls.grid.start()
        url = urllib.parse.urlsplit(cls.grid.gateway.web.url)
        cls.gateway = (url.hostname, url.port)
        cls.authority = Authority(cls.folder, "authority")

    def front(self, label: str, *hosts: str, **keywords) -> TlsFront:
        identity = self.authority.issue(label, *hosts, **keywords)
        return self.enterContext(TlsFront(identity, self.gateway))

    def tarn(self, url: str, *arguments, code: int = 0, trusted=None, stdin: bytes = b"") -> str:
        environment = {**os.environ, "SSL_CERT_FILE": str(trusted or self.authority.file),
                       "SSL_CERT_DIR": str(self.folder / "none")}
        outcome = subprocess.run([PROGRAMS.tarn, "-u", url, *arguments], capture_output=True, timeout=60, input=stdin,
                                 env=environment, cwd=self.folder)
        self.assertEqual(outcome.returncode, code, (url, arguments, outcome.stderr))
        return (outcome.stdout if code == 0 else outcome.stderr).decode("utf-8", "replace")

    def test_an_address(self) -> None:
        front = self.front("address", "127.0.0.1")
        url = f"https://127.0.0.1:{front.port}/"
        data = data_of(3_000_000, "https")
        cap = self.tarn(url, "put", "-", stdin=data).strip()
        (self.folder / "back").unlink(missing_ok=True)
        self.tarn(url, "get", cap, "back")
        self.assertEqual((self.folder / "back").read_bytes(), data)
        self.assertIn(url, self.tarn(url, "status"))

    def test_connections_are_kept(self) -> None:
        front = self.front("kept", "127.0.0.1")
        url = f"https://127.0.0.1:{front.port}"
        root = self.tarn(url, "mkdir").strip()
        tree = self.folder / "tree"
        tree.mkdir()
        for number in range(60):
            (tree / f"f{number}").write_bytes(data_of(2000, str(number)))
        before = front.handshakes
        self.tarn(url, "cp", "-r", tree, root)
        self.assertEqual(len(self.tarn(url, "ls", root + "/tree").split()), 60)
        self.assertLessEqual(front.handshakes - before, 40)

    def test_localhost(self) -> None:
        front = self.front("local", "localhost")
        self.assertTrue(self.tarn(f"https://localhost:{front.port}", "mkdir").startswith("URI:DIR2:"))
        told = self.tarn(f"https://127.0.0.1:{front.port}", "mkdir", code=1)
        self.assertIn("IP address mismatch: it is not for 127.0.0.1", told)

    def test_refusals(self) -> None:
        other = Authority(self.folder, "other")
        for label, hosts, keywords, words in (
                ("unknown", ["127.0.0.1"], {"trusted": other.file}, "unable to get local issuer certificate"),
                ("nobody", ["127.0.0.1"], {"trusted": self.folder / "absent"}, "unable to get local issuer certificate"),
                ("name", ["gate.example"], {}, "it is not for 127.0.0.1"),
                ("neighbour", ["127.0.0.2"], {}, "it is not for 127.0.0.1")):
            with self.subTest(label):
                front = self.front(label, *hosts)
                told = self.tarn(f"https://127.0.0.1:{front.port}", "put", "-", code=1, stdin=b"secret", **keywords)
                self.assertIn("its certificate is refused: ", told)
                self.assertIn(words, told)
                self.assertIn("SSL_CERT_FILE", told)
                self.assertEqual(front.handshakes, 0)
        front = self.front("expired", "127.0.0.1", expired=True)
        self.assertIn("certificate has expired", self.tarn(f"https://127.0.0.1:{front.port}", "mkdir", code=1))
        plain = self.tarn(f"https://127.0.0.1:{self.gateway[1]}", "mkdir", code=1)
        self.assertIn("no secure connection", plain)
        self.assertIn("not looked up", self.tarn("https://gate.example", "mkdir", code=1))


def load_tests(loader, _tests, _pattern):
    return loader.loadTestsFromTestCase(Https)

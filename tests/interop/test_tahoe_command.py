"""The real `tahoe` command on our gateway and on a real one, on the same servers: the same results and
exit codes; and both programs working on the same directories and mutable files in turn."""
from __future__ import annotations

import hashlib
import json
import pathlib
import re
import subprocess

from interop import CONVERGENCE, PROGRAMS, InteropTest, data_of
from tahoe_grid import TAHOE, TahoeNode
from tarn_grid import Gateway, StorageServer, servers_yaml

ENCODING = {"needed": 2, "happy": 3, "total": 4}
MUTABLE_CAP = re.compile(r"URI:(?:DIR2|DIR2-RO|DIR2-Verifier|DIR2-MDMF|DIR2-MDMF-RO|DIR2-MDMF-Verifier|SSK|"
                         r"SSK-RO|SSK-Verifier|MDMF|MDMF-RO|MDMF-Verifier):[a-z2-7]{26}:[a-z2-7]{52}")
INDEX = re.compile(r"storage index: [a-z2-7]{26}")
TIMES = ("linkcrtime", "linkmotime", "ctime", "mtime")


def plain(text: str) -> str:
    """Without what is random: the keys of mutable objects."""
    return MUTABLE_CAP.sub(lambda found: found.group().split(":")[1] + "-CAP", text)


def timeless(value):
    """JSON without times."""
    if isinstance(value, dict):
        return {key: timeless(part) for key, part in value.items() if key not in TIMES}
    if isinstance(value, list):
        return [timeless(part) for part in value]
    return plain(value) if isinstance(value, str) else value


class Commands(InteropTest):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        stores = [cls.keep(StorageServer(PROGRAMS, cls.folder / f"s{i}", nickname=f"s{i}"))
                  for i in range(5)]
        for store in stores:
            store.start()
        servers = servers_yaml(store.announcement() for store in stores)
        cls.real = cls.keep(TahoeNode(cls.folder / "real", storage=False, servers=servers, **ENCODING))
        (cls.real.folder / "private" / "convergence").write_text(CONVERGENCE + "\n")
        cls.real.start(servers=len(stores))
        cls.ours = cls.keep(Gateway(PROGRAMS, cls.folder / "ours", servers, convergence=CONVERGENCE,
                                    **ENCODING))
        cls.ours.start()
        cls.nodes = {"real": cls.real.folder, "ours": cls.ours.state}
        cls.stores = [store.shares for store in stores]
        cls.files = cls.folder / "files"
        for name, size in {"small": 40, "large": 200_000, "sub/one": 1_000, "sub/deep/two": 3_000}.items():
            path = cls.files / "tree" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data_of(size))

    def command(self, node: str, *arguments, limit_s: float = 60) -> tuple[int, str]:
        result = subprocess.run([TAHOE, "-d", self.nodes[node], *map(str, arguments)], capture_output=True,
                                stdin=subprocess.DEVNULL, timeout=limit_s)
        self.errors = result.stderr.decode("utf-8", "replace")
        return result.returncode, result.stdout.decode("utf-8", "replace")

    def out(self, node: str, *arguments) -> str:
        code, text = self.command(node, *arguments)
        self.assertEqual(code, 0, (node, arguments, self.errors, text))
        return text

    def both(self, *arguments, code: int = 0, see=plain) -> str:
        """\\return what ours printed; the real one's is the same in the eyes of `see`."""
        ours_code, ours = self.command("ours", *arguments)
        complaint = self.errors
        real_code, real = self.command("real", *arguments)
        self.assertEqual((ours_code, see(ours)), (real_code, see(real)), (arguments, complaint, self.errors))
        self.assertEqual(ours_code, code, (arguments, complaint))
        return ours

    def aliases(self, name: str) -> None:
        for node in self.nodes:
            self.out(node, "create-alias", name)

    def test_files_and_directories(self) -> None:
        self.aliases("work")
        large = self.files / "tree" / "large"
        self.both("put", large, "work:file")
        self.both("put", large)
        self.both("put", self.files / "tree" / "small", "work:missing/parents/small")
        self.both("put", "--mutable", large, "work:slot")
        self.both("put", "--format=MDMF", large, "work:segments")
        self.both("put", self.files / "tree" / "small", "work:slot")
        self.both("mkdir", "work:empty")
        self.both("mkdir", "--format=MDMF", "work:empty/below")
        self.both("mkdir")
        for name in ("file", "slot", "segments", "missing/parents/small"):
            got = [self.out(node, "get", f"work:{name}") for node in self.nodes]
            self.assertEqual(got[0], got[1])
        self.both("ls", "work:")
        self.both("ls", "-F", "work:missing")
        self.both("ls", "--uri", "work:")
        self.both("ls", "--readonly-uri", "work:")
        self.both("ls", "--json", "work:", see=lambda text: timeless(json.loads(text)))
        self.both("ls", "--json", "work:file", see=lambda text: timeless(json.loads(text)))
        self.both("ln", "work:file", "work:empty/link")
        self.both("mv", "work:empty/link", "work:moved")
        self.both("mv", "work:moved", "work:empty", code=1)
        self.both("unlink", "work:moved")
        self.both("unlink", "work:moved", code=1)
        self.both("ls", "work:nothing", code=2)
        self.both("get", "work:nothing", code=1)
        self.both("put", large, "work:file/below", code=1)
        self.both("ls", "work:")

    def test_trees(self) -> None:
        self.aliases("tree")
        self.both("cp", "-r", self.files / "tree", "tree:copy")
        for node in self.nodes:
            back = self.folder / f"back-{node}"
            self.out(node, "cp", "-r", "tree:copy", back)
            self.assertEqual(tree_of(back / "copy" / "tree"), tree_of(self.files / "tree"))
        self.both("manifest", "tree:", see=lambda text: sorted(plain(text).splitlines()))
        self.both("check", "tree:copy/tree/large")
        self.both("check", "--verify", "tree:", see=lambda text: INDEX.sub("storage index", text))
        self.both("deep-check", "--verify", "tree:", see=lambda text: sorted(plain(text).splitlines()))
        self.both("backup", self.files / "tree", "tree:saved", see=lambda text: None)
        self.both("ls", "tree:saved")
        self.both("ls", "tree:saved/Latest/sub/deep")

    def test_in_turn(self) -> None:
        self.out("real", "create-alias", "shared")
        cap = next(line.split(": ")[1] for line in (self.nodes["real"] / "private" / "aliases").read_text()
                   .splitlines() if line.startswith("shared:"))
        self.out("ours", "add-alias", "shared", cap)
        small, large = self.files / "tree" / "small", self.files / "tree" / "large"
        for format_ in ("SDMF", "MDMF"):
            first, second = ("real", "ours") if format_ == "SDMF" else ("ours", "real")
            self.out(first, "put", f"--format={format_}", large, f"shared:{format_}")
            self.assertEqual(self.out(second, "get", f"shared:{format_}").encode(), text_of(large))
            self.out(second, "put", small, f"shared:{format_}")
            self.assertEqual(self.out(first, "get", f"shared:{format_}").encode(), text_of(small))
            self.out(first, "put", large, f"shared:{format_}")
            self.assertEqual(self.out(second, "get", f"shared:{format_}").encode(), text_of(large))
        for node, other in (("real", "ours"), ("ours", "real")):
            self.out(node, "mkdir", f"shared:{node}")
            self.out(other, "put", small, f"shared:{node}/by-{other}")
            self.out(node, "ln", f"shared:{node}/by-{other}", f"shared:{node}/again")
            self.out(other, "unlink", f"shared:{node}/by-{other}")
        listings = [self.out(node, "ls", "shared:") + self.out(node, "ls", "shared:ours") for node in self.nodes]
        self.assertEqual(listings[0], listings[1])
        self.assertEqual(listings[0].split(), ["MDMF", "SDMF", "ours", "real", "again"])
        # One breaks, the other repairs, the first finds it well.
        for node, other in (("real", "ours"), ("ours", "real")):
            self.lose_a_share(node)
            report = self.out(other, "deep-check", "--repair", "shared:")
            self.assertIn("repair", report)
            healthy = self.out(node, "deep-check", "--verify", "shared:")
            self.assertNotIn("Unhealthy", healthy)

    def lose_a_share(self, name: str) -> None:
        """One share of the directory of that name."""
        index = json.loads(self.out("real", "check", "--raw", f"shared:{name}"))["storage-index"]
        found = [path for store in self.stores for path in store.glob(f"??/{index}/*")]
        self.assertEqual(len(found), ENCODING["total"])
        found[0].unlink()


def text_of(path: pathlib.Path) -> bytes:
    """As it comes out of command(), which decodes."""
    return path.read_bytes().decode("utf-8", "replace").encode()


def tree_of(folder: pathlib.Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*")) if path.is_file()}

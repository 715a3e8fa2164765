"""The manual pages of file formats say what the programs read: every key that a parser knows has its entry, no entry
names a key that the parser refuses, and defaults, choices and bounds are the programs' own. What the programs know is
asked of them: an unknown key in every table brings out the list of those that are accepted."""
from __future__ import annotations

import fnmatch
import os
import pathlib
import re
import subprocess
import tomllib
import unittest

from packaging import BUILD, SOURCE, missing_tool
from processes import SKIPPED, Process, free_port, wait_until
from tarn_grid import Gateway, Introducer, Programs, StorageServer
from work_folders import fresh_folder, run_tests

PROGRAMS = Programs(os.environ["TARN_PROGRAMS"])
MANUALS = SOURCE / "installers" / "man"
NO_KEY = "no-such-key"
#: What has no default, for each configuration; the ports make no difference to anything but themselves.
REQUIRED = {
    "tarn-storage": [("listen", "storage", "127.0.0.1:41001"), ("listen", "storage", "192.0.2.1:41002")],
    "tarn-gateway": [("web", "listen", "127.0.0.1:3456"), ("web", "listen", "127.0.0.1:3457")],
    "tarn-introducer": [("listen", "introducer", "127.0.0.1:41200"), ("listen", "introducer", "192.0.2.1:41201")],
    "tarn-relay": [("listen", "relay", "127.0.0.1:41004"), ("listen", "relay", "192.0.2.1:41005")],
    "tarn-node": [("node", "nickname", "alice"), ("node", "nickname", "bob")],
}
ALSO = {"tarn-node": {"grid": {"name": '"Family"'}}, "tarn-relay": {"admit": {"token_file": '"/etc/tarn/relay-tokens"'}}}


def work_folder(name: str) -> pathlib.Path:
    return fresh_folder(BUILD / "packages" / name)


def plain(text: str) -> str:
    """Text of a page without its font changes."""
    text = re.sub(r"\\f.|\\&", "", text)
    text = text.replace(r"\-", "-").replace(r"\(dq", '"').replace(r"\e", "\\")
    return re.sub(r"(?m)^\.(?:BR|IR|BI|B|I) (.*)$", lambda m: m[1].replace('" "', "").replace('"', ""), text)


class Entry:
    """One .TP of a page."""

    def __init__(self, lines: list[str]) -> None:
        head = lines[0]
        self.free = head.startswith(".IR ")
        self.key = plain(head).split()[0] if not self.free else None
        self.head = plain(head)
        self.text = plain("\n".join(lines[1:]))

    def default(self) -> str | None:
        found = re.search(r"^Default: (.*)\.$", self.text, re.MULTILINE)
        return found[1] if found else None


def entries_of(page: pathlib.Path) -> dict[str, list[Entry]]:
    """By the heading above them."""
    out: dict[str, list[Entry]] = {}
    heading = ""
    lines: list[str] | None = None

    def close() -> None:
        if lines:
            out.setdefault(heading, []).append(Entry(lines))

    for line in page.read_text().splitlines():
        if line.startswith((".SS ", ".SH ", ".TP")):
            close()
            lines = [] if line == ".TP" else None
            if line.startswith((".SS ", ".SH ")):
                heading = line[4:].strip()
        elif lines is not None:
            lines.append(line)
    close()
    return out


def settings_of(program: str) -> dict[str, list[Entry]]:
    """Of a configuration's page: the entries of each table."""
    found = entries_of(MANUALS / f"{program}.toml.5")
    return {heading[1:-1]: entries for heading, entries in found.items() if heading.startswith("[")}


class Asker:
    """What one program says of configurations."""

    def __init__(self, program: str) -> None:
        self.program = program
        self.folder = work_folder("manuals-" + program)
        (self.folder / "state").mkdir(mode=0o700)

    def ask(self, tables: dict[str, dict[str, str]], which: int = 0, plainly: str = "") -> subprocess.CompletedProcess:
        """tables: further lines.  plainly: in front of all tables."""
        table, key, value = REQUIRED[self.program][which]
        whole: dict[str, dict[str, str]] = {table: {key: f'"{value}"'}}
        for more in (ALSO.get(self.program, {}), tables):
            for name, lines in more.items():
                whole.setdefault(name, {}).update(lines)
        text = plainly + "\n".join(f"[{name}]\n" + "\n".join(f"{k} = {v}" for k, v in lines.items())
                                   for name, lines in whole.items()) + "\n"
        config = self.folder / ("state/node.toml" if self.program == "tarn-node" else "config.toml")
        config.write_text(text)
        where = [] if self.program == "tarn-node" else ["--config", config]
        program = pathlib.Path(PROGRAMS.storage).parent / self.program
        return subprocess.run([program, *where, "--state", self.folder / "state", "--check-config"],
                              capture_output=True, text=True, timeout=30)

    def accepted(self, path: str) -> list[str] | None:
        """Keys of the table; empty: any; None: it is no table."""
        said = self.ask({path: {NO_KEY: "1"}} if path else {}, plainly="" if path else f"{NO_KEY} = 1\n").stderr
        place = rf"\[{re.escape(path)}\] " if path else ""
        listed = re.search(rf": {place}unknown key '{NO_KEY}'; accepted: (.*)$", said, re.MULTILINE)
        if listed:
            return listed[1].split(", ")
        return [] if f"{place}{NO_KEY}:".replace("\\", "") in said else None

    def tables(self) -> dict[str, list[str]]:
        """All tables that the parser knows, with their keys."""
        out: dict[str, list[str]] = {}
        pending = list(self.accepted(""))
        while pending:
            path = pending.pop(0)
            keys = self.accepted(path)
            if keys is not None:
                out[path] = keys
                pending += [f"{path}.{key}" for key in keys]
        return out


class Settings(unittest.TestCase):
    """The pages of configurations."""

    def test_pages_and_parsers_know_the_same_keys(self) -> None:
        for program in REQUIRED:
            with self.subTest(program):
                known = Asker(program).tables()
                self.assertGreater(sum(map(len, known.values())), 20, known)
                said = settings_of(program)
                self.assertEqual(set(said), set(known))
                for table, keys in known.items():
                    if keys:
                        self.assertEqual(sorted(entry.key for entry in said[table]), sorted(keys), table)
                    else:
                        self.assertEqual([entry.free for entry in said[table]], [True], table)

    def test_the_defaults_are_those_of_the_program(self) -> None:
        for program in REQUIRED:
            with self.subTest(program):
                asker = Asker(program)
                printed = [tomllib.loads(asker.ask({}, which).stdout) for which in (0, 1)]
                self.assertTrue(all(printed))
                if program == "tarn-storage":  # tells of connections only where there are some to be made
                    both = '["tarn-intro://' + "A" * 43 + '@192.0.2.1:1"]'
                    printed = [tomllib.loads(asker.ask({"announce": {"introducers": both}}, which).stdout)
                               | {"announce": one["announce"]} for which, one in enumerate(printed)]
                for table, entries in settings_of(program).items():
                    for entry in entries:
                        self.check_default(program, table, entry, printed)

    def check_default(self, program: str, table: str, entry: Entry, printed: list[dict]) -> None:
        where = (program, table, entry.head, entry.default())
        values = []
        for one in printed:
            for part in table.split("."):
                one = one.get(part, {})
            values.append(one.get(entry.key))
        if "Required." in entry.text.splitlines():
            self.assertIn(table, {REQUIRED[program][0][0], *ALSO.get(program, {})}, where)
            return
        if entry.key in ALSO.get(program, {}).get(table, {}):  # what is printed is what was asked for
            self.assertEqual(entry.default(), "none", where)
            return
        self.assertIsNotNone(entry.default(), where)
        try:
            stated = tomllib.loads("x = " + entry.default())["x"]
        except tomllib.TOMLDecodeError:
            stated = None
        if values[0] == values[1] and values[0] is not None and not isinstance(values[0], dict):
            self.assertEqual(stated, values[0], where)
        elif values[0] != values[1]:  # it follows another setting
            self.assertIsNone(stated, where)
        elif stated not in (None, ""):  # not printed at all: only where the whole table is not
            self.assertNotIn(table, {name for one in printed for name in one}, where)

    def test_choices_and_bounds_are_those_of_the_program(self) -> None:
        for program in REQUIRED:
            asker = Asker(program)
            found = 0
            for table, entries in settings_of(program).items():
                for entry in entries:
                    if entry.free:
                        continue
                    with self.subTest(program=program, table=table, key=entry.key):
                        for value in ('"no-such-value"', "-1"):
                            said = asker.ask({table: {entry.key: value}}).stderr
                            why = re.search(rf"\[{re.escape(table)}\] {entry.key}: expected (.*), got ", said)
                            if why and re.fullmatch(r'"[\w-]+"( or "[\w-]+")+', why[1]):
                                words = re.findall(r'"([\w-]+)"', why[1])
                            elif why and re.fullmatch(r"\d+ to \d+", why[1]):
                                words = [why[1]]
                            else:
                                continue
                            found += 1
                            for word in words:
                                self.assertTrue(word in entry.text or word in entry.head or
                                                word in (MANUALS / f"{program}.toml.5").read_text()
                                                .partition(f".SS [{table}]")[2].partition(".TP")[0], (word, entry.text))
            self.assertGreater(found, 5, program)

    def test_an_error_has_its_place(self) -> None:
        """What the pages promise: all mistakes at once, each with file, line and column."""
        for program in REQUIRED:
            with self.subTest(program):
                asked = Asker(program).ask({"log": {"level": '"loud"', "colour": "1"}, "no-table": {}})
                self.assertEqual(asked.returncode, 2)
                for what in (r"\d+:\d+: \[log\] level: expected", r"\d+:\d+: \[log\] unknown key 'colour'",
                             r"\d+:\d+: unknown key 'no-table'"):
                    self.assertRegex(asked.stderr, r"(?:config|node)\.toml:" + what)

    def test_examples_are_configurations(self) -> None:
        for program in REQUIRED:
            with self.subTest(program):
                text = example_of(MANUALS / f"{program}.toml.5")
                asker = Asker(program)
                asker.ask({})
                config = asker.folder / ("state/node.toml" if program == "tarn-node" else "config.toml")
                config.write_text(text)
                where = [] if program == "tarn-node" else ["--config", config]
                subprocess.run([pathlib.Path(PROGRAMS.storage).parent / program, *where, "--state", asker.folder / "state",
                                "--check-config"], check=True, capture_output=True, timeout=30)


def example_of(page: pathlib.Path) -> str:
    return plain(page.read_text().partition(".SH EXAMPLE\n.nf\n")[2].partition(".fi\n")[0])


def words_of(entries: list[Entry]) -> set[str]:
    return {entry.key for entry in entries}


class Lists(unittest.TestCase):
    """servers.yaml, and the files of a grid manager."""

    def setUp(self) -> None:
        self.folder = work_folder("manuals-" + self._testMethodName)
        self.page = MANUALS / "tarn-servers.yaml.5"

    def problems(self, servers: str) -> tuple[str, str]:
        """What a gateway says of such a list, and whom it would connect to."""
        gateway = Gateway(PROGRAMS, work_folder("manuals-servers"), servers)
        self.addCleanup(gateway.kill)
        gateway.start()
        gateway.stop()
        return gateway.process.log_text(), gateway.run("--explain")

    def test_servers_yaml_has_the_keys_that_are_read(self) -> None:
        parser = (SOURCE / "client-gateway" / "servers_file.cpp").read_text()
        read = set(re.findall(r'(?:Entry\(\*?\w+, |key = )"([\w-]+)"', parser))
        self.assertGreater(len(read), 4)
        said = words_of(entries_of(self.page)["KEYS"])
        nested = set(re.findall(r"(?m)^\.BR? (certificate|signature)\b", self.page.read_text()))
        self.assertEqual(said | nested, read)

    def test_each_key_of_servers_yaml_is_read_and_the_required_ones_are_missed(self) -> None:
        example = example_of(self.page)
        log, explained = self.problems(example)
        self.assertIn("192.0.2.10:41001", explained)
        self.assertNotIn("left out", log)
        for entry in entries_of(self.page)["KEYS"]:
            with self.subTest(entry.key):
                lines = [line for line in example.splitlines() if entry.key not in line and "- pb" not in line]
                if entry.key != "anonymous-storage-NURLs":
                    lines = [line for line in example.splitlines() if entry.key not in line]
                log, explained = self.problems("\n".join(lines) + "\n")
                self.assertEqual("192.0.2.10:41001" not in explained, entry.text.startswith("Required"), log)
                log, explained = self.problems("\n".join(lines) + f"\n      {entry.key}:\n        a: b\n")
                self.assertRegex(log, rf"{entry.key} must be|{entry.key} is missing")

    def test_the_grid_manager_page_has_the_keys_that_are_read(self) -> None:
        page = MANUALS / "tarn-grid-manager.5"
        said = entries_of(page)
        for heading, source in (("CONFIG.JSON", "configuration.cpp"), ("CERTIFICATES", "certificate.cpp")):
            parser = (SOURCE / "core" / "grid_manager" / source).read_text()
            read = set(re.findall(r'constexpr const char\* k\w+ = "(\w+)"', parser))
            self.assertGreater(len(read), 3)
            nested = set(re.findall(r"(?m)^\.BR (public_key) \.", page.read_text())) if heading == "CONFIG.JSON" else set()
            self.assertEqual(words_of(said[heading]) | nested, read, heading)

    def test_the_grid_managers_example_is_one(self) -> None:
        folder = self.folder / "manager"
        folder.mkdir(mode=0o700)
        config = folder / "config.json"
        config.touch(mode=0o600)
        text = example_of(MANUALS / "tarn-grid-manager.5")
        config.write_text(text)
        command = [PROGRAMS.tarn, "grid-manager", "--config", folder]
        said = subprocess.run([*command, "list"], check=True, capture_output=True, text=True, timeout=30).stdout
        self.assertIn("alpha", said)
        for key in ("grid_manager_config_version", "private_key", "public_key"):
            config.write_text(text.replace(f'"{key}"', '"other"'))
            self.assertNotEqual(subprocess.run([*command, "list"], capture_output=True, timeout=30).returncode, 0, key)


class States(unittest.TestCase):
    """State directories: what daemons put there stands on the page."""

    def check(self, program: str, state: pathlib.Path, least: int) -> None:
        named = [entry.head for entry in entries_of(MANUALS / f"{program}-state.5")["FILES"]]
        # NAME.new is there for the moment in which NAME is replaced.
        found = [str(path.relative_to(state)).removesuffix(".new") for path in state.rglob("*") if not path.is_dir()]
        self.assertGreaterEqual(len(found), least, found)
        for file in found:
            self.assertTrue(any(file.startswith(name) if name.endswith("/") else fnmatch.fnmatchcase(file, name)
                                for name in named), f"{program}: {file} is not on its page")

    def test_a_grid_of_daemons(self) -> None:
        folder = work_folder("manuals-states")
        introducer = Introducer(PROGRAMS, folder / "introducer", port=free_port())
        self.addCleanup(introducer.kill)
        introducer.start()
        server = StorageServer(PROGRAMS, folder / "server", nickname="s",
                               announce=f"introducers = [{introducer.url()!r}]\nanonymous_nurl = true")
        self.addCleanup(server.kill)
        server.start()
        gateway = Gateway(PROGRAMS, folder / "gateway", "storage: {}\n", needed=1, happy=1, total=1,
                          extra=f"[introducers]\nurls = [{introducer.url()!r}]")
        self.addCleanup(gateway.kill)
        gateway.start()
        wait_until(lambda: gateway.web.connected_servers() == 1, 30, "the server")
        gateway.web.put(b"x" * 1000)
        self.check("tarn-storage", server.state, 10)
        self.check("tarn-gateway", gateway.state, 6)
        self.check("tarn-introducer", introducer.state, 4)

    def test_a_node(self) -> None:
        folder = work_folder("manuals-node") / "state"
        folder.mkdir(mode=0o700)
        (folder / "node.toml").write_text('[node]\nnickname = "a"\n[grid]\nname = "g"\n[listen]\naddress = "127.0.0.1:0"\n')
        node = Process([PROGRAMS.node, "--state", folder], folder.parent / "log", notify=True)
        self.addCleanup(node.kill)
        node.wait_ready()
        self.check("tarn-node", folder, 12)


class Completions(unittest.TestCase):
    """What bash offers for a daemon is what its --help names."""

    def offered(self, *words: str) -> list[str]:
        """For the last of the words, which is being typed."""
        line = " ".join(f"'{word}'" for word in words)
        script = (f"source {SOURCE}/installers/completions/daemon.bash; COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; "
                  f"_tarn_daemon '{words[0]}'; printf '%s\\n' \"${{COMPREPLY[@]}}\"")
        done = subprocess.run(["bash", "-c", script], check=True, capture_output=True, text=True, timeout=30,
                              cwd=work_folder("manuals-completion"))
        self.assertEqual(done.stderr, "")
        return done.stdout.split()

    def test_options_and_commands(self) -> None:
        for program in (PROGRAMS.storage, PROGRAMS.gateway, PROGRAMS.introducer, PROGRAMS.relay, PROGRAMS.node):
            with self.subTest(program.name):
                said = subprocess.run([program, "--help"], check=True, capture_output=True, text=True, timeout=30).stdout
                options = set(re.findall(r"(?m)^  (?:-h,)?(--[\w-]+)", said))
                self.assertGreater(len(options), 5)
                commands = set(re.findall(r"(?m)^  ([a-z]+) ", said.partition("Subcommands:")[2]))
                self.assertEqual(set(self.offered(program, "")), options | commands)

    def test_commands_of_commands(self) -> None:
        storage = PROGRAMS.storage
        self.assertEqual(set(self.offered(storage, "--state", "/x", "drain", "")),
                         {"--help", "on", "off", "withdraw", "status", "list"})
        self.assertEqual(self.offered(storage, "--state", "/x", "account", "re"), ["revoke"])
        self.assertEqual(set(self.offered(storage, "account", "add", "--")), {"--help", "--key", "--limit"})
        self.assertEqual(self.offered(storage, "--state", "account", "--exp"), ["--explain"])  # a folder of that name

    def test_values(self) -> None:
        self.assertEqual(self.offered(PROGRAMS.gateway, "--log-level", "w"), ["warning"])
        self.assertEqual(self.offered(PROGRAMS.gateway, "--log-format", ""), ["text", "json"])
        self.assertEqual(self.offered(PROGRAMS.gateway, "--config", "/etc/os-relea"), ["/etc/os-release"])
        self.assertEqual(self.offered(PROGRAMS.gateway, "--state", "/etc/os-relea"), [])


class Pages(unittest.TestCase):
    def test_man_has_nothing_to_say(self) -> None:
        for page in sorted(MANUALS.iterdir()):
            with self.subTest(page.name):
                done = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", page], timeout=60,
                                      stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                      env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "MANROFFSEQ": "", "MANWIDTH": "80"})
                self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_references_lead_somewhere(self) -> None:
        """Pages of ours that another one names exist, and a program's page names those of its files."""
        pages = {page.name for page in MANUALS.iterdir()}
        for page in sorted(MANUALS.iterdir()):
            named = set(re.findall(r"\b(tarn[\w.-]*) ?\((\d)\)", page.read_text().replace("\\-", "-")))
            for name, section in named:
                self.assertIn(f"{name}.{section}", pages, page.name)
            if not page.name.endswith(".5"):
                own = {other[:-2] for other in pages if other.endswith(".5") and
                       re.match(rf"{re.escape(page.stem)}(\.toml|-state)\.5$", other)}
                self.assertLessEqual(own, {name for name, _ in named}, page.name)


if __name__ == "__main__":
    reason = missing_tool("man", "groff")
    if reason:
        print(reason)
        raise SystemExit(SKIPPED)
    run_tests()

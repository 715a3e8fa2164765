"""Backup, restore and moving, by the commands of core/doc/operating.md: a server, a gateway and an introducer on new
folders and ports are who they were before."""
from __future__ import annotations

import json
import pathlib
import re
import shutil
import subprocess
import unittest

import netns
from netns import PROGRAMS, data_of, fresh_folder
from processes import free_port, wait_until
from tarn_grid import Daemon, Gateway, Introducer, StorageServer, servers_yaml

ONE_OF_ONE = {"needed": 1, "happy": 1, "total": 1}


def shell(command: str, **names: object) -> str:
    return subprocess.run(["sh", "-ec", command], check=True, capture_output=True, text=True,
                          env={"PATH": "/usr/bin:/bin", **{key: str(value) for key, value in names.items()}}).stdout


def commands_of(title: str) -> str:
    """The block of commands below a heading of the operator's handbook."""
    text = (pathlib.Path(__file__).parents[2] / "core/doc/operating.md").read_text()
    section = text.partition(f"\n### {title}\n")[2].partition("\n#")[0]
    lines = [line[4:] for line in section.splitlines() if line.startswith("    ")]
    if not lines:
        raise ValueError(f"no commands below {title!r}")
    return "\n".join(lines)


def who(server: StorageServer) -> str:
    """Key and credential, without the address."""
    return re.sub("@.*/", "@/", server.nurl())


class Moves(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = fresh_folder("moves-" + self._testMethodName)

    def start(self, daemon: Daemon) -> Daemon:
        self.addCleanup(daemon.kill)
        daemon.start()
        return daemon

    def server(self, name: str, **more) -> StorageServer:
        return StorageServer(PROGRAMS, self.folder / name, nickname="s", port=free_port(), **more)

    def gateway(self, name: str, servers: str, **more) -> Gateway:
        return Gateway(PROGRAMS, self.folder / name, servers, **ONE_OF_ONE, **more)

    def accounts(self, server: StorageServer) -> str:
        return subprocess.run([PROGRAMS.storage, "--state", server.state, "account", "list"], check=True,
                              capture_output=True, text=True).stdout

    def test_a_server_from_its_backup(self) -> None:
        old = self.start(self.server("old"))
        subprocess.run([PROGRAMS.storage, "--state", old.state, "account", "add", "bob"], check=True,
                       capture_output=True)
        gateway = self.start(self.gateway("gateway", old.announcement()))
        cap = gateway.web.put(data_of(100_000))
        wait_until(lambda: "bob" in self.accounts(old), 10, "the account")
        shell(commands_of("A server's backup"), STATE=old.state, CONFIG=old.config, BACKUP=self.folder / "backup")
        accounts, identity = self.accounts(old), who(old)
        old.kill()
        new = self.server("new")
        shell(commands_of("A server's restore"), STATE=new.state, BACKUP=self.folder / "backup")
        shutil.copytree(old.state / "storage", new.state / "storage")
        self.start(new)
        self.assertEqual(who(new), identity)
        self.assertEqual(self.accounts(new), accounts)
        self.assertEqual(self.start(self.gateway("other", new.announcement())).web.get(cap), data_of(100_000))

    def test_a_server_on_a_new_host(self) -> None:
        """Gateways that know it from an introducer need to do nothing."""
        introducer = self.start(Introducer(PROGRAMS, self.folder / "introducer", port=free_port()))
        announce = f"introducers = ['{introducer.url()}']\nanonymous_nurl = true"
        old = self.start(self.server("old", announce=announce))
        gateway = self.start(self.gateway("gateway", "storage: {}\n",
                                          extra=f"[introducers]\nurls = ['{introducer.url()}']"))
        wait_until(lambda: gateway.web.connected_servers() == 1, 30, "the server")
        cap = gateway.web.put(data_of(100_000))
        identity = who(old)
        old.stop()
        new = self.server("new", announce=announce)
        # The other host is this one.
        ssh = self.folder / "ssh"
        ssh.write_text('#!/bin/sh\nshift\nexec sh -c "$*"\n')
        ssh.chmod(0o755)
        shell(commands_of("A server to a new host"), STATE=old.state, NEW=new.state, PATH=f"{self.folder}:/usr/bin:/bin")
        self.start(new)
        self.assertEqual(who(new), identity)

        def comes_back() -> bool:
            try:
                return gateway.web.get(cap) == data_of(100_000)
            except Exception:
                return False
        wait_until(comes_back, 60, "the file from the new host")

    def test_a_gateway_from_its_backup(self) -> None:
        server = self.start(self.server("server"))
        old = self.start(self.gateway("old", server.announcement()))
        subprocess.run([PROGRAMS.tarn, "-d", old.state, "create-alias", "home"], check=True, capture_output=True)
        cap = old.web.put(data_of(50_000))
        shell(commands_of("A gateway's backup"), STATE=old.state, CONFIG=old.config, BACKUP=self.folder / "backup")
        old.kill()
        new = self.gateway("new", "storage: {}\n")
        shell(commands_of("A gateway's restore"), STATE=new.state, BACKUP=self.folder / "backup")
        self.start(new)
        self.assertEqual(new.web.put(data_of(50_000)), cap)
        listed = subprocess.run([PROGRAMS.tarn, "-d", new.state, "ls", "home:"], capture_output=True, text=True)
        self.assertEqual(listed.returncode, 0, listed.stderr)

    def test_a_server_given_up(self) -> None:
        """What only it held is elsewhere before it stops, and nothing was lost."""
        servers = [self.start(self.server(f"s{i}")) for i in range(4)]
        goes, *stay = servers
        entries = [server.announcement() for server in servers]
        gateway = self.start(Gateway(PROGRAMS, self.folder / "gateway", servers_yaml(entries), needed=2, happy=3, total=4))
        tarn = [PROGRAMS.tarn, "-d", gateway.state]
        subprocess.run([*tarn, "create-alias", "home"], check=True, capture_output=True)
        for i in range(3):
            file = self.folder / f"file{i}"
            file.write_bytes(data_of(50_000 + i))
            subprocess.run([*tarn, "put", file, f"home:file{i}"], check=True, capture_output=True)
        names = {"PATH": f"{PROGRAMS.tarn.parent}:/usr/bin:/bin", "STATE": goes.state, "GATE": gateway.state,
                 "LIST": self.folder / "list"}
        shell(commands_of("Take nothing new"), **names)

        def left(*options: str) -> tuple[int, list[list[str]]]:
            done = subprocess.run([*tarn, "drain-check", *options, self.folder / "list"], capture_output=True, text=True)
            self.assertEqual(done.stderr, "")
            return done.returncode, [line.split("\t") for line in done.stdout.splitlines()]

        # Known to the gateway or not, it does not count: its share of the folder and of each file is nowhere else.
        code, found = left()
        self.assertEqual((code, {line[0] for line in found[:-1]}), (1, {"some-only-here"}), found)
        self.assertEqual((len(found) - 1, {line[4] for line in found[:-1]}), (4, {"3"}), found)
        self.assertEqual({line[6] for line in found[:-1]}, {"anonymous"})
        stay[0].kill()
        self.assertEqual({line[0] for line in left()[1][:-1]}, {"unsure"})
        self.start(stay[0])
        gateway.set_servers(servers_yaml(entries[1:]))
        gateway.reload()
        wait_until(lambda: left()[1][0][0] == "some-only-here", 60, "the server that was away")
        shell(commands_of("Move what is yours"), **names)
        said = shell(commands_of("See what is left"), **names)
        self.assertEqual(said, "4 storage indexes: 4 elsewhere, 0 with shares that only it has, "
                               "0 that nobody else has, 0 unsure\n")
        self.assertIn("withdrawn: ", shell(commands_of("Withdraw it"), **names))
        goes.stop()
        for i in range(3):
            got = subprocess.run([*tarn, "get", f"home:file{i}"], check=True, capture_output=True).stdout
            self.assertEqual(got, data_of(50_000 + i))

    def test_an_introduced_server_is_left_out(self) -> None:
        """An owner's way to repair files without it: introducers name it for two days more."""
        introducer = self.start(Introducer(PROGRAMS, self.folder / "introducer", port=free_port()))
        told = f'introducers = ["{introducer.url()}"]\nanonymous_nurl = true'
        servers = [self.start(self.server(f"s{i}", announce=told)) for i in range(2)]
        gateway = self.start(self.gateway("gateway", "storage: {}\n",
                                          extra=f'[introducers]\nurls = ["{introducer.url()}"]'))
        wait_until(lambda: gateway.web.connected_servers() == 2, 30, "both servers")
        tarn = [PROGRAMS.storage, "--state", servers[0].state, "drain", "list", "--json"]
        head = json.loads(subprocess.run(tarn, check=True, capture_output=True).stdout.splitlines()[0])
        config = gateway.config.read_text()
        gateway.config.write_text(f'{config}without = ["{head["server"]}"]\n')
        gateway.reload()
        self.assertEqual(gateway.web.connected_servers(), 1)
        gateway.web.put(data_of(1000))
        self.assertEqual(len([file for file in servers[0].shares.glob("*/*/*") if file.is_file()]), 0)
        gateway.config.write_text(config)
        gateway.reload()
        wait_until(lambda: gateway.web.connected_servers() == 2, 30, "both servers again")

    def test_an_introducer_from_its_backup(self) -> None:
        old = self.start(Introducer(PROGRAMS, self.folder / "old", port=free_port()))
        url = old.url()
        shell(commands_of("An introducer's backup"), STATE=old.state, CONFIG=old.config, BACKUP=self.folder / "backup")
        old.kill()
        new = Introducer(PROGRAMS, self.folder / "new", port=old.port)
        shell(commands_of("An introducer's restore"), STATE=new.state, BACKUP=self.folder / "backup")
        self.assertEqual(self.start(new).url(), url)


def missing() -> str | None:
    return None if shutil.which("sqlite3") else "sqlite3 is not installed"


if __name__ == "__main__":
    netns.run(missing)

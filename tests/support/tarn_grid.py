"""A grid of our own daemons on loopback: `tarn-storage` and `tarn-gateway` as an operator runs them."""
from __future__ import annotations

import pathlib
import signal
import subprocess
from collections.abc import Iterable

from processes import Process
from web_api import WebApi


class Programs:
    """Where the built programs are."""

    def __init__(self, folder: pathlib.Path | str) -> None:
        folder = pathlib.Path(folder).resolve()
        self.storage = folder / "tarn-storage"
        self.gateway = folder / "tarn-gateway"
        self.tarn = folder / "tarn"
        self.introducer = folder / "tarn-introducer"
        self.relay = folder / "tarn-relay"
        self.node = folder / "tarn-node"


class Daemon:
    """One daemon with its folder: DIR/<role>.toml, DIR/state, DIR/log. start() may be called again."""

    role = ""

    def __init__(self, program: pathlib.Path, folder: pathlib.Path, config: str,
                 prefix: Iterable[str] = ()) -> None:
        """prefix: a command in front, such as strace."""
        self.program = program
        self.folder = folder
        self.state = folder / "state"
        self.config = folder / f"{self.role}.toml"
        self.prefix = list(prefix)
        self.process: Process | None = None
        folder.mkdir(parents=True, exist_ok=True)
        self.config.write_text(config)

    def arguments(self) -> list[str]:
        return [str(self.program), "--config", str(self.config), "--state", str(self.state)]

    def start(self, env: dict[str, str] | None = None) -> None:
        self.launch(env)
        self.wait_ready()

    def launch(self, env: dict[str, str] | None = None) -> None:
        self.process = Process([*self.prefix, *self.arguments()], self.folder / "log",
                               env=env, notify=True)

    def wait_ready(self, limit_s: float = 30) -> None:
        self.process.wait_ready(limit_s)

    def run(self, *options: str, limit_s: float = 30) -> str:
        """Runs the program with further options to its end. \return what it prints"""
        result = subprocess.run([*self.arguments(), *options], capture_output=True, text=True,
                                timeout=limit_s)
        if result.returncode != 0:
            raise RuntimeError(f"{self.program.name} {' '.join(options)}: {result.returncode}\n"
                               f"{result.stderr[-3000:]}")
        return result.stdout

    def kill(self) -> None:
        if self.process:
            self.process.kill()

    def stop(self) -> int:
        return self.process.stop() if self.process else 0

    def reload(self, limit_s: float = 30) -> None:
        """Has the configuration read again; it or the old one is in use when this returns."""
        self.process.signal(signal.SIGHUP)
        self.process.wait_ready(limit_s)


class StorageServer(Daemon):
    role = "storage"

    def __init__(self, programs: Programs, folder: pathlib.Path, *, nickname: str, port: int = 0,
                 address: str = "127.0.0.1", admin_port: int = 0, connections: int = 2048,
                 extra: str = "", node: str = "", listen: str = "", sections: str = "",
                 announce: str = "", prefix: Iterable[str] = ()) -> None:
        """extra, node, listen, announce: further lines for the sections [storage], [node], [listen],
        [announce].  sections: further ones.  admin_port: of /healthz; 0: none."""
        if announce:
            sections = f"[announce]\n{announce}\n{sections}"
        admin = f'admin = "{address}:{admin_port}"' if admin_port else ""
        super().__init__(programs.storage, folder, f"""\
[node]
nickname = "{nickname}"
{node}
[listen]
storage = "{address}:{port}"
{admin}
{listen}
connections = {connections}
[storage]
reserved_space = "0 B"
{extra}
{sections}
""", prefix)

    def nurl(self) -> str:
        return (self.state / "storage.nurl").read_text().strip()

    def announcement(self) -> str:
        """Its entry of servers.yaml, beginning with "storage:"."""
        return self.run("--announcement")

    @property
    def shares(self) -> pathlib.Path:
        return self.state / "storage" / "shares"


class Introducer(Daemon):
    role = "introducer"

    def __init__(self, programs: Programs, folder: pathlib.Path, *, port: int, admin_port: int = 0,
                 address: str = "127.0.0.1", peers: Iterable[str] = (), allow: Iterable[str] = (),
                 sections: str = "", prefix: Iterable[str] = ()) -> None:
        """peers: URLs of others.  allow: server ids; none: any.  sections: further ones."""
        super().__init__(programs.introducer, folder, "", prefix)
        self.address = address
        self.sections = sections
        self.port = port
        self.admin_port = admin_port
        self.configure(peers, allow)

    def configure(self, peers: Iterable[str] = (), allow: Iterable[str] = ()) -> None:
        admin = f'admin = "127.0.0.1:{self.admin_port}"' if self.admin_port else ""
        allowed = f"allow = {list(allow)!r}" if allow else ""
        self.config.write_text(f"""\
[listen]
introducer = "{self.address}:{self.port}"
{admin}
[gossip]
peers = {list(peers)!r}
{allowed}
{self.sections}
""")

    def url(self) -> str:
        return self.run("--introducer-url").strip()

    def servers(self) -> str:
        """A servers.yaml of what was announced."""
        return self.run("--export-servers")


def servers_yaml(announcements: Iterable[str]) -> str:
    """Joins entries, each a whole servers.yaml of one server, to one file."""
    entries = []
    for text in announcements:
        first, _, rest = text.lstrip("\n").partition("\n")
        if first.strip() != "storage:":
            raise ValueError(f"not a servers.yaml entry: {text[:200]!r}")
        entries.append(rest.rstrip("\n"))
    return "storage:\n" + "\n".join(entries) + "\n"


class Gateway(Daemon):
    role = "gateway"

    def __init__(self, programs: Programs, folder: pathlib.Path, servers: str, *, needed: int = 3,
                 happy: int = 7, total: int = 10, segment_size: str = "1 MiB", extra: str = "",
                 node: str = "", convergence: str = "", connections: int = 1024, prefix: Iterable[str] = ()) -> None:
        """node: further lines for the section [node].  servers: the text of servers.yaml.  convergence: base32; made at random when empty."""
        super().__init__(programs.gateway, folder, f"""\
[node]
nickname = "gate"
{node}
[web]
listen = "127.0.0.1:0"
connections = {connections}
[encoding]
needed = {needed}
happy = {happy}
total = {total}
segment_size = "{segment_size}"
[servers]
file = "servers.yaml"
{extra}
""", prefix)
        (self.state / "private").mkdir(mode=0o700, parents=True, exist_ok=True)
        self.state.chmod(0o700)
        self.set_servers(servers)
        if convergence:
            secret = self.state / "private" / "convergence"
            secret.touch(mode=0o600)
            secret.write_text(convergence + "\n")

    def set_servers(self, text: str) -> None:
        file = self.state / "servers.yaml"
        file.write_text(text)
        file.chmod(0o600)

    @property
    def web(self) -> WebApi:
        return WebApi((self.state / "node.url").read_text().strip())


class TarnGrid:
    """Servers and one gateway. A context manager: everything ends with it."""

    def __init__(self, programs: Programs, folder: pathlib.Path, *, servers: int = 10,
                 gateway: dict | None = None, server: dict | None = None) -> None:
        """gateway, server: keyword arguments of Gateway and of each StorageServer."""
        self.programs = programs
        self.folder = folder
        self.servers = [StorageServer(programs, folder / f"s{i}", nickname=f"s{i}", **(server or {}))
                        for i in range(1, servers + 1)]
        self.gateway: Gateway | None = None
        self._gateway_options = gateway or {}

    def start(self) -> None:
        for server in self.servers:
            server.launch()
        for server in self.servers:
            server.wait_ready()
        self.gateway = Gateway(self.programs, self.folder / "gateway", self.servers_yaml(),
                               **self._gateway_options)
        self.gateway.start()

    def servers_yaml(self) -> str:
        return servers_yaml(server.announcement() for server in self.servers)

    def daemons(self) -> list[Daemon]:
        return [*([self.gateway] if self.gateway else []), *self.servers]

    def stop(self) -> None:
        failures = []
        for daemon in self.daemons():
            try:
                daemon.stop()
            except TimeoutError as error:
                failures.append(error)
        if failures:
            raise failures[0]

    def __enter__(self) -> TarnGrid:
        try:
            self.start()
        except BaseException:
            self.kill()
            raise
        return self

    def kill(self) -> None:
        for daemon in self.daemons():
            daemon.kill()

    def __exit__(self, kind, error, trace) -> None:
        if kind:
            self.kill()
        else:
            self.stop()

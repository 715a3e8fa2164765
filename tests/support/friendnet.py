"""Nodes among friends: `tarn-node` on a state directory, asked through its control API and its web API, or through
`tarn`."""
from __future__ import annotations

import json
import os
import pathlib
import signal
import subprocess
import time

from processes import Process, wait_until
from tarn_grid import Programs
from web_api import WebApi


class Node:
    """One state directory, made with its node.toml. start() may be called again."""

    def __init__(self, programs: Programs, state: pathlib.Path, nickname: str, grid: str = "Family") -> None:
        self.programs = programs
        self.state = state
        self.process: Process | None = None
        state.mkdir(mode=0o700, parents=True)
        self.config = state / "node.toml"
        self.config.write_text(f"""\
[node]
nickname = "{nickname}"
[grid]
name = "{grid}"
[listen]
address = "127.0.0.1:0"
[storage]
offer = "200 MB"
reserved_space = "0 B"
""")

    def start(self) -> None:
        self.process = Process([self.programs.node, "--state", self.state],
                               self.state.parent / f"{self.state.name}.log", notify=True)
        self.process.wait_ready()

    def stop(self) -> int:
        return self.process.stop()

    def kill(self) -> None:
        if self.process:
            self.process.kill()

    def url(self) -> str:
        return (self.state / "node.url").read_text().strip()

    def web(self) -> WebApi:
        return WebApi(self.url())

    def token(self) -> str:
        return (self.state / "private" / "api_auth_token").read_text().strip()

    def status(self) -> dict:
        headers = {"Authorization": "Bearer " + self.token()}
        return json.loads(self.web().call("GET", "/control/v1/status", headers=headers))

    def root(self) -> str:
        """The capability of the owner's own directory, once there is one."""
        wait_until(lambda: self.status()["root_directory"], 60, "the root directory")
        return (self.state / "private" / "root_dir.cap").read_text().strip()


class CommandFailed(Exception):
    def __init__(self, result: subprocess.CompletedProcess) -> None:
        super().__init__(f"{' '.join(map(str, result.args))}: {result.returncode}\n{result.stderr.decode(errors='replace')}")
        self.code = result.returncode
        self.error = result.stderr.decode(errors="replace")
        self.output = result.stdout.decode(errors="replace")


class OwnNode:
    """A node as its owner's commands make and start it: it stands on its own feet."""

    def __init__(self, programs: Programs, state: pathlib.Path, env: dict[str, str] | None = None) -> None:
        self.programs = programs
        self.state = state
        self.env = {**os.environ, "TARN_STATE": "", **(env or {})}

    def tarn(self, *arguments: str, stdin: bytes = b"", limit_s: float = 60, named: bool = True) -> bytes:
        """\\return what the command prints; CommandFailed where it does. named: with --state."""
        state = ["--state", str(self.state)] if named else []
        result = subprocess.run([str(self.programs.tarn), *arguments, *state], input=stdin, capture_output=True,
                                timeout=limit_s, env=self.env)
        if result.returncode != 0:
            raise CommandFailed(result)
        return result.stdout

    def json(self, *arguments: str, **options) -> dict:
        return json.loads(self.tarn(*arguments, "--json", **options))

    def init(self, grid: str, nickname: str, *options: str, start: bool = False, **more) -> bytes:
        return self.tarn("node", "init", "--grid", grid, "--nickname", nickname, "--listen", "127.0.0.1:0", "--offer",
                         "200 MB", *options, *([] if start else ["--no-start"]), **more)

    def join(self, link: str, nickname: str, *options: str, **more) -> dict:
        return json.loads(self.tarn("join", link, "--nickname", nickname, "--listen", "127.0.0.1:0", "--offer", "200 MB",
                                    "--json", *options, **more))

    def outbox(self) -> dict:
        return self.json("node", "status")["outbox"]

    def settled(self, limit_s: float = 60) -> None:
        """Until everything has left the outbox."""
        wait_until(lambda: self.outbox()["files"] == 0, limit_s, f"{self.state.name}'s outbox to be empty")

    def pid(self) -> int:
        """Of the node that runs, whoever started it; 0: none does."""
        try:
            pid = int((self.state / "lock").read_text())
            status = pathlib.Path(f"/proc/{pid}/status").read_text()
        except (FileNotFoundError, ProcessLookupError, ValueError):
            return 0
        return pid if status.startswith("Name:\ttarn-node\n") and "State:\tZ" not in status else 0

    def kill(self) -> None:
        """Now, however it was started."""
        pid = self.pid()
        if not pid:
            return
        os.kill(pid, signal.SIGKILL)
        while self.pid() == pid:
            time.sleep(0.02)

    def end(self, limit_s: float = 20) -> None:
        """As its owner's session ends."""
        pid = self.pid()
        os.kill(pid, signal.SIGTERM)
        wait_until(lambda: self.pid() != pid, limit_s, f"{self.state.name} to end")

"""Programs under test: started, watched, ended by their process id, with every wait bounded.

Python standard library only: the demo, the privacy tests and the benchmark use it without a venv.
"""
from __future__ import annotations

import contextlib
import ctypes
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence

SKIPPED = 77  # what ctest takes for "skipped"


class Unavailable(Exception):
    """This machine cannot run the test."""


def required(what: str) -> bool:
    """True where `what` (interop, netns, shared) must run: absence is then a failure, not a skip."""
    return what in os.environ.get("TARN_REQUIRE", "").split(",")


def wait_until(condition: Callable[[], object], limit_s: float, what: str) -> object:
    """Polls until `condition` is true and returns its value; TimeoutError after `limit_s`."""
    deadline = time.monotonic() + limit_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what}: not within {limit_s:g} s")
        time.sleep(0.02)


_given_ports: set[int] = set()


def free_port() -> int:
    """A loopback port that nobody listens on, never the same twice; for programs without port 0."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        if port not in _given_ports:
            _given_ports.add(port)
            return port


def _die_with_parent() -> None:
    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


class Process:
    """One running program. Its output goes to `log`; it dies with us, whatever happens."""

    def __init__(self, argv: Sequence[str | os.PathLike], log: pathlib.Path, *,
                 env: dict[str, str] | None = None, notify: bool = False) -> None:
        """notify: give the program an sd_notify socket, for wait_ready()."""
        self.log = log
        self.argv = [str(argument) for argument in argv]
        self._notify: socket.socket | None = None
        environment = {**os.environ, **(env or {})}
        if notify:
            self._notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            path = os.path.join(tempfile.mkdtemp(prefix="tarn-"), "notify")
            self._notify.bind(path)
            environment["NOTIFY_SOCKET"] = path
        with open(log, "ab") as output:
            self._popen = subprocess.Popen(
                self.argv, stdin=subprocess.PIPE, stdout=output, stderr=output, env=environment,
                preexec_fn=_die_with_parent, start_new_session=True)

    @property
    def pid(self) -> int:
        return self._popen.pid

    def is_running(self) -> bool:
        return self._popen.poll() is None

    def log_text(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def require_running(self) -> None:
        if not self.is_running():
            raise RuntimeError(f"{self.argv[0]} ended with {self._popen.returncode}:\n"
                               f"{self.log_text()[-3000:]}")

    def wait_ready(self, limit_s: float = 20) -> None:
        """Until the program has said READY=1 on its sd_notify socket."""
        assert self._notify is not None
        deadline = time.monotonic() + limit_s
        self._notify.settimeout(0.1)
        while time.monotonic() < deadline:
            try:
                if b"READY=1" in self._notify.recv(4096).split(b"\n"):
                    return
            except TimeoutError:
                self.require_running()
        raise TimeoutError(f"{self.argv[0]} not ready within {limit_s:g} s:\n{self.log_text()[-3000:]}")

    def forget_notices(self) -> None:
        """Reads what came on the sd_notify socket: a program that cannot write there waits."""
        self._notify.settimeout(0)
        with contextlib.suppress(BlockingIOError):
            while True:
                self._notify.recv(4096)

    def signal(self, number: int) -> None:
        if self.is_running():
            self._popen.send_signal(number)

    def wait(self, limit_s: float) -> int:
        """The exit code."""
        code = self._popen.wait(limit_s)
        self._close()
        return code

    def kill(self) -> None:
        """Now, without a goodbye."""
        self.signal(signal.SIGKILL)
        self._popen.wait(10)
        self._close()

    def stop(self, limit_s: float = 15) -> int:
        """Asked with SIGTERM; killed, and an error, if that takes too long."""
        self.signal(signal.SIGTERM)
        try:
            return self._popen.wait(limit_s)
        except subprocess.TimeoutExpired:
            self.kill()
            raise TimeoutError(f"{self.argv[0]} did not end within {limit_s:g} s of SIGTERM:\n"
                               f"{self.log_text()[-3000:]}") from None
        finally:
            self._close()

    def _close(self) -> None:
        if self._popen.stdin:
            self._popen.stdin.close()
        if self._notify:
            path = self._notify.getsockname()
            self._notify.close()
            self._notify = None
            if path:
                os.unlink(path)
                os.rmdir(os.path.dirname(path))

    def cpu_seconds(self) -> float:
        """User and system time of the process so far."""
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def thread_states(self) -> list[str]:
        """A letter for each thread, as in proc(5): R runs or wants to, S sleeps."""
        states = []
        for stat in pathlib.Path(f"/proc/{self.pid}/task").glob("*/stat"):
            try:
                states.append(stat.read_text().rsplit(")", 1)[1].split()[0])
            except (FileNotFoundError, ProcessLookupError):
                pass  # it has ended meanwhile
        return states

    def memory_bytes(self) -> int:
        """What it has in memory now."""
        return self._status_bytes("VmRSS")

    def peak_memory_bytes(self) -> int:
        """The most it ever had in memory, or since reset_peak_memory()."""
        return self._status_bytes("VmHWM")

    def reset_peak_memory(self) -> None:
        pathlib.Path(f"/proc/{self.pid}/clear_refs").write_text("5")

    def _status_bytes(self, field: str) -> int:
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
        return 0

"""A minimal Debian that boots in a container, with a network namespace of its own and one for who talks to it."""
from __future__ import annotations

import ctypes
import os
import pathlib
import shutil
import subprocess

from packaging import run
from processes import Process, Unavailable, wait_until
from work_folders import fresh_folder

SMALL = ("--dpkgopt=path-exclude=/usr/share/doc/*", "--dpkgopt=path-exclude=/usr/share/locale/*")
HOST, PEER = "10.98.7.1", "10.98.7.2"


def require_container() -> None:
    """Unavailable where not even the machine's own programs run in one: before a Debian is made for it."""
    try:
        run("systemd-nspawn", "-q", "--register=no", "--keep-unit", "--console=pipe", "--volatile=yes", "-D", "/",
            "/usr/bin/true", timeout=60)
    except (RuntimeError, subprocess.TimeoutExpired) as failed:
        raise Unavailable(f"systemd-nspawn starts no container here: {str(failed)[-500:]}") from None


def make_base(folder: pathlib.Path, include: list[str]) -> pathlib.Path:
    """A root directory to start from, made once for a list of packages, and kept."""
    wanted = sorted({"systemd", "systemd-sysv", "dbus", "init-system-helpers", *include})
    made = folder.with_name(folder.name + ".packages")
    if made.exists() and made.read_text().split() == wanted:
        return folder
    made.unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    try:
        run("mmdebstrap", "--variant=minbase", f"--include={','.join(wanted)}", *SMALL, "bookworm", folder, timeout=400)
    except (RuntimeError, subprocess.TimeoutExpired) as failed:
        shutil.rmtree(folder, ignore_errors=True)
        raise Unavailable(f"no Debian can be made here: {str(failed)[-500:]}") from None
    made.write_text("\n".join(wanted))
    return folder


class DebianHost:
    """Booted, with the address HOST; PEER is the other end of its only link, in the namespace `peer`."""

    def __init__(self, base: pathlib.Path, folder: pathlib.Path) -> None:
        self.peer = f"tarn-peer-{os.getpid()}"
        self._own = f"tarn-host-{os.getpid()}"
        self._folder = folder
        self._base = base
        self._nspawn: Process | None = None
        self._init = 0

    def __enter__(self) -> DebianHost:
        try:
            self._boot()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        if self._init:
            subprocess.run(["nsenter", "-a", "-t", str(self._init), "systemctl", "poweroff"], timeout=30,
                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                self._nspawn.wait(30)
            except subprocess.TimeoutExpired:
                pass
        if self._nspawn:
            self._nspawn.kill()
        for name in (self._own, self.peer):
            subprocess.run(["ip", "netns", "del", name], stderr=subprocess.DEVNULL)

    def _boot(self) -> None:
        fresh_folder(self._folder)
        for name in (self._own, self.peer):
            run("ip", "netns", "add", name)
            run("ip", "-n", name, "link", "set", "lo", "up")
        run("ip", "-n", self._own, "link", "add", "link0", "type", "veth", "peer", "name", "link0", "netns", self.peer)
        for name, address in ((self._own, HOST), (self.peer, PEER)):
            run("ip", "-n", name, "addr", "add", f"{address}/24", "dev", "link0")
            run("ip", "-n", name, "link", "set", "link0", "up")
        self._nspawn = Process(
            ["systemd-nspawn", "-q", "--register=no", "--keep-unit", "--console=read-only", "--volatile=overlay",
             f"--network-namespace-path=/run/netns/{self._own}", "-D", self._base, "-b"],
            self._folder / "boot.log")
        try:
            wait_until(self._is_running, 90, "the container's boot")
        except (TimeoutError, RuntimeError):
            raise Unavailable("systemd-nspawn cannot boot a Debian here: "
                              f"{self._nspawn.log_text()[-500:]}") from None

    def _is_running(self) -> bool:
        self._nspawn.require_running()
        # The first child is a helper that goes before the container's init comes.
        children = pathlib.Path(f"/proc/{self._nspawn.pid}/task/{self._nspawn.pid}/children").read_text().split()
        if not children:
            return False
        self._init = int(children[-1])
        done = subprocess.run(["nsenter", "-a", "-t", str(self._init), "systemctl", "is-system-running"],
                              capture_output=True, text=True, timeout=20)
        return done.stdout.strip() in ("running", "degraded")

    @property
    def root(self) -> pathlib.Path:
        """Its files. What it changes is in memory and goes with it."""
        return pathlib.Path(f"/proc/{self._init}/root")

    def stand_beside(self) -> None:
        """This process and what it starts are in the peer's namespace from now on."""
        clone_newnet = 0x40000000
        with open(f"/run/netns/{self.peer}", "rb") as namespace:
            if ctypes.CDLL(None, use_errno=True).setns(namespace.fileno(), clone_newnet) != 0:
                raise OSError(ctypes.get_errno(), "setns")

    def shell(self, *argv: object, check: bool = True) -> str:
        """Runs a command in the container as root."""
        done = subprocess.run(["nsenter", "-a", "-t", str(self._init), *map(str, argv)], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=90)
        if check and done.returncode != 0:
            raise RuntimeError(f"{' '.join(map(str, argv))}: {done.returncode}\n{done.stdout[-3000:]}")
        return done.stdout.strip()

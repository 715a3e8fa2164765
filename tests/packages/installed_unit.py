"""A daemon's package on a Debian that boots: what every one of them has to go through."""
from __future__ import annotations

import pathlib
import re
import unittest

from debian_host import DebianHost
from packaging import run
from processes import wait_until
from work_folders import fresh_folder

MOST_EXPOSED = 2.0


def next_version(package: pathlib.Path, folder: pathlib.Path) -> pathlib.Path:
    """The same package, called newer."""
    run("dpkg-deb", "-R", package, fresh_folder(folder) / "content")
    control = folder / "content" / "DEBIAN" / "control"
    control.write_text(re.sub(r"(?m)^(Version: .*)$", r"\1+next", control.read_text()))
    newer = folder / f"{package.stem}+next.deb"
    run("dpkg-deb", "--root-owner-group", "-b", folder / "content", newer)
    return newer


class InstalledUnit(unittest.TestCase):
    """One story: the functions step_* in their order, each on what the one before left."""

    host: DebianHost
    package: pathlib.Path
    name: str  # "tarn-storage"

    @property
    def role(self) -> str:
        return self.name.removeprefix("tarn-")

    @property
    def unit(self) -> str:
        return f"{self.name}.service"

    @property
    def config(self) -> str:
        return f"/etc/tarn/{self.role}.toml"

    @property
    def state(self) -> str:
        return f"/var/lib/tarn/{self.role}"

    def work(self) -> None:
        """Fails unless the daemon does what it is for."""
        raise NotImplementedError

    def tell_the_story(self) -> None:
        for name in list(vars(type(self))):
            if name.startswith("step_"):
                print(f"{self.name}: {name}", flush=True)
                getattr(self, name)()

    def install(self, package: pathlib.Path) -> str:
        (self.host.root / "root" / package.name).write_bytes(package.read_bytes())
        return self.host.shell("dpkg", "-i", f"/root/{package.name}")

    def systemctl(self, *words: str, check: bool = True) -> str:
        return self.host.shell("systemctl", *words, check=check)

    def show(self, name: str) -> str:
        return self.systemctl("show", "-P", name, self.unit)

    def journal(self) -> str:
        return self.host.shell("journalctl", "--no-pager", "-u", self.unit)

    def read(self, path: str) -> str:
        return (self.host.root / path[1:]).read_text()

    def write(self, path: str, text: str) -> None:
        file = self.host.root / path[1:]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def require_working(self) -> None:
        self.assertEqual(self.show("ActiveState"), "active")
        self.work()

    def require_installed_idle(self, foreign: str) -> None:
        """foreign: a pattern of libraries that must not come along."""
        self.install(self.package)
        self.assertEqual(self.show("ActiveState"), "inactive")
        self.assertEqual(self.systemctl("is-enabled", self.unit, check=False), "disabled")
        self.assertIn("tarn", self.host.shell("getent", "passwd", "tarn"))
        programs = self.host.shell("sh", "-c", "ls /usr/bin/tarn*").split()
        self.assertEqual(programs, [f"/usr/bin/{self.name}"])
        libraries = self.host.shell("ldd", f"/usr/bin/{self.name}")
        self.assertNotRegex(libraries, rf"(?i)not found|{foreign}")

    def require_not_started_without_configuration(self) -> None:
        self.systemctl("start", self.unit, check=False)
        self.assertNotEqual(self.show("ActiveState"), "active")
        self.assertIn(self.config, self.journal())
        self.systemctl("stop", self.unit)
        self.systemctl("reset-failed", self.unit, check=False)

    def require_closed(self) -> None:
        """As it runs, drop-ins of the distribution included."""
        said = self.host.shell("systemd-analyze", "security", "--no-pager", self.unit)
        level = re.search(r"exposure level for \S+: ([\d.]+)", said)
        self.assertLessEqual(float(level[1]), MOST_EXPOSED)

    def require_survives_restart(self) -> None:
        before = self.show("MainPID")
        self.systemctl("restart", self.unit)
        self.assertNotEqual(self.show("MainPID"), before)
        self.require_working()

    def require_broken_file_changes_nothing(self) -> None:
        good = self.read(self.config)
        before = self.show("MainPID")
        self.write(self.config, good + "nonsense = 1\n")
        self.systemctl("reload", self.unit)
        wait_until(lambda: "refused" in self.journal(), 10, "a word of the log")
        self.require_working()
        self.write(self.config, good)
        self.systemctl("reload", self.unit)
        self.require_working()
        self.assertEqual(self.show("MainPID"), before)

    def require_reload_of_log_level(self) -> None:
        """[log] as the manual has it: taken over by a reload, and back."""
        good = self.read(self.config)
        self.write(self.config, good + '[log]\nlevel = "error"\n')
        self.systemctl("reload", self.unit)
        lines = self.journal().count("configuration read again")
        self.systemctl("reload", self.unit)
        self.assertEqual(self.journal().count("configuration read again"), lines)
        self.write(self.config, good)
        self.systemctl("reload", self.unit)
        wait_until(lambda: self.journal().count("configuration read again") > lines, 10, "the log's return")

    def require_doctor_content(self) -> None:
        said = self.host.shell("setpriv", "--reuid=tarn", "--regid=tarn", "--clear-groups", f"/usr/bin/{self.name}",
                               "doctor", "--config", self.config, "--state", self.state)
        self.assertRegex(said, r"no problems$")

    def require_watchdog(self) -> None:
        """A daemon that hangs is killed, started again, and works."""
        drop_in = f"/etc/systemd/system/{self.unit}.d/watchdog.conf"
        self.write(drop_in, "[Service]\nWatchdogSec=2s\nTimeoutAbortSec=2s\nRestartSec=1s\n")
        self.systemctl("daemon-reload")
        self.systemctl("restart", self.unit)
        self.require_working()
        before = self.show("MainPID")
        self.host.shell("sh", "-c", f"kill -STOP {before}")
        wait_until(lambda: self.show("MainPID") not in (before, "0")
                   and self.show("ActiveState") == "active", 60, "another process")
        self.assertIn("Watchdog timeout", self.journal())
        self.require_working()
        (self.host.root / drop_in[1:]).unlink()
        (self.host.root / drop_in[1:]).parent.rmdir()
        self.systemctl("daemon-reload")
        self.systemctl("restart", self.unit)

    def require_upgrade_restarts(self, folder: pathlib.Path) -> None:
        before = self.show("MainPID")
        self.install(next_version(self.package, folder))
        self.assertNotEqual(self.show("MainPID"), before)
        self.require_working()

    def require_purge_leaves_state(self) -> None:
        said = self.host.shell("dpkg", "--purge", self.name)
        self.assertIn(self.state, said)
        self.assertEqual(self.systemctl("is-active", self.unit, check=False), "inactive")
        left = self.host.shell("find", "/", "-xdev", "-name", f"*{self.name}*", "-not", "-path", "/root/*",
                               "-not", "-path", "/proc/*", "-not", "-path", "/var/log/*", "-not", "-path", "/run/*")
        self.assertEqual(left, "")

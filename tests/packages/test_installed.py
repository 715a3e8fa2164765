"""tarn-storage as an operator has it: a Debian with this one package, from installation to purge."""
from __future__ import annotations

import os
import pathlib
import re
import sys
import unittest

import packaging
from debian_host import HOST, DebianHost, make_base
from packaging import BUILD, dependencies, run
from processes import SKIPPED, Unavailable, wait_until
from tarn_grid import Gateway, Programs, servers_yaml

UNIT = "tarn-storage.service"
CONFIG = "/etc/tarn/storage.toml"
STATE = "/var/lib/tarn/storage"
DATA = os.urandom(200_000)


def next_version(package: pathlib.Path, folder: pathlib.Path) -> pathlib.Path:
    """The same package, called newer."""
    run("dpkg-deb", "-R", package, folder)
    control = folder / "DEBIAN" / "control"
    control.write_text(re.sub(r"(?m)^(Version: .*)$", r"\1+next", control.read_text()))
    newer = folder.with_suffix(".deb")
    run("dpkg-deb", "--root-owner-group", "-b", folder, newer)
    return newer


class Installed(unittest.TestCase):
    """One story; each step stands on the one before."""

    host: DebianHost
    package: pathlib.Path
    gateway: Gateway
    cap: str

    def install(self, package: pathlib.Path) -> str:
        (self.host.root / "root" / package.name).write_bytes(package.read_bytes())
        return self.host.shell("dpkg", "-i", f"/root/{package.name}")

    def systemctl(self, *words: str, check: bool = True) -> str:
        return self.host.shell("systemctl", *words, check=check)

    def property(self, name: str) -> str:
        return self.systemctl("show", "-P", name, UNIT)

    def require_serving(self) -> None:
        self.assertEqual(self.property("ActiveState"), "active")
        wait_until(lambda: self.gateway.web.get(self.cap) == DATA, 30, "the file through the gateway")

    def step_it_is_installed_and_does_nothing(self) -> None:
        self.install(self.package)
        self.assertEqual(self.property("ActiveState"), "inactive")
        self.assertEqual(self.systemctl("is-enabled", UNIT, check=False), "disabled")
        self.assertIn("tarn", self.host.shell("getent", "passwd", "tarn"))
        programs = self.host.shell("sh", "-c", "ls /usr/bin/tarn*").split()
        self.assertEqual(programs, ["/usr/bin/tarn-storage"])
        libraries = self.host.shell("ldd", "/usr/bin/tarn-storage")
        self.assertNotRegex(libraries, r"(?i)not found|qt|yaml|upnp|nice")

    def step_it_does_not_start_without_a_configuration(self) -> None:
        self.systemctl("start", UNIT, check=False)
        self.assertNotEqual(self.property("ActiveState"), "active")
        self.assertIn(CONFIG, self.host.shell("journalctl", "--no-pager", "-u", UNIT))
        self.systemctl("stop", UNIT)
        self.systemctl("reset-failed", UNIT, check=False)

    def step_it_serves_what_the_manual_says(self) -> None:
        self.host.shell("mkdir", "-p", "/etc/tarn")
        self.write_config(f'[listen]\nstorage = "{HOST}:41001"\n[storage]\nreserved_space = "0 B"\n')
        self.systemctl("enable", "--now", UNIT)
        self.assertEqual(self.property("ActiveState"), "active")
        said = self.host.shell("tarn-storage", "--config", CONFIG, "--state", STATE, "--announcement")
        type(self).gateway = Gateway(Programs(BUILD / "bin"), BUILD / "packages" / "gateway", servers_yaml([said]),
                                     needed=1, happy=1, total=1)
        self.gateway.start()
        type(self).cap = self.gateway.web.put(DATA)
        self.require_serving()

    def step_it_survives_a_restart(self) -> None:
        before = self.property("MainPID")
        self.systemctl("restart", UNIT)
        self.assertNotEqual(self.property("MainPID"), before)
        self.require_serving()

    def step_a_broken_file_changes_nothing(self) -> None:
        good = (self.host.root / CONFIG[1:]).read_text()
        before = self.property("MainPID")
        self.write_config(good + "nonsense = 1\n")
        self.systemctl("reload", UNIT)
        wait_until(lambda: "refused" in self.host.shell("journalctl", "--no-pager", "-u", UNIT), 10, "a word of the log")
        self.require_serving()
        self.write_config(good)
        self.systemctl("reload", UNIT)
        self.require_serving()
        self.assertEqual(self.property("MainPID"), before)

    def step_an_upgrade_restarts_it(self) -> None:
        before = self.property("MainPID")
        self.install(next_version(self.package, BUILD / "packages" / "newer"))
        self.assertNotEqual(self.property("MainPID"), before)
        self.require_serving()

    def step_a_purge_leaves_shares_alone(self) -> None:
        said = self.host.shell("dpkg", "--purge", "tarn-storage")
        self.assertIn(STATE, said)
        self.assertEqual(self.systemctl("is-active", UNIT, check=False), "inactive")
        left = self.host.shell("find", "/", "-xdev", "-name", "*tarn-storage*", "-not", "-path", "/root/*",
                               "-not", "-path", "/proc/*", "-not", "-path", "/var/log/*", "-not", "-path", "/run/*")
        self.assertEqual(left, "")
        self.assertTrue(self.host.shell("find", f"{STATE}/storage/shares", "-type", "f"))

    def write_config(self, text: str) -> None:
        (self.host.root / CONFIG[1:]).write_text(text)

    def test_from_installation_to_purge(self) -> None:
        for name, step in list(vars(type(self)).items()):
            if name.startswith("step_"):
                print(name, flush=True)
                step(self)


def main() -> None:
    if os.geteuid() != 0:
        raise Unavailable("only root may boot a container")
    missing = packaging.missing_tool("mmdebstrap", "systemd-nspawn", "nsenter", "ip", "cpack", "dpkg-shlibdeps")
    if missing:
        raise Unavailable(missing)
    Installed.package = packaging.make_packages(BUILD / "packages" / "installed")["tarn-storage"]
    base = make_base(BUILD / "packages" / "debian", dependencies(Installed.package))
    with DebianHost(base, BUILD / "packages" / "host") as host:
        Installed.host = host
        host.stand_beside()
        unittest.main(verbosity=2)


if __name__ == "__main__":
    try:
        main()
    except Unavailable as reason:
        print(reason)
        sys.exit(SKIPPED)

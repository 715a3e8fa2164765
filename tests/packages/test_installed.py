"""The daemons as an operator has them: a Debian gets one package after the other, each from installation to purge."""
from __future__ import annotations

import os
import sys
import unittest

import packaging
from debian_host import HOST, PEER, DebianHost, make_base, require_container
from installed_unit import InstalledUnit
from packaging import BUILD, dependencies
from processes import SKIPPED, Unavailable, wait_until
from tarn_grid import Gateway, Programs, StorageServer, servers_yaml
from web_api import WebApi
from work_folders import fresh_folder, leave, passes, remove

ONE_OF_ONE = {"needed": 1, "happy": 1, "total": 1}
DATA = os.urandom(200_000)
WORK = BUILD / "packages"


def storage_server(name: str, **more) -> StorageServer:
    """One of our own, beside the Debian."""
    return StorageServer(Programs(BUILD / "bin"), fresh_folder(WORK / name), nickname="beside", address=PEER, **more)


class InstalledStorage(InstalledUnit):
    name = "tarn-storage"
    gateway: Gateway
    cap: str

    def work(self) -> None:
        wait_until(lambda: self.gateway.web.get(self.cap) == DATA, 30, "the file through the gateway")

    def step_it_is_installed_and_does_nothing(self) -> None:
        self.require_installed_idle(foreign="qt|yaml|upnp|nice")

    def step_it_does_not_start_without_a_configuration(self) -> None:
        self.require_not_started_without_configuration()

    def step_it_serves_what_the_manual_says(self) -> None:
        self.write(self.config, f'[storage]\nreserved_space = "0 B"\n[listen]\nstorage = "{HOST}:41001"\n')
        self.systemctl("enable", "--now", self.unit)
        self.assertEqual(self.show("ActiveState"), "active")
        said = self.host.shell("tarn-storage", "--config", self.config, "--state", self.state, "--announcement")
        type(self).gateway = Gateway(Programs(BUILD / "bin"), fresh_folder(WORK / "gateway"), servers_yaml([said]),
                                     **ONE_OF_ONE)
        self.addCleanup(self.gateway.kill)
        self.gateway.start()
        type(self).cap = self.gateway.web.put(DATA)
        self.require_working()

    def step_it_is_closed(self) -> None:
        self.require_closed()

    def step_its_doctor_is_content(self) -> None:
        self.require_doctor_content()

    def step_it_survives_a_restart(self) -> None:
        self.require_survives_restart()

    def step_a_broken_file_changes_nothing(self) -> None:
        self.require_broken_file_changes_nothing()

    def step_a_reload_changes_the_log(self) -> None:
        self.require_reload_of_log_level()

    def step_one_that_hangs_is_started_again(self) -> None:
        self.require_watchdog()

    def step_shares_may_lie_elsewhere(self) -> None:
        """As the handbook says: the unit is allowed there, and the user owns the place."""
        good = self.read(self.config)
        self.host.shell("install", "-d", "-o", "tarn", "-g", "tarn", "/srv/shares")
        self.write(self.config, good.replace("[storage]", '[storage]\ndirectory = "/srv/shares"'))
        self.systemctl("restart", self.unit, check=False)
        wait_until(lambda: "Read-only file system" in self.journal(), 20, "a refusal")
        self.write(f"/etc/systemd/system/{self.unit}.d/shares.conf", "[Service]\nReadWritePaths=/srv/shares\n")
        self.systemctl("daemon-reload")
        self.systemctl("restart", self.unit)
        wait_until(lambda: self.gateway.web.put(DATA), 20, "an upload")
        self.assertTrue(self.host.shell("find", "/srv/shares/shares", "-type", "f"))
        self.host.shell("rm", "-r", f"/etc/systemd/system/{self.unit}.d")
        self.systemctl("daemon-reload")
        self.write(self.config, good)
        self.systemctl("restart", self.unit)
        self.require_working()

    def step_an_upgrade_restarts_it(self) -> None:
        self.require_upgrade_restarts(WORK / "newer-storage")

    def step_a_purge_leaves_shares_alone(self) -> None:
        self.require_purge_leaves_state()
        self.assertTrue(self.host.shell("find", f"{self.state}/storage/shares", "-type", "f"))

    def test_from_installation_to_purge(self) -> None:
        self.tell_the_story()


class InstalledIntroducer(InstalledUnit):
    name = "tarn-introducer"
    server: StorageServer

    def work(self) -> None:
        """It takes announcements, and hands them out."""
        wait_until(lambda: "beside" in self.known(), 60, "the server's announcement")

    def known(self) -> str:
        return self.host.shell("tarn-introducer", "--config", self.config, "--state", self.state, "--export-servers")

    def step_it_is_installed_and_does_nothing(self) -> None:
        self.require_installed_idle(foreign="qt|yaml|sqlite|isal|upnp|nice")

    def step_it_does_not_start_without_a_configuration(self) -> None:
        self.require_not_started_without_configuration()

    def step_it_introduces_as_the_manual_says(self) -> None:
        self.write(self.config, f'[listen]\nintroducer = "{HOST}:41200"\nadmin = "127.0.0.1:41902"\n')
        self.systemctl("enable", "--now", self.unit)
        self.assertEqual(self.show("ActiveState"), "active")
        url = self.read(f"{self.state}/introducer.url").strip()
        self.assertEqual(url, self.host.shell("tarn-introducer", "--config", self.config, "--state", self.state,
                                              "--introducer-url"))
        type(self).server = storage_server("announcing", port=41001, announce=f'introducers = ["{url}"]')
        self.addCleanup(self.server.kill)
        self.server.start()
        self.require_working()

    def step_it_is_closed(self) -> None:
        self.require_closed()

    def step_its_doctor_is_content(self) -> None:
        self.require_doctor_content()

    def step_it_survives_a_restart(self) -> None:
        self.require_survives_restart()

    def step_a_broken_file_changes_nothing(self) -> None:
        self.require_broken_file_changes_nothing()

    def step_a_reload_changes_the_log(self) -> None:
        self.require_reload_of_log_level()

    def step_one_that_hangs_is_started_again(self) -> None:
        self.require_watchdog()

    def step_an_upgrade_restarts_it(self) -> None:
        self.require_upgrade_restarts(WORK / "newer-introducer")

    def step_a_purge_leaves_its_key(self) -> None:
        self.require_purge_leaves_state()
        self.assertTrue(self.host.shell("find", f"{self.state}/private", "-name", "node.key"))

    def test_from_installation_to_purge(self) -> None:
        self.tell_the_story()


class InstalledGateway(InstalledUnit):
    name = "tarn-gateway"
    server: StorageServer
    web = WebApi(f"http://{HOST}:3456/")
    cap: str

    def work(self) -> None:
        def comes_back() -> bool:
            try:
                return self.web.get(self.cap) == DATA
            except OSError:
                return False
        wait_until(comes_back, 30, "the file")

    def step_it_is_installed_and_does_nothing(self) -> None:
        self.require_installed_idle(foreign="qt|sqlite|upnp|nice")

    def step_it_does_not_start_without_a_configuration(self) -> None:
        self.require_not_started_without_configuration()

    def step_it_stores_as_the_manual_says(self) -> None:
        type(self).server = storage_server("stored", port=41002)
        self.addCleanup(self.server.kill)
        self.server.start()
        self.write(self.config, f'[web]\nlisten = "{HOST}:3456"\n[encoding]\nneeded = 1\nhappy = 1\ntotal = 1\n')
        self.systemctl("enable", "--now", self.unit)
        self.assertEqual(self.show("ActiveState"), "active")
        self.write("/srv/servers.yaml", self.server.announcement())
        self.host.shell("install", "-o", "tarn", "-g", "tarn", "-m", "600", "/srv/servers.yaml", self.state)
        self.systemctl("reload", self.unit)
        wait_until(lambda: self.web.connected_servers() == 1, 20, "the server")
        type(self).cap = self.web.put(DATA)
        self.require_working()

    def step_it_is_closed(self) -> None:
        self.require_closed()

    def step_its_doctor_is_content(self) -> None:
        self.require_doctor_content()

    def step_it_survives_a_restart(self) -> None:
        self.require_survives_restart()

    def step_a_broken_file_changes_nothing(self) -> None:
        self.require_broken_file_changes_nothing()

    def step_a_reload_changes_the_log(self) -> None:
        self.require_reload_of_log_level()

    def step_one_that_hangs_is_started_again(self) -> None:
        self.require_watchdog()

    def step_an_upgrade_restarts_it(self) -> None:
        self.require_upgrade_restarts(WORK / "newer-gateway")

    def step_a_purge_leaves_its_secrets(self) -> None:
        self.require_purge_leaves_state()
        self.assertTrue(self.host.shell("find", f"{self.state}/private", "-name", "convergence"))

    def test_from_installation_to_purge(self) -> None:
        self.tell_the_story()


def main() -> None:
    if os.geteuid() != 0:
        raise Unavailable("only root may boot a container")
    missing = packaging.missing_tool("mmdebstrap", "systemd-nspawn", "nsenter", "ip", "cpack", "dpkg-shlibdeps")
    if missing:
        raise Unavailable(missing)
    require_container()
    packages = packaging.make_packages(WORK / "installed")
    stories = (InstalledGateway, InstalledIntroducer, InstalledStorage)
    needed = {one for story in stories for one in dependencies(packages[story.name])}
    base = make_base(WORK / "debian", sorted(needed))
    with DebianHost(base, WORK / "host") as host:
        for story in stories:
            story.host = host
            story.package = packages[story.name]
        host.stand_beside()
        passed = passes()
    leave(passed)


if __name__ == "__main__":
    try:
        main()
    except Unavailable as reason:
        print(reason)
        remove()
        sys.exit(SKIPPED)

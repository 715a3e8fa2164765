"""The log of running daemons: a reload changes levels, single libraries' levels and the format; a mistake changes
nothing; the command line wins."""
from __future__ import annotations

import json
import signal
import unittest

import netns
from netns import PROGRAMS, fresh_folder
from processes import free_port, wait_until
from tarn_grid import Daemon, Gateway, Introducer, StorageServer

TAKEN = "configuration read again"
REFUSED = "new configuration refused"


class Logging(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = fresh_folder("logging-" + self._testMethodName)
        server = StorageServer(PROGRAMS, self.folder / "server", nickname="s")
        introducer = Introducer(PROGRAMS, self.folder / "introducer", port=free_port())
        gateway = Gateway(PROGRAMS, self.folder / "gateway", "storage: {}\n")
        self.daemons = [server, introducer, gateway]
        self.plain = {daemon: daemon.config.read_text() for daemon in self.daemons}

    def start(self, daemon: Daemon) -> None:
        self.addCleanup(daemon.kill)
        daemon.start()

    def reload(self, daemon: Daemon, log: str) -> str:
        """What is logged of a reload, up to its end."""
        before = len(daemon.process.log_text())
        daemon.config.write_text(self.plain[daemon] + log)
        daemon.process.signal(signal.SIGHUP)
        wait_until(lambda: TAKEN in daemon.process.log_text()[before:] or REFUSED in daemon.process.log_text()[before:],
                   10, "a word of the reload")
        return daemon.process.log_text()[before:]

    def test_a_reload_changes_what_is_logged(self) -> None:
        for daemon in self.daemons:
            with self.subTest(daemon.role):
                self.start(daemon)
                self.assertIn(f"info main: {TAKEN}", self.reload(daemon, ""))
                last = json.loads(self.reload(daemon, '[log]\nformat = "json"\n').splitlines()[-1])
                self.assertEqual((last["level"], last["library"], last["text"]), ("info", "main", TAKEN))
                # Everything but main is silent.
                self.reload(daemon, '[log]\nlevel = "error"\n[log.levels]\nmain = "info"\n')
                quiet = self.reload(daemon, '[log]\nlevel = "error"\n[log.levels]\nmain = "info"\n')
                self.assertTrue(quiet.strip().endswith(f"info main: {TAKEN}"), quiet)
                self.assertEqual([line for line in quiet.splitlines() if " main: " not in line], [])
                refused = self.reload(daemon, '[log]\nlevel = "loud"\n')
                self.assertIn("error main: " + REFUSED, refused)
                self.assertIn("[log] level: expected", refused)
                self.assertEqual(daemon.stop(), 0)

    def test_the_command_line_wins(self) -> None:
        for daemon in self.daemons:
            with self.subTest(daemon.role):
                daemon.config.write_text(self.plain[daemon] + '[log]\nlevel = "error"\nformat = "json"\n')
                usual = daemon.arguments()
                daemon.arguments = lambda usual=usual: [*usual, "--log-level", "info", "--log-format", "text"]
                self.start(daemon)
                self.assertIn(f"info main: {TAKEN}", self.reload(daemon, '[log]\nlevel = "error"\nformat = "json"\n'))
                printed = daemon.run("--check-config")
                self.assertIn('[log]\nlevel = "info"\nformat = "text"\n', printed)


if __name__ == "__main__":
    netns.run(lambda: None)

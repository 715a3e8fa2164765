"""What the packages hold, need and say."""
from __future__ import annotations

import pathlib
import re
import sys
import unittest

import packaging
from packaging import BUILD, SOURCE, dependencies, field, files_of, run
from processes import SKIPPED
from work_folders import run_tests

DAEMONS = {"tarn-storage": "storage", "tarn-gateway": "gateway", "tarn-introducer": "introducer",
           "tarn-relay": "relay"}
#: Pages of the files that a package's program reads.
FORMATS = {"tarn-storage": ["tarn-storage.toml", "tarn-storage-state"],
           "tarn-gateway": ["tarn-gateway.toml", "tarn-servers.yaml", "tarn-gateway-state"],
           "tarn-introducer": ["tarn-introducer.toml", "tarn-introducer-state"],
           "tarn-relay": ["tarn-relay.toml", "tarn-relay-state"]}
#: A role's libraries; whatever else it links would be another role's.
FOREIGN = {"tarn-storage": r"qt|yaml|isal|utf8proc|miniupnp|nice|glib|gtk",
           "tarn-gateway": r"qt|sqlite|sodium|miniupnp|nice|glib|gtk",
           "tarn-introducer": r"qt|sqlite|yaml|isal|utf8proc|miniupnp|nice|glib|gtk",
           "tarn-relay": r"qt|sqlite|yaml|isal|utf8proc|miniupnp|nice|glib|gtk",
           "tarn-cli": r"qt|sodium|miniupnp|nice|glib|gtk"}
MOST_EXPOSED = 2.0


class Contents(unittest.TestCase):
    packages: dict

    @classmethod
    def setUpClass(cls) -> None:
        cls.packages = packaging.make_packages(BUILD / "packages" / "contents")

    def test_one_for_each_role(self) -> None:
        self.assertLessEqual({"tarn-storage", "tarn-gateway", "tarn-introducer", "tarn-relay", "tarn-cli"}, set(self.packages))

    def test_a_daemon_brings_its_own_role_only(self) -> None:
        for name, role in DAEMONS.items():
            self.assertEqual(files_of(self.packages[name]), {
                f"/usr/bin/{name}", f"/lib/systemd/system/{name}.service", f"/usr/lib/sysusers.d/{name}.conf",
                f"/usr/share/doc/{name}/changelog.gz", f"/usr/share/doc/{name}/copyright",
                f"/usr/share/doc/{name}/examples/{role}.toml", f"/usr/share/man/man8/{name}.8.gz",
                f"/usr/share/bash-completion/completions/{name}",
                *(f"/usr/share/man/man5/{page}.5.gz" for page in FORMATS[name])})

    def test_every_manual_is_in_one_package(self) -> None:
        found = [pathlib.Path(file).stem for package in self.packages.values() for file in files_of(package)
                 if file.startswith("/usr/share/man/")]
        self.assertEqual(sorted(found), sorted(page.name for page in (SOURCE / "installers" / "man").iterdir()))

    def test_the_command_line_brings_completions(self) -> None:
        files = files_of(self.packages["tarn-cli"])
        self.assertLessEqual({"/usr/bin/tarn", "/usr/share/man/man1/tarn.1.gz",
                              "/usr/share/bash-completion/completions/tarn",
                              "/usr/share/zsh/vendor-completions/_tarn",
                              "/usr/share/fish/vendor_completions.d/tarn.fish"}, files)
        self.assertFalse([path for path in files if "systemd" in path])

    def test_they_need_no_more_than_their_role(self) -> None:
        for name, foreign in FOREIGN.items():
            needed = dependencies(self.packages[name])
            self.assertIn("libc6", needed)
            self.assertFalse([one for one in needed if re.search(foreign, one)], f"{name}: {needed}")

    def test_lintian_has_nothing_to_say(self) -> None:
        for name, package in self.packages.items():
            said = run("lintian", "--allow-root", "--fail-on", "error,warning", package)
            self.assertEqual(said.strip(), "", name)

    def test_the_same_twice(self) -> None:
        again = packaging.make_packages(BUILD / "packages" / "again")
        for name, package in self.packages.items():
            self.assertEqual(package.read_bytes(), again[name].read_bytes(), f"{name} differs from itself")

    def test_versions_agree(self) -> None:
        top = (SOURCE / "installers" / "packages" / "changelog").read_text().partition("\n")[0]
        for name, package in self.packages.items():
            self.assertEqual(field(package, "Version"), re.search(r"\((.*?)\)", top)[1], name)

    def test_units_are_closed(self) -> None:
        for name in DAEMONS:
            unit = SOURCE / "installers" / "systemd" / f"{name}.service"
            said = run("systemd-analyze", "security", "--offline=true", "--no-pager", unit)
            level = re.search(r"exposure level for \S+: ([\d.]+)", said)
            self.assertLessEqual(float(level[1]), MOST_EXPOSED, name)


if __name__ == "__main__":
    reason = packaging.missing_tool("cpack", "dpkg-deb", "dpkg-shlibdeps", "lintian", "systemd-analyze", "strip")
    if reason:
        print(reason)
        sys.exit(SKIPPED)
    run_tests()

"""`doctor` of every role, on daemons that are well and on such that have one thing wrong with them: it names it, says
what to do, connects to nobody but the configured peers, and changes nothing. In a mount namespace of our own."""
from __future__ import annotations

import base64
import datetime
import email.utils
import hashlib
import json
import os
import pathlib
import re
import socket
import ssl
import subprocess
import sys
import threading
import unittest

import netns
import strace_log
from netns import PROGRAMS, fresh_folder
from processes import free_port
from socks5_double import Socks5Double
from tarn_grid import Daemon, Gateway, Introducer, StorageServer
from test_volumes import INSIDE, ROOT, UNSHARE, mount, no_namespaces

ONE_OF_ONE = {"needed": 1, "happy": 1, "total": 1}
OTHER_KEY = "A" * 43


class TimeTeller:
    """An introducer whose clock is wrong, and that does nothing else."""

    def __init__(self, folder: pathlib.Path, ahead: datetime.timedelta) -> None:
        pem = folder / "teller.pem"
        made = ["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=t", "-days", "2"]
        subprocess.run([*made, "-keyout", pem, "-out", folder / "teller.crt"], check=True, capture_output=True)
        der = subprocess.run(["openssl", "pkey", "-in", pem, "-pubout", "-outform", "DER"], check=True,
                             capture_output=True).stdout
        self.key = base64.urlsafe_b64encode(hashlib.sha256(der).digest()).decode().rstrip("=")
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(folder / "teller.crt", pem)
        self._ahead = ahead
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def url(self) -> str:
        return f"tarn-intro://{self.key}@127.0.0.1:{self.port}"

    def close(self) -> None:
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                plain, _ = self._socket.accept()
                with self._context.wrap_socket(plain, server_side=True) as client:
                    client.recv(4096)
                    now = datetime.datetime.now(datetime.timezone.utc) + self._ahead
                    date = email.utils.format_datetime(now, usegmt=True)
                    client.sendall(f"HTTP/1.1 405 No\r\nDate: {date}\r\nContent-Length: 0\r\n\r\n".encode())
                    client.recv(1)
            except ssl.SSLError:
                continue
            except OSError:
                return


class Lines:
    """A router's port, for one dialogue in lines; `answers` by the beginning of a line. None: silence."""

    def __init__(self, answers: dict[str, str] | None) -> None:
        self._answers = answers
        self.asked: list[str] = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.place = f"127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
                with client, client.makefile("rw", newline="\n") as lines:
                    for line in lines:
                        self.asked.append(line.strip())
                        if self._answers is None:
                            continue
                        lines.write(next((text for start, text in self._answers.items() if line.startswith(start)),
                                         "510 what?\r\n"))
                        lines.flush()
            except OSError:
                if self._socket.fileno() < 0:
                    return


def tor_says(percent: int) -> dict[str, str]:
    return {"PROTOCOLINFO": "250-PROTOCOLINFO 1\r\n250-AUTH METHODS=NULL\r\n250 OK\r\n", "AUTHENTICATE": "250 OK\r\n",
            "GETINFO": f'250-status/bootstrap-phase=NOTICE BOOTSTRAP PROGRESS={percent} TAG=x SUMMARY="So far"\r\n'
                       "250 OK\r\n"}


SAM_ANSWERS = {"HELLO": "HELLO REPLY RESULT=OK VERSION=3.1\n"}


class Doctor(unittest.TestCase):
    maxDiff = None

    def setUp(self) -> None:
        self.folder = fresh_folder("doctor-" + self._testMethodName)

    def start(self, daemon: Daemon) -> Daemon:
        self.addCleanup(daemon.kill)
        daemon.start()
        return daemon

    def introducer(self, **more) -> Introducer:
        return self.start(Introducer(PROGRAMS, self.folder / "introducer", port=free_port(), **more))

    def server(self, introducers: list[str] = (), **more) -> StorageServer:
        announce = f"introducers = {list(introducers)!r}" if introducers else ""
        return self.start(StorageServer(PROGRAMS, self.folder / "server", nickname="s", announce=announce, **more))

    def gateway(self, servers: str, introducers: list[str] = (), **more) -> Gateway:
        extra = more.pop("extra", "") + (f"\n[introducers]\nurls = {list(introducers)!r}" if introducers else "")
        return Gateway(PROGRAMS, self.folder / "gateway", servers, **ONE_OF_ONE, extra=extra, **more)

    def examine(self, daemon: Daemon, prefix: list[str] = ()) -> list[dict]:
        """What the doctor found; its exit code says the same."""
        argv = [*prefix, daemon.program, "doctor", "--json", *daemon.arguments()[1:]]
        done = subprocess.run(argv, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.stderr, "")
        report = json.loads(done.stdout)
        self.assertEqual(done.returncode, 0 if report["healthy"] else 1, done.stdout)
        for one in report["checks"]:
            self.assertTrue(one["outcome"] != "problem" or one["step"], one)
        return report["checks"]

    def problems(self, daemon: Daemon, **more) -> dict[str, dict]:
        found = [one for one in self.examine(daemon, **more) if one["outcome"] == "problem"]
        return {one["check"]: one for one in found}

    def require_one(self, daemon: Daemon, check: str, what: str) -> dict:
        """This is wrong, and nothing else."""
        found = self.problems(daemon)
        self.assertEqual(list(found), [check], found)
        self.assertRegex(found[check]["what"], what)
        return found[check]

    def test_those_who_are_well(self) -> None:
        introducer = self.introducer(admin_port=free_port())
        server = self.server([introducer.url()], admin_port=free_port())
        gateway = self.start(self.gateway(server.announcement(), [introducer.url()]))
        before = {path: path.stat().st_mtime_ns for path in self.folder.rglob("*") if "private" in str(path)}
        for daemon in (introducer, server, gateway):
            found = {one["check"]: one["outcome"] for one in self.examine(daemon)}
            self.assertNotIn("problem", found.values(), found)
            self.assertEqual({found[name] for name in ("configuration", "state", "keys", "disk space", "disk writes")},
                             {"fine"})
            self.assertEqual(found["clock"], "unknown" if daemon is introducer else "fine")
        self.assertEqual(before, {path: path.stat().st_mtime_ns for path in before})
        self.assertEqual(list(self.folder.rglob(".doctor*")), [])

    def test_before_the_first_start(self) -> None:
        server = StorageServer(PROGRAMS, self.folder / "server", nickname="s", port=free_port())
        self.assertEqual(self.problems(server), {})
        self.assertFalse(server.state.exists())

    def test_the_command_line_knows_it_too(self) -> None:
        gateway = self.start(self.gateway(self.server().announcement()))
        ask = [PROGRAMS.tarn, "-d", gateway.state, "doctor", "--config", gateway.config]
        done = subprocess.run(ask, capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        self.assertRegex(done.stdout, r"(?m)^fine +server s at 127\.0\.0\.1:\d+: answers, and has the right key$")
        self.assertTrue(done.stdout.endswith("no problems\n"))
        (gateway.state / "private" / "secret").chmod(0o644)
        done = subprocess.run(ask, capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"(?m)^ +-> chmod 600 \S+/private/secret")
        done = subprocess.run([*ask, "--json"], capture_output=True, text=True, timeout=60)
        self.assertFalse(json.loads(done.stdout)["healthy"])
        # create-gateway puts the configuration where it is found without --config.
        made = self.folder / "made"
        subprocess.run([PROGRAMS.tarn, "-q", "create-gateway", "--servers", gateway.state / "servers.yaml", made,
                        "--shares-needed", "1", "--shares-happy", "1", "--shares-total", "1"], check=True)
        done = subprocess.run([PROGRAMS.tarn, "-d", made, "doctor"], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn(str(made / "gateway.toml"), done.stdout)

    def test_a_broken_configuration(self) -> None:
        server = self.server()
        server.config.write_text(server.config.read_text() + "\n[storge]\nx = 1\n[listn]\n")
        found = [one for one in self.examine(server) if one["outcome"] == "problem"]
        self.assertEqual([one["check"] for one in found], ["configuration"] * 2)
        self.assertIn("unknown key 'storge'", found[0]["what"])

    def test_a_wrong_mode(self) -> None:
        server = self.server()
        key = server.state / "private" / "node.key"
        key.chmod(0o644)
        found = self.problems(server)
        self.assertEqual(set(found), {"keys", "identity"})
        subprocess.run(found["keys"]["step"].partition(",")[0], shell=True, check=True)
        self.assertEqual(key.stat().st_mode & 0o777, 0o600)
        self.assertEqual(self.problems(server), {})
        server.state.chmod(0o755)
        self.require_one(server, "state", "mode 0755 lets others in")

    def test_an_open_list_of_servers(self) -> None:
        gateway = self.gateway(self.server().announcement())
        (gateway.state / "servers.yaml").chmod(0o644)
        step = self.require_one(gateway, "servers file", "holds credentials")["step"]
        self.assertEqual(step, f"chmod 600 {gateway.state}/servers.yaml")

    def test_a_full_disk(self) -> None:
        volume = self.folder / "volume"
        volume.mkdir()
        mount("-t", "tmpfs", "-o", "size=1m", "none", volume)
        self.addCleanup(subprocess.run, ["umount", "-l", volume])
        server = self.server(extra=f'directory = "{volume}/storage"')
        self.assertEqual(self.problems(server), {})
        with open(volume / "filler", "wb", buffering=0) as filler, self.assertRaises(OSError):
            while True:
                filler.write(bytes(4096))
        found = self.problems(server)
        self.assertEqual(set(found), {"disk space", "disk writes"})
        self.assertRegex(found["disk space"]["what"], r"volume/storage: 0 B free.* by \[storage\] reserved_space")
        self.assertIn("No space left on device", found["disk writes"]["what"])
        self.assertIn("make room", found["disk writes"]["step"])

    def test_a_disk_that_cannot_be_written(self) -> None:
        volume = self.folder / "volume"
        volume.mkdir()
        mount("-t", "tmpfs", "-o", "size=8m", "none", volume)
        self.addCleanup(subprocess.run, ["umount", "-l", volume])
        server = self.server(extra=f'directory = "{volume}/storage"')
        mount("-o", "remount,ro", volume)
        step = self.require_one(server, "disk writes", "Read-only file system")["step"]
        self.assertIn("mount it for writing", step)

    def test_a_dead_introducer(self) -> None:
        introducer = self.introducer()
        url = introducer.url()
        server = self.server([url])
        self.assertEqual(self.problems(server), {})
        introducer.stop()
        self.require_one(server, f"introducer 127.0.0.1:{introducer.port}", "refused")
        self.require_one(self.gateway("storage: {}\n", [url]), f"introducer 127.0.0.1:{introducer.port}", "refused")

    def test_a_wrong_pin(self) -> None:
        introducer = self.introducer()
        url = re.sub("//.*@", f"//{OTHER_KEY}@", introducer.url())
        step = self.require_one(self.server([url]), f"introducer 127.0.0.1:{introducer.port}", "another key")["step"]
        self.assertIn("somebody is in between", step)

    def test_an_address_with_something_else(self) -> None:
        server = self.server()
        key, place = re.fullmatch(r"pb://(.*)@(.*)/.*", server.nurl()).groups()
        introducer = Introducer(PROGRAMS, self.folder / "introducer", port=free_port(),
                                peers=[f"tarn-intro://{key}@{place}"])
        step = self.require_one(introducer, f"introducer {place}", "answers 404")["step"]
        self.assertIn("whether an introducer runs there", step)

    def test_a_worthless_credential(self) -> None:
        server = self.server()
        swissnum = server.nurl().rpartition("/")[2].partition("#")[0]
        place = server.nurl().split("@")[1].split("/")[0]
        gateway = self.gateway(server.announcement().replace(swissnum, "a" * 32))
        self.assertIn("NURL", self.require_one(gateway, f"server s at {place}", "answers 401")["step"])

    def test_too_few_servers(self) -> None:
        gateway = self.gateway(self.server().announcement())
        gateway.config.write_text(gateway.config.read_text().replace("happy = 1", "happy = 2")
                                  .replace("total = 1", "total = 2"))
        self.require_one(gateway, "encoding", "uploads take 2 servers")

    def test_an_address_that_is_not_here(self) -> None:
        server = StorageServer(PROGRAMS, self.folder / "server", nickname="s", address="192.0.2.77", port=41001)
        self.require_one(server, "[listen] storage", "no such address")

    def test_a_clock_an_hour_off(self) -> None:
        teller = TimeTeller(self.folder, datetime.timedelta(hours=1))
        self.addCleanup(teller.close)
        server = self.server([teller.url()])
        step = self.require_one(server, "clock", "^60 min behind what 1 peer said$")["step"]
        self.assertIn("timedatectl", step)

    def test_one_wrong_clock_of_three(self) -> None:
        teller = TimeTeller(self.folder, -datetime.timedelta(hours=1))
        self.addCleanup(teller.close)
        introducer = self.introducer()
        gateway = self.gateway(self.server().announcement(), [teller.url(), introducer.url()])
        checks = {one["check"]: one for one in self.examine(gateway)}
        self.assertEqual(checks["clock"]["outcome"], "fine")
        self.assertIn(f"the clock of introducer 127.0.0.1:{teller.port} is 60 min behind", checks["clock"]["what"])

    def test_a_hidden_gateway_shows_itself_to_nobody(self) -> None:
        """Only the proxy is connected to; what it cannot reach is named."""
        proxy = Socks5Double({})
        self.addCleanup(proxy.close)
        onion = "a" * 56 + ".onion"
        gateway = self.gateway("storage: {}\n", [f"tarn-intro://{OTHER_KEY}@{onion}:80"],
                               node="reveal_ip_address = false",
                               extra=f'[connections]\ntcp = "off"\ntor = "socks5://127.0.0.1:{proxy.port}"')
        log = self.folder / "strace.log"
        found = self.problems(gateway, prefix=[*strace_log.COMMAND, str(log)])
        self.assertEqual(list(found), [f"introducer {onion}:80"])
        self.assertEqual(set(proxy.requests), {f"name {onion}:80"})
        calls = strace_log.read(log)
        self.assertEqual(strace_log.connected(calls), {f"127.0.0.1:{proxy.port}"})
        self.assertEqual(strace_log.address_queries(calls), [])
        self.assertEqual(strace_log.datagrams(calls), [])

    def hidden(self, tor: str = "", sam: str = "", password: str = "") -> StorageServer:
        """Never started: whoever makes its ways in may not be there."""
        sections = f'[tor]\ncontrol = "tcp:{tor}"\n{password}\n' if tor else ""
        sections += f'[i2p]\nsam = "{sam}"\n' if sam else ""
        return StorageServer(PROGRAMS, self.folder / "hidden", nickname="h", port=free_port(), sections=sections)

    def lines(self, answers: dict[str, str] | None) -> Lines:
        out = Lines(answers)
        self.addCleanup(out.close)
        return out

    def test_routers_that_are_well(self) -> None:
        tor, sam = self.lines(tor_says(100)), self.lines(SAM_ANSWERS)
        server = self.hidden(tor.place, sam.place)
        found = {one["check"]: one for one in self.examine(server)}
        self.assertEqual(found[f"Tor tcp:{tor.place}"]["outcome"], "fine")
        self.assertEqual(found[f"I2P router {sam.place}"]["outcome"], "fine")
        self.assertEqual([line.split()[0] for line in tor.asked], ["PROTOCOLINFO", "AUTHENTICATE", "GETINFO"])
        self.assertEqual(sam.asked, ["HELLO VERSION MIN=3.1 MAX=3.1"])
        self.assertFalse(server.state.exists(), "nothing was made")
        gateway = self.gateway(self.server().announcement(), extra=f'[connections]\ni2p = "sam://{sam.place}"')
        found = {one["check"]: one["outcome"] for one in self.examine(gateway)}
        self.assertEqual(found[f"I2P router {sam.place}"], "fine")

    def test_routers_that_are_not_there(self) -> None:
        place, other = f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}"
        found = self.problems(self.hidden(place, other))
        self.assertEqual(set(found), {f"Tor tcp:{place}", f"I2P router {other}"})
        self.assertIn("start Tor, with a ControlPort", found[f"Tor tcp:{place}"]["step"])
        self.assertIn("start the router", found[f"I2P router {other}"]["step"])

    def test_routers_that_are_something_else(self) -> None:
        other = self.lines({"": "HTTP/1.1 400 Bad Request\r\n"})
        found = self.problems(self.hidden(other.place, other.place))
        self.assertIn("is no Tor", found[f"Tor tcp:{other.place}"]["step"])
        self.assertIn("speaks no SAM", found[f"I2P router {other.place}"]["step"])

    def test_routers_that_say_nothing(self) -> None:
        silent = self.lines(None)
        found = self.problems(self.hidden(silent.place, silent.place))
        for one in found.values():
            self.assertIn("says nothing", one["step"])
        self.assertEqual(len(found), 2)

    def test_a_tor_that_is_on_its_way(self) -> None:
        tor = self.lines(tor_says(45))
        step = self.require_one(self.hidden(tor.place), f"Tor tcp:{tor.place}", "45 %, So far$")["step"]
        self.assertIn("its own log", step)

    def test_a_tor_that_lets_nobody_in(self) -> None:
        asks = tor_says(100) | {"PROTOCOLINFO": "250-PROTOCOLINFO 1\r\n250-AUTH METHODS=HASHEDPASSWORD\r\n250 OK\r\n"}
        tor = self.lines(asks)
        self.assertIn("CookieAuthentication", self.require_one(self.hidden(tor.place), f"Tor tcp:{tor.place}",
                                                               "wants a password")["step"])
        password = self.folder / "tor-password"
        password.touch(mode=0o600)
        password.write_text("secret\n")
        missing = self.hidden(tor.place, password=f'password = "{password}"')
        found = {one["check"]: one["outcome"] for one in self.examine(missing)}
        self.assertEqual(found[f"Tor tcp:{tor.place}"], "unknown", "before the first start")
        self.start(missing)
        password.unlink()
        self.require_one(missing, f"Tor tcp:{tor.place}", "tor-password")

    def test_what_may_not_be_dialled_is_not(self) -> None:
        server = self.server()
        place = server.nurl().split("@")[1].split("/")[0]
        gateway = self.gateway(server.announcement(), extra='[connections]\ntcp = "off"')
        step = self.require_one(gateway, f"server s at {place}", r"\[connections\] tcp is off")["step"]
        self.assertIn("[connections]", step)


if __name__ == "__main__":
    if os.environ.get(INSIDE) or no_namespaces():
        netns.run(lambda: None if os.environ.get(INSIDE) else no_namespaces())
    os.environ[INSIDE] = "root" if ROOT else "mapped"
    os.execvp(UNSHARE[0], [*UNSHARE, sys.executable, "-B", *sys.argv])

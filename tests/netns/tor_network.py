"""A private Tor network on this machine's loopback: authorities, relays, and what the test adds.
Nothing of it knows or asks the real one. Start it inside a network namespace: its ports are fixed."""
from __future__ import annotations

import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

COMMON = """\
TestingTorNetwork 1
DataDirectory {folder}
Log notice file {folder}/log
Nickname {name}
ShutdownWaitLength 0
SafeLogging 0
PathsNeededToBuildCircuits 0.67
TestingV3AuthInitialVotingInterval 20
TestingV3AuthInitialVoteDelay 4
TestingV3AuthInitialDistDelay 4
V3AuthVotingInterval 20
V3AuthVoteDelay 4
V3AuthDistDelay 4
TestingDirAuthVoteExit *
TestingDirAuthVoteHSDir *
TestingDirAuthVoteGuard *
TestingMinExitFlagThreshold 0
ServerDNSResolvConfFile {folder}/resolv.conf
ServerDNSDetectHijacking 0
ServerDNSAllowBrokenConfig 1
"""
AUTHORITY = """\
Address 127.0.0.1
OrPort 127.0.0.1:{orport} IPv4Only
DirPort 127.0.0.1:{dirport} IPv4Only
SocksPort 0
AuthoritativeDirectory 1
V3AuthoritativeDirectory 1
ContactInfo a@example.test
ExitPolicy reject *:*
AuthDirMaxServersPerAddr 0
"""
RELAY = """\
Address 127.0.0.1
OrPort 127.0.0.1:{orport} IPv4Only
SocksPort 0
ExitRelay 1
ExitPolicy accept 127.0.0.0/8:*
ExitPolicy reject *:*
ContactInfo r@example.test
"""
CONSENSUS_LIMIT_S = 240  # votes are every 20 s


def unavailable() -> str | None:
    missing = [name for name in ("tor", "tor-gencert") if shutil.which(name) is None]
    return f"not installed: {', '.join(missing)}" if missing else None


class TorNetwork:
    """A context manager: every process ends with it."""

    def __init__(self, folder: pathlib.Path, authorities: int = 3, relays: int = 5) -> None:
        self.folder = folder
        self.processes: list[subprocess.Popen] = []
        self.authorities = [self._authority(number) for number in range(authorities)]
        self.relays = [self._write(f"r{number}", RELAY.format(orport=5100 + number))
                       for number in range(relays)]

    def _write(self, name: str, lines: str) -> str:
        folder = self.folder / name
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Relays would try the machine's name servers; what leaves would be blamed on our daemons.
        (folder / "resolv.conf").write_text("nameserver 127.0.0.1\n")
        (folder / "torrc").write_text(COMMON.format(folder=folder, name=name) + lines)
        return name

    def _authority(self, number: int) -> tuple[str, str]:
        """Name and its DirAuthority line."""
        name, orport, dirport = f"a{number}", 5000 + number, 7000 + number
        folder = self.folder / name
        keys = folder / "keys"
        keys.mkdir(mode=0o700, parents=True)
        folder.chmod(0o700)
        subprocess.run(["tor-gencert", "--create-identity-key", "-m", "12", "-a", f"127.0.0.1:{dirport}",
                        "--passphrase-fd", "0"], input=b"pw\n", cwd=keys, check=True, capture_output=True)
        self._write(name, AUTHORITY.format(orport=orport, dirport=dirport))
        v3ident = next(line.split()[1] for line in (keys / "authority_certificate").read_text().splitlines()
                       if line.startswith("fingerprint"))
        nobody = "x orport=1 no-v3 127.0.0.1:1 " + "F" * 40
        listed = subprocess.run(["tor", "-f", folder / "torrc", "--DirAuthority", nobody,
                                 "--list-fingerprint", "--quiet"], check=True, capture_output=True, text=True)
        fingerprint = "".join(listed.stdout.split()[1:])
        return name, (f"DirAuthority {name} orport={orport} no-v2 v3ident={v3ident} "
                      f"127.0.0.1:{dirport} {fingerprint}\n")

    def start(self, name: str) -> None:
        torrc = self.folder / name / "torrc"
        with torrc.open("a") as file:
            file.write("".join(line for _, line in self.authorities))
        self.processes.append(subprocess.Popen(["tor", "-f", torrc, "--quiet"], stdin=subprocess.DEVNULL))

    def client(self, name: str, lines: str) -> pathlib.Path:
        """Starts a Tor that is no relay. \\return its folder"""
        self._write(name, lines)
        self.start(name)
        return self.folder / name

    def wait_bootstrapped(self, name: str, limit_s: float) -> None:
        log = self.folder / name / "log"
        deadline = time.monotonic() + limit_s
        while True:
            text = log.read_text() if log.exists() else ""
            if "Bootstrapped 100%" in text:
                return
            if time.monotonic() > deadline:
                raise TimeoutError(f"{name}: no circuits after {limit_s} s\n{text[-2000:]}")
            time.sleep(0.5)

    def __enter__(self) -> TorNetwork:
        for name in [*(name for name, _ in self.authorities), *self.relays]:
            self.start(name)
        try:
            self._wait_agreed()
        except BaseException:
            self.__exit__()
            raise
        return self

    def _wait_agreed(self) -> None:
        """Until every authority has a consensus with all routers in it: a client that begins with an
        earlier one finds too few of them for its paths, and keeps it for minutes."""
        routers = len(self.authorities) + len(self.relays)
        deadline = time.monotonic() + CONSENSUS_LIMIT_S
        while (listed := min(self._listed(name) for name, _ in self.authorities)) < routers:
            if time.monotonic() > deadline:
                raise TimeoutError(f"a consensus with {listed} of {routers} routers after {CONSENSUS_LIMIT_S} s")
            time.sleep(0.5)

    def _listed(self, authority: str) -> int:
        consensus = self.folder / authority / "cached-consensus"
        return len(re.findall(r"^r ", consensus.read_text(), re.MULTILINE)) if consensus.exists() else 0

    def __exit__(self, *_) -> None:
        for process in self.processes:
            process.send_signal(signal.SIGINT)
        for process in self.processes:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                os.kill(process.pid, signal.SIGKILL)
                process.wait()

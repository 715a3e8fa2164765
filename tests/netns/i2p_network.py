"""A private I2P network of i2pd routers on this machine's loopback; no reseed, a network id of its own.
Start it inside a network namespace: it takes public addresses for its loopback."""
from __future__ import annotations

import base64
import hashlib
import os
import pathlib
import shutil
import signal
import subprocess
import time

CONFIG = """\
loglevel = warn
ipv4 = true
ipv6 = false
nat = false
host = {address}
address4 = {address}
port = {port}
netid = 77
reservedrange = false
bandwidth = X
share = 100
floodfill = {floodfill}
[ntcp2]
enabled = true
published = true
[ssu2]
enabled = false
[reseed]
threshold = 0
urls =
yggurls =
[addressbook]
enabled = true
defaulturl =
subscriptions =
[http]
enabled = false
[httpproxy]
enabled = false
[socksproxy]
enabled = false
[sam]
enabled = {sam}
port = {sam_port}
[exploratory]
inbound.length = 1
outbound.length = 1
"""


def unavailable() -> str | None:
    return None if shutil.which("i2pd") else "i2pd is not installed"


class I2pNetwork:
    """A context manager. Routers 1 and 2 have SAM ports: sam(1), sam(2)."""

    def __init__(self, folder: pathlib.Path, routers: int = 8) -> None:
        self.folder = folder
        self.numbers = range(1, routers + 1)
        self.processes: dict[int, subprocess.Popen] = {}

    @staticmethod
    def sam(number: int) -> str:
        return f"127.0.0.1:{7655 + number}"

    def _start(self, number: int) -> None:
        folder = self.folder / str(number)
        self.processes[number] = subprocess.Popen(
            ["i2pd", f"--datadir={folder}", f"--conf={folder}/i2pd.conf", f"--tunconf={folder}/tunnels.conf",
             f"--pidfile={folder}/pid", "--log=file", f"--logfile={folder}/log"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def _stop(self) -> None:
        for process in self.processes.values():
            os.kill(process.pid, signal.SIGKILL)  # a router that leaves politely takes its time
        for process in self.processes.values():
            process.wait()
        self.processes.clear()

    def __enter__(self) -> I2pNetwork:
        for number in self.numbers:
            folder = self.folder / str(number)
            folder.mkdir(parents=True)
            (folder / "tunnels.conf").touch()
            address = f"44.{number}.7.1"
            subprocess.run(["ip", "addr", "add", f"{address}/32", "dev", "lo"], check=True)
            (folder / "i2pd.conf").write_text(CONFIG.format(
                address=address, port=20000 + number, floodfill="true" if number > 2 else "false",
                sam="true" if number <= 2 else "false", sam_port=7655 + number))
        try:
            # The first start makes identities; then everybody is told of everybody.
            for number in self.numbers:
                self._start(number)
            for number in self.numbers:
                self._wait_for(self.folder / str(number) / "router.info")
            time.sleep(1)
            self._stop()
            self._introduce()
            for number in self.numbers:
                self._start(number)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(self, *_) -> None:
        self._stop()

    @staticmethod
    def _wait_for(path: pathlib.Path, limit_s: float = 60) -> None:
        deadline = time.monotonic() + limit_s
        while not path.exists() or not path.stat().st_size:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{path} was not made in {limit_s} s")
            time.sleep(0.2)

    def _introduce(self) -> None:
        for number in self.numbers:
            info = (self.folder / str(number) / "router.info").read_bytes()
            identity = info[:387 + int.from_bytes(info[385:387], "big")]
            name = base64.b64encode(hashlib.sha256(identity).digest(), b"-~").decode()
            for other in self.numbers:
                if other != number:
                    place = self.folder / str(other) / "netDb" / f"r{name[0]}"
                    place.mkdir(parents=True, exist_ok=True)
                    (place / f"routerInfo-{name}.dat").write_bytes(info)

"""Two friends behind routers that let nobody in, and nobody else but an operator's `tarn-relay`, which serves their grid: the one
invites the other, 100 MB are stored and read back, strangers get nothing, the relay is killed in the middle of an upload."""
from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
import unittest
import urllib.request

import hosts
from hosts import Home, Host
from netns import PROGRAMS, data_of, fresh_folder
from processes import Process
from test_relay import Friend, RelayCase

ALICE, BOB, RELAY = "10.77.1.1", "10.77.2.1", "10.77.3.1"
PORT, ADMIN, STUN = 41004, 41904, 3478
RECOVERED_S = 30


class Daemon:
    """tarn-relay on its host."""

    def __init__(self, host: Host) -> None:
        self.host = host
        self.folder = fresh_folder("relay-daemon/relay")
        self.config = self.folder / "relay.toml"
        self.state = self.folder / "state"
        self.process: Process | None = None

    def configure(self, grid: str) -> None:
        self.config.write_text(f"""\
[listen]
relay = "{self.host.address}:{PORT}"
admin = "127.0.0.1:{ADMIN}"
stun = "{self.host.address}:{STUN}"
[admit]
grids = ["{grid}"]
[limits]
month = "1 GB"
""")

    def command(self, *more: str) -> list[str]:
        return [str(PROGRAMS.relay), "--config", str(self.config), "--state", str(self.state), *more]

    def start(self) -> None:
        with self.host.inside():
            self.process = Process(self.command(), self.folder / "log", notify=True)
            self.process.wait_ready()

    def kill(self) -> None:
        if self.process:
            self.process.kill()

    def url(self) -> str:
        return subprocess.run(self.command("--relay-url"), check=True, capture_output=True, text=True).stdout.strip()

    def get(self, path: str) -> bytes:
        with self.host.inside():
            return urllib.request.urlopen(f"http://127.0.0.1:{ADMIN}{path}", timeout=10).read()

    def status(self) -> dict:
        return json.loads(self.get("/status.json"))


class RelayDaemon(RelayCase):
    """One grid for all tests, in their order."""

    @classmethod
    def setUpClass(cls) -> None:
        subprocess.run(["ip", "route", "add", "blackhole", "192.168.0.0/16"], check=True)
        cls.alice = Friend("alice", Home(ALICE, "192.168.1.2"), "relay-daemon")
        cls.bob = Friend("bob", Home(BOB, "192.168.2.2"), "relay-daemon")
        cls.friends = [cls.alice, cls.bob]
        cls.relay = Daemon(Host(RELAY))
        for one in (cls.alice, cls.bob, cls.relay):
            cls.addClassCleanup(one.kill)
        cls.begun = time.monotonic()

    def test_01_invited_through_the_relay(self) -> None:
        status = self.alice.json("node", "init", "--grid", "Family", *self.alice.settings)
        self.relay.configure(status["grid"]["id"])
        with (self.alice.state / "node.toml").open("a") as config:
            config.write(f'[relay]\nrelays = ["{self.relay.url()}"]\n')
        self.relay.start()
        self.alice.kill()
        self.alice.tarn("node", "start")
        self.wait_for("Alice's link", lambda: self.alice.json("relay", "status")["used"][0]["relays"])
        link = self.alice.json("invite", "create", "--pre-approve")["link"]
        begun = time.monotonic()
        joined = self.bob.json("join", link, *self.bob.settings)
        self.assertEqual(joined["grid"]["membership"], "member")
        print(f"joined {time.monotonic() - begun:.1f} s after he was given the invite", flush=True)
        self.wait_for("Alice by the relay", lambda: self.relayed(self.bob, self.alice))
        self.wait_for("Bob by the relay", lambda: self.relayed(self.alice, self.bob))
        print(f"met {time.monotonic() - begun:.1f} s after", flush=True)
        self.assertEqual(self.relay.status()["links"], 2)

    def test_02_100_MB_there_and_back(self) -> None:
        for friend in self.friends:
            self.wait_for("both servers", lambda friend=friend: friend.json("node", "status")["servers"] == 2)
        self.alice.tarn("placement", "avoid", "alice")
        self.store_and_read(100_000_000)
        self.assertGreater(self.relay.status()["month_bytes"], 200_000_000)
        metrics = self.relay.get("/metrics").decode()
        for line in ("tarn_relay_links 2", "tarn_relay_healthy 1"):
            self.assertIn(line, metrics.splitlines())

    def test_03_strangers_get_nothing(self) -> None:
        stranger = Host("10.77.4.1")
        with stranger.inside(), socket.create_connection((RELAY, PORT), timeout=10) as one:
            one.sendall(b"Tarn\r\n\x1a\0\x01\x02" + bytes(16))
            self.assertEqual(one.recv(100), b"", "a ticket that nobody gave")
        with stranger.inside():
            for path in ("/peer/v1/relay", "/peer/v1/signal"):
                asked = subprocess.run(["curl", "-sk", "-o", "/dev/null", "-w", "%{http_code}", "--data-binary", "x",
                                        f"https://{RELAY}:{PORT}{path}"], capture_output=True, text=True, timeout=20)
                self.assertIn(asked.stdout, ("400", "403"), path)
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
                one.settimeout(5)
                one.sendto(bytes.fromhex("0001000c2112a442") + bytes(12) + bytes.fromhex("802200087461726e20202020"),
                           (RELAY, STUN))
                answer = one.recv(100)
                self.assertEqual(answer[:2], b"\x01\x01")
                port = int.from_bytes(answer[26:28], "big") ^ 0x2112
                self.assertEqual(port, one.getsockname()[1])

    def test_04_killed_in_the_middle_of_an_upload(self) -> None:
        self.relay.kill()
        content = data_of(60_000_001)
        cap = self.alice.json("put", "-", "film2", stdin=content, limit_s=120)["cap"]  # waits on her own disk
        self.relay.start()
        before = self.carried()
        self.wait_for("some of it to pass", lambda: self.carried() > before + 5_000_000)
        self.relay.kill()
        self.relay.start()
        began = time.monotonic()
        again = self.carried()
        self.wait_for("more of it to pass", lambda: self.carried() > again + 5_000_000, RECOVERED_S)
        print(f"carries again {time.monotonic() - began:.1f} s after the relay was killed", flush=True)
        self.wait_for("the file to move", self.moved, 120)
        self.assertEqual(self.alice.tarn("get", cap, limit_s=120), content)

    def carried(self) -> int:
        return self.relay.status()["month_bytes"]

    def test_05_the_month_is_used_up(self) -> None:
        self.relay.config.write_text(self.relay.config.read_text().replace("1 GB", "1 kB"))
        self.relay.process.signal(signal.SIGHUP)
        self.wait_for("the limit", lambda: self.relay.status()["problem"] != "")
        self.assertIn("month", self.relay.status()["problem"])
        self.assertIn("tarn_relay_healthy 0", self.relay.get("/metrics").decode().splitlines())


if __name__ == "__main__":
    hosts.run()

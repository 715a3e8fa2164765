"""What /metrics of the daemons tells is what their READMEs name, and counts what happened."""
from __future__ import annotations

import pathlib
import re
import unittest
import urllib.request

import netns
from gbs_client import GbsClient, GbsError
from netns import PROGRAMS, data_of, fresh_folder
from processes import free_port, wait_until
from tarn_grid import Daemon, Gateway, Introducer, StorageServer
from web_api import HttpError

ROOT = pathlib.Path(__file__).parents[2]


def metrics_of(daemon: Daemon, port: int) -> str:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        return answer.read().decode()


def documented(readme: str) -> dict[str, set[str]]:
    """The families of the table in a role's README, each with its labels."""
    table = (ROOT / readme).read_text().partition("\n## Metrics\n")[2].partition("\n## ")[0]
    out: dict[str, set[str]] = {}
    for line in table.splitlines():
        if line.startswith("| `"):
            for name, labels in re.findall(r"`(\w+)(?:\{([\w,]+)\})?`", line.split("|")[1]):
                out[name] = set(labels.split(",")) if labels else set()
    return out


def told(text: str, prefix: str) -> dict[str, set[str]]:
    """The same of what a daemon says; `le` is a histogram's own."""
    out: dict[str, set[str]] = {}
    for line in text.splitlines():
        if match := re.match(r"# TYPE (\w+) ", line):
            family = match[1]
            out[family.removeprefix(prefix)] = set()
        elif match := re.match(r"\w+\{(.*)\} ", line):
            out[family.removeprefix(prefix)] |= set(re.findall(r'(\w+)="', match[1])) - {"le"}
    return out


def requests(text: str) -> dict[tuple[str, str], int]:
    found = re.findall(r'_requests_total\{endpoint="([^"]+)",code="([^"]+)"\} (\d+)', text)
    return {(endpoint, code): int(count) for endpoint, code, count in found}


class Metrics(unittest.TestCase):
    def start(self, daemon: Daemon) -> Daemon:
        self.addCleanup(daemon.kill)
        daemon.start()
        return daemon

    def test_requests_by_endpoint_and_code(self) -> None:
        folder = fresh_folder("metrics")
        ports = free_port(), free_port()
        introducer = self.start(Introducer(PROGRAMS, folder / "introducer", port=free_port(), admin_port=ports[0]))
        server = self.start(StorageServer(PROGRAMS, folder / "server", nickname="s", admin_port=ports[1],
                                          announce=f"introducers = [{introducer.url()!r}]\nanonymous_nurl = true"))
        gateway = self.start(Gateway(PROGRAMS, folder / "gateway", "storage: {}\n", needed=1, happy=1, total=1,
                                     extra=f"[introducers]\nurls = [{introducer.url()!r}]"))
        wait_until(lambda: gateway.web.connected_servers() == 1, 30, "the server")
        data = data_of(100_000)
        self.assertEqual(gateway.web.get(gateway.web.put(data)), data)
        client = GbsClient(server.nurl())
        self.addCleanup(client.close)
        for method, path in (("POST", "/peer/v1/grant"), ("GET", "/storage/v1/nothing"), ("GET", f"/storage/v1/immutable/{'a' * 26}/0")):
            with self.assertRaises(GbsError):
                client.call(method, path, b"")
        text = metrics_of(server, ports[1])
        self.assertEqual(told(text, "tarn_storage_"), documented("storage-server/README.md"))
        counted = requests(text)
        for key in (("allocate", "200"), ("write-share", "201"), ("read-share", "206"), ("read-share", "404"),
                    ("grant", "403"), ("other", "404")):
            self.assertGreater(counted.get(key, 0), 0, (key, counted))
        text = metrics_of(introducer, ports[0])
        self.assertEqual(told(text, "tarn_introducer_"), documented("introducer/README.md"))
        counted = requests(text)
        self.assertEqual(counted[("announce", "200")], 1, counted)
        self.assertGreater(counted[("subscribe", "200")], 0)
        self.assertGreater(self.value(text, "tarn_introducer_sent_bytes_total"), 100)
        text = gateway.web.call("GET", "/metrics").decode()
        self.assertEqual(told(text, "tarn_gateway_"), documented("client-gateway/README.md"))
        self.assertGreater(requests(text)[("uri", "200")] + requests(text).get(("uri", "201"), 0), 0)
        for name, least in (("outgoing_connections", 1), ("outgoing_connections_opened_total", 2), ("connections_accepted_total", 1),
                            ("introducers", 1), ("introducers_reached", 1), ("introduced_servers", 1), ("news_total", 1)):
            self.assertGreaterEqual(self.value(text, f"tarn_gateway_{name}"), least, name)
        self.assertEqual(self.value(text, "tarn_gateway_outgoing_connections_failed_total"), 0)
        server.kill()
        with self.assertRaises(HttpError):
            gateway.web.put(data_of(1000))
        text = gateway.web.call("GET", "/metrics").decode()
        self.assertGreater(self.value(text, "tarn_gateway_outgoing_connections_failed_total"), 0)
        self.assertEqual(self.value(text, "tarn_gateway_healthy"), 0)

    def value(self, text: str, name: str) -> int:
        found = re.search(rf"^{name} (\d+)$", text, re.MULTILINE)
        self.assertIsNotNone(found, name)
        return int(found[1])


if __name__ == "__main__":
    netns.run(lambda: None)

"""Two hundred times SIGHUP while requests come: with one good configuration, another one, a broken one.
No request fails, and nothing is left behind: no descriptor, no memory."""
from __future__ import annotations

import http.client
import json
import unittest
import urllib.request

import netns
from gbs_client import GbsClient, tls_context
from netns import PROGRAMS, data_of, fresh_folder
from processes import free_port, wait_until
from request_load import Load, descriptors, open_files
from tarn_grid import Daemon, Gateway, Introducer, StorageServer, servers_yaml

RELOADS = 200
WARM_UP = 20
BROKEN = "[nothing that anybody knows]\nlisten = 7\n"
REFUSED = "new configuration refused"
# Idle connections in pools and kept ones come and go; a leak in each reload would be ten times that.
SPARE_DESCRIPTORS = 20
SPARE_MEMORY = 16 << 20
BASE32 = "abcdefghijklmnopqrstuvwxyz234567"


def index_of(kind: str, number: int) -> str:
    return kind + "".join(BASE32[number >> shift & 31] for shift in (15, 10, 5, 0)) + "a" * 21


class Reloads(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = fresh_folder(self.id().rsplit(".", 1)[1])

    def start(self, daemon: Daemon):
        self.addCleanup(daemon.kill)
        daemon.start()
        return daemon

    def reload_under(self, actions, daemon: Daemon, good: tuple[str, str], pause_s: float = 0) -> None:
        """actions: makes the load's; their connections close when it is asked for new ones."""
        texts = [good[0], BROKEN, good[1]]
        self.rounds(actions(), daemon, texts, WARM_UP, pause_s)
        files, memory = descriptors(daemon.process), daemon.process.memory_bytes()
        refused = daemon.process.log_text().count(REFUSED)
        self.rounds(actions(), daemon, texts, RELOADS, pause_s)
        log = daemon.process.log_text()
        self.assertEqual(log.count(REFUSED) - refused, len(range(1, RELOADS, 3)))
        grown = daemon.process.memory_bytes() - memory
        print(f"{daemon.role}: memory {memory >> 10} kB, {grown >> 10} kB more after {RELOADS} reloads; descriptors "
              f"{files}, then {descriptors(daemon.process)}", flush=True)
        self.assertLess(grown, SPARE_MEMORY)
        try:
            wait_until(lambda: descriptors(daemon.process) <= files + SPARE_DESCRIPTORS, 10, "descriptors")
        except TimeoutError:
            self.fail(f"{files} descriptors became {open_files(daemon.process)}")

    def rounds(self, actions, daemon: Daemon, texts: list[str], count: int, pause_s: float) -> None:
        with Load(actions, pause_s) as load:
            for number in range(count):
                wait_until(lambda: min(load.done) > 0 or load.failures, 30, "the first answers")
                begun = list(load.done)
                daemon.config.write_text(texts[number % len(texts)])
                daemon.reload()
                # Answers for every reload, on a slow machine, too.
                answers = sum(begun) + (1 if pause_s else len(begun))
                wait_until(lambda: sum(load.done) >= answers or load.failures, 30, "answers")
        self.assertEqual(load.failures, [])
        print(f"{daemon.role}: {count} reloads during {sum(load.done)} requests", flush=True)

    def introducer(self) -> Introducer:
        return Introducer(PROGRAMS, self.folder / "introducer", port=free_port(), admin_port=free_port())

    def test_storage_server(self) -> None:
        introducer = self.start(self.introducer())
        announce = f"introducers = [{introducer.url()!r}]\nanonymous_nurl = true"
        server = self.start(StorageServer(PROGRAMS, self.folder / "s", nickname="one", port=free_port(),
                                          announce=announce))
        announcing = server.config.read_text()
        limited = announcing.replace(announce, "").replace('"one"', '"two"').replace(
            "[storage]", '[storage]\nmaximum_space = "9 GB"')
        made: list[GbsClient] = []

        def client() -> GbsClient:
            made.append(GbsClient(server.nurl()))
            self.addCleanup(made[-1].close)
            return made[-1]

        def actions():
            while made:
                made.pop().close()
            uploads, slots, reads = client(), client(), client()
            stored, data = index_of("r", 0), data_of(300_000)
            if not reads.list_shares(stored):
                reads.put(stored, 0, data)

            def upload(number: int) -> None:
                uploads.put(index_of("u", self.next_number()), 0, data_of(50_000 + number))

            def write_slot(number: int) -> None:
                content = data_of(2000 + number)
                slots.write_slot(index_of("m", 0), 0, content)
                self.assertEqual(slots.read_whole(index_of("m", 0), 0, "mutable"), content)

            def read(_: int) -> None:
                self.assertEqual(reads.read_whole(stored, 0), data)

            def come_anew(_: int) -> None:
                visitor = GbsClient(server.nurl())
                self.assertIn(b"tarn-storage", visitor.version())
                visitor.close()

            return [upload, write_slot, read, come_anew]

        self.numbers = 0
        self.reload_under(actions, server, (announcing, limited))

    def next_number(self) -> int:
        self.numbers += 1
        return self.numbers

    def test_gateway(self) -> None:
        """With fewer and more servers in turn; those that stay are enough."""
        servers = [self.start(StorageServer(PROGRAMS, self.folder / f"s{i}", nickname=f"s{i}")) for i in range(4)]
        entries = [server.announcement() for server in servers]
        introducer = self.start(self.introducer())
        gateway = Gateway(PROGRAMS, self.folder / "gateway", servers_yaml(entries), needed=2, happy=2, total=3)
        self.start(gateway)
        few = gateway.state / "few.yaml"
        few.write_text(servers_yaml(entries[:3]))
        few.chmod(0o600)
        text = gateway.config.read_text()
        other = text.replace('"servers.yaml"', '"few.yaml"').replace("total = 3", "total = 4").replace(
            'segment_size = "1 MiB"', 'segment_size = "128 KiB"')
        other += f"[introducers]\nurls = [{introducer.url()!r}]\n"
        web = gateway.web
        stored, data = web.put(data_of(500_000)), data_of(500_000)
        slot, folder = web.put(b"first", "?format=SDMF"), web.mkdir()

        def put(number: int) -> None:
            content = data_of(100_000 + number)
            self.assertEqual(web.get(web.put(content)), content)

        def get(_: int) -> None:
            self.assertEqual(web.get(stored), data)

        def write_slot(number: int) -> None:
            web.put_at(slot, b"%d" % number)
            self.assertEqual(web.get(slot), b"%d" % number)

        def add_child(number: int) -> None:
            name = f"child{number % 5}"
            web.put_at(folder, b"%d" % number * 30, name, query="?replace=true")
            self.assertEqual(web.get(folder, name), b"%d" % number * 30)

        self.reload_under(lambda: [put, get, write_slot, add_child], gateway, (text, other))

    def test_introducer(self) -> None:
        """A gateway and two raw subscribers wait, a server announces, others ask; below what one address may."""
        introducer, other = self.introducer(), Introducer(PROGRAMS, self.folder / "other", port=free_port())
        self.start(introducer)
        url = introducer.url()
        server = self.start(StorageServer(PROGRAMS, self.folder / "s", nickname="s", port=free_port(),
                                          announce=f"introducers = [{url!r}]\nanonymous_nurl = true"))
        gateway = self.start(Gateway(PROGRAMS, self.folder / "gateway", "storage: {}\n", needed=1, happy=1, total=1,
                                     extra=f"[introducers]\nurls = [{url!r}]"))
        wait_until(lambda: gateway.web.connected_servers() == 1, 40, "the server")
        alone = introducer.config.read_text()
        introducer.configure(peers=[other.url()], allow=[server.announcement().split()[1].strip("'\":")])
        choosy = introducer.config.read_text()
        connections: list[http.client.HTTPSConnection] = []

        def connect() -> http.client.HTTPSConnection:
            connections.append(http.client.HTTPSConnection("127.0.0.1", introducer.port, context=tls_context(),
                                                           timeout=60))
            return connections[-1]

        def answer(connection: http.client.HTTPSConnection, path: str) -> bytes:
            connection.request("GET", path)
            got = connection.getresponse()
            body = got.read()
            self.assertEqual(got.status, 200, body)
            return body

        def actions():
            while connections:
                connections.pop().close()
            kept, waiting = connect(), connect()

            def export(_: int) -> None:
                self.assertIn(b"pb://", answer(kept, "/servers.yaml"))

            def subscribe(number: int) -> None:
                answer(waiting, f"/gossip/v1/subscribe?id=x&cursor=&wait={number % 2}")

            def status(_: int) -> None:
                opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
                text = opener.open(f"http://127.0.0.1:{introducer.admin_port}/status.json", timeout=20).read()
                self.assertEqual([one["nickname"] for one in json.loads(text)["servers"]], ["s"])

            def come_anew(_: int) -> None:
                visitor = connect()
                try:
                    answer(visitor, "/servers.yaml")
                finally:
                    visitor.close()
                    connections.remove(visitor)

            return [export, subscribe, status, come_anew]

        self.addCleanup(lambda: [connection.close() for connection in connections])
        self.reload_under(actions, introducer, (alone, choosy), pause_s=0.25)
        self.assertNotIn("does not answer", gateway.process.log_text(), "the gateway has followed it all the time")

    def test_a_reload_during_a_reload_counts(self) -> None:
        """However fast changes follow each other, the last one is what is in use."""
        server = StorageServer(PROGRAMS, self.folder / "s", nickname="s")
        self.start(server)
        text = server.config.read_text()
        nurl = server.nurl()
        for number in range(60):
            shared = number % 2 == 0
            server.config.write_text(BROKEN)
            server.process.signal(1)
            server.config.write_text(text.replace("[storage]", f"[storage]\nanonymous = {str(shared).lower()}"))
            server.process.signal(1)

            def welcome() -> bool:
                visitor = GbsClient(nurl)
                try:
                    visitor.version()
                    return True
                except ValueError:
                    return False
                finally:
                    visitor.close()
            wait_until(lambda: welcome() == shared, 10, f"change {number}")
            server.process.forget_notices()


if __name__ == "__main__":
    netns.run(lambda: None)

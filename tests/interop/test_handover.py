"""A storage directory changes hands: Tahoe-LAFS to ours and back; and a whole node is taken over."""
from __future__ import annotations

import pathlib
import shutil
import subprocess

from interop import PROGRAMS, WORK, InteropTest, data_of
from tahoe_grid import TahoeNode
from tarn_grid import Gateway, StorageServer
from web_api import WebApi

ONE_OF_ONE = {"needed": 1, "happy": 1, "total": 1}


class Contents:
    """Some of every kind of object, made through a web API and found again through another."""

    def __init__(self, web: WebApi, seed: str) -> None:
        self.files = {}
        for size in (56, 1000, 1_500_000):
            data = data_of(size, seed)
            self.files[web.put(data)] = data
        self.mutable = {}
        for file_format in ("SDMF", "MDMF"):
            data = data_of(40_000, seed + file_format)
            self.mutable[web.put(data, f"?format={file_format}")] = data
        self.directory = web.mkdir()
        web.put_at(self.directory, data_of(3000, seed), "child")
        self.child = data_of(3000, seed)

    def require_in(self, test, web: WebApi) -> None:
        for cap, data in {**self.files, **self.mutable}.items():
            test.assertEqual(web.get(cap), data)
        test.assertEqual(web.get(self.directory, "child"), self.child)

    def change_mutable(self, web: WebApi) -> None:
        for cap in self.mutable:
            data = data_of(70_000, cap)
            web.put_at(cap, data)
            self.mutable[cap] = data
        web.put_at(self.directory, b"changed by its owner", "child")
        self.child = b"changed by its owner"


class Handover(InteropTest):
    def client_of(self, name: str, servers: str) -> TahoeNode:
        client = self.keep(TahoeNode(self.folder / name, storage=False, servers=servers, **ONE_OF_ONE))
        client.start(servers=1)
        return client

    def gateway_of(self, name: str, servers: str) -> Gateway:
        gateway = self.keep(Gateway(PROGRAMS, self.folder / name, servers, **ONE_OF_ONE))
        gateway.start()
        return gateway

    def test_storage_directory_goes_over_and_back(self) -> None:
        old = self.keep(TahoeNode(self.folder / "old", storage=True))
        old.start()
        client = self.client_of("client-of-old", old.announcement())
        contents = Contents(client.web, "old")
        client.stop()
        old.stop()

        ours = self.keep(StorageServer(PROGRAMS, self.folder / "ours", nickname="ours"))
        ours.state.mkdir(mode=0o700)
        shutil.move(old.folder / "storage", ours.state / "storage")
        ours.start()
        client = self.client_of("client-of-ours", ours.announcement())
        contents.require_in(self, client.web)
        gateway = self.gateway_of("gateway", ours.announcement())
        for cap, data in contents.files.items():
            self.assertEqual(gateway.web.get(cap), data)
        added = {gateway.web.put(data): data for data in (data_of(900_000, "added by gateway"),)}
        more = Contents(client.web, "made on ours")
        for node in (gateway, client, ours):
            node.stop()

        new = self.keep(TahoeNode(self.folder / "new", storage=True))
        shutil.move(ours.state / "storage", new.folder / "storage")
        new.start()
        client = self.client_of("client-of-new", new.announcement())
        contents.require_in(self, client.web)
        more.require_in(self, client.web)
        for cap, data in added.items():
            self.assertEqual(client.web.get(cap), data)
            self.assertTrue(client.web.check(cap, verify=True)["results"]["healthy"])

    def test_adopted_node_keeps_all_its_promises(self) -> None:
        """The old client, unchanged and with its old servers.yaml, goes on as if nothing happened."""
        old = self.keep(TahoeNode(self.folder / "adopted", storage=True))
        old.start()
        announcement, nurl = old.announcement(), old.nurl()
        client = self.client_of("old-client", announcement)
        contents = Contents(client.web, "adopted")
        client.stop()
        old.stop()

        ours = self.keep(StorageServer(PROGRAMS, self.folder / "adopter", nickname="adopter",
                                       port=old.port))
        ours.run("--adopt-tahoe", str(old.folder))
        ours.start()
        self.assertEqual(ours.nurl(), nurl)
        client.start(servers=1)
        contents.require_in(self, client.web)
        contents.change_mutable(client.web)
        contents.require_in(self, client.web)
        for cap in contents.files:
            client.web.call("POST", client.web.path_of(cap) + "?t=check&add-lease=true&output=JSON", b"")
        leases = dict(self.leases_of(ours.shares))
        self.assertTrue(leases)
        self.assertEqual({count for count in leases.values()}, {1}, "an old lease was not recognised")

    @staticmethod
    def leases_of(shares: pathlib.Path):
        """(share file, number of leases), as the real Tahoe-LAFS counts them."""
        from allmydata.storage.shares import get_share_file
        for file in shares.glob("??/*/*"):
            yield file, len(list(get_share_file(str(file)).get_leases()))

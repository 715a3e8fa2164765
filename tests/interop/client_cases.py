"""Everything that the real Tahoe client does with a grid; mixed into classes that bring the grid."""
from __future__ import annotations

from interop import SIZES, data_of


class ClientCases:
    """client: a ready TahoeNode with a web API, set by the subclass."""

    client = None

    def test_immutable_files(self) -> None:
        for size in SIZES:
            with self.subTest(size=size):
                data = data_of(size, "immutable")
                cap = self.client.web.put(data)
                self.assertEqual(self.client.web.get(cap), data)

    def test_verify_finds_all_shares(self) -> None:
        cap = self.client.web.put(data_of(200_000, "verify"))
        result = self.client.web.check(cap, verify=True)["results"]
        self.assertTrue(result["healthy"], result)
        self.assertEqual(result["count-shares-good"], 10)
        self.assertEqual(result["count-corrupt-shares"], 0)

    def test_same_upload_again_adds_no_shares(self) -> None:
        data = data_of(100_000, "again")
        first = self.client.web.put(data)
        self.assertEqual(self.client.web.put(data), first)
        result = self.client.web.check(first)["results"]
        self.assertEqual(result["count-shares-good"], 10)
        self.assertEqual(result["count-good-share-hosts"], 10)

    def test_directories(self) -> None:
        web = self.client.web
        root = web.mkdir()
        web.put_at(root, b"small", "a")
        web.put_at(root, data_of(70_000, "child"), "b")
        child = web.call("POST", web.path_of(root) + "?t=mkdir&name=sub", b"").decode()
        web.put_at(child, b"deep", "c")
        _, description = web.describe(root)
        self.assertEqual(sorted(description["children"]), ["a", "b", "sub"])
        self.assertEqual(web.get(root, "a"), b"small")
        self.assertEqual(web.get(root, "b"), data_of(70_000, "child"))
        self.assertEqual(web.get(root, "sub", "c"), b"deep")
        web.call("DELETE", web.path_of(root, "a"))
        self.assertEqual(sorted(web.describe(root)[1]["children"]), ["b", "sub"])

    def change_mutable(self, file_format: str) -> None:
        web = self.client.web
        cap = web.put(b"first", f"?format={file_format}")
        self.assertEqual(web.get(cap), b"first")
        longer = data_of(300_000, file_format)
        web.put_at(cap, longer)
        self.assertEqual(web.get(cap), longer)
        web.put_at(cap, b"short")
        self.assertEqual(web.get(cap), b"short")
        result = web.check(cap, verify=True)["results"]
        self.assertTrue(result["healthy"], result)
        self.assertEqual(result["count-recoverable-versions"], 1)

    def test_sdmf(self) -> None:
        self.change_mutable("SDMF")

    def test_mdmf(self) -> None:
        self.change_mutable("MDMF")

    def test_mdmf_change_in_place(self) -> None:
        web = self.client.web
        data = data_of(400_000, "in place")
        cap = web.put(data, "?format=MDMF")
        web.put_at(cap, b"CHANGED", query="?offset=200000")
        self.assertEqual(web.get(cap), data[:200_000] + b"CHANGED" + data[200_007:])

    def test_large_mutable_file(self) -> None:
        """Each share is larger than what a server may keep in one new file and rename."""
        web = self.client.web
        data = data_of(5_000_000, "large mutable")
        cap = web.put(data, "?format=MDMF")
        self.assertEqual(web.get(cap), data)

    def test_add_lease(self) -> None:
        web = self.client.web
        cap = web.put(data_of(50_000, "lease"))
        web.call("POST", web.path_of(cap) + "?t=check&add-lease=true&output=JSON", b"")
        self.assertEqual(web.get(cap), data_of(50_000, "lease"))

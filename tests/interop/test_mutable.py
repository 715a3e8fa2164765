"""Real Tahoe-LAFS and our gateway changing parts of the same MDMF files in turn."""
from __future__ import annotations

from interop import PROGRAMS, InteropTest, data_of
from tahoe_grid import TahoeNode
from tarn_grid import TarnGrid

SEGMENT = 131_073
PATCHES = [(0, 10), (SEGMENT - 3, 6), (5 * SEGMENT + 100, 40_000), (8 * SEGMENT, 3)]


def laid_over(data: bytes, offset: int, patch: bytes) -> bytes:
    return data[:offset] + patch + data[offset + len(patch):]


class UpdatesInTurn(InteropTest):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        cls.grid = cls.keep(TarnGrid(PROGRAMS, cls.folder))
        cls.grid.start()
        cls.ours = cls.grid.gateway.web
        client = cls.keep(TahoeNode(cls.folder / "client", storage=False,
                                    servers=cls.grid.servers_yaml()))
        client.start(servers=10)
        cls.real = client.web

    def update(self, web, cap: str, data: bytes, offset: int, patch: bytes) -> bytes:
        web.put_at(cap, patch, query=f"?offset={offset}")
        data = laid_over(data, offset, patch)
        for name, reader in {"real": self.real, "ours": self.ours}.items():
            self.assertTrue(reader.get(cap) == data, f"{name} reads something else")
            found = reader.check(cap, verify=True)["results"]
            self.assertTrue(found["healthy"], f"{name}: {found}")
        return data

    def test_real_client_reads_our_updates(self) -> None:
        for maker in (self.real, self.ours):
            data = data_of(9 * SEGMENT + 1000, "mdmf")
            cap = maker.put(data, "?format=mdmf")
            for offset, size in PATCHES:
                with self.subTest(offset=offset):
                    data = self.update(self.ours, cap, data, offset, data_of(size, "patch"))
            # Longer: within the last segment, then over the next power of two.
            data = self.update(self.ours, cap, data, len(data), data_of(500, "append"))
            data = self.update(self.ours, cap, data, len(data) - 9, data_of(8 * SEGMENT, "append"))

    def test_both_update_in_turn(self) -> None:
        data = data_of(9 * SEGMENT + 1000, "turns")
        cap = self.ours.put(data, "?format=mdmf")
        for offset, size in PATCHES:
            with self.subTest(offset=offset):
                data = self.update(self.ours, cap, data, offset, data_of(size, "ours"))
                data = self.update(self.real, cap, data, offset + 1, data_of(size, "theirs"))

    def test_sizes_around_segment_borders(self) -> None:
        """Bodies that we send on while they come, and real ones of the same sizes."""
        for size in (16 * SEGMENT - 1, 16 * SEGMENT, 16 * SEGMENT + 1, 40 * SEGMENT, 23_000_001):
            data = data_of(size, "whole")
            other = data_of(size + 70_000, "other")
            for maker in (self.ours, self.real):
                with self.subTest(size=size, maker="ours" if maker is self.ours else "real"):
                    cap = maker.put(data, "?format=mdmf")
                    self.require_whole(cap, data)
                    self.ours.put_at(cap, other)
                    self.require_whole(cap, other)
                    self.real.put_at(cap, data)
                    self.require_whole(cap, data)

    def require_whole(self, cap: str, data: bytes) -> None:
        for name, reader in {"real": self.real, "ours": self.ours}.items():
            self.assertTrue(reader.get(cap) == data, f"{name} reads something else")
            found = reader.check(cap, verify=True)["results"]
            self.assertTrue(found["healthy"], f"{name}: {found}")


def load_tests(loader, _tests, _pattern):
    return loader.loadTestsFromTestCase(UpdatesInTurn)

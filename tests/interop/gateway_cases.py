"""Our gateway and the real client on one grid: what one writes the other reads."""
from __future__ import annotations

import pathlib
import shutil
import subprocess

from interop import PROGRAMS, SIZES, data_of
from tahoe_grid import tahoe


class GatewayCases:
    """client: a ready TahoeNode; gateway: a started Gateway; both set by the subclass.

    Both have the same convergence secret.
    """

    client = None
    gateway = None

    def test_gateway_gets_what_client_put(self) -> None:
        for size in SIZES:
            with self.subTest(size=size):
                data = data_of(size, "client to gateway")
                self.assertEqual(self.gateway.web.get(self.client.web.put(data)), data)

    def test_client_gets_what_gateway_put(self) -> None:
        for size in SIZES:
            with self.subTest(size=size):
                data = data_of(size, "gateway to client")
                cap = self.gateway.web.put(data)
                self.assertEqual(self.client.web.get(cap), data)

    def test_both_make_the_same_capability(self) -> None:
        for size in SIZES:
            with self.subTest(size=size):
                data = data_of(size, "same")
                self.assertEqual(self.gateway.web.put(data), self.client.web.put(data))

    def test_client_verifies_what_gateway_put(self) -> None:
        cap = self.gateway.web.put(data_of(2_500_000, "verify gateway"))
        result = self.client.web.check(cap, verify=True)["results"]
        self.assertTrue(result["healthy"], result)
        self.assertEqual(result["count-shares-good"], 10)
        self.assertEqual(result["count-good-share-hosts"], 10)

    def test_gateway_verifies_what_client_put(self) -> None:
        cap = self.client.web.put(data_of(2_500_000, "verify client"))
        result = self.gateway.web.check(cap, verify=True)["results"]
        self.assertTrue(result["healthy"], result)
        self.assertEqual(result["count-shares-good"], 10)

    def test_gateway_reads_ranges_of_client_files(self) -> None:
        data = data_of(3_500_000, "ranges")
        cap = self.client.web.put(data)
        for begin, end in [(0, 0), (1, 70_000), (1_048_575, 1_048_577), (3_499_999, 3_499_999)]:
            with self.subTest(begin=begin):
                part = self.gateway.web.get(cap, headers={"Range": f"bytes={begin}-{end}"})
                self.assertEqual(part, data[begin:end + 1])

    def test_tahoe_command_on_our_gateway(self) -> None:
        source, target = self.folder / "cli-in", self.folder / "cli-out"
        source.write_bytes(data_of(250_000, "cli"))
        cap = tahoe(self.gateway.state, "put", source).strip()
        tahoe(self.gateway.state, "get", cap, target)
        self.assertEqual(target.read_bytes(), source.read_bytes())

    def test_tarn_command_on_the_real_gateway(self) -> None:
        source, target = self.folder / "tarn-in", self.folder / "tarn-out"
        source.write_bytes(data_of(250_000, "tarn cli"))
        cap = self.tarn("--gateway", self.client.web.url, "put", source).strip()
        self.tarn("--gateway", self.client.web.url, "get", cap, target)
        self.assertEqual(target.read_bytes(), source.read_bytes())
        self.assertEqual(self.tarn("-d", self.gateway.state, "put", source).strip(), cap)

    @staticmethod
    def tarn(*arguments: str | pathlib.Path) -> str:
        result = subprocess.run([PROGRAMS.tarn, *arguments], capture_output=True, text=True,
                                timeout=60)
        if result.returncode != 0:
            raise RuntimeError(f"tarn: {result.returncode}\n{result.stderr}")
        return result.stdout

    def shares_of(self, cap: str) -> dict[int, pathlib.Path]:
        """Share number -> file, over all servers of the grid."""
        index = self.client.web.check(cap)["storage-index"]
        return {int(file.name): file for server in self.storage_folders()
                for file in (server / "shares" / index[:2] / index).glob("*")}

    def storage_folders(self) -> list[pathlib.Path]:
        return [server.state / "storage" for server in self.grid.servers]

    def test_gateway_repairs_for_the_client(self) -> None:
        data = data_of(800_000, "repair")
        cap = self.client.web.put(data)
        shares = self.shares_of(cap)
        self.assertEqual(sorted(shares), list(range(10)))
        for number in (0, 1, 2, 5, 9):
            shutil.rmtree(shares[number].parent)
        before = self.gateway.web.check(cap)["results"]
        self.assertFalse(before["healthy"])
        self.assertEqual(before["count-shares-good"], 5)
        repaired = self.gateway.web.check(cap, repair=True)
        self.assertTrue(repaired["repair-successful"], repaired)
        after = self.client.web.check(cap, verify=True)["results"]
        self.assertTrue(after["healthy"], after)
        self.assertEqual(self.client.web.get(cap), data)

    def test_client_repairs_for_the_gateway(self) -> None:
        data = data_of(800_000, "repair by client")
        cap = self.gateway.web.put(data)
        shares = self.shares_of(cap)
        for number in (3, 4, 6):
            shutil.rmtree(shares[number].parent)
        self.client.web.check(cap, repair=True)
        self.assertTrue(self.gateway.web.check(cap, verify=True)["results"]["healthy"])

    def test_gateway_reads_around_corruption(self) -> None:
        data = data_of(600_000, "corrupt")
        cap = self.client.web.put(data)
        shares = self.shares_of(cap)
        for number in range(7):
            damaged = bytearray(shares[number].read_bytes())
            damaged[5000] ^= 0xFF
            shares[number].write_bytes(damaged)
        self.assertEqual(self.gateway.web.get(cap), data)
        result = self.gateway.web.check(cap, verify=True)["results"]
        self.assertEqual(result["count-shares-good"], 3)
        self.assertEqual(result["count-corrupt-shares"], 7)

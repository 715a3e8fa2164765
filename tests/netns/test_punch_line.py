"""How much goes through a punched path on a long line (25 ms each way, some loss), against a kernel TCP
stream on the same line in the same run: the way that TCP punching makes. TARN_PUNCH_SECONDS and
TARN_PUNCH_RUNS make it a bench."""
from __future__ import annotations

import os
import statistics
import unittest

import nat_routers
from nat_routers import Home
import test_punch

EMULATOR = test_punch.PEER.with_name("wan_emulator")
SECONDS = float(os.environ.get("TARN_PUNCH_SECONDS", "8"))
RUNS = int(os.environ.get("TARN_PUNCH_RUNS", "1"))
RATE = 100  # Mbit/s
LEAST = 0.9  # of what TCP moves


class LongLine(unittest.TestCase):
    setUp, command, meet = (test_punch.Punching.setUp, test_punch.Punching.command,
                            test_punch.Punching.meet)

    def rate(self, one: Home, other: Home, way: str) -> float:
        [seen] = self.meet(one, other, [way], SECONDS)
        self.assertEqual(seen.get("kind"), way[2:], seen)
        self.assertIn("took", seen)
        return seen["bytes"] * 8e-6 / seen["took"]

    def compare(self, number: int, loss: float) -> None:
        one, other = Home(number, "port"), Home(number + 1, "port")
        self.addCleanup(one.close)
        self.addCleanup(other.close)
        tcp, udp = [], []
        for _ in range(RUNS):
            for way, rates in (("--tcp", tcp), ("--udp", udp)):
                # The same packets are lost to both, by their number.
                with one.long_line(EMULATOR, 25, loss, RATE):
                    rates.append(self.rate(one, other, way))
        tcp_rate, udp_rate = statistics.median(tcp), statistics.median(udp)
        print(f"50 ms, {loss} % loss, {RATE} Mbit/s: TCP {tcp_rate:.1f}, UDP {udp_rate:.1f} Mbit/s, "
              f"{udp_rate / tcp_rate:.2f} (median of {RUNS} of {SECONDS:.0f} s)", flush=True)
        self.assertGreaterEqual(udp_rate, LEAST * tcp_rate)

    def test_without_loss(self) -> None:
        self.compare(31, 0)

    def test_a_quarter_of_a_percent_is_lost(self) -> None:
        self.compare(33, 0.25)

    def test_one_percent_is_lost(self) -> None:
        self.compare(35, 1)


if __name__ == "__main__":
    nat_routers.run()

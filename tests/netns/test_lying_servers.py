"""What a hostile storage server makes of a gateway, byte by byte on real sockets: in bounded time
the gateway does its work with the honest servers, or says precisely what was wrong."""
from __future__ import annotations

import concurrent.futures
import json
import re
import time
import unittest

import lying_server
import netns
from lying_server import LyingServer
from netns import PROGRAMS, data_of, fresh_folder
from tarn_grid import Gateway, StorageServer, servers_yaml
from web_api import HttpError

MEBIBYTE = 1 << 20
AT_ONCE = 8

CBOR = b"HTTP/1.1 200 OK\r\nContent-Type: application/cbor"

# Lies that end at once: the gateway knows at once, too.
QUICK = {
    "closes instead of answering": lying_server.cut(0),
    "closes in the status line": lying_server.cut_in_head(5),
    "closes in the head": lying_server.cut_in_head(60),
    "closes in the body": lying_server.cut(0.95),
    "endless chunks": lying_server.endless_body,
    "endless body until close": lying_server.endless_until_close,
    "endless head": lying_server.endless_head,
    "endless status line": lying_server.endless_line,
    "flood of 100 Continue": lying_server.continue_flood,
    "no HTTP": lying_server.garbage,
    "deep CBOR": lying_server.body_of(b"\x81" * 100_000),
    "CBOR array of 2^63": lying_server.body_of(b"\x9b" + b"\x7f" * 8),
    "CBOR map of 2^63": lying_server.body_of(b"\xbb" + b"\x7f" * 8),
    "CBOR string of 2^63": lying_server.body_of(b"\x5b" + b"\x7f" * 8),
    "endless CBOR": lying_server.body_of(b"\x9f" * 100_000),
    "CBOR tags": lying_server.body_of(b"\xc1" * 100_000),
    "empty body": lying_server.body_of(b""),
    "length that is short": lying_server.wrong_length(-1),
    "two lengths": lying_server.head_of(b"HTTP/1.1 200 OK", b"Content-Length: 3"),
    "length and chunks": lying_server.head_of(b"HTTP/1.1 200 OK", b"Transfer-Encoding: chunked"),
    "redirect": lying_server.head_of(b"HTTP/1.1 302 Found", b"Location: https://127.0.0.1:1/"),
    "another type": lying_server.head_of(b"HTTP/1.1 200 OK", b"Content-Type: text/html"),
    "101": lying_server.head_of(b"HTTP/1.1 101 Switching Protocols", b"Upgrade: x",
                                b"Connection: Upgrade"),
    "204": lying_server.head_of(b"HTTP/1.1 204 No Content"),
    "500": lying_server.head_of(b"HTTP/1.1 500 No"),
    "status 999": lying_server.head_of(b"HTTP/1.1 999 What"),
    "HTTP/0.9": lying_server.head_of(b"HTTP/0.9 200 OK"),
    "NUL in a header": lying_server.head_of(b"HTTP/1.1 200 OK", b"X: a\0b"),
    "folded header": lying_server.head_of(b"HTTP/1.1 200 OK", b"X: a\r\n b"),
}
# Lies that take as long as the gateway lets them.
SLOW = {
    "never answers": lying_server.silence,
    "one byte a second": lying_server.drip,
    "stops behind the head": lying_server.stop_in_body(False),
    "stops in the body": lying_server.stop_in_body(True),
    "length that is long": lying_server.wrong_length(1),
    "length of 2^62": lying_server.wrong_length(1 << 62),
}
# The gateway asks again, races and gives up within these, alone on two busy cores.
QUICK_S, SLOW_S = 20, 150


class LyingServerTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        folder = fresh_folder("lying")
        cls.honest = StorageServer(PROGRAMS, folder / "honest", nickname="honest")
        cls.backend = StorageServer(PROGRAMS, folder / "backend", nickname="backend")
        for server in (cls.honest, cls.backend):
            cls.addClassCleanup(server.kill)
            server.start()
        cls.folder = folder
        cls.backend_port = int(re.search(r"@127\.0\.0\.1:(\d+)/", cls.backend.nurl())[1])

    def gateway(self, name: str, *announcements: str) -> Gateway:
        gateway = Gateway(PROGRAMS, self.folder / name, servers_yaml(announcements), needed=1,
                          happy=1, total=2, segment_size="128 KiB")
        gateway.start()
        return gateway

    def announcement_of(self, liar: LyingServer) -> str:
        return self.backend.announcement().replace(f":{self.backend_port}/", f":{liar.port}/")

    def tell(self, name: str, lie: lying_server.Lie, limit_s: float) -> str:
        """\\return what went wrong, empty when all is well."""
        liar = LyingServer(self.backend.state, self.backend_port)
        announcement = self.announcement_of(liar)
        folder = re.sub(r"\W+", "-", name)
        both = self.gateway(f"{folder}-both", self.honest.announcement(), announcement)
        alone = self.gateway(f"{folder}-alone", announcement)
        try:
            return self.with_honest(both, liar, lie, limit_s) or self.without(alone, liar, lie, limit_s)
        except HttpError as error:
            return str(error)
        except OSError as error:
            return f"{error!r}"
        finally:
            liar.stop()
            for gateway in (both, alone):
                gateway.kill()

    def with_honest(self, gateway: Gateway, liar: LyingServer, lie, limit_s: float) -> str:
        web = gateway.web
        stored = data_of(300_000)
        cap = web.put(stored)
        liar.lie = lie
        begun = time.monotonic()
        if web.get(cap) != stored:
            return "download: other bytes"
        fresh = data_of(200_000)
        if web.get(web.put(fresh)) != fresh:
            return "upload: other bytes"
        report = web.check(cap, verify=True)
        if "summary" not in report:
            return f"check: {report}"
        took = time.monotonic() - begun
        return self.aftermath(gateway, liar, took, limit_s)

    def without(self, gateway: Gateway, liar: LyingServer, lie, limit_s: float) -> str:
        liar.lie = None
        web = gateway.web
        cap = web.put(data_of(100_000))
        liar.lie = lie
        begun = time.monotonic()
        for what, call in {"download": lambda: web.get(cap), "upload": lambda: web.put(data_of(90_000))}.items():
            try:
                call()
                return f"{what} with nobody but a liar: no error"
            except HttpError as error:
                if error.status not in (410, 500, 503) or len(error.body) < 40:
                    return f"{what}: {error}"
            except OSError as error:  # a download that had begun
                if what == "upload":
                    return f"upload: {error!r}"
        return self.aftermath(gateway, liar, time.monotonic() - begun, limit_s)

    def aftermath(self, gateway: Gateway, liar: LyingServer, took: float, limit_s: float) -> str:
        if liar.lies_told == 0:
            return "the lie was never told"
        if took > limit_s:
            return f"took {took:.1f} s"
        if (peak := gateway.process.peak_memory_bytes()) > 96 * MEBIBYTE:
            return f"{peak / MEBIBYTE:.0f} MiB"
        json.dumps(gateway.web.welcome())  # it still answers
        return ""

    def tell_all(self, lies: dict, limit_s: float) -> None:
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
            results = {name: pool.submit(self.tell, name, lie, limit_s) for name, lie in lies.items()}
        for name, result in results.items():
            with self.subTest(name):
                self.assertEqual(result.result(), "")

    def test_lies_that_end(self) -> None:
        self.tell_all(QUICK, QUICK_S)

    def test_lies_that_last(self) -> None:
        self.tell_all(SLOW, SLOW_S)


if __name__ == "__main__":
    netns.run(lambda: None)

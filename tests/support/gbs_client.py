"""A storage server spoken to directly, Tahoe's or ours: the few requests of the HTTP storage protocol
that harnesses need. The server's key is not checked: whom we talk to is certain on loopback."""
from __future__ import annotations

import base64
import dataclasses
import http.client
import re
import ssl
import struct


@dataclasses.dataclass
class Nurl:
    host: str
    port: int
    swissnum: str

    @staticmethod
    def parse(text: str) -> Nurl:
        match = re.fullmatch(r"pb://[^@]+@([\d.]+):(\d+)/(\w+)#v=1", text)
        if not match:
            raise ValueError("not a NURL with an IPv4 address")
        return Nurl(match[1], int(match[2]), match[3])

    def authorization(self) -> str:
        return "Tahoe-LAFS " + base64.b64encode(self.swissnum.encode()).decode()


def tls_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _cbor_head(kind: int, value: int) -> bytes:
    if value < 24:
        return bytes([kind << 5 | value])
    for code, form, limit in ((24, ">B", 1 << 8), (25, ">H", 1 << 16), (26, ">I", 1 << 32), (27, ">Q", 1 << 64)):
        if value < limit:
            return bytes([kind << 5 | code]) + struct.pack(form, value)
    raise ValueError("too large for CBOR")


def cbor(value: object) -> bytes:
    """Of None, ints >= 0, bytes, text, lists, sets (tag 258) and dicts."""
    match value:
        case None:
            return b"\xf6"
        case int():
            return _cbor_head(0, value)
        case bytes():
            return _cbor_head(2, len(value)) + value
        case str():
            return _cbor_head(3, len(value.encode())) + value.encode()
        case list():
            return _cbor_head(4, len(value)) + b"".join(map(cbor, value))
        case set():
            return _cbor_head(6, 258) + cbor(sorted(value))
        case dict():
            return _cbor_head(5, len(value)) + b"".join(cbor(k) + cbor(v) for k, v in value.items())
    raise TypeError(type(value).__name__)


class GbsError(ValueError):
    """An answer that is not 2xx."""

    def __init__(self, what: str, status: int, body: bytes) -> None:
        super().__init__(f"{what}: {status} {body[:500]!r}")
        self.status = status
        self.body = body


class GbsClient:
    """One kept connection."""

    def __init__(self, nurl: str, limit_s: float = 120) -> None:
        self.nurl = Nurl.parse(nurl)
        self._connection = http.client.HTTPSConnection(
            self.nurl.host, self.nurl.port, context=tls_context(), timeout=limit_s)

    def close(self) -> None:
        self._connection.close()

    def call(self, method: str, path: str, body: bytes = b"", secrets: dict[str, bytes] | None = None,
             headers: dict[str, str] | None = None) -> bytes:
        """secrets: by kind, such as "upload-secret". \return the body; GbsError: not 2xx."""
        connection = self._connection
        connection.putrequest(method, path)
        connection.putheader("Authorization", self.nurl.authorization())
        for kind, secret in (secrets or {}).items():
            connection.putheader("X-Tahoe-Authorization", f"{kind} {base64.b64encode(secret).decode()}")
        for name, value in (headers or {}).items():
            connection.putheader(name, value)
        if body:
            if "Content-Type" not in (headers or {}):
                connection.putheader("Content-Type", "application/cbor")
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body or None)
        answer = connection.getresponse()
        text = answer.read()
        if not 200 <= answer.status < 300:
            raise GbsError(f"{method} {path.split('/')[3]}", answer.status, text)
        return text

    def version(self) -> bytes:
        return self.call("GET", "/storage/v1/version")

    def allocate(self, index: str, shares: set[int], size: int) -> bytes:
        """index: 26 characters of base32. Secrets are the same for all."""
        secrets = {"lease-renew-secret": bytes(32), "lease-cancel-secret": bytes(32),
                   "upload-secret": bytes(20)}
        return self.call("POST", f"/storage/v1/immutable/{index}",
                         cbor({"share-numbers": shares, "allocated-size": size}), secrets)

    def abort(self, index: str, share: int) -> bytes:
        return self.call("PUT", f"/storage/v1/immutable/{index}/{share}/abort",
                         secrets={"upload-secret": bytes(20)})

    def read(self, index: str, share: int, begin: int, size: int) -> bytes:
        return self.call("GET", f"/storage/v1/immutable/{index}/{share}",
                         headers={"Range": f"bytes={begin}-{begin + size - 1}"})

    def read_whole(self, index: str, share: int, kind: str = "immutable") -> bytes:
        return self.call("GET", f"/storage/v1/{kind}/{index}/{share}")

    def list_shares(self, index: str, kind: str = "immutable") -> set[int]:
        """Numbers below 24 only."""
        answer = self.call("GET", f"/storage/v1/{kind}/{index}/shares")
        # A tagged array of small numbers: its end says all.
        return {number for number in answer.lstrip(b"\xd9\x01\x02")[1:]}

    def put(self, index: str, share: int, data: bytes) -> None:
        """A whole immutable share, sent at once: answered when it is durable."""
        self.allocate(index, {share}, len(data))
        headers = {"Content-Range": f"bytes 0-{len(data) - 1}/{len(data)}",
                   "Content-Type": "application/octet-stream"}
        self.call("PATCH", f"/storage/v1/immutable/{index}/{share}", data,
                  {"upload-secret": bytes(20)}, headers)

    def write_slot(self, index: str, share: int, data: bytes) -> bytes:
        """Overwrites a mutable share with `data`, whatever it held."""
        return self.write_slots(index, {share: data})

    def write_slots(self, index: str, shares: dict[int, bytes]) -> bytes:
        """Overwrites several shares, all or none."""
        secrets = {"lease-renew-secret": bytes(32), "lease-cancel-secret": bytes(32),
                   "write-enabler": bytes(32)}
        changes = {share: {"test": [], "write": [{"offset": 0, "data": data}], "new-length": len(data)}
                   for share, data in shares.items()}
        return self.call("POST", f"/storage/v1/mutable/{index}/read-test-write",
                         cbor({"test-write-vectors": changes, "read-vector": []}), secrets)

"""The web API of a gateway, Tahoe's or ours: the few calls that the harnesses need."""
from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request


class HttpError(Exception):
    """An answer that is not 2xx."""

    def __init__(self, method: str, url: str, status: int, body: bytes) -> None:
        super().__init__(f"{method} {url.split('/uri/')[0]}: {status} {body[:2000]!r}")
        self.status = status
        self.body = body


class WebApi:
    def __init__(self, url: str, limit_s: float = 120) -> None:
        self.url = url.rstrip("/")
        self.limit_s = limit_s

    def request(self, method: str, path: str, body=None, headers: dict[str, str] | None = None):
        """The open answer, for large bodies; raises HttpError."""
        request = urllib.request.Request(self.url + path, data=body, method=method,
                                         headers=headers or {})
        if body is not None and not request.has_header("Content-type"):
            request.add_header("Content-Type", "application/octet-stream")
        try:
            # Loopback only: no proxy from the environment.
            opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            return opener.open(request, timeout=self.limit_s)
        except urllib.error.HTTPError as error:
            raise HttpError(method, self.url + path, error.code, error.read()) from None

    def call(self, method: str, path: str, body=None, headers: dict[str, str] | None = None) -> bytes:
        with self.request(method, path, body, headers) as answer:
            return answer.read()

    @staticmethod
    def path_of(cap: str, *names: str) -> str:
        return "/uri/" + "/".join(urllib.parse.quote(part, safe="") for part in (cap, *names))

    def put(self, data: bytes, query: str = "") -> str:
        """Uploads a file without a name. \return its capability"""
        return self.call("PUT", "/uri" + query, data).decode().strip()

    def put_at(self, cap: str, data: bytes, *names: str, query: str = "") -> str:
        """Writes a mutable file, or a child of a directory."""
        return self.call("PUT", self.path_of(cap, *names) + query, data).decode().strip()

    def get(self, cap: str, *names: str, headers: dict[str, str] | None = None) -> bytes:
        return self.call("GET", self.path_of(cap, *names), headers=headers)

    def describe(self, cap: str, *names: str):
        return json.loads(self.call("GET", self.path_of(cap, *names) + "?t=json"))

    def mkdir(self, query: str = "") -> str:
        return self.call("POST", "/uri?t=mkdir" + query, b"").decode().strip()

    def check(self, cap: str, verify: bool = False, repair: bool = False) -> dict:
        query = f"?t=check&output=JSON&verify={str(verify).lower()}&repair={str(repair).lower()}"
        return json.loads(self.call("POST", self.path_of(cap) + query, b""))

    def welcome(self) -> dict:
        """What the gateway says of its servers."""
        return json.loads(self.call("GET", "/?t=json"))

    def connected_servers(self) -> int:
        return sum("onnected" in server.get("connection_status", "")
                   and not server["connection_status"].lower().startswith(("not", "dis"))
                   for server in self.welcome().get("servers", []))

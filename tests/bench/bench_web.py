"""Requests to a gateway's web API over kept connections, one for each thread."""
from __future__ import annotations

import http.client
import threading
import urllib.parse

from bench_grid import Grid

AT_ONCE = 8  # clients


class WebClient:
    def __init__(self, grid: Grid, limit_s: float = 600) -> None:
        url = urllib.parse.urlsplit(grid.web.url)
        self._name = grid.name
        self._address = url.hostname, url.port
        self._limit_s = limit_s
        self._thread = threading.local()
        self.path = grid.web.path_of

    def _call(self, method: str, path: str, body: bytes | None) -> bytes:
        if not hasattr(self._thread, "connection"):
            self._thread.connection = http.client.HTTPConnection(*self._address, timeout=self._limit_s)
        self._thread.connection.request(method, path, body)
        answer = self._thread.connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise RuntimeError(f"{self._name}: {method} was answered with {answer.status} {text[:500]!r}")
        return text

    def get(self, path: str) -> bytes:
        return self._call("GET", path, None)

    def put(self, path: str, body: bytes) -> bytes:
        return self._call("PUT", path, body)

    def post(self, path: str, body: bytes = b"") -> bytes:
        return self._call("POST", path, body)

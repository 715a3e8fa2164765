"""A storage server behind an operator's own HTTPS proxy (nginx): plain HTTP on loopback behind it, the
proxy's key in the NURL; a gateway stores and reads through it."""
from __future__ import annotations

import base64
import hashlib
import json
import pathlib
import shutil
import socket
import subprocess
import time
import unittest

import netns
from netns import PROGRAMS, data_of, fresh_folder
from processes import wait_until
from tarn_grid import Gateway, Introducer, StorageServer

NGINX = """\
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {folder}/cert.pem;
        ssl_certificate_key {folder}/key.pem;
        ssl_protocols TLSv1.3;
        client_max_body_size 0;
        location /storage/ {{
            proxy_pass http://127.0.0.1:{inner};
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_request_buffering off;
            proxy_buffering off;
        }}
    }}
}}
"""


def no_proxy() -> str | None:
    missing = [name for name in ("nginx", "openssl") if shutil.which(name) is None]
    return f"not installed: {', '.join(missing)}" if missing else None


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def make_certificate(folder: pathlib.Path) -> str:
    """cert.pem and key.pem of a certificate authority's kind. \\return the hash that NURLs pin"""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                    "-nodes", "-keyout", folder / "key.pem", "-out", folder / "cert.pem", "-days", "1",
                    "-subj", "/CN=storage.example"], check=True, capture_output=True)
    public = subprocess.run(["openssl", "pkey", "-in", folder / "key.pem", "-pubout", "-outform", "DER"],
                            check=True, capture_output=True).stdout
    return base64.urlsafe_b64encode(hashlib.sha256(public).digest()).decode().rstrip("=")


class HttpsProxy(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = fresh_folder("https_proxy")
        self.key = make_certificate(self.folder)
        self.port, self.inner = free_port(), free_port()
        (self.folder / "nginx.conf").write_text(
            NGINX.format(folder=self.folder, port=self.port, inner=self.inner))
        proxy = subprocess.Popen(["nginx", "-c", self.folder / "nginx.conf", "-e", self.folder / "error.log"],
                                 stdin=subprocess.DEVNULL)
        self.addCleanup(proxy.wait)
        self.addCleanup(proxy.terminate)
        self.server = StorageServer(
            PROGRAMS, self.folder / "server", nickname="s", port=self.inner,
            listen=f'tls = "proxy"\nproxy_key = "{self.key}"',
            sections=f'[announce]\nlocations = ["tcp:127.0.0.1:{self.port}"]')
        self.addCleanup(self.server.kill)
        self.server.start()
        self.wait_open()

    def wait_open(self, limit_s: float = 20) -> None:
        deadline = time.monotonic() + limit_s
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=5).close()
                return
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def gateway(self, announcement: str) -> Gateway:
        gateway = Gateway(PROGRAMS, self.folder / "gateway", announcement, needed=1, happy=1, total=1)
        self.addCleanup(gateway.kill)
        gateway.start()
        return gateway

    def test_stores_and_reads_through_it(self) -> None:
        self.assertTrue(self.server.nurl().startswith(f"pb://{self.key}@127.0.0.1:{self.port}/"))
        gateway = self.gateway(self.server.announcement())
        data = data_of(5_000_000)
        cap = gateway.web.put(data)
        self.assertEqual(gateway.web.get(cap), data)
        mutable = gateway.web.put(data[:10_000], "?format=MDMF")
        gateway.web.put_at(mutable, data[:20_000])
        self.assertEqual(gateway.web.get(mutable), data[:20_000])
        self.assertTrue(gateway.web.check(cap, verify=True)["results"]["healthy"])

    def test_another_key_is_refused(self) -> None:
        stranger = self.server.announcement().replace(self.key, "A" * 43)
        gateway = self.gateway(stranger)
        self.assertEqual(gateway.web.connected_servers(), 0)

    def test_its_key_is_proven_to_gateways(self) -> None:
        """A stranger announces the proxy's key with an address of its own: who has proven it is believed."""
        introducer = Introducer(PROGRAMS, self.folder / "introducer", port=free_port())
        self.addCleanup(introducer.kill)
        introducer.start()
        told = f'introducers = ["{introducer.url()}"]\nanonymous_nurl = true\n'
        config = self.server.config.read_text()
        self.server.config.write_text(config.replace("[announce]\n", f"[announce]\n{told}").replace(
            "proxy_key", 'proxy_proof = "proxy.proof"\nproxy_key'))
        self.server.stop()
        with self.assertRaisesRegex(RuntimeError, "proxy_proof.*proxy.proof"):
            self.server.start()
        self.server.kill()
        proof = subprocess.run([PROGRAMS.storage, "--state", self.server.state, "--prove-proxy-key",
                                self.folder / "key.pem"], capture_output=True, check=True).stdout
        (self.server.state / "proxy.proof").write_bytes(proof[:-3] + b"\n")
        with self.assertRaisesRegex(RuntimeError, "does not prove proxy_key for this server: make it with"):
            self.server.start()
        self.server.kill()
        (self.server.state / "proxy.proof").write_bytes(proof)
        self.server.start()
        stranger = StorageServer(PROGRAMS, self.folder / "stranger", nickname="m", port=free_port(),
                                 listen=f'tls = "proxy"\nproxy_key = "{self.key}"',
                                 announce=f'locations = ["tcp:127.0.0.1:{free_port()}"]\n{told}')
        self.addCleanup(stranger.kill)
        stranger.start()
        wait_until(lambda: introducer.servers().count("anonymous-storage-FURL") == 2, 20, "both announcements")
        gateway = Gateway(PROGRAMS, self.folder / "introduced", "storage: {}\n", needed=1, happy=1, total=1,
                          extra=f'[introducers]\nurls = ["{introducer.url()}"]')
        self.addCleanup(gateway.kill)
        gateway.start()
        wait_until(lambda: gateway.web.connected_servers() == 1, 20, "the server behind the proxy")
        status = json.loads(gateway.web.call("GET", "/?t=json"))
        self.assertEqual([one["nickname"] for one in status["servers"]], ["s"])
        data = data_of(100_000)
        self.assertEqual(gateway.web.get(gateway.web.put(data)), data)

    def test_says_that_it_speaks_in_clear(self) -> None:
        self.assertIn(f"127.0.0.1:{self.inner}  storage protocol, HTTP/1.1 in clear, to a TLS proxy",
                      self.server.run("--explain"))


if __name__ == "__main__":
    netns.run(no_proxy)

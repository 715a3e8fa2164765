"""Real Tahoe-LAFS nodes on loopback: storage servers and clients with static servers.

Runs inside the venv of make_venv: allmydata and cryptography are importable.
"""
from __future__ import annotations

import base64
import hashlib
import pathlib
import subprocess
import sys
from collections.abc import Iterable

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from processes import Process, free_port, wait_until
from web_api import WebApi

TAHOE = pathlib.Path(sys.executable).parent / "tahoe"
# What `tahoe run` looks for to tell a node's kind; its text is not read.
TAC_FILE = "# tahoe-client.tac: marks a client or storage node\n"


def spki_hash(pem: bytes) -> str:
    """The first part of a NURL: base64url of the SHA-256 of the certificate's public key."""
    key = x509.load_pem_x509_certificate(pem).public_key()
    der = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.urlsafe_b64encode(hashlib.sha256(der).digest()).rstrip(b"=").decode()


class TahoeNode:
    """One `tahoe run`. A storage server listens on `port`; a client has a web API."""

    def __init__(self, folder: pathlib.Path, *, storage: bool, nickname: str = "t",
                 servers: str = "", needed: int = 3, happy: int = 7, total: int = 10,
                 segment_size: int = 1 << 20, address: str = "127.0.0.1",
                 prefix: Iterable[str] = ()) -> None:
        """servers: the text of private/servers.yaml.  address: where it listens.
        prefix: a command in front, such as `ip netns exec NAME`."""
        self.folder = folder
        self.address = address
        self.prefix = list(prefix)
        self.storage = storage
        self.port = free_port() if storage else 0
        self.process: Process | None = None
        (folder / "private").mkdir(parents=True, mode=0o700)
        (folder / "tahoe-client.tac").write_text(TAC_FILE)
        listen = f"""\
tub.port = tcp:{self.port}:interface={address}
tub.location = tcp:{address}:{self.port}
""" if storage else "tub.port = disabled\ntub.location = disabled\n"
        (folder / "tahoe.cfg").write_text(f"""\
[node]
nickname = {nickname}
web.port = tcp:{free_port()}:interface={address}
{listen}
[client]
shares.needed = {needed}
shares.happy = {happy}
shares.total = {total}
shares._max_immutable_segment_size_for_testing = {segment_size}
[storage]
enabled = {storage}
reserved_space = 0
""")
        if servers:
            self.set_servers(servers)

    def set_servers(self, text: str) -> None:
        (self.folder / "private" / "servers.yaml").write_text(text)

    def launch(self) -> None:
        (self.folder / "node.url").unlink(missing_ok=True)
        # Without --allow-stdin-close it ends with the pipe that we hold.
        self.process = Process([*self.prefix, TAHOE, "-d", self.folder, "run"], self.folder / "run.log")

    def wait_ready(self, servers: int = 0, limit_s: float = 60) -> None:
        """Until the web API answers and `servers` servers are connected."""
        def ready() -> bool:
            self.process.require_running()
            if not (self.folder / "node.url").exists():
                return False
            try:
                return self.web.connected_servers() >= servers
            except OSError:
                return False
        wait_until(ready, limit_s, f"{self.folder.name} with {servers} servers")

    def start(self, servers: int = 0) -> None:
        self.launch()
        self.wait_ready(servers)

    def stop(self) -> None:
        if self.process:
            self.process.stop(30)

    def kill(self) -> None:
        if self.process:
            self.process.kill()

    @property
    def web(self) -> WebApi:
        # The file says 127.0.0.1 whatever it listens on.
        return WebApi((self.folder / "node.url").read_text().strip().replace("127.0.0.1", self.address))

    @property
    def shares(self) -> pathlib.Path:
        return self.folder / "storage" / "shares"

    def private(self, name: str) -> str:
        return (self.folder / "private" / name).read_text().strip()

    def nurl(self) -> str:
        swissnum = self.private("storage.furl").rsplit("/", 1)[1]
        pem = (self.folder / "private" / "node.pem").read_bytes()
        return f"pb://{spki_hash(pem)}@{self.address}:{self.port}/{swissnum}#v=1"

    def announcement(self) -> str:
        """Its entry of servers.yaml, as an introducer would have spread it."""
        server_id = (self.folder / "node.pubkey").read_text().strip().removeprefix("pub-")
        seed = (self.folder / "permutation-seed").read_text().strip()
        return f"""\
storage:
  {server_id}:
    ann:
      nickname: {self.folder.name}
      anonymous-storage-FURL: {self.private("storage.furl")}
      anonymous-storage-NURLs:
      - {self.nurl()}
      permutation-seed-base32: {seed}
"""

    def cli(self, *arguments: str, limit_s: float = 60) -> str:
        """`tahoe -d FOLDER ...`. \return its standard output"""
        return tahoe(self.folder, *arguments, limit_s=limit_s)


def tahoe(folder: pathlib.Path, *arguments: str | pathlib.Path, limit_s: float = 60) -> str:
    """The `tahoe` command on any node directory, ours included."""
    result = subprocess.run([TAHOE, "-d", folder, *arguments], capture_output=True, text=True,
                            stdin=subprocess.DEVNULL, timeout=limit_s)
    if result.returncode != 0:
        raise RuntimeError(f"tahoe {arguments[0]}: {result.returncode}\n{result.stderr[-3000:]}"
                           f"{result.stdout[-1000:]}")
    return result.stdout


def start_all(nodes: list[TahoeNode]) -> None:
    for node in nodes:
        node.launch()
    for node in nodes:
        node.wait_ready()

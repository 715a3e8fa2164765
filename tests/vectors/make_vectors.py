#!/usr/bin/env python3
"""Makes the vectors of this folder by running the real Tahoe-LAFS.

  build/tahoe-venv/bin/python tests/vectors/make_vectors.py

Writes base32.json hashes.json hashtree.json zfec.json permutation.json chk.json caps.json
rsa_caps.json keys.json beside itself; README.md here says what is in them. Everything but
rsa_caps.json and keys.json comes out the same each time. Plaintexts and other inputs are
`pattern(n)`: byte i is (i * 167 + (i >> 8) * 13) mod 256.
"""
from __future__ import annotations

import hashlib
import json
import pathlib
import struct

import zfec
from allmydata import hashtree, uri
from allmydata.crypto import rsa
from allmydata.immutable import encode, layout, upload
from allmydata.storage.http_common import get_spki_hash
from allmydata.util import base32, hashutil
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa as rsa_keys
from foolscap.api import Tub
from twisted.internet import defer, reactor

HERE = pathlib.Path(__file__).resolve().parent


def pattern(length: int, first: int = 0) -> bytes:
    return bytes((i * 167 + (i >> 8) * 13) & 0xFF for i in range(first, first + length))


def write(name: str, what: str, vectors: list) -> None:
    text = json.dumps({"what": what, "vectors": vectors}, indent=1)
    (HERE / name).write_text(text + "\n")


def make_base32() -> None:
    write("base32.json", "allmydata.util.base32.b2a", [
        {"bytes": data.hex(), "text": base32.b2a(data).decode()}
        for length in [*range(0, 34), 64] for data in (pattern(length), b"\xff" * length)])


def make_hashes() -> None:
    """Every tagged hash of the storage formats, each on inputs of its own sizes."""
    key, secret, index, node = pattern(16), pattern(32, 100), pattern(16, 200), pattern(20, 300)
    data, pair = pattern(1000), (pattern(32, 7), pattern(32, 9))
    h = hashutil
    cases = {
        "tagged_hash('tag')": (h.tagged_hash(b"tag", data), [data]),
        "tagged_pair_hash('tag')": (h.tagged_pair_hash(b"tag", *pair), pair),
        "storage_index": (h.storage_index_hash(key), [key]),
        "block": (h.block_hash(data), [data]),
        "uri_extension": (h.uri_extension_hash(data), [data]),
        "crypttext": (h.crypttext_hash(data), [data]),
        "crypttext_segment": (h.crypttext_segment_hash(data), [data]),
        "client_renewal": (h.my_renewal_secret_hash(secret), [secret]),
        "client_cancel": (h.my_cancel_secret_hash(secret), [secret]),
        "file_renewal": (h.file_renewal_secret_hash(secret, index), [secret, index]),
        "file_cancel": (h.file_cancel_secret_hash(secret, index), [secret, index]),
        "bucket_renewal": (h.bucket_renewal_secret_hash(secret, node), [secret, node]),
        "bucket_cancel": (h.bucket_cancel_secret_hash(secret, node), [secret, node]),
        "ssk_writekey": (h.ssk_writekey_hash(data), [data]),
        "ssk_write_enabler_master": (h.ssk_write_enabler_master_hash(key), [key]),
        "ssk_write_enabler": (h.ssk_write_enabler_hash(key, node), [key, node]),
        "ssk_fingerprint": (h.ssk_pubkey_fingerprint_hash(data), [data]),
        "ssk_readkey": (h.ssk_readkey_hash(key), [key]),
        "ssk_data_key": (h.ssk_readkey_data_hash(index, key), [index, key]),
        "ssk_storage_index": (h.ssk_storage_index_hash(key), [key]),
        "merkle_empty_leaf(5)": (hashtree.empty_leaf_hash(5), []),
        "merkle_pair": (hashtree.pair_hash(*pair), pair),
        "mutable_container_magic": (h.tagged_hash(b"allmydata_mutable_container_header",
                                                  b"Tahoe mutable container v2\n", 5), []),
    }
    vectors = [{"name": name, "inputs": [value.hex() for value in inputs], "hash": out.hex()}
               for name, (out, inputs) in cases.items()]
    for k, n, segment, convergence, size in [(3, 10, 99, b"spec", 97), (1, 1, 56, b"", 56),
                                             (256, 256, 1024, pattern(32), 1000)]:
        out = h.convergence_hash(k, n, segment, pattern(size), convergence)
        vectors.append({"name": "convergence", "k": k, "n": n, "segment_size": segment,
                        "convergence": convergence.hex(), "length": size, "hash": out.hex()})
    write("hashes.json", "allmydata.util.hashutil and allmydata.hashtree", vectors)


def make_hashtree() -> None:
    vectors = []
    for count in [*range(1, 18), 31, 32, 33, 100, 256]:
        tree = hashtree.HashTree([hashutil.tagged_hash(b"leaf", b"%d" % i) for i in range(count)])
        leaves = sorted({0, count // 2, count - 1})
        vectors.append({
            "leaves": count, "nodes": len(tree), "root": tree[0].hex(),
            "all_nodes_sha256": hashlib.sha256(b"".join(tree)).hexdigest(),
            "needed": {str(leaf): sorted(tree.needed_hashes(leaf)) for leaf in leaves},
            "needed_with_leaf": {str(leaf): sorted(tree.needed_hashes(leaf, include_leaf=True))
                                 for leaf in leaves}})
    write("hashtree.json", "trees whose leaf i is tagged_hash('leaf', decimal i)", vectors)


def make_zfec() -> None:
    vectors = []
    for k, n in [(1, 1), (1, 5), (2, 3), (2, 2), (3, 10), (4, 7), (7, 10), (16, 17), (25, 100),
                 (71, 255), (101, 256), (255, 256), (256, 256), (1, 256)]:
        for size in (1, 31, 32, 33, 257):
            pieces = [pattern(size, i * size) for i in range(k)]
            blocks = zfec.Encoder(k, n).encode(pieces)
            vector = {"k": k, "n": n, "block_size": size,
                      "blocks_sha256": hashlib.sha256(b"".join(blocks)).hexdigest()}
            if size == 1:
                vector["blocks"] = b"".join(blocks).hex()
            vectors.append(vector)
    write("zfec.json", "piece j is pattern(block_size) from byte j * block_size on; "
          "blocks are those of shares 0..n-1 end to end", vectors)


def make_permutation() -> None:
    vectors = []
    for seed_size in (20, 32, 52):
        seeds = [pattern(seed_size, 1000 * i) for i in range(12)]
        for start in (0, 50, 99):
            index = pattern(16, start)
            order = sorted(range(len(seeds)),
                           key=lambda i: hashutil.permute_server_hash(index, seeds[i]))
            vectors.append({"storage_index": index.hex(), "seeds": [s.hex() for s in seeds],
                            "order": order})
    write("permutation.json", "servers sorted by allmydata.util.hashutil.permute_server_hash", vectors)


class Bucket:
    """Takes the writes of one share; stands where the storage server would."""

    def __init__(self) -> None:
        self.data = bytearray()

    def callRemote(self, method: str, *arguments):
        if method == "write":
            offset, data = arguments
            self.data[offset:offset + len(data)] = data
        return defer.succeed(None)


class Server:
    def get_name(self) -> bytes:
        return b"server"

    def get_serverid(self) -> bytes:
        return b"server"

    get_lease_seed = get_serverid


def with_sorted_share_hashes(share: bytes) -> bytes:
    """The reference writes these entries in no particular order."""
    version, = struct.unpack(">L", share[:4])
    at, field = (0x1C, ">L") if version == 1 else (0x34, ">Q")
    size = struct.calcsize(field)
    begin, = struct.unpack(field, share[at:at + size])
    end, = struct.unpack(field, share[at + size:at + 2 * size])
    entries = sorted(share[i:i + 34] for i in range(begin, end, 34))
    return share[:begin] + b"".join(entries) + share[end:]


@defer.inlineCallbacks
def chk_vector(size: int, k: int, n: int, segment_size: int, convergence: bytes, proxy):
    source = upload.Data(pattern(size), convergence)
    source.set_default_encoding_parameters(
        {"k": k, "n": n, "happy": 1, "max_segment_size": segment_size})
    encrypted = upload.EncryptAnUploadable(source)
    encoder = encode.Encoder()
    yield encoder.set_encrypted_uploadable(encrypted)
    key = yield source.get_encryption_key()
    share_size, block_size = encoder.get_param("share_size"), encoder.get_param("block_size")
    segments = encoder.get_param("num_segments")
    hashes = len(hashtree.IncompleteHashTree(n).needed_hashes(0, include_leaf=True))
    buckets = [Bucket() for _ in range(n)]
    landlords = {i: proxy(bucket, Server(), share_size, block_size, segments, hashes,
                          encoder.get_uri_extension_size()) for i, bucket in enumerate(buckets)}
    encoder.set_shareholders(landlords, {i: {b"server%d" % i} for i in range(n)})
    verify_cap = yield encoder.start()
    cap = uri.CHKFileURI(key, verify_cap.uri_extension_hash, k, n, size)
    shares = [with_sorted_share_hashes(bytes(bucket.data)) for bucket in buckets]
    return {"length": size, "k": k, "n": n, "max_segment_size": segment_size,
            "convergence": convergence.hex(), "cap": cap.to_string().decode(),
            "verify_cap": cap.get_verify_cap().to_string().decode(),
            "layout": 1 if proxy is layout.WriteBucketProxy else 2,
            "share_length": len(shares[0]),
            "shares_sha256": hashlib.sha256(b"".join(shares)).hexdigest(),
            "first_share_sha256": hashlib.sha256(shares[0]).hexdigest(),
            "last_share_sha256": hashlib.sha256(shares[-1]).hexdigest()}


@defer.inlineCallbacks
def make_chk():
    mib, v1, v2 = 1 << 20, layout.WriteBucketProxy, layout.WriteBucketProxy_v2
    cases = [(size, 3, 10, mib, v1) for size in (56, 57, 58, 1000, mib - 1, mib, mib + 1, 3 * mib + 1)]
    cases += [(size, 3, 10, 128, v1) for size in (127, 128, 129, 130, 256, 257, 384, 1000, 4097)]
    cases += [(1000, k, n, segment, v1)
              for k, n in [(1, 1), (1, 2), (1, 256), (2, 2), (2, 3), (4, 4), (7, 10), (25, 100),
                           (101, 256), (255, 256), (256, 256)] for segment in (64, 300, 131072)]
    cases += [(size, 2, 5, 500, v2) for size in (56, 499, 500, 501, 5000)]
    vectors = []
    for number, case in enumerate(cases):
        vectors.append((yield chk_vector(*case[:4], pattern(32 if number % 3 else 0, number), case[4])))
    write("chk.json", "immutable files of pattern(length); shares have ascending share hashes", vectors)


@defer.inlineCallbacks
def make_caps():
    """Capabilities alone, around every border of the arithmetic."""
    mib = 1 << 20
    vectors = [{"length": size, "k": 3, "n": 10, "max_segment_size": mib, "convergence": "",
                "cap": uri.LiteralFileURI(pattern(size)).to_string().decode()}
               for size in (0, 1, 2, 5, 54, 55)]
    cases = []
    for k, n in [(1, 1), (1, 3), (2, 3), (3, 10), (5, 8), (16, 17), (64, 128), (256, 256)]:
        for segment in (64, 192, 256):
            cases += [(size, k, n, segment) for size in sorted({
                56, 57, segment - 1, segment, segment + 1, 2 * segment - 1, 2 * segment,
                2 * segment + 1, 4 * segment + k, 5 * segment - k}) if size > 55]
    cases += [(k * unit + extra, k, n, mib) for k, n in [(3, 10), (7, 20), (2, 256)]
              for unit in (1000, 150_000) for extra in (-1, 0, 1)]
    for number, case in enumerate(cases):
        vector = yield chk_vector(*case, pattern((0, 1, 32, 100)[number % 4], number),
                                  layout.WriteBucketProxy)
        vectors.append({key: vector[key] for key in
                        ("length", "k", "n", "max_segment_size", "convergence", "cap")})
    write("caps.json", "capabilities of pattern(length)", vectors)


def make_rsa_caps() -> None:
    vectors = []
    for number in range(4):
        private, public = rsa.create_signing_keypair(2048)
        private_der = rsa.der_string_from_signing_key(private)
        public_der = rsa.der_string_from_verifying_key(public)
        write_key = hashutil.ssk_writekey_hash(private_der)
        fingerprint = hashutil.ssk_pubkey_fingerprint_hash(public_der)
        vector = {"private_key": private_der.hex(), "public_key": public_der.hex(),
                  "message": pattern(100, number).hex(),
                  "signature": rsa.sign_data(private, pattern(100, number)).hex(),
                  "write_enabler_of_node": hashutil.ssk_write_enabler_hash(write_key, pattern(20)).hex()}
        for name, kind in (("sdmf", uri.WriteableSSKFileURI), ("mdmf", uri.WriteableMDMFFileURI)):
            cap = kind(write_key, fingerprint)
            vector[name] = {"write": cap.to_string().decode(),
                            "read": cap.get_readonly().to_string().decode(),
                            "verify": cap.get_verify_cap().to_string().decode()}
        vectors.append(vector)
    write("rsa_caps.json", "RSA keys, their mutable capabilities, one signature each; the write "
          "enabler is for the node whose 20-byte id is pattern(20)", vectors)


def make_keys() -> None:
    """Keys in every wrapping that is met, signatures that must not pass, a node's TLS identity."""
    wrap = serialization
    plain = wrap.NoEncryption()
    private, public = rsa.create_signing_keypair(2048)
    short = rsa_keys.generate_private_key(public_exponent=65537, key_size=1024)
    message = pattern(100)
    salted = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=20)
    tub = Tub()
    node_pem = tub.getCertData()
    certificate = x509.load_pem_x509_certificate(node_pem)
    write("keys.json", "an RSA key and signatures of pattern(100), a key of 1024 bits, private/node.pem", [{
        "private_der": rsa.der_string_from_signing_key(private).hex(),
        "public_der": rsa.der_string_from_verifying_key(public).hex(),
        "pkcs1_pem": private.private_bytes(
            wrap.Encoding.PEM, wrap.PrivateFormat.TraditionalOpenSSL, plain).decode(),
        "pkcs8_pem": private.private_bytes(
            wrap.Encoding.PEM, wrap.PrivateFormat.PKCS8, plain).decode(),
        "encrypted_pem": private.private_bytes(
            wrap.Encoding.PEM, wrap.PrivateFormat.PKCS8,
            wrap.BestAvailableEncryption(b"secret")).decode(),
        "signature": rsa.sign_data(private, message).hex(),
        "signature_salt_20": private.sign(message, salted, hashes.SHA256()).hex(),
        "signature_pkcs1_v15": private.sign(message, padding.PKCS1v15(), hashes.SHA256()).hex(),
        "short_private_der": short.private_bytes(
            wrap.Encoding.DER, wrap.PrivateFormat.PKCS8, plain).hex(),
        "short_public_der": short.public_key().public_bytes(
            wrap.Encoding.DER, wrap.PublicFormat.SubjectPublicKeyInfo).hex(),
        "node_pem": node_pem.decode(),
        "tub_id_hex": base32.a2b(tub.getTubID().encode()).hex(),
        "spki_hash": get_spki_hash(certificate).decode(),
    }])


def main() -> None:
    make_base32()
    make_hashes()
    make_hashtree()
    make_zfec()
    make_permutation()
    make_rsa_caps()
    make_keys()
    failures = []
    make_chk().addCallback(lambda _: make_caps()).addErrback(failures.append).addBoth(lambda _: reactor.stop())
    reactor.run()
    for failure in failures:
        failure.raiseException()


if __name__ == "__main__":
    main()

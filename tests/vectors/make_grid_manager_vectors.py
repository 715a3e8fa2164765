#!/usr/bin/env python3
"""Makes grid_manager.json with the real Tahoe-LAFS 1.20: run it with the venv's python.

  build/tahoe-venv/bin/python tests/vectors/make_grid_manager_vectors.py > tests/vectors/grid_manager.json
"""
import io
import json
from datetime import datetime, timedelta, timezone

from allmydata import grid_manager as gm
from allmydata.crypto import ed25519
from allmydata.util import jsonbytes

KEY = b"priv-v0-" + b"b2ac5wwhx74vgwiwtsnwrm3xvpm36bsodcceylq7kfznevxvieyq"
OTHER = b"priv-v0-" + b"szh4nvmlh5zcrqmlmuui4wi2em4bmf2nljgvgjjlxxtmkzssnnga"
ALPHA = b"pub-v0-omap3uqqb6la6r3onbraxnpekkse6mx6hpgrutsgucdtmgwma2tq"
BETA = b"pub-v0-ywdl64yvrt2gykyvrbbszk44n6h5s3cqgm4ozgonbmfigvfqu4qq"


def signed(manager, name, expires):
    gm.current_datetime_with_zone = lambda: expires
    return jsonbytes.dumps(manager.sign(name, timedelta(0)).marshal(), indent=4)


def permitted(keys, certificates, server_id, now):
    """What a Tahoe-LAFS client says of such a server."""
    check = gm.create_grid_manager_verifier(
        [ed25519.signing_keypair_from_string(key)[1] for key in keys],
        [gm.SignedCertificate.load(io.StringIO(text)) for text in certificates],
        f"pub-{server_id}".encode(), now_fn=lambda: now, bad_cert=lambda key, cert: None)
    return check()


def main():
    manager = gm._GridManager(KEY, None)
    other = gm._GridManager(OTHER, None)
    empty = jsonbytes.dumps(manager.marshal(), indent=4)
    for one in (manager, other):
        one.add_storage_server("alpha", ed25519.verifying_key_from_string(ALPHA))
        one.add_storage_server("b\u00e9ta \"2\"", ed25519.verifying_key_from_string(BETA))
    ids = {"alpha": ALPHA[4:].decode(), "beta": BETA[4:].decode()}
    noon = datetime(2026, 11, 21, 12, 0, 0, tzinfo=timezone.utc)
    certificates = {
        "early": signed(manager, "alpha", noon - timedelta(microseconds=1)),
        "noon": signed(manager, "alpha", noon),
        "late": signed(manager, "alpha", noon + timedelta(days=5, microseconds=17)),
        "beta": signed(manager, "b\u00e9ta \"2\"", noon + timedelta(days=1)),
        "other": signed(other, "alpha", noon + timedelta(days=9)),
    }
    forged = json.loads(certificates["late"])
    forged["certificate"] = forged["certificate"].replace("2026", "2027")
    certificates["forged"] = json.dumps(forged, indent=4)
    questions = []
    for keys in ([], [KEY], [OTHER], [OTHER, KEY]):
        for chosen in ([], ["early"], ["noon"], ["late"], ["beta"], ["other"], ["forged"],
                       ["beta", "forged", "late"], ["early", "late"]):
            for server in ids.values():
                for now in (noon - timedelta(seconds=1), noon, noon + timedelta(days=6)):
                    held = [certificates[name] for name in chosen]
                    questions.append({
                        "keys": [gm._GridManager(key, None).public_identity().decode()
                                 for key in keys],
                        "certificates": chosen, "server": server, "now": now.isoformat(),
                        "permitted": permitted(keys, held, server, now)})
    print(json.dumps({
        "what": "a grid manager, its certificates, and what a client makes of them",
        "empty": empty, "config": jsonbytes.dumps(manager.marshal(), indent=4),
        "public_identity": manager.public_identity().decode(),
        "other_config": jsonbytes.dumps(other.marshal(), indent=4),
        "certificates": certificates, "vectors": questions}, indent=1))


if __name__ == "__main__":
    main()

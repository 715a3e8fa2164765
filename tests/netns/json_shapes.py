"""What a node's control API and the commands over it answer, key by key: core/doc/protocol/control.md. Keys that are
not named here may be there, too."""
from __future__ import annotations

import re

KEY = re.compile(r"v0-[a-z2-7]{52}")
ID = re.compile(r"[a-z2-7]{26}")
LINK = re.compile(r"tarn://join/1#[A-Za-z0-9_-]{1,4082}")
INVITE_STATE = re.compile("live|claimed|joined|expired|cancelled|denied|burned")
STANDING = re.compile("live|expired|departed|duplicate|revoked")
MEMBERSHIP = re.compile("joining|waiting|member|refused|gone")
ROLE = re.compile("friend|guest")


class OrNull:
    def __init__(self, shape: object) -> None:
        self.shape = shape


CLAIM = {"node": KEY, "nickname": str, "time": int}
INVITE = {"id": ID, "state": INVITE_STATE, "inviter": KEY, "mine": bool, "note": str, "role": ROLE, "depth": int,
          "quota": int, "pre_approved": bool, "delegate": OrNull(KEY), "created": int, "expires": int}
NEW_INVITE = {**INVITE, "link": LINK}
INVITES = {"invites": [INVITE]}
MEMBER = {"name": str, "key": KEY, "self": bool, "founder": bool, "standing": STANDING, "role": ROLE, "depth": int,
          "invited_by": KEY, "admitted": int, "until": int, "online": bool, "path": str, "reason": str, "last_seen": OrNull(int),
          "uses_of_mine": int, "i_use": OrNull(int), "limit": OrNull(int), "my_limit": OrNull(int), "may_read": bool,
          "may_write": bool, "keep_shares": bool, "use": bool, "household": str,
          "says_it_uses": OrNull(int), "agrees": OrNull(bool)}
MEMBERS = {"members": [MEMBER]}
ENCODING = {"needed": int, "happy": int, "total": int, "automatic": bool, "source": re.compile("members|owner|node.toml"),
            "members": int, "problem": str}
PLACEMENT = {"members": [MEMBER], "encoding": ENCODING}
RELAY = {"offer": bool, "budget": OrNull(int), "month": str, "month_bytes": int, "streams": int, "sessions": int, "refused": int,
         "used": [{"key": KEY, "name": str, "location": str, "linked": bool, "relays": bool, "problem": str}]}
STATUS = {"version": str, "id": KEY, "nickname": str, "started": int, "listen": str, "locations": [str], "web": str,
          "root_directory": bool, "servers": int,
          "grid": {"name": str, "id": ID, "root": str, "founder": bool, "membership": MEMBERSHIP, "reason": str},
          "storage": {"offered": OrNull(int), "used": OrNull(int), "available": int, "problem": str},
          "encoding": ENCODING, "relay": RELAY}
LINK = {"id": ID, "member": str, "key": KEY, "name": str, "kind": re.compile("file|directory"), "size": OrNull(int),
        "time": int, "sent": bool, "delivered": bool}
SHOWN_LINK = {**LINK, "cap": re.compile("URI:.*")}
LINKS = {"links": [LINK]}
CLIENT = {"name": str, "used": int, "shares": int, "limit": OrNull(int), "created": int, "revoked": bool}
NEW_CLIENT = {**CLIENT, "entry": str}
CLIENTS = {"clients": [CLIENT]}
PROOF = {"reached": bool, "at": int, "observer": KEY}
PATH = {"kind": str, "place": str, "result": re.compile("works|failed|somebody else|outrun"), "at": int, "took_ms": int,
        "reason": str}
CONNECTION = {"looks": bool, "interfaces": bool, "mapping": bool, "seen": bool, "punching": bool, "unproven": str,
              "addresses": [{"location": str, "kind": str, "origin": str, "told": bool, "reason": str, "proof": OrNull(PROOF)}],
              "router": {"state": re.compile("off|looking|open|none|failed"), "protocol": str, "address": str, "reason": str},
              "peers": [{"name": str, "key": KEY, "online": bool, "kind": str, "place": str, "paths": [PATH], "step": str}]}


def differences(shape: object, value: object, at: str = "") -> list[str]:
    """In what `value` is not of that shape; empty: it is."""
    if isinstance(shape, OrNull):
        return [] if value is None else differences(shape.shape, value, at)
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            return [f"{at}: {value!r} is no object"]
        return [text for key, inner in shape.items() for text in
                ([f"{at}.{key} is missing"] if key not in value else differences(inner, value[key], f"{at}.{key}"))]
    if isinstance(shape, list):
        if not isinstance(value, list):
            return [f"{at}: {value!r} is no list"]
        return [text for number, one in enumerate(value) for text in differences(shape[0], one, f"{at}[{number}]")]
    if isinstance(shape, re.Pattern):
        fits = isinstance(value, str) and shape.fullmatch(value) is not None
    else:
        fits = type(value) is shape
    return [] if fits else [f"{at}: {value!r} where {shape} was expected"]

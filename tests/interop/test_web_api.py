"""The same requests to the real gateway and to ours, on the same servers: the same codes, headers, JSON and texts."""
from __future__ import annotations

import base64
import http.client
import json
import re
import shutil
import time
import urllib.parse
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from interop import CONVERGENCE, PROGRAMS, InteropTest, data_of
from processes import wait_until
from tahoe_grid import TahoeNode
from tarn_grid import Gateway, StorageServer, servers_yaml
from test_tahoe_command import plain, timeless
from web_api import WebApi
from web_socket import WebSocket

ENCODING = {"needed": 2, "happy": 3, "total": 4}
LIT = "URI:LIT:nbswy3dp"
FUTURE = "ro.lafs://from-the-future"
FORM = {"Content-Type": "multipart/form-data; boundary=B"}
SAME_HEADERS = ("Content-Type", "Content-Range", "Accept-Ranges", "Content-Disposition", "X-Frame-Options",
                "Referrer-Policy")


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    @property
    def json(self):
        return timeless(json.loads(self.body))


def form(*fields: tuple[str, str], file: tuple[str, str] | None = None) -> bytes:
    parts = [f'--B\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields]
    if file:
        parts.insert(len(parts) // 2, '--B\r\nContent-Disposition: form-data; name="file"; '
                     f'filename="{file[0]}"\r\n\r\n{file[1]}\r\n')
    return ("".join(parts) + "--B--\r\n").encode()


def content_type(text: str) -> str:
    return text.replace(" ", "").lower()


OF_THE_MOMENT = {"size-directories", "largest-directory", "sharemap", "servers-responding", "storage-index", "summary",
                 "list-corrupt-shares", "list-remaining-corrupt-shares", "list-unhealthy-files", "root-storage-index"}


def shape(value):
    """Names, and the values that do not depend on servers and moments. The real gateway's map of a mutable file is
    not always whole when it looks before a repair: of repairs the names count."""
    if isinstance(value, dict):
        return {key: None if key in OF_THE_MOMENT or key.startswith("count-repairs") or key.startswith("repair-")
                else names(part) if "-repair" in key else shape(part) for key, part in value.items()}
    if isinstance(value, list):
        return [shape(part) for part in value]
    return value


def names(value):
    return {key: names(part) for key, part in value.items() if key != "sharemap"} if isinstance(value, dict) else None


def within(ours, real):
    """Of ours what the real one has too: we may tell more."""
    if isinstance(ours, dict) and isinstance(real, dict) and len(ours) > len(real):
        ours = {key: part for key, part in ours.items() if key in real}
    if isinstance(ours, dict) and isinstance(real, dict):
        return {key: within(part, real.get(key)) for key, part in ours.items()}
    return ours


def difference(ours, real, where: str = ""):
    """Where two values differ first: (place, ours, real)."""
    if isinstance(ours, dict) and isinstance(real, dict) and ours.keys() == real.keys():
        for key in ours:
            if ours[key] != real[key]:
                return difference(ours[key], real[key], f"{where}/{key}")
    if isinstance(ours, (list, tuple)) and isinstance(real, (list, tuple)) and len(ours) == len(real):
        for number, (one, other) in enumerate(zip(ours, real)):
            if one != other:
                return difference(one, other, f"{where}/{number}")
    return where, "ours", ours, "real", real


class SameRequests(InteropTest):
    @classmethod
    def setUpClass(cls) -> None:
        super().setUpClass()
        stores = [cls.keep(StorageServer(PROGRAMS, cls.folder / f"s{i}", nickname=f"s{i}")) for i in range(4)]
        for store in stores:
            store.start()
        servers = servers_yaml(store.announcement() for store in stores)
        cls.real = cls.keep(TahoeNode(cls.folder / "real", storage=False, servers=servers, **ENCODING))
        (cls.real.folder / "private" / "convergence").write_text(CONVERGENCE + "\n")
        cls.real.start(servers=len(stores))
        cls.ours = cls.keep(Gateway(PROGRAMS, cls.folder / "ours", servers, convergence=CONVERGENCE, **ENCODING))
        cls.ours.start()
        cls.stores = stores
        cls.webs = {"real": cls.real.web, "ours": cls.ours.web}
        cls.states = {"real": cls.real.folder, "ours": cls.ours.state}

    def setUp(self) -> None:
        """A tree of its own in each, for every test."""
        self.differences: list = []
        self.places = {}
        for node, web in self.webs.items():
            root = web.mkdir()
            web.put_at(root, data_of(5000), "file.txt")
            web.put_at(root, b"hello", "small")
            web.put_at(root, data_of(3000), "slot", query="?format=SDMF")
            web.put_at(root, data_of(9000), "seg", query="?format=MDMF")
            web.put_at(root, data_of(700), "sub", "deep.txt")
            described = web.describe(root)[1]
            self.places[node] = {
                "D": web.path_of(root), "R": web.path_of(described["ro_uri"]), "V": web.path_of(described["verify_uri"]),
                "F": web.path_of(described["children"]["file.txt"][1]["ro_uri"]), "L": web.path_of(LIT),
                "M": web.path_of(described["children"]["slot"][1]["rw_uri"]),
                "O": web.path_of(described["children"]["slot"][1]["ro_uri"]),
                "S": web.path_of(described["children"]["sub"][1]["rw_uri"]),
                "U": web.path_of(FUTURE)}

    def tearDown(self) -> None:
        if self.differences:
            self.fail("\n" + "\n".join(map(str, self.differences)))

    def ask(self, node: str, method: str, path: str, body: bytes | None = None, headers=None) -> Answer:
        """`path` may begin with the name of a place; {D} in it and in the body is the capability there."""
        places = self.places[node]
        head, _, _ = path.partition("/")
        first = head.partition("?")[0]
        if first in places:
            path = places[first] + path[len(first):]
        for name, place in places.items():
            cap = place.removeprefix("/uri/")
            path = path.replace(f"{{{name}}}", cap)
            if body:
                body = body.replace(f"{{{name}}}".encode(), urllib.parse.unquote(cap).encode())
        url = urllib.parse.urlsplit(self.webs[node].url)
        connection = http.client.HTTPConnection(url.hostname, url.port, timeout=60)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            got = connection.getresponse()
            return Answer(got.status, dict(got.getheaders()), got.read())
        finally:
            connection.close()

    def same(self, method: str, path: str, body: bytes | None = None, headers=None, *, code: int | None = None,
             see=None) -> Answer:
        """Asks both. `see` makes what is compared of an answer beyond its code; code: what both must answer."""
        ours, real = (self.ask(node, method, path, body, headers) for node in ("ours", "real"))
        case = (method, path, headers) if headers and headers != FORM else (method, path)
        if ours.status != real.status or (code and ours.status != code):
            self.differences.append((*case, "ours", ours.status, ours.text[:200], "real", real.status,
                                     real.text[:200], "expected", code))
        elif see and within(see(ours), see(real)) != see(real):
            self.differences.append((*case, *difference(within(see(ours), see(real)), see(real))))
        return ours

    @staticmethod
    def heads(answer: Answer):
        found = {name: answer.headers.get(name) for name in SAME_HEADERS}
        found["Content-Type"] = content_type(found["Content-Type"] or "")
        if answer.status >= 300:
            return None
        return found, answer.headers.get("Content-Length")

    def test_reads(self) -> None:
        def content(answer: Answer):
            return (answer.body, self.heads(answer), answer.headers.get("ETag")) if answer.status < 300 else None
        for path in ("D/file.txt", "D/small", "D/slot", "D/seg", "D/sub/deep.txt", "F", "L", "O", "M", "/file/{F}",
                     "/file/{F}/x/name.html", "/named/{F}/a.png", "/cap/{F}", "F?filename=a.pdf",
                     "D/file.txt?save=true", "D/file.txt?save=true&filename=b.txt", "R/file.txt"):
            self.same("GET", path, code=200, see=content)
            self.same("HEAD", path, code=200, see=self.heads)
        for path in ("D/file.txt", "D/slot", "D/seg", "L"):
            for ranges in ("0-9", "10-", "-5", "4-4", "2990-99999", "99999-", "99999-99999", "9-5", "a-b", "1-2,4-5", "",
                           "0-", "2999-2999"):
                self.same("GET", path, headers={"Range": f"bytes={ranges}"}, see=content)
                self.same("HEAD", path, headers={"Range": f"bytes={ranges}"}, see=self.heads)
            self.same("GET", path, headers={"Range": "lines=1-2"}, see=content)
        for path in ("D/file.txt", "D/file.txt?t=uri", "F", "F?t=json"):
            tag = self.same("GET", path).headers["ETag"]
            self.same("GET", path, headers={"If-None-Match": tag}, code=304)

    def test_descriptions(self) -> None:
        self.same("POST", "D?t=set_children", json.dumps({"future": ["x", {"ro_uri": FUTURE}]}).encode(), code=200)
        for path in ("D", "D/", "R", "S", "D/sub", "F", "L", "M", "O", "D/file.txt", "D/small", "D/slot", "D/seg",
                     "D/sub/deep.txt", "R/slot", "D/future", "U"):
            self.same("GET", path + ("&" if "?" in path else "?") + "t=json", code=200,
                      see=lambda answer: (answer.json, content_type(answer.headers["Content-Type"])))
            self.same("GET", path + "?t=info", code=200)
        for path in ("D", "R", "F", "L", "M", "O", "D/sub", "D/small", "D/seg", "D/future"):
            self.same("GET", path + "?t=uri", see=lambda answer: plain(answer.text) if answer.status == 200 else None)
            self.same("GET", path + "?t=readonly-uri",
                      see=lambda answer: plain(answer.text) if answer.status == 200 else None)
        self.same("GET", "D?t=rename-form&name=small", code=200)
        self.same("GET", "D", code=200)

    def test_refused_reads(self) -> None:
        for path, code in {"D/nothing": 404, "D/nothing/below": 404, "D/file.txt/below": 400, "F/below": 400,
                           "D//file.txt": 400, "D/sub//deep.txt": 400, "D?t=bad": 400, "F?t=bad": 400, "U": 400,
                           "U?t=uri": 400, "/uri": 400, "/uri?uri=bad": 400, "/uri?uri={F}": 302, "/file": 404,
                           "/file/{D}": 400, "/file/bad": 400, "/nothing": 404, "F?save=maybe": 400,
                           "/operations/none": 404, "/status?t=bad": 400, "/?t=bad": 400, "/statistics?t=bad": 400}.items():
            self.same("GET", path, code=code)
        for path in ("F?t=json", "D/slot?t=uri"):
            self.same("HEAD", path, code=400)
        for method, path, code in (("PUT", "/file/{F}", 400), ("DELETE", "/uri", 501), ("PUT", "U", 501),
                                   ("POST", "U?t=check", 405), ("DELETE", "U", 501), ("PATCH", "F", 501),
                                   ("PATCH", "D", 501), ("PATCH", "/uri", 501)):
            self.same(method, path, b"x", code=code)

    def test_writes(self) -> None:
        text = lambda answer: plain(answer.text) if answer.status < 300 else None  # noqa: E731
        body = data_of(500)
        for method, path, content, code in (
                ("PUT", "/uri", body, 200), ("PUT", "/uri", b"", 200), ("PUT", "/uri?format=SDMF", body, 200),
                ("PUT", "/uri?format=mdmf", body, 200), ("PUT", "/uri?mutable=true", body, 200),
                ("PUT", "/uri?format=zip", body, 400), ("PUT", "/uri?mutable=maybe", body, 400),
                ("PUT", "/uri?t=upload", body, 400), ("PUT", "D/new", body, 201), ("PUT", "D/new", body, 200),
                ("PUT", "D/new?replace=false", body, 409), ("PUT", "D/new?replace=only-files", body, 200),
                ("PUT", "D/sub?replace=only-files&t=uri", LIT.encode(), 409), ("PUT", "D/new?replace=maybe", body, 400),
                ("PUT", "D/a/b/c", body, 201), ("PUT", "D", body, 400), ("PUT", "D/sub", body, 400),
                ("PUT", "D/file.txt/x", body, 409), ("PUT", "F/x", body, 409), ("PUT", "D/m?format=SDMF", body, 201),
                ("PUT", "D/m", b"other", 200), ("PUT", "M", b"other", 200), ("PUT", "O", b"other", 400),
                ("PUT", "M?offset=3", b"ER", 200), ("PUT", "M?offset=-1", b"ER", 400),
                ("PUT", "D/file.txt?offset=3", b"ER", 400), ("PUT", "D/l?t=uri", LIT.encode(), 200),
                ("PUT", "D/l?t=uri&replace=false", LIT.encode(), 409), ("PUT", "D/l?t=bad", b"", 400),
                ("DELETE", "D/l", None, 200), ("DELETE", "D/l", None, 404), ("DELETE", "D/a", None, 200),
                ("PUT", "D/sub/deep.txt", b"", 200)):
            self.same(method, path, content, code=code, see=text)
        self.same("PUT", "D/ranged", body, {"Content-Range": "bytes 0-499/500"}, code=501)
        self.same("GET", "D/m", see=lambda answer: answer.body)
        self.same("GET", "M", see=lambda answer: answer.body)
        self.same("GET", "D?t=json", see=lambda answer: answer.json)

    def test_forms(self) -> None:
        text = lambda answer: plain(answer.text) if answer.status < 300 else None  # noqa: E731
        file = ("own.txt", "content")
        for path, fields, upload, code in (
                ("D", [("t", "upload")], file, 200), ("D", [("t", "upload"), ("name", " given ")], file, 200),
                ("D?t=upload&name=query", [("name", "field"), ("format", "SDMF")], file, 200),
                ("D?t=upload", [("name", "a/b")], file, 400), ("D?t=upload&replace=false&name=small", [], file, 409),
                ("D?t=upload&replace=only-files&name=small", [], file, 400),
                ("D/slot?t=upload", [], file, 200), ("M?t=upload", [], file, 200), ("D?t=bad", [], file, 400), ("/uri?t=bad", [], file, 400), ("/uri?format=SDMF", [], file, 200),
                ("/uri", [("format", "MDMF"), ("t", "upload")], file, 200),
                ("D", [("t", "mkdir"), ("name", "by-form")], None, 200),
                ("D", [("t", "uri"), ("name", "linked"), ("uri", LIT)], None, 200),
                ("D", [("t", "rename"), ("from_name", "linked"), ("to_name", "moved")], None, 200),
                ("D", [("t", "unlink"), ("name", "moved")], None, 200)):
            self.same("POST", path, form(*fields, file=upload), FORM, code=code, see=text)
        self.same("POST", "/uri?t=upload", form(file=file), FORM, code=200)
        where = lambda answer: urllib.parse.urlsplit(answer.headers["Location"]).path  # noqa: E731
        self.same("POST", "/uri?t=upload&when_done=/done/%25(uri)s", form(file=file), FORM, code=302, see=where)
        self.same("POST", "D?t=upload&name=x", form(("when_done", "/done"), file=file), FORM, code=302, see=where)
        self.same("POST", "D?t=check&when_done=/done", form(), FORM, code=302, see=where)
        urlencoded = {"Content-Type": "application/x-www-form-urlencoded"}
        self.same("POST", "D?t=mkdir&name=encoded", b"", urlencoded, code=200, see=text)
        self.same("GET", "D?t=json", see=lambda answer: answer.json)

    def test_directories(self) -> None:
        text = lambda answer: plain(answer.text) if answer.status < 300 else None  # noqa: E731
        file = json.dumps({"f": ["filenode", {"ro_uri": LIT, "metadata": {"x": 1}}]}).encode()
        slot = b'{"m": ["filenode", {"rw_uri": "{M}"}]}'
        for path, content, code in (
                ("/uri?t=mkdir", b"", 200), ("/uri?t=mkdir&format=MDMF", b"", 200), ("/uri?t=mkdir&format=CHK", b"", 400),
                ("/uri?t=mkdir", b"x", 400), ("/uri?t=mkdir&redirect_to_result=true", b"", 303),
                ("/uri?t=mkdir-with-children", file, 200), ("/uri?t=mkdir-with-children", slot, 200),
                ("/uri?t=mkdir-immutable", file, 200), ("/uri?t=mkdir-immutable", b"{}", 200),
                ("/uri?t=mkdir-immutable", slot, 400), ("D/d1?t=mkdir", b"", 200), ("D/d1?t=mkdir", b"", 200),
                ("D/small?t=mkdir", b"", 400), ("D/d2?t=mkdir-with-children", file, 200),
                ("D/d2?t=mkdir-with-children", slot, 200), ("D/d3?t=mkdir-immutable", file, 200),
                ("D?t=mkdir&name=d4", b"", 200), ("D?t=mkdir&name=d4&replace=false", b"", 409),
                ("D?t=mkdir&name=d4", b"", 200), ("D?t=mkdir-with-children&name=d5", file, 200),
                ("D?t=mkdir-with-children&name=d5", file, 409), ("D?t=mkdir-immutable&name=d6", file, 200),
                ("D?t=mkdir-immutable&name=d6", file, 409), ("D?t=uri&name=u&uri=" + LIT, b"", 200),
                ("D?t=uri&name=u&replace=false&uri=" + LIT, b"", 409), ("D?t=uri&name=u", b"", 400),
                ("D?t=uri&name=sub&replace=only-files&uri=" + LIT, b"", 409),
                ("D?t=set_children", file, 200), ("D?t=set-children", file, 200), ("D?t=set_children&replace=false", file, 409),
                ("D?t=unlink&name=f", b"", 200), ("D?t=delete&name=u", b"", 200), ("D?t=unlink&name=u", b"", 404),
                ("D?t=rename&from_name=small&to_name=big", b"", 200), ("D?t=rename&from_name=small&to_name=x", b"", 404),
                ("D?t=rename&from_name=big&to_name=slot&replace=false", b"", 409),
                ("D?t=rename&from_name=big&to_name=sub&replace=only-files", b"", 409),
                ("D?t=rename&from_name=big", b"", 400), ("D?t=rename&from_name=big&to_name=a/b", b"", 400),
                ("D?t=rename&from_name=a/b&to_name=c", b"", 400), ("D?t=rename&to_name=c", b"", 400),
                ("D?t=rename&from_name=big&to_name=c&to_dir={S}", b"", 400),
                ("D?t=relink&from_name=big&to_dir={S}", b"", 200), ("S?t=relink&from_name=big&to_dir={D}/d4&to_name=n", b"", 200),
                ("D?t=relink&from_name=seg&to_dir=" + LIT, b"", 400), ("D?t=relink&from_name=seg&to_dir={D}/none", b"", 404),
                ("D?t=relink&from_name=seg&to_name=seg2&replace=maybe", b"", 400), ("D?t=fly", b"", 400)):
            self.same("POST", path, content, code=code, see=text)
        for path, code in {"/uri?t=mkdir": 200, "/uri?t=mkdir&format=SDMF": 200, "/uri?t=mkdir&format=CHK": 400,
                           "D/p/q?t=mkdir": 200, "D/p?t=mkdir": 200, "D/file.txt?t=mkdir": 400}.items():
            self.same("PUT", path, b"", code=code, see=text)
        for path in ("D", "S", "D/d2", "D/d3", "D/d4", "D/d5", "D/d6"):
            self.same("GET", path + "?t=json", code=200, see=lambda answer: answer.json)

    def test_private_keys(self) -> None:
        """Of the same key both make the same capability."""
        for target in ("/uri?format=SDMF", "/uri?format=MDMF", "/uri?t=mkdir", "/uri?t=mkdir-with-children"):
            key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
                Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
            path = target + "&private-key=" + base64.urlsafe_b64encode(key).decode()
            body = b"{}" if "children" in target else b"" if "mkdir" in target else b"content"
            caps = []
            for node in self.webs:
                made = self.ask(node, "POST" if "mkdir" in target else "PUT", path, body)
                self.assertEqual(made.status, 200, (node, target, made.text))
                caps.append(made.text)
                index = self.ask(node, "POST", WebApi.path_of(made.text) + "?t=check&output=json", b"").json["storage-index"]
                for store in self.stores:
                    shutil.rmtree(store.shares / index[:2] / index, ignore_errors=True)
            self.assertEqual(*caps)

    def test_checks(self) -> None:
        results = lambda answer: shape(answer.json)  # noqa: E731
        for path in ("F", "L", "M", "O", "D", "R", "D/sub", "D/seg", "D/small"):
            for options in ("", "&verify=true", "&repair=true", "&add-lease=true"):
                self.same("POST", f"{path}?t=check&output=JSON{options}", code=200, see=results)
        for query in ("t=check&verify=maybe", "t=check&repair=2", "t=start-deep-check", "t=start-manifest",
                      "t=start-deep-size", "t=start-deep-stats"):
            self.same("POST", "D?" + query, b"", code=400)
        self.same("POST", "D?t=check", b"", code=200)
        self.same("POST", "D/nothing?t=check", b"", code=404)

    def test_streams(self) -> None:
        def lines(answer: Answer):
            found = [json.loads(line) for line in answer.text.splitlines()]
            self.assertEqual(found[-1]["type"], "stats")
            return sorted((shape(timeless(line)) for line in found), key=lambda line: str(line.get("path", "~")))
        for query in ("t=stream-manifest", "t=stream-deep-check", "t=stream-deep-check&repair=true&verify=true"):
            self.same("POST", "D?" + query, b"", code=200, see=lines)

    def operation(self, node: str, start: str, handle: str, output: str = "json"):
        begun = self.ask(node, "POST", f"D?t={start}&ophandle={handle}&output={output}", b"")
        self.assertEqual(begun.status, 302)
        where = urllib.parse.urlsplit(begun.headers["Location"])
        self.assertEqual((where.path, where.query), (f"/operations/{handle}", f"output={output}"))

        def ended() -> bool:
            state = self.ask(node, "GET", f"/operations/{handle}?output=json")
            return state.status == 200 and json.loads(state.body)["finished"]
        wait_until(ended, 30, start)

    def test_operations(self) -> None:
        def see(answer: Answer):
            value = answer.json
            if "manifest" in value:
                for key in ("manifest", "verifycaps", "storage-index"):
                    value[key] = len(value[key]) if key != "manifest" else sorted(value[key])
                value.pop("origin")
            return shape(value)
        for number, start in enumerate(("start-manifest", "start-deep-size", "start-deep-stats", "start-deep-check",
                                        "start-deep-check&repair=true")):
            handle = f"h{number}"
            for node in self.webs:
                self.operation(node, start, handle)
            self.same("GET", f"/operations/{handle}?output=JSON", code=200, see=see)
            self.same("GET", f"/operations/{handle}?t=status&retain-for=60", code=200)
            if start in ("start-manifest", "start-deep-size"):
                self.same("GET", f"/operations/{handle}?output=text", code=200,
                          see=lambda answer: sorted(line for line in plain(answer.text).splitlines()
                                                    if not line.startswith("size:")))
            if number % 2:
                self.same("POST", f"/operations/{handle}?t=cancel", b"", code=200)
            else:
                self.same("GET", f"/operations/{handle}?output=json&release-after-complete=true", code=200)
            self.same("GET", f"/operations/{handle}", code=404)
        index = self.ask("ours", "POST", "F?t=check&output=json", b"").json["storage-index"]
        for node in self.webs:
            self.operation(node, "start-deep-check", "one")
        self.same("GET", f"/operations/one/{index}?output=JSON", code=200, see=lambda answer: shape(answer.json))

    def test_status(self) -> None:
        self.same("GET", "F", code=200)
        self.same("GET", "/?t=json", code=200, see=lambda answer: (
            sorted(answer.json), set(answer.json["servers"][0]) & {
                "nodeid", "connection_status", "available_space", "nickname", "version", "last_received_data"},
            sorted(server["nodeid"] for server in answer.json["servers"]), content_type(answer.headers["Content-Type"])))

        def operations(answer: Answer):
            keys = {op["type"]: sorted(op) for op in answer.json["recent"]}
            return sorted(answer.json), keys, content_type(answer.headers["Content-Type"])
        self.same("POST", "M?t=check", b"", code=200)
        self.same("GET", "/status?t=json", code=200, see=operations)
        self.same("GET", "/status/", code=200)
        events = []
        for node in self.webs:
            page = self.ask(node, "GET", "/status").text
            latest = max(map(int, re.findall(r"down-([0-9]+)", page)))
            events.append(self.ask(node, "GET", f"/status/down-{latest}/event_json").json)
        self.assertEqual(*map(sorted, events))
        for part in ("misc", "read", "segment", "dyhb", "block"):
            ours, real = (set().union(*found[part]) for found in events)
            self.assertEqual(ours, real, part)
        for found in events:
            self.assertEqual({tuple(sorted(server)) for server in found["server_info"].values()},
                             {("color", "num", "short")})
            self.assertEqual(len(found["serverids"]), found["num_serverids"])
            self.assertTrue(all(block["success"] and block["finish_time"] >= block["start_time"]
                                for block in found["block"]))
            self.assertEqual(len(found["block_rownums"]), len({block["serverid"] for block in found["block"]}))
        self.same("GET", "/status/down-99999", code=404)
        self.same("GET", "/status/nothing", code=400)
        names = {f"{kind}.{what}" for kind, whats in {
            "uploader": ("files_uploaded", "bytes_uploaded"), "downloader": ("files_downloaded", "bytes_downloaded"),
            "mutable": ("files_published", "bytes_published", "files_retrieved", "bytes_retrieved")}.items()
            for what in whats}
        self.same("GET", "/statistics?t=json", code=200, see=lambda answer: (
            sorted(answer.json), names & set(answer.json["counters"]),
            sorted(name for name in answer.json["stats"] if not name.endswith("min_avg"))))
        self.same("GET", "/statistics?t=openmetrics", code=200, see=lambda answer: (
            answer.text.endswith("# EOF\n"), content_type(answer.headers["Content-Type"]),
            "tahoe_counters_uploader_files_uploaded " in answer.text,
            "\ntahoe_stats_cpu_monitor_total " in answer.text))
        self.same("GET", "/statistics", code=200, see=lambda answer: content_type(answer.headers["Content-Type"])[:9])
        self.same("GET", "/helper_status?t=json", code=200, see=lambda answer: answer.text)

    def test_what_a_client_has_not(self) -> None:
        self.same("GET", "/storage", code=200, see=lambda answer: "no storage server" in answer.text.lower())
        self.same("GET", "/storage?t=bad", code=400)
        self.same("GET", "/static/none", code=404)
        self.same("GET", "/report_incident", code=400)
        self.same("POST", "/report_incident", b"", code=200,
                  see=lambda answer: content_type(answer.headers["Content-Type"]))
        for path in ("/private", "/private/logs/v1", "/private/none"):
            self.same("GET", path, code=401, see=lambda answer: answer.headers["WWW-Authenticate"])
            self.same("GET", path, headers={"Authorization": "tahoe-lafs wrong"}, code=401)

    def test_known_differences(self) -> None:
        """Those that client-gateway/README.md tells of."""
        def codes(method: str, path: str, body: bytes | None = None, headers=None):
            return tuple(self.ask(node, method, path, body, headers).status for node in ("ours", "real"))
        self.assertEqual(codes("POST", "D/free?t=upload", form(file=("own.txt", "content")), FORM), (200, 404))
        self.assertEqual(codes("PUT", "F", b"x"), (400, 500))
        self.assertEqual(codes("DELETE", "D"), (400, 500))
        self.assertEqual(codes("GET", "/storage?t=json"), (404, 500))
        self.assertEqual(codes("GET", "/icon.png"), (404, 200))
        tags = [self.ask(node, "GET", "D/file.txt?t=json").headers.get("ETag") for node in ("ours", "real")]
        self.assertEqual((tags[0], tags[1] is not None), (None, True))

    def test_the_log_over_a_web_socket(self) -> None:
        """Both are there; what ours sends are the lines of the log."""
        for node, state in self.states.items():
            token = (state / "private" / "api_auth_token").read_text().strip()
            with WebSocket(self.webs[node].url, "/private/logs/v1", {"Authorization": "tahoe-lafs " + token}) as stream:
                if node == "real":
                    continue  # says nothing of this
                self.ask(node, "POST", "/report_incident", b"")
                line = json.loads(stream.text())
                self.assertIn("incident", line["text"])
                self.assertEqual((line["level"], line["library"]), ("warning", "web"))
                stream.send(WebSocket.PING, b"there?")
                self.assertEqual(stream.frame(), (WebSocket.PONG, b"there?"))
                stream.send(WebSocket.CLOSE, b"")
                self.assertEqual(stream.frame()[0], WebSocket.CLOSE)

    def test_a_slash_behind_a_file(self) -> None:
        for path in ("F/", "D/file.txt/", "F/?t=json"):
            self.same("GET", path, code=400)
        self.same("GET", "D/", code=200, see=lambda answer: None)
        self.same("PUT", "F/", b"x", code=409)

    def test_blacklisted_folders(self) -> None:
        """They are listed as files; nothing of them is read."""
        inside = ["filenode", {"ro_uri": "URI:LIT:nbswy3dp"}]
        children = json.dumps({f"inside {number}": inside for number in range(4)}).encode()  # no literal folder
        self.same("POST", "D/locked?t=mkdir-immutable", children, code=200, see=lambda answer: answer.text[:12])
        indexes = {node: self.ask(node, "POST", "D/locked?t=check&output=json", b"").json["storage-index"]
                   for node in self.states}
        try:
            for node, state in self.states.items():
                (state / "access.blacklist").write_text(f"{indexes[node]} closed\n")
            wait_until(lambda: self.ask("ours", "GET", "D/locked").status == 403, 10, "the blacklist")

            def kinds(answer) -> list:
                return sorted((name, kind) for name, (kind, _) in answer.json[1]["children"].items())
            self.same("GET", "D?t=json", code=200, see=kinds)
            self.assertIn(("locked", "filenode"), kinds(self.ask("ours", "GET", "D?t=json")))
            self.same("GET", "D/locked", code=403, see=lambda answer: "Access Prohibited: closed" in answer.text)
        finally:
            for state in self.states.values():
                (state / "access.blacklist").write_text("")
            time.sleep(1)
            wait_until(lambda: self.ask("ours", "GET", "D/locked").status == 200, 10, "the end of the blacklist")

    def test_blacklist(self) -> None:
        index = self.ask("ours", "POST", "F?t=check&output=json", b"").json["storage-index"]
        try:
            for state in self.states.values():
                (state / "access.blacklist").write_text(f"# refused\n{index} not this one\n")
            wait_until(lambda: self.ask("ours", "GET", "F").status == 403, 10, "the blacklist")
            for path in ("F", "D/file.txt", "/file/{F}"):
                self.same("GET", path, code=403, see=lambda answer: "Access Prohibited: not this one" in answer.text)
            self.same("GET", "D/small", code=200)
            self.same("GET", "D?t=json", code=200, see=lambda answer: sorted(answer.json[1]["children"]))
            self.same("POST", "F?t=check", b"", code=200)
        finally:
            for state in self.states.values():
                (state / "access.blacklist").write_text("")
            time.sleep(1)
            wait_until(lambda: self.ask("ours", "GET", "F").status == 200, 10, "the end of the blacklist")


def load_tests(loader, _tests, _pattern):
    return loader.loadTestsFromTestCase(SameRequests)

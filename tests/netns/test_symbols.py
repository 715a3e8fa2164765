"""What a sysadmin daemon cannot do because the code for it is not there: its imported symbols and
its libraries."""
from __future__ import annotations

import re
import subprocess
import unittest

import netns
from netns import PROGRAMS

DAEMONS = [PROGRAMS.storage, PROGRAMS.gateway, PROGRAMS.introducer, PROGRAMS.relay]
# Names and interfaces; other programs, and code that is not linked. (if_nametoindex and if_indextoname
# are allowed: they read and print the scope of a link-local IPv6 address that somebody wrote down.)
FORBIDDEN_IMPORTS = re.compile(
    r"^(getaddrinfo|getnameinfo|gethostby\w+|gethostname|getifaddrs|if_nameindex"
    r"|(__)?res_n?\w*(query|search|init)\w*|dns_\w+|dlm?open|v?fork|exec[lv]\w*|posix_spawnp?|system|popen"
    r"|Q[A-Z]\w*|_Z\w*Q(Core|Network|String|Object)\w*)(@.*)?$")
# c-ares is no such library: it asks the name servers that an operator configured, and no others.
FORBIDDEN_LIBRARIES = re.compile(
    r"lib(Qt\w*|miniupnpc|natpmp|nice|glib\w*|avahi\w*|usrsctp|resolv|anl|curl\w*)[-.\d]*so")


def imports(program) -> list[str]:
    text = subprocess.run(["nm", "-D", "--undefined-only", program], check=True, capture_output=True,
                          text=True).stdout
    return [line.split()[-1] for line in text.splitlines()]


def needed_libraries(program) -> list[str]:
    """The libraries that the program itself asks for."""
    text = subprocess.run(["readelf", "-d", program], check=True, capture_output=True, text=True).stdout
    return re.findall(r"\(NEEDED\)\s+Shared library: \[(.*?)\]", text)


class Symbols(unittest.TestCase):
    def test_daemons_import_nothing_that_looks_around(self) -> None:
        for program in DAEMONS:
            with self.subTest(program=program.name):
                found = imports(program)
                self.assertTrue(found)
                self.assertEqual([name for name in found if FORBIDDEN_IMPORTS.match(name)], [])

    def test_daemons_need_no_library_that_looks_around(self) -> None:
        for program in DAEMONS:
            with self.subTest(program=program.name):
                found = needed_libraries(program)
                self.assertTrue(found)
                self.assertEqual([name for name in found if FORBIDDEN_LIBRARIES.match(name)], [])
                self.assertTrue(any(name.startswith("libcares.") for name in found))

    def test_daemons_hold_one_role(self) -> None:
        """No code of the other role was linked in (needs the symbol table of a build tree)."""
        for program, stranger in ((PROGRAMS.storage, "N4tarn7gateway"), (PROGRAMS.gateway, "N4tarn7storage"),
                                  (PROGRAMS.storage, "N4tarn10introducer"), (PROGRAMS.gateway, "N4tarn10introducer"),
                                  (PROGRAMS.introducer, "N4tarn7gateway"), (PROGRAMS.introducer, "N4tarn7storage"),
                                  (PROGRAMS.relay, "N4tarn7gateway"), (PROGRAMS.relay, "N4tarn7storage"),
                                  (PROGRAMS.storage, "N4tarn5relay"), (PROGRAMS.gateway, "N4tarn5relay"),
                                  (PROGRAMS.introducer, "N4tarn5relay")):
            with self.subTest(program=program.name):
                text = subprocess.run(["nm", program], check=True, capture_output=True, text=True).stdout
                self.assertIn("N4tarn", text)
                self.assertEqual([line for line in text.splitlines() if stranger in line][:3], [])

    def test_only_relays_and_nodes_among_friends_have_peer_links(self) -> None:
        for program in (*DAEMONS, PROGRAMS.node):
            with self.subTest(program=program.name):
                text = subprocess.run(["nm", program], check=True, capture_output=True, text=True).stdout
                self.assertEqual("N4tarn3net8PeerLink" in text, program in (PROGRAMS.node, PROGRAMS.relay))

    def test_only_a_node_among_friends_looks_around(self) -> None:
        """What the daemons do not need, it does."""
        self.assertLessEqual({"Qt6Network", "miniupnpc"}, {FORBIDDEN_LIBRARIES.match(name)[1]
                             for name in needed_libraries(PROGRAMS.node) if FORBIDDEN_LIBRARIES.match(name)})
        for program in (*DAEMONS, PROGRAMS.node):
            with self.subTest(program=program.name):
                text = subprocess.run(["nm", program], check=True, capture_output=True, text=True).stdout
                self.assertEqual("PortMapper" in text, program is PROGRAMS.node)

    def test_the_patterns_see_what_they_should(self) -> None:
        for name in ("dlopen@GLIBC_2.34", "execve@GLIBC_2.2.5", "posix_spawn", "getaddrinfo@GLIBC_2.2.5", "getifaddrs", "__res_nquery", "if_nameindex@GLIBC_2.2.5",
                     "_ZN7QString6appendE"):
            self.assertTrue(FORBIDDEN_IMPORTS.match(name), name)
        self.assertTrue(FORBIDDEN_LIBRARIES.match("libQt6Core.so.6"))
        self.assertTrue(FORBIDDEN_LIBRARIES.match("libglib-2.0.so.0"))


if __name__ == "__main__":
    netns.run(lambda: None)

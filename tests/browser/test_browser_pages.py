#!/usr/bin/env python3
"""People's way through the gateway's pages in a real browser without scripts: welcome, folder, upload, rename,
delete, check, operations, transfers. Screenshots lie in TARN_WORK, wide and narrow.

Exit 77 without chromium and chromedriver, 1 where TARN_REQUIRE contains interop.
"""
from __future__ import annotations

import os
import pathlib
import re
import sys
import unittest
import urllib.parse
import urllib.request

from processes import SKIPPED, required, wait_until
from tarn_grid import Programs, TarnGrid
from webdriver import Browser, Element, Stale, programs
from work_folders import fresh_folder, run_tests

WORK = pathlib.Path(os.environ["TARN_WORK"])
WIDE, NARROW = (1200, 900), (400, 850)
HOSTILE = """<img src=x onerror="document.title='!'">'y & K\u00e4se"""


class Pages(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls) -> None:
        WORK.mkdir(parents=True, exist_ok=True)
        for picture in WORK.glob("*.png"):
            picture.unlink()
        cls.files = fresh_folder(WORK / "files")
        cls.grid = cls.enterClassContext(TarnGrid(
            Programs(os.environ["TARN_PROGRAMS"]), fresh_folder(WORK / "grid"), servers=3,
            gateway={"needed": 2, "happy": 2, "total": 3}))
        cls.url = cls.grid.gateway.web.url
        cls.browser = Browser(fresh_folder(WORK / "chromium"))
        cls.addClassCleanup(cls.browser.stop)

    def setUp(self) -> None:
        self.browser.resize(*WIDE)

    def look(self, name: str) -> None:
        """What every page must be; keeps pictures of it."""
        browser = self.browser
        self.assertNotIn("URI:", browser.title)
        self.assertEqual(len(browser.all("h1")), 1)
        self.assertEqual(len(browser.all("main")), 1)
        for control in browser.all("a, button, input:not([type=hidden]), select"):
            self.assertNotEqual(control.label.strip(), "", (name, control.text))
        for label, size in (("wide", WIDE), ("narrow", NARROW)):
            browser.resize(*size)
            browser.screenshot(WORK / f"{name}-{label}.png")
            self.assertLessEqual(browser.evaluate("document.documentElement.scrollWidth"),
                                 browser.evaluate("document.documentElement.clientWidth"), (name, label))
        browser.resize(*WIDE)

    def make_folder(self) -> str:
        self.browser.open(self.url)
        self.browser.button("Make a folder").click()
        self.browser.is_at("/uri/URI%3ADIR2%3A")
        return self.browser.url

    def file(self, name: str, content: bytes) -> str:
        path = self.files / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        return str(path)

    def upload(self, name: str, content: bytes, kind: str = "CHK") -> None:
        browser = self.browser
        browser.one("input[type=file]").type(self.file(name, content))
        browser.one(f"select option[value={kind}]").click()
        browser.button("Upload").click()
        browser.link(name)

    def test_welcome(self) -> None:
        browser = self.browser
        browser.open(self.url)
        browser.shows("3 of 3 known servers are connected")
        browser.shows("2-of-3")
        self.look("welcome")
        browser.one("input[type=file]").type(self.file("loose.txt", b"loose " * 50))
        browser.button("Store").click()
        browser.one("//h1[.='File stored']", "xpath")
        self.look("stored")
        cap = browser.one("td a code").text
        self.assertEqual(self.grid.gateway.web.get(cap), b"loose " * 50)
        browser.open(self.url)
        browser.one("input[name=uri]").type(cap)
        browser.button("Open").click()
        browser.shows("loose loose")

    def test_folder(self) -> None:
        browser = self.browser
        folder = self.make_folder()
        browser.shows("The folder is empty")
        self.look("empty-folder")
        browser.one("input[name=name]").type(HOSTILE)
        browser.button("Create folder").click()
        browser.link(HOSTILE + "/")
        self.upload("notes.txt", b"some words " * 20)
        self.upload("changing.txt", b"first", "SDMF")
        browser.link("changing.txt")
        self.look("folder")
        browser.link("notes.txt").click()
        browser.shows("some words")
        browser.back()
        self.follow("Rename or delete notes.txt")
        self.look("rename")
        name = browser.one("input[name=to_name]")
        name.clear()
        name.type("Notizen \u00fc.txt")
        browser.button("Rename").click()
        browser.link("Notizen \u00fc.txt")
        self.assertEqual(browser.all("notes.txt", "link text"), [])
        self.follow("Rename or delete Notizen \u00fc.txt")
        browser.button("Delete").click()
        wait_until(lambda: browser.url == folder, 10, "the folder")
        self.assertEqual(browser.all("Notizen \u00fc.txt", "link text"), [])
        browser.link(HOSTILE + "/").click()
        browser.shows("The folder is empty")

    def follow(self, label: str) -> None:
        """The one link that a screen reader calls so."""
        def found() -> Element | None:
            try:
                links = [link for link in self.browser.all("td a") if link.label == label]
            except Stale:
                return None
            return links[0] if len(links) == 1 else None
        wait_until(found, 10, label).click()

    def test_about(self) -> None:
        browser = self.browser
        folder = self.make_folder()
        self.upload("changing.txt", b"first", "SDMF")
        self.follow("About changing.txt")
        browser.shows("file that can change")
        self.look("about-file")
        browser.one("input[type=file]").type(self.file("second.txt", b"second"))
        browser.button("Replace the contents").follow()
        browser.link("Open the file").click()
        browser.shows("second")
        browser.open(folder)
        browser.button("Check this folder").click()
        browser.shows("Healthy")
        self.look("checked")
        browser.link("Back").follow()
        self.look("about-folder")
        browser.one("//form[.//input[@value='start-deep-check']]//input[@name='verify']", "xpath").click()
        browser.button("Check everything").click()
        browser.is_at("/operations/")
        self.finish("Deep check")
        browser.shows("Objects checked 2")
        self.look("deep-check")
        for button, title in (("List everything", "Manifest"), ("Add up sizes", "Deep size")):
            browser.open(folder + "?t=info")
            browser.button(button).click()
            self.finish(title)
        browser.open(folder + "?t=info")
        browser.button("List everything").click()
        self.finish("Manifest")
        browser.shows("/changing.txt")
        self.look("manifest")

    def finish(self, title: str) -> None:
        self.browser.one(f"//h1[.='{title}']", "xpath")

        def finished() -> bool:
            if "Finished." in self.browser.text:
                return True
            self.browser.link("Reload").follow()
            return False
        wait_until(finished, 30, title)

    def test_reader(self) -> None:
        """A read capability offers nothing that writes."""
        browser, web = self.browser, self.grid.gateway.web
        writer = web.mkdir()
        web.put_at(writer, b"x" * 100, "a.txt")
        browser.open(web.url + web.path_of(web.describe(writer)[1]["ro_uri"]))
        browser.shows("You can only read this folder")
        browser.link("a.txt")
        self.assertEqual(browser.all("input[type=file]"), [])
        self.assertEqual(browser.all("input[name=name]"), [])
        self.look("read-only")

    def test_transfers_and_errors(self) -> None:
        browser = self.browser
        self.make_folder()
        browser.link("Transfers").click()
        browser.link("publish-1").click()
        browser.shows("Finished")
        browser.shows("written")
        self.look("transfer")
        web = self.grid.gateway.web
        with web.request("PUT", "/uri", bytes(range(256)) * 2000) as stored:
            path = web.path_of(stored.read().decode())
        with web.request("GET", path) as got:
            self.assertEqual(len(got.read()), 512_000)
        with web.request("GET", "/status") as listed:
            update = re.search(r"mapupdate-\d+", listed.read().decode()).group()
        for name, page, words in (("down", "/status/down-1", "Segments"), ("mapupdate", "/status/" + update, "sequence "),
                                  ("statistics", "/statistics", "cpu_monitor.total"),
                                  ("storage", "/storage", "No storage server runs here")):
            browser.open(self.url.rstrip("/") + page)
            browser.shows(words)
            self.look(name)
        browser.open(self.url.rstrip("/") + "/status/down-1")
        browser.link("All transfers").follow()
        self.look("transfers")
        browser.open(self.url + "/uri/URI%3ACHK%3Abad")
        browser.shows("This did not work")
        self.look("error")

    def test_headers_keep_capabilities_here(self) -> None:
        web = self.grid.gateway.web
        folder = web.path_of(web.mkdir())
        for path in ("/", "/status", folder, folder + "?t=info", folder + "?t=rename-form&name=a"):
            with web.request("GET", path) as answer:
                self.assertEqual(answer.headers["Referrer-Policy"], "no-referrer", path)
                self.assertEqual(answer.headers["X-Frame-Options"], "DENY", path)
                policy = answer.headers["Content-Security-Policy"]
            for part in ("default-src 'none'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
                self.assertIn(part, policy)

    @classmethod
    def tearDownClass(cls) -> None:
        log = cls.grid.gateway.process.log_text()
        for secret in ("URI:", "URI%3A", urllib.parse.quote(HOSTILE), "notes.txt"):
            assert secret not in log, f"{secret} is in the gateway's log"


if __name__ == "__main__":
    if programs() is None:
        print("chromium or chromedriver is missing: Debian packages chromium, chromium-driver")
        sys.exit(1 if required("interop") else SKIPPED)
    run_tests(failfast=True)

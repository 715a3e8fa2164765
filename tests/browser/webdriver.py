"""A headless chromium, driven by chromedriver over WebDriver (W3C), with nothing but the standard library."""
from __future__ import annotations

import base64
import json
import os
import pathlib
import shutil
import time
import urllib.error
import urllib.request
from collections.abc import Callable

from processes import Process, free_port, wait_until

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the name that WebDriver gives to references


def programs() -> tuple[str, str] | None:
    """chromium and chromedriver, or None where one of them is missing."""
    browser, driver = shutil.which("chromium"), shutil.which("chromedriver")
    return (browser, driver) if browser and driver else None


class Stale(AssertionError):
    """The page of an element has gone; nothing was done with it."""


class Element:
    """Of the page that was shown when it was found. With `find_again` it is looked for once more when the
    browser has gone on to the next page meanwhile, as a page that a click asked for comes when it comes."""

    def __init__(self, browser: Browser, reference: str, find_again: Callable[[], str] | None = None) -> None:
        self._browser = browser
        self._path = f"/element/{reference}"
        self._find_again = find_again

    def _call(self, method: str, what: str, body: dict | None = None):
        deadline = time.monotonic() + 10
        while True:
            try:
                return self._browser.call(method, f"{self._path}/{what}", body)
            except Stale:
                if self._find_again is None or time.monotonic() > deadline:
                    raise
                self._path = f"/element/{self._find_again()}"

    def click(self) -> None:
        self._call("POST", "click", {})

    def follow(self) -> None:
        """Clicks, and waits until the page has gone for the next one, which may look the same."""
        self.click()
        wait_until(self._is_gone, 10, "the next page")

    def _is_gone(self) -> bool:
        try:
            self._browser.get(f"{self._path}/name")
        except Stale:
            return True
        return False

    def type(self, text: str) -> None:
        self._call("POST", "value", {"text": text})

    def clear(self) -> None:
        self._call("POST", "clear", {})

    @property
    def text(self) -> str:
        return self._call("GET", "text")

    @property
    def label(self) -> str:
        """What a screen reader calls it."""
        return self._call("GET", "computedlabel")


class Browser:
    """One window. Scripts of pages do not run in it."""

    def __init__(self, folder: pathlib.Path) -> None:
        browser, driver = programs()
        folder.mkdir(parents=True, exist_ok=True)
        port = free_port()
        self._process = Process([driver, f"--port={port}"], folder / "chromedriver.log",
                                env={"HOME": str(folder)})
        self._base = f"http://127.0.0.1:{port}"
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        wait_until(self._ready, 20, "chromedriver")
        arguments = ["--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--no-proxy-server",
                     "--no-first-run", "--disable-background-networking", "--disable-component-update",
                     "--disable-sync", f"--user-data-dir={folder / 'profile'}"]
        if os.geteuid() == 0:
            arguments.append("--no-sandbox")  # chromium refuses a sandbox of root
        options = {"binary": browser, "args": arguments,
                   "prefs": {"profile.default_content_setting_values.javascript": 2}}
        session = self.call("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options}}})
        self._base += f"/session/{session['sessionId']}"

    def _ready(self) -> bool:
        self._process.require_running()
        try:
            return bool(self.call("GET", "/status")["ready"])
        except OSError:
            return False

    def call(self, method: str, path: str, body: dict | None = None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._base + path, data=data, method=method,
                                         headers={"Content-Type": "application/json"})
        try:
            with self._opener.open(request, timeout=60) as answer:
                return json.loads(answer.read())["value"]
        except urllib.error.HTTPError as error:
            said = error.read().decode(errors="replace")
            kind = Stale if '"error":"stale element reference"' in said else AssertionError
            raise kind(f"{method} {path}: {said[:500]}") from None

    def get(self, path: str):
        return self.call("GET", path)

    def post(self, path: str, body: dict):
        return self.call("POST", path, body)

    def open(self, url: str) -> None:
        self.post("/url", {"url": url})

    def back(self) -> None:
        self.post("/back", {})

    def resize(self, width: int, height: int) -> None:
        self.post("/window/rect", {"width": width, "height": height})

    @property
    def url(self) -> str:
        return self.get("/url")

    @property
    def title(self) -> str:
        return self.get("/title")

    @property
    def source(self) -> str:
        return self.get("/source")

    def all(self, selector: str, using: str = "css selector") -> list[Element]:
        return [Element(self, reference) for reference in self._references(selector, using)]

    def _references(self, selector: str, using: str) -> list[str]:
        return [one[ELEMENT] for one in self.post("/elements", {"using": using, "value": selector})]

    def _only(self, selector: str, using: str) -> str | None:
        found = self._references(selector, using)
        return found[0] if len(found) == 1 else None

    def one(self, selector: str, using: str = "css selector") -> Element:
        """The only one; waits for it, since a form may take its time."""
        def find() -> str:
            try:
                return wait_until(lambda: self._only(selector, using), 10, selector)
            except TimeoutError:
                raise AssertionError(f"not one {selector!r} in {self.title!r}: {self.text}") from None
        return Element(self, find(), find)

    def button(self, text: str) -> Element:
        return self.one(f"//button[normalize-space()='{text}']", "xpath")

    def link(self, text: str) -> Element:
        return self.one(text, "link text")

    @property
    def text(self) -> str:
        return self.one("body").text

    def shows(self, text: str) -> None:
        """Waits until the page has it."""
        try:
            wait_until(lambda: text in self.text, 10, text)
        except TimeoutError:
            raise AssertionError(f"no {text!r} in {self.title!r}: {self.text}") from None

    def is_at(self, url: str) -> None:
        """Waits until it is the page's address, wholly or in part."""
        try:
            wait_until(lambda: url in self.url, 10, url)
        except TimeoutError:
            raise AssertionError(f"not there but at {self.title!r}: {self.text}") from None

    def evaluate(self, script: str):
        """Of ours, not of the page."""
        return self.post("/execute/sync", {"script": f"return {script}", "args": []})

    def screenshot(self, path: pathlib.Path) -> None:
        path.write_bytes(base64.b64decode(self.get("/screenshot")))

    def stop(self) -> None:
        try:
            self.call("DELETE", "")
        finally:
            self._process.stop()

    def kill(self) -> None:
        self._process.kill()

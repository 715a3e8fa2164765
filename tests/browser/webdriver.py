"""A headless chromium, driven by chromedriver over WebDriver (W3C), with nothing but the standard library."""
from __future__ import annotations

import base64
import json
import os
import pathlib
import shutil
import urllib.error
import urllib.request

from processes import Process, free_port, wait_until

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the name that WebDriver gives to references


def programs() -> tuple[str, str] | None:
    """chromium and chromedriver, or None where one of them is missing."""
    browser, driver = shutil.which("chromium"), shutil.which("chromedriver")
    return (browser, driver) if browser and driver else None


class Element:
    def __init__(self, browser: Browser, reference: str) -> None:
        self._browser = browser
        self._path = f"/element/{reference}"

    def click(self) -> None:
        self._browser.post(f"{self._path}/click", {})

    def follow(self) -> None:
        """Clicks, and waits until the page has gone for the next one, which may look the same."""
        self.click()
        wait_until(self._is_gone, 10, "the next page")

    def _is_gone(self) -> bool:
        try:
            self._browser.get(f"{self._path}/name")
        except AssertionError as refused:
            return "stale element reference" in str(refused)
        return False

    def type(self, text: str) -> None:
        self._browser.post(f"{self._path}/value", {"text": text})

    def clear(self) -> None:
        self._browser.post(f"{self._path}/clear", {})

    @property
    def text(self) -> str:
        return self._browser.get(f"{self._path}/text")

    @property
    def label(self) -> str:
        """What a screen reader calls it."""
        return self._browser.get(f"{self._path}/computedlabel")


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
        session = self._call("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome", "goog:chromeOptions": options}}})
        self._base += f"/session/{session['sessionId']}"

    def _ready(self) -> bool:
        self._process.require_running()
        try:
            return bool(self._call("GET", "/status")["ready"])
        except OSError:
            return False

    def _call(self, method: str, path: str, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._base + path, data=data, method=method,
                                         headers={"Content-Type": "application/json"})
        try:
            with self._opener.open(request, timeout=60) as answer:
                return json.loads(answer.read())["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {error.read().decode(errors='replace')[:500]}") from None

    def get(self, path: str):
        return self._call("GET", path)

    def post(self, path: str, body: dict):
        return self._call("POST", path, body)

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
        found = self.post("/elements", {"using": using, "value": selector})
        return [Element(self, one[ELEMENT]) for one in found]

    def one(self, selector: str, using: str = "css selector") -> Element:
        """The only one; waits for it, since a form may take its time."""
        def found() -> list[Element]:
            elements = self.all(selector, using)
            return elements if len(elements) == 1 else []
        try:
            return wait_until(found, 10, selector)[0]
        except TimeoutError:
            raise AssertionError(f"not one {selector!r} in {self.title!r}: {self.text}") from None

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
            self._call("DELETE", "")
        finally:
            self._process.stop()

    def kill(self) -> None:
        self._process.kill()

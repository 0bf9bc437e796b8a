"""A real browser: the Chromium of this machine, without a window. Where there is none the tests here are left out."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SCREENS = Path(__file__).resolve().parents[2] / "out" / "screens"
_QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests of this process."""
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed, so the browser tests are left out (on Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=_QUIET)
        yield launched
        launched.close()


Open = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Open]:
    """Show HTML in a window of a width, light or dark. Nothing may be fetched: a request fails the test."""
    contexts = []
    asked: list[str] = []

    def refuse(route: Route) -> None:
        asked.append(route.request.url)
        route.abort()

    def show(html: str, *, width: int, dark: bool) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme="dark" if dark else "light", device_scale_factor=1
        )
        contexts.append(context)
        page = context.new_page()
        page.route("**/*", refuse)
        page.set_content(html)
        return page

    yield show
    for context in contexts:
        context.close()
    assert asked == [], "a mail may load nothing"

"""A live lab and its page, and a real Chromium that opens it."""

import shutil
from contextlib import contextmanager

import pytest

from harness.live.serve import bound, serving
from harness.stack.embedded import EmbeddedStack

#: The machine's own browser: none is downloaded. Quiet, so that it asks nobody but the page's server.
CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium():
    """The browser; tests that need it are left out by name where there is none."""
    sync_api = pytest.importorskip(
        "playwright.sync_api", reason="NOT CHECKED HERE, browser: no playwright"
    )
    if CHROMIUM is None:
        pytest.skip("NOT CHECKED HERE, browser: no chromium on PATH")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def lab():
    """One lab for a file."""
    with EmbeddedStack() as stack:
        stack.up()
        yield stack


@contextmanager
def served(stack, port=0):
    """Its page; the address."""
    with bound(port) as server, serving(server, stack) as url:
        yield url


@pytest.fixture
def url(lab):
    """The page of that lab, with a board of its own."""
    with served(lab) as address:
        yield address

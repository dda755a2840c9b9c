"""A live lab and its page, and a real Chromium that opens it."""

from contextlib import contextmanager

import pytest

from harness.live.serve import bound, serving
from harness.stack.embedded import EmbeddedStack
from tests.needs import chromium as machines_own

#: Asks nobody but the page's server.
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
    """The machine's browser, started."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=machines_own(), args=QUIET)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def lab():
    """One lab for a file."""
    with EmbeddedStack() as stack:
        stack.up()
        yield stack


@contextmanager
def served(stack, port=0, code=None):
    """Its page; the address. ``code`` is the folder that the lab was made of."""
    with bound(port) as server, serving(server, stack, code) as url:
        yield url


@pytest.fixture
def url(lab):
    """The page of that lab, with a board of its own."""
    with served(lab) as address:
        yield address

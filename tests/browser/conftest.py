"""A live lab and its page, and a real Chromium that opens it."""

from contextlib import contextmanager

import pytest

from harness.live.serve import bound, serving
from harness.stack.embedded import EmbeddedStack
from tests.needs import chromium as machines_own

CUT = "ERR_NETWORK_CHANGED"
TIMES = 5

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


def load(page, url):
    """Open the address, anew where a container's network that came or went on this machine made
    Chromium cut a part of the page off.
    """
    from playwright.sync_api import Error

    def was_cut():
        cut = []
        page.on("requestfailed", heard := lambda request: cut.append(str(request.failure)))
        try:
            page.goto(url)
        except Error as err:
            if CUT not in str(err):
                raise
            cut.append(CUT)
        page.remove_listener("requestfailed", heard)
        return any(CUT in one for one in cut)

    for _ in range(TIMES):
        if not was_cut():
            return
    raise AssertionError(f"{url}: cut off {TIMES} times by a network that came or went")


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

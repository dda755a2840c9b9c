"""The page names what went wrong first: the student's own line, and what to do."""

import pytest

from harness.loops import build_lab, change_once
from harness.stack.embedded import EmbeddedStack
from tests.browser.conftest import load, served

expect = pytest.importorskip(
    "playwright.sync_api", reason="NOT CHECKED HERE, browser: no playwright"
).expect
pytestmark = [pytest.mark.embedded, pytest.mark.browser, pytest.mark.slow]

MS = 60_000
LOOKS_MS = 3_000  #: several looks for a cause
LOGGED = 'log.info("Received New Event: Job Submitted. Data: %s"'


def test_a_worker_that_ends_of_a_misspelt_name_is_told_with_its_line(chromium, tmp_path):
    """File, line, code and hint, in both languages; before anything else on the page. Killed by
    the page's own button, a worker is no finding.
    """
    folder = build_lab("kit", tmp_path / "work")
    change_once(folder / "lab6/worker/main.py", LOGGED, LOGGED.replace("log.", "logg."))
    with EmbeddedStack(lab=folder) as stack:
        stack.up()
        with served(stack, code=folder) as url, chromium.new_context(locale="uk-UA") as context:
            page = context.new_page()
            load(page, url)
            expect(page.locator("[data-state=worker]")).to_have_text("працює", timeout=MS)
            page.click("[data-act=kill-worker]")
            expect(page.locator("[data-state=worker]")).to_have_text("зупинено", timeout=MS)
            page.click("[data-act=restart-redis]")  # another deed: it is still the page's own kill
            page.wait_for_timeout(
                LOOKS_MS
            )  # something that must not come: so long it is looked for
            assert page.locator("#finding").is_hidden()
            page.click("[data-act=start-worker]")
            expect(page.locator("[data-state=worker]")).to_have_text("працює", timeout=MS)
            assert page.locator("#finding").is_hidden()
            page.click("[data-act=burst-20]")
            finding = page.locator("#finding")
            expect(finding).to_contain_text(
                "Найперша причина: сервіс worker завершився", timeout=MS
            )
            expect(finding.locator(".error")).to_contain_text("name 'logg' is not defined")
            expect(finding.locator(".place")).to_contain_text("lab6/worker/main.py, рядок")
            expect(finding.locator(".code")).to_contain_text("logg.info(")
            page.click("#language")
            expect(finding.locator(".place")).to_contain_text("lab6/worker/main.py, line")
            assert page.evaluate("document.querySelector('main').firstElementChild.id") == "finding"

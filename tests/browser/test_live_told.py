"""The page of a board that the test itself tells: what no lab does to order, such as workers that
are numbered anew, or a server that another one replaces.
"""

from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from harness.lab6.pictures import make_picture
from harness.lab6.requests import picture_job
from harness.live.actions import Actions
from harness.live.board import Board
from harness.live.recording import Noted, RecordedJob, to_document, track
from harness.live.replay_file import replay_page
from harness.live.serve import bound
from harness.live.server import Site, make_app
from harness.trace import Judge, lab_profile
from harness.witness.http import Api
from tests.browser.conftest import load, served

expect = pytest.importorskip(
    "playwright.sync_api", reason="NOT CHECKED HERE, browser: no playwright"
).expect
pytestmark = [pytest.mark.embedded, pytest.mark.browser]

PICTURE = make_picture(np.random.default_rng(5))
MS = 30_000
FOUND = {"sentence": "x", "error": "x", "file": "x.py", "line": 1, "code": "x", "hint": "x"}


@contextmanager
def told(stack, port=0):
    """A real server of that lab's page, which no witness tells anything; its site and address."""
    board = Board()
    board.section("runtime", stack.runtime)
    site = Site(stack, board, Actions(stack, board))
    with bound(port) as server:
        site.allow(server.port)
        with server.serves(make_app(site)):
            yield site, f"http://127.0.0.1:{server.port}/"
            site.close()


def opened(context, url):
    """A tab with that page, connected."""
    page = context.new_page()
    load(page, url)
    expect(page.locator("#connection")).to_have_text("на зв’язку", timeout=MS)
    return page


def hide(page, hidden):
    """Make the page think that nobody looks at it, or that somebody does again."""
    page.evaluate(
        """hidden => {
            Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


def workers(**numbered):
    """The section ``services``: these workers, with their numbers."""
    told_of = [
        {"name": name, "status": "running", "replica": number} for name, number in numbered.items()
    ]
    other = [{"name": "x", "status": "running", "replica": 1}]
    return {"api": other, "redis": other, "worker": told_of, "postgres": other}


def recording(title):
    """A recording whose one track is called so."""
    made = track(
        {"uk": title, "en": title},
        [RecordedJob(number=1, id="x")],
        [Noted(time=0, witness="http", what="sent", job=1)],
    )
    return to_document({"uk": "x", "en": "x"}, [made])


def test_a_page_whose_server_was_replaced_begins_anew(chromium, lab):
    """The old cause is gone, the scenario can be run, and buttons do what they say."""
    with chromium.new_context(locale="uk-UA") as context:
        with told(lab) as (site, url):
            page = opened(context, url)
            site.board.section("finding", {"uk": FOUND, "en": FOUND})
            site.board.section("scenario", {"step": "kill"})
            expect(page.locator("#finding")).to_be_visible(timeout=MS)
            expect(page.locator("#scenario-run")).to_have_attribute("aria-disabled", "true")
        expect(page.locator("#connection")).to_contain_text("зв’язок утрачено", timeout=MS)
        with told(lab, port=int(url.rsplit(":", 1)[1].strip("/"))):
            expect(page.locator("#finding")).to_be_hidden(timeout=MS)
            expect(page.locator("#connection")).to_have_text("на зв’язку", timeout=MS)
            expect(page.locator("#scenario-run")).to_have_attribute("aria-disabled", "false")
            page.click("[data-act=push-malformed]")
            expect(page.locator("#doing")).to_contain_text("Готово", timeout=MS)


def test_the_kill_button_kills_the_worker_that_it_names(chromium, lab):
    """Also once the worker has another number: a pod before it is gone."""
    with told(lab) as (site, url), chromium.new_context(locale="uk-UA") as context:
        page = opened(context, url)
        site.board.section("services", workers(first=1, second=2))
        button = page.locator("#replicas li:has-text('second') button")
        expect(button).to_be_visible(timeout=MS)
        site.board.section("services", workers(second=1, third=2))
        expect(page.locator("#replicas li:has-text('third')")).to_be_visible(timeout=MS)
        with page.expect_request("**/act/kill-worker?*", timeout=MS) as asked:
            button.click()
        assert asked.value.url.endswith("?replica=1")
        expect(page.locator("#doing")).to_contain_text("Готово", timeout=MS)
    lab.start("worker")


def test_a_rescue_is_told_though_the_kill_is_known_after_it(chromium, lab):
    """First the kill, then what came of it, whichever was seen first."""
    job_id = "00000000-0000-4000-8000-000000000001"
    with told(lab) as (site, url), chromium.new_context(locale="uk-UA") as context:
        page = opened(context, url)
        page.evaluate(
            """() => {
                window.heard = [];
                const said = document.getElementById("said");
                const hear = () => window.heard.push(said.textContent);
                new MutationObserver(hear).observe(said, { childList: true });
            }"""
        )
        site.board.noted("kill-worker", 1, left=1)
        stamp = (datetime.now(UTC) + timedelta(seconds=1)).isoformat().encode()
        line = f" Redelivered Event: Job Submitted. Data: {job_id}|./storage/x|resize|1x1".encode()
        site.board.logged(Judge(lab_profile()).feed(stamp + line), line.decode())
        site.board.happened("kill-worker", 1)
        said = page.locator("#said")
        expect(said).to_contain_text("Убито воркер 1", timeout=MS)
        expect(said).to_contain_text("врятовано", timeout=MS)
        told_last = page.evaluate("window.heard").pop()
    assert "врятовано" in told_last


def test_a_page_that_was_hidden_shows_the_new_scenario(chromium, lab):
    """Of its steps it saw none but the end; the recording is not the one before."""
    with told(lab) as (site, url), chromium.new_context(locale="uk-UA") as context:
        page = opened(context, url)
        title = page.locator("#scenario-replay .track h3")
        site.showing.recording = recording("the first")
        site.board.section("scenario", {"step": "done"})
        expect(title).to_have_text("the first", timeout=MS)
        with page.expect_event("requestfailed", lambda one: "/events" in one.url, timeout=MS):
            hide(page, True)
        site.board.section("scenario", {"step": "start"})
        site.showing.recording = recording("the second")
        site.board.section("scenario", {"step": "done"})
        hide(page, False)
        expect(title).to_have_text("the second", timeout=MS)


def test_a_scenario_that_the_server_refuses_is_told_as_failed(chromium, lab):
    """The button does not keep silent."""
    with told(lab) as (site, url), chromium.new_context(locale="uk-UA") as context:
        page = opened(context, url)
        site.token = "another"  # noqa: S105
        page.click("#scenario-run")
        expect(page.locator("#scenario-step")).to_contain_text("Сценарій не вдався", timeout=MS)


def test_a_killed_worker_of_several_is_told_by_its_number(chromium, lab):
    """The sentence and the replay name it, and say that the others work; then none is left."""
    lab.scale("worker", 2)
    with served(lab) as url, chromium.new_context(locale="uk-UA") as context:
        page = opened(context, url)
        with Api(lab.url) as api:
            job_id = api.submit(picture_job(PICTURE.data, "grayscale")).job_id
        chip = page.locator(f"[data-jobs=done] [data-job='{job_id}']")
        expect(chip).to_have_attribute("data-status", "COMPLETED", timeout=MS)
        for number, said in (
            (2, "Убито воркер 2 (SIGKILL), лишилося воркерів: 1"),
            (1, "Воркер убито"),
        ):
            page.click(f"#replicas li:has-text('worker-{number}') button")
            expect(page.locator("#said")).to_contain_text(said, timeout=MS)
        recorded = page.evaluate("fetch('/replay.json').then((answer) => answer.json())")
    lab.start("worker")
    lab.scale("worker", 1)
    with chromium.new_context(locale="uk-UA") as context:
        page = replayed(context, recorded)
        page.focus("input[type=range]")
        page.keyboard.press("End")
        worker = page.locator("[data-lane=worker]")
        expect(worker).to_have_class("station dead")
        expect(page.locator(".story li").last).to_contain_text("воркер убито: SIGKILL")
        page.click("[data-do=back]")
        expect(page.locator(".clock")).to_contain_text(
            "убито воркер 2: SIGKILL; лишилося воркерів: 1"
        )
        expect(worker).to_have_class("station")


def replayed(context, recorded):
    """A tab with the recording as a file."""
    page = context.new_page()
    page.set_content(replay_page(recorded))
    return page

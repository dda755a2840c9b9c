"""A recording as one file, in a real browser: from the disk, with no network, whatever a stranger
wrote into it; and the scenario, which is real.
"""

import json

import pytest

from harness.live.recorded import recording_of
from harness.live.replay_file import replay_page
from tests.browser.conftest import load, served
from tests.unit.recorded_run import HOSTILE, demo_document

expect = pytest.importorskip(
    "playwright.sync_api", reason="NOT CHECKED HERE, browser: no playwright"
).expect
pytestmark = pytest.mark.browser

MS = 30_000
SCENARIO_MS = 180_000


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """The replay of a run whose second job was lost, with hostile texts all over it."""
    folder = tmp_path_factory.mktemp("run")
    (folder / "demo.json").write_text(json.dumps(demo_document(HOSTILE)), encoding="utf-8")
    page = folder / "replay.html"
    page.write_text(replay_page(recording_of(folder)), encoding="utf-8")
    return page


@pytest.fixture
def opened(chromium, file):
    """Opens it without a network; whatever it complains of or asks for is an error of the test's."""
    heard, contexts = [], []

    def open_it(**settings):
        context = chromium.new_context(offline=True, locale="uk-UA", **settings)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: heard.append(said.text))
        page.on("pageerror", lambda error: heard.append(str(error)))
        page.on("dialog", lambda dialog: heard.append(dialog.message))
        page.on(
            "request",
            lambda one: None if one.url.startswith(("file:", "data:")) else heard.append(one.url),
        )
        page.goto(file.as_uri())
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert heard == []


def test_it_shows_where_the_job_was_lost(opened):
    """At the end: the job's chip is where it was lost, its row unfinished; the cause stands above."""
    page = opened()
    page.focus("input[type=range]")
    page.keyboard.press("End")
    lost = page.locator("[data-lane=worker] .chip.lost")
    expect(lost).to_have_attribute("data-job", "2")
    expect(page.locator(".clock")).to_contain_text("тут завдання загублено: воркер забрав подію")
    expect(page.locator(".verdict")).to_contain_text("Загублено завдання: 2")
    expect(page.locator(".rows .lost")).to_have_text("2: PROCESSING")
    expect(page.locator(".finding .code")).to_have_text(HOSTILE)


def test_a_chip_is_seen_on_its_way(opened):
    """Between two places, too: the list to which it goes does not cut it off."""
    page = opened()
    page.click("[data-do=on]")  # from the client to the api
    seen = page.evaluate(
        """() => {
            const chip = document.querySelector("[data-lane=api] .chip");
            for (const one of document.getAnimations()) { one.pause(); one.currentTime = 100; }
            const { x, y, width, height } = chip.getBoundingClientRect();
            const there = document.elementFromPoint(x + width / 2, y + height / 2);
            return [there?.closest(".chip")?.dataset.job, document.getAnimations().length > 0];
        }"""
    )
    assert seen == ["1", True]


def test_a_strangers_words_are_words(opened):
    """Tags, scripts and the end of the data are shown as they stand, and do nothing."""
    page = opened()
    expect(page.locator(".story code").first).to_contain_text(HOSTILE)
    assert page.evaluate("document.querySelectorAll('main img[src=x]').length") == 0
    assert page.evaluate("window.hurt") is None


def test_a_job_is_shown_alone_and_plays_by_itself(opened):
    """Its chip chooses it; at the full speed it comes to its end, by its own happenings only,
    whatever happened to others meanwhile; the last word is about it alone.
    """
    page = opened()
    page.select_option(".bar select", "1")
    page.click(".chip[data-job='1']")
    expect(page.locator("[data-lane=done] .chip[data-job='1']")).to_be_visible(timeout=MS)
    expect(page.locator("[data-do=play]")).to_have_text("▶ Показати", timeout=MS)
    expect(page.locator("[data-lane=client] .chip[data-job='2']")).to_be_visible()
    expect(page.locator(".rows li")).to_have_text(["1: COMPLETED"])
    expect(page.locator(".verdict")).to_have_text("Завдання 1 не загублено.")
    assert {line[:1] for line in page.locator(".story li:visible > span").all_inner_texts()} == {
        "1"
    }
    page.click("[data-do=all]")
    expect(page.locator("[data-do=all]")).to_be_hidden()
    expect(page.locator(".story li").last).to_be_visible()


def test_it_speaks_both_languages(opened):
    """The button changes all of it."""
    page = opened()
    page.click("header button")
    expect(page.locator("h1")).to_have_text("Lab 6: slow replay")
    expect(page.locator("[data-do=play]")).to_have_text("▶ Play")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_keeps_nobody_out(opened, scheme):
    """axe finds nothing serious; on a phone nothing is wider than the screen."""
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="NOT CHECKED HERE, browser: no axe"
    )
    page = opened(color_scheme=scheme, viewport={"width": 360, "height": 800}, bypass_csp=True)
    page.focus("input[type=range]")
    page.keyboard.press("End")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    found = axe.Axe().run(page).response["violations"]
    bad = [one for one in found if one["impact"] in ("serious", "critical")]
    assert [(one["id"], one["nodes"][0]["html"]) for one in bad] == []


@pytest.mark.slow
@pytest.mark.embedded
def test_killed_in_mid_job_the_labs_loop_loses_the_job_and_the_kits_does_not(
    chromium, lab, tmp_path
):
    """Two real labs, side by side; then the same as a file."""
    with served(lab) as url, chromium.new_context(locale="uk-UA") as context:
        page = context.new_page()
        load(page, url)
        page.click("#scenario-run")
        expect(page.locator("#scenario-replay .track")).to_have_count(2, timeout=SCENARIO_MS)
        page.focus("#scenario-replay input[type=range]")
        page.keyboard.press("End")
        labs, kits = page.locator("#scenario-replay .track").all()
        expect(labs.locator("[data-lane=worker] .chip.lost")).to_have_attribute("data-job", "2")
        expect(labs.locator(".verdict")).to_contain_text("Загублено завдання: 2")
        expect(kits.locator(".story")).to_contain_text("воркер убито: SIGKILL")
        expect(kits.locator(".story")).to_contain_text("воркер додає подію в список знову")
        expect(kits.locator(".verdict")).to_have_text("Жодного завдання не загублено.")
        with page.expect_download() as saved:
            page.click("#scenario-save")
        saved.value.save_as(tmp_path / "scenario.html")
        kept = context.new_page()
        kept.goto((tmp_path / "scenario.html").as_uri())
        expect(kept.locator(".track")).to_have_count(2)

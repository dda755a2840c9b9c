"""The live page in a real browser: what it shows is what the witnesses saw."""

import re
import statistics

import numpy as np
import pytest

from harness.lab6.pictures import make_picture
from harness.lab6.requests import picture_job
from harness.stack.waiting import until
from harness.witness.http import Api
from harness.witness.postgres import PostgresWitness
from harness.witness.redis import RedisWitness
from tests.browser.conftest import load, served

expect = pytest.importorskip(
    "playwright.sync_api", reason="NOT CHECKED HERE, browser: no playwright"
).expect
pytestmark = [pytest.mark.embedded, pytest.mark.browser]

PICTURE = make_picture(np.random.default_rng(5))
MS = 30_000


@pytest.fixture
def page(chromium, url):
    """The page, open; whatever it complains of in the console is an error of the test's."""
    with chromium.new_context(viewport={"width": 1280, "height": 1000}, locale="uk-UA") as context:
        page = opened(context, url)
        yield page
        assert page.complaints == []


def opened(context, url):
    """A tab with that page, connected."""
    page = context.new_page()
    page.complaints = []

    def heard(said):
        # A container's network that comes or goes on this machine ends the page's stream; it asks
        # anew.
        if said.type == "error" and "ERR_NETWORK_CHANGED" not in said.text:
            page.complaints.append(said.text)

    page.on("console", heard)
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    load(page, url)
    expect(page.locator("#connection")).to_have_text("на зв’язку", timeout=MS)
    return page


def upload(page, action="grayscale", params=""):
    """Send the picture by the form; the job's id."""
    page.set_input_files(
        "#file", {"name": "p.png", "mimeType": "image/png", "buffer": PICTURE.data}
    )
    page.select_option("#action", action)
    if params:
        page.fill("#params", params)
    page.click("#form button[type=submit]")
    expect(page.locator("#answer")).to_contain_text("202", timeout=MS)
    return page.inner_text("#answer").split()[-1]


def press(page, act):
    """Press a button and wait until it has done what it says."""
    page.click(f"[data-act={act}]")
    expect(page.locator("#doing")).to_contain_text("Готово", timeout=MS)


def in_lane(page, lane, job_id):
    """The job's button in that lane."""
    return page.locator(f"[data-jobs={lane}] [data-job='{job_id}']")


def test_an_uploaded_picture_goes_through_the_lanes_to_its_result(page):
    """Upload → api, list, worker, PostgreSQL, by every witness; both pictures; the log beside
    its rules.
    """
    width, height = PICTURE.size
    job_id = upload(page, "resize", f"{width // 2}x{height // 2}")
    expect(in_lane(page, "done", job_id)).to_have_attribute("data-status", "COMPLETED", timeout=MS)
    way = page.locator("#way")
    for witness in (
        "відповідь API: 202",
        "Redis, MONITOR: RPUSH",
        "журнал воркера: received",
        "журнал воркера: processing",
        "журнал воркера: completed",
        "запис у PostgreSQL: COMPLETED",
    ):
        expect(way).to_contain_text(witness, timeout=MS)
    for which, size in (("before", (width, height)), ("after", (width // 2, height // 2))):
        picture = page.locator(f"#{which}")
        expect(picture).to_have_js_property("naturalWidth", size[0], timeout=MS)
        expect(picture).to_have_js_property("naturalHeight", size[1], timeout=MS)
    for kind in ("received", "processing", "completed"):
        line = page.locator(f"#log li.{kind}", has_text=job_id)
        expect(line.locator(".mark")).to_have_attribute("aria-label", "правил дотримано")


def test_a_job_flies_over_every_lane_in_turn(page):
    """From the api on, whatever was seen of it in one frame: no lane is left out."""
    page.evaluate(
        """() => {
            window.flown = [];
            new MutationObserver((all) => all.forEach(({ addedNodes }) => addedNodes.forEach(
                (node) => window.flown.push(node.dataset.way),
            ))).observe(document.getElementById("sky"), { childList: true });
        }"""
    )
    expect(in_lane(page, "done", upload(page))).to_be_visible(timeout=MS)
    way = []
    for flight in page.evaluate("() => window.flown"):
        way += [lane for lane in flight.split() if way[-1:] != [lane]]
    assert way == ["api", "queue", "worker", "done"]


def test_a_picture_is_dragged_and_dropped(page):
    """Onto the form's frame: it is shown, and sent by the button."""
    files = page.evaluate_handle(
        """bytes => {
            const data = new DataTransfer();
            data.items.add(new File([new Uint8Array(bytes)], "dragged.png", { type: "image/png" }));
            return data;
        }""",
        list(PICTURE.data),
    )
    page.dispatch_event("#drop", "dragover", {"dataTransfer": files})
    expect(page.locator("#drop")).to_have_class("drop over")
    page.dispatch_event("#drop", "drop", {"dataTransfer": files})
    expect(page.locator("#answer")).to_have_text("dragged.png")
    expect(page.locator("#preview")).to_have_js_property(
        "naturalWidth", PICTURE.size[0], timeout=MS
    )
    page.click("#form button[type=submit]")
    expect(page.locator("#answer")).to_contain_text("202", timeout=MS)
    job_id = page.inner_text("#answer").split()[-1]
    expect(in_lane(page, "done", job_id)).to_be_visible(timeout=MS)


def test_a_refused_picture_is_told_in_the_apis_words(page):
    """No file at all, then wrong params: a sentence, and no job."""
    page.click("#form button[type=submit]")
    expect(page.locator("#answer")).to_have_text("Спершу виберіть зображення.")
    page.set_input_files(
        "#file", {"name": "p.png", "mimeType": "image/png", "buffer": PICTURE.data}
    )
    page.select_option("#action", "crop")
    page.fill("#params", "5,5,1,1")
    page.click("#form button[type=submit]")
    expect(page.locator("#answer")).to_contain_text("API відповів 422", timeout=MS)


def test_a_paused_worker_leaves_the_event_in_the_list_until_it_goes_on(page, lab):
    """The job waits in the list's lane, its message is shown; resumed, the worker takes it."""
    with RedisWitness(lab.redis_address) as redis:
        until(redis.blocked, deadline_s=30, what="a blocked worker")
    press(page, "pause-worker")
    upload(page)  # handed to the paused worker by the BLPOP that it waits in
    job_id = upload(page)
    expect(in_lane(page, "queue", job_id)).to_be_visible(timeout=MS)
    expect(page.locator("#messages")).to_contain_text(job_id, timeout=MS)
    later = upload(page)
    expect(in_lane(page, "queue", later)).to_be_visible(timeout=MS)
    head, tail = (in_lane(page, "queue", one).bounding_box()["x"] for one in (job_id, later))
    assert tail < head  # the head is at the worker, on the right
    expect(page.locator("[data-state=worker]")).to_have_text("на паузі", timeout=MS)
    press(page, "unpause-worker")
    expect(in_lane(page, "done", job_id)).to_have_attribute("data-status", "COMPLETED", timeout=MS)


def test_the_keyboard_stays_with_a_job_that_moves(page):
    """Who stands on a waiting job still stands on it when it has ended; a pause is possible
    while jobs come.
    """
    page.click("[data-act=burst-20]")
    press(page, "pause-worker")
    expect(page.locator("#said")).to_contain_text("на паузі", timeout=MS)
    upload(page)
    job = page.locator("[data-jobs=queue] .job").first
    job_id = job.get_attribute("data-job")
    job.focus()
    press_by_hand = "() => document.querySelector('[data-act=unpause-worker]').click()"
    page.evaluate(press_by_hand)  # a click of the mouse would take the focus away
    expect(in_lane(page, "done", job_id)).to_be_focused(timeout=MS)


@pytest.mark.slow
def test_a_page_that_nobody_looks_at_lets_go_of_its_stream_and_catches_up(page, lab):
    """Hidden, it closes its connection, of which a browser has six; seen again, it shows what
    it missed.
    """
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    hide = """hidden => {
        Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
        document.dispatchEvent(new Event("visibilitychange"));
    }"""
    with page.expect_event("requestfailed", lambda request: "/events" in request.url, timeout=MS):
        page.evaluate(hide, True)
    with Api(lab.url) as api:
        job_id = api.submit(picture_job(PICTURE.data, "grayscale")).job_id
    with PostgresWitness(lab.postgres_dsn) as postgres:
        until(lambda: postgres.row(job_id).status == "COMPLETED", deadline_s=30, what=job_id)
    assert in_lane(page, "done", job_id).count() == 0
    page.evaluate(hide, False)
    expect(in_lane(page, "done", job_id)).to_be_visible(timeout=MS)
    (again,) = [url for url in asked if "/events" in url]
    assert not again.endswith("since=")  # from where it left off, not everything anew


def test_a_killed_worker_is_seen_and_comes_back(page):
    """Stopped, then running; and it works again."""
    press(page, "kill-worker")
    expect(page.locator("[data-state=worker]")).to_have_text("зупинено", timeout=MS)
    expect(page.locator(".lane[data-lane=worker]")).to_have_class("lane dead")
    press(page, "start-worker")
    expect(page.locator("[data-state=worker]")).to_have_text("працює", timeout=MS)
    expect(page.locator(".lane[data-lane=worker]")).to_have_class("lane")
    expect(in_lane(page, "done", upload(page))).to_be_visible(timeout=MS)


def test_each_worker_is_killed_by_a_button_of_its_own(page, lab):
    """The second of two ends, the first works on."""
    press(page, "add-worker")
    page.click("#replicas li:has-text('worker-2') [data-act=kill-worker]")
    expect(page.locator("[data-state=worker]")).to_have_text("працює: 1 з 2", timeout=MS)
    assert [state.status for state in lab.state("worker")] == ["running", "exited"]
    press(page, "start-worker")
    expect(page.locator("[data-state=worker]")).to_have_text("працює: 2 з 2", timeout=MS)
    press(page, "remove-worker")
    expect(page.locator("[data-state=worker]")).to_have_text("працює", timeout=MS)


def test_the_sentence_tells_the_present_once_nothing_happens(page):
    """A job's end is told, and then that the queue is empty and the worker sleeps."""
    expect(in_lane(page, "done", upload(page))).to_be_visible(timeout=MS)
    expect(page.locator("#said")).to_contain_text("Черга порожня, воркер спить", timeout=MS)


def test_a_chip_carries_the_picture_that_was_sent(page):
    """A small one, in its shape, wherever the chip is."""
    width, height = PICTURE.size
    small = in_lane(page, "done", upload(page)).locator("img")
    expect(small).to_be_visible(timeout=MS)
    shape = small.evaluate("image => image.naturalWidth / image.naturalHeight")
    assert shape == pytest.approx(width / height, rel=0.05)


def test_a_job_is_seen_again_slowly(page):
    """Its own happenings, step by step by the keyboard; closed, the focus is where it was."""
    job_id = upload(page)
    expect(in_lane(page, "done", job_id)).to_be_visible(timeout=MS)
    in_lane(page, "done", job_id).click()
    expect(page.locator("#way")).to_contain_text("completed", timeout=MS)
    page.click("#watch")
    story = page.locator("#replay-player .story li")
    expect(story.first).to_contain_text("клієнт надсилає зображення")
    expect(page.locator("#replay-player .passed").nth(1)).to_be_visible(timeout=MS)  # it plays
    slider = page.locator("#replay-player input[type=range]")
    slider.focus()
    page.keyboard.press("End")
    expect(page.locator("#replay-player [data-lane=done] .chip")).to_be_visible()
    expect(page.locator("#replay-player .rows")).to_contain_text("COMPLETED")
    expect(page.locator("#replay-player .verdict")).to_have_text("Жодного завдання не загублено.")
    page.keyboard.press("Home")
    expect(page.locator("#replay-player [data-lane=client] .chip")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#replay-dialog")).to_be_hidden()
    expect(page.locator("#watch")).to_be_focused()


@pytest.mark.slow
def test_redis_restarted_is_in_the_log_and_the_next_job_goes_through(page):
    """The worker's error line is shown; then everything goes on, the witnesses too."""
    press(page, "restart-redis")
    expect(page.locator("#log li.redis_error").first).to_be_visible(timeout=MS)
    job_id = upload(page)
    expect(in_lane(page, "done", job_id)).to_have_attribute("data-status", "COMPLETED", timeout=MS)


def test_rubbish_in_the_list_breaks_a_rule_in_the_log_and_no_worker(page):
    """The line stands marked, with the rule's sentence beside it."""
    press(page, "push-malformed")
    expect(page.locator("#log li.broken .rule").first).to_be_visible(timeout=MS)
    expect(page.locator("[data-state=worker]")).to_have_text("працює", timeout=MS)


def test_another_worker_joins_and_leaves(page):
    """Two run, then one."""
    press(page, "add-worker")
    expect(page.locator("[data-state=worker]")).to_have_text("працює: 2 з 2", timeout=MS)
    press(page, "remove-worker")
    expect(page.locator("[data-state=worker]")).to_have_text("працює", timeout=MS)
    refused(page, "remove-worker", "Не вдалося")
    page.complaints.clear()  # the browser notes the refusal, which was asked for


@pytest.mark.slow
def test_two_hundred_jobs_end_on_the_page_where_postgresql_says(page, lab):
    """Every job of the burst; no error in the console; how far the picture is behind the log is
    printed.
    """
    with PostgresWitness(lab.postgres_dsn) as postgres:
        before = postgres.count()
        press(page, "burst-200")

        def ended():
            rows = postgres.rows()
            return len(rows) >= before + 200 and all(
                row.status in ("COMPLETED", "FAILED") for row in rows.values()
            )

        until(ended, deadline_s=90, what="200 jobs")
        rows = {job_id: row.status for job_id, row in postgres.rows().items()}
    final = "[data-jobs=done] .job:is([data-status=COMPLETED], [data-status=FAILED])"
    expect(page.locator(final)).to_have_count(len(rows), timeout=MS)
    shown = page.eval_on_selector_all(
        "[data-jobs=done] .job",
        "all => Object.fromEntries(all.map(b => [b.dataset.job, b.dataset.status]))",
    )
    assert shown == rows
    lags = sorted(page.evaluate("window.lab6.lags"))
    assert len(lags) >= 600
    p50, p95 = statistics.median(lags), lags[len(lags) * 95 // 100]
    print(f"lag behind the log: p50 {p50:.0f} ms, p95 {p95:.0f} ms, most {lags[-1]:.0f} ms")  # noqa: T201


@pytest.mark.slow
def test_a_lost_connection_is_said_and_comes_back(chromium, lab):
    """The server goes and another one comes at the same address: the page says so, and shows
    what is there.
    """
    with chromium.new_context(locale="uk-UA") as context:
        with served(lab) as url:
            page = opened(context, url)
            job_id = upload(page)
            expect(in_lane(page, "done", job_id)).to_be_visible(timeout=MS)
        expect(page.locator("#connection")).to_contain_text("зв’язок утрачено", timeout=MS)
        for service in ("api", "redis", "worker", "postgres"):
            expect(page.locator(f"[data-state={service}]")).to_have_text("невідомо")
        with served(lab, port=int(url.rsplit(":", 1)[1].strip("/"))):
            expect(page.locator("#connection")).to_have_text("на зв’язку", timeout=MS)
            expect(in_lane(page, "done", job_id)).to_be_visible(timeout=MS)


def refused(page, act, why):
    """Press a button that must do nothing now: it looks so, and says why."""
    expect(page.locator(f"[data-act={act}]").first).to_have_attribute(
        "aria-disabled", "true", timeout=MS
    )
    page.locator(f"[data-act={act}]").first.dispatch_event("click")
    expect(page.locator("#doing")).to_contain_text(why, timeout=MS)


@pytest.mark.slow
def test_no_button_says_what_is_not_so(page):
    """Nothing is paused that is stopped, started that is paused, added to what stands still."""
    refused(page, "start-worker", "уже працює")
    refused(page, "unpause-worker", "не на паузі")
    press(page, "pause-worker")
    for act in ("start-worker", "add-worker"):
        refused(page, act, "спершу відновіть")
    refused(page, "pause-worker", "уже на паузі")
    press(page, "unpause-worker")
    press(page, "kill-worker")
    for act in ("pause-worker", "add-worker", "kill-worker"):
        refused(page, act, "спершу запустіть")
    refused(page, "unpause-worker", "не на паузі")
    press(page, "start-worker")
    expect(page.locator("#replicas")).to_contain_text("спить у BLPOP", timeout=MS)
    page.complaints.clear()  # the browser notes the refusals, which were asked for


@pytest.mark.slow
def test_the_first_sentence_is_about_what_is_there(page, chromium, url):
    """A job; a worker that is not at work."""
    expect(in_lane(page, "done", upload(page))).to_be_visible(timeout=MS)
    with chromium.new_context(locale="uk-UA") as context:
        expect(opened(context, url).locator("#said")).to_have_text(
            re.compile("Завдань на сторінці: [1-9]"), timeout=MS
        )
        press(page, "kill-worker")
        expect(page.locator("[data-state=worker]")).to_have_text("зупинено", timeout=MS)
        expect(opened(context, url).locator("#said")).to_contain_text("зупинено", timeout=MS)
    press(page, "start-worker")


def said_anywhere(page):
    """All that the page shows or tells a screen reader."""
    return page.evaluate(
        """() => [document.title, document.body.innerText, ...[...document.querySelectorAll("*")].flatMap(
            (one) => ["aria-label", "title", "alt", "placeholder"].map((name) => one.getAttribute(name) ?? ""),
        )].join("\\n")"""
    )


def test_the_page_speaks_both_languages(page):
    """Whatever has happened on it: in English no word is Ukrainian but the button's own, and
    back.
    """
    press(page, "push-malformed")
    expect(page.locator("#log li.broken .rule").first).to_be_visible(timeout=MS)
    page.click("#form button[type=submit]")  # without a picture
    press(page, "pause-worker")
    press(page, "burst-20")
    expect(page.locator("[data-jobs=queue] .more")).to_be_visible(timeout=MS)
    page.click("[data-jobs=queue] .job >> nth=0")
    expect(page.locator("#said")).to_contain_text("Воркер зараз не працює", timeout=MS)  # at rest
    ukrainian = said_anywhere(page)
    page.click("#language")
    expect(page.locator("h1")).to_have_text("Lab 6 live")
    expect(page.locator("#answer")).to_have_text("Choose a picture first.")
    expect(page.locator("#doing")).to_have_text("Done: 20 jobs at once")

    def ukrainian_left():
        """What the page says last is drawn a moment after the switch."""
        return re.findall(
            "[а-яіїєґ]+", said_anywhere(page).replace("Українська", ""), re.IGNORECASE
        )

    until(lambda: not ukrainian_left(), deadline_s=MS / 1000, what="no Ukrainian word on the page")
    page.click("#language")
    expect(page.locator("h1")).to_have_text("Лабораторна 6 наживо")
    until(
        lambda: set(said_anywhere(page).split("\n")) == set(ukrainian.split("\n")),
        deadline_s=MS / 1000,
        what="every word as it was",
    )
    press(page, "unpause-worker")


@pytest.mark.slow
def test_the_keyboard_stops_once_in_a_lane(page):
    """Twenty jobs are one stop; the arrows go from one to the next, Home and End to the ends."""
    press(page, "burst-20")
    done = page.locator("[data-jobs=done] .job")
    expect(page.locator("[data-jobs=done] .job[tabindex='0']")).to_have_count(1, timeout=MS)
    expect(page.locator("#queue-length")).to_contain_text("0", timeout=MS)
    done.last.focus()
    page.keyboard.press("ArrowLeft")
    expect(done.nth(done.count() - 2)).to_be_focused()
    page.keyboard.press("Home")
    expect(done.first).to_be_focused()
    expect(page.locator("[data-jobs=done] .job[tabindex='0']")).to_have_count(1)
    page.keyboard.press("Tab")
    expect(page.locator("#detail a")).to_be_focused()
    page.keyboard.press("Shift+Tab")
    expect(done.first).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_kept_out(chromium, url, scheme):
    """axe finds nothing serious, in both colour schemes, with jobs on the page; the keyboard
    reaches a job.
    """
    axe = pytest.importorskip(
        "axe_playwright_python.sync_playwright", reason="NOT CHECKED HERE, browser: no axe"
    )
    with chromium.new_context(color_scheme=scheme, locale="uk-UA") as context:
        page = opened(context, url)
        job_id = upload(page)
        expect(in_lane(page, "done", job_id)).to_be_visible(timeout=MS)
        found = axe.Axe().run(page).response["violations"]
        assert [
            (one["id"], one["nodes"][0]["html"])
            for one in found
            if one["impact"] in ("serious", "critical")
        ] == []
        in_lane(page, "done", job_id).focus()
        page.keyboard.press("Enter")
        expect(page.locator("#detail-name")).to_contain_text(job_id)


@pytest.mark.slow
def test_a_phone_scrolls_in_one_direction_only(chromium, url):
    """375 points wide: nothing is wider."""
    with chromium.new_context(viewport={"width": 375, "height": 800}, locale="uk-UA") as context:
        page = opened(context, url)
        job_id = upload(page)
        expect(in_lane(page, "done", job_id)).to_be_visible(timeout=MS)
        page.click("[data-act=burst-200]")
        for _ in range(5):
            assert page.evaluate("document.documentElement.scrollWidth") <= 375
            page.evaluate("() => new Promise(requestAnimationFrame)")
        in_lane(page, "done", job_id).click()
        expect(page.locator("#detail-name")).to_be_in_viewport(timeout=MS)
        expect(page.locator("#doing")).to_contain_text("Готово", timeout=MS)

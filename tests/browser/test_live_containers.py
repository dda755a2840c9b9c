"""The page beside containers: one worker's button ends that container and no other, and the page tells
what becomes of the job that it had in hand.
"""

import re

import numpy as np
import pytest

from harness.lab6.pictures import make_picture
from harness.lab6.requests import picture_job
from harness.loops import build_lab, with_far_storage, with_short_terms
from harness.stack import docker_door
from harness.stack.compose import ComposeStack
from harness.stack.waiting import until
from harness.witness.http import Api
from tests.browser.conftest import load, served

expect = pytest.importorskip(
    "playwright.sync_api", reason="NOT CHECKED HERE, browser: no playwright"
).expect
pytestmark = [pytest.mark.docker, pytest.mark.browser, pytest.mark.slow]

MS = 60_000
LONG_S = 8.0  #: the job takes so long: its worker is killed meanwhile
PLACE = "id => { const job = lab6.jobs().get(id); return job?.facts.place === 'worker' && job.facts.worker; }"
#: Every sentence that the page says from now on.
KEEP_SAID = """() => {
  const said = document.getElementById("said");
  window.told = [];
  new MutationObserver(() => window.told.push(said.textContent))
    .observe(said, { childList: true, characterData: true, subtree: true });
}"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Two workers, whose job takes long, and which look for lost jobs every half a second."""
    folder = build_lab("kit", tmp_path_factory.mktemp("work") / "lab")
    with ComposeStack(lab=with_short_terms(with_far_storage(folder, "grayscale", LONG_S))) as stack:
        stack.up()
        stack.scale("worker", 2)
        yield stack


def containers(lab):
    """Each worker's container: whether the Engine says that it runs."""
    label = [
        f"com.docker.compose.project={lab.name}",
        "com.docker.compose.service=worker",
    ]
    found = docker_door.client().containers.list(all=True, filters={"label": label})
    return {one.name: one.status for one in found}


def test_one_workers_button_kills_its_container_and_its_job_is_rescued(chromium, lab):
    """In mid-job: that container alone has ended, its job is nobody's, is put back, told of, and
    done by the other; with the other killed, too, the lane is grey.
    """
    with served(lab) as url, chromium.new_context(locale="uk-UA") as context:
        page = context.new_page()
        load(page, url)
        expect(page.locator("[data-state=worker]")).to_have_text("працює: 2 з 2", timeout=MS)
        lane = page.locator(".lane[data-lane=worker]")
        with Api(lab.url) as api:
            picture = make_picture(np.random.default_rng(5)).data
            job_id = api.submit(picture_job(picture, "grayscale")).job_id
        victim = page.wait_for_function(PLACE, arg=job_id, timeout=MS).json_value()
        number = int(re.search(r"\d+$", victim)[0])
        page.evaluate(KEEP_SAID)
        page.click(f"#replicas li:has-text('worker-{number}') button")
        until(lambda: containers(lab)[victim] == "exited", deadline_s=MS / 1000, what="its end")
        (other,) = (name for name, status in containers(lab).items() if status == "running")
        expect(page.locator("[data-state=worker]")).to_have_text("працює: 1 з 2", timeout=MS)
        expect(lane).to_have_class("lane")
        chip = page.locator(f"[data-jobs=done] [data-job='{job_id}']")
        expect(chip).to_have_attribute("data-status", "COMPLETED", timeout=MS)
        assert page.evaluate("id => lab6.jobs().get(id).facts.worker", job_id) == other
        # A sentence may be gone before anybody looks, and that of the kill comes late: the
        # Engine takes its time, and what is older than the rescue is not told after it.
        assert any("врятовано" in told for told in page.evaluate("window.told"))
        page.click(f"#replicas li:has-text('{re.search('worker-[0-9]+$', other)[0]}') button")
        expect(lane).to_have_class("lane dead", timeout=MS)
        assert set(containers(lab).values()) == {"exited"}
        assert page.locator(
            "#finding"
        ).is_hidden()  # whom the page has killed is accused of nothing

"""00_overview shows what is built, and a first job that really went through."""

from base64 import b64decode
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from harness.lesson.recording import source

NOTEBOOK = "00_overview"


def test_it_says_which_runtime_it_is(ran):
    """One line, and the right one."""
    assert ("docker compose" in ran.shown("lab = open_lab()")) is (ran.runtime == "compose")
    assert ran.shown("lab = open_lab()").count("Спосіб запуску:") == 1


def test_the_lab_is_drawn(ran):
    """As a picture that needs no renderer of the page's own."""
    assert len(ran.pictures("draw_lab()")) == 1


def test_the_answer_comes_with_an_id_and_queued(ran):
    """202, and not the picture."""
    told = ran.shown("httpx.post(")
    assert told.startswith("202")
    assert "'status': 'QUEUED'" in told


def test_the_job_of_the_answer_is_completed(ran):
    """The row that is read at the end is that job's."""
    job_id = ran.shown("httpx.post(").split("'job_id': '")[1][:36]
    row = ran.shown("json.dumps(row")
    assert f'"id": "{job_id}"' in row
    assert '"status": "COMPLETED"' in row


def test_the_result_is_grey_beside_the_colours_of_the_upload(ran):
    """Before and after, in one picture: its left half has colours, its right one has none."""
    (picture,) = ran.pictures('("після: grayscale", result)')
    with Image.open(BytesIO(b64decode(picture))) as image:
        pixels = np.asarray(image.convert("RGB")).astype(int)
    # How far red, green and blue lie apart, below the captions.
    colour = np.ptp(pixels, axis=2)[80:]
    left, right = np.array_split(colour, 2, axis=1)
    assert right.mean() < 5
    assert left.mean() > 20


def test_every_witness_tells_of_the_job(ran):
    """HTTP, Redis, PostgreSQL and the log, up to the end."""
    told = ran.html("lab.timeline(job_id)")
    for part in ("HTTP", "Redis", "PostgreSQL", "журнал воркера", "RPUSH", "Job COMPLETED"):
        assert part in told
    (drawn,) = ran.pictures("draw_timeline(")
    for part in ("ви", "RPUSH", "BLPOP", "журнал: COMPLETED"):
        assert part in drawn


def test_unsolved_exercises_wait_with_a_hint(ran):
    """And the notebook has run to its end all the same."""
    told = ran.shown("exercise(")
    assert told.count("Ще не розв’язано") == 2
    assert told.count("Підказка") == 2
    assert ran.cells("close_lab()")[-1].execution_count


@pytest.mark.slow
@pytest.mark.embedded
def test_a_solved_exercise_sends_the_readers_own_job(run):
    """The portrait is cut out as the reader asked, and shown."""
    notebook = source(NOTEBOOK)
    for cell in notebook.cells:
        cell.source = cell.source.replace("corners = None", 'corners = "130,60,390,340"')
    solved = run(notebook, "embedded")
    assert "Правильно!" in solved.shown('exercise("overview.crop-face"')
    assert len(solved.pictures("if portrait.solved:")) == 1

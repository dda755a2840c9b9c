"""A recording: what happened in what order, where each job was, which are lost; and the file made
of it, which no stranger's word can break.
"""

import base64
import hashlib
import json
import re
from io import BytesIO

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from harness.cli.live import live
from harness.cli.problems import UsageProblem
from harness.lab6.pictures import make_picture
from harness.live.recorded import recording_of
from harness.live.recording import Noted, RecordedJob, track
from harness.live.replay_file import replay_page
from harness.live.thumbs import small
from harness.stack.errors import StackError
from tests.unit.recorded_run import HOSTILE, demo_document

NAME = {"uk": "x", "en": "x"}


def places(*marks, **more):
    """The places through which one job goes, and whether it was lost."""
    told = [Noted(time=at, witness=witness, what=what, job=1) for at, witness, what in marks]
    made = track(NAME, [RecordedJob(number=1, id="x")], told, **more)
    return [one.place for one in made.happenings], made.lost


def test_a_job_goes_from_the_client_to_its_end():
    """Each mark brings it to the place that it proves, whatever the order in which they came."""
    assert places(
        (7, "log", "completed"),
        (0, "http", "sent"),
        (1, "postgres", "QUEUED"),
        (2, "redis", "RPUSH"),
        (3, "http", "202"),
        (4, "log", "received"),
        (5, "postgres", "PROCESSING"),
        (6, "postgres", "COMPLETED"),
    ) == (["api", "api", "queue", "queue", "worker", "worker", "done", "done"], ())


def test_clocks_that_differ_a_little_move_nothing_back():
    """A receipt that was stamped before its push."""
    assert places((0, "log", "received"), (1, "redis", "RPUSH"))[0] == [
        "worker",
        "worker",
        "worker",
    ]


def test_a_second_push_brings_a_job_back():
    """So does the log's word of it; then it is received again."""
    told = ["RPUSH", "received", "RPUSH", "redelivered", "received"]
    who = {"RPUSH": "redis"}
    marks = [(at, who.get(what, "log"), what) for at, what in enumerate(told)]
    assert places(*marks)[0][:5] == ["queue", "worker", "queue", "queue", "worker"]


def test_nobody_is_blamed_for_what_nobody_watched():
    """A demonstration leaves no word of what came into the list: the api may well have added it."""
    marks = [Noted(time=0, witness="postgres", what="QUEUED", job=1)]
    for watched, told in ((True, "lost-api"), (False, "lost-unseen")):
        made = track(NAME, [RecordedJob(number=1, id="x")], marks, queue_watched=watched)
        assert [one.what for one in made.happenings][-1] == told


@pytest.mark.parametrize(
    ("last", "where"),
    [
        (("http", "sent"), "api"),
        (("postgres", "QUEUED"), "api"),
        (("redis", "RPUSH"), "queue"),
        (("log", "received"), "worker"),
    ],
)
def test_a_job_that_never_ends_is_lost_where_it_was_last(last, where):
    """Its last happening says so, when that was seen."""
    marks = [(0, "http", "sent"), (1, "http", "202"), (2, *last)]
    assert places(*marks, ended=9) == ([*places(*marks, under_way=[1])[0], where], (1,))


def test_what_the_api_refused_was_not_lost():
    """Nor what may still end."""
    assert places((0, "http", "sent"), (1, "http", "422"))[1] == ()
    assert places((0, "http", "sent"), (1, "http", "202"), under_way=[1])[1] == ()


@pytest.fixture
def run(tmp_path):
    """The folder of a run."""
    (tmp_path / "demo.json").write_text(json.dumps(demo_document()), encoding="utf-8")
    (tmp_path / "pictures").mkdir()
    return tmp_path


def test_a_verdict_leads_to_the_run_beside_it(run):
    """The folder, ``demo.json`` and ``verdict.json`` are the same recording."""
    (run / "verdict.json").write_text('{"schema": "lab6/verdict/v1"}', encoding="utf-8")
    told = [recording_of(run / name) for name in ("", "demo.json", "verdict.json")]
    assert told[0] == told[1] == told[2]
    assert told[0]["tracks"][0]["lost"] == (2,)


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", "nonsense", '{"schema": "lab6/verdict/v1"}', "[" * 100_000, "\xff"]
)
def test_what_is_no_run_is_told_so(tmp_path, text):
    """Whatever lies there."""
    (tmp_path / "demo.json").write_bytes(text.encode("latin-1"))
    for source in (tmp_path, tmp_path / "demo.json", tmp_path / "missing"):
        with pytest.raises(StackError) as error:
            recording_of(source)
        assert error.value.reference == "replay-source"


@pytest.mark.parametrize(
    "jobs",
    [
        None,
        "x",
        [None, 1, "x", []],
        [{"events": "x", "row": 3, "sent": {}, "job_id": ["x"]}],
        [{"sent": "9999-99-99", "answered": "0001-01-01T00:00:00", "http_status": None}],
        [{"action": "\ud800", "events": [{"time": "x", "kind": {}}, 4]}],
    ],
)
def test_nonsense_in_a_document_is_shown_as_far_as_it_makes_sense(run, jobs):
    """Nothing is raised, and the page can be written down."""
    (run / "demo.json").write_text(json.dumps(demo_document() | {"jobs": jobs}), encoding="utf-8")
    assert replay_page(recording_of(run)).encode()


def test_a_picture_is_looked_for_in_the_runs_own_folder_alone(run):
    """By its name: neither a path that leads out nor a link is followed."""
    picture = make_picture(np.random.default_rng(1)).data
    (run / "secret.png").write_bytes(picture)
    (run / "pictures/01-in.png").write_bytes(picture)
    (run / "pictures/link.png").symlink_to(run / "secret.png")
    document = demo_document()
    named = [str(run / "pictures/01-in.png"), "../secret.png", "C:\\x\\link.png"]
    for job, name in zip(document["jobs"], named, strict=True):
        job["input"] = name
    (run / "demo.json").write_text(json.dumps(document), encoding="utf-8")
    shown = [bool(job["picture"]) for job in recording_of(run)["tracks"][0]["jobs"]]
    assert shown == [True, False, False]


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"\x89PNG\r\n\x1a\n" + b"x" * 99])
def test_what_is_no_picture_has_no_small_one(data):
    """And neither has one that was cut."""
    whole = make_picture(np.random.default_rng(2)).data
    assert small(whole) is not None
    assert small(whole[: len(whole) // 2]) is None
    assert small(data) is None


def test_the_file_holds_a_strangers_words_as_data(run):
    """Its script runs by its hash alone; nothing in the data ends an element."""
    (run / "demo.json").write_text(json.dumps(demo_document(HOSTILE)), encoding="utf-8")
    page = replay_page(recording_of(run))
    assert HOSTILE not in page
    assert page.count("<script") == page.count("</script>") == 3
    script = re.search(r'<script type="module">(.*?)</script>', page, re.DOTALL)[1]
    hashed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{hashed}'" in page
    assert "unsafe" not in page
    assert "http:" not in page
    data = json.loads(re.search(r'id="recording">(.*?)</script>', page, re.DOTALL)[1])
    assert data["tracks"][0]["jobs"][0]["action"] == HOSTILE


def test_the_command_writes_the_file_beside_the_run(run):
    """Or where it is asked to."""
    for more, file in ((), run / "replay.html"), (("--out", str(run / "x.html")), run / "x.html"):
        told = CliRunner().invoke(live, ["--from", str(run), "--no-browser", *more])
        assert told.exception is None or isinstance(told.exception, SystemExit), told.exception
        assert file.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_place_for_the_file_without_a_run_is_a_mistake(tmp_path):
    """Nothing is started."""
    told = CliRunner().invoke(live, ["--out", str(tmp_path / "x.html")])
    assert isinstance(told.exception, UsageProblem)
    assert told.exception.reference == "replay-alone"


@pytest.mark.parametrize("more", [["."], ["--port", "8006"], ["--runtime", "embedded"]])
def test_a_finished_run_takes_nothing_that_a_lab_would_need(run, more):
    """It is said, not left out in silence; also where the value is the default one."""
    told = CliRunner().invoke(live, ["--from", str(run), "--no-browser", *more])
    assert isinstance(told.exception, UsageProblem)
    assert told.exception.reference == "replay-no-lab"
    assert not (run / "replay.html").exists()


def test_a_picture_whose_exif_is_no_exif_is_shown_as_it_lies():
    """Its tags are of odd types, which Pillow meets when it turns the picture."""
    tags = (
        b"\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00",  # turned by 90 degrees
        b"\x00\x01\x02\x00\x02\x00\x00\x006\x00\x00\x00",  # a width in letters
        b"\x11\x01\x0c\x00\x00\x00\x00\x006\x00\x00\x00",  # no value at all
    )
    exif = b"Exif\0\0II*\0\x08\0\0\0\x03\0" + b"".join(tags) + bytes(4)
    found = BytesIO()
    Image.new("RGB", (20, 10)).save(found, "JPEG", exif=exif)
    made = small(found.getvalue())
    assert made is not None
    assert Image.open(BytesIO(made)).size == (20, 10)

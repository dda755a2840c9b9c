"""The api and the worker keep the lab's contract, on a real Redis and a real PostgreSQL."""

import ast
import re
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import numpy
import pytest
from PIL import Image

from harness.lab6.pictures import make_picture
from harness.lab6.requests import picture_job
from harness.stack.base import Stack
from harness.stack.waiting import until
from harness.witness.dialect import Dialect
from harness.witness.http import Answer, Api
from harness.witness.redis import RedisWitness

pytestmark = pytest.mark.embedded

ROOT = Path(__file__).parents[2]
SECONDS = 30.0
PICTURE = make_picture(numpy.random.default_rng(6))


@pytest.fixture
def api(embedded: Stack):
    with Api(embedded.url) as api:
        yield api


def post(api: Api, picture: bytes = PICTURE.data, **fields: str) -> Answer:
    files = {"image": ("a.png", picture, "image/png")}
    return api.request("POST", "/job/submit", files=files, data=fields)


def ended(api: Api, job_id: str) -> dict:
    return until(
        lambda: (row := api.row(job_id).document)["status"] in ("COMPLETED", "FAILED") and row,
        deadline_s=SECONDS,
        what="the job's end",
    )


def test_a_submission_is_answered_at_once_and_its_row_and_result_can_be_read(api: Api) -> None:
    answer = post(api, action="resize", params="40x30")
    assert (answer.status, answer.document["status"]) == (202, "QUEUED")
    row = ended(api, answer.job_id)
    assert row["status"] == "COMPLETED"
    assert row["input_path"] == f"./storage/{answer.job_id}.png"
    assert row["output_path"] == f"./storage/processed_{answer.job_id}.png"
    result = api.result(answer.job_id)
    assert (result.status, result.media_type) == (200, "image/png")
    assert Image.open(BytesIO(result.body)).size == (40, 30)


def test_action_and_params_may_come_as_query(api: Api) -> None:
    with Api(api.url, dialect=Dialect(as_query=True)) as asking:
        answer = asking.submit(picture_job(PICTURE.data, "resize", "20x20"))
    assert answer.status == 202
    assert ended(api, answer.job_id)["params"] == "20x20"


BAD = {
    "no form at all": (415, lambda api: api.request("POST", "/job/submit", content=b"x")),
    "no file": (
        400,
        lambda api: api.request("POST", "/job/submit", files={"other": ("a", b"", "x/y")}),
    ),
    "no action": (400, post),
    "an unknown action": (422, lambda api: post(api, action="explode")),
    "resize without a size": (422, lambda api: post(api, action="resize")),
    "resize to nothing": (422, lambda api: post(api, action="resize", params="0x5")),
    "resize to too much": (422, lambda api: post(api, action="resize", params="10000x10000")),
    "crop by three numbers": (422, lambda api: post(api, action="crop", params="1,2,3")),
    "crop outside the picture": (422, lambda api: post(api, action="crop", params="0,0,9000,9000")),
    "crop inside out": (422, lambda api: post(api, action="crop", params="9,9,3,3")),
    "params that would be a fifth field": (
        422,
        lambda api: post(api, action="grayscale", params="a|b"),
    ),
    "params that would be a second line": (
        422,
        lambda api: post(api, action="grayscale", params="a\nb"),
    ),
    "Unicode digits": (422, lambda api: post(api, action="resize", params="٣x٣")),
    "text as a picture": (415, lambda api: post(api, b"no picture", action="grayscale")),
    "an empty file": (415, lambda api: post(api, b"", action="grayscale")),
    "a GIF": (415, lambda api: post(api, b"GIF89a" + bytes(40), action="grayscale")),
    "eleven megabytes": (413, lambda api: post(api, bytes(11 << 20), action="grayscale")),
    "the wrong method": (405, lambda api: api.request("GET", "/job/submit")),
    "an unknown address": (404, lambda api: api.request("GET", "/nope")),
    "an unknown job": (404, lambda api: api.row("00000000-0000-4000-8000-000000000000")),
    "an unknown result": (404, lambda api: api.result("00000000-0000-4000-8000-000000000000")),
    "an id that is none": (404, lambda api: api.row("17")),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_request_gets_one_clear_sentence_and_no_message(
    embedded: Stack, api: Api, name: str
) -> None:
    status, ask = BAD[name]
    with RedisWitness(embedded.redis_address) as redis:
        log = len(list(embedded.logs("worker")))
        answer = ask(api)
        assert answer.status == status
        assert list(answer.document) == ["error"]
        assert answer.document["error"].endswith(".")
        assert redis.queue_length() == 0
    assert len(list(embedded.logs("worker"))) == log


def enormous_header() -> bytes:
    """A PNG that claims 9,000 × 9,000 points, in a few bytes."""
    buffer = BytesIO()
    Image.new("1", (9000, 9000)).save(buffer, "PNG")
    return buffer.getvalue()


def test_a_decompression_bomb_is_refused_by_its_header(api: Api) -> None:
    assert post(api, enormous_header(), action="grayscale").status == 422


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_a_truncated_picture_is_accepted_and_fails_with_a_reason(api: Api, suffix: str) -> None:
    whole = make_picture(numpy.random.default_rng(1), jpeg=suffix == ".jpg").data
    answer = post(api, whole[: len(whole) // 2], action="grayscale")
    row = ended(api, answer.job_id)
    assert (row["status"], "truncated" in row["error"]) == ("FAILED", True)
    assert api.result(answer.job_id).status == 409


def test_fifty_at_once_are_all_accepted_and_done(api: Api) -> None:
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda _: post(api, action="grayscale"), range(50)))
    assert {answer.status for answer in answers} == {202}
    assert len({answer.job_id for answer in answers}) == 50
    assert {ended(api, answer.job_id)["status"] for answer in answers} == {"COMPLETED"}


@pytest.mark.parametrize(
    "message",
    [
        "rubbish",
        "|||",
        "00000000-0000-4000-8000-000000000001|./storage/none.png|grayscale|",
        "00000000-0000-4000-8000-000000000002|/etc/passwd|grayscale|",
        "not a uuid|./storage/a.png|grayscale|",
        "x\nworker/main.py:104: Job forged COMPLETED. Result saved to: ./storage/x.png",
    ],
)
def test_the_worker_lives_through_a_strange_message_and_logs_it_as_one_line(
    embedded: Stack, api: Api, message: str
) -> None:
    with RedisWitness(embedded.redis_address) as redis:
        redis.push(message)
    assert ended(api, post(api, action="grayscale").job_id)["status"] == "COMPLETED"
    log = list(embedded.logs("worker"))
    assert not any(line.startswith(b"worker/main.py:104: Job forged") for line in log)


@pytest.mark.slow
def test_a_row_that_cannot_be_queued_waits_and_is_done_later(embedded: Stack, api: Api) -> None:
    embedded.stop("redis")
    try:
        answer = post(api, action="grayscale")
        assert answer.status == 202  # the row is there, and that is enough
        assert api.request("GET", "/health").status == 503
    finally:
        embedded.start("redis")
    log = b"".join(embedded.logs("api")).decode()
    assert "Error pushing job event to Redis queue: " in log
    # The worker notices, pauses as the lab's does, and goes on; the sweep brings the lost event.
    assert ended(api, post(api, action="grayscale").job_id)["status"] == "COMPLETED"
    assert ended(api, answer.job_id)["status"] == "COMPLETED"
    lines = b"".join(embedded.logs("worker")).decode().splitlines()
    told = [line for line in lines if answer.job_id in line]
    assert "Redelivered Event: Job Submitted. Data: " in told[0]
    assert "Error receiving event from Redis: " in b"".join(embedded.logs("worker")).decode()


def test_without_postgres_nothing_is_accepted_and_no_file_stays(embedded: Stack, api: Api) -> None:
    embedded.stop("postgres")
    try:
        before = set((embedded.folder / "storage").iterdir())
        assert post(api, action="grayscale").status == 503
        assert set((embedded.folder / "storage").iterdir()) == before
    finally:
        embedded.start("postgres")
    assert ended(api, post(api, action="grayscale").job_id)["status"] == "COMPLETED"


@pytest.mark.parametrize("service", ["api", "worker"])
def test_the_line_numbers_of_a_log_are_the_files_own(embedded: Stack, service: str) -> None:
    for line in embedded.logs(service):
        found = re.match(rf"{service}/(\w+\.py):(\d+): ", line.decode())
        assert found is not None, line
        source = (ROOT / "lab6" / service / found[1]).read_text(encoding="utf-8").split("\n")
        assert "log.info(" in source[int(found[2]) - 1]


@pytest.mark.parametrize("service", ["api", "worker"])
def test_sigterm_ends_a_service_cleanly(embedded: Stack, service: str) -> None:
    embedded.stop(service)
    try:
        assert embedded.state(service)[0].exit_code == 0
    finally:
        embedded.start(service)


def test_the_services_import_nothing_of_the_kit() -> None:
    files = sorted((ROOT / "lab6").glob("*/*.py"))
    assert len(files) >= 5
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [
                name for name in names if name.split(".")[0] in ("harness", "report", "checks")
            ]


def test_the_workers_loop_stands_in_the_labs_order() -> None:
    source = (ROOT / "lab6" / "worker" / "main.py").read_text(encoding="utf-8")
    landmarks = [
        "def process_queue(rdb, pg_db):",
        '"Worker started listening for events..."',
        'queue_name = "image_processing_queue"',
        "while True:",
        "# BLPOP: Блокуючий виклик, який очікує на надходження події.",
        "# Забезпечує слабке зв'язування: Worker чекає, не навантажуючи CPU.",
        "rdb.blpop(",
        "# Обробка помилок підключення",
        '"Error receiving event from Redis: %s"',
        "sleep(REDIS_PAUSE_S)",
        "continue",
        "# result[1] - це фактичне повідомлення (подія)",
        '"Received New Event: Job Submitted. Data: %s"',
        "# --- Обробка події ---",
        "job_id, input_path, action, params = parse_job_data(job_data)",
        "# 1. Worker оновлює статус у PG: PROCESSING",
        'update_pg_status(pg_db, job_id, "PROCESSING", "")',
        "# 2. Виконання роботи...",
        "# 3. Worker оновлює статус у PG: COMPLETED/FAILED",
    ]
    at = 0
    for landmark in landmarks:
        at = source.index(landmark, at)

"""Each wrong request that a person makes has a sentence that names what is wrong, in the
client's language.
"""

import io

import numpy as np
import pytest
from PIL import Image

from harness.lab6.pictures import make_picture
from harness.lab6.requests import picture_job
from harness.stack.base import Stack
from harness.stack.waiting import until
from harness.witness.http import Api

pytestmark = pytest.mark.embedded

PICTURE = make_picture(np.random.default_rng(5)).data


def saved(kind: str, **settings: object) -> bytes:
    buffer = io.BytesIO()
    frames = [Image.new("RGB", (30, 20), colour) for colour in ("red", "blue")]
    frames[0].save(buffer, kind, **({"append_images": frames[1:]} | settings if settings else {}))
    return buffer.getvalue()


#: The file, action, params; the status; what the Ukrainian and the English sentence must name.
SUBMITTED = {
    "empty": (b"", "grayscale", "", 415, "порожній файл", "an empty file"),
    "WebP": (saved("WEBP"), "grayscale", "", 415, "WebP", "WebP"),
    "GIF": (saved("GIF"), "grayscale", "", 415, "GIF", "GIF"),
    "HEIC": (
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(99),
        *("grayscale", "", 415, "HEIC", "HEIC"),
    ),
    "animated PNG": (
        saved("PNG", save_all=True),
        *("grayscale", "", 415, "анімований", "animated"),
    ),
    "text": ("лист викладачеві".encode(), "grayscale", "", 415, "це текст", "is text"),
    "cut PNG": (PICTURE[:40], "grayscale", "", 415, "пошкоджений", "damaged"),
    "Cyrillic х": (PICTURE, "resize", "640х480", 422, "кирилична літера «х»", "Cyrillic"),
    "empty rectangle": (PICTURE, "crop", "10,10,5,5", 422, "другий кут", "second corner"),
    "no action": (PICTURE, "", "", 400, "немає поля «action»", "no field “action”"),
    "11 MB": (bytes(11 * 2**20), "grayscale", "", 413, "до 10 МБ", "10 MB"),
}
#: Method and path; the status; what the two sentences must name.
ASKED = {
    "unknown address": ("GET", "/jobs", 404, "POST /job/submit", "POST /job/submit"),
    "no id": ("GET", "/job/123", 404, "UUID", "UUID"),
    "GET of submit": ("GET", "/job/submit", 405, "потрібен POST", "needs POST"),
}


@pytest.mark.parametrize("case", SUBMITTED.values(), ids=SUBMITTED)
def test_a_submission_is_told_what_is_wrong(embedded: Stack, case: tuple) -> None:
    data, action, params, status, ukrainian, english = case
    for language, told in ((None, ukrainian), ("en", english)):
        with Api(embedded.url, language=language) as api:
            answer = api.submit(picture_job(data, action, params))
        assert answer.status == status, answer.body
        assert told in answer.document["error"]


@pytest.mark.parametrize("case", ASKED.values(), ids=ASKED)
def test_a_wrong_address_is_told_the_right_ones(embedded: Stack, case: tuple) -> None:
    method, path, status, ukrainian, english = case
    for language, told in ((None, ukrainian), ("en", english)):
        with Api(embedded.url, language=language) as api:
            answer = api.request(method, path)
        assert answer.status == status, answer.body
        assert told in answer.document["error"]


def test_curl_without_its_at_sign_is_told(embedded: Stack) -> None:
    with Api(embedded.url) as api:
        answer = api.request(
            "POST",
            "/job/submit",
            files={"other": ("a.txt", b"a", "text/plain")},
            data={"image": "photo.png", "action": "grayscale"},
        )
    assert (answer.status, "@" in answer.document["error"]) == (400, True)


def test_the_front_page_tells_the_addresses(embedded: Stack) -> None:
    with Api(embedded.url) as api:
        told = api.request("GET", "/")
    assert told.status == 200
    assert "POST /job/submit" in told.document["addresses"]


def test_a_failed_jobs_reason_is_told_in_the_clients_language(embedded: Stack) -> None:
    """English in row and log, as in the lab; of the api, as its client asks."""
    half = PICTURE[: len(PICTURE) // 2]
    with Api(embedded.url) as api, Api(embedded.url, language="en") as english:
        job = api.submit(picture_job(half, "grayscale")).job_id
        until(
            lambda: api.row(job).document["status"] == "FAILED", deadline_s=60, what="the job's end"
        )
        assert "файл пошкоджено або він неповний" in api.row(job).document["error"]
        assert "damaged or cut short" in english.row(job).document["error"]
        assert "файл пошкоджено" in api.result(job).document["error"]

"""Whatever is uploaded or asked: the expected answer, nothing left of what was refused, and an
end for what was not.
"""

import io
import re
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic

import numpy as np
import pytest
from PIL import Image

from harness.lab6.requests import picture_job
from harness.stack.embedded import EmbeddedStack
from harness.witness.http import Api
from tests.attacks import oddities, pictures, unusual
from tests.attacks.conftest import peak
from tests.attacks.requests import PICTURE, RAW, REQUESTS

pytestmark = pytest.mark.embedded
NAME = re.compile(r"(processed_)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.(png|jpg)")
SECONDS = 60
AT_ONCE_S = 5  # to refuse a picture: most take milliseconds, and this machine may have other work
REFUSED = pictures.REFUSED | oddities.REFUSED
TAKEN = pictures.TAKEN | oddities.TAKEN


def result(lab, job_id):
    """The picture that came of it."""
    picture = Image.open(io.BytesIO(lab.api.request("GET", f"/job/{job_id}/result").body))
    picture.load()
    return picture


def traces(lab):
    """Rows, waiting messages, files: what a refused request may not add to."""
    return (
        lab.postgres.count(),
        lab.redis.queue_length(),
        sorted(one.name for one in lab.storage.iterdir()),
    )


def test_the_corpus_is_large_enough():
    """At least 60."""
    assert len(REFUSED) + len(TAKEN) + len(REQUESTS) + len(RAW) >= 60


@pytest.mark.parametrize(("make", "status"), REFUSED.values(), ids=REFUSED)
def test_no_picture_or_too_much_of_one_is_refused(lab, make, status):
    """At once, with a sentence, and no row, no message, no file."""
    before = traces(lab)
    picture = make()
    began = monotonic()
    answer = lab.api.submit(picture_job(picture, "grayscale"))
    assert monotonic() - began < AT_ONCE_S
    assert answer.status == status, answer.body[:200]
    assert answer.document["error"]
    assert traces(lab) == before


@pytest.mark.parametrize(("make", "end"), TAKEN.values(), ids=TAKEN)
def test_what_is_taken_comes_to_an_end(lab, make, end):
    """COMPLETED, or FAILED with a reason; None where the decoders of the day may differ."""
    answer = lab.api.submit(picture_job(make(), "grayscale"))
    if end is None and 400 <= answer.status < 500:
        return
    assert answer.status == 202, answer.body[:200]
    row = lab.ended(answer.job_id)
    assert end in (None, row.status), row
    if row.status == "FAILED":
        assert len(row.error) > 10
        assert "Traceback" not in row.error


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "action", "params"), oddities.LARGEST.values(), ids=oddities.LARGEST
)
def test_the_largest_that_is_allowed_is_done_within_bounds(lab, make, action, params):
    """25 megapixels in, 25 megapixels out, whatever the shape between."""
    answer = lab.api.submit(picture_job(make(), action, params))
    assert answer.status == 202, answer.body[:200]
    row = lab.ended(answer.job_id)
    assert row.status == "COMPLETED", row
    assert lab.too_fat() == {}


@pytest.mark.parametrize("make", unusual.UNUSUAL.values(), ids=unusual.UNUSUAL)
def test_a_good_picture_is_done_as_the_standards_say(lab, make):
    """Point by point, however seldom its kind."""
    file, action, params, wanted = make()
    answer = lab.api.submit(picture_job(file, action, params))
    assert answer.status == 202, answer.body[:200]
    row = lab.ended(answer.job_id)
    assert row.status == "COMPLETED", row
    found = np.asarray(result(lab, answer.job_id))
    clear = wanted.shape[-1] in (2, 4) and wanted[..., -1] == 0
    if np.any(clear):  # the colour of what cannot be seen is nobody's business
        found, wanted = np.where(clear[..., None], 0, found), np.where(clear[..., None], 0, wanted)
        assert np.array_equal(found[..., -1], wanted[..., -1])
    np.testing.assert_allclose(found.astype(int), wanted, atol=1)


@pytest.mark.parametrize(("make", "size"), unusual.UNUSUAL_JPEG.values(), ids=unusual.UNUSUAL_JPEG)
def test_a_good_jpeg_is_cut_out_whole(lab, make, size):
    """In its upright size, and nothing of it black."""
    answer = lab.api.submit(picture_job(make(), "crop", f"0,0,{size[0]},{size[1]}"))
    assert answer.status == 202, answer.body[:200]
    assert lab.ended(answer.job_id).status == "COMPLETED"
    cut = result(lab, answer.job_id)
    assert cut.size == size
    assert np.asarray(cut.convert("L"))[-3:, -3:].min() > 200  # the white corner of what is drawn


def test_a_reason_says_what_is_wrong_with_the_file(lab):
    """In words, before what the decoder says."""
    make, _ = pictures.TAKEN["png whose rows are rubbish"]
    row = lab.ended(lab.api.submit(picture_job(make(), "grayscale")).job_id)
    assert row.error.startswith("cannot process the picture: the file is damaged or cut short (")


@pytest.mark.parametrize(("request_", "status"), REQUESTS.values(), ids=REQUESTS)
def test_an_odd_request_has_its_answer(lab, request_, status):
    """The expected status; a refusal leaves nothing."""
    before = traces(lab)
    facts = dict(request_)
    answer = lab.api.request(facts.pop("method"), facts.pop("path"), **facts)
    assert answer.status == status, answer.body[:200]
    if status == 202:
        assert lab.ended(answer.job_id).status == "COMPLETED"
    else:
        assert answer.document["error"]
        assert traces(lab) == before


@pytest.mark.parametrize(
    "asked",
    [
        {"Range": "bytes=0-"},
        {"If-Modified-Since": "Fri, 01 Jan 99999999999999999999 00:00:00 GMT"},
        {"If-Range": "x" * 9_000},
    ],
)
def test_a_result_is_given_whole(lab, asked):
    """Whoever asks for a part of it, or on a condition."""
    done = lab.ended(lab.api.submit(picture_job(PICTURE, "grayscale")).job_id)
    answer = lab.api.request("GET", f"/job/{done.id}/result", headers=asked)
    assert (answer.status, answer.body) == (
        200,
        (lab.storage / Path(done.output_path).name).read_bytes(),
    )


@pytest.mark.parametrize(("sent", "statuses"), RAW.values(), ids=RAW)
def test_what_is_no_proper_http_is_answered_or_cut(lab, sent, statuses):
    """And the next request is served."""
    host, port = lab.api.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=SECONDS) as raw:
        try:
            raw.sendall(sent)
            told = raw.recv(65536)
        except ConnectionError:
            told = b""
    found = re.match(rb"HTTP/1\.[01] (\d{3})", told)
    assert (int(found[1]) if found else None) in statuses, told[:200]
    assert lab.api.request("GET", "/health").status == 200


def test_all_that_lies_in_the_storage_is_named_by_id_and_kind(lab):
    """After everything above: no name of a client's, nothing half written."""
    answer = lab.api.submit(picture_job(PICTURE, "grayscale", name="../../x.png"))
    lab.ended(answer.job_id)
    names = [one.name for one in lab.storage.iterdir()]
    assert [name for name in names if not NAME.fullmatch(name)] == []
    assert {one.name for one in lab.stack.folder.iterdir()} >= {
        "storage",
        "logs",
        "redis",
        "postgres",
    }


def large_noise():
    """Nearly 10 MB of noise."""
    noise = np.random.default_rng(6).integers(0, 256, (1800, 1800, 3), np.uint8)
    return pictures.saved(Image.fromarray(noise), "PNG", compress_level=0)


AT_ONCE = {
    "noise": large_noise,
    "exif": oddities.heavy_exif,
    "progressive": oddities.padded_progressive,
    "profile": lambda: oddities.with_segments(
        b"".join(
            oddities.segment(0xE2, b"ICC_PROFILE\0" + bytes([n, 60]) + bytes(65_000))
            for n in range(1, 61)
        )
    ),
    "texts": lambda: pictures.png(extra=oddities.wide_texts(60)),
}


@pytest.mark.slow
def test_many_large_uploads_at_once_do_not_add_up():
    """Sixteen at a time, of up to 10 MB: the api of a lab of its own never holds even half of
    them.
    """
    with EmbeddedStack() as stack:
        stack.up()
        stack.scale("worker", 0)
        before = peak(stack.state("api")[0].pid)
        for kind, make in AT_ONCE.items():
            data = make()

            def submit(_, data=data):
                with Api(stack.url) as api:
                    return api.submit(picture_job(data, "grayscale")).status

            with ThreadPoolExecutor(16) as pool:
                assert set(pool.map(submit, range(32))) == {202}
            assert peak(stack.state("api")[0].pid) - before < 100_000_000, kind

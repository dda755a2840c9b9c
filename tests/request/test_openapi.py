"""``docs/request/openapi.yaml`` is what the running api does, no less and no more."""

import os
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
import yaml

from harness.stack.base import Stack

HERE = Path(__file__).parent
DOCUMENT = HERE.parents[1] / "docs" / "request" / "openapi.yaml"
LIMIT_S = 240  # a hang; idle, the work takes a few seconds
MISSING = "NOT CHECKED HERE, openapi.yaml against the api: no {}; install the extra «dev»"

pytestmark = pytest.mark.embedded


@pytest.fixture(scope="module")
def document() -> dict:
    return yaml.safe_load(DOCUMENT.read_text(encoding="utf-8"))


def test_the_document_is_openapi(document: dict) -> None:
    """Editors and generators can read it."""
    validator = pytest.importorskip(
        "openapi_spec_validator", reason=MISSING.format("openapi-spec-validator")
    )
    validator.validate(document)


@pytest.mark.slow
def test_no_generated_request_gets_an_answer_outside_the_contract(
    embedded: Stack, tmp_path: Path
) -> None:
    """Hundreds of requests, right and wrong: no 5xx, no status, type or field that is not
    written down.
    """
    pytest.importorskip("schemathesis", reason=MISSING.format("schemathesis"))
    received = log_of(embedded).count("Received New Event")
    done = subprocess.run(
        [
            *(
                str(Path(sys.executable).with_name("st")),
                "--config-file",
                str(HERE / "schemathesis.toml"),
            ),
            *("run", str(DOCUMENT), "--url", embedded.url),
        ],
        cwd=tmp_path,
        env={**os.environ, "SCHEMATHESIS_HOOKS": "real_submissions", "PYTHONPATH": str(HERE)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=LIMIT_S,
        check=False,
    )
    told = done.stdout + done.stderr
    assert done.returncode == 0, told
    assert "Tested: 5" in told
    assert int(re.search(r"(\d+) generated", told)[1]) >= 500, told
    # Not only refusals: jobs of each action went all the way.
    log = log_of(embedded)
    assert log.count("Received New Event") - received >= 50
    for action in ("grayscale", "resize", "crop"):
        assert f"|{action}|" in log


def log_of(stack: Stack) -> str:
    return b"\n".join(stack.logs("worker")).decode("utf-8", "replace")


def test_every_path_and_method_of_the_api_is_in_the_document(document: dict) -> None:
    """No route of ``lab6/api/main.py`` is left undescribed."""
    source = (HERE.parents[1] / "lab6" / "api" / "main.py").read_text(encoding="utf-8")
    routes = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", path))
        for method, path in re.findall(
            r'^@app\.(get|post|put|delete)\("([^"]+)"', source, re.MULTILINE
        )
    }
    described = {
        (method, path)
        for path, operations in document["paths"].items()
        for method in operations
        if method in ("get", "post", "put", "delete")
    }
    assert routes == described


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "/job/submit"), ("GET", "/job/submit"), ("POST", "/health"), ("DELETE", "/job/{id}")],
)
def test_another_method_is_a_405_with_a_sentence(embedded: Stack, method: str, path: str) -> None:
    """A wrong method is told in the contract's own form."""
    address = embedded.url + path.format(id="00000000-0000-4000-8000-000000000000")
    answer = httpx.request(method, address)
    assert (answer.status_code, list(answer.json())) == (405, ["error"])

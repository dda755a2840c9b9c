"""A submission that does not build is judged so, and says why; nobody is blamed for a silent
registry.
"""

import pytest

from tests.docker.test_grade import grade, verdict_of
from tests.mutants.variants import variants

pytestmark = pytest.mark.docker


def graded(tmp_path, line):
    """The reference with one more line in its worker's Dockerfile; the run and its verdict."""
    (tmp_path / "lab").mkdir()
    lab = variants("honest")["plain-blpop"].build(tmp_path / "lab")
    file = lab / "lab6" / "worker" / "Dockerfile"
    file.write_text(f"{file.read_text(encoding='utf-8')}{line}\n", encoding="utf-8")
    run = grade(lab, "--out", tmp_path / "out")
    return run, {one["id"]: one for one in verdict_of(tmp_path / "out" / "lab")["checks"]}


def test_a_build_that_fails_is_the_labs_own_and_its_lines_are_quoted(tmp_path):
    """1, and the student reads what the build said."""
    run, checks = graded(tmp_path, "RUN echo the reason stands here && false")
    assert run.returncode == 1, run.stdout + run.stderr
    assert checks["cold-start"]["passed"] is False
    assert "the reason stands here" in checks["cold-start"]["cause"]["rationale"]


@pytest.mark.parametrize("said", ["npm error code ETIMEDOUT"])
def test_a_registry_that_is_silent_is_nobodys_fault(tmp_path, said):
    """2, nothing is false, and what was the matter is said."""
    run, checks = graded(tmp_path, f"RUN echo {said} && false")
    assert run.returncode == 2, run.stdout + run.stderr
    assert checks["cold-start"]["passed"] is None
    assert said in checks["cold-start"]["cause"]["rationale"]


@pytest.mark.slow
def test_a_service_without_a_role_that_does_not_build_is_left_out_and_told(tmp_path):
    """The whole work is judged without it."""
    (tmp_path / "lab").mkdir()
    lab = variants("honest")["plain-blpop"].build(tmp_path / "lab")
    (lab / "extra").mkdir()
    (lab / "extra/Dockerfile").write_text("FROM python:3.11-slim\nRUN false\n", encoding="utf-8")
    file = lab / "docker-compose.yml"
    text = file.read_text(encoding="utf-8")
    extra = "services:\n  metrics:\n    build: ./extra\n    networks: [internal_network]\n"
    file.write_text(text.replace("services:\n", extra, 1), encoding="utf-8")
    run = grade(lab, "--out", tmp_path / "out")
    verdict = verdict_of(tmp_path / "out" / "lab")
    assert not verdict["unjudged"], run.stdout + run.stderr
    assert next(one for one in verdict["checks"] if one["id"] == "cold-start")["passed"]
    assert [one for one in verdict["changes"] if one["where"] == "services.metrics.build"]

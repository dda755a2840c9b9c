"""A Dockerfile reaches no image but the assignment's, however it is written; an honest one
builds as it did.
"""

import pytest

from harness.grade.submission.assignment import load_assignment
from harness.grade.submission.sandbox.dockerfile import RefusedError, checked_dockerfile

BASES = load_assignment().sandbox.build_bases
DIGEST = "@sha256:" + "a" * 64


def checked(text, **arguments):
    """What is built, and what was dropped."""
    return checked_dockerfile(text, bases=BASES, arguments=arguments)


@pytest.mark.parametrize(
    "text",
    [
        "FROM lab6-kit-api",
        "from lab6-graded-d1feec4a7932-api:latest",
        "FROM docker.io/library/lab6-kit-api",
        "FROM localhost/python",
        "FROM --platform=linux/amd64 lab6-kit-api",
        "FROM python:3.11\nCOPY --from=lab6-kit-api /app /app",
        "FROM python:3.11\nCOPY --chown=1 --from=lab6-kit-api /app /app",
        'FROM python:3.11\nCOPY --from="lab6-kit-api" /app /app',
        "FROM python:3.11\nCOPY --fr\\\nom=lab6-kit-api /app /app",
        "FROM python:3.11\nCOPY \\\n# a comment\n\n--from=lab6-kit-api /app /app",
        "FROM python:3.11\nRUN --mount=type=bind,from=lab6-kit-api,target=/x cp -r /x /app",
        "FROM python:3.11\nRUN --mount=target=/x,FROM=lab6-kit-api cp -r /x /app",
        "FROM python:3.11\nONBUILD COPY --from=lab6-kit-api /app /app\n",
        "ARG BASE=lab6-kit-api\nFROM $BASE",
        "ARG A=lab6\nARG BASE=${A}-kit-api\nFROM ${BASE}",
        "FROM ${NOWHERE:-lab6-kit-api}",
        f"FROM python{DIGEST}",
        "FROM python:3.11\nCOPY --from=1 /app /app",
        "FROM python:3.11\nCOPY --from=later /app /app\nFROM alpine AS later",
        "# escape=`\nFROM python:3.11\nRUN a `\nFROM lab6-kit-api",
        "FROM python:3.11\nRUN echo '<<EOF'\nFROM lab6-kit-api\nEOF",
        "FROM python:3.11\nRUN cat <<EOF\nFROM python AS lab6-kit-api\nEOF\nFROM lab6-kit-api",
        "FROM python:3.11\nRUN cat <<RUN\n RUN\nFROM python AS lab6-kit-api\nRUN\nFROM lab6-kit-api",
        "FROM python:3.11\nRUN cat <<'E F'\nFROM python AS lab6-kit-api\nE F\nFROM lab6-kit-api",
        "FROM python:3.11\nINCLUDE other",
        '{"syntax": "evil/x"}',
        "// syntax=evil/x\nFROM python:3.11",
        "FROM",
        "FROM python:3.11 lab6-kit-api",
    ],
)
def test_no_other_image_is_reached(text):
    """Neither begun from, nor copied from, nor mounted."""
    with pytest.raises(RefusedError):
        checked(text)


def test_a_build_argument_is_looked_through_as_well():
    """The compose file's value stands before the Dockerfile's default."""
    with pytest.raises(RefusedError):
        checked("ARG BASE=python:3.11\nFROM $BASE", BASE="lab6-kit-api")


@pytest.mark.parametrize(
    "text",
    [
        'FROM python:3.11-slim\nWORKDIR /app\nCOPY . .\nCMD ["python", "main.py"]\n',
        "FROM golang:1.22 AS build\nRUN go build -o /x .\nFROM alpine\nCOPY --from=build /x /x\n",
        "FROM golang:1.22\nFROM scratch\nCOPY --from=0 /x /x\n",
        "FROM python:3.12\nCOPY --from=ghcr.io/astral-sh/uv:0.4 /uv /bin/\n",
        "FROM python:3.12\nRUN cat <<EOF > /a.py\nfrom flask import Flask\nCOPY = 1\nEOF\nCMD a\n",
        "FROM python:3.12\nRUN echo $((1<<2)) && pip install -r requirements.txt\n",
        "FROM gcr.io/distroless/static-debian12\nCOPY x /x\n",
        "FROM debian:12\nHEALTHCHECK --interval=5s CMD curl localhost\nUSER 1000:1000\n",
    ],
)
def test_an_honest_dockerfile_stays_as_it_is(text):
    """Stages of its own, here-documents, well-known images."""
    made, dropped = checked(text)
    assert made.strip() == text.strip()
    assert dropped == ()


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("FROM docker.io/library/python:3.11", "FROM python:3.11"),
        (f"FROM python:3.11{DIGEST}", "FROM python:3.11"),
        ("ARG V=3.11\nFROM python:${V}-slim AS Base", "ARG V=3.11\nFROM python:3.11-slim AS base"),
        ("FROM --platform=$BUILDPLATFORM golang:1.22", "FROM golang:1.22"),
        ("FROM python:3\nRUN a \\\n  # why\n  && b", "FROM python:3\nRUN a   && b"),
    ],
)
def test_one_spelling_is_built(text, made):
    """What was decided upon is what the builder reads."""
    assert checked(text)[0].strip() == made


def test_another_builder_a_cache_and_an_open_network_are_dropped_and_told():
    """The work is built without them."""
    text = (
        "# syntax=docker/dockerfile:1\nFROM python:3.11\n"
        "RUN --mount=type=cache,target=/root/.cache --network=host pip install flask\n"
    )
    made, dropped = checked(text)
    assert made.strip() == "FROM python:3.11\nRUN pip install flask"
    assert dropped == (
        "# syntax=docker/dockerfile:1",
        "--mount=type=cache,target=/root/.cache",
        "--network=host",
    )


@pytest.mark.parametrize(
    ("line", "made", "told"),
    [
        (
            "HEALTHCHECK --interval=1ms CMD a",
            "HEALTHCHECK --interval=1s CMD a",
            ("--interval=1ms",),
        ),
        (
            "HEALTHCHECK --timeout=3s --start-interval=5us --interval=2s CMD a --interval=1ms",
            "HEALTHCHECK --timeout=3s --start-interval=1s --interval=2s CMD a --interval=1ms",
            ("--start-interval=5us",),
        ),
        (
            'HEALTHCHECK --interval="1ms" CMD a',
            "HEALTHCHECK --interval=1s CMD a",
            ('--interval="1ms"',),
        ),
        ("HEALTHCHECK NONE", "HEALTHCHECK NONE", ()),
    ],
)
def test_a_health_check_of_an_image_does_not_keep_the_engine_busy(line, made, told):
    text, dropped = checked(f"FROM python:3.11\n{line}")
    assert text.strip() == f"FROM python:3.11\n{made}"
    assert dropped == told

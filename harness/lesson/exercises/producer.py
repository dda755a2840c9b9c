"""Exercises of 01_producer."""

import uuid
from typing import Any

from harness.lesson.exercises import NotYet, Wrong, returned

_LIST = ["C", "A", "B", "D"]
_GIVEN = ["PUSH", "SAVE", "відповідь", "CREATE"]
_STEPS = ["SAVE", "CREATE", "PUSH", "відповідь"]


def build_message(function: Any) -> None:
    """``job_id|file_path|action|params``, the bars also where params are empty."""
    job_id = str(uuid.uuid4())
    for action, params in (("resize", "640x480"), ("grayscale", ""), ("crop", "1,2,30,40")):
        fields = (job_id, f"./storage/{job_id}.jpg", action, params)
        built = returned(function, *fields)
        if not isinstance(built, str):
            raise Wrong("type", got=type(built).__name__)
        if built.count("|") != len(fields) - 1:
            raise Wrong("bars", action=action, got=built.count("|"), built=built)
        if built != "|".join(fields):
            raise Wrong("fields", wanted="|".join(fields), built=built)


def predict_list(answer: Any) -> None:
    """What LRANGE shows after RPUSH A, RPUSH B, LPUSH C, RPUSH D."""
    if not answer:
        raise NotYet
    elements = [str(element).strip().upper() for element in answer]
    if sorted(elements) != sorted(_LIST):
        raise Wrong("elements")
    if elements == sorted(_LIST):
        raise Wrong("all-right")
    if elements != _LIST:
        raise Wrong("order")


def handler_steps(answer: Any) -> None:
    """File, row, message, answer."""
    steps = [str(step) for step in answer]
    if steps == _GIVEN:
        raise NotYet
    if sorted(steps) != sorted(_STEPS):
        raise Wrong("steps")
    place = {step: number for number, step in enumerate(steps)}
    if place["PUSH"] < place["SAVE"]:
        raise Wrong("no-file")
    if place["PUSH"] < place["CREATE"]:
        raise Wrong("no-row")
    if steps[-1] != "відповідь":
        raise Wrong("early-answer")
    if place["CREATE"] < place["SAVE"]:
        raise Wrong("row-first")


CHECKS = {
    "build-message": build_message,
    "predict-list": predict_list,
    "handler-steps": handler_steps,
}

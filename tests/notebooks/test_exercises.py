"""Exercises: the right answer is praised, a wrong one is told what is amiss, an empty one gets
a hint.
"""

import re
import uuid

import pytest

from harness.lesson import exercise, open_lab
from harness.lesson.exercises import _tried
from harness.lesson.opening import close_lab
from harness.lesson.recording import names, source
from harness.texts import catalogue

LOG = [
    "worker/main.py:46: Worker started listening for events...",
    *(
        f"worker/main.py:62: {text}"
        for job in ("9b2f6c1e-7d3a-4e55-8a10-0c1d2e3f4a5b",)
        for text in (
            f"Received New Event: Job Submitted. Data: {job}|./storage/{job}.jpg|grayscale|",
            f"Status updated to PROCESSING for job {job}",
            f"Job {job} COMPLETED. Result saved to: ./storage/processed_{job}.jpg",
        )
    ),
]
JOB = "9b2f6c1e-7d3a-4e55-8a10-0c1d2e3f4a5b"


def parse(job_data):
    """A right answer."""
    fields = job_data.split("|")
    if len(fields) != 4:
        raise ValueError(f"{len(fields)} fields")
    uuid.UUID(fields[0])
    return fields


def good_order(steps):
    """A right answer."""
    return (
        len(steps) == 3
        and steps[:2] == ["received", "processing"]
        and steps[2]
        in (
            "completed",
            "failed",
        )
    )


def lost(status, in_list, worker_alive, lease_over):
    """A right answer."""
    nobodys = status == "QUEUED" or (status == "PROCESSING" and (lease_over or not worker_alive))
    return nobodys and not in_list


RIGHT = [
    ("overview.steps-order", "гбадв"),
    ("overview.steps-order", "Г, Б, А, Д, В"),
    ("overview.crop-face", "130,60,390,340"),
    ("producer.build-message", lambda *fields: "|".join(fields)),
    ("producer.predict-list", ["C", "A", "B", "D"]),
    ("producer.handler-steps", ["SAVE", "CREATE", "PUSH", "відповідь"]),
    ("consumer.parse-job-data", parse),
    ("consumer.polling-cost", (0.2, 9000)),
    ("demo.name-the-rule", {"Олена": "duplicate", "Тарас": "unfinished", "Марко": "order"}),
    ("demo.in-order", good_order),
    ("demo.fool-the-rules", (LOG, [*LOG, "WARNING: something else"], [JOB])),
    ("failures.moments", "бвг"),
    ("failures.moments", "Б, Г, В"),
    ("failures.is-lost", lost),
    ("scaling.enough-workers", 7),
    ("scaling.rho", lambda rate, service_s, workers: rate * service_s / workers),
    ("report.first-cause", "queue-message"),
]
UNSOLVED = [
    ("overview.steps-order", ""),
    ("overview.crop-face", None),
    ("producer.build-message", lambda *_: ...),
    ("producer.predict-list", []),
    ("producer.handler-steps", ["PUSH", "SAVE", "відповідь", "CREATE"]),
    ("consumer.parse-job-data", lambda _: ...),
    ("consumer.polling-cost", (None, None)),
    ("demo.name-the-rule", {"Олена": None, "Тарас": None, "Марко": None}),
    ("demo.in-order", lambda _: ...),
    ("demo.fool-the-rules", (LOG, list(LOG), [JOB])),
    ("failures.moments", ""),
    ("failures.is-lost", lambda *_: ...),
    ("scaling.enough-workers", None),
    ("scaling.rho", lambda *_: ...),
    ("report.first-cause", ""),
]
WRONG = [
    ("overview.steps-order", "абвгд", "0 із 5"),
    ("overview.steps-order", "гбаав", "кожна один раз"),
    ("overview.crop-face", "обличчя", "чотирьох цілих чисел"),
    ("overview.crop-face", "0,0,9999,9999", "512×600"),
    ("overview.crop-face", "200,150,300,250", "поза прямокутником"),
    ("overview.crop-face", "0,0,512,600", "завеликий"),
    ("producer.build-message", lambda *fields: ",".join(fields), "має бути три"),
    ("producer.build-message", lambda *fields: "|".join(filter(None, fields)), "grayscale їх 2"),
    ("producer.build-message", lambda *fields: "|".join(reversed(fields)), "Має бути"),
    ("producer.build-message", lambda *fields: list(fields), "повернула list"),
    ("producer.build-message", "рядок", "потрібна функція"),
    ("producer.build-message", lambda: "x", "TypeError"),
    ("producer.build-message", lambda *fields: print(*fields), "забули ви `return`"),  # noqa: T201
    ("scaling.rho", lambda *_: None, "забули ви `return`"),
    ("producer.predict-list", ["A", "B", "C", "D"], "якби всі чотири"),
    ("producer.predict-list", ["D", "C", "B", "A"], "порядок інший"),
    ("producer.handler-steps", ["SAVE", "PUSH", "CREATE", "відповідь"], "запису"),
    ("producer.handler-steps", ["CREATE", "PUSH", "SAVE", "відповідь"], "файлу"),
    ("producer.handler-steps", ["SAVE", "CREATE", "відповідь", "PUSH"], "прийнято"),
    ("producer.handler-steps", ["CREATE", "SAVE", "PUSH", "відповідь"], "input_path"),
    ("consumer.parse-job-data", lambda data: data.split("|"), "три поля"),
    ("consumer.parse-job-data", lambda data: data, "повернулося str"),
    ("consumer.parse-job-data", lambda data: tuple(data.split("|")[::-1]), "Очікувалося"),
    ("consumer.polling-cost", (0.4, 9000), "найгіршому"),
    ("consumer.polling-cost", (0.2, 1440), "ділити"),
    ("demo.name-the-rule", {"Олена": "conflict"}, "Олена"),
    ("demo.name-the-rule", {"Олена": "duplicate"}, "Лишилося: Марко, Тарас"),
    ("demo.name-the-rule", {"Олена": "unknown-rule"}, "немає"),
    ("demo.in-order", lambda _: True, "received → completed"),
    ("demo.in-order", lambda steps: steps == ["received", "processing", "completed"], "failed"),
    ("demo.in-order", lambda steps: len(steps), "повернулося int"),
    ("demo.fool-the-rules", (LOG, LOG[:2], [JOB]), "unfinished"),
    ("demo.fool-the-rules", (LOG, ["x"], []), "нема чого"),
    ("failures.moments", "абв", "ще у списку"),
    ("failures.moments", "вд", "уже в таблиці"),
    ("failures.moments", "в", "1 із 3"),
    ("failures.moments", "x я", "а, б, в, г, д"),
    ("failures.is-lost", lambda status, *_: status == "QUEUED", "не загублене"),
    ("failures.is-lost", lambda *_: False, "повернула False"),
    ("failures.is-lost", lambda *_: 1, "повернулося int"),
    ("scaling.enough-workers", 6, "рівно"),
    ("scaling.enough-workers", 3, "швидше"),
    ("scaling.enough-workers", 30, "найменше"),
    ("scaling.rho", lambda rate, service_s, workers: rate * service_s, "має бути"),
    ("scaling.rho", lambda *_: "1", "повернулося str"),
    ("report.first-cause", "fifo", "спершу виправте"),
    ("report.first-cause", "cold-start", "складено"),
]


@pytest.fixture(autouse=True)
def first_attempt():
    """Each test is a reader's first attempt."""
    _tried.clear()


@pytest.mark.parametrize(("name", "answer"), RIGHT)
def test_a_right_answer_is_praised(name, answer):
    """And told what was learnt."""
    outcome = exercise(name, answer)
    assert outcome.solved, outcome.told
    assert outcome.told.startswith("✓ **Правильно!**")


@pytest.mark.parametrize(("name", "answer"), UNSOLVED)
def test_an_unsolved_exercise_is_no_error(name, answer):
    """It waits, with the first hint."""
    outcome = exercise(name, answer)
    assert outcome.state == "unsolved"
    assert "Ще не розв’язано" in outcome.told
    assert "Підказка" in outcome.told


@pytest.mark.parametrize(("name", "answer", "told"), WRONG)
def test_a_wrong_answer_is_told_what_is_amiss(name, answer, told):
    """In a sentence about this answer."""
    outcome = exercise(name, answer)
    assert outcome.state == "wrong"
    assert told in outcome.told


def test_each_attempt_shows_the_next_hint():
    """The last one stays."""
    hints = [exercise("producer.predict-list", ["A", "B", "C", "D"]).told for _ in range(3)]
    hints = [one.rpartition("Підказка:*")[2] for one in hints]
    assert hints[0] != hints[1] == hints[2]


def named():
    """Every exercise of every notebook."""
    for notebook in names():
        for cell in source(notebook).cells:
            yield from re.findall(r'exercise\("([a-z.-]+)"', cell.source)


def test_every_exercise_of_the_notebooks_is_solved_here():
    """And has its praise and at least two hints."""
    keys = catalogue("uk")
    for name in named():
        notebook, _, short = name.partition(".")
        for part in ("solved", "hint-1", "hint-2"):
            assert f"lesson-{notebook}.{short}.{part}" in keys


def test_no_solution_stands_in_a_notebook():
    """What is recorded is unsolved."""
    for notebook in names():
        shown = str([cell.get("outputs") for cell in source(notebook).cells])
        assert "Правильно" not in shown


def test_the_three_logs_of_the_exercise_break_just_these_rules():
    """What name-the-rule takes for right is what the rules themselves say."""
    from harness.lesson import judge_log

    _, received, processing, completed = LOG
    logs = {
        "duplicate": [received, processing, completed, completed],
        "unfinished": [received, processing],
        "order": [processing, received, completed],
    }
    for rule, log in logs.items():
        assert judge_log(log, [JOB]).rules == (rule,)


@pytest.fixture(scope="module")
def open_embedded():
    """An open lab, for the exercise that tries the answer on Redis."""
    lab = open_lab("embedded")
    yield lab
    close_lab()


@pytest.mark.embedded
@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (lambda client, queue: client.blpop(queue, 0)[1], "✓"),
        (lambda client, queue: client.blpop([queue], timeout=30)[1], "✓"),
        (lambda client, queue: ..., "○"),
        (lambda client, queue: client.blpop(queue, 0), "пара"),
        (lambda client, queue: client.brpop(queue, 0)[1], "останнє"),
        (lambda client, queue: client.lpop(queue), "не чекає"),
        (lambda client, queue: client.lindex(queue, 0), "лишилося"),
        (lambda client, queue: polled(client, queue), "опитує"),
        (lambda client, queue: client.nothing(), "AttributeError"),
    ],
)
def test_taking_a_message_is_tried_on_redis(open_embedded, answer, told):
    """Who blocks is praised; who polls, takes the wrong end or returns the pair is told."""
    assert told in exercise("consumer.take-message", answer).told


def polled(client, queue):
    """A loop that asks again and again."""
    while (message := client.lpop(queue)) is None:
        pass
    return message

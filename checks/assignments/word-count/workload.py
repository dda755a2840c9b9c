"""Texts whose words are counted: the jobs of this lab, and what comes of each.

Words are sequences of letters, in small letters; a text without any is rejected.
"""

import json
import re
from collections import Counter
from dataclasses import dataclass, field

import numpy as np

from harness.workload import JobRequest, WrongRequest

WORDS = [
    "black",
    "sea",
    "stone",
    "river",
    "worker",
    "queue",
    "letter",
    "bridge",
    "window",
    "garden",
    "morning",
    "winter",
]
LOCALES = ("uk", "en")
LARGE = 900_000  #: words: counting takes most of a second


def counted(text):
    """The right answer."""
    return dict(Counter(re.findall(r"[^\W\d_]+", text.lower())))


def text_of(rng, words):
    """Random words in random case, some with a mark behind them."""
    chosen = rng.choice(WORDS, words)
    return " ".join(
        f"{word.title() if upper else word}{mark}"
        for word, upper, mark in zip(
            chosen, rng.random(words) < 0.2, rng.choice(["", "", "", ",", "."], words), strict=True
        )
    )


def asked(text, locale):
    """The request that a client sends."""
    return JobRequest(fields={"text": text, "locale": locale}, as_json=True)


@dataclass(frozen=True, kw_only=True)
class PlannedText:
    """One job of the demonstration."""

    number: int
    request: JobRequest
    broken: bool

    @property
    def stem(self):
        return f"{self.number:02}-text"

    @property
    def expected(self):
        return "FAILED" if self.broken else "COMPLETED"


@dataclass(frozen=True, kw_only=True)
class CountVerdict:
    """What the oracle says of one result."""

    reference: str = ""  #: of [texts] in assignment.toml
    facts: dict = field(default_factory=dict)

    @property
    def ok(self):
        return not self.reference

    @property
    def document(self):
        return {"ok": self.ok, "why": self.reference, **self.facts}


class Texts:
    """As harness/workload.py describes a lab's jobs."""

    result_name = "text"
    kinds = 2  # by locale
    rubbish = ("rubbish", "{}", "[]", '{"id": 7}', '{"id": "17", "payload": {}}', "null", "{")

    def plan(self, seed, jobs):
        rng = np.random.default_rng(seed)
        broken_at = max(self.kinds, jobs // 2) if jobs > self.kinds else None
        for index in range(jobs):
            broken = index == broken_at
            request = asked("... , ; -- !", "uk") if broken else self.job(rng, index)
            yield PlannedText(number=index + 1, request=request, broken=broken)

    def job(self, rng, number):
        return asked(text_of(rng, int(rng.integers(20, 200))), LOCALES[number % len(LOCALES)])

    def another(self, rng, request):
        return asked(text_of(rng, 50), request.fields["locale"])

    def edge_job(self, rng, *, heavy):
        return asked(text_of(rng, 200 if heavy else 20), "en")

    def do(self, request):
        return json.dumps(counted(request.fields["text"])).encode()

    def large_job(self, rng):
        return asked(text_of(rng, LARGE), "en")

    def wrong_requests(self, rng):
        text = text_of(rng, 10)
        return (
            WrongRequest(name="no-text", request=JobRequest(fields={"locale": "uk"}, as_json=True)),
            WrongRequest(name="no-locale", request=JobRequest(fields={"text": text}, as_json=True)),
            WrongRequest(name="unknown-locale", request=asked(text, "elvish")),
            WrongRequest(name="a-form", request=JobRequest(fields={"text": text, "locale": "uk"})),
            WrongRequest(name="wrong-method", request=JobRequest(fields={}), method="PUT"),
        )

    def result_suffix(self, media_type):
        return ".json"

    def looks_done(self, request, result):
        return self.judge(request, result, exact=False).reference != "not-counts"

    def judge(self, request, result, *, exact):
        try:
            counts = json.loads(result)
        except (ValueError, RecursionError):
            counts = None
        if not isinstance(counts, dict):
            return CountVerdict(reference="not-counts")
        right = counted(request.fields["text"])
        for word in sorted(right.keys() | counts.keys()):
            if right.get(word, 0) != counts.get(word, 0):
                facts = {
                    "word": word[:40],
                    "expected": right.get(word, 0),
                    "actual": str(counts.get(word, 0))[:40],
                }
                return CountVerdict(reference="wrong-counts", facts=facts)
        return CountVerdict()


WORKLOAD = Texts()

"""A stranger's log profile makes nobody wait, and is refused where RE2 cannot have its expressions."""

import pytest

from harness.trace import Judge, load_profile
from harness.trace.errors import TraceError
from harness.trace.lines import split_lines

ENDLESS = r"((.*)*)*((.*)*)*(?P<job>\S+)+!!"
PLAIN = """
[events]
received = 'Узято: (?P<data>.*)'
processing = '{processing}'
completed = 'Зроблено (?P<job>\\S+) -> (?P<path>\\S+)'
"""
JOB = "a03e742e-1c2d-4e3f-8a4b-5c6d7e8f9a0b"
LOG = f"""Узято: {JOB}|./storage/{JOB}.png|grayscale|
Роблю {JOB}
Зроблено {JOB} -> ./storage/processed_{JOB}.png
"""


@pytest.fixture
def profile(tmp_path):
    """The profile of a work that has this expression for PROCESSING."""

    def load(processing):
        file = tmp_path / "lab6.profile.toml"
        file.write_text(PLAIN.replace("{processing}", processing), encoding="utf-8")
        return load_profile(file, foreign=True)

    return load


def judged(profile, log):
    judge = Judge(profile, None)
    judge.feed_all(split_lines(iter([log.encode()])))
    return judge.finish()


def test_its_words_are_read(profile):
    """As the kit's own would be."""
    verdict = judged(profile(r"Роблю (?P<job>\S+)"), LOG)
    assert (verdict.ok, verdict.jobs) == (True, 1)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("endless", [ENDLESS, r"(x+x+)+(?P<job>y)", r".*.*.*.*.*.*(?P<job>z)"])
def test_an_expression_that_goes_back_for_ever_ends(profile, endless):
    """Python's own would read these lines for years."""
    assert judged(profile(endless), f"{'x' * 5000}\n" * 3 + LOG).lines == 6


def test_too_many_prefixes_are_refused(tmp_path):
    """Each line would be tried with every one."""
    file = tmp_path / "lab6.profile.toml"
    text = PLAIN.replace("{processing}", r"Роблю (?P<job>\S+)")
    file.write_text(f"{text}[line]\nprefix = {['x'] * 65}\n", encoding="utf-8")
    with pytest.raises(TraceError) as caught:
        load_profile(file, foreign=True)
    assert caught.value.reference == "profile-key"


@pytest.mark.parametrize("other", [r"(?=Роблю)(?P<job>\S+)", r"(?P<job>\S+) \1", r"(?P<job>("])
def test_what_cannot_be_had_is_told(profile, other):
    """Where, and why."""
    with pytest.raises(TraceError) as caught:
        profile(other)
    assert caught.value.reference == "profile-regex"
    assert caught.value.facts["key"] == "events.processing"

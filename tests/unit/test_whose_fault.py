"""Whose fault an error is: one table, and no error without an entry."""

import tomllib
from pathlib import Path

import pytest

import harness
from harness.grade.whose_fault import WHOSE_FAULT, Whose, is_the_works
from harness.stack.errors import StackError
from harness.witness.errors import WitnessError

TEXTS = Path(harness.__file__).parent / "texts"


@pytest.mark.parametrize("language", ["uk", "en"])
def test_every_error_of_the_texts_is_somebodys(language):
    """Who adds an error says whose fault it is; who removes one leaves no entry behind."""
    errors = tomllib.loads((TEXTS / language / "errors.toml").read_text(encoding="utf-8"))
    assert set(WHOSE_FAULT) == set(errors)


def test_a_silent_api_is_the_works_fault():
    """Whoever asks it gets no answer: that is what the work does."""
    assert is_the_works(WitnessError("api-silent"))


def test_an_ended_service_is_the_works_fault_only_at_the_start():
    """Later an experiment may have ended it."""
    assert is_the_works(StackError("service-ended"), starting=True)
    assert not is_the_works(StackError("service-ended"))


def test_what_the_kit_cannot_do_is_nobodys_fault():
    """A silent Engine, a lost witness, and any error without a reference."""
    for error in (StackError("engine-silent"), WitnessError("witness-redis"), ValueError("?")):
        assert not is_the_works(error)
        assert not is_the_works(error, starting=True)


def test_each_of_the_three_owners_has_errors():
    """No part of the table is dead."""
    assert set(WHOSE_FAULT.values()) == set(Whose)

"""Ids by the thousand are found again, whatever they begin with and however many are sorted at a
time.
"""

import numpy as np
import pytest

from harness.trace.bulk import keys as packed
from harness.trace.bulk.keys import Keys

MANY = 600


def random_rows(rng):
    return rng.integers(0, 256, (MANY, packed.SIZE), np.uint8)


def one_beginning(rng):
    """As ids that begin with the time they were made at."""
    rows = random_rows(rng)
    rows[:, :5] = 7
    return rows


def halves_alike(rng):
    """As ids that differ in their second half only."""
    rows = random_rows(rng)
    rows[:, :8] = 255
    return rows


@pytest.mark.parametrize("made", [random_rows, one_beginning, halves_alike])
@pytest.mark.parametrize("part", [16, 200, 1 << 19])
def test_every_key_is_where_it_was_put(monkeypatch, made, part):
    """Whole keys, beginnings that several have, and keys that are not there."""
    monkeypatch.setattr(packed, "_PART", part)
    rows = made(np.random.default_rng(11))
    keys = Keys(rows=256)
    keys.add(rows[: MANY - 10])
    assert keys.find_all(rows[: MANY - 10]).tolist() == list(range(MANY - 10))
    assert keys.find_all(rows[MANY - 10 :]).tolist() == [-1] * 10
    texts = [row.tobytes().hex() for row in rows[: MANY - 10]]
    for prefix in (texts[5], texts[17][:2], texts[99][:17], "00", "ff"):
        here = [at for at, text in enumerate(texts) if text.startswith(prefix)]
        assert keys.beginning(prefix) == here, prefix

"""Any faults in any order: hypothesis chooses them, and makes a failure short. Its seed is
printed.
"""

import os
import random
import secrets
import sys

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from bench.faults_judge import SentJob, tally
from bench.faults_load import FaultLoad
from bench.faults_nemesis import FAULTS
from bench.faults_run import come_to_rest, facts

pytestmark = [pytest.mark.embedded, pytest.mark.slow]

#: ``LAB6_EXAMPLES=50`` for a long look, ``LAB6_SEED=<printed number>`` for the same one again.
EXAMPLES = int(os.environ.get("LAB6_EXAMPLES", "3"))
SEED = int(os.environ.get("LAB6_SEED", secrets.randbelow(2**32)))
STEPS = 8


class Faults(RuleBasedStateMachine):
    """Jobs come in, faults happen; at the end nothing is lost, invented or completed twice."""

    ground = None  # set by the test

    def __init__(self) -> None:
        super().__init__()
        self.known = set(self.jobs_so_far())
        self.load = FaultLoad(self.ground.stack.url, random.Random(SEED))
        self.submitted = 0

    def jobs_so_far(self) -> list[str]:
        return [written.values["id"] for written in self.ground.history.writes()]

    @rule(count=st.integers(1, 8), poison=st.sampled_from([False, False, False, True]))
    def submit(self, count: int, poison: bool) -> None:
        self.load.submit(count, poison=poison)
        self.submitted += count

    @precondition(lambda self: self.submitted)
    @rule(name=st.sampled_from(sorted(FAULTS)))
    def fault(self, name: str) -> None:
        self.load.submit(2)
        self.submitted += 2
        self.ground.nemesis.inject(name)

    def teardown(self) -> None:
        attempts = self.load.attempts()
        come_to_rest(self.ground.stack, self.ground.nemesis)
        found = tally(
            attempts, self.own(facts(self.ground.stack, self.ground.history.writes(), self.load))
        )
        assert found.holds, found.offenders
        assert found.counts["ok"] == found.counts["acknowledged"]

    def own(self, jobs) -> list[SentJob]:
        """This run's, not those of the runs before it on the same lab."""
        return [job for job in jobs if job.id not in self.known]


def test_no_sequence_of_faults_loses_invents_or_repeats_a_job(ground) -> None:
    sys.stdout.write(f"LAB6_SEED={SEED} LAB6_EXAMPLES={EXAMPLES}\n")
    Faults.ground = ground
    run_state_machine_as_test(
        seed(SEED)(Faults),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )

"""How long is waited, how much is sent, how much is too much: the rubric's ``[limit]``."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long is waited, how much is sent, how much is too much. The words stand in the rubric."""

    job_s: float
    quiet_s: float
    back_s: float
    taken_s: float
    answer_s: float
    recovered_s: float
    redis_away_s: float
    outage_repeats_per_s: float
    idle_ready_s: float
    idle_watch_s: float
    idle_cpu_share: float
    idle_commands_per_s: float
    burst_jobs: int
    pair_jobs: int
    log_early_s: float
    log_late_s: float
    large_cpu_s: float = 0.0

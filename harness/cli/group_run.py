"""A group graded: taken in, what still stands kept, the rest run, everything written as it
comes.
"""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from harness.cli.absent import absent_verdict
from harness.cli.assignment_option import CHECKS
from harness.cli.batch import Batch, BatchStep, BatchTask, Graded, Machines, Verdict
from harness.cli.find_submissions import forget_works, tasks_for
from harness.cli.grade_view import GradingView
from harness.cli.kept import kept_verdicts, scored_anew, still_stands, wanted_again
from harness.cli.likeness import alike_works
from harness.cli.results import Results
from harness.cli.terminal import err, printable
from harness.grade.submission.assignment import load_assignment
from harness.grade.verdict.rubric import Rubric, load_rubric
from harness.texts import say


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRun:
    """What was asked for."""

    given: Sequence[Path]
    folder: Path
    machines: Callable[[float], AbstractContextManager[Machines]]  #: by the deadline of a work, s
    judges: str  #: hash of what judges
    seed: int | None
    again: tuple[str, ...] | None  #: works to grade anew; None: all
    assignment: Path = CHECKS  #: the lab's folder

    def grade(self) -> list[Graded]:
        """All works, in the order in which they were given. What was unpacked is removed at the
        end.
        """
        try:
            return self._grade()
        finally:
            forget_works(self.folder)

    def _grade(self) -> list[Graded]:
        verdicts = kept_verdicts(self.folder)
        named = {str(verdict["intake"].get("given")): name for name, verdict in verdicts.items()}
        tasks, lines = tasks_for(self.given, self.folder, named, self.assignment)
        for line in lines:
            err().print(printable(line), markup=False, soft_wrap=True)
        older = [
            task
            for task in tasks
            if task.name in verdicts and verdicts[task.name]["intake"].get("judges") != self.judges
        ]
        if older:
            err().print(say("grade.judges-changed", count=len(older)), markup=False, soft_wrap=True)
        done = {task.name: settled for task in tasks if (settled := self._settled(task, verdicts))}
        kept = Results(tasks, self.folder, self.judges, self.assignment)
        with GradingView(err(), tasks, len(self._rubric().items)) as watch:

            def on_step(step: BatchStep) -> None:
                kept.step(step)
                watch.step(step)

            for work in done.values():
                checks = len(work.verdict["checks"]) if work.verdict else 0
                on_step(BatchStep(task=work.task, checks=checks, attempt=1, graded=work))
            graded = self._run([task for task in tasks if task.name not in done], on_step)
        kept.finish(alike_works(tasks, self.assignment))
        works = {work.task.name: work for work in [*done.values(), *graded]}
        return [works[task.name] for task in tasks]

    def _run(
        self, tasks: Sequence[BatchTask], on_step: Callable[[BatchStep], None]
    ) -> list[Graded]:
        if not tasks:
            return []
        with self.machines(
            load_assignment(self.assignment / "assignment.toml").sandbox.minutes * 60
        ) as machines:
            return Batch(machines=machines, on_step=on_step).grade(tasks)

    def _settled(self, task: BatchTask, verdicts: dict[str, Verdict]) -> Graded | None:
        """What needs no run: nothing to run, or a verdict that still stands; None for the rest."""
        if task.problem:
            return Graded(task=task, problem=task.problem)
        if task.absent:
            verdict = absent_verdict(task.given, task.absent, self._rubric())
            return Graded(task=task, verdict=verdict)
        kept = verdicts.get(task.name)
        if kept is None or self.again is None or wanted_again(task, self.again):
            return None
        if not still_stands(kept, task, self.judges, self.seed):
            return None
        scored = scored_anew(kept, self._rubric())
        return None if scored is None else Graded(task=task, verdict=scored, kept=True)

    def _rubric(self) -> Rubric:
        return load_rubric(self.assignment / "rubric.toml")

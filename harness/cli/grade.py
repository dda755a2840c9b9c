"""``lab6 grade``: judge submissions, one folder each."""

from pathlib import Path

import click

from harness.cli.export_options import export_options
from harness.cli.problems import UsageProblem
from harness.cli.terminal import err, out
from harness.texts import say
from harness.texts.three_values import EXIT_STATUS
from report.exports import EXPORTS


@click.command(help=say("grade.help"))
@click.argument(
    "submissions",
    metavar="SUBMISSION...",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
)
@click.option(
    "--out", "folder", metavar="DIR", type=Path, required=True, help=say("grade.option-out")
)
@click.option(
    "--jobs", type=click.IntRange(1, 16), default=1, metavar="N", help=say("grade.option-jobs")
)
@click.option(
    "--runtime",
    type=click.Choice(["compose", "embedded"]),
    default="compose",
    help=say("grade.option-runtime"),
)
@click.option("--trust", is_flag=True, help=say("grade.option-trust"))
@click.option(
    "--profile",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=say("checks.option-profile"),
)
@click.option(
    "--seed", type=click.IntRange(0, 2**32 - 1), metavar="N", help=say("checks.option-seed")
)
@click.option(
    "--export",
    "exports",
    metavar="NAME",
    type=click.Choice(EXPORTS),
    multiple=True,
    help=say("export.option-export", names=", ".join(EXPORTS)),
)
@export_options
def grade(
    submissions: tuple[Path, ...],
    folder: Path,
    jobs: int,
    runtime: str,
    trust: bool,
    profile: Path | None,
    seed: int | None,
    exports: tuple[str, ...],
    sheet: Path | None,
    column: str | None,
    separator: str,
    received: Path | None,
) -> int:
    """Grade them all; 0 where all holds, 1 where a submission falls short, 2 where one could not be judged."""
    from harness.cli.batch import Batch, BatchStep
    from harness.cli.exporting import Asked, check_asked, write_exports
    from harness.cli.find_submissions import tasks_for
    from harness.cli.grade_view import GradingView, results
    from harness.cli.likeness import alike_works
    from harness.cli.results import Results
    from harness.cli.suite import suite_ready
    from harness.grade.folders import named_folder
    from harness.grade.submission.assignment import load_assignment
    from harness.grade.verdict.results import merged
    from harness.grade.verdict.rubric import load_rubric

    if runtime == "embedded" and not trust:
        raise UsageProblem("embedded-untrusted")
    if runtime == "compose":
        from harness.stack.docker_door import engine

        engine()
    if profile is not None:
        from harness.trace import load_profile

        load_profile(profile)  # complain now, not once a submission
    suite_ready()
    asked = Asked(names=exports, sheet=sheet, column=column, separator=separator, received=received)
    check_asked(asked)
    tasks = tasks_for(submissions, named_folder(folder))
    arguments = [f"--runtime={runtime}"]
    arguments += [] if profile is None else [f"--profile={profile.resolve()}"]
    arguments += [] if seed is None else [f"--seed={seed}"]
    kept = Results(tasks, folder)
    with GradingView(err(), tasks, len(load_rubric().items)) as watch:
        deadline_s = load_assignment().sandbox.minutes * 60

        def on_step(step: BatchStep) -> None:
            watch.step(step)
            kept.step(step)

        batch = Batch(arguments=arguments, deadline_s=deadline_s, on_step=on_step)
        graded = batch.grade(tasks, jobs)
    kept.finish(alike_works(tasks))
    write_exports(folder, asked)
    out().print(results(graded))
    out().print(say("grade.written", folder=folder), markup=False, soft_wrap=True)
    return EXIT_STATUS[merged(one.ok for one in graded)]

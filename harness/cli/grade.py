"""``lab6 grade``: judge submissions, one folder each."""

from pathlib import Path

import click

from harness.cli.assignment_option import assignment_option, look_through
from harness.cli.cluster_options import cluster_options
from harness.cli.export_options import export_options
from harness.cli.jobs_at_once import JobsAtOnce
from harness.cli.problems import UsageProblem
from harness.cli.terminal import out
from harness.texts import say
from harness.texts.three_values import EXIT_STATUS
from report.exports import EXPORTS


@click.command(help=say("grade.help"))
@click.argument(
    "submissions",
    metavar="SUBMISSION...",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path),
)
@click.option(
    "--out", "folder", metavar="DIR", type=Path, required=True, help=say("grade.option-out")
)
@click.option(
    "--jobs", type=JobsAtOnce(), default="1", metavar="N|auto", help=say("grade.option-jobs")
)
@click.option("--scheduler", metavar="ADDRESS", help=say("cluster.option-scheduler"))
@cluster_options
@click.option(
    "--runtime",
    type=click.Choice(["compose", "embedded"]),
    default="compose",
    help=say("grade.option-runtime"),
)
@assignment_option
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
@click.option("--again", "again", metavar="NAME", multiple=True, help=say("grade.option-again"))
@click.option("--again-all", is_flag=True, help=say("grade.option-again-all"))
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
    scheduler: str | None,
    tls: Path | None,
    without_tls: bool,
    runtime: str,
    assignment: Path,
    trust: bool,
    profile: Path | None,
    seed: int | None,
    again: tuple[str, ...],
    again_all: bool,
    exports: tuple[str, ...],
    sheet: Path | None,
    column: str | None,
    separator: str,
    received: Path | None,
) -> int:
    """Grade them all; 0 where all holds, 1 where a submission falls short, 2 where one could
    not be judged.
    """
    from harness.cli.exporting import Asked, check_asked, write_exports
    from harness.cli.grade_view import results
    from harness.cli.grading_machines import here, there
    from harness.cli.group_run import GroupRun
    from harness.cli.kept import alone_in, judged_by, results_folder
    from harness.cli.suite import suite_ready
    from harness.grade.verdict.results import merged
    from harness.intake.unpack import is_archive

    if scheduler is None and (tls or without_tls):
        raise UsageProblem("cluster-alone", option="--tls" if tls else "--without-tls")
    for path in submissions:
        if not path.exists():
            raise UsageProblem("bad-folder", path=path)
    if not any(path.is_dir() or is_archive(path) for path in submissions):
        raise UsageProblem("no-submission", name=submissions[0].name)
    if runtime == "embedded" and not trust:
        raise UsageProblem("embedded-untrusted")
    if runtime == "compose" and scheduler is None:
        from harness.stack.docker_door import engine

        engine()
    if profile is not None:
        from harness.trace import load_profile

        load_profile(profile)  # complain now, not once a submission
    suite_ready()
    look_through(assignment)
    asked = Asked(names=exports, sheet=sheet, column=column, separator=separator, received=received)
    check_asked(asked, assignment)
    if scheduler is None:
        machines = here(jobs, runtime, seed, profile, assignment)
    else:
        machines = there(scheduler, tls, without_tls, runtime, seed, profile, assignment)
    run = GroupRun(
        given=submissions,
        folder=results_folder(folder),
        assignment=assignment,
        machines=machines,
        judges=judged_by(runtime, profile, assignment),
        seed=seed,
        again=None if again_all else again,
    )
    with alone_in(folder):
        graded = run.grade()
        write_exports(folder, asked, assignment)
    out().print(results(graded))
    out().print(say("grade.written", folder=folder), markup=False, soft_wrap=True)
    return EXIT_STATUS[merged(work.ok for work in graded)]

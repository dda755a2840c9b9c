"""A recorded run as one HTML file, beside what the run has left."""

from pathlib import Path

from harness.stack.errors import StackError

NAME = "replay.html"


def write_replay(source: Path, target: Path | None = None) -> Path:
    """Write the replay of a run (its folder, or a document in it); where it was written: the
    target, else the run's folder.

    ``StackError("replay-source")`` where there is no run to show, ``ReportError`` where the file
    cannot be written.
    """
    from harness.live.recorded import recording_of
    from harness.live.replay_file import replay_page
    from report.writing import write_whole

    folder = source if source.is_dir() else source.parent
    file = target or folder / NAME
    write_whole(file, replay_page(recording_of(source)).encode())
    return file


def add_replay(folder: Path) -> None:
    """The same where a run has left something to show; nothing where it has not."""
    try:
        write_replay(folder)
    except StackError:
        return

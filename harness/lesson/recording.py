"""Running notebooks from clean, and recording their outputs: ``python -m harness.lesson.recording
[NAME…]``.

A notebook's source is its Markdown pair (``notebooks/NN_name.md``), which is what a review reads;
the ``.ipynb`` beside it is made from it, with outputs, and nothing in it is written by hand.
"""

import argparse
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

import jupytext  # type: ignore[import-untyped]
import nbformat
from nbclient import NotebookClient

from harness.lesson.opening import VARIABLE

FOLDER = Path(__file__).parents[2] / "notebooks"
_CELL_S = 180
_FORMAT = {"extension": ".md", "split_at_heading": True}  #: as in notebooks/jupytext.toml
_KERNEL = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}


def names() -> tuple[str, ...]:
    """Every notebook, in the order of the walkthrough."""
    return tuple(sorted(file.stem for file in FOLDER.glob("[0-9]*.md")))


def source(name: str) -> Any:
    """The notebook of this name without outputs, made from its Markdown pair."""
    notebook = jupytext.read(FOLDER / f"{name}.md", fmt=_FORMAT)
    for number, cell in enumerate(notebook.cells):
        cell["id"] = (
            f"{name[:2]}-{number:02d}"  # the same at each recording, so that a diff is small
        )
        cell["metadata"] = {}
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    notebook["metadata"] = {"kernelspec": _KERNEL, "language_info": {"name": "python"}}
    notebook["nbformat"], notebook["nbformat_minor"] = 4, 5
    return notebook


def executed(notebook: Any, *, runtime: str = "auto") -> Any:
    """The same notebook, run from clean in a kernel of its own. ``CellExecutionError`` names
    the cell.
    """
    with _environment({VARIABLE: runtime, "PYDEVD_DISABLE_FILE_VALIDATION": "1"}):
        client = NotebookClient(
            notebook,
            timeout=_CELL_S,
            kernel_name="python3",
            resources={"metadata": {"path": str(FOLDER)}},
            record_timing=False,
            store_widget_state=False,
            coalesce_streams=True,  # where a printed text was cut by the way is chance
        )
        client.execute()
    return notebook


def record(name: str, *, runtime: str = "auto") -> Path:
    """Run it and write its ``.ipynb``; the file."""
    notebook = executed(source(name), runtime=runtime)
    file = FOLDER / f"{name}.ipynb"
    nbformat.validate(notebook)
    nbformat.write(notebook, file)  # type: ignore[no-untyped-call]
    return file


@contextmanager
def _environment(settings: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in settings}
    os.environ.update(settings)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def main() -> None:
    """Record the named notebooks anew, or all of them where none is named."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="e.g. 01_producer; all without one"
    )
    parser.add_argument("--runtime", default="auto", choices=("auto", "compose", "embedded"))
    wanted = parser.parse_args()
    for name in wanted.names or names():
        began = perf_counter()
        file = record(Path(name).stem, runtime=wanted.runtime)
        size = file.stat().st_size // 1024
        print(f"{file.name}: {perf_counter() - began:.1f} s, {size} kB", flush=True)  # noqa: T201


if __name__ == "__main__":
    main()

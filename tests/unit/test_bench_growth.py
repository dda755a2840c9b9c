"""The growth's figures: medians of the rounds, told as lines and drawn."""

import pytest
from PIL import Image

from bench.growth import WAITING, WORKERS, document, told
from bench.growth_plot import check_plot, save_plot
from harness.cli.problems import UsageProblem

SAMPLES = {
    "jobs": {many: [100.0, 120.0, 500.0] for many in WAITING},
    "submissions": {many: [300.0] for many in WAITING},
    "sweep": {many: [0.0123, 0.2, 0.001] for many in WAITING},
    "workers": {many: [100.0 * many] for many in WORKERS},
}


def test_the_median_of_the_rounds_is_told():
    """By how many waited, and by how many worked; the sweep in milliseconds."""
    made = document(SAMPLES)
    assert (made["schema"], made["name"]) == ("lab6/bench/v1", "growth")
    assert made["waiting"]["jobs_per_second"] == {"10": 120.0, "1000": 120.0, "100000": 120.0}
    assert made["workers"]["jobs_per_second"]["8"] == 800.0
    lines = told(made)
    assert [line.split("  ")[-1].strip(" ") for line in lines] == [
        "100\u00a0000",
        "120,0",
        "300,0",
        "12,3",
        "8",
        "800,0",
    ]
    assert max(len(line) for line in lines) <= 80


@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_the_drawing_is_a_picture_of_the_kind_that_its_name_says(tmp_path, suffix):
    """Drawn in many colours, or as a vector drawing."""
    file = tmp_path / f"growth.{suffix}"
    save_plot(document(SAMPLES), file)
    if suffix == "svg":
        assert "<svg" in file.read_text(encoding="utf-8")
    else:
        with Image.open(file) as picture:
            assert len(picture.getcolors(1 << 24)) > 10


@pytest.mark.parametrize("name", ["growth.docx", "growth", "absent/growth.png", ""])
def test_a_drawing_that_cannot_be_written_is_said_before_the_work(tmp_path, name):
    """Another kind of file, a folder that is not there, a folder itself."""
    check_plot(str(tmp_path / "growth.png"))
    with pytest.raises(UsageProblem, match="plot-unwritable"):
        check_plot(str(tmp_path / name))

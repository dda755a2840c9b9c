"""The photograph that the jobs work on, and pictures side by side."""

from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib as mpl
from IPython.display import Image as Shown
from matplotlib.figure import Figure
from PIL import Image

_QUALITY = 85
_HEIGHT_IN, _DPI = 3.2, 100
_SHARP = 2  #: points of a picture to one of the page: many screens have so many
_COLOURS = 64


def sample_photo() -> bytes:
    """A JPEG, 512×600: rear admiral Grace Hopper, who wrote the first compiler. It comes with
    Matplotlib (a work of the U.S. Navy, in the public domain)."""
    return (Path(mpl.get_data_path()) / "sample_data" / "grace_hopper.jpg").read_bytes()


def large_job() -> tuple[bytes, str, str]:
    """A job that takes a worker a while: the photograph as PNG, and an enlargement to 5
    megapixels.
    """
    buffer = BytesIO()
    with Image.open(BytesIO(sample_photo())) as photo:
        photo.save(buffer, format="PNG")
    return buffer.getvalue(), "resize", "2000x2400"


def show_pictures(*pictures: tuple[str, bytes], ruler: bool = False) -> Shown:
    """Captioned pictures beside each other, at one scale, each with its size; ``ruler`` adds
    coordinates.
    """
    opened = [(caption, Image.open(BytesIO(data))) for caption, data in pictures]
    widest = max(image.width for _, image in opened)
    tallest = max(image.height for _, image in opened)
    height = _HEIGHT_IN * (1.6 if ruler else 1)  # coordinates are read off it
    one_wide = height * widest / tallest
    figure = Figure(figsize=(max(one_wide, 2.4) * len(opened), height + 0.5), dpi=_DPI)
    for place, (caption, image) in enumerate(opened, 1):
        axes = figure.add_subplot(1, len(opened), place)
        axes.imshow(image, cmap="gray" if image.mode.startswith("L") else None)
        axes.set(xlim=(0, widest), ylim=(tallest, 0))
        if ruler:
            axes.set(xticks=range(0, widest, 100), yticks=range(0, tallest, 100))
            axes.grid(color="white", alpha=0.5)
        else:
            axes.set_axis_off()
        axes.set_title(f"{caption}\n{image.width}×{image.height}", fontsize=11, loc="left")
    figure.tight_layout()
    return jpeg(figure, alt="; ".join(caption for caption, _ in pictures))


def jpeg(figure: Figure, *, alt: str) -> Shown:
    """Photographs as a small output of their cell."""
    buffer = _saved(figure, "jpeg", figure.dpi, {"quality": _QUALITY})
    return Shown(data=buffer.getvalue(), format="jpeg", alt=alt)  # type: ignore[no-untyped-call]


def drawing(figure: Figure, *, alt: str) -> Shown:
    """Lines and letters, sharp and small: few colours, two points to one of the page."""
    large = Image.open(_saved(figure, "png", _SHARP * figure.dpi, {})).convert("RGB")
    buffer = BytesIO()
    large.quantize(_COLOURS).save(buffer, format="PNG", optimize=True)
    width = large.width // _SHARP
    return Shown(data=buffer.getvalue(), format="png", width=width, alt=alt)  # type: ignore[no-untyped-call]


def _saved(figure: Figure, kind: str, dpi: float, settings: dict[str, Any]) -> BytesIO:
    buffer = BytesIO()
    figure.savefig(
        buffer, format=kind, dpi=dpi, bbox_inches="tight", pad_inches=0.05, pil_kwargs=settings
    )
    return buffer

"""What the lab's api keeps of an upload: all of the picture, and nothing else."""

import io

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from tests.unit.services import module

upload = module("api", "upload")

SECRET = b"what no viewer needs"
MODES = ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")
JPEG_SETTINGS = (
    {},
    {"progressive": True},
    {"quality": 100, "subsampling": 0},
    {"restart_marker_blocks": 1},
    {"restart_marker_rows": 1, "progressive": True},
)


def noise(mode: str) -> Image.Image:
    rng = np.random.default_rng(6)
    if mode == "I;16":
        return Image.fromarray(rng.integers(0, 65_536, (61, 83), np.uint16))
    return Image.fromarray(rng.integers(0, 256, (61, 83, 4), np.uint8)).convert(mode)


def kept(file: bytes) -> bytes:
    """The bytes that would be stored."""
    found = upload.look_at(io.BytesIO(file))
    return b"".join(file[begin:end] for begin, end in found.parts)


def saved(image: Image.Image, kind: str, **settings: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **settings)
    return buffer.getvalue()


def pixels(file: bytes) -> bytes:
    with Image.open(io.BytesIO(file)) as picture:
        return picture.mode.encode() + picture.tobytes()


@pytest.mark.parametrize("mode", MODES)
def test_a_plain_png_is_kept_byte_for_byte(mode: str) -> None:
    file = saved(noise(mode), "PNG")
    assert kept(file) == file
    assert upload.look_at(io.BytesIO(file)).parts == [(0, len(file))]


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("settings", JPEG_SETTINGS, ids=str)
def test_a_plain_jpeg_is_kept_byte_for_byte(mode: str, settings: dict[str, object]) -> None:
    file = saved(noise(mode), "JPEG", **settings)
    assert kept(file) == file


@pytest.mark.parametrize("settings", JPEG_SETTINGS, ids=str)
def test_of_a_jpeg_with_more_in_it_the_picture_alone_is_kept(settings: dict[str, object]) -> None:
    image, profile = noise("RGB"), b"a profile" * 20_000
    exif = Image.Exif()
    exif[0x0112] = 6
    file = saved(
        image, "JPEG", comment=SECRET, xmp=SECRET, exif=exif, icc_profile=profile, **settings
    )
    file = file.replace(b"\xff\xda", b"\xff\xfe\0\x16" + SECRET + b"\xff\xda", 1) + SECRET
    assert file.count(SECRET) == 4
    rest = kept(file)
    assert SECRET not in rest
    assert pixels(rest) == pixels(file)
    with Image.open(io.BytesIO(rest)) as picture:
        assert picture.getexif()[0x0112] == 6
        assert picture.info["icc_profile"] == profile
    assert upload.look_at(io.BytesIO(file)).size == (61, 83)


def test_of_a_png_with_more_in_it_the_picture_alone_is_kept() -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Title", SECRET.decode())
    texts.add_itxt("Late", SECRET.decode())
    texts.add(b"prVt", SECRET, after_idat=True)
    profile = b"a profile" * 2_000
    file = saved(noise("RGBA"), "PNG", pnginfo=texts, icc_profile=profile, dpi=(72, 72)) + SECRET
    assert file.count(SECRET) == 4
    rest = kept(file)
    assert SECRET not in rest
    assert pixels(rest) == pixels(file)
    with Image.open(io.BytesIO(rest)) as picture:
        assert picture.info == {"icc_profile": profile}


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_file_cut_anywhere_is_refused_or_kept_to_its_end(kind: str) -> None:
    file = saved(noise("RGB").resize((20, 10)), kind)
    taken = 0
    for length in range(len(file)):
        try:
            rest = kept(file[:length])
        except upload.UploadError as err:
            assert err.status == 415  # noqa: PT017
        else:
            taken += 1
            assert file.startswith(rest)
    assert 0 < taken < len(file)

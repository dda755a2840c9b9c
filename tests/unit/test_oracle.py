"""The oracle says right of what is right, and wrong of what is not, on arrays made by hand."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageOps

from harness.lab6.oracle.judging import PictureFault, judge_picture
from harness.lab6.oracle.pixels import OtherSizeError, UnreadableError, luma, read_pixels
from harness.lab6.pictures import Variant, make_params, make_picture
from harness.lab6.workload import PICTURE_JOBS
from harness.witness.errors import WitnessError

RNG = np.random.default_rng(20261124)


def encoded(image, kind="PNG", **settings):
    """The bytes of a Pillow picture."""
    buffer = BytesIO()
    image.save(buffer, kind, **settings)
    return buffer.getvalue()


def opened(data):
    """The Pillow picture of some bytes."""
    image = Image.open(BytesIO(data))
    image.load()
    return image


@pytest.fixture(scope="module", params=["png", "jpg"])
def picture(request):
    """A random picture as PNG, and as JPEG."""
    return make_picture(np.random.default_rng(7), jpeg=request.param == "jpg")


def test_luma_is_bt601():
    """Pure red, green and blue have the brightness that BT.601 gives them."""
    rgb = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], dtype=np.float32)
    assert luma(rgb)[0] == pytest.approx([76.245, 149.685, 29.07])


def test_a_hand_made_grey_picture_is_right_to_the_pixel():
    """Four known pixels: the rounded luma is right, one that is two off is not."""
    colours = np.array([[[255, 0, 0], [0, 255, 0]], [[0, 0, 255], [10, 20, 30]]], dtype=np.uint8)
    grey = np.array([[76, 150], [29, 18]], dtype=np.uint8)
    source = encoded(Image.fromarray(colours))
    right = judge_picture(source, encoded(Image.fromarray(grey)), "grayscale", "", exact=True)
    assert right.ok
    assert right.max_difference == pytest.approx(0.315, abs=0.01)
    grey[0, 0] += 2
    wrong = judge_picture(source, encoded(Image.fromarray(grey)), "grayscale", "", exact=True)
    assert (wrong.ok, wrong.why) == (False, "luma")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_exif_orientation_is_turned_as_pillow_turns_it(orientation):
    """Our own turning of the eight orientations equals ImageOps.exif_transpose."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    pixels = RNG.integers(0, 256, (3, 5, 3), dtype=np.uint8)
    data = encoded(Image.fromarray(pixels), "PNG", exif=exif)
    upright = np.asarray(ImageOps.exif_transpose(opened(data)), dtype=np.float32)
    assert np.array_equal(read_pixels(data).rgb, upright)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
def test_every_mode_is_read_as_red_green_blue(mode):
    """Whatever a file holds comes out as its colours; Pillow's own conversion agrees within
    rounding.
    """
    image = opened(make_picture(np.random.default_rng(3)).data).resize((40, 30))
    if mode == "I;16":
        grey = np.asarray(image.convert("L"), dtype=np.uint16) * 257
        data, expected = encoded(Image.fromarray(grey)), np.stack([grey // 257] * 3, axis=2)
    else:
        image = image.convert(mode)
        kind = {"CMYK": "JPEG"}.get(mode, "PNG")
        data = encoded(image, kind, quality=100) if kind == "JPEG" else encoded(image)
        expected = np.asarray(opened(data).convert("RGBA").convert("RGB"))
    assert np.abs(read_pixels(data).rgb - expected).max() <= 1.5


def test_a_transparent_palette_entry_is_transparent():
    """tRNS of a palette picture becomes opacity."""
    image = Image.fromarray(np.array([[0, 1]], dtype=np.uint8), "L").convert("P")
    image.putpalette([255, 0, 0, 0, 0, 255])
    pixels = read_pixels(encoded(image, transparency=1))
    assert pixels.rgb[0].tolist() == [[255, 0, 0], [0, 0, 255]]
    assert pixels.alpha.tolist() == [[255, 0]]


def test_honest_results_pass(picture):
    """What Pillow makes of each action passes, lossless exactly and as JPEG at quality 75
    fairly.
    """
    image = opened(picture.data)
    crop = make_params(np.random.default_rng(1), "crop", picture.size)
    results = {
        ("grayscale", ""): image.convert("L"),
        ("crop", crop): image.crop(tuple(map(int, crop.split(",")))),
        ("resize", "200x150"): image.resize((200, 150), Image.Resampling.LANCZOS),
    }
    for (action, params), result in results.items():
        exact = judge_picture(picture.data, encoded(result), action, params, exact=True)
        assert exact.ok, (action, exact)
        fair = encoded(result, "JPEG", quality=75)
        assert judge_picture(picture.data, fair, action, params).ok, action


@pytest.mark.parametrize(
    "filter_name", ["NEAREST", "BOX", "BILINEAR", "HAMMING", "BICUBIC", "LANCZOS"]
)
def test_any_resampling_filter_is_fair(picture, filter_name):
    """The lab names no filter, so none is wrong."""
    result = opened(picture.data).resize((170, 190), Image.Resampling[filter_name])
    assert judge_picture(picture.data, encoded(result), "resize", "170x190").ok


@pytest.mark.parametrize(
    "colour", [(0, 0, 255), (255, 0, 0), (0, 255, 0), (90, 20, 230), (255, 0, 255)]
)
def test_grey_as_libvips_makes_it_is_fair_whatever_the_colours(colour):
    """Weights of 0.2, 0.7 and 0.1 in linear light: far from every other formula where much is
    blue.
    """
    source = Image.new("RGB", (64, 64), colour)
    source.paste((200, 180, 40), (0, 0, 32, 64))
    share = np.asarray(source) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    light = linear @ [0.2, 0.7, 0.1]
    back = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    grey = Image.fromarray(np.rint(back * 255).astype(np.uint8))
    assert judge_picture(encoded(source), encoded(grey), "grayscale", "").ok


def test_other_formulas_of_grey_are_fair_but_not_exact(picture):
    """BT.709 is grey to anyone's worker; the kit's own says BT.601."""
    rgb = np.asarray(opened(picture.data), dtype=np.float64)
    grey = Image.fromarray(np.rint(rgb @ [0.2126, 0.7152, 0.0722]).astype(np.uint8))
    assert judge_picture(picture.data, encoded(grey), "grayscale", "").ok
    assert not judge_picture(picture.data, encoded(grey), "grayscale", "", exact=True).ok


WRONG = {
    "not-grey": lambda image: image,
    "blurred": lambda image: image.convert("L").filter(ImageFilter.GaussianBlur(1.5)),
    "size": lambda image: image.convert("L").resize((image.width - 1, image.height)),
    "luma": lambda image: ImageOps.invert(image.convert("L")),
}


@pytest.mark.parametrize("why", WRONG)
@pytest.mark.parametrize("quality", [None, 75])
def test_wrong_grey_pictures_are_named(picture, why, quality):
    """Each wrong result is told with its reason, lossless or as JPEG."""
    result = WRONG[why](opened(picture.data))
    data = encoded(result) if quality is None else encoded(result, "JPEG", quality=quality)
    assert judge_picture(picture.data, data, "grayscale", "").why == why


def test_a_crop_one_pixel_off_is_wrong(picture):
    """A crop must be exactly the part that was asked for."""
    result = opened(picture.data).crop((21, 10, 121, 110))
    for exact in (True, False):
        verdict = judge_picture(picture.data, encoded(result), "crop", "20,10,120,110", exact=exact)
        assert not verdict.ok
        assert verdict.why in (PictureFault.MOVED, PictureFault.LUMA)  # and not blurred


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("jpeg", [False, True])
def test_a_resize_written_by_hand_is_right(seed, jpeg):
    """``at(x * before // after)``, as a language without a picture library has it."""
    picture = make_picture(np.random.default_rng([seed, 77]), jpeg=jpeg)
    pixels = np.asarray(opened(picture.data).convert("RGB"))
    rows, columns = (
        np.arange(after) * before // after
        for before, after in zip(pixels.shape, (150, 130), strict=False)
    )
    result = Image.fromarray(pixels[rows][:, columns])
    assert judge_picture(picture.data, encoded(result), "resize", "130x150").ok


def test_a_grey_resize_has_lost_its_colours(picture):
    """The right brightness with no colour is no right resize."""
    result = opened(picture.data).convert("L").resize((200, 150))
    assert judge_picture(picture.data, encoded(result), "resize", "200x150").why == "colour"


def test_another_picture_of_the_same_size_is_found_out(picture):
    """A result prepared beforehand has the wrong pixels."""
    other = opened(make_picture(np.random.default_rng(99)).data).resize(picture.size).convert("L")
    assert judge_picture(picture.data, encoded(other), "grayscale", "").why == "luma"


def test_changed_opacity_is_found_out():
    """A crop that made a transparent picture opaque in black, or half so, is not the picture's
    part.
    """
    picture = make_picture(np.random.default_rng(5), variant=Variant.ALPHA)
    image = opened(picture.data)
    assert judge_picture(picture.data, encoded(image.crop((0, 0, 90, 80))), "crop", "0,0,90,80").ok
    image.putalpha(image.getchannel("A").point(lambda value: value // 2))
    changed = encoded(image.crop((0, 0, 90, 80)))
    assert not judge_picture(picture.data, changed, "crop", "0,0,90,80").ok


@pytest.mark.parametrize("variant", Variant)
def test_real_oddities_are_judged_right(variant):
    """Palette, opacity, EXIF and CMYK: what a careful worker makes of them is right."""
    picture = make_picture(np.random.default_rng(11), variant=variant)
    image = ImageOps.exif_transpose(opened(picture.data))
    grey = image.convert("RGB").convert("L") if variant is Variant.CMYK else image.convert("L")
    assert judge_picture(picture.data, encoded(grey), "grayscale", "", exact=True).ok
    colours = image.convert("RGBA" if variant is Variant.ALPHA else "RGB")
    part = colours.crop((10, 20, 110, 140))
    assert judge_picture(picture.data, encoded(part), "crop", "10,20,110,140", exact=True).ok
    small = colours.resize((120, 100), Image.Resampling.LANCZOS)
    assert judge_picture(picture.data, encoded(small), "resize", "120x100", exact=True).ok


@pytest.mark.parametrize(("kind", "settings"), [("PNG", {}), ("JPEG", {"quality": 75})])
def test_what_is_drawn_over_a_picture_is_seen(kind, settings):
    """A few words in a corner change few pixels, and those by much."""
    picture = make_picture(np.random.default_rng(12))
    for size in ((148, 276), (320, 240)):
        whole = opened(picture.data).convert("RGB").resize(size, Image.Resampling.LANCZOS)
        plain = encoded(whole, kind, **settings)
        assert judge_picture(picture.data, plain, "resize", f"{size[0]}x{size[1]}").ok
        ImageDraw.Draw(whole).text((2, 2), "an advertisement", fill="white")
        drawn = encoded(whole, kind, **settings)
        assert not judge_picture(picture.data, drawn, "resize", f"{size[0]}x{size[1]}").ok


@pytest.mark.parametrize("result", [b"", b"not a picture", b"\x89PNG\r\n\x1a\n"])
def test_rubbish_as_result_is_a_plain_no(picture, result):
    """A result that is no picture is wrong, and says why."""
    verdict = judge_picture(picture.data, result, "grayscale", "")
    assert (verdict.ok, verdict.why, verdict.actual_size) == (False, "unreadable", None)


def test_a_cut_result_is_unreadable(picture):
    """Half a file is no picture."""
    half = picture.data[: len(picture.data) // 2]
    assert judge_picture(picture.data, half, "grayscale", "").why == "unreadable"


@pytest.mark.parametrize(
    ("action", "params"),
    [
        ("rotate", ""),
        ("resize", "10"),
        ("resize", "axb"),
        ("crop", "5,5,1,1"),
        ("crop", "0,0,9999,9"),
    ],
)
def test_a_job_that_means_nothing_is_nobodys_fault(picture, action, params):
    """The oracle says that it does not know, and never "wrong"."""
    with pytest.raises(WitnessError):
        judge_picture(picture.data, picture.data, action, params)


def test_rubbish_as_source_is_the_graders_fault(picture):
    """Without the picture that was sent nobody can judge."""
    with pytest.raises(WitnessError) as caught:
        judge_picture(b"rubbish", picture.data, "grayscale", "")
    assert caught.value.reference == "oracle-input"


def test_bombs_are_refused_before_their_pixels():
    """A picture far larger than any result is not decoded."""
    image = Image.new("1", (20_000, 6_000))
    with pytest.raises(UnreadableError):
        read_pixels(encoded(image))


def test_a_picture_of_another_size_is_not_decoded(picture, monkeypatch):
    """One that is within the bound of all pictures would still take a hundred times its bytes."""
    huge = encoded(Image.new("L", (9_000, 9_000)))
    assert judge_picture(picture.data, huge, "grayscale", "").actual_size == (9_000, 9_000)
    monkeypatch.setattr(Image.Image, "load", lambda _: pytest.fail("decoded"))
    with pytest.raises(OtherSizeError):
        read_pixels(huge, (300, 200))


SIZE = (3256, 2440)
LARGE = {
    "nearest": lambda image: image.resize(SIZE, Image.Resampling.NEAREST),
    "bilinear": lambda image: image.resize(SIZE, Image.Resampling.BILINEAR),
    "Lanczos": lambda image: image.resize(SIZE, Image.Resampling.LANCZOS),
}
LARGE_WRONG = {
    "every eighth point": lambda image: image.resize((408, 306), Image.Resampling.NEAREST),
    "half of its size": lambda image: image.resize((1628, 1220)),
    "its middle": lambda image: image.crop((4, 4, 3260, 2444)),
    "upside down": ImageOps.flip,
    "plain": lambda image: Image.new("RGB", SIZE, (120, 130, 120)),
}


@pytest.fixture(scope="module")
def large_job():
    """The request of the workload, as it is sent."""
    return PICTURE_JOBS.large_job(np.random.default_rng(7))


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("name", LARGE)
def test_a_large_picture_is_right_by_any_filter(large_job, name, kind):
    """It is looked at in parts; JPEG as Pillow packs it where nobody asks for more."""
    result = encoded(LARGE[name](opened(large_job.payload)), kind)
    assert PICTURE_JOBS.judge(large_job, result, exact=False).ok


@pytest.mark.parametrize("name", LARGE_WRONG)
def test_a_large_picture_that_was_made_up_is_wrong(large_job, name):
    """Its size alone is right."""
    result = LARGE_WRONG[name](opened(large_job.payload)).resize(SIZE)
    seen = PICTURE_JOBS.judge(large_job, encoded(result, "JPEG"), exact=False)
    assert PICTURE_JOBS.looks_done(large_job, encoded(result, "JPEG"))
    assert not seen.ok

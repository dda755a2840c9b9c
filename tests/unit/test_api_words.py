"""The lab's api: what it says of a file, of params, of a reason, in two languages with the same
sentences.
"""

import io
import re
import string
from types import ModuleType

import pytest
from flask import Flask
from PIL import Image

from tests.unit.services import LAB, module

kinds, params, words = (module("api", name) for name in ("kinds", "params", "words"))
uk, en = module("api", "words_uk"), module("api", "words_en")

CUT_CYRILLIC = "а".encode() * 300


def saved(kind: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8)).save(buffer, kind)
    return buffer.getvalue()


def box(brand: bytes, *more: bytes) -> bytes:
    """The first box of HEIC, AVIF, a video."""
    names = brand + bytes(4) + b"".join(more)
    return (len(names) + 8).to_bytes(4, "big") + b"ftyp" + names + bytes(600)


KINDS = {
    "empty": b"",
    "WebP": saved("WEBP"),
    "GIF": saved("GIF"),
    "BMP": saved("BMP"),
    "TIFF": saved("TIFF"),
    "ICO": saved("ICO"),
    "PDF": b"%PDF-1.7\n",
    "zip": b"PK\x03\x04" + bytes(26),
    "damaged-png": saved("PNG")[:20],
    "damaged-jpeg": saved("JPEG")[:20],
    "heic": box(b"mif1", b"mif1", b"heic"),
    "AVIF": box(b"mif1", b"mif1", b"avif"),
    "video": box(b"isom", b"isom", b"mp42"),
    "text": CUT_CYRILLIC,
    "html": b"<!doctype html><HTML>",
    "SVG": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "unknown": b"\x7fELF" + bytes(60),
}
#: Action and params → what its Ukrainian sentence must hold.
WRONG_PARAMS = {
    ("resize", "640х480"): "кирилична літера «х»",
    ("resize", "640Х480"): "кирилична літера «Х»",
    ("resize", "640X480"): "велика літера «X»",
    ("resize", "640×480"): "знак множення «×»",
    ("resize", "640*480"): "зірочка «*»",
    ("resize", "640 x 480"): "пробіл",
    ("resize", "10x10\0"): "«U+0000»",
    ("resize", "640"): "у вигляді ШИРИНАxВИСОТА, наприклад 640x480.",
    ("resize", "0x10"): "від 1x1",
    ("crop", "10, 10, 50, 50"): "пробіл",
    ("crop", "10;10;50;50"): "«;»",
    ("crop", "10,10,5,5"): "другий кут (x2,y2) має бути правіше й нижче",
    ("crop", "0,0,900,600"): "в межах зображення 800x600",
    ("explode", ""): "Дії «explode» немає: потрібна одна з grayscale, resize, crop",
    ("grayscale", "чорно-біле"): "не потрібні",
    ("grayscale", "a" * 65): "до 64 знаків",
}


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


def test_both_languages_have_the_same_sentences_with_the_same_facts() -> None:
    assert {key: placeholders(text) for key, text in uk.SENTENCES.items()} == {
        key: placeholders(text) for key, text in en.SENTENCES.items()
    }
    assert set(uk.NAMES) == set(en.NAMES)


def test_every_sentence_that_the_code_asks_for_is_there_and_no_other() -> None:
    files = [file for file in (LAB / "api").glob("*.py") if not file.stem.startswith("words")]
    code = "".join(file.read_text(encoding="utf-8") for file in files)
    assert {key for key in uk.SENTENCES if f'"{key}"' not in code} == set()
    asked = set(re.findall(r'(?:error|say|UploadError)\((?:\d+, )?"([^"]+)"', code))
    assert len(asked) > 10
    assert asked <= set(uk.SENTENCES)


@pytest.mark.parametrize(("kind", "data"), KINDS.items(), ids=KINDS)
def test_a_file_is_named_for_what_it_is(kind: str, data: bytes) -> None:
    assert kinds.kind_of(data) == kind
    if kind.islower():
        assert {kind} <= set(uk.NAMES)


@pytest.mark.parametrize(("asked", "told"), WRONG_PARAMS.items(), ids=str)
def test_params_are_told_what_is_wrong_with_them(asked: tuple[str, str], told: str) -> None:
    key, facts = params.wrong_params(*asked, (800, 600))
    assert told in said(uk, key, facts)
    assert "«" not in said(en, key, facts)


@pytest.mark.parametrize(
    ("action", "given"), [("grayscale", ""), ("resize", "640x480"), ("crop", "0,0,800,600")]
)
def test_right_params_are_right(action: str, given: str) -> None:
    assert params.wrong_params(action, given, (800, 600)) is None


def said(language: ModuleType, key: str, facts: dict[str, object]) -> str:
    wanted = {"Accept-Language": language.__name__.removeprefix("words_")}
    with Flask(__name__).test_request_context(headers=wanted):
        return words.say(key, **facts)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, uk),
        ("", uk),
        ("uk-UA,uk;q=0.9,en;q=0.8", uk),
        ("en-GB,en;q=0.9", en),
        ("de,en;q=0.5", en),
        ("de", uk),
        ("*", uk),
        (";;;q=x,,é", uk),
    ],
)
def test_the_client_chooses_the_language(header: str | None, language: ModuleType) -> None:
    headers = {} if header is None else {"Accept-Language": header}
    with Flask(__name__).test_request_context(headers=headers):
        assert words.say("no-redis") == language.SENTENCES["no-redis"]


def test_a_reason_is_told_in_the_clients_language() -> None:
    told = "cannot process the picture: the file is damaged or cut short (truncated)"
    with Flask(__name__).test_request_context():
        assert (
            words.reason(told)
            == "Зображення не вдалося обробити: файл пошкоджено або він неповний (truncated)"
        )
    with Flask(__name__).test_request_context(headers={"Accept-Language": "en"}):
        assert words.reason(told) == told


def test_the_phrases_of_reasons_are_the_workers_own() -> None:
    code = "".join(file.read_text(encoding="utf-8") for file in (LAB / "worker").glob("*.py"))
    assert [phrase for phrase in uk.REASONS if phrase not in code] == []

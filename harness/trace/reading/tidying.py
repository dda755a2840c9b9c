"""Damage of copying: characters that look like others, and what markup glues to a line."""

import re

_ALIKE = str.maketrans(
    {
        **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2212\ufe63\uff0d", "-"),
        **dict.fromkeys("\u00a0\u2007\u2009\u202f\u3000\t", " "),
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f"),
        "\uff5c": "|",
        "\uff1a": ":",
        "\uff0e": ".",
        "\uff0f": "/",
        "\ufb01": "fi",
    }
)
_INVISIBLE = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f]")
_LETTERS = str.maketrans(  # Cyrillic, then Greek
    "АВЕКМНОРСТХІЅЈаеорсухіјΑΒΕΖΗΙΚΜΝΟΡΤΥΧανορ",
    "ABEKMHOPCTXISJaeopcyxijABEZHIKMNOPTYXavop",
)
_ESC = r"(?:\\x1b|\\u001b|\\033|\\e|\^\[|␛|�|<ESC>|ESC)"  #: as viewers show the character
_LOST_ESC = re.compile(rf"{_ESC}\[[\d;]*[A-Za-z]|\[\d{{1,3}}(?:;\d{{1,3}})*m")
_ESCAPED = re.compile(r"\\([|_*#-])")  #: for Markdown
_LINK = re.compile(r"\[([^\[\]()\s]{1,4000})\]\(https?://[^()\s]*\)")
_ROW_END = re.compile(r"\s*[|│┃]\s*$")
_BEFORE = re.compile(r"(?:</?[A-Za-z][^<>]{0,80}>|<!--|[`>*|#\"'\s]|[-+]\s|\d{1,6}[.):]?\s|&gt;)+")
_BEHIND = re.compile(
    r"(?:</?[A-Za-z][^<>]{0,80}>|<br\s*/?>|\\(?:par|line|n|r|t)\b|\\\\|\^M\$|[`\"'.,;)\]}*\s$»”’“¶↵⏎]|&quot;)+$"
)


def unlinked(text: str) -> str:
    """The text with the words of Markdown's links alone, which editors make of paths."""
    return _LINK.sub(r"\1", text) if "](" in text else text


def visible(text: str) -> str:
    """The text without characters that nobody sees."""
    return _INVISIBLE.sub("", text)


def tidied(text: str) -> str:
    """The text with the characters that were meant, single spaces, without lost colour codes."""
    if "&" in text:
        import html  # a thousand names, for a rare line

        text = html.unescape(text)
    if "\\" in text:
        text = _ESCAPED.sub(r"\1", text)
    return " ".join(_LOST_ESC.sub("", text.translate(_ALIKE)).split())


def without_row_end(text: str) -> str:
    """The text without the bar that ends a table's row."""
    return _ROW_END.sub("", text)


def in_latin(text: str) -> str:
    """The text with Latin letters for the Cyrillic and Greek ones that look like them."""
    return text.translate(_LETTERS)


def without_markup(text: str) -> str:
    """The text without tags, quotation marks and list marks before it."""
    match = _BEFORE.match(text)
    return text[match.end() :] if match else text


def unglued(text: str) -> str:
    """The text without what markup and punctuation put behind it."""
    return _BEHIND.sub("", text)

"""What a profile's expressions surely ask of a line, read off their sources.

An expression is *plain* where it is made of literals, white space, ``\\S+`` and one trailing
``.*``. Of plain ones it is known which words a line must hold for them to match at all, and whether
a beginning can still become one of their lines. Of others nothing is claimed.
"""

import re
from functools import lru_cache

_TOKEN = re.compile(
    r"""(?P<literal> (?: [^\\()\[\]{}|.*+?^$\s\d] | [ ] | \\[.,:;!()\[\]\-] )+ )
      | (?P<space> \\s[*+] )
      | (?P<word> \(\?P<\w+>\\S\+\) )
      | (?P<job> \(\?:\\s\+\(\?P<job>\\S\+\)\|\$\) )
      | (?P<rest> \(\?P<\w+>\.\*\) $ )""",
    re.VERBOSE,
)

Token = tuple[str, str]


@lru_cache(maxsize=64)
def tokens(source: str) -> tuple[Token, ...] | None:
    """The parts of a plain expression, as (sort, text); None where it is not plain."""
    at, parts = 0, []
    while at < len(source):
        match = _TOKEN.match(source, at)
        if not match:
            return None
        sort = match.lastgroup or ""
        if sort == "literal":
            parts.append((sort, re.sub(r"\\(.)", r"\1", match[0])))
        elif sort == "job":
            parts += [("space", "\\s+"), ("word", "")]
        else:
            parts.append((sort, match[0] if sort == "space" else ""))
        at = match.end()
    return tuple(parts)


def needed_words(source: str) -> str | None:
    """The longest word that each line of a plain expression holds; None where nobody can say.

    One word: the spaces between may have become others on the way.
    """
    parts = tokens(source)
    words = [word for sort, text in parts or () if sort == "literal" for word in text.split()]
    return max(words, key=len) if words else None


def may_begin(source: str, head: str) -> bool:
    """Whether a line that begins with ``head`` could be one of the expression's."""
    parts = tokens(source)
    return parts is None or _alive(parts, head)


def _alive(parts: tuple[Token, ...], text: str) -> bool:
    if not text or not parts:
        return True
    (sort, literal), rest = parts[0], parts[1:]
    if sort == "literal":
        size = min(len(literal), len(text))
        return text[:size] == literal[:size] and _alive(rest, text[size:])
    if sort == "rest":
        return True
    kind = str.isspace if sort == "space" else lambda char: not char.isspace()
    least = 0 if literal == "\\s*" else 1
    some = next((at for at, char in enumerate(text) if not kind(char)), len(text))
    if some == len(text):
        return True
    return any(_alive(rest, text[at:]) for at in range(least, some + 1))

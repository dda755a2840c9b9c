"""One line read: its decorations off by the table, by what was learnt, out of a record, or
mended.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from harness.trace.decorations import Line, undecorated
from harness.trace.events import Parsed, parse
from harness.trace.ids import WHOLE_ID
from harness.trace.profile import Kind, Profile
from harness.trace.reading.learning import Dress, Shape
from harness.trace.reading.structured import unwrapped
from harness.trace.reading.tidying import (
    in_latin,
    tidied,
    unglued,
    unlinked,
    visible,
    without_markup,
    without_row_end,
)
from harness.trace.wording import needed_words

_BARS = ("|", "│", "┃")  #: before a table's row
_PLACEHOLDER = re.compile("<[A-Za-z][A-Za-z_ -]*>")  #: an id in a text that explains the lines
_SHOWN = 120  #: characters of a line that are told


class Near(NamedTuple):
    """A line that is no event, though it holds one's words."""

    line: int
    prefix: str
    text: str
    kind: Kind
    job: str  #: key of the id that it names, or nothing


class Reader:
    """Reads lines by a profile, in a log's dress."""

    def __init__(self, profile: Profile, dress: Dress | None = None) -> None:
        self.profile = profile
        given = tuple(Shape(pattern) for pattern in profile.prefixes)
        dress = dress or Dress()
        self.dress = replace(dress, shapes=(*given, *dress.shapes))
        needed = [needed_words(pattern.pattern) for _, pattern in profile.patterns]
        #: one of them stands in each line that may be an event; None where nobody can say
        self.needed_words = None if None in needed else tuple(word for word in needed if word)

    def is_noise(self, text: str) -> bool:
        """Whether a line surely is no event, nor holds one."""
        words = self.needed_words
        clear = text.isascii() and text.isprintable() and "\\" not in text
        return bool(words) and clear and not any(word in text for word in words or ())

    def read(self, raw: bytes | str) -> Parsed | None:
        """What a line says; None where it is no event."""
        text = raw if isinstance(raw, str) else raw.decode("utf-8", "replace")
        if self.is_noise(text):
            return None
        text = unlinked(text if text.isascii() else visible(text))
        line = self._untailed(undecorated(text))
        parsed = parse(line, self.profile)
        if parsed is not None and parsed.fault is None:
            return parsed
        for other in self._readings(line):
            again = parse(other, self.profile)
            if again is not None and (again.fault is None or parsed is None):
                if again.fault is None:
                    return again
                parsed = again
        is_example = parsed is not None and _PLACEHOLDER.fullmatch(parsed.id_text)
        return None if is_example else parsed

    def _untailed(self, line: Line) -> Line:
        """The line without what its logger puts behind each one."""
        tail = self.dress.tail
        if tail is None or (parts := tail.ends(line.text)) is None:
            return line
        text, name = parts
        stream = "/".join(part for part in (line.stream, name) if part)
        return line._replace(text=text.rstrip(), stream=stream)

    def _readings(self, line: Line) -> Iterator[Line]:
        """What else the line may be, undressed further."""
        if record := unwrapped(line.text, self.dress.keys):
            inner = undecorated(record.text)
            stream = "/".join(name for name in (line.stream, record.stream, inner.stream) if name)
            line = Line(inner.text, stream, line.stamp or record.stamp or inner.stamp)
            yield line
            yield line._replace(text=unglued(line.text))
        yield from self._undressed(line)
        clean = tidied(line.text)
        if clean != line.text:
            inner = undecorated(clean)
            yield inner._replace(
                stream=inner.stream or line.stream, stamp=inner.stamp or line.stamp
            )
        for text in dict.fromkeys((clean, without_markup(clean), in_latin(clean))):
            inner = undecorated(text)
            for end in _ends(inner.text, line.text):
                reading = Line(end, line.stream or inner.stream, line.stamp or inner.stamp)
                if text == clean or self._is_marked(clean, text):
                    yield reading
                yield from self._undressed(reading)

    def _is_marked(self, text: str, inner: str) -> bool:
        """Whether what stands before ``inner`` is markup that cannot be a quotation."""
        before = text[: len(text) - len(inner)] if text.endswith(inner) else ""
        return before.startswith("<") or not before

    def _undressed(self, line: Line) -> Iterator[Line]:
        for shape in self.dress.shapes:
            if parts := shape.match(line.text):
                rest, name = parts
                stream = "/".join(part for part in (line.stream, name) if part)
                inner = undecorated(rest)
                for end in _ends(inner.text, line.text):
                    yield Line(end, stream, line.stamp or inner.stamp)
                begin = line.text.find("{")  # the words may stand in a record twice
                if begin > 0 and (record := unwrapped(line.text[begin:], self.dress.keys)):
                    inner = undecorated(record.text)
                    stream = "/".join(part for part in (stream, record.stream) if part)
                    yield Line(inner.text, stream, line.stamp or record.stamp)

    def near(self, raw: bytes | str, number: int) -> Near | None:
        """The event that a line holds somewhere behind its start, with a whole or abbreviated id;
        of no job by name where it holds several, for any may be meant.
        """
        text = raw if isinstance(raw, str) else raw.decode("utf-8", "replace")
        if self.is_noise(text):
            return None
        line = undecorated(text)
        record = unwrapped(line.text)
        for part in (record.text if record else line.text, in_latin(tidied(line.text))):
            if event := find_event(part, self.profile):
                prefix, parsed = event
                job = None if holds_several(part, self.profile) else parsed.job
                key = job.key if job else ""
                return Near(number, prefix[:_SHOWN], text.strip()[:_SHOWN], parsed.kind, key)
        return None


def _ends(text: str, whole: str) -> Iterator[str]:
    """The text as it is, and without what may be glued behind it; ``whole`` is its line, by which
    a bar at the end is a table's and no empty field.
    """
    cells = [text]
    if whole[:1] in _BARS:
        cells.append(without_row_end(text))
    for cell in cells:
        yield cell
        if (bare := unglued(cell)) != cell:
            yield bare


def find_event(text: str, profile: Profile) -> tuple[str, Parsed] | None:
    """A well-formed event of a job behind some prefix: the prefix, and what it says."""
    for _, pattern in profile.patterns:
        match = pattern.search(text, 1) if len(text) > 1 else None
        if not match:
            continue
        for rest in _ends(text[match.start() :], text):
            parsed = parse(Line(rest, "", None), profile)
            if parsed is not None and parsed.fault is None and parsed.job is not None:
                return text[: match.start()], parsed
    return None


def holds_several(text: str, profile: Profile) -> bool:
    """Whether several events stand in one line, one behind the other; a record may have one event
    in two of its fields.
    """
    found = [pattern.pattern for _, pattern in profile.patterns if pattern.search(text)]
    words = [needed_words(pattern) for pattern in found]
    is_again = any(text.count(word) > 1 for word in words if word)
    return len(found) > 1 or (is_again and len(set(WHOLE_ID.findall(text))) > 1)

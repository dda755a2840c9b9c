"""PostgreSQL's ``pgoutput`` messages, version 1: what was inserted and updated, as the server's log
has it.

The formats stand in PostgreSQL's manual, "Logical Replication Message Formats".
"""

import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_LONGEST = 4000  #: bytes that are kept of one value: nobody asks for more of a status or a path
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
Columns = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenRow:
    """One row as a committed statement left it."""

    commit: int  #: where the commit stands in the server's log: unique, rising
    number: int  #: of the change within its transaction, from 0
    transaction: int
    time: datetime  #: of the commit, by PostgreSQL's clock
    schema: str
    table: str
    values: Mapping[
        str, str | None
    ]  #: column → text; one that is large and was not changed is left out


class MessageReader:
    """Reads a message's fields one after another. ``ValueError`` where it ends too soon."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def unpack(self, form: str) -> int:
        """One number of this ``struct`` form."""
        try:
            (value,) = struct.unpack_from(f"!{form}", self._data, self._at)
        except struct.error as error:
            raise ValueError("a message that ends too soon") from error
        self._at += struct.calcsize(f"!{form}")
        return int(value)

    def take(self, count: int) -> bytes:
        """The next so many bytes of the message."""
        if count < 0 or self._at + count > len(self._data):
            raise ValueError("a message that ends too soon")
        self._at += count
        return self._data[self._at - count : self._at]

    def text(self) -> str:
        """The text up to the next zero byte."""
        end = self._data.index(b"\0", self._at)
        data, self._at = self._data[self._at : end], end + 1
        return data.decode("utf-8", "replace")


def decoded(messages: Iterable[bytes]) -> Iterator[WrittenRow]:
    """Every row inserted or updated, in the order of the commits. ``ValueError`` for a broken
    message.
    """
    tables: dict[int, tuple[str, str, Columns]] = {}
    commit = transaction = number = 0
    time = _EPOCH
    for message in messages:
        reader = MessageReader(message)
        kind = reader.take(1)
        if kind == b"B":
            commit, micros = reader.unpack("q"), reader.unpack("q")
            time, transaction, number = (
                _EPOCH + timedelta(microseconds=micros),
                reader.unpack("I"),
                0,
            )
        elif kind == b"R":
            relation, *facts = reader.unpack("I"), reader.text(), reader.text()
            tables[relation] = (facts[0], facts[1], _columns(reader))
        elif kind in (b"I", b"U"):
            schema, table, columns = tables[reader.unpack("I")]
            if (part := reader.take(1)) in (b"K", b"O"):
                dict(_values(reader, columns))  # as it was before
                part = reader.take(1)
            if part != b"N":
                raise ValueError(f"part {part!r} of a row")
            yield WrittenRow(
                commit=commit,
                number=number,
                transaction=transaction,
                time=time,
                schema=schema,
                table=table,
                values=dict(_values(reader, columns)),
            )
            number += 1


def _columns(reader: MessageReader) -> Columns:
    reader.take(1)  # replica identity
    names = []
    for _ in range(reader.unpack("h")):
        reader.take(1)  # whether it is part of the key
        names.append(reader.text())
        reader.take(8)  # type and its modifier
    return tuple(names)


def _values(reader: MessageReader, columns: Columns) -> Iterator[tuple[str, str | None]]:
    for index in range(reader.unpack("h")):
        kind = reader.take(1)
        if kind == b"n":
            yield columns[index], None
        elif kind == b"t":
            data = reader.take(reader.unpack("i"))[:_LONGEST]
            yield columns[index], data.decode("utf-8", "replace")
        elif kind != b"u":
            raise ValueError(f"a value of kind {kind!r}")

"""Code and configuration cut from the real files, with the numbers of their lines."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

_PUSH = ("rpush", "lpush")
_POP = ("blpop", "brpop", "blmove", "brpoplpush", "blmpop")

#: Of a service: what makes the services find each other. The rest is left out.
_MANIFESTS = ("settings.yaml", "redis.yaml")
_SHOWN = ("image", "build", "container_name", "depends_on", "environment", "networks")
_INDENT = re.compile(r" *")


@dataclass(frozen=True, slots=True, kw_only=True)
class Excerpt:
    """Some lines of a file."""

    file: Path
    first: int  #: numbers of its first and last line, from 1
    last: int
    text: str
    call: str = ""  #: for code: the call that it was looked up by, e.g. ``rdb.rpush``, ``RPUSH``
    function: str = ""  #: for code: its name

    @property
    def called(self) -> str:
        """The call as prose names it: ``rdb.rpush()``; a command of Redis is no call."""
        return self.call if self.call.isupper() else f"{self.call}()"

    @property
    def language(self) -> str:
        """Of code, as Markdown's fences name it."""
        return {".py": "python", ".go": "go", ".js": "js"}.get(self.file.suffix, "")

    @property
    def name(self) -> str:
        """The file by its last two or three names, as a reader knows it."""
        return "/".join(self.file.parts[-3:] if self.call else self.file.parts[-1:])


def producer(lab: Path) -> Excerpt | None:
    """The function of the api that publishes to a Redis list; None where there is none to be
    found.
    """
    return _of_service(lab / "lab6" / "api", _PUSH)


def consumer(lab: Path) -> Excerpt | None:
    """The function of the worker that waits for a Redis list; None where there is none to be
    found.
    """
    return _of_service(lab / "lab6" / "worker", _POP)


def _of_service(folder: Path, names: tuple[str, ...]) -> Excerpt | None:
    """In whichever of the lab's languages its program is written."""
    found = _function_that_calls(folder / "main.py", names)
    for program in ("main.go", "main.js"):
        found = found or _block_that_names(folder / program, names)
    return found


def _block_that_names(file: Path, names: tuple[str, ...]) -> Excerpt | None:
    """Of a language with braces: the first function at the margin in which one of these commands
    stands outside of a comment. Go's and JavaScript's own formatters put both its braces there.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError):
        return None
    command = re.compile(rf"\b(?:{'|'.join(names)})\b", re.IGNORECASE)
    first = None
    for number, line in enumerate(lines):
        if line.rstrip().endswith("{") and line[:1].strip() and not line.startswith("}"):
            first, call = number, ""
        code = line.partition("//")[0]
        if first is not None and (said := command.search(code)):
            call = call or said[0]
        if first is not None and line.startswith("}"):
            if call:
                text = "\n".join(lines[first : number + 1])
                return Excerpt(file=file, first=first + 1, last=number + 1, text=text, call=call)
            first = None
    return None


def _function_that_calls(file: Path, names: tuple[str, ...]) -> Excerpt | None:
    try:
        source = file.read_text(encoding="utf-8")
        tree = ast.parse(source)
    except (OSError, ValueError, SyntaxError):
        return None
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            call = _call_within(node, names)
            if call is not None:
                first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
                last = node.end_lineno or node.lineno
                return Excerpt(
                    file=file,
                    first=first,
                    last=last,
                    text="\n".join(source.split("\n")[first - 1 : last]),
                    call=ast.unparse(call),
                    function=node.name,
                )
    return None


def _call_within(function: ast.AST, names: tuple[str, ...]) -> ast.Attribute | None:
    for node in ast.walk(function):
        called = node.func if isinstance(node, ast.Call) else None
        if isinstance(called, ast.Attribute) and called.attr in names:
            return called
    return None


def compose_fragment(file: Path) -> Excerpt | None:
    """The compose file without what does not matter for finding each other; None where it is
    none.
    """
    try:
        text = file.read_text(encoding="utf-8")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except (OSError, ValueError, yaml.YAMLError, RecursionError):
        return None
    if not isinstance(root, yaml.MappingNode):
        return None
    lines = text.splitlines()
    kept = sorted({number for span in _kept(root, lines) for number in span})
    if not kept:
        return None
    shown = "\n".join(_elided(lines, kept))
    return Excerpt(file=file, first=kept[0] + 1, last=kept[-1] + 1, text=shown)


def manifest_fragments(base: Path) -> tuple[Excerpt, ...]:
    """How services find each other in a cluster: the settings they get, and the Service that
    has Redis's name.
    """
    excerpts = []
    for name in _MANIFESTS:
        try:
            text = (base / name).read_text(encoding="utf-8")
        except (OSError, ValueError):
            return ()
        first = text.partition("\n---")[0].rstrip("\n")
        last = first.count("\n") + 1
        excerpts.append(Excerpt(file=base / name, first=1, last=last, text=first))
    return tuple(excerpts)


def _kept(root: yaml.MappingNode, lines: list[str]) -> Iterator[range]:
    """Spans of lines, from 0, that are shown."""
    for key, value in root.value:
        if key.value == "networks":
            yield _span(key, value, lines)
        elif key.value == "services" and isinstance(value, yaml.MappingNode):
            yield range(key.start_mark.line, key.start_mark.line + 1)
            for name, service in value.value:
                yield _with_comment(name, lines)
                if isinstance(service, yaml.MappingNode):
                    yield from _kept_of_service(service, lines)


def _kept_of_service(service: yaml.MappingNode, lines: list[str]) -> Iterator[range]:
    for key, value in service.value:
        if key.value == "environment":
            hosts = [at for at in _span(key, value, lines) if "HOST" in lines[at]]
            first = [key.start_mark.line] if hosts else []
            yield from (range(at, at + 1) for at in [*first, *hosts])
        elif key.value in _SHOWN:
            yield _span(key, value, lines)


def _span(key: yaml.Node, value: yaml.Node, lines: list[str]) -> range:
    """The lines of an entry, without the blank lines and comments that follow it."""
    last = max(value.end_mark.line, key.start_mark.line)
    if value.end_mark.column == 0 and last > key.start_mark.line:
        last -= 1
    last = min(last, len(lines) - 1)
    indent = key.start_mark.column
    while last > key.start_mark.line and not _belongs(lines[last], indent):
        last -= 1
    return range(key.start_mark.line, last + 1)


def _belongs(line: str, indent: int) -> bool:
    """Whether a line can be the last of an entry whose key is indented so."""
    content = line.strip()
    deeper = len(line) - len(line.lstrip()) > indent
    return bool(content) and not content.startswith("#") and (deeper or content.startswith("-"))


def _with_comment(key: yaml.Node, lines: list[str]) -> range:
    first = int(key.start_mark.line)
    while first > 0 and lines[first - 1].strip().startswith("#"):
        first -= 1
    return range(first, key.start_mark.line + 1)


def _elided(lines: list[str], kept: list[int]) -> Iterator[str]:
    """The kept lines; each gap with something in it is ``# ...``, one without is a blank line."""
    before = kept[0]
    for number in kept:
        gap = [line for line in lines[before + 1 : number] if line.strip()]
        if gap:
            indent = _INDENT.match(gap[0])
            yield f"{indent[0] if indent else ''}# ..."
        if number > before + 1 and not lines[number - 1].strip():
            yield ""
        yield lines[number]
        before = number

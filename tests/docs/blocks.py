"""The documents for people, and the code blocks in them."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "README.uk.md", *sorted((ROOT / "docs" / "uk").glob("*.md"))]

#: Languages of blocks that somebody types somewhere; others are output, diagrams, samples.
TYPED = ("sh", "bash", "powershell", "bat", "python")


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandBlock:
    """A fenced block of a page."""

    page: str  #: its path from the checkout's root
    line: int  #: of the opening fence, from 1
    language: str
    text: str

    @property
    def first(self) -> str:
        """Its first line, by which ``commands.toml`` names it."""
        return self.text.split("\n", 1)[0].strip()


def blocks(page: Path) -> list[CommandBlock]:
    """All fenced blocks of a page, in order."""
    source = page.read_text(encoding="utf-8")
    return [
        CommandBlock(
            page=page.relative_to(ROOT).as_posix(),
            line=source.count("\n", 0, found.start()) + 1,
            language=found[1],
            text=found[2],
        )
        for found in re.finditer(r"^```(\w*)\n(.*?)^```$", source, re.MULTILINE | re.DOTALL)
    ]


def prose(page: Path) -> str:
    """The page without its fenced blocks."""
    source = page.read_text(encoding="utf-8")
    return re.sub(r"^```\w*\n.*?^```$", "", source, flags=re.MULTILINE | re.DOTALL)


def lines(block: CommandBlock) -> list[str]:
    """The commands of a block, without comments and empty lines."""
    bare = (re.sub(r"\s+#.*$", "", line).rstrip() for line in block.text.splitlines())
    return [line for line in bare if line and not line.startswith("#")]

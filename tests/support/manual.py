"""A page of the manual, as far as tests read it: sections, fenced blocks and tables."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

DOCS = Path(__file__).parents[2] / "docs"
FENCE = re.compile(r"^```(.*)\n((?:.*\n)*?)```$", re.MULTILINE)
SPAN = re.compile(r"`([^`]+)`")
CELL = re.compile(r"(?<!\\)\|")

Row = tuple[str, ...]


def spans(text: str) -> list[str]:
    """What is written as code in it."""
    return SPAN.findall(text)


@dataclass(frozen=True)
class Section:
    title: str
    text: str

    def blocks(self, kind: str) -> list[str]:
        """The contents of those fenced blocks that are marked so, such as `sh old`."""
        return [body for marked, body in FENCE.findall(self.text) if marked == kind]

    def table(self, first: str) -> list[Row]:
        """The rows of the tables whose first column is headed so."""
        return [row for head, *rows in self._tables() if head[0] == first for row in rows]

    def _tables(self) -> Iterator[list[Row]]:
        lines = FENCE.sub("", self.text).splitlines()
        rows: list[Row] = []
        for line in [*lines, ""]:
            if line.startswith("|"):
                rows.append(tuple(cell.strip() for cell in CELL.split(line)[1:-1]))
            elif rows:
                yield [rows[0], *rows[2:]]
                rows = []


def sections(page: str) -> dict[str, Section]:
    """Those of the second level, by their titles; what stands before them has none."""
    parts = re.split(r"^## (.+)\n", (DOCS / page).read_text(), flags=re.MULTILINE)
    titled = zip(["", *parts[1::2]], parts[0::2], strict=True)
    return {title: Section(title, text) for title, text in titled}

"""The parts of a page for people. Text is made safe here: it came from a server."""

from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from scribeline_cli.screen import plain


def title(console: Console, name: str, facts: str) -> None:
    line = Text(plain(name), style="bold")
    if facts:
        line.append(f"  {plain(facts)}", style="not bold dim")
    _print(console, "")
    _print(console, line)


def heading(console: Console, name: str) -> None:
    _print(console, Text(plain(name), style="bold"))


def paragraph(console: Console, words: str) -> None:
    """Its line breaks stay; a terminal gets it indented."""
    if words:
        safe = plain(words, lines=True)
        _print(console, Padding(Text(safe), (0, 0, 0, 2)) if console.is_terminal else safe)


def rows(console: Console, pairs: list[tuple[str, str]]) -> None:
    if not console.is_terminal:
        for left, right in pairs:
            _print(console, f"{left}  {plain(right)}")
        return
    table = Table.grid(padding=(0, 2))
    table.add_column(style="cyan", no_wrap=True)
    table.add_column(overflow="fold")
    for left, right in pairs:
        table.add_row(Text(f"  {left}"), Text(plain(right)))
    console.print(table)


def faint(console: Console, line: str) -> None:
    _print(console, Text(plain(line), style="dim italic"))


def _print(console: Console, what: Any) -> None:
    console.print(what, soft_wrap=not console.is_terminal)

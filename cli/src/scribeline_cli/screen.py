"""What is written where: results to standard output, everything else to standard error.

Text from a server is data: control characters could move the cursor, hide text or run terminal
commands, and square brackets are rich's markup. `plain` makes it safe; consoles here read no markup.
"""

import sys
import unicodedata
from typing import Any

from rich.console import Console
from rich.text import Text

_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""They reorder what follows, so that a name can look like another (Unicode TR 36, section 3.2)."""


def plain(value: object, *, lines: bool = False) -> str:
    """The value as text that no terminal interprets; line feeds and tabs stay only if `lines`."""
    return "".join(char if _harmless(char, lines=lines) else _visible(char) for char in str(value))


def _harmless(char: str, *, lines: bool) -> bool:
    if char in "\n\t":
        return lines
    return unicodedata.category(char) not in ("Cc", "Cs", "Zl", "Zp") and char not in _BIDI


def _visible(char: str) -> str:
    return " " if char in "\n\t\r" else f"\\x{ord(char):02x}"


def out() -> Console:
    return Console(markup=False, highlight=False, emoji=False)


def err() -> Console:
    return Console(stderr=True, markup=False, highlight=False, emoji=False)


def say(sentence: str) -> None:
    """One line for people, on standard error."""
    err().print(Text(plain(sentence), style="dim"), soft_wrap=True)


def complain(sentence: str, code: str | None = None) -> None:
    """Why it did not work, on standard error."""
    message = Text("error: ", style="bold red").append(plain(sentence), style="default not bold")
    if code:
        message.append(f" ({plain(code)})", style="dim")
    err().print(message, soft_wrap=True)


def write(content: str) -> None:
    """A result as it is, unless a terminal would interpret it."""
    sys.stdout.write(plain(content, lines=True) if sys.stdout.isatty() else content)
    if content and not content.endswith("\n"):
        sys.stdout.write("\n")
    sys.stdout.flush()


def write_json(value: Any) -> None:
    import json  # noqa: PLC0415 - keeps --help quick

    write(json.dumps(value, indent=2, ensure_ascii=False))

"""Options that name a file with a text: a question, a schema, spellings."""

import json
from pathlib import Path
from typing import Any

import typer


def text_file(told: str) -> Any:
    """The option's declaration; `told` is its help."""
    return typer.Option(metavar="FILE", exists=True, dir_okay=False, readable=True, help=told)


def content(file: Path | None) -> str | None:
    """Raises `BadParameter` for what is no text."""
    try:
        return None if file is None else file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise typer.BadParameter(f"{file} is no text in UTF-8") from None
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be read: {error.strerror}") from None


def json_content(file: Path | None) -> Any:
    """Raises `BadParameter` for what is no JSON."""
    text = content(file)
    try:
        return None if text is None else json.loads(text)
    except (ValueError, RecursionError):
        raise typer.BadParameter(f"{file} is no JSON") from None

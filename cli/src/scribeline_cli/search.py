"""`scribeline search`: where in which recordings words were said."""

import html
import re
from typing import Annotated, Any, Literal

import typer
from rich.text import Text

from scribeline_cli.screen import out, plain, say, write, write_json
from scribeline_cli.session import client_of
from scribeline_cli.views import items, number, text

MARKS = re.compile(r"<mark>(.*?)</mark>", re.S)


def search(  # noqa: PLR0913 - each argument is an option of the command
    context: typer.Context,
    words: Annotated[list[str], typer.Argument(metavar="WORDS", help="In quotes: in a row.")],
    *,
    limit: Annotated[int, typer.Option(min=1, help="Most jobs to print.")] = 20,
    matches: Annotated[int, typer.Option(min=1, max=20, help="Most places of a job.")] = 3,
    order: Annotated[Literal["relevance", "newest"], typer.Option(help="Which come first.")] = "relevance",
    tag: Annotated[list[str] | None, typer.Option(help="With this tag; more than once: with all.")] = None,
    owner: Annotated[str | None, typer.Option(metavar="NAME", help="Of this user.")] = None,
    metadata: Annotated[str | None, typer.Option(metavar="JSON", help="Whose metadata hold this.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print what the server found.")] = False,
) -> None:
    """Print where these words were said: the job, the time, the text. To leave out places near a word, or to
    look for a phrase: scribeline search -- 'budget -draft "next year"'."""
    asked = {"tag": tag, "owner": owner, "metadata": metadata}
    query = {name: value for name, value in asked.items() if value}
    pages = client_of(context).found(limit, q=" ".join(words), matches=matches, order=order, **query)
    if as_json:
        write_json([hit for page in pages for hit in items(page, "hits")])
        return
    found = 0
    for page in pages:
        for hit in items(page, "hits"):
            found += 1
            for match in items(hit, "matches"):
                _print(text(hit, "job"), match)
        _explain(page)
    if not found:
        say("Nothing was found.")


def _explain(page: dict[str, Any]) -> None:
    if hint := text(page, "hint"):
        say(hint)
    if page.get("complete") is False:
        say("These words are said so often that only the newest places were looked at.")


def _print(job: str, match: dict[str, Any]) -> None:
    when = _clock(number(match, "start") or 0.0)
    console = out()
    if not console.is_terminal:
        write("\t".join(map(plain, (job, when, text(match, "text").strip()))))
        return
    line = Text(f"{plain(job)}  ", style="dim").append(f"{when}  ", style="cyan not dim")
    console.print(line.append_text(_marked(text(match, "highlight").strip())), soft_wrap=True)


def _marked(highlight: str) -> Text:
    """What stands in `<mark>`, emphasised."""
    line = Text(style="not dim")
    for n, part in enumerate(MARKS.split(highlight)):  # every second one was marked
        line.append(plain(html.unescape(part)), style="bold yellow" if n % 2 else "")
    return line


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"

"""Times as people type them on the command line."""

from datetime import UTC, datetime, timedelta

import pytest
import typer
from typer.testing import CliRunner

from scribeline_cli.moments import Since, moment

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("given", "before"),
    [
        ("45s", timedelta(seconds=45)),
        ("30m", timedelta(minutes=30)),
        ("2h", timedelta(hours=2)),
        ("7d", timedelta(days=7)),
        ("1w", timedelta(weeks=1)),
        ("1d12h", timedelta(days=1, hours=12)),
        ("0s", timedelta(0)),
    ],
)
def test_a_duration_is_so_long_ago(given: str, before: timedelta) -> None:
    assert moment(given, NOW) == NOW - before


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("2026-11-22T10:00Z", datetime(2026, 11, 22, 10, tzinfo=UTC)),
        ("2026-11-22T10:00:30.5Z", datetime(2026, 11, 22, 10, 0, 30, 500_000, tzinfo=UTC)),
        ("2026-11-22T10:00+01:00", datetime(2026, 11, 22, 9, tzinfo=UTC)),
        ("2026-11-22 10:00Z", datetime(2026, 11, 22, 10, tzinfo=UTC)),
    ],
)
def test_a_time_of_iso_8601_is_that_time_in_utc(given: str, meant: datetime) -> None:
    assert moment(given) == meant
    assert moment(given).tzinfo is UTC


def test_a_time_without_a_zone_is_of_this_machine() -> None:
    assert moment("2026-11-22T10:00") == datetime(2026, 11, 22, 10).astimezone()
    assert moment("2026-11-22") == datetime(2026, 11, 22).astimezone()


@pytest.mark.parametrize(
    "given", ["", "2", "h", "-2h", "2h ago", "2y", "1h2d", "yesterday", "2026-13-01", "٢h٢", "9" * 30 + "d"]
)
def test_what_is_no_time_is_told_with_what_would_be_one(given: str) -> None:
    with pytest.raises(typer.BadParameter, match="2h, 30m, 7d or 2026-11-22T10:00Z"):
        moment(given)


def test_it_is_an_option_of_a_command() -> None:
    app = typer.Typer()

    @app.command()
    def show(since: Since = None) -> None:
        typer.echo(since.isoformat() if since else "-")

    assert CliRunner().invoke(app, ["--since", "2026-11-22T10:00Z"]).output == "2026-11-22T10:00:00+00:00\n"
    assert CliRunner().invoke(app, []).output == "-\n"
    wrong = CliRunner().invoke(app, ["--since", "soon"])
    assert wrong.exit_code == 2
    assert "--since" in wrong.output

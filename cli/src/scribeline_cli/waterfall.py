"""A timeline drawn over time, in a terminal: a line for each unit, or for many together."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil

from rich.console import Console
from rich.text import Text

from scribeline_cli.screen import plain
from scribeline_cli.spans import Phase, Unit, at_once

LABEL, NOTE = 14, 19
"""Columns on the left and on the right; the rest is time."""
MOST_LINES = 12
"""Units of one stage that are drawn one by one; of more, those that stand out."""
TELLING = 3

MARKS = {
    Phase.WORK: ("█", "#", "green"),
    Phase.PUT_OFF: ("╳", "x", "magenta"),
    Phase.QUEUE: ("░", "-", "yellow"),
    Phase.SENT: ("▒", "~", "cyan"),
    Phase.WINDOW: ("·", ".", "bright_black"),
    Phase.STORING: ("▏", ",", "bright_black"),
}
MEANINGS = {
    Phase.WORK: "at work",
    Phase.PUT_OFF: "put off, to be tried again",
    Phase.QUEUE: "in the queue",
    Phase.SENT: "in the queue or at work",
    Phase.WINDOW: "waiting for a place",
    Phase.STORING: "being stored",
}
HEIGHTS, ASCII_HEIGHTS = "▁▂▃▄▅▆▇█", "...::::#"
POINT, ASCII_POINT = "◆", "o"


@dataclass(frozen=True)
class Point:
    """Something that happened at a moment."""

    at: float
    style: str = "default"


@dataclass
class Waterfall:
    """Draws between two moments; what is later stands at the right edge."""

    console: Console
    start: float
    end: float
    used: set[Phase] = field(default_factory=set)

    @property
    def width(self) -> int:
        return max(10, min(self.console.width, 160) - LABEL - NOTE - 2)

    @property
    def _ascii(self) -> bool:
        return self.console.options.ascii_only

    def axis(self) -> None:
        whole, ends = self.end - self.start, ("0", span_of(self.end - self.start))
        middle = span_of(whole / 2)
        line = ends[0] + middle.center(self.width - len(ends[0]) - len(ends[1])) + ends[1]
        self._line("", Text(line, style="bright_black"), "")

    def stage(self, name: str, units: Sequence[Unit]) -> None:
        """One line of many units: how many were at work at once; below it, those that stand out."""
        own = [unit for unit in units if not unit.taken_over]
        if len(units) > 1 or not own:
            self._line(name, self._crowd(own), _counted(units, own), style="bold")
        for unit in own if len(own) <= MOST_LINES else telling(own):
            self.unit(unit, inner=len(units) > 1)

    def unit(self, unit: Unit, *, inner: bool) -> None:
        bar = Text()
        for column in range(self.width):
            begins, ends = self._cell(column)
            here = [s.phase for s in unit.spans if s.start < ends and s.end >= begins]
            bar.append(*self._mark(min(here) if here else None, failed=unit.status == "failed"))
        self._line(f"  {unit.name}" if inner else unit.name, bar, _told(unit))

    def points(self, label: str, points: Sequence[Point], note: str) -> None:
        bar = Text(" " * self.width)
        for point in points:
            column = self._column(point.at)
            late = point.at > self.end + (self.end - self.start) / self.width
            mark = ">" if late else (ASCII_POINT if self._ascii else POINT)
            bar = Text.assemble(bar[:column], (mark, point.style), bar[column + 1 :])
        self._line(label, bar, note)

    def legend(self) -> None:
        told = Text()
        for phase in sorted(self.used):
            entry = Text.assemble(self._mark(phase), (f" {MEANINGS[phase]}   ", "bright_black"))
            if told and told.cell_len + entry.cell_len - TELLING > self.console.width:
                self.console.print(told)
                told = Text()
            told.append(entry)
        self.console.print(told)

    def _crowd(self, units: Sequence[Unit]) -> Text:
        most, bar = max(1, at_once(units)), Text()
        for column in range(self.width):
            begins, ends = self._cell(column)
            here = [s for unit in units for s in unit.spans if s.start < ends and s.end >= begins]
            works = [s for s in here if s.phase is Phase.WORK]
            if not works:
                bar.append(*self._mark(min((s.phase for s in here), default=None)))
                continue
            share = sum(min(s.end, ends) - max(s.start, begins) for s in works) / (ends - begins) / most
            heights = ASCII_HEIGHTS if self._ascii else HEIGHTS
            bar.append(heights[min(7, max(0, ceil(share * 8) - 1))], "green")
        return bar

    def _mark(self, phase: Phase | None, *, failed: bool = False) -> tuple[str, str]:
        if phase is None:
            return " ", ""
        self.used.add(phase)
        rich, ascii_, style = MARKS[phase]
        return ascii_ if self._ascii else rich, "red" if failed and phase is Phase.WORK else style

    def _cell(self, column: int) -> tuple[float, float]:
        step = max(self.end - self.start, 1e-3) / self.width
        return self.start + column * step, self.start + (column + 1) * step

    def _column(self, at: float) -> int:
        share = (at - self.start) / max(self.end - self.start, 1e-3)
        return max(0, min(self.width - 1, int(share * self.width)))

    def _line(self, label: str, bar: Text, note: str, style: str = "") -> None:
        name = Text(plain(label)[:LABEL].ljust(LABEL), style=style)
        end = Text(f" {plain(note)[:NOTE]}", style="red" if note.startswith("failed") else "")
        self.console.print(name + bar + end, no_wrap=True, overflow="crop")


def telling(units: Sequence[Unit]) -> list[Unit]:
    """Of many units a few that explain what took so long, in their order."""
    chosen = [unit for unit in units if unit.status == "failed"][:TELLING]
    chosen += sorted(units, key=lambda u: -u.attempts)[:TELLING] if max(u.attempts for u in units) > 1 else []
    chosen.append(max(units, key=lambda unit: unit.seconds(Phase.WORK)))
    chosen.append(max(units, key=lambda unit: unit.seconds(Phase.QUEUE, Phase.PUT_OFF)))
    chosen.append(max(units, key=lambda unit: unit.end))
    return sorted({unit.index: unit for unit in chosen}.values(), key=lambda unit: unit.index)


def _counted(units: Sequence[Unit], own: Sequence[Unit]) -> str:
    failed = sum(unit.status == "failed" for unit in own)
    open_ = sum(unit.status in ("waiting", "released") for unit in own)
    if failed:
        return f"failed {failed} of {len(units)}"
    if open_:
        return f"{len(own) - open_} of {len(own)} done"
    if len(own) < len(units):
        return f"{len(own)} and {len(units) - len(own)} taken over" if own else "taken over"
    return f"{len(units)}, {at_once(own)} at once" if at_once(own) else f"{len(units)}"


def _told(unit: Unit) -> str:
    worked = unit.seconds(Phase.WORK)
    took = span_of(worked) if worked else ""
    tries = f"try {unit.attempts}" if unit.attempts > 1 else ""
    state = {"failed": "failed", "cancelled": "cancelled", "waiting": "waits", "released": "under way"}
    return " ".join(filter(None, (state.get(unit.status, ""), took, tries)))


def span_of(seconds: float) -> str:
    """As people say it, in up to six characters: `40ms`, `3.2s`, `2m05s`, `1h10m`, `3d02h`."""
    if seconds < 1:
        return f"{seconds * 1000:.0f}ms"
    if seconds < 60:
        return f"{seconds:.1f}s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}m{rest:02}s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours}h{minutes:02}m" if hours < 48 else f"{hours // 24}d{hours % 24:02}h"

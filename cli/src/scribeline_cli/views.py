"""What the command reads out of the server's answers. Missing or odd fields become defaults, never errors."""

from dataclasses import dataclass, field
from typing import Any

from scribeline_cli.exits import Exit

TERMINAL = {"completed": Exit.OK, "failed": Exit.FAILED, "cancelled": Exit.CANCELLED}


def text(raw: dict[str, Any], key: str) -> str:
    """The field as text; empty when it is absent or null."""
    value = raw.get(key)
    return "" if value is None else str(value)


def number(raw: dict[str, Any], key: str) -> float | None:
    """The field if it is a number."""
    value = raw.get(key)
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def items(raw: dict[str, Any], key: str) -> list[dict[str, Any]]:
    """The field's objects, if it is a list."""
    value = raw.get(key)
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def child(raw: dict[str, Any], key: str) -> dict[str, Any]:
    """The field if it is an object, else an empty one."""
    value = raw.get(key)
    return value if isinstance(value, dict) else {}


@dataclass(frozen=True)
class Job:
    """A job as the API shows it. `progress` is 0..100."""

    id: str
    status: str = "queued"
    name: str = ""
    progress: float = 0.0
    step: str = ""
    error: str = ""
    raw: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, raw: dict[str, Any]) -> "Job":
        error = child(raw, "error")
        return cls(
            id=text(raw, "id"),
            status=text(raw, "status") or "queued",
            name=text(raw, "filename") or text(raw, "id"),
            progress=max(0.0, min(100.0, number(raw, "progress") or 0.0)),
            step=text(raw, "message") or text(raw, "current_step"),
            error=": ".join(part for part in (text(error, "code"), text(error, "message")) if part),
            raw=raw,
        )

    @property
    def exit_code(self) -> Exit | None:
        """How the command ends because of this job; None while it runs."""
        return TERMINAL.get(self.status)


def clock(seconds: float | None) -> str:
    """`1:02:03`, or `02:03` below an hour; a dash when unknown."""
    if seconds is None:
        return "-"
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes:02}:{rest:02}"

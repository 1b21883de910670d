"""What can be asked for: tasks, channels, renderings of a transcript, and how its captions are cut."""

from dataclasses import asdict, dataclass
from enum import StrEnum


class Format(StrEnum):
    JSON = "json"
    TXT = "txt"
    SRT = "srt"
    VTT = "vtt"
    TSV = "tsv"


class Task(StrEnum):
    TRANSCRIBE = "transcribe"
    TRANSLATE = "translate"


class Channels(StrEnum):
    MIX = "mix"
    SPLIT = "split"


@dataclass(frozen=True)
class Captions:
    """Limits of one caption; the server knows which values and formats they are for."""

    max_chars_per_line: int | None = None
    max_lines: int | None = None
    max_seconds: float | None = None
    words: bool = False

    def query(self) -> dict[str, str]:
        """What is asked for, as query options."""
        given = {
            name: value for name, value in asdict(self).items() if value is not None and value is not False
        }
        return {name: "true" if value is True else f"{value:g}" for name, value in given.items()}

"""What can be asked for: tasks, and renderings of a transcript."""

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

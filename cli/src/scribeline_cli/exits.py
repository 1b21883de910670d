"""How the command ends: exit codes for scripts, and the one exception that carries them."""

from enum import IntEnum


class Exit(IntEnum):
    """A code never changes its meaning."""

    OK = 0
    FAILED = 1
    USAGE = 2
    UNREACHABLE = 3
    NOT_ALLOWED = 4
    NOT_FOUND = 5
    CANCELLED = 6
    TIMEOUT = 7
    REFUSED = 8
    SERVER_ERROR = 9
    INTERRUPTED = 130


MEANINGS = {
    Exit.OK: "done",
    Exit.FAILED: "a job failed, a ping did not arrive, a model could not be pulled, or the status is not ok",
    Exit.USAGE: "wrong usage",
    Exit.UNREACHABLE: "the server does not answer",
    Exit.NOT_ALLOWED: "the API key is missing, wrong or lacks a scope",
    Exit.NOT_FOUND: "nothing is called so (any more), or it is not yours",
    Exit.CANCELLED: "a job was cancelled",
    Exit.TIMEOUT: "not done within --timeout",
    Exit.REFUSED: "the server refused the request or the file",
    Exit.SERVER_ERROR: "the server had an error",
    Exit.INTERRUPTED: "interrupted (Ctrl-C)",
}


class Stop(Exception):
    """End with this exit code and one sentence; `code` is the server's, where it gave one."""

    def __init__(self, exit_code: Exit, sentence: str, code: str | None = None) -> None:
        self.exit_code = exit_code
        self.sentence = sentence
        self.code = code
        super().__init__(sentence)


def documentation() -> str:
    """For `--help`."""
    return "Exit codes: " + ", ".join(f"{exit_code.value} {MEANINGS[exit_code]}" for exit_code in Exit) + "."

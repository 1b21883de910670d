"""How work can go wrong. There are exactly three kinds.

Exception
├── Fail             the input's fault: a `unit_failed` result at once, no retry, no dead letter
├── DependencyDown   broker, store, database or LLM server unreachable: pause, no attempt counted
└── anything else    retried by the step's policy, then dead
"""

from scribeline.contracts.codes import MEANINGS, Code


class Fail(Exception):
    """The input cannot be processed, and never will be. `message` is for the user."""

    def __init__(self, code: Code, message: str | None = None) -> None:
        self.code = code
        self.message = message or MEANINGS[code].sentence
        super().__init__(f"{code}: {self.message}")


class DependencyDown(Exception):
    """Something we depend on does not answer. `dependency` names it: broker, store, database, llm."""

    def __init__(self, dependency: str, why: str = "") -> None:
        self.dependency = dependency
        super().__init__(f"{dependency} is unreachable{f': {why}' if why else ''}")

"""Errors."""

from pydantic import ConfigDict, Field

from scribeline.contracts.api.view import View
from scribeline.contracts.codes import Code


class FieldError(View):
    """What is wrong with one field or option."""

    field: str
    message: str


class ProblemView(View):
    """RFC 9457, with the stable `code` to program against."""

    model_config = ConfigDict(use_attribute_docstrings=True, title="Problem")

    type: str
    """`/errors/{code}`, a name for the kind of problem."""
    title: str
    """What the code means, in one sentence."""
    status: int
    code: Code
    detail: str | None = None
    """What happened in this request."""
    instance: str | None = None
    """Path of the request."""
    retryable: bool = False
    """The same request may succeed later."""
    errors: list[FieldError] = Field(default_factory=list)
    """Which fields are wrong, when the code is `invalid_parameter`."""

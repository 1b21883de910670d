"""Moments in time, as a query or a body names them."""

import re
from contextlib import suppress
from datetime import UTC
from typing import Annotated, Any

from pydantic import AwareDatetime, BeforeValidator, TypeAdapter, ValidationError

_READ: TypeAdapter[AwareDatetime] = TypeAdapter(AwareDatetime)
_DATED = re.compile(r"\s*\d{4}-", re.ASCII)


def _in_words(given: Any) -> Any:
    """In UTC, so that PostgreSQL has it, too: an offset may lead out of the calendar, at its ends."""
    if not isinstance(given, str):
        return given
    if not _DATED.match(given):
        raise ValueError("must be a moment in ISO 8601, with its offset")  # and no count of seconds
    with suppress(ValidationError):  # it is told of below
        moment = _READ.validate_python(given)  # a text also where a body is read strictly
        try:
            return moment.astimezone(UTC)
        except OverflowError:
            raise ValueError("must be between the years 1 and 9999, in UTC") from None
    return given


Moment = Annotated[AwareDatetime, BeforeValidator(_in_words)]
"""Of ISO 8601, with its offset."""

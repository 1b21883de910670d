"""What pydantic found wrong, in words of the API: they name the value's fault, never a library's inside."""

from collections.abc import Mapping
from typing import Any

_SENTENCES = {
    "missing": "is needed",
    "extra_forbidden": "unknown option",
    "string_type": "must be a text",
    "string_too_long": "is longer than {max_length} characters",
    "string_too_short": "is shorter than {min_length} characters",
    "string_pattern_mismatch": "is not of the form {pattern}",
    "string_unicode": "is not UTF-8",
    "enum": "must be {expected}",
    "literal_error": "must be {expected}",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "is too large",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a finite number",
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be at most {le}",
    "less_than": "must be less than {lt}",
    "too_long": "has more than {max_length} entries",
    "too_short": "has fewer than {min_length} entries",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "dict_type": "must be a JSON object",
    "model_type": "must be a JSON object",
    "model_attributes_type": "must be a JSON object",
    "uuid_type": "is not an id",
    "uuid_parsing": "is not an id",
    "timezone_aware": "needs a time zone",
}
"""By pydantic's error type: docs.pydantic.dev/latest/errors/validation_errors."""
LONGEST = 300


def sentence_of(found: Mapping[str, Any]) -> str:
    """One of pydantic's findings as a sentence without its subject."""
    kind = str(found["type"])
    if kind == "value_error":  # a validator's of ours
        return str(found["msg"]).removeprefix("Value error, ")[:LONGEST]
    if kind.startswith(("datetime_", "date_")):
        return "must be a moment in ISO 8601, like 2026-11-21T14:30:00Z"
    if kind.startswith("time_delta_"):
        return "must be a duration in ISO 8601, like P30D or PT12H"
    sentence = _SENTENCES.get(kind, "has a value that is not allowed")
    return sentence.format_map(found.get("ctx") or {})[:LONGEST]

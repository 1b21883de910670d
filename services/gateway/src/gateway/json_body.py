"""The JSON body of a request: bounded, and read only after the key was checked."""

from json import dumps
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel, ValidationError

from gateway import strict_json
from gateway.body import chunks
from gateway.problems import invalid, of_validation
from gateway.settings import GatewaySettings
from gateway.uploads import media_type

JSON = "application/json"
MOST_BYTES = 64 * 2**10
"""A template's prompt and schema have less than half of it, however they are escaped."""

Body = TypeVar("Body", bound=BaseModel)


def is_json(request: Request) -> bool:
    """By what the client says of it."""
    return media_type(request.headers.get("content-type", "")) == JSON


async def body_of(
    request: Request, kind: type[Body], settings: GatewaySettings, *, may_lack: bool = False
) -> Body:
    """As of an empty object without a body that `may_lack`. Raises Problem: INVALID_PARAMETER,
    UPLOAD_TOO_LARGE, UPLOAD_INCOMPLETE."""
    value = await object_of(request, settings, may_lack=may_lack)
    try:
        return kind.model_validate_json(dumps(value), strict=True)  # where false is no number, nor "7" one
    except ValidationError as error:
        raise of_validation(error.errors()) from None


async def object_of(
    request: Request, settings: GatewaySettings, most: int = MOST_BYTES, *, may_lack: bool = False
) -> dict[str, Any]:
    """An object of up to so many bytes, whatever is in it; an empty one without a body that `may_lack`.

    Raises as `body_of`.
    """
    arriving = chunks(request, most, settings.upload_pace)
    body = b"".join([chunk async for chunk in arriving])
    if not body and may_lack:
        return {}
    try:
        value = strict_json.parse(body.decode())
    except UnicodeDecodeError:
        raise invalid("body", "is not UTF-8") from None
    except ValueError as error:
        raise invalid("body", f"is not usable JSON: {error}"[:300]) from None
    if not isinstance(value, dict):
        raise invalid("body", "is not a JSON object")
    return value


def described(kind: type[BaseModel], example: dict[str, Any], *, may_lack: bool = False) -> dict[str, Any]:
    """For a route's `openapi_extra`."""
    content = {"schema": {"$ref": f"#/components/schemas/{kind.__name__}"}, "example": example}
    return {"requestBody": {"required": not may_lack, "content": {"application/json": content}}}

"""OpenAI's own client, unmodified, speaking to our gateway."""

from typing import Any, TypeVar

import httpx2
from fastapi import FastAPI
from openai import AsyncOpenAI
from openai._legacy_response import LegacyAPIResponse
from pydantic import BaseModel

Shape = TypeVar("Shape", bound=BaseModel)


def client_of(speaker: httpx2.AsyncClient, **given: Any) -> AsyncOpenAI:
    """It has the address and the key of that client, and tries nothing twice unless a test says so."""
    key = speaker.headers["authorization"].removeprefix("Bearer ")
    settings = {"api_key": key, "max_retries": 0, **given}
    return AsyncOpenAI(base_url=f"{str(speaker.base_url).rstrip('/')}/v1", **settings)


def inside(app: FastAPI, key: str, **given: Any) -> AsyncOpenAI:
    """Without a server between the two."""
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    http = httpx2.AsyncClient(transport=transport)
    settings = {"api_key": key, "max_retries": 0, **given}
    return AsyncOpenAI(base_url="http://gateway/v1", http_client=http, **settings)


def strictly(kind: type[Shape], answer: LegacyAPIResponse[Any]) -> Shape:
    """The answer as that model of OpenAI's: the client itself checks nothing that it reads."""
    return kind.model_validate_json(answer.text, strict=True)

"""Tenants, as an operator sees them. It needs a key with the scope `admin`."""

from collections.abc import Sequence
from datetime import date
from typing import TypedDict, Unpack

from pydantic_core import to_jsonable_python

from scribeline.client.asking import Resource, W, call
from scribeline.client.reading import answer
from scribeline.client.steps import Call, fields, path
from scribeline.contracts.api.tenants import TenantList, TenantView
from scribeline.contracts.api.usage import UsageView


class Settings(TypedDict, total=False):
    """None is the default again."""

    retention_days: int | None
    """Days after its end that a job is kept."""
    audio_minutes_per_month: float | None
    bytes_per_month: int | None
    jobs_in_flight: int | None
    models_allowed: Sequence[str] | None
    requests_per_second: float | None
    requests_burst: int | None


class Tenants(Resource[W]):
    @call
    def list(self) -> Call[TenantList]:
        return Call("GET", path("admin", "tenants"), answer(TenantList))

    @call
    def get(self, name: str) -> Call[TenantView]:
        return Call("GET", path("admin", "tenants", name), answer(TenantView))

    @call
    def create(self, name: str, **settings: Unpack[Settings]) -> Call[TenantView]:
        """It has no key yet: see `keys.create`."""
        body = to_jsonable_python({"name": name, **settings})
        return Call("POST", path("admin", "tenants"), answer(TenantView), json=body)

    @call
    def change(self, name: str, **settings: Unpack[Settings]) -> Call[TenantView]:
        """What is not named stays as it is."""
        body = to_jsonable_python(settings)
        return Call("PATCH", path("admin", "tenants", name), answer(TenantView), json=body)

    @call
    def usage(self, name: str, first: date | None = None, last: date | None = None) -> Call[UsageView]:
        """As `usage()`, of that tenant."""
        query = fields({"from": first, "to": last})
        return Call("GET", path("admin", "tenants", name, "usage"), answer(UsageView), query)

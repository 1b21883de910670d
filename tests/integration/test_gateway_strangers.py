"""Every operation of the API, asked by those who have no business there: they see nothing, change nothing."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import text

from gateway.auth import Scope
from result_writer.handler import Rules, store_results
from tests.support import births
from tests.support.api import Api
from tests.support.buckets import abort_all
from tests.support.roles import as_writer
from tests.support.strangers import ASKS, MARK, Ask, missing

ANN, BOB, BETA = "sl_of_ann", "sl_of_bob", "sl_of_beta"
TENANTS = {Scope.JOBS_READ, Scope.JOBS_WRITE, Scope.ACT_AS}
OF_ANN = (
    "job",
    "unit",
    "segment",
    "analysis",
    "idempotency",
    "event",
    "api_key",
    "upload",
    "webhook",
    "delivery",
)
OF_ACME = {"tenant": "name", "template": "tenant"}


@dataclass
class World:
    """What is ann's, of tenant acme; and where each operation is."""

    api: Api
    named: Mapping[str, str]
    places: Mapping[str, tuple[str, str]]
    """Method and path, by operation."""
    client: httpx2.AsyncClient

    async def answer(self, ask: Ask, headers: Mapping[str, str]) -> httpx2.Response:
        method, path = self.places[ask.operation]
        send = self._filled(ask.send)
        send["headers"] = {**send.get("headers", {}), **headers}
        return await self.client.request(method, path.format(**self._filled(ask.address)), **send)

    def _filled(self, given: Any) -> Any:
        if isinstance(given, str):
            for name, value in self.named.items():
                given = given.replace("{" + name + "}", value)
            return given
        if isinstance(given, Mapping):
            return {name: self._filled(value) for name, value in given.items()}
        return given

    async def anns(self) -> list[Any]:
        """All that is stored of her, and of what the whole tenant shares."""
        conditions = dict.fromkeys(OF_ANN, "tenant = 'acme' AND owner = 'ann'")
        conditions |= {table: f"{column} = 'acme'" for table, column in OF_ACME.items()}
        async with self.api.database.transaction() as session:
            return [
                (await session.run(text(f"SELECT t.*::text FROM {table} t WHERE {rows} ORDER BY 1"))).all()
                for table, rows in conditions.items()
            ]


@pytest.fixture
async def world(api: Api) -> AsyncIterator[World]:
    api.settings = api.settings.model_copy(update={"wrong_keys_per_minute": 0})
    everything = list(TENANTS)
    await api.add_key(ANN, owner="ann", name=MARK, scopes=[Scope.JOBS_READ, Scope.JOBS_WRITE])
    await api.add_key(BOB, owner="bob", scopes=[Scope.JOBS_READ, Scope.JOBS_WRITE])
    await api.add_key(BETA, tenant="beta", scopes=everything)
    async with api.client() as client:
        await client.put(f"/v1/templates/{MARK}", json={"description": MARK, "prompt": "x"})
        await client.put("/v1/rules", json={"action_item_found": {"owners": [MARK]}})
        made = (
            await api.send(
                key=ANN,
                idempotency=MARK,
                metadata=f'{{"note": "{MARK}"}}',
                tags=MARK,
                webhook_url=f"https://{MARK}.example",
                analyze="true",
            )
        ).json()
        job = UUID(made["id"])
        async with api.client(ANN) as ann:
            upload = (await ann.post("/v1/uploads", json={"bytes": 1, "filename": MARK})).json()["id"]
            hook = {"url": f"https://{MARK}.example", "description": MARK}
            webhook = (await ann.post("/v1/webhooks", json=hook)).json()["id"]
            delivery = (await ann.post(f"/v1/webhooks/{webhook}/test")).json()["id"]
        await mark_delivery(api, delivery)
        report = births.analysis(f"About the {MARK}.")
        for result in (births.short(job, f"The {MARK} is ours."), births.analyzed(job, made=report)):
            await store_results(
                [result], database=as_writer(api.database), rules=Rules(), committed=lambda: None
            )
        async with api.database.transaction() as session:
            event = (await session.run(text("SELECT id FROM event ORDER BY position LIMIT 1"))).scalar_one()
            key = (await session.run(text("SELECT id FROM api_key WHERE owner = 'ann'"))).scalar_one()
        app = client._transport.app  # type: ignore[attr-defined]  # an ASGITransport's
        document = app.openapi()
        places = {
            operation["operationId"]: (method.upper(), path)
            for path, methods in document["paths"].items()
            for method, operation in methods.items()
        }
        del client.headers["Authorization"]
        app.state.gateway.hub.close()  # so that streams end
        named = {"job": str(job), "upload": upload, "event": str(event), "key": str(key), "mark": MARK}
        named |= {"webhook": webhook, "delivery": delivery}
        yield World(api, named, places, client)
        await abort_all(api.store)


async def mark_delivery(api: Api, delivery: str) -> None:
    """As if a try had been answered with what nobody else is to read."""
    tries = f'[{{"at": "2026-11-22T00:00:00Z", "status": 500, "error": "x", "body": "{MARK}", "seconds": 1}}]'
    async with api.database.transaction() as session:
        await session.run(
            text("UPDATE delivery SET tries = CAST(:tries AS jsonb) WHERE id = :id"),
            {"tries": tries, "id": delivery},
        )


def bearer(key: str, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}", **more}


async def wrong(world: World, headers: Mapping[str, str], *expected: str | int) -> list[str]:
    """Requests that are answered otherwise than by one of these columns of ASKS (or by that status), or that
    tell what is somebody else's."""
    assert missing(set(world.places)) == ""
    found = []
    for ask in ASKS:
        answer = await world.answer(ask, headers)
        allowed = {getattr(ask, column) if isinstance(column, str) else column for column in expected}
        hidden = (ask.shared and expected == ("owner",)) or MARK not in made_elsewhere(answer)
        if answer.status_code not in allowed or not hidden:
            found.append(
                f"{ask.operation} {ask.send}: {answer.status_code}, not {allowed}: {answer.text[:300]}"
            )
    return found


def made_elsewhere(answer: httpx2.Response) -> str:
    """The answer without what it repeats of the question."""
    body = answer.text.replace(answer.request.url.path, "")
    return body.replace(f'"name":"{MARK}"', "") if answer.request.method == "PUT" else body


async def test_what_strangers_would_look_for_is_there(world: World) -> None:
    """Or the tests below would prove nothing."""
    async with world.api.client(ANN) as ann:
        for place in ("", "/transcript", "/analysis", "/events"):
            answer = await ann.get(f"/v1/jobs/{world.named['job']}{place}")
            assert (answer.status_code, MARK in answer.text) == (200, True), answer.text
        for query in ({}, {"tag": MARK}, {"metadata": f'{{"note": "{MARK}"}}'}):
            assert MARK in (await ann.get("/v1/jobs", params=query)).text
        assert MARK in (await ann.get("/v1/search", params={"q": MARK})).text
        for place in ("webhooks", "deliveries", "webhooks/{webhook}", "deliveries/{delivery}"):
            assert MARK in (await ann.get(f"/v1/{place.format(**world.named)}")).text, place


async def test_every_operation_has_its_line() -> None:
    assert missing({ask.operation for ask in ASKS}) == ""
    told = missing({"listSecrets"} | {ask.operation for ask in ASKS})
    assert told.startswith("listSecrets has no line in ASKS of tests/support/strangers.py: add one Ask")


@pytest.mark.parametrize(
    "headers", [{}, bearer("sl_guessed"), {"X-API-Key": ""}], ids=("none", "wrong", "empty")
)
async def test_without_a_key_nothing_is_told(world: World, headers: dict[str, str]) -> None:
    before = await world.anns()
    assert await wrong(world, headers, 401) == []
    assert await world.anns() == before


async def test_what_another_tenant_has_is_not_there(world: World) -> None:
    before = await world.anns()
    assert await wrong(world, bearer(BETA), "tenant") == []
    assert await world.anns() == before


async def test_nor_is_it_for_another_tenant_that_may_name_any_owner(world: World) -> None:
    before = await world.anns()
    assert await wrong(world, bearer(BETA, **{"X-Scribeline-Owner": "ann"}), "tenant", "owner") == []
    assert await world.anns() == before


async def test_what_another_user_of_the_tenant_has_is_not_there(world: World) -> None:
    before = await world.anns()
    assert await wrong(world, bearer(BOB), "owner") == []
    assert await world.anns() == before


async def test_nobody_acts_as_another_without_the_scope(world: World) -> None:
    assert await wrong(world, bearer(BOB, **{"X-Scribeline-Owner": "ann"}), 403) == []


@pytest.mark.parametrize("lacking", [Scope.JOBS_READ, Scope.JOBS_WRITE, Scope.ADMIN])
async def test_whose_key_lacks_the_scope_may_do_nothing_that_needs_it(world: World, lacking: Scope) -> None:
    """Also to what is its owner's own."""
    key = f"sl_without_{lacking}"
    await world.api.add_key(key, owner="ann", scopes=sorted(set(Scope) - {lacking}))
    before = await world.anns()
    for ask in ASKS:
        if ask.needs is lacking:
            answer = await world.answer(ask, bearer(key))
            assert (answer.status_code, MARK in made_elsewhere(answer)) == (403, False), ask
    assert await world.anns() == before


async def test_the_database_shows_no_more_than_the_routes_do(world: World) -> None:
    """A statement that forgot its condition, asked as another tenant."""
    async with world.api.records._database.transaction("beta") as session:
        for table in (*OF_ANN, "template", "outbox", "job_sought"):
            rows = (await session.run(text(f"SELECT t.*::text FROM {table} t"))).scalars()
            assert [row for row in rows if MARK in row] == [], table

"""Who may do what, and that others' jobs are not there."""

from datetime import UTC, datetime, timedelta
from json import dumps
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from gateway.auth import KeyRing, Scope, new_key
from gateway.bootstrap import add_bootstrap_key
from gateway.problems import of_validation
from gateway.routes.keys import NewKey
from tests.support.gateway import DATABASE_DOWN, SECRET, Desk, desk, job_row

ROUTES = {
    Scope.JOBS_WRITE: ("POST", "/v1/jobs", 422),
    Scope.JOBS_READ: ("GET", "/v1/jobs", 200),
    Scope.ADMIN: ("GET", "/v1/keys", 200),
}


async def ask(at: Desk, headers: Any, path: str = "/v1/jobs", method: str = "GET") -> tuple[int, str]:
    async with at.client() as client:
        answer = await client.request(method, path, headers=headers)
    return answer.status_code, answer.json().get("code", "") if answer.content else ""


@pytest.mark.parametrize("has", Scope)
@pytest.mark.parametrize("needs", ROUTES)
async def test_a_key_opens_what_its_scopes_say(has: Scope, needs: Scope) -> None:
    at = desk()
    method, path, opened = ROUTES[needs]
    status, code = await ask(at, at.key(scopes=[has]), path, method)
    assert (status, code == "forbidden") == ((opened, False) if has is needs else (403, True))


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("Authorization", "Bearer sl_other")],
        [("Authorization", "Basic c2xfdGVzdDo=")],
        [("Authorization", "Bearer")],
        [("Authorization", "Bearer " + "x" * 10_000)],
        [("Authorization", "Bearer sl_t\xe9st")],
        [("X-API-Key", "sl_test"), ("X-API-Key", "sl_other")],
        [("Authorization", "Bearer sl_test"), ("X-API-Key", "sl_other")],
    ],
)
async def test_without_one_valid_key_there_is_no_answer(headers: list[tuple[str, str]]) -> None:
    at = desk()
    at.key()
    sent = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    async with at.client() as client:
        answer = await client.get("/v1/jobs", headers=sent)
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["www-authenticate"] == "Bearer"


async def test_a_key_is_taken_from_either_header() -> None:
    at = desk()
    at.key()
    assert await ask(at, {"X-API-Key": "sl_test"}) == (200, "")
    assert await ask(at, {"Authorization": "bearer sl_test", "X-API-Key": "sl_test"}) == (200, "")


@pytest.mark.parametrize(
    "ended",
    [
        {"revoked_at": datetime.now(UTC)},
        {"expires_at": datetime.now(UTC) - timedelta(seconds=1)},
    ],
)
async def test_a_revoked_or_expired_key_opens_nothing(ended: dict[str, Any]) -> None:
    at = desk()
    assert await ask(at, at.key(**ended)) == (401, "unauthenticated")


async def test_a_database_that_is_away_is_told_as_such_not_as_a_bad_key() -> None:
    at = desk()
    at.records.failure = DATABASE_DOWN
    assert await ask(at, at.key()) == (503, "database_unavailable")


async def test_others_jobs_are_not_there() -> None:
    at = desk()
    mine = at.records.add(job_row("acme", "ann"))
    at.records.add(job_row("acme", "bob"))
    at.records.add(job_row("other", "ann"))
    anns = at.key("sl_ann", owner="ann")
    everyones = at.key("sl_all")
    async with at.client() as client:
        listed = (await client.get("/v1/jobs", headers=anns)).json()["jobs"]
        all_listed = (await client.get("/v1/jobs", headers=everyones)).json()["jobs"]
        statuses = {
            (row.tenant, row.owner): [
                (await client.get(f"/v1/jobs/{row.id}{what}", headers=anns)).status_code
                for what in ("", "/transcript", "/analysis")
            ]
            for row in at.records.rows.values()
        }
    assert [job["id"] for job in listed] == [str(mine.id)]
    assert {job["owner"] for job in all_listed} == {"ann", "bob"}
    assert statuses == {
        ("acme", "ann"): [200, 409, 409],
        ("acme", "bob"): [404, 404, 404],
        ("other", "ann"): [404, 404, 404],
    }


async def test_a_key_that_may_act_for_others_sees_one_owner_at_a_time() -> None:
    at = desk()
    at.records.add(job_row("acme", "zoë"))
    key = at.key(scopes=[Scope.JOBS_READ, Scope.ACT_AS])
    async with at.client(key) as client:
        seen = [
            len((await client.get("/v1/jobs", headers={b"X-Scribeline-Owner": name.encode()})).json()["jobs"])
            for name in ("zoë", "bob")
        ]
    assert seen == [1, 0]


async def test_an_ordinary_key_cannot_name_an_owner() -> None:
    at = desk()
    assert await ask(at, {**at.key(), "X-Scribeline-Owner": "bob"}) == (403, "forbidden")


@pytest.mark.parametrize("owner", [b"", b"x" * 129, b"a\tb", b"\xff", b"\xc2\x85"])
async def test_an_owner_must_be_a_short_printable_name(owner: bytes) -> None:
    at = desk()
    key = at.key(scopes=[Scope.JOBS_READ, Scope.ACT_AS])
    headers = [(b"X-Scribeline-Owner", owner), (b"Authorization", key["Authorization"].encode())]
    assert await ask(at, headers) == (422, "invalid_parameter")


async def test_a_key_is_believed_for_a_few_seconds_and_not_longer() -> None:
    at = desk()
    at.key()
    now = 0.0
    ring = KeyRing(SECRET, at.records.find_key, cache_seconds=3, clock=lambda: now)
    assert await ring.principal("sl_test")
    row = at.records.key_rows[ring.digest("sl_test")]
    at.records.key_rows[ring.digest("sl_test")] = row.model_copy(update={"revoked_at": datetime.now(UTC)})
    now = 2.9
    assert await ring.principal("sl_test")
    assert at.records.finds == 1
    now = 3.0
    assert await ring.principal("sl_test") is None


def test_keys_are_long_random_and_stored_only_under_the_installations_secret() -> None:
    assert len({new_key() for _ in range(100)}) == 100
    assert all(key.startswith("sl_") and len(key) == 46 for key in (new_key(), new_key()))
    at = desk()
    assert at.ring.digest("sl_a") != KeyRing("other", at.records.find_key, cache_seconds=0).digest("sl_a")


async def test_an_operator_makes_lists_and_revokes_keys() -> None:
    at = desk()
    async with at.client(at.key("sl_root", scopes=[Scope.ADMIN])) as client:
        made = await client.post("/v1/keys", json={"name": "app", "tenant": "new", "scopes": ["jobs:read"]})
        key = made.json()
        listed = (await client.get("/v1/keys", params={"tenant": "new"})).json()["keys"]
        opened = await ask(at, {"X-API-Key": key["key"]})
        revoked = [(await client.delete(f"/v1/keys/{key['id']}")).status_code for _ in range(2)]
        closed = await ask(at, {"X-API-Key": key["key"]})
        missing = [(await client.delete(f"/v1/keys/{id_}")).status_code for id_ in ("x", "0" * 32)]
    assert made.status_code == 201
    assert listed == [{name: value for name, value in key.items() if name != "key"}]
    assert key["key"].startswith(key["prefix"])
    assert (opened, revoked, closed, missing) == ((200, ""), [204, 204], (401, "unauthenticated"), [404, 404])


@pytest.mark.parametrize(
    "wrong",
    [
        {"scopes": []},
        {"scopes": ["root"]},
        {"tenant": "Not A Tenant"},
        {"tenant": "x" * 41},
        {"owner": "a\0b"},
        {"owner": "\ud800"},
        {"name": "a\nb"},
        {"name": "\0"},
        {"expires_at": "2020-01-01T00:00:00Z"},
        {"expires_at": "2040-01-01T00:00:00"},
        {"expires_at": "9999-12-31T23:59:59-23:59"},
        {"expires_at": "4102444800"},
        {"expires_at": 4102444800},
        {"owner": "ann", "scopes": ["admin"]},
        {"unknown": 1},
        {"\ud800": 1},
    ],
)
async def test_a_key_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    at = desk()
    async with at.client(at.key("sl_root", scopes=[Scope.ADMIN])) as client:
        answer = await client.post(
            "/v1/keys", content=dumps(wrong), headers={"content-type": "application/json"}
        )
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_parameter"), answer.text
    assert len(at.records.key_rows) == 1


def test_what_is_wrong_is_told_in_words_of_the_api() -> None:
    with pytest.raises(ValidationError) as found:
        NewKey.model_validate({"name": "a\nb", "colour": "red"})

    told = {error.field: error.message for error in of_validation(found.value.errors()).errors}

    assert told == {"name": "may hold printable characters only", "colour": "unknown option"}


async def test_the_bootstrap_key_opens_everything_and_stays_revoked(tmp_path: Path) -> None:
    at = desk()
    file = tmp_path / "key"
    file.write_text("sl_bootstrap_for_tests\n")
    await add_bootstrap_key(file, at.records, at.ring)
    header = {"X-API-Key": "sl_bootstrap_for_tests"}
    assert [await ask(at, header, path) for path in ("/v1/jobs", "/v1/keys")] == [(200, "")] * 2
    [row] = at.records.key_rows.values()
    assert row.tenant == "default"
    await at.records.revoke_key(row.id)
    await add_bootstrap_key(file, at.records, at.ring)
    assert await ask(at, header) == (401, "unauthenticated")


@pytest.mark.parametrize("content", ["", "short", "two words, not a key", "ü" * 20, "x" * 201])
async def test_a_file_without_a_usable_key_is_refused(tmp_path: Path, content: str) -> None:
    at = desk()
    file = tmp_path / "key"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(ValueError, match="must hold one API key"):
        await add_bootstrap_key(file, at.records, at.ring)
    assert at.records.key_rows == {}

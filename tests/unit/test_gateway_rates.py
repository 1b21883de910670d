"""How fast a key may ask, and how often a wrong one may be tried."""

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx2
import pytest
from fastapi import Request
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gateway.auth import Scope
from gateway.leaving import LEFT
from gateway.limits.buckets import Buckets, Rate
from gateway.limits.guesses import AT_ONCE, WAITING, Guesses, address_of
from gateway.limits.rates import Rates, headers_of
from gateway.main import _config
from gateway.places import KEPT
from scribeline.contracts.api.tenants import SLOWEST, TenantLimits
from tests.support.gateway import DATABASE_DOWN, Desk, desk, settings
from tests.support.waiting import eventually

SLOW = Rate(0.5, 3)
"""Three at once, then one every two seconds."""


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_may_come_at_once_and_then_one_whenever_there_is_a_token() -> None:
    clock = Clock()
    buckets = Buckets(10, clock)
    assert [(v.allowed, v.left) for v in (buckets.take("a", SLOW) for _ in range(4))] == [
        (True, 2), (True, 1), (True, 0), (False, 0),
    ]  # fmt: skip
    assert buckets.take("a", SLOW).next_in == pytest.approx(2)
    clock.now += 1.9
    assert not buckets.take("a", SLOW).allowed
    clock.now += 0.1
    assert buckets.take("a", SLOW).allowed
    assert not buckets.take("a", SLOW).allowed
    clock.now += 3600
    assert buckets.look("a", SLOW).left == 2
    assert [buckets.take("a", SLOW).allowed for _ in range(4)] == [True, True, True, False]


@given(
    st.floats(0.01, 1000),
    st.integers(1, 500),
    st.lists(st.floats(0, 30), min_size=1, max_size=60),
)
def test_never_more_than_the_burst_and_what_time_gave(
    per_second: float, burst: int, pauses: list[float]
) -> None:
    clock = Clock()
    buckets, rate, came = Buckets(3, clock), Rate(per_second, burst), 0
    for pause in pauses:
        clock.now += pause
        verdict = buckets.take("a", rate)
        came += verdict.allowed
        assert 0 <= verdict.left < burst
        assert verdict.full_in <= rate.window + 1e-3
        if not verdict.allowed:
            clock.now += verdict.next_in
            assert buckets.look("a", rate).allowed
    assert came <= burst + (clock.now - Clock.now) * per_second + 1


def test_who_had_to_wait_for_a_slow_rate_does_not_when_it_is_raised() -> None:
    now = [0.0]
    buckets = Buckets(2, clock=lambda: now[0])
    slow, fast = Rate(0.1, 6), Rate(200, 1000)
    while buckets.take("key", slow).allowed:
        pass
    verdict = buckets.take("key", fast)
    assert not verdict.allowed
    assert verdict.full_in <= fast.window
    now[0] += 1 / 200
    assert buckets.take("key", fast).allowed


def test_one_asks_at_no_others_expense_and_memory_is_bounded() -> None:
    buckets = Buckets(2, Clock())
    for _ in range(3):
        buckets.take("a", SLOW)
    assert buckets.take("b", SLOW).left == 2
    assert not buckets.take("a", SLOW).allowed
    assert buckets.take("c", SLOW).left == 2
    assert len(buckets._full_at) == 2
    assert not buckets.take("a", SLOW).allowed  # asked about last, so that b was forgotten


def test_the_headers_are_those_of_the_draft() -> None:
    rate = Rate(3, 10)
    verdict = Buckets(1, Clock()).take("a", rate)
    assert headers_of(rate, verdict) == {
        "RateLimit-Policy": '"key";q=10;w=4',
        "RateLimit": '"key";r=9;t=1',
    }


def test_the_slowest_rate_can_be_told_and_a_slower_one_is_none() -> None:
    rate = Rate(SLOWEST, 10**6)
    headers = headers_of(rate, Buckets(1, Clock()).take("a", rate))
    assert headers["RateLimit-Policy"] == '"key";q=1000000;w=1000000000'
    for slower in (SLOWEST / 2, 1e-310, -1, float("nan")):
        with pytest.raises(ValidationError):
            settings(rate_limit_per_second=slower)
        with pytest.raises(ValidationError):
            TenantLimits(requests_per_second=slower)
    assert TenantLimits(requests_per_second=SLOWEST).requests_per_second == SLOWEST


async def get(at: Desk, headers: dict[str, str], path: str = "/v1/jobs") -> httpx2.Response:
    async with at.client() as client:
        return await client.get(path, headers=headers)


def at_a_standstill(at: Desk, gateway: Any) -> None:
    """No token comes while the test runs."""
    gateway.__dict__["rates"] = Rates(at.settings, Buckets(100, Clock()))
    gateway.__dict__["guesses"] = Guesses(at.settings, Buckets(100, Clock()))


def slow_desk(**changes: Any) -> Desk:
    at = desk(**{"rate_limit_per_second": 0.5, "rate_limit_burst": 2, **changes})
    at_a_standstill(at, at.app.state.gateway)
    return at


async def test_who_asks_too_fast_is_told_when_to_come_back() -> None:
    at = slow_desk()
    mine, other = at.key("sl_mine"), at.key("sl_other")
    answers = [await get(at, mine) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert [answer.headers["ratelimit"] for answer in answers] == [
        '"key";r=1;t=2', '"key";r=0;t=4', '"key";r=0;t=4',
    ]  # fmt: skip
    assert {answer.headers["ratelimit-policy"] for answer in answers} == {'"key";q=2;w=4'}
    assert (answers[2].json()["code"], answers[2].headers["retry-after"]) == ("rate_limited", "2")
    assert (await get(at, other)).status_code == 200


async def test_what_is_refused_for_another_reason_counts_and_says_so() -> None:
    at = slow_desk()
    key = at.key(scopes=[Scope.JOBS_WRITE])
    answers = [await get(at, key), await get(at, key, "/v1/jobs/none"), await get(at, key)]
    assert [answer.status_code for answer in answers] == [403, 403, 429]
    assert all("ratelimit" in answer.headers for answer in answers)


async def test_openais_clients_are_told_in_their_own_words() -> None:
    at = slow_desk(rate_limit_burst=1)
    key = at.key()
    async with at.client(key) as client:
        await client.post("/v1/audio/transcriptions")
        answer = await client.post("/v1/audio/transcriptions")
    assert (answer.status_code, answer.json()["error"]["type"]) == (429, "rate_limit_error")
    assert (answer.headers["retry-after"], answer.headers["x-should-retry"]) == ("2", "true")


async def test_health_is_never_limited() -> None:
    at = slow_desk(rate_limit_burst=1)
    answers = [await get(at, {}, path) for path in ("/healthz", "/metrics", "/healthz", "/metrics")]
    assert [answer.status_code for answer in answers] == [200] * 4
    assert not any("ratelimit" in answer.headers for answer in answers)


@pytest.mark.parametrize(
    ("limits", "statuses"),
    [
        ({}, [200, 200, 429]),
        ({"requests_burst": 1}, [200, 429, 429]),
        ({"requests_per_second": 0}, [200, 200, 200]),
        ({"requests_per_second": 9, "requests_burst": 3}, [200, 200, 200]),
    ],
)
async def test_a_tenants_own_rate_takes_the_place_of_the_servers(
    limits: dict[str, Any], statuses: list[int]
) -> None:
    at = slow_desk()
    at.records.limits_of["acme"] = TenantLimits(**limits)
    key = at.key()
    assert [(await get(at, key)).status_code for _ in range(3)] == statuses


async def test_without_a_rate_nothing_is_counted() -> None:
    at = slow_desk(rate_limit_per_second=0)
    key = at.key()
    answers = [await get(at, key) for _ in range(5)]
    assert {(answer.status_code, "ratelimit" in answer.headers) for answer in answers} == {(200, False)}


def wrong(number: int) -> dict[str, str]:
    return {"Authorization": f"Bearer sl_wrong_{number}"}


async def test_after_some_wrong_keys_the_guesser_is_told_to_wait() -> None:
    at = slow_desk(wrong_keys_per_minute=3, rate_limit_per_second=0)
    answers = [await get(at, wrong(n)) for n in range(5)]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 429, 429]
    assert (answers[4].json()["code"], answers[4].headers["retry-after"]) == ("rate_limited", "20")


@pytest.mark.parametrize("budget", ["wrong_keys_per_minute", "wrong_keys_per_minute_in_all"])
async def test_a_right_key_that_is_new_here_works_whatever_was_guessed(budget: str) -> None:
    at = slow_desk(**{budget: 3, "rate_limit_per_second": 0})
    key = at.key("sl_new")
    assert [(await get(at, wrong(n))).status_code for n in range(5)] == [401, 401, 401, 429, 429]
    assert (await get(at, key)).status_code == 200
    among = await asyncio.gather(*(get(at, wrong(n)) for n in range(40)), get(at, at.key("sl_newer")))
    assert {answer.status_code for answer in among[:-1]} == {429}
    assert among[-1].status_code == 200


class LookUps:
    """Of an `Event` that is set they end; counts how many there are at a time."""

    def __init__(self, at: Desk) -> None:
        self.end, self.now, self.most, self.all = asyncio.Event(), 0, 0, 0
        self._find = at.ring._find
        at.ring._find = self

    async def __call__(self, digest: bytes) -> Any:
        self.all += 1
        self.now += 1
        self.most = max(self.most, self.now)
        await self.end.wait()
        self.now -= 1
        return await self._find(digest)


async def waiting(at: Desk, keys: Sequence[dict[str, str]], address: str) -> "list[asyncio.Task[int]]":
    """Requests from there, each as far as it gets."""

    async def one(key: dict[str, str]) -> int:
        transport = httpx2.ASGITransport(at.app, client=(address, 1))
        async with httpx2.AsyncClient(transport=transport, base_url="http://g", headers=key) as client:
            return (await client.get("/v1/jobs")).status_code

    tasks = [asyncio.create_task(one(key)) for key in keys]
    for _ in range(100):
        await asyncio.sleep(0)
    return tasks


async def test_guesses_cost_the_database_a_few_queries_at_a_time() -> None:
    at = slow_desk(wrong_keys_per_minute=50, rate_limit_per_second=0)
    looked_up = LookUps(at)
    tasks = await waiting(at, [wrong(n) for n in range(60)], "192.0.2.1")
    await eventually(lambda: looked_up.now == AT_ONCE)
    looked_up.end.set()
    assert sorted(await asyncio.gather(*tasks)) == [401] * 50 + [429] * 10
    assert looked_up.most == AT_ONCE

    looked_up.end.clear()
    looked_up.most = 0
    tasks = await waiting(at, [wrong(n) for n in range(10)], "192.0.2.1")
    await eventually(lambda: looked_up.now == 1)
    tasks += await waiting(at, [at.key("sl_new")], "192.0.2.2")
    await eventually(lambda: looked_up.now == 2)  # nobody else waits for a guesser
    looked_up.end.set()
    assert await asyncio.gather(*tasks) == [429] * 10 + [200]
    assert looked_up.most == 2, "who guessed too often is looked up one at a time"


async def test_only_so_many_wait_and_one_address_leaves_places_to_others() -> None:
    at = slow_desk(wrong_keys_per_minute=1, rate_limit_per_second=0)
    assert (await get(at, wrong(0))).status_code == 401
    looked_up = LookUps(at)
    flood = await waiting(at, [wrong(n) for n in range(WAITING + 10)], "127.0.0.1")
    assert len([task for task in flood if task.done()]) == WAITING // KEPT + 10
    other = await waiting(at, [at.key("sl_new")], "192.0.2.2")
    looked_up.end.set()
    assert await asyncio.gather(*other) == [200]
    assert set(await asyncio.gather(*flood)) == {429}
    assert looked_up.all == WAITING - WAITING // KEPT + 1


async def test_for_a_client_that_left_no_key_is_looked_up() -> None:
    at = slow_desk(rate_limit_per_second=0)

    async def without_client(scope: Any, receive: Any, send: Any) -> None:
        scope[LEFT] = True
        await at.app(scope, receive, send)

    transport = httpx2.ASGITransport(without_client)
    async with httpx2.AsyncClient(transport=transport, base_url="http://g", headers=wrong(1)) as client:
        await client.get("/v1/jobs")
    assert at.records.finds == 0


async def test_a_key_that_was_right_before_waits_for_no_guesser() -> None:
    at = slow_desk(wrong_keys_per_minute=1, rate_limit_per_second=0)
    mine = at.key("sl_mine")
    assert [(await get(at, key)).status_code for key in (mine, wrong(1))] == [200, 401]
    looked_up = LookUps(at)
    flood = await waiting(at, [wrong(n) for n in range(WAITING)], "127.0.0.1")
    at.ring._cache_seconds = 60
    assert (await get(at, mine)).status_code == 200
    looked_up.end.set()
    await asyncio.gather(*flood)


async def test_a_key_that_was_revoked_is_a_wrong_one_from_then_on() -> None:
    at = slow_desk(wrong_keys_per_minute=3, rate_limit_per_second=0)
    key, admin = at.key("sl_mine"), at.key("sl_admin", scopes=[Scope.ADMIN])
    assert (await get(at, key)).status_code == 200
    row = at.records.key_rows[at.ring.digest("sl_mine")]
    async with at.client(admin) as client:
        assert (await client.delete(f"/v1/keys/{row.id}")).status_code == 204
    assert [(await get(at, key)).status_code for _ in range(5)] == [401, 401, 401, 429, 429]


async def test_right_keys_and_a_database_that_is_away_cost_no_guesses() -> None:
    at = slow_desk(wrong_keys_per_minute=2, rate_limit_per_second=0)
    keys = [at.key(f"sl_{n}") for n in range(9)]
    assert {answer.status_code for answer in await asyncio.gather(*(get(at, key) for key in keys))} == {200}
    at.records.failure = DATABASE_DOWN
    assert {(await get(at, wrong(n))).status_code for n in range(5)} == {503}
    at.records.failure = None
    assert [(await get(at, wrong(n))).status_code for n in range(3)] == [401, 401, 429]


async def test_guesses_from_everywhere_have_a_bound_too() -> None:
    at = slow_desk(wrong_keys_per_minute=0, wrong_keys_per_minute_in_all=2, rate_limit_per_second=0)
    assert [(await get(at, wrong(n))).status_code for n in range(3)] == [401, 401, 429]


async def test_what_is_no_key_at_all_is_no_guess() -> None:
    at = slow_desk(wrong_keys_per_minute=1, rate_limit_per_second=0)
    assert [(await get(at, {})).status_code for _ in range(4)] == [401] * 4


@pytest.mark.parametrize(
    ("host", "counted_as"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("x" * 1000, "x" * 64),
        ("", ""),
    ],
)
def test_an_address_counts_with_its_neighbours(host: str, counted_as: str) -> None:
    assert address_of(Request({"type": "http", "client": (host, 1), "headers": []})) == counted_as


def test_who_has_no_address_is_somebody_too() -> None:
    assert address_of(Request({"type": "http", "client": None, "headers": []})) == ""


@pytest.mark.parametrize("given", ["*", "proxy.corp", "10.0.0.1/8", "10.0.0.0/33"])
def test_only_addresses_and_networks_can_be_trusted(given: str) -> None:
    with pytest.raises(ValidationError):
        settings(trusted_proxies=given)
    assert settings(trusted_proxies="10.0.0.0/8, ::1").trusted_proxies == ("10.0.0.0/8", "::1/128")


@pytest.mark.parametrize(
    ("trusted", "statuses"),
    [((), [401, 429, 429]), (("10.9.0.0/16",), [401, 429, 429]), (("10.1.0.0/16",), [401, 401, 429])],
)
async def test_who_comes_through_a_proxy_is_known_by_its_word_only_where_that_is_trusted(
    trusted: tuple[str, ...], statuses: list[int]
) -> None:
    at = slow_desk(wrong_keys_per_minute=1, trusted_proxies=trusted)
    config = _config(at.app, at.settings)
    config.load()
    transport = httpx2.ASGITransport(config.loaded_app, client=("10.1.2.3", 1))
    answered = []
    async with httpx2.AsyncClient(transport=transport, base_url="http://g", headers=wrong(1)) as client:
        for client_address in ("192.0.2.1", "192.0.2.2", "192.0.2.2"):
            answer = await client.get("/v1/jobs", headers={"X-Forwarded-For": client_address})
            answered.append(answer.status_code)
    assert answered == statuses

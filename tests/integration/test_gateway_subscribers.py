"""Subscribers over the API: made, listed, rotated and removed on a real broker."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from aio_pika.abc import AbstractIncomingMessage
from pydantic import SecretStr

from gateway.settings import GatewaySettings
from scribeline.messaging.broker import Broker
from scribeline.messaging.management_api import Calls, ManagementApi
from scribeline.messaging.publisher import Publisher
from scribeline.messaging.subscribers import Subscribers
from scribeline.messaging.topology import topology
from tests.support import subscribers
from tests.support.api import Api
from tests.support.servers import Servers
from tests.support.subscribers import (
    announce,
    ask,
    can_connect,
    connected,
    exists,
    make,
    places,
    queue_of,
    read_log,
    take,
)
from tests.support.waiting import eventually

ACME = ("job.completed.acme", "transcript.completed.acme", "webhook.paused.acme")


@pytest.fixture
async def desk(api: Api, broker: Broker, servers: Servers) -> AsyncIterator[Api]:
    async with subscribers.desk(api, broker, servers) as ready:
        yield ready


@pytest.fixture
def management(desk: Api) -> ManagementApi:
    """As an operator uses it by hand."""
    return ManagementApi(desk.management_url, desk.broker.url)


def of(desk: Api) -> Subscribers:
    return Subscribers(desk.management_url, desk.broker.url, desk.broker.topology.prefix)


async def test_a_subscriber_is_given_its_tenants_events_at_the_address_it_was_told(
    desk: Api, publisher: Publisher
) -> None:
    answer = await ask(desk, "POST", json={"name": "billing", "tenant": "acme"})

    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"] == "/v1/admin/subscribers/billing"
    assert answer.headers["Cache-Control"] == "no-store"
    made, prefix = answer.json(), desk.broker.topology.prefix
    assert made["queue"] == f"{prefix}scribeline.sub.acme.billing"
    assert made["log"] == f"{prefix}scribeline.public.log.acme"
    assert (made["tenant"], made["types"], made["ready"]) == ("acme", [], True)
    assert (made["max_length"], made["max_bytes"]) == (100_000, 256 * 2**20)
    await announce(publisher, ACME[0], "job.completed.beta", *ACME[1:])
    assert await take(made["url"], made["queue"], 10) == list(ACME)
    assert await read_log(made["url"], made["log"], "first", 3) == list(ACME)


async def test_its_address_is_the_brokers_or_the_one_that_the_operator_names(desk: Api) -> None:
    url, own = urlsplit((await make(desk))["url"]), urlsplit(desk.broker.url)
    assert (url.scheme, url.hostname, url.port, url.path) == ("amqp", own.hostname, own.port, "/%2F")
    assert url.username == f"{desk.broker.topology.prefix}scribeline.sub.acme.billing"
    assert len(url.password or "") >= 43

    desk.settings = desk.settings.model_copy(update={"amqp_public_url": "amqps://events.example.com:5671"})
    url = urlsplit((await make(desk, "other"))["url"])
    assert (url.scheme, url.hostname, url.port) == ("amqps", "events.example.com", 5671)


async def test_of_named_types_it_is_given_no_other(desk: Api, publisher: Publisher) -> None:
    types = ["webhook.paused", "job.completed", "job.completed"]
    made = await make(desk, types=types)

    await announce(publisher, *ACME)

    assert made["types"] == ["job.completed", "webhook.paused"]
    assert await take(made["url"], made["queue"], 10) == [ACME[0], ACME[2]]
    assert (await ask(desk, "GET", "/billing")).json()["types"] == ["job.completed", "webhook.paused"]


async def test_an_operators_own_hears_every_tenant(desk: Api, publisher: Publisher) -> None:
    made = await make(desk, tenant=None, all_tenants=True)
    some = await make(desk, "some", tenant=None, all_tenants=True, types=["job.failed"])

    both = ["job.failed.acme", "job.completed.beta"]
    await announce(publisher, *both)

    assert (made["tenant"], made["queue"].endswith("scribeline.sub._all.billing")) == (None, True)
    assert await take(made["url"], made["queue"], 5) == both
    assert await take(some["url"], some["queue"], 5) == both[:1]
    assert await read_log(made["url"], made["log"], "first", 2) == both


async def test_a_full_queue_drops_the_oldest_and_refuses_nothing(desk: Api, publisher: Publisher) -> None:
    made = await make(desk, max_length=5)
    small = await make(desk, "small", max_bytes=3 * len("job.failed0.acme"))

    sent = [f"job.failed{n}.acme" for n in range(10)]
    await announce(publisher, *sent)  # each is confirmed, or this raises

    assert await take(made["url"], made["queue"], 10) == sent[5:]
    assert await take(small["url"], small["queue"], 10) == sent[7:]


async def test_the_list_shows_what_waits_and_who_takes_it(desk: Api, publisher: Publisher) -> None:
    made = await make(desk, max_length=7, max_bytes=8_000)
    await make(desk, "another", tenant="beta")
    await announce(publisher, *ACME)
    shown = {field: value for field, value in made.items() if field != "url"}

    async with connected(made["url"]) as connection:
        queue = await queue_of(connection, made["queue"])
        await queue.consume(keep)

        async def told() -> bool:
            found = (await ask(desk, "GET")).json()["subscribers"]
            assert [each["name"] for each in found] == ["another", "billing"]
            return bool(found[1] == {**shown, "messages": 3, "consumers": 1})

        await eventually(told, within=60)
    assert "url" not in (await ask(desk, "GET", "/billing")).json()


WRONG: tuple[dict[str, Any], ...] = (
    {"name": ""},
    {"name": "a" * 41},
    {"name": "A"},
    {"name": "a.b"},
    {"name": "a\n"},
    {"name": "../a"},
    {"name": "#"},
    {"name": "a|b"},
    {"name": "_all"},
    {"name": None},
    {"tenant": None},
    {"tenant": "acme", "all_tenants": True},
    {"tenant": "nobody"},
    {"tenant": "_all"},
    {"tenant": "*"},
    {"types": ["job.nonsense"]},
    {"types": ["webhook.ping"]},
    {"types": ["#"]},
    {"types": ["*.*"]},
    {"types": "job.failed"},
    {"max_length": 0},
    {"max_length": 10_000_001},
    {"max_bytes": 0},
    {"max_length": True},
    {"more": 1},
)


async def test_what_is_not_allowed_is_a_422_that_makes_nothing(desk: Api) -> None:
    for given in WRONG:
        answer = await ask(desk, "POST", json={"name": "billing", "tenant": "acme", **given})
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_parameter"), given
    assert await places(of(desk)) == set()


async def test_a_name_is_one_subscribers_in_the_whole_installation(desk: Api) -> None:
    made = await make(desk)
    for of_whom in ({"tenant": "acme"}, {"tenant": "beta"}, {"all_tenants": True}):
        again = await ask(desk, "POST", json={"name": "billing", **of_whom})
        assert (again.status_code, again.json()["code"]) == (409, "subscriber_exists")
    assert await can_connect(made["url"])


async def test_of_several_makers_of_a_name_one_wins_at_whatever_gateway(desk: Api) -> None:
    """Each of these asks a gateway of its own."""
    tenants = ("acme", "beta", "acme", "beta")
    answers = await asyncio.gather(
        *(ask(desk, "POST", json={"name": "billing", "tenant": tenant}) for tenant in tenants)
    )

    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    [made] = [answer.json() for answer in answers if answer.status_code == 201]
    assert await can_connect(made["url"])
    assert [each.place.tenant for each in await of(desk).all()] == [made["tenant"]]


async def test_after_rotating_only_the_new_password_works_and_the_queue_has_what_waited(
    desk: Api, publisher: Publisher
) -> None:
    made = await make(desk, types=["job.completed"])
    await announce(publisher, *ACME)
    async with connected(made["url"]) as connection:
        channel = await connection.channel()
        answer = await ask(desk, "POST", "/billing/rotate")
        await eventually(lambda: channel.is_closed)

    rotated = answer.json()
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert not await can_connect(made["url"])
    assert rotated["types"] == ["job.completed"]
    assert await take(rotated["url"], made["queue"], 5) == [ACME[0]]


async def test_what_is_removed_is_gone_with_its_connections_and_the_last_one_of_a_tenant_with_its_log(
    desk: Api,
) -> None:
    made, other = await make(desk), await make(desk, "other")
    beta = await make(desk, "third", tenant="beta")
    async with connected(made["url"]) as connection:
        channel = await connection.channel()
        assert (await ask(desk, "DELETE", "/billing")).status_code == 204
        await eventually(lambda: channel.is_closed)

    assert not await can_connect(made["url"])
    assert [await exists(desk.broker, made[what]) for what in ("queue", "log")] == [False, True]
    for method, path in (("GET", ""), ("POST", "/rotate"), ("DELETE", "")):
        assert (await ask(desk, method, f"/billing{path}")).status_code == 404
    assert (await ask(desk, "DELETE", "/other")).status_code == 204
    assert [await exists(desk.broker, one["log"]) for one in (other, beta)] == [False, True]
    assert await places(of(desk)) == {"third"}


async def test_what_there_is_not_is_a_404(desk: Api) -> None:
    for name in ("none", "A", "a.b", "%2e%2e", "a%0a", "%2F"):
        for method, path in (("GET", ""), ("POST", "/rotate"), ("DELETE", "")):
            assert (await ask(desk, method, f"/{name}{path}")).status_code == 404, name


async def keep(_message: AbstractIncomingMessage) -> None:
    """Not acknowledged."""


class Dying:
    """A management API that answers so many requests that change something, and then none any more.

    `late`: the first one that it does not answer is obeyed.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, left: int, *, late: bool) -> None:
        self.died = False
        send = Calls._send

        async def dying(calls: Calls, method: str, steps: tuple[str, ...], **more: Any) -> httpx2.Response:
            nonlocal left
            left -= method != "GET"
            if self.died or left < 0:
                if late and not self.died:
                    await send(calls, method, steps, **more)
                self.died = True
                raise httpx2.ReadTimeout("http://user:secret@management")
            return await send(calls, method, steps, **more)

        monkeypatch.setattr(Calls, "_send", dying)


@pytest.mark.parametrize("late", [False, True], ids=["lost", "answer lost"])
async def test_wherever_making_one_is_cut_short_it_can_do_nothing_and_is_made_again(
    desk: Api, management: ManagementApi, publisher: Publisher, *, late: bool
) -> None:
    asked = {"name": "billing", "tenant": "acme", "types": ["job.completed", "job.failed"]}
    for step in range(100):
        with pytest.MonkeyPatch.context() as patch:
            dying = Dying(patch, step, late=late)
            answer = await ask(desk, "POST", json=asked)
        if not dying.died:
            break
        assert (answer.status_code, answer.json()["code"]) == (503, "broker_unavailable")
        assert "secret" not in answer.text
        async with management.open() as calls:
            told = await calls.get("permissions")
        permitted = [each for each in told if each["user"].startswith(desk.broker.topology.prefix)]
        if late and permitted:  # it was the last step that was obeyed: all is there but the password
            answer = await ask(desk, "POST", "/billing/rotate")
            assert answer.status_code == 200
            break
        assert permitted == []
        again = await ask(desk, "POST", json={**asked, "max_length": 5 + step})
        assert (again.status_code, again.json()["max_length"]) == (201, 5 + step)
        assert (await ask(desk, "DELETE", "/billing")).status_code == 204
        assert await places(of(desk)) == set()
    assert step > 8
    await announce(publisher, *ACME)
    assert await take(answer.json()["url"], answer.json()["queue"], 5) == [ACME[0]]


async def test_one_made_half_is_shown_as_that_and_can_be_removed_or_made_for_another_tenant(
    desk: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    for end in (
        ("DELETE", "/billing", None),
        ("POST", "", {"name": "billing", "tenant": "beta"}),
    ):
        with monkeypatch.context() as patch:
            Dying(patch, 8, late=False)
            assert (await ask(desk, "POST", json={"name": "billing", "tenant": "acme"})).status_code == 503
        [half] = (await ask(desk, "GET")).json()["subscribers"]
        assert (half["name"], half["ready"]) == ("billing", False)
        assert (await ask(desk, "POST", "/billing/rotate")).status_code == 404
        assert (await ask(desk, end[0], end[1], json=end[2])).status_code in (201, 204)
        assert [await exists(desk.broker, half[what]) for what in ("queue", "log")] == [False, False]


@pytest.mark.parametrize("late", [False, True], ids=["lost", "answer lost"])
async def test_wherever_removing_one_is_cut_short_it_can_do_nothing_and_is_removed_again(
    desk: Api, *, late: bool
) -> None:
    for step in range(100):
        made = await make(desk)
        with pytest.MonkeyPatch.context() as patch:
            dying = Dying(patch, step, late=late)
            answer = await ask(desk, "DELETE", "/billing")
        if not dying.died:
            break
        assert answer.status_code == 503
        assert await can_connect(made["url"]) is (step == 0 and not late)
        again = await ask(desk, "DELETE", "/billing")
        assert again.status_code == 204 or (late and again.status_code == 404)
        assert await places(of(desk)) == set()
        assert [await exists(desk.broker, made[what]) for what in ("queue", "log")] == [False, False]
    assert step >= 5


async def test_what_an_operator_took_away_by_hand_is_made_again(
    desk: Api, management: ManagementApi, publisher: Publisher
) -> None:
    made = await make(desk)
    await announce(publisher, *ACME)
    async with management.open() as calls:
        await calls.delete("queues", calls.vhost, made["queue"])
    assert (await ask(desk, "GET", "/billing")).status_code == 404
    again = await make(desk)
    assert not await can_connect(made["url"])
    assert await read_log(again["url"], again["log"], "first", 3) == list(ACME)

    async with management.open() as calls:
        await calls.delete("users", again["queue"])
    assert (await ask(desk, "GET", "/billing")).json()["ready"] is False
    assert await can_connect((await make(desk))["url"])


async def test_one_that_unbound_its_queue_is_not_shown_as_one_that_is_given_everything(desk: Api) -> None:
    made = await make(desk)
    async with connected(made["url"]) as connection:
        queue = await queue_of(connection, made["queue"])
        await queue.unbind(f"{desk.broker.topology.prefix}scribeline.public", "*.*.acme")
    assert (await ask(desk, "GET", "/billing")).json()["ready"] is False


async def test_a_log_that_is_there_is_kept_as_it_is(desk: Api, management: ManagementApi) -> None:
    made = await make(desk)
    async with management.open() as calls:
        await calls.delete("queues", calls.vhost, made["log"])
        arguments = {"x-queue-type": "stream", "x-max-age": "1D"}
        await calls.put("queues", calls.vhost, made["log"], body={"durable": True, "arguments": arguments})
    await make(desk, "other")


async def test_a_user_of_that_name_for_another_virtual_host_is_left_alone(
    desk: Api, management: ManagementApi
) -> None:
    """User names are the whole broker's: another installation may have that one."""
    user = f"{desk.broker.topology.prefix}scribeline.sub.acme.billing"
    vhost = f"{desk.broker.topology.prefix}elsewhere"
    everything = {"configure": "", "write": "", "read": ""}
    async with management.open() as calls:
        await calls.put("vhosts", vhost, body={})
        await calls.put("users", user, body={"password": "theirs", "tags": ""})
        await calls.put("permissions", vhost, user, body=everything)
    try:
        refused = await ask(desk, "POST", json={"name": "billing", "tenant": "acme"})
        removed = await ask(desk, "DELETE", "/billing")
        assert (refused.status_code, removed.status_code) == (409, 404)
        assert "another virtual host" in refused.json()["detail"]
        host = urlsplit(desk.broker.url)
        assert await can_connect(f"amqp://{user}:theirs@{host.hostname}:{host.port}/{vhost}")
    finally:
        async with management.open() as calls:
            await calls.delete("users", user)
            await calls.delete("vhosts", vhost)


async def test_installations_that_share_a_broker_do_not_see_each_others(
    desk: Api, publisher: Publisher
) -> None:
    made, broker = await make(desk), desk.broker
    inner = f"{broker.topology.prefix}scribeline.sub.acme."
    for prefix in (f"{broker.topology.prefix[:-1]}-x.", inner, ""):
        desk.broker = Broker(broker.url, topology(prefix))
        assert "billing" not in (await ask(desk, "GET")).text
        assert (await ask(desk, "DELETE", "/billing")).status_code == 404
    desk.broker = broker
    assert await can_connect(made["url"])


async def test_without_a_management_api_a_sentence_says_what_to_set(desk: Api) -> None:
    desk.management_url = ""
    for method, path in (("GET", ""), ("POST", ""), ("GET", "/a"), ("POST", "/a/rotate"), ("DELETE", "/a")):
        answer = await ask(desk, method, path, json={"name": "a", "tenant": "acme"})
        assert (answer.status_code, answer.json()["code"]) == (503, "broker_unavailable")
        assert "SCRIBELINE_AMQP_MANAGEMENT_URL" in answer.json()["detail"]


async def test_a_user_who_is_no_administrator_or_unknown_is_told_in_a_sentence(
    desk: Api, management: ManagementApi
) -> None:
    user = f"{desk.broker.topology.prefix}monitor"
    async with management.open() as calls:
        await calls.put("users", user, body={"password": "p", "tags": "monitoring"})
    host = urlsplit(desk.management_url)
    try:
        for password in ("p", "wrong"):
            desk.management_url = f"http://{user}:{password}@{host.hostname}:{host.port}"
            answer = await ask(desk, "POST", json={"name": "a", "tenant": "acme"})
            assert (answer.status_code, answer.json()["code"]) == (503, "broker_unavailable")
            assert "administrator" in answer.json()["detail"]
    finally:
        async with management.open() as calls:
            await calls.delete("users", user)


async def test_an_api_that_does_not_answer_is_a_503_that_tells_no_address(desk: Api) -> None:
    for url in ("http://u:hidden@127.0.0.1:9", "no address: hidden", "http://[hidden"):
        desk.management_url = url
        answer = await ask(desk, "GET")
        assert (answer.status_code, answer.json()["code"]) == (503, "broker_unavailable")
        assert answer.headers["Retry-After"] == "2"
        assert "hidden" not in answer.text


async def test_the_log_says_who_did_what_and_no_password(
    desk: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    made = await make(desk)
    rotated = (await ask(desk, "POST", "/billing/rotate")).json()
    await ask(desk, "DELETE", "/billing")
    told = capsys.readouterr().out
    for what in ("made", "rotated", "removed"):
        assert re.search(rf"subscriber {what} .*key=.*subscriber=billing", told)
    for one in (made, rotated):
        assert str(urlsplit(one["url"]).password) not in told


def test_the_address_for_subscribers_names_no_user() -> None:
    for wrong in ("amqp://u:p@h", "http://h", "amqp://h/vhost", "amqp://"):
        with pytest.raises(ValueError, match="amqp_public_url"):
            GatewaySettings(key_secret=SecretStr("x" * 16), amqp_public_url=wrong)

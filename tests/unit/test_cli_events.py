"""Whose queue it is that events are put into, and which broker is asked."""

from pathlib import Path

import pytest
import typer
from typer.core import TyperCommand

from scribeline_cli.broker_address import BrokerAddress, find_broker
from scribeline_cli.event_target import Target, find_target
from scribeline_cli.exits import Exit, Stop
from scribeline_cli.session import Session
from tests.support.fake_gateway import FakeGateway

BROKER = BrokerAddress("amqp://host/", "demo.")
CRM = "demo.scribeline.sub.acme.crm"
EVERY = "demo.scribeline.sub._all.audit"


def context(gateway: FakeGateway | None = None) -> typer.Context:
    session = Session("http://gateway", None, transport=gateway or FakeGateway())
    return typer.Context(TyperCommand("replay"), obj=session)


@pytest.mark.parametrize(
    ("name", "tenant", "meant"),
    [
        (CRM, None, Target(CRM, "acme")),
        (CRM, "acme", Target(CRM, "acme")),
        ("scribeline.sub.acme.crm", None, Target(CRM, "acme")),
        ("crm", "acme", Target(CRM, "acme")),
        (EVERY, None, Target(EVERY, None)),
        (EVERY, "acme", Target(EVERY, "acme")),
        ("demo.someones.own", None, Target("demo.someones.own", None)),
    ],
)
def test_a_subscriber_is_given_events_of_its_own_tenant(name: str, tenant: str | None, meant: Target) -> None:
    assert find_target(context(), BROKER, name, tenant) == meant


def test_of_a_name_alone_the_server_is_asked_whose_it_is() -> None:
    gateway = FakeGateway(**{"GET /v1/admin/subscribers/crm": {"name": "crm", "queue": CRM}})
    assert find_target(context(gateway), BROKER, "crm", None) == Target(CRM, "acme")


def test_it_tells_its_types_and_its_bound_too() -> None:
    told = {"name": "crm", "queue": CRM, "types": ["job.failed"], "max_length": 7}
    gateway = FakeGateway(**{"GET /v1/admin/subscribers/crm": told})
    assert find_target(context(gateway), BROKER, "crm", None) == Target(
        CRM, "acme", frozenset({"job.failed"}), 7
    )


@pytest.mark.parametrize(
    ("name", "tenant"),
    [
        (CRM, "other"),
        ("demo.transcriber.short", None),
        ("result-writer.deaths", None),
        ("transcriber.short.dead", None),
        ("scribeline.public.log.acme", None),
        ("notifier.webhooks", None),
    ],
)
def test_nothing_is_put_where_it_does_not_belong(name: str, tenant: str | None) -> None:
    with pytest.raises(Stop) as stopped:
        find_target(context(), BROKER, name, tenant)
    assert stopped.value.exit_code is Exit.USAGE


def test_the_file_s_prefix_belongs_to_the_file_s_broker(tmp_path: Path) -> None:
    file = tmp_path / "env"
    file.write_text("export SCRIBELINE_AMQP_URL='amqp://a@here/'\nexport SCRIBELINE_AMQP_PREFIX='demo.'\n")
    assert find_broker(None, None, file) == BrokerAddress("amqp://a@here/", "demo.")
    assert find_broker(None, "mine.", file) == BrokerAddress("amqp://a@here/", "mine.")
    assert find_broker("amqp://b@there/", None, file) == BrokerAddress("amqp://b@there/", "")
    assert "there" not in repr(find_broker("amqp://b:secret@there/", None, file))


@pytest.mark.parametrize("url", ["http://host/", "amqp:///", "nonsense"])
def test_what_is_no_broker_s_address_is_not_asked(url: str) -> None:
    with pytest.raises(Stop):
        find_broker(url, None)

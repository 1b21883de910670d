"""Subscribers: services that take events from a queue of their own on the broker."""

from pydantic import ConfigDict

from scribeline.contracts.api.view import View


class SubscriberView(View):
    model_config = ConfigDict(use_attribute_docstrings=True, title="Subscriber")

    name: str
    tenant: str | None
    """Whose events it is given; null: every tenant's."""
    types: list[str]
    """Of events, as its queue is bound now; empty: all."""
    queue: str
    """Its queue, which its broker user is called like."""
    log: str
    """The stream that it can read what was announced before from."""
    messages: int | None
    """That wait in its queue; null while the broker does not tell."""
    consumers: int | None
    max_length: int
    """Of more messages, the oldest are dropped."""
    max_bytes: int
    """As well."""
    ready: bool = True
    """False while it is given nothing: making it was cut short (then make it again, or remove it), or it
    unbound its queue."""


class SecretSubscriber(SubscriberView):
    model_config = ConfigDict(use_attribute_docstrings=True, title="SubscriberWithUrl")

    url: str
    """Where to connect to, with its password: shown now and not again."""


class SubscriberList(View):
    subscribers: list[SubscriberView]

"""Services that take events from a queue of their own. It needs a key with the scope `admin`."""

from collections.abc import Sequence

from scribeline.client.asking import Resource, W, call
from scribeline.client.reading import answer, nothing
from scribeline.client.steps import Call, given, path
from scribeline.contracts.api.subscribers import SecretSubscriber, SubscriberList, SubscriberView


class Subscribers(Resource[W]):
    @call
    def create(
        self,
        name: str,
        *,
        tenant: str | None = None,
        all_tenants: bool = False,
        types: Sequence[str] | None = None,
        max_length: int | None = None,
        max_bytes: int | None = None,
    ) -> Call[SecretSubscriber]:
        """Of one tenant's events, or of `all_tenants`', of these types or of all. Its address, which holds
        the password, stands in this answer, and nowhere later."""
        body = given(
            name=name,
            tenant=tenant,
            all_tenants=all_tenants or None,
            types=types,
            max_length=max_length,
            max_bytes=max_bytes,
        )
        return Call("POST", path("admin", "subscribers"), answer(SecretSubscriber), json=body)

    @call
    def list(self) -> Call[SubscriberList]:
        return Call("GET", path("admin", "subscribers"), answer(SubscriberList))

    @call
    def get(self, name: str) -> Call[SubscriberView]:
        return Call("GET", _of(name), answer(SubscriberView))

    @call
    def rotate(self, name: str) -> Call[SecretSubscriber]:
        """A new password; who is connected by the old one is cut off."""
        return Call("POST", _of(name, "rotate"), answer(SecretSubscriber))

    @call
    def remove(self, name: str) -> Call[None]:
        """With its queue and all that waits in it."""
        return Call("DELETE", _of(name), nothing)


def _of(name: str, *what: str) -> str:
    return path("admin", "subscribers", name, *what)

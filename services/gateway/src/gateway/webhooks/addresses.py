"""Addresses of webhooks, as far as the address tells: where its name leads is checked when it is sent to."""

from gateway.problems import Problem, invalid
from gateway.settings import GatewaySettings
from scribeline.contracts.codes import Code
from scribeline.outbound.rules import Destination, NotAllowed


def destination(url: str, settings: GatewaySettings, field: str = "url") -> Destination:
    """Raises Problem: WEBHOOK_URL_REFUSED."""
    try:
        return settings.webhook_rules.destination(url)
    except NotAllowed as refused:
        raise invalid(field, str(refused), Code.WEBHOOK_URL_REFUSED) from None


def master_of(settings: GatewaySettings) -> str:
    """What all secrets are derived from. Raises Problem(WEBHOOKS_OFF) where there is none."""
    master = settings.webhook_secret.get_secret_value()
    if not master:
        raise Problem(Code.WEBHOOKS_OFF, "Its operator sets SCRIBELINE_WEBHOOK_SECRET.")
    return master

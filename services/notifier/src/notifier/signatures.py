"""The headers by which a receiver knows who sent a webhook, and that nobody changed it.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from datetime import datetime

from standardwebhooks import Webhook

from notifier.outgoing import Outgoing

Headers = list[tuple[bytes, bytes]]


def signed(outgoing: Outgoing, at: datetime) -> Headers:
    """Of a try at that moment, in UTC: the library takes any other time for it. Each secret signs, so that a
    receiver may know the newest or a former one."""
    body = outgoing.body.decode()
    signatures = " ".join(Webhook(secret).sign(outgoing.id, at, body) for secret in outgoing.secrets)
    return [
        (b"webhook-id", outgoing.id.encode()),
        (b"webhook-timestamp", str(int(at.timestamp())).encode()),
        (b"webhook-signature", signatures.encode()),
    ]

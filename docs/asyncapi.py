"""The AsyncAPI 3.0 document: what Scribeline sends to others, by which ways, with schemas and examples.

It describes Scribeline, so that every operation is a `send` ("the application will send a message to the
given channel", asyncapi.com/docs/reference/specification/v3.0.0#operationObject): whoever takes what is sent
does the reverse. Bindings: github.com/asyncapi/bindings, amqp 0.3.0 and http 0.3.0.
"""

import json
from collections.abc import Iterable

from docs.event_messages import CONTENT_TYPE, Json, any_event, delivery, message, when
from docs.event_schemas import schemas

from scribeline.contracts import routes
from scribeline.contracts.catalogue import PUBLIC
from scribeline.messaging.topology import EVENTS_LOG_DAYS

VERSION = "1"
"""Of the document, as that of openapi.json: the API's."""
BROKERS = ("broker", "brokerTls")
DESCRIPTION = """Scribeline turns recordings into transcripts, analyses and events. This document tells
what it sends to the services of others: events on a topic exchange of its message broker (RabbitMQ), and the
same events as webhooks.

It describes Scribeline, so that every operation is a `send`. Your service does the reverse: it consumes the
queue that it was given (`scribeline subscribers create`), or answers the requests to its webhook.

Every message is a CloudEvent 1.0 in JSON. It comes at least once and in no promised order: pass over an `id`
that you have seen, and order a job's events by `sequence`. Ignore fields, words and types that you do not
know. The promises and a guide: docs/events.md; webhooks: docs/webhooks.md."""


def document() -> Json:
    return {
        "asyncapi": "3.0.0",
        "info": _info(),
        "defaultContentType": CONTENT_TYPE,
        "servers": _servers(),
        "channels": {**dict(map(_announced, PUBLIC)), **_kept(), "webhook": _webhook()},
        "operations": _operations(),
        "components": {
            "messages": {
                **{type_: message(type_) for type_ in PUBLIC},
                "event": any_event(),
                "delivery": delivery(),
            },
            "schemas": schemas(),
            "securitySchemes": {
                "subscriber": {
                    "type": "userPassword",
                    "description": "Both are in the URL that `scribeline subscribers create` prints.",
                }
            },
            "correlationIds": {
                "subject": {
                    "location": "$message.payload#/subject",
                    "description": "The job; of `webhook.*` the webhook.",
                }
            },
        },
    }


def page() -> str:
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def _info() -> Json:
    return {
        "title": "Scribeline events",
        "version": VERSION,
        "description": DESCRIPTION,
        "license": {"name": "Apache-2.0", "url": "https://www.apache.org/licenses/LICENSE-2.0"},
        "tags": [{"name": name, "description": told} for name, told in TAGS.items()],
    }


TAGS = {
    "job": "Jobs as they begin and end.",
    "transcript": "What was said.",
    "analysis": "What was found in it.",
    "webhook": "A tenant's webhooks themselves.",
}


def _servers() -> Json:
    variables = {
        "host": {"default": "rabbitmq.example.org", "description": "Where the broker is reached."},
        "vhost": {"default": "%2F", "description": "Its virtual host, percent-encoded."},
    }
    receiver = {"host": {"default": "hooks.example.org", "description": "Where your webhook is."}}
    return {
        "broker": _broker("amqp", "5672", variables),
        "brokerTls": _broker("amqps", "5671", variables),
        "receiver": {
            "host": "{host}",
            "protocol": "https",
            "title": "Your webhook",
            "description": "The address that you gave `POST /v1/webhooks`, or a job as its `webhook_url`.",
            "variables": receiver,
        },
    }


def _broker(protocol: str, port: str, variables: Json) -> Json:
    return {
        "host": "{host}:{port}",
        "pathname": "/{vhost}",
        "protocol": protocol,
        "protocolVersion": "0.9.1",
        "title": "RabbitMQ" if protocol == "amqp" else "RabbitMQ, with TLS",
        "description": "All of it is in the URL that `scribeline subscribers create` prints.",
        "variables": {**variables, "port": {"default": port}},
        "security": [{"$ref": "#/components/securitySchemes/subscriber"}],
    }


def _announced(type_: str) -> tuple[str, Json]:
    """One type on the exchange, by its key."""
    return type_, {
        "address": f"{type_}.{{tenant}}",
        "title": f"{type_} on the exchange",
        "description": f"Bind your queue to `{routes.PUBLIC}` with this key; `*.*.TENANT` is every type.",
        "servers": _on(BROKERS),
        "messages": {type_: {"$ref": f"#/components/messages/{type_}"}},
        "parameters": {"tenant": TENANT},
        "bindings": {"amqp": {**_exchange(routes.PUBLIC), "bindingVersion": "0.3.0"}},
    }


TENANT: Json = {"description": "Whose job it is about. Your user may read the keys of its own tenant."}


def _exchange(name: str) -> Json:
    described = {"name": name, "type": "topic", "durable": True, "autoDelete": False, "vhost": "/"}
    return {"is": "routingKey", "exchange": described}


def _kept() -> Json:
    """Where events wait for a reader, or stay to be read again."""
    queue, log = routes.subscriber("{tenant}", "{name}"), routes.public_log("{tenant}")
    name = {"description": "The subscriber's, as in `scribeline subscribers create NAME`."}
    return {
        "subscriberQueue": _queue(
            queue,
            "A subscriber's queue",
            "It is there, with a user that is called like it, and bound to the types that were asked for. "
            "Of more messages or bytes than it holds, the oldest are dropped. Acknowledge after your work.",
            {"tenant": TENANT, "name": name},
            PUBLIC,
        ),
        "tenantLog": _queue(
            log,
            "A tenant's log",
            f"A stream of {EVENTS_LOG_DAYS} days that the tenant's subscribers may read back in, with the "
            "consumer argument `x-stream-offset`. Reading takes nothing away.",
            {"tenant": TENANT},
            ("event",),
        ),
        "eventsLog": _queue(
            routes.EVENTS_LOG,
            "The log of everything",
            f"A stream of {EVENTS_LOG_DAYS} days for operators: the events of all tenants, and internal "
            "messages, to be passed over. `scribeline events tail` and `replay` read it.",
            {},
            ("event",),
        ),
    }


def _queue(address: str, title: str, description: str, parameters: Json, messages: Iterable[str]) -> Json:
    queue = {"name": address, "durable": True, "exclusive": False, "autoDelete": False, "vhost": "/"}
    return {
        "address": address,
        "title": title,
        "description": description,
        "servers": _on(BROKERS),
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        **({"parameters": parameters} if parameters else {}),
        "bindings": {"amqp": {"is": "queue", "queue": queue, "bindingVersion": "0.3.0"}},
    }


def _webhook() -> Json:
    return {
        "address": None,
        "title": "A webhook",
        "description": "The path is yours. Verify the signature, answer with 2xx, and work afterwards: "
        "any other answer, or none in time, is tried again for days. 410 ends it. See docs/webhooks.md.",
        "servers": _on(("receiver",)),
        "messages": {"delivery": {"$ref": "#/components/messages/delivery"}},
    }


def _on(servers: Iterable[str]) -> list[Json]:
    return [{"$ref": f"#/servers/{name}"} for name in servers]


def _operations() -> Json:
    copies = {
        "queueForSubscriber": ("subscriberQueue", "A copy for each subscriber that its bindings ask for."),
        "keepForTenant": ("tenantLog", "Kept for those who join late, or were away."),
        "keepForOperators": ("eventsLog", "Kept to be looked at and sent again."),
    }
    return {
        **{f"announce.{type_}": _send(type_, when(type_), DURABLE) for type_ in PUBLIC},
        **{name: _send(channel, told, DURABLE) for name, (channel, told) in copies.items()},
        "callWebhook": _send(
            "webhook",
            "A request to each webhook that asks for the type, until it is answered with 2xx.",
            {"http": {"method": "POST", "bindingVersion": "0.3.0"}},
        ),
    }


DURABLE: Json = {"amqp": {"deliveryMode": 2, "mandatory": False, "bindingVersion": "0.3.0"}}


def _send(channel: str, summary: str, bindings: Json) -> Json:
    return {
        "action": "send",
        "channel": {"$ref": f"#/channels/{channel}"},
        "summary": summary,
        "bindings": bindings,
    }

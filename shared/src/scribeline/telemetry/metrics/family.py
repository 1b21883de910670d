"""How a metric is defined: with what it tells, who shows it, and what its labels may be."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.metrics import MetricWrapperBase

NAMESPACE = "scribeline"

GATEWAY, TRANSCRIBER, ANALYZER = "gateway", "transcriber", "analyzer"
WRITER, NOTIFIER = "result-writer", "notifier"
WORKERS = (TRANSCRIBER, ANALYZER)
CONSUMERS = (*WORKERS, WRITER, NOTIFIER)
EVERYONE = (GATEWAY, *CONSUMERS)

Values = tuple[str, ...] | str
"""All that a label may be, or, where the code cannot list it, a sentence on what bounds it."""


@dataclass(frozen=True)
class Family:
    """One metric as the manual shows it. `name` is that of its samples, with `_total` where it counts."""

    name: str
    kind: str
    meaning: str
    labels: Mapping[str, Values]
    services: tuple[str, ...]
    metric: MetricWrapperBase


FAMILIES: list[Family] = []
"""All that are imported, in the order of their definition."""


def counter(name: str, meaning: str, services: tuple[str, ...], **labels: Values) -> Counter:
    """`name` is without prefix and without `_total`.

    It begins at zero: who asks how much a series grew never sees its first step otherwise, and many an alert
    is about the first. But not where services share it by queue: each would have zeros of others' queues.
    """
    made = Counter(name, meaning, tuple(labels), namespace=NAMESPACE)
    values = [allowed for allowed in labels.values() if not isinstance(allowed, str)]
    shared = len(services) > 1 and "queue" in labels
    if labels and not shared and len(values) == len(labels):
        for each in product(*values):
            made.labels(*each)
    _add(f"{name}_total", "counter", meaning, services, labels, made)
    return made


def gauge(name: str, meaning: str, services: tuple[str, ...], **labels: Values) -> Gauge:
    made = Gauge(name, meaning, tuple(labels), namespace=NAMESPACE)
    _add(name, "gauge", meaning, services, labels, made)
    return made


def histogram(
    name: str, meaning: str, services: tuple[str, ...], buckets: Sequence[float], **labels: Values
) -> Histogram:
    made = Histogram(name, meaning, tuple(labels), namespace=NAMESPACE, buckets=buckets)
    _add(name, "histogram", meaning, services, labels, made)
    return made


def _add(
    name: str,
    kind: str,
    meaning: str,
    services: tuple[str, ...],
    labels: Mapping[str, Values],
    metric: MetricWrapperBase,
) -> None:
    FAMILIES.append(Family(f"{NAMESPACE}_{name}", kind, meaning, labels, services, metric))

"""What rules and dashboards ask for, and whether there is such a thing."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from deploy.prometheus.check import RULES, TESTS
from tests.support.families import import_all

SELECTOR = re.compile(r"([a-zA-Z_:][\w:]*)(?:\{([^}]*)\})?")
MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"')
LABEL_LISTS = re.compile(r"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)")
WORDS = frozenset(("and", "or", "unless", "bool", "offset", "inf"))

OF_TARGETS = ("job", "instance", "le")
"""Labels that Prometheus sets, or that every histogram has."""

FOREIGN = frozenset(
    (
        *("up", "ALERTS"),  # Prometheus itself
        *("process_start_time_seconds", "process_resident_memory_bytes"),  # its client, in every process
        *("process_cpu_seconds_total", "process_open_fds", "process_max_fds"),
        *("node_filesystem_avail_bytes", "node_filesystem_size_bytes"),  # the node exporter
        *(
            "minio_cluster_capacity_usable_free_bytes",
            "minio_cluster_capacity_usable_total_bytes",
        ),  # the store
    )
)
"""Metrics that are not ours. RabbitMQ's are those below."""

RABBITMQ = frozenset(
    re.findall(
        r"\w+",
        """
        rabbitmq_alarms_free_disk_space_watermark rabbitmq_alarms_memory_used_watermark
        rabbitmq_connections rabbitmq_channels rabbitmq_consumers rabbitmq_queues
        rabbitmq_disk_space_available_bytes rabbitmq_disk_space_available_limit_bytes
        rabbitmq_process_resident_memory_bytes rabbitmq_resident_memory_limit_bytes
        rabbitmq_process_open_fds rabbitmq_process_max_fds
        rabbitmq_detailed_queue_messages_ready rabbitmq_detailed_queue_messages_unacked
        rabbitmq_detailed_queue_consumers
        """,
    )
)
"""Of the plugin rabbitmq_prometheus; a real one shows them in test_prometheus.py."""


@dataclass(frozen=True)
class Rule:
    """An alert, or, without severity, a recorded series."""

    name: str
    expression: str
    file: Path
    labels: dict[str, str]
    annotations: dict[str, str]
    recorded: bool


def rules() -> list[Rule]:
    return [
        Rule(
            name=rule.get("alert") or rule["record"],
            expression=rule["expr"],
            file=file,
            labels=rule.get("labels", {}),
            annotations=rule.get("annotations", {}),
            recorded="record" in rule,
        )
        for file in RULES
        for group in yaml.safe_load(file.read_text())["groups"]
        for rule in group["rules"]
    ]


def alerts() -> list[Rule]:
    return [rule for rule in rules() if not rule.recorded]


def expectations() -> Iterator[tuple[str, list[Any]]]:
    """Of each question in the tests of the rules: the question, and the samples that it must find."""
    for file in TESTS:
        for test in yaml.safe_load(file.read_text())["tests"]:
            for asked in test["promql_expr_test"]:
                yield asked["expr"], asked["exp_samples"]


def selectors(expression: str) -> Iterator[tuple[str, list[tuple[str, str, str]]]]:
    """Each metric that an expression names, with its matchers (label, operator, value)."""
    plain = LABEL_LISTS.sub(" ", expression)
    for found in SELECTOR.finditer(plain):
        name, matchers = found.groups()
        called = plain[found.end() :].lstrip().startswith("(")
        before = plain[: found.start()]
        inside = before.count("{") > before.count("}") or before.count("[") > before.count("]")
        number = before[-1:].isdigit() or before[-1:] == "$"  # 1e9, 5m, $queue
        if not (called or inside or number or name.lower() in WORDS):
            yield name, MATCHER.findall(matchers or "")


def unknown(expression: str) -> list[str]:
    """What an expression asks for and nobody shows: metrics, their labels, and values of these."""
    recorded = {rule.name for rule in rules() if rule.recorded}
    return [
        wrong
        for name, matchers in selectors(expression)
        if name not in recorded | RABBITMQ | FOREIGN
        for wrong in _unknown(name, matchers)
    ]


def _unknown(name: str, matchers: list[tuple[str, str, str]]) -> Iterator[str]:
    families = {family.name: family for family in import_all()}
    family = families.get(name) or families.get(re.sub("_(bucket|count|sum)$", "", name))
    if family is None:
        yield name
        return
    for label, operator, value in matchers:
        allowed = family.labels.get(label)
        if allowed is None and label not in OF_TARGETS:
            yield f"{name}{{{label}}}"
        elif isinstance(allowed, tuple) and not _some(allowed, operator, value):
            yield f"{name}{{{label}={value}}}"


def _some(allowed: tuple[str, ...], operator: str, value: str) -> bool:
    """Whether the matcher is about any of them. A variable of a dashboard is."""
    pattern = re.escape(value) if operator in ("=", "!=") else value
    return "$" in value or any(re.fullmatch(pattern, one) for one in allowed)

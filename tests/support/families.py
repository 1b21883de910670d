"""All metrics that there are, and what they show in this process."""

from collections.abc import Callable, Mapping
from importlib import import_module
from pkgutil import iter_modules

from scribeline.telemetry import metrics
from scribeline.telemetry.metrics.family import FAMILIES, Family

Series = tuple[tuple[str, str], ...]
"""The labels of a time series, in their order."""


def import_all() -> list[Family]:
    for module in iter_modules(metrics.__path__):
        import_module(f"{metrics.__name__}.{module.name}")
    return FAMILIES


def shown() -> dict[str, dict[Series, float]]:
    """The values of each metric, by its name; of a histogram how often it was observed."""
    return {family.name: _values(family) for family in import_all()}


def _values(family: Family) -> dict[Series, float]:
    name = f"{family.name}_count" if family.kind == "histogram" else family.name
    return {
        tuple(sample.labels.items()): sample.value
        for told in family.metric.collect()
        for sample in told.samples
        if sample.name == name
    }


def moved(before: Mapping[str, Mapping[Series, float]]) -> dict[str, set[Series]]:
    """Series that have changed since, or are new, by metric."""
    return {
        name: found
        for name, now in shown().items()
        if (found := {series for series, value in now.items() if before[name].get(series) != value})
    }


def undocumented(
    changed: Mapping[str, set[Series]], may_be: Mapping[str, Callable[[str], bool]]
) -> list[str]:
    """Labels with a value that their documentation does not allow; `may_be` judges those whose values it
    cannot list."""
    documented = {family.name: family.labels for family in import_all()}
    return [
        f"{name} {label}={value!r}"
        for name, found in changed.items()
        for series in found
        for label, value in series
        if not _allowed(documented[name][label], value, may_be.get(label))
    ]


def _allowed(values: tuple[str, ...] | str, value: str, judge: Callable[[str], bool] | None) -> bool:
    return value in values if isinstance(values, tuple) else judge is not None and judge(value)

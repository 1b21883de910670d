"""All metrics that there are."""

from importlib import import_module
from pkgutil import iter_modules

from scribeline.telemetry import metrics
from scribeline.telemetry.metrics.family import FAMILIES, Family


def import_all() -> list[Family]:
    for module in iter_modules(metrics.__path__):
        import_module(f"{metrics.__name__}.{module.name}")
    return FAMILIES

"""Which version runs."""

from importlib.metadata import version

from scribeline.telemetry.metrics.family import EVERYONE, gauge

BUILD = gauge(
    "build_info", "Always 1; tells which version runs.", EVERYONE, service=EVERYONE, version="the package's"
)


def build_info(service: str) -> None:
    """Publish `scribeline_build_info{service,version} 1`."""
    BUILD.labels(service, version("scribeline")).set(1)

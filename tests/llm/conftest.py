"""A real small language model, fetched once and started once, and its report of a meeting without attacks."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from scribeline.contracts.analysis import Analysis
from scribeline.weights.child import SourceFailed
from tests.support import small_weights
from tests.support.analyses import MEETING, part_of
from tests.support.excuses import lacking
from tests.support.small_model import SMALL, small_models
from tests.support.watched import Watched


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in Path(item.path).parents:
            item.add_marker(pytest.mark.timeout(7200))  # a busy machine is no failure


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server that speaks Ollama's API, with both models."""
    try:
        small_weights.fetch()
    except SourceFailed as failure:
        if "damaged" in str(failure):
            raise
        lacking(f"The small language models cannot be fetched: {failure}")
    with small_models(tmp_path_factory.mktemp("llm") / "llama.log") as url:
        yield url


@pytest.fixture(scope="session")
def small(server: str) -> Watched:
    return Watched(server, SMALL)


@pytest.fixture(scope="session")
async def clean(small: Watched) -> Analysis:
    """Of the meeting as it was."""
    report = await small.read(part_of(MEETING))
    assert report is not None, small.calls[-1][1].message.content
    return report

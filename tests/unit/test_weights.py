"""Finding, checking and placing models, without network."""

import shutil
from pathlib import Path

import pytest

from scribeline.contracts.codes import Code
from scribeline.contracts.failures import Fail
from scribeline.weights import default_models_dir, ensure, installed, locate, pull
from scribeline.weights import manifest as manifests
from scribeline.weights.child import SourceFailed
from scribeline.weights.names import repository
from scribeline.weights.place import Found
from scribeline.weights.progress import Progress
from tests.support.weights import make_model, sha256


class Origin:
    """A source that gives a model made in the work folder, and counts how often it was asked."""

    def __init__(self, failure: str | None = None, **contents: bytes) -> None:
        self.failure = failure
        self.contents = contents
        self.asked = 0
        self.sha256: str | None = None

    def __call__(self, name: str, work: Path, progress: Progress) -> Found:
        self.asked += 1
        if self.failure:
            raise SourceFailed(self.failure)
        return Found(make_model(work / "given", **self.contents), "a test", sha256=self.sha256, owned=True)


@pytest.mark.parametrize("name", ["../base", "/etc", "a/b", "", ".hidden", "x" * 65, "base\n"])
def test_a_model_name_is_never_a_path(name: str, tmp_path: Path) -> None:
    for attempt in (locate, pull, ensure):
        with pytest.raises(Fail) as caught:
            attempt(name, tmp_path)
        assert caught.value.code is Code.INVALID_PARAMETER


def test_a_missing_model_says_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(Fail, match="scribeline models pull small") as caught:
        locate("small", tmp_path)
    assert caught.value.code is Code.MODEL_UNAVAILABLE


def test_a_model_placed_by_hand_is_found_and_remembered(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "mine")
    assert locate("mine", tmp_path) == folder
    assert (folder / "manifest.json").is_file()


def test_a_remembered_model_is_not_hashed_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_model(tmp_path / "mine")
    locate("mine", tmp_path)

    def refuse(path: Path) -> str:
        raise AssertionError(f"{path} was hashed")

    monkeypatch.setattr(manifests, "sha256_of", refuse)
    locate("mine", tmp_path)
    with pytest.raises(AssertionError, match="was hashed"):
        locate("mine", tmp_path, thorough=True)


def test_a_truncated_file_is_noticed(tmp_path: Path) -> None:
    weights = make_model(tmp_path / "mine") / "model.bin"
    locate("mine", tmp_path)
    weights.write_bytes(weights.read_bytes()[:-1])
    with pytest.raises(Fail, match=r"damaged: model\.bin has changed"):
        locate("mine", tmp_path)


def test_copying_a_model_does_not_damage_it(tmp_path: Path) -> None:
    make_model(tmp_path / "mine")
    locate("mine", tmp_path)
    shutil.copytree(tmp_path / "mine", tmp_path / "copied", copy_function=shutil.copyfile)
    assert locate("copied", tmp_path)


@pytest.mark.parametrize("stem", ["model", "config", "tokenizer", "vocabulary"])
def test_a_model_without_one_of_its_files_is_damaged(stem: str, tmp_path: Path) -> None:
    make_model(tmp_path / "mine", **{stem: b""})
    with pytest.raises(Fail, match=f"damaged: {stem}"):
        locate("mine", tmp_path)


def test_other_weights_under_a_published_name_are_refused(tmp_path: Path) -> None:
    make_model(tmp_path / "base")
    with pytest.raises(Fail, match="not the published file"):
        locate("base", tmp_path)


def test_a_manifest_full_of_garbage_only_costs_a_hash(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "mine")
    (folder / "manifest.json").write_text('{"files": 3')
    assert locate("mine", tmp_path) == folder


def test_an_installed_model_is_not_asked_for(tmp_path: Path) -> None:
    make_model(tmp_path / "mine")
    origin = Origin()
    assert pull("mine", tmp_path, sources=(("there", origin),)) == tmp_path / "mine"
    assert origin.asked == 0


def test_a_damaged_model_is_pulled_anew(tmp_path: Path) -> None:
    make_model(tmp_path / "mine", config=b"")
    pull("mine", tmp_path, sources=(("there", Origin(model=b"new")),))
    assert (locate("mine", tmp_path) / "model.bin").read_bytes() == b"new"
    assert not (tmp_path / ".partial" / "mine").exists()


def test_the_next_source_is_asked_when_one_has_nothing(tmp_path: Path) -> None:
    heard: list[str] = []
    pull(
        "mine",
        tmp_path,
        progress=lambda what, done=0, total=None: heard.append(what),
        sources=(("the hub", Origin("no answer in time")), ("the mirror", Origin())),
    )
    assert heard == ["the hub has nothing: no answer in time"]
    assert [(model.name, model.source, model.trouble) for model in installed(tmp_path)] == [
        ("mine", "a test", None)
    ]


def test_a_source_that_gives_something_else_than_promised_is_not_trusted(tmp_path: Path) -> None:
    wrong = Origin()
    wrong.sha256 = sha256(b"other weights")
    right = Origin(model=b"right")
    pull("mine", tmp_path, sources=(("the hub", wrong), ("the mirror", right)))
    assert (tmp_path / "mine" / "model.bin").read_bytes() == b"right"


def test_when_nothing_works_the_sentence_says_what_was_tried_and_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(Fail) as caught:
        pull(
            "mine", tmp_path, sources=(("the hub", Origin("no answer")), ("the mirror", Origin("not there")))
        )
    assert "the hub: no answer; the mirror: not there" in caught.value.message
    assert caught.value.message.endswith("scribeline models pull mine --from DIR")
    assert installed(tmp_path) == []


def test_a_directory_given_replaces_what_is_installed(tmp_path: Path) -> None:
    make_model(tmp_path / "models" / "mine")
    given = make_model(tmp_path / "given", model=b"tuned")
    pull("mine", tmp_path / "models", source=given, sources=())
    assert (tmp_path / "models" / "mine" / "model.bin").read_bytes() == b"tuned"
    assert (given / "model.bin").is_file()


def test_a_directory_without_the_model_leaves_what_is_installed(tmp_path: Path) -> None:
    make_model(tmp_path / "models" / "mine")
    with pytest.raises(Fail, match=r"does not hold the model 'mine': model\.bin is missing"):
        pull("mine", tmp_path / "models", source=make_model(tmp_path / "given", model=b""))
    assert locate("mine", tmp_path / "models")


def test_a_full_disk_is_said_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=100)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(Fail, match="no room for the model 'mine'"):
        pull("mine", tmp_path / "models", source=make_model(tmp_path / "given"))
    assert installed(tmp_path / "models") == []


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Fail, match=r"cannot be stored: .+/file/.partial/mine"):
        pull("mine", tmp_path / "file")


def test_ensure_takes_what_is_there(tmp_path: Path) -> None:
    folder = make_model(tmp_path / "mine")
    assert ensure("mine", tmp_path) == folder


def test_ensure_writes_nothing_where_the_model_is_there(tmp_path: Path) -> None:
    """Transcribers have their weights read-only. (Root may write in spite of the mode: so the times.)"""
    folder = make_model(tmp_path / "mine")
    ensure("mine", tmp_path)  # remembered, as by the job that pulls
    places = (*tmp_path.rglob("*"), tmp_path)
    for place in (tmp_path, folder):
        place.chmod(0o555)
    before = {place: place.stat().st_mtime_ns for place in places}
    assert ensure("mine", tmp_path) == folder
    assert {place: place.stat().st_mtime_ns for place in (*tmp_path.rglob("*"), tmp_path)} == before
    for place in (tmp_path, folder):
        place.chmod(0o755)


def test_the_models_folder_follows_the_cache_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_models_dir() == tmp_path / "scribeline" / "models"
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    assert default_models_dir() == Path.home() / ".cache" / "scribeline" / "models"


@pytest.mark.parametrize(
    ("name", "repo"),
    [
        ("base", "Systran/faster-whisper-base"),
        ("tiny.en", "Systran/faster-whisper-tiny.en"),
        ("distil-large-v3", "Systran/faster-distil-whisper-large-v3"),
        ("large", "Systran/faster-whisper-large-v3"),
    ],
)
def test_a_name_is_looked_up_where_faster_whisper_looks(name: str, repo: str) -> None:
    assert repository(name) == repo

"""What a client may ask of the engine, with real weights and real speech."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from scribeline.contracts.codes import Code
from scribeline.contracts.failures import Fail
from scribeline.contracts.transcription import Language, Replacement, TranscriptionOptions
from tests.support.audio import JFK_TEXT, floats, jfk
from tests.support.words import same_words
from transcriber import whisper
from transcriber.engine import Compute, Engines

ENGLISH = Language(code="en", probability=1.0)


@pytest.fixture(scope="module")
def engines(models_dir: Path) -> Engines:
    return Engines(lambda name: whisper.load(name, models_dir, Compute(threads=2)), "base", 2)


def text_of(engines: Engines, language: Language | None = ENGLISH, **options: Any) -> str:
    asked = TranscriptionOptions.model_validate({"model": "tiny.en", **options})
    heard = engines.for_options(asked).transcribe(floats(jfk()), language, asked)
    return " ".join(segment.text for segment in heard.segments)


@pytest.mark.parametrize(
    "options", [{"beam_size": 1}, {"temperature": 0.0}, {"hotwords": "Americans, country"}], ids=str
)
def test_the_decoders_options_keep_the_words_of_clear_speech(
    engines: Engines, options: dict[str, Any]
) -> None:
    assert same_words(text_of(engines, **options), JFK_TEXT, errors=1)


def test_hotwords_are_listened_for(engines: Engines) -> None:
    assert "Amerykans" in text_of(engines, hotwords="Amerykans, my fellow Amerykans")


def test_a_wanted_spelling_stands_in_the_text_and_in_the_words(engines: Engines) -> None:
    asked = TranscriptionOptions(
        model="tiny.en",
        word_timestamps=True,
        replacements=(Replacement(find="fellow americans", replace="friends"),),
    )
    heard = engines.for_options(asked).transcribe(floats(jfk()), ENGLISH, asked)
    assert "my friends" in heard.segments[0].text
    assert any(word.text.startswith("friends") for word in heard.segments[0].words or ())


def test_only_the_allowed_languages_are_detected(engines: Engines) -> None:
    engine = engines.get("base")
    assert engine.detect_language(floats(jfk())).code == "en"
    told = engine.detect_language(floats(jfk()), ("de", "fr"))
    assert told.code in ("de", "fr")
    assert told.probability < 0.5, "the engine's own doubt is kept"
    asked = TranscriptionOptions(model="base", languages=("de", "en"))
    heard = engines.for_options(asked).transcribe(floats(jfk()), None, asked)
    assert heard.language is not None
    assert heard.language.code == "en"


def test_where_nobody_speaks_no_language_is_chosen_of_the_allowed_ones(engines: Engines) -> None:
    asked = TranscriptionOptions(model="base", languages=("de", "en"))
    heard = engines.for_options(asked).transcribe(np.zeros(48_000, np.float32), None, asked)
    assert (heard.segments, heard.language) == ((), None)


def test_a_model_that_knows_none_of_the_allowed_languages_is_refused(engines: Engines) -> None:
    with pytest.raises(Fail) as refused:
        engines.for_options(TranscriptionOptions(model="tiny.en", languages=("de", "fr")))
    assert refused.value.code is Code.LANGUAGE_UNSUPPORTED

"""faster-whisper's model, with what we want otherwise in it: the encoder on as much as there is, and prompts
that leave room for an answer.

Whisper always hears 30 s; what is shorter is padded. The encoder takes fewer frames too, and is several times
cheaper then (CTranslate2 `Whisper.encode`), but the model was not trained so: right after the last word of a
window that ends there it says all again and again, and words that were doubtful come out otherwise. So some
padding is left, it is done only where it was measured to cost no words (docs/accuracy.md, tests/accuracy),
and what was not heard well that way is heard again in the full window.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from threading import local
from typing import Any

import ctranslate2
import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import Segment, TranscriptionOptions
from numpy.typing import NDArray

Features = NDArray[np.float32]
"""Log-mel: (mels, frames of 10 ms)."""
Decoded = tuple[ctranslate2.models.WhisperGenerationResult, float, float, float]
"""What was generated, its mean log probability, temperature and compression ratio."""

FRAMES = (1000, 1500, 2000, 2500)
"""Sizes of a shortened window; few, so that buffers are used again."""
MARGIN = 500
"""Frames of padding left behind the sound: with 100, one clip in ten ended in a loop; with 500, none."""
MEASURED = frozenset({"en"})
"""Languages in which shortened windows cost no words. Short French, Italian and Portuguese clips lost some."""
TRUSTED_LOGPROB = -0.5
"""A shortened window whose text is less probable is heard in full: it is where the words differ."""
REPETITIVE = 2.4
"""Compression ratio above which a text loops (openai/whisper transcribe.py)."""
SILENT = 0.6
"""Probability of no speech above which a window may be silent (openai/whisper transcribe.py)."""
PROMPT_TOKENS = 223
"""Half of the decoder's 448 positions are for what went before, and one is the mark (openai/whisper
decoding.py); with more there is no room for what is said, and nothing is."""


class Window(local):
    """What a thread hears just now. One window at a time is decoded in a thread."""

    language: str | None = None
    """None while the language itself is being told."""
    features: Features | None = None
    """The whole of a window that was shortened."""
    encoded: ctranslate2.StorageView | None = None


class Model(WhisperModel):  # type: ignore[misc]  # faster-whisper has no types
    """Safe from several threads. `shorten`: see above."""

    def __init__(self, folder: str, *, shorten: bool, **arguments: Any) -> None:
        super().__init__(folder, local_files_only=True, **arguments)
        self.shorten = shorten
        self._window = Window()
        # A user's "<|endoftext|>" is text, in a prompt too.
        self.hf_tokenizer.encode_special_tokens = True

    def generate_segments(
        self,
        features: Features,
        tokenizer: Tokenizer,
        options: TranscriptionOptions,
        log_progress: bool = False,
        encoder_output: ctranslate2.StorageView | None = None,
    ) -> Iterator[Segment]:
        self._window.language = tokenizer.language_code
        try:
            yield from super().generate_segments(features, tokenizer, options, log_progress, encoder_output)
        finally:
            self._window.language = self._window.features = self._window.encoded = None

    def encode(self, features: Features) -> ctranslate2.StorageView:
        frames = self._frames(features)
        self._window.features = features if frames < features.shape[-1] else None
        self._window.encoded = super().encode(features[..., :frames])
        return self._window.encoded

    def _frames(self, features: Features) -> int:
        """How many of a window's frames are encoded: all, or those with sound and a margin. The padding is
        known by its zeros: no frame of sound, not even of digital silence, has such."""
        frames = int(features.shape[-1])
        if not self.shorten or self._window.language not in MEASURED:
            return frames
        sounding = np.flatnonzero(features.any(axis=0))
        wanted = (int(sounding[-1]) + 1 if sounding.size else 0) + MARGIN
        return next((size for size in FRAMES if wanted <= size < frames), frames)

    def generate_with_fallback(
        self,
        encoder_output: ctranslate2.StorageView,
        prompt: list[int],
        tokenizer: Tokenizer,
        options: TranscriptionOptions,
    ) -> Decoded:
        whole = self._window.features
        if whole is None:
            return self._decoded(encoder_output, prompt, tokenizer, options)
        first = replace(options, temperatures=options.temperatures[:1])
        decoded = self._decoded(encoder_output, prompt, tokenizer, first)
        if _trusted(decoded):
            return decoded
        self._window.encoded = super().encode(whole)
        return self._decoded(self._window.encoded, prompt, tokenizer, options)

    def _decoded(self, *arguments: Any) -> Decoded:
        decoded: Decoded = super().generate_with_fallback(*arguments)
        return decoded

    def find_alignment(
        self,
        tokenizer: Tokenizer,
        text_tokens: list[int],
        encoder_output: ctranslate2.StorageView,
        num_frames: int,
        **others: Any,
    ) -> list[dict[str, Any]]:
        # The one that was decoded in the end.
        encoded = self._window.encoded or encoder_output
        aligned: list[dict[str, Any]] = super().find_alignment(
            tokenizer, text_tokens, encoded, num_frames, **others
        )
        return aligned

    def get_prompt(
        self,
        tokenizer: Tokenizer,
        previous_tokens: Iterable[int],
        without_timestamps: bool = False,
        prefix: str | None = None,
        hotwords: str | None = None,
    ) -> list[int]:
        """Hotwords have half of the room where there is a prompt too, which keeps its end."""
        previous = list(previous_tokens)
        hot = tokenizer.encode(f" {hotwords.strip()}") if hotwords and hotwords.strip() else []
        hot = hot[: PROMPT_TOKENS // 2 if previous else PROMPT_TOKENS]
        previous = [*hot, *previous[len(previous) - min(len(previous), PROMPT_TOKENS - len(hot)) :]]
        prompt: list[int] = super().get_prompt(tokenizer, previous, without_timestamps, prefix)
        return prompt


def _trusted(decoded: Decoded) -> bool:
    generated, logprob, _, compression_ratio = decoded
    return (
        logprob >= TRUSTED_LOGPROB and compression_ratio <= REPETITIVE and generated.no_speech_prob <= SILENT
    )

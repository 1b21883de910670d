"""faster-whisper's model, with three things otherwise: the encoder on fewer frames where that is asked for,
prompts that leave room for an answer, and choruses.

Whisper always hears 30 s; what is shorter is padded. The encoder takes fewer frames too and is several times
cheaper then (CTranslate2 `Whisper.encode`), but the model was not trained so: where a window ends right after
the last word it says all again and again, and words that were doubtful come out otherwise. So some padding is
left. Who asks for it (`transcriber.whisper`) hears again in the full window what was not heard well.

A text that repeats itself is tried at higher temperatures, and what comes of that is preferred however
improbable it is. So a chorus was lost: now it is kept, if the model is sure of it and it found an end.
"""

from collections.abc import Iterable
from copy import copy
from dataclasses import replace
from typing import Any

import ctranslate2
import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import TranscriptionOptions
from numpy.typing import NDArray

from scribeline.contracts.transcription import SAMPLE_RATE
from transcriber.guards import CLEAR, ENDLESS, SILENT

Features = NDArray[np.float32]
"""Log-mel: (mels, frames of 10 ms)."""
Decoded = tuple[ctranslate2.models.WhisperGenerationResult, float, float, float]
"""What was generated, its mean log probability, temperature and compression ratio."""

FRAMES = 3000
"""Of a full window: 30 s."""
FRAME = SAMPLE_RATE // 100
"""Samples."""
STEP = 500
"""Shortened windows are multiples of it: few sizes, so that buffers are used again."""
MARGIN = 500
"""Frames of padding left behind the sound: with 100, one clip in ten ended in a loop; with 500, none."""
PROMPT_TOKENS = 223
"""Half of the decoder's 448 positions are for what went before, and one is the mark (openai/whisper
decoding.py); with more there is no room for what is said, and nothing is."""


class Model(WhisperModel):  # type: ignore[misc]  # faster-whisper has no types
    """Safe from several threads."""

    frames = FRAMES

    def __init__(self, folder: str, **arguments: Any) -> None:
        super().__init__(folder, local_files_only=True, **arguments)
        # A user's "<|endoftext|>" is text, in a prompt too.
        self.hf_tokenizer.encode_special_tokens = True

    def shortened(self, samples: int) -> "Model | None":
        """The same weights with a window for so much sound; None where that is the full one."""
        frames = frames_for(samples)
        if frames == FRAMES:
            return None
        short = copy(self)
        short.frames = frames
        return short

    def encode(self, features: Features) -> ctranslate2.StorageView:
        return super().encode(features[..., : self.frames])

    def generate_with_fallback(
        self,
        encoder_output: ctranslate2.StorageView,
        prompt: list[int],
        tokenizer: Tokenizer,
        options: TranscriptionOptions,
    ) -> Decoded:
        decoded: Decoded = super().generate_with_fallback(encoder_output, prompt, tokenizer, options)
        if decoded[2] == options.temperatures[0]:
            return decoded
        first = replace(options, temperatures=options.temperatures[:1])
        coldest: Decoded = super().generate_with_fallback(encoder_output, prompt, tokenizer, first)
        return coldest if _is_chorus(coldest) else decoded

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


def frames_for(samples: int) -> int:
    """Of a window with so much sound and the margin."""
    return min(FRAMES, -(-(-(-samples // FRAME) + MARGIN) // STEP) * STEP)


def _is_chorus(decoded: Decoded) -> bool:
    """Of a text that was not taken at once. As it is clear, that was because it repeats."""
    generated, logprob, _, _ = decoded
    ended = len(generated.sequences_ids[0]) < ENDLESS
    return ended and logprob >= CLEAR and generated.no_speech_prob <= SILENT

"""Sounds in which nobody speaks, made on the spot: always the same ones. 16 kHz mono, -1..1."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from scribeline.contracts.transcription import SAMPLE_RATE

Samples = NDArray[np.float32]

DTMF = {"1": (697, 1209), "5": (770, 1336), "9": (852, 1477), "0": (941, 1336)}
"""Hz of each key's two tones (ITU-T Q.23)."""
CHORDS = ((262, 330, 392), (220, 262, 330), (175, 220, 262), (196, 247, 294))
"""Hz of C, A minor, F and G."""


def _coloured(seconds: float, slope: float, seed: int = 1) -> Samples:
    """Noise whose power falls by `slope` with the frequency: 0 white, 1 pink, 2 brown."""
    size = round(seconds * SAMPLE_RATE)
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(size))
    spectrum[1:] /= np.arange(1, spectrum.size) ** (slope / 2)
    spectrum[0] = 0
    return _loud(np.fft.irfft(spectrum, size))


def _loud(sound: NDArray[np.float64], level: float = 0.5) -> Samples:
    return (sound * (level / max(1e-9, float(np.abs(sound).max())))).astype(np.float32)


def _time(seconds: float) -> NDArray[np.float64]:
    return np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * SAMPLE_RATE), np.float32)


def white(seconds: float) -> Samples:
    return _coloured(seconds, 0)


def pink(seconds: float) -> Samples:
    return _coloured(seconds, 1)


def brown(seconds: float) -> Samples:
    return _coloured(seconds, 2)


def hum(seconds: float) -> Samples:
    """The mains: 50 Hz and its overtones."""
    overtones = [np.sin(2 * np.pi * 50 * n * _time(seconds)) / n for n in range(1, 8)]
    return _loud(np.sum(overtones, axis=0))


def clicks(seconds: float) -> Samples:
    sound = np.zeros(round(seconds * SAMPLE_RATE))
    sound[:: SAMPLE_RATE // 3] = 1.0
    return _loud(sound, 0.9)


def dialling(seconds: float) -> Samples:
    """Keys of a telephone, each for 0.2 s with a pause of 0.1 s."""
    time, sound = _time(seconds), np.zeros(round(seconds * SAMPLE_RATE))
    for number, key in enumerate("150950190" * (int(seconds) + 1)):
        held = (time >= number * 0.3) & (time < number * 0.3 + 0.2)
        for hertz in DTMF[key]:
            sound[held] += np.sin(2 * np.pi * hertz * time[held])
    return _loud(sound)


def chords(seconds: float) -> Samples:
    """Struck every half second, dying away, with overtones."""
    time = _time(seconds)
    since, number = time % 0.5, (time / 0.5).astype(int) % len(CHORDS)
    notes = np.array(CHORDS)[number]
    tones = [
        np.sin(2 * np.pi * notes[:, voice] * over * time) / over for voice in range(3) for over in (1, 2, 3)
    ]
    return _loud(np.sum(tones, axis=0) * np.exp(-4 * since))


def breath(seconds: float) -> Samples:
    """Noise that swells and falls every three seconds."""
    swell = np.maximum(0, np.sin(2 * np.pi * _time(seconds) / 3)) ** 2
    return _loud(pink(seconds) * swell, 0.2)


def applause(seconds: float) -> Samples:
    """Some forty claps a second, each a burst of noise of a few milliseconds."""
    random = np.random.default_rng(2)
    sound = np.zeros(round(seconds * SAMPLE_RATE))
    clap = random.standard_normal(400) * np.exp(-np.arange(400) / 60)
    for first in random.integers(0, sound.size - clap.size, round(40 * seconds)):
        sound[first : first + clap.size] += clap * random.uniform(0.2, 1.0)
    return _loud(sound)


def sweep(seconds: float) -> Samples:
    """A siren: up and down between 400 and 1200 Hz."""
    hertz = 800 + 400 * np.sin(2 * np.pi * _time(seconds) / 2)
    return _loud(np.sin(2 * np.pi * np.cumsum(hertz) / SAMPLE_RATE))


NOISES: dict[str, Callable[[float], Samples]] = {
    made.__name__: made
    for made in (silence, white, pink, brown, hum, clicks, dialling, chords, breath, applause, sweep)
}

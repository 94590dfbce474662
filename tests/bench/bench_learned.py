"""Time the learned path's parts, and the whole against the classical path and essentia where it is installed.

``python tests/bench/bench_learned.py [AUDIO]``: CPU time, the least of interleaved rounds, on 180 s (AUDIO repeated, or
songs of the training generator played with its own sounds).
"""

import importlib.util
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from maxbooster_kernel.analysis import learned_features, learned_harmony, learned_rhythm, network
from maxbooster_kernel.analysis.beattrack import track_beats
from maxbooster_kernel.analysis.learned import hear
from maxbooster_kernel.analysis.onset import onset_strength
from maxbooster_kernel.analysis.spectra import shared_spectra

RATE = 44100
SECONDS = 180
ROUNDS = 3


def programme(arguments: list[str]) -> np.ndarray:
    """Mono at 44100 Hz, 180 s."""
    import soxr

    if arguments:
        import soundfile as sf

        samples, rate = sf.read(arguments[0], dtype="float32", always_2d=True)
        mono = soxr.resample(samples.mean(axis=1), rate, RATE)
    else:
        from training.song import compose
        from training.synthesis import noise_drums, wavetable_line

        rng = np.random.default_rng(0)
        pieces = []
        for seed in range(6):
            mix = np.zeros(30 * 22050, np.float32)
            for part in compose(seed).parts:
                if part.role == "drums":
                    mix += noise_drums(rng, part.notes, seconds=30)
                else:
                    mix += wavetable_line(rng, part.notes, seconds=30, cents=0)
            pieces.append(mix)
        mono = soxr.resample(np.concatenate(pieces), 22050, RATE)
    return np.resize(mono, SECONDS * RATE).astype(np.float32)


def least(works: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """Least CPU seconds of each, interleaved; the first round warms up."""
    found = dict.fromkeys(works, float("inf"))
    for count in range(ROUNDS + 1):
        for name, work in works.items():
            start = time.process_time()
            work()
            if count:
                found[name] = min(found[name], time.process_time() - start)
    return found


def main() -> None:
    """Measure and print."""
    import soxr

    mono = programme(sys.argv[1:])
    slow = soxr.resample(mono, RATE, learned_features.RATE, quality="MQ")
    rhythm, harmony = learned_features.rhythm_features(slow), learned_features.harmony_features(slow)
    beats, chords = network.rhythm_activations(rhythm), network.harmony_activations(harmony.saliences)
    decoded = learned_rhythm.decode_rhythm(beats)
    times = np.empty(0) if decoded is None else decoded.beats_s

    def classical() -> None:
        track_beats(onset_strength(shared_spectra(mono, RATE).levels))

    works: dict[str, Callable[[], Any]] = {
        "rhythm features": lambda: learned_features.rhythm_features(slow),
        "rhythm network": lambda: network.rhythm_activations(rhythm),
        "beats and bars": lambda: learned_rhythm.decode_rhythm(beats),
        "harmony features": lambda: learned_features.harmony_features(slow),
        "harmony network": lambda: network.harmony_activations(harmony.saliences),
        "chords": lambda: learned_harmony.decode_harmony(harmony, chords, times, SECONDS),
        "learned path": lambda: hear(mono, RATE),
        "classical beats": classical,
    }
    if importlib.util.find_spec("essentia"):
        import essentia.standard as es

        works["essentia beats and key"] = lambda: (
            es.RhythmExtractor2013(method="multifeature")(mono),
            es.KeyExtractor(profileType="bgate")(mono),
        )
    found = least(works)
    for name, seconds in found.items():
        print(f"{name:24s}{1000 * seconds:8.0f} ms{seconds / found['learned path']:8.2f} of the learned path")


if __name__ == "__main__":
    main()

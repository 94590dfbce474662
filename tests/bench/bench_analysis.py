"""The full analysis against its peers, interleaved: ``python tests/bench/bench_analysis.py [SECONDS] [ROUNDS]``.

``librosa + pyloudnorm`` computes the fields that both have: tempo, beats, tempogram, tuning, chroma, centroid, rolloff,
RMS, integrated loudness (no chords, no downbeats, no true peak). ``essentia`` (AGPL, only where it is installed) does
tempo, beats, key, chords, danceability, dynamic complexity, centroid, rolloff and R 128 loudness. Prints medians of
processor time and ratios, and how long the first analysis of a fresh process takes.
"""

from __future__ import annotations

import importlib.util
import resource
import statistics
import subprocess
import sys
import warnings
from collections.abc import Callable

import numpy as np

from maxbooster_kernel.analysis import analyze
from maxbooster_kernel.audio import AudioBuffer

RATE = 44100


def music(seconds: float) -> np.ndarray:
    """Return chords over a beat, stereo."""
    rng = np.random.default_rng(0)
    t = np.arange(round(seconds * RATE)) / RATE
    roots = np.array([48, 53, 55, 57])[(t // 2).astype(int) % 4]
    tone = sum(
        np.sin(2 * np.pi * 440 * 2 ** ((roots + k - 69) / 12) * t) / (1 + j) for j, k in enumerate((0, 4, 7, 12))
    )
    drum = rng.standard_normal((2, t.size)) * np.exp(-((t % 0.5) / 0.04))
    return (0.08 * tone + 0.2 * drum).astype(np.float32)


def with_librosa(samples: np.ndarray) -> None:
    """Compute what librosa and pyloudnorm have of the fields."""
    import librosa
    import pyloudnorm

    mono = samples.mean(axis=0)
    onset = librosa.onset.onset_strength(y=mono, sr=RATE)
    librosa.beat.beat_track(onset_envelope=onset, sr=RATE)
    librosa.feature.tempogram(onset_envelope=onset, sr=RATE)
    librosa.feature.chroma_cqt(y=mono, sr=RATE, tuning=librosa.estimate_tuning(y=mono, sr=RATE))
    spectrum = np.abs(librosa.stft(mono))
    librosa.feature.spectral_centroid(S=spectrum, sr=RATE)
    librosa.feature.spectral_rolloff(S=spectrum, sr=RATE)
    librosa.feature.rms(S=spectrum)
    pyloudnorm.Meter(RATE).integrated_loudness(samples.T.astype(np.float64))


def with_essentia(samples: np.ndarray) -> None:
    """Compute the fields with essentia."""
    import essentia.standard as es

    mono = np.ascontiguousarray(samples.mean(axis=0), np.float32)
    _, beats, _, _, _ = es.RhythmExtractor2013(method="multifeature")(mono)
    es.KeyExtractor()(mono)
    window, spectrum = es.Windowing(type="blackmanharris62"), es.Spectrum()
    peaks, hpcp = es.SpectralPeaks(maxPeaks=60, magnitudeThreshold=1e-5, minFrequency=40), es.HPCP(size=36)
    centroid, rolloff = es.Centroid(range=RATE / 2), es.RollOff()
    rows = []
    for frame in es.FrameGenerator(mono, frameSize=8192, hopSize=2048):
        shape = spectrum(window(frame))
        rows.append(hpcp(*peaks(shape)))
        centroid(shape)
        rolloff(shape)
    es.ChordsDetectionBeats(hopSize=2048)(np.array(rows, np.float32), beats)
    es.Danceability()(mono)
    es.DynamicComplexity()(mono)
    es.LoudnessEBUR128()(np.ascontiguousarray(samples.T))


def cpu_seconds() -> float:
    """Return the processor time of this process: steady on a shared machine."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    """Time each contender in turn, round after round."""
    warnings.simplefilter("ignore")
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 180.0
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    samples = music(seconds)
    buffer = AudioBuffer(samples, RATE)
    entries: dict[str, Callable[[], object]] = {"ours": lambda: analyze(buffer)}
    if importlib.util.find_spec("librosa") and importlib.util.find_spec("pyloudnorm"):
        entries["librosa + pyloudnorm"] = lambda: with_librosa(samples)
    if importlib.util.find_spec("essentia"):
        entries["essentia"] = lambda: with_essentia(samples)
    times: dict[str, list[float]] = {name: [] for name in entries}
    for work in entries.values():  # kernels compiled or loaded
        work()
    for _ in range(rounds):
        for name, work in entries.items():
            start = cpu_seconds()
            work()
            times[name].append(cpu_seconds() - start)
    ours = statistics.median(times["ours"])
    for name, taken in times.items():
        median = statistics.median(taken)
        print(f"{name:24s} {median:8.2f} s cpu   {median / ours:6.2f} x ours")
    code = (
        "import time, resource, numpy as np; start = time.perf_counter()\n"
        "import maxbooster_kernel as mb\n"
        "mb.analyze(mb.AudioBuffer(np.random.default_rng(0).standard_normal((2, 441000)) * 0.1, 44100))\n"
        "usage = resource.getrusage(resource.RUSAGE_SELF)\n"
        "print(f'first analysis of a fresh process: {time.perf_counter() - start:.2f} s, "
        "{usage.ru_utime + usage.ru_stime:.2f} s cpu')"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


if __name__ == "__main__":
    main()

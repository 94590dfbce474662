"""Produced recordings: do peers agree more with us or with essentia? ``python tests/bench/bench_recordings.py FOLDER``.

FOLDER holds Ogg, FLAC or WAV files, such as those of Debian's ``wesnoth-1.16-music``; the recordings stay where they
are. Of each, 40 s from the twentieth second on. Nobody knows the truth, so referees that are kin to neither judge:
librosa's beat tracker and its local pulse, aubio's and madmom's where they are installed by hand (``aubiotrack``;
madmom with its models, which are not free), and for the key Temperley's profile on librosa's chroma.
Where FOLDER holds a ``labels.json`` (file, tempo, beats), its beats are the referee.
Prints the agreement with each referee and with all, the difference and its 95 % interval over recordings, and the mean
agreement in beats of each method with all others. Without essentia (AGPL, installed by hand) our own classical path
stands in its place.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import mir_eval
import numpy as np

from maxbooster_kernel.analysis.key import MAJOR, MINOR, NAMES
from maxbooster_kernel.analysis.learned import hear
from maxbooster_kernel.analysis.learned_features import RATE

FIRST_S, SECONDS = 20.0, 40.0
LOUDEST_SILENCE = 1e-4
Beats = np.ndarray
Found = tuple[Beats, str]


def ours(mono: np.ndarray) -> Found:
    """Beats and key of the learned path."""
    heard = hear(mono, RATE)
    beats = np.empty(0) if heard.rhythm is None else heard.rhythm.beats_s
    return beats, "" if heard.harmony is None else f"{heard.harmony.tonic} {heard.harmony.scale}"


def essentias(mono: np.ndarray) -> Found:
    """Beats of RhythmExtractor2013 (multifeature) and key of KeyExtractor (bgate)."""
    import essentia.standard as es
    import soxr

    audio = soxr.resample(mono, RATE, 44100).astype(np.float32)
    _, beats, *_ = es.RhythmExtractor2013(method="multifeature")(audio)
    tonic, scale, _ = es.KeyExtractor(profileType="bgate")(audio)
    return np.asarray(beats, np.float64), f"{tonic} {scale}"


def classical(mono: np.ndarray) -> Found:
    """Beats of our own classical path; no key."""
    from maxbooster_kernel.analysis.beattrack import track_beats
    from maxbooster_kernel.analysis.onset import onset_strength
    from maxbooster_kernel.analysis.spectra import shared_spectra

    return track_beats(onset_strength(shared_spectra(mono, RATE).levels)).beats_s, ""


def referees(mono: np.ndarray) -> tuple[dict[str, Beats], str]:
    """Beats of librosa's tracker, of its pulse, and of aubio and madmom where they are; the key of librosa's chroma."""
    import librosa

    onset = librosa.onset.onset_strength(y=mono, sr=RATE)
    _, tracked = librosa.beat.beat_track(onset_envelope=onset, sr=RATE, units="time")
    pulse = librosa.beat.plp(onset_envelope=onset, sr=RATE)
    found = {
        "librosa": tracked,
        "pulse": librosa.frames_to_time(np.flatnonzero(librosa.util.localmax(pulse)), sr=RATE),
    }
    if shutil.which("aubiotrack"):
        found["aubio"] = aubios(mono)
    if importlib.util.find_spec("madmom"):
        found["madmom"] = madmoms(mono)
    chroma = librosa.feature.chroma_cqt(y=mono, sr=RATE).sum(axis=1)
    match = [np.corrcoef(np.roll(profile, tonic), chroma)[0, 1] for profile in (MAJOR, MINOR) for tonic in range(12)]
    best = int(np.argmax(match))
    return found, f"{NAMES[best % 12]} {'major' if best < 12 else 'minor'}"


def aubios(mono: np.ndarray) -> Beats:
    """Beats of aubio's tracker."""
    import soundfile as sf

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "excerpt.wav"
        sf.write(path, mono, RATE)
        said = subprocess.run(["aubiotrack", "-i", str(path)], capture_output=True, text=True, check=True).stdout
    return np.array([float(word) for word in said.split()])


def madmoms(mono: np.ndarray) -> Beats:
    """Beats of madmom's recurrent networks, decoded by its bar-pointer model."""
    import soxr
    from madmom.audio.signal import Signal
    from madmom.features.beats import DBNBeatTrackingProcessor, RNNBeatProcessor

    audio = soxr.resample(mono, RATE, 44100).astype(np.float32)
    return np.asarray(DBNBeatTrackingProcessor(fps=100)(RNNBeatProcessor()(Signal(audio, sample_rate=44100))))


def agreement(beats: Beats, other: Beats) -> tuple[float, float, float, float]:
    """F and AMLt (the first 5 s left out), and whether the median tempi are equal, and equal up to a multiple."""
    trimmed, truth = mir_eval.beat.trim_beats(np.sort(beats)), mir_eval.beat.trim_beats(np.sort(other))
    if truth.size < 4 or trimmed.size < 4:
        return 0.0, 0.0, 0.0, 0.0
    ratio = float(np.median(np.diff(truth)) / np.median(np.diff(trimmed)))
    same = [abs(ratio / factor - 1) <= 0.04 for factor in (1, 2, 3, 1 / 2, 1 / 3)]
    f_measure, amlt = mir_eval.beat.f_measure(truth, trimmed), mir_eval.beat.continuity(truth, trimmed)[3]
    return f_measure, amlt, float(same[0]), float(any(same))


def excerpt(path: Path, *, whole: bool) -> np.ndarray:
    """Mono at 22050 Hz."""
    import soundfile as sf
    import soxr

    with sf.SoundFile(path) as file:
        length = file.frames / file.samplerate
        first = 0.0 if whole or length < FIRST_S + SECONDS else FIRST_S
        file.seek(int(first * file.samplerate))
        samples = file.read(-1 if whole else int(SECONDS * file.samplerate), dtype="float32", always_2d=True)
        return np.asarray(soxr.resample(samples.mean(axis=1), file.samplerate, RATE), np.float32)


def interval(difference: np.ndarray) -> tuple[float, float]:
    """95 % interval of the mean by bootstrap."""
    rng = np.random.default_rng(0)
    means = difference[rng.integers(0, difference.size, (2000, difference.size))].mean(axis=1)
    low, high = np.percentile(means, [2.5, 97.5])
    return float(low), float(high)


def main() -> None:
    """Measure and print."""
    warnings.filterwarnings("ignore")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--limit", type=int)
    options = parser.parse_args()
    known = options.folder / "labels.json"
    labels = {row["file"]: row for row in json.loads(known.read_text()).values()} if known.exists() else {}
    paths = sorted(path for path in options.folder.iterdir() if path.suffix in {".ogg", ".flac", ".wav"})
    peer: tuple[str, Callable[[np.ndarray], Found]] = (
        ("essentia", essentias) if importlib.util.find_spec("essentia") else ("classical", classical)
    )
    rows, keys, mutual = [], [], []
    for path in paths[: options.limit]:
        mono = excerpt(path, whole=path.name in labels)
        if mono.size < 15 * RATE or float(mono.std()) < LOUDEST_SILENCE:
            continue
        judges, key = ({"labels": np.array(labels[path.name]["beats"])}, "") if labels else referees(mono)
        found = {"ours": ours(mono), peer[0]: peer[1](mono)}
        rows.append([[agreement(beats, judge) for judge in judges.values()] for beats, _ in found.values()])
        keys.append([mir_eval.key.weighted_score(key, said) if key and said else np.nan for _, said in found.values()])
        everybody = {name: beats for name, (beats, _) in found.items()} | judges
        mutual.append([
            np.mean([agreement(beats, other)[0] for other in everybody.values() if other is not beats])
            for beats in everybody.values()
        ])  # fmt: skip
    table, names = 100 * np.array(rows), [*judges, "all"]
    print(f"{len(rows)} recordings; agreement with {'the labels' if labels else 'the referees'}")
    for index, name in enumerate(names):
        part = table.mean(axis=2) if name == "all" else table[:, :, index]
        for column, score in enumerate(("beat F", "AMLt", "Acc1", "Acc2")):
            told(f"{name} {score}", part[:, 0, column], part[:, 1, column], peer[0])
    told("key MIREX", *(100 * np.array(keys).T), peer[0])
    means = 100 * np.mean(mutual, axis=0)
    print("mean agreement with all others:", ", ".join(f"{n} {m:.1f}" for n, m in zip(everybody, means, strict=True)))


def told(name: str, mine: np.ndarray, theirs: np.ndarray, peer: str) -> None:
    """Print two means, their difference and its interval; nothing where one is not known."""
    if np.isfinite(mine).all() and np.isfinite(theirs).all():
        low, high = interval(mine - theirs)
        means = f"ours {mine.mean():5.1f}   {peer} {theirs.mean():5.1f}"
        print(f"{name:16s} {means}   difference {np.mean(mine - theirs):+5.1f} [{low:+.1f}, {high:+.1f}]")


if __name__ == "__main__":
    main()

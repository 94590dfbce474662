"""Produced recordings: do peers agree more with us or with essentia? ``python tests/bench/bench_recordings.py FOLDER``.

FOLDER holds Ogg, FLAC or WAV files, such as those of Debian's ``wesnoth-1.16-music``; the recordings stay where they
are. Of each, 40 s from the twentieth second on. Nobody knows the truth, so referees that are kin to neither judge:
librosa's beat tracker and its local pulse, and for the key Temperley's profile on librosa's chroma.
Where FOLDER holds a ``labels.json`` (file, tempo, beats), its beats are the referee.
Prints the mean agreement with the referees, the difference and its 95 % interval over recordings. Without essentia
(AGPL, installed by hand) our own classical path stands in its place.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
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


def referees(mono: np.ndarray) -> tuple[list[Beats], str]:
    """Beats of librosa's tracker and of its pulse; the key of its chroma."""
    import librosa

    onset = librosa.onset.onset_strength(y=mono, sr=RATE)
    _, tracked = librosa.beat.beat_track(onset_envelope=onset, sr=RATE, units="time")
    pulse = librosa.beat.plp(onset_envelope=onset, sr=RATE)
    local = librosa.frames_to_time(np.flatnonzero(librosa.util.localmax(pulse)), sr=RATE)
    chroma = librosa.feature.chroma_cqt(y=mono, sr=RATE).sum(axis=1)
    match = [np.corrcoef(np.roll(profile, tonic), chroma)[0, 1] for profile in (MAJOR, MINOR) for tonic in range(12)]
    best = int(np.argmax(match))
    return [tracked, local], f"{NAMES[best % 12]} {'major' if best < 12 else 'minor'}"


def agreement(beats: Beats, others: list[Beats]) -> tuple[float, float]:
    """Mean F and AMLt against each referee, the first 5 s left out."""
    trimmed = mir_eval.beat.trim_beats(np.sort(beats))
    scores = []
    for other in others:
        truth = mir_eval.beat.trim_beats(np.sort(other))
        if truth.size < 4 or trimmed.size < 4:
            scores.append((0.0, 0.0))
        else:
            scores.append((mir_eval.beat.f_measure(truth, trimmed), mir_eval.beat.continuity(truth, trimmed)[3]))
    return float(np.mean([score[0] for score in scores])), float(np.mean([score[1] for score in scores]))


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
    rows = []
    for path in paths[: options.limit]:
        mono = excerpt(path, whole=path.name in labels)
        if mono.size < 15 * RATE or float(mono.std()) < LOUDEST_SILENCE:
            continue
        judges, key = ([np.array(labels[path.name]["beats"])], "") if labels else referees(mono)
        row = []
        for method in (ours, peer[1]):
            beats, found = method(mono)
            right = mir_eval.key.weighted_score(key, found) if key and found else np.nan
            row.append((*agreement(beats, judges), right))
        rows.append(row)
    table = 100 * np.array(rows)
    print(f"{len(rows)} recordings; agreement with {'the labels' if labels else 'the referees'}")
    for column, name in enumerate(("beat F", "AMLt", "key MIREX")):
        mine, theirs = table[:, 0, column], table[:, 1, column]
        if np.isfinite(mine).all() and np.isfinite(theirs).all():
            low, high = interval(mine - theirs)
            means = f"ours {mine.mean():5.1f}   {peer[0]} {theirs.mean():5.1f}"
            print(f"{name:10s} {means}   difference {np.mean(mine - theirs):+5.1f} [{low:+.1f}, {high:+.1f}]")


if __name__ == "__main__":
    main()

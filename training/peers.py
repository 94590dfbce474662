"""Predict tempo, beats, key and chords with one method, as JSON: ``python -m training.peers METHOD OUT.json FILE...``.

Methods: ``learned`` and ``classical`` (the two paths of this package, each alone), ``essentia`` (a peer for measuring;
AGPL, installed by hand).
"""

import argparse
import json
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from maxbooster_kernel.analysis.learned_features import HARMONY_FPS, Harmony
from maxbooster_kernel.analysis.learned_harmony import LearnedHarmony, decode_harmony
from maxbooster_kernel.analysis.learned_rhythm import LearnedRhythm, decode_rhythm
from maxbooster_kernel.analysis.network import harmony_activations, rhythm_activations

METHODS = ("learned", "classical", "essentia")


def learned(path: Path) -> dict[str, Any]:
    """The networks alone, with the weights shipped, on sound or on a stored song's features."""
    import soundfile as sf

    from maxbooster_kernel.analysis.learned import hear

    if path.suffix == ".npz":
        rhythm, harmony = stored(path)
    else:
        samples, rate = sf.read(path, dtype="float32", always_2d=True)
        heard = hear(samples.mean(axis=1), rate)
        rhythm, harmony = heard.rhythm, heard.harmony
    beats = rhythm.beats_s if rhythm else np.empty(0)
    return {
        "tempo": rhythm.bpm if rhythm else 0,
        "beats": beats.tolist(),
        "downbeats": rhythm.downbeats_s.tolist() if rhythm else [],
        "key": f"{harmony.tonic} {harmony.scale}" if harmony else None,
        "chords": [[chord.start_s, chord.end_s, chord.label] for chord in harmony.chords] if harmony else [],
        "tuning_hz": harmony.tuning_hz if harmony else None,
    }


def stored(path: Path) -> tuple[LearnedRhythm | None, LearnedHarmony | None]:
    """What the networks hear in the features of a stored song."""
    with np.load(path) as song:
        features = Harmony(saliences=song["harmony"], tuning=float(song["tuning"]))
        heard = rhythm_activations(song["rhythm"])
    chords = harmony_activations(features.saliences)
    rhythm = decode_rhythm(heard, chords)
    beats = np.empty(0) if rhythm is None else rhythm.beats_s
    return rhythm, decode_harmony(features, chords, beats, len(features.saliences) / HARMONY_FPS)


def classical(path: Path) -> dict[str, Any]:
    """The classical path alone."""
    from maxbooster_kernel.analysis import chroma
    from maxbooster_kernel.analysis.beattrack import track_beats
    from maxbooster_kernel.analysis.chords import find_chords
    from maxbooster_kernel.analysis.key import find_key
    from maxbooster_kernel.analysis.onset import onset_strength
    from maxbooster_kernel.analysis.spectra import PITCH_FRAME_RATE, mixdown, pitch_peaks, shared_spectra
    from maxbooster_kernel.audio.read import read_audio

    buffer = read_audio(path)
    spectra = shared_spectra(mixdown(buffer), buffer.sample_rate)
    grid = track_beats(onset_strength(spectra.levels))
    peaks = pitch_peaks(spectra.long)
    deviation = chroma.tuning_deviation(peaks)
    salience = chroma.semitone_salience(peaks, deviation)
    treble, bass = chroma.fold(salience), chroma.fold_bass(salience)
    borders = np.concatenate(([0.0], grid.beats_s[grid.beats_s > 0.05], [buffer.duration_s]))
    chords = find_chords(treble, bass, borders, PITCH_FRAME_RATE, key=None)
    key = find_key(treble, bass, chords)
    chords = find_chords(treble, bass, borders, PITCH_FRAME_RATE, key=key)
    return {
        "tempo": grid.bpm,
        "beats": grid.beats_s.tolist(),
        "key": str(key) if key else None,
        "chords": [[chord.start_s, chord.end_s, chord.label] for chord in chords],
        "tuning_hz": chroma.tuning_hz(deviation),
    }


def essentia(path: Path) -> dict[str, Any]:
    """RhythmExtractor2013 (multifeature), KeyExtractor (bgate), ChordsDetection on whitened, tuned HPCP."""
    import essentia.standard as es

    audio = es.MonoLoader(filename=str(path), sampleRate=44100)()
    bpm, beats, _, _, _ = es.RhythmExtractor2013(method="multifeature")(audio)
    tonic, scale, _ = es.KeyExtractor(profileType="bgate")(audio)
    window, spectrum, whitened = es.Windowing(type="blackmanharris62"), es.Spectrum(), es.SpectralWhitening()
    peaks = es.SpectralPeaks(
        orderBy="magnitude", magnitudeThreshold=1e-5, minFrequency=40, maxFrequency=5000, maxPeaks=60
    )
    hpcp = es.HPCP(
        size=36, harmonics=8, bandPreset=False, minFrequency=40, maxFrequency=5000, weightType="cosine",
        windowSize=1.0, referenceFrequency=float(np.median(es.TuningFrequencyExtractor()(audio))),
    )  # fmt: skip
    rows = []
    for frame in es.FrameGenerator(audio, frameSize=8192, hopSize=2048):
        shape = spectrum(window(frame))
        hz, size = peaks(shape)
        rows.append(hpcp(hz, whitened(shape, hz, size)))
    names, _ = es.ChordsDetection(hopSize=2048, windowSize=1)(np.array(rows, np.float32))
    chords = [
        [index * 2048 / 44100, (index + 1) * 2048 / 44100, f"{name[:-1]}:min" if name.endswith("m") else f"{name}:maj"]
        for index, name in enumerate(names)
    ]
    return {"tempo": float(bpm), "beats": [float(beat) for beat in beats], "key": f"{tonic} {scale}", "chords": chords}


def _one(work: tuple[str, Path]) -> dict[str, Any]:
    method, path = work
    chosen: dict[str, Callable[[Path], dict[str, Any]]] = {
        "learned": learned,
        "classical": classical,
        "essentia": essentia,
    }
    try:
        return chosen[method](path)
    except Exception as error:  # noqa: BLE001 - a peer's failure is a score of 0, and said
        print(path.name, repr(error), file=sys.stderr)
        return {"tempo": 0, "beats": [], "key": None, "chords": []}


def main() -> None:
    """Parse the command line and predict."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("method", choices=METHODS)
    parser.add_argument("out", type=Path)
    parser.add_argument("files", type=Path, nargs="+")
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    with ProcessPoolExecutor(options.jobs) as pool:
        found = list(pool.map(_one, [(options.method, path) for path in options.files]))
    predictions = {path.stem: row for path, row in zip(options.files, found, strict=True)}
    options.out.write_text(json.dumps(predictions))


if __name__ == "__main__":
    main()

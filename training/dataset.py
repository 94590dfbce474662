"""Make songs, their features and their truth: ``python -m training.dataset OUT --first 0 --count 4000``.

One ``.npz`` a song, named by its seed. Existing files are kept, so an interrupted run goes on where it stopped.
"""

import argparse
import json
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.analysis.learned_features import harmony_features, rhythm_features
from training.song import SECONDS, Song, compose


def truth(song: Song) -> dict[str, object]:
    """The labels of a song as plain data."""
    return {
        "style": song.style, "seed": song.seed, "tempo": song.tempo, "curve": song.curve,
        "beats": song.beats.tolist(), "downbeats": song.downbeats.tolist(), "beats_per_bar": song.beats_per_bar,
        "key": song.key, "key_name": song.key_name, "a4": song.a4, "chords": song.chords, "seconds": SECONDS,
        "roles": [part.role for part in song.parts],
    }  # fmt: skip


def example(song: Song, audio: NDArray[np.float32]) -> dict[str, NDArray[np.generic]]:
    """Features and truth of one song, ready to store."""
    harmony = harmony_features(audio)
    return {
        "rhythm": rhythm_features(audio),
        "harmony": harmony.saliences,
        "tuning": np.float32(harmony.tuning),
        "truth": np.frombuffer(json.dumps(truth(song)).encode(), np.uint8),
    }


def make(seed: int, out: Path, *, unseen: bool, held_out: bool, audio: bool) -> None:
    """Make one song and store it; with ``audio`` its sound too, for peers to analyse."""
    from training.render import render

    path = out / f"{seed:06d}.npz"
    if path.exists():
        return
    song = compose(seed, held_out=held_out)
    sound = render(song, unseen=unseen)
    if float(np.std(sound)) < 1e-4:
        return
    if audio:
        import soundfile as sf

        sf.write(out / f"{seed:06d}.wav", sound, 22050, subtype="PCM_16")
    partial = path.with_suffix(".part.npz")
    np.savez(partial, **example(song, sound))
    partial.rename(path)


def _run(work: tuple[int, int, int, Path, bool, bool, bool]) -> int:
    first, last, step, out, unseen, held_out, audio = work
    for seed in range(first, last, step):
        make(seed, out, unseen=unseen, held_out=held_out, audio=audio)
    return first


def main() -> None:
    """Parse the command line and make the songs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=4000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--unseen", action="store_true", help="use the soundfont kept for testing")
    parser.add_argument("--held-out", action="store_true", help="use the styles kept for testing")
    parser.add_argument("--audio", action="store_true", help="store the sound too")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    last = options.first + options.count
    flags = (options.unseen, options.held_out, options.audio)
    works = [(options.first + job, last, options.jobs, options.out, *flags) for job in range(options.jobs)]
    with ProcessPoolExecutor(options.jobs) as pool:
        for _ in pool.map(_run, works):
            pass


if __name__ == "__main__":
    main()

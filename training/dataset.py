"""Make songs, their features and their truth: ``python -m training.dataset OUT --first 0 --count 4000``.

One ``.npz`` a song, named by its seed. Existing files are kept, so an interrupted run goes on where it stopped.
With ``--demo`` the package's demo synthesiser plays instead of the song generator of this folder; with ``--sketch``
features come straight from the notes, twenty times as fast.
"""

import argparse
import json
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.analysis.learned_features import harmony_features, rhythm_features
from training.demo_songs import demo_song
from training.plain_songs import plain_song
from training.score_songs import score_song
from training.scores import held_out, stored
from training.sketch import sketch
from training.song import SECONDS, Song, compose


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Which songs to make: ``unseen`` soundfont, ``held_out`` styles, ``demo`` synthesiser, ``plain`` music.

    ``soft`` lowers the clicks of plain music; ``sketch`` makes features from the notes, without sound; ``audio`` stores
    sound; ``clean`` leaves out voices and production; ``scores`` are works of which those of one ``kind`` are arranged.
    """

    unseen: bool = False
    held_out: bool = False
    demo: bool = False
    plain: bool = False
    soft: bool = False
    sketch: bool = False
    audio: bool = False
    clean: bool = False
    scores: Path | None = None
    kind: str | None = None


def truth(song: Song) -> dict[str, Any]:
    """The labels of a song as plain data."""
    return {
        "style": song.style, "seed": song.seed, "tempo": song.tempo, "curve": song.curve,
        "beats": song.beats.tolist(), "downbeats": song.downbeats.tolist(), "beats_per_bar": song.beats_per_bar,
        "key": song.key, "key_name": song.key_name, "a4": song.a4, "chords": song.chords, "seconds": SECONDS,
        "roles": [part.role for part in song.parts],
    }  # fmt: skip


def example(labels: dict[str, Any], audio: NDArray[np.float32]) -> dict[str, NDArray[np.generic]]:
    """Features and truth of one song, ready to store."""
    harmony = harmony_features(audio)
    return {
        "rhythm": rhythm_features(audio),
        "harmony": harmony.saliences,
        "tuning": np.float32(harmony.tuning),
        "truth": _packed(labels),
    }


def sketched(song: Song) -> dict[str, NDArray[np.generic]]:
    """Features drawn from the notes of one song, and truth, ready to store."""
    rhythm, harmony = sketch(song)
    return {"rhythm": rhythm, "harmony": harmony, "tuning": np.float32(0), "truth": _packed(truth(song))}


def _packed(labels: dict[str, Any]) -> NDArray[np.uint8]:
    return np.frombuffer(json.dumps(labels).encode(), np.uint8)


def played(seed: int, source: Source) -> tuple[dict[str, Any], NDArray[np.float32]]:
    """Labels and sound of one song."""
    if source.demo:
        return demo_song(seed, held_out=source.held_out)
    if source.plain:
        song, sound = plain_song(seed, soft=source.soft)
        return truth(song), sound
    from training.render import render

    song = composed(seed, source)
    return truth(song), render(song, unseen=source.unseen, clean=source.clean)


def composed(seed: int, source: Source) -> Song:
    """Return the song of a seed: from the generator, or arranged from a score."""
    if source.scores is None:
        return compose(seed, held_out=source.held_out, clean=source.clean)
    known, kept = held_out(stored(source.scores))
    works = [work for work in (kept if source.held_out else known) if source.kind in {None, work.kind}]
    return score_song(seed, works, steadiness="slight" if source.clean else "drawn")


def make(seed: int, out: Path, source: Source) -> None:
    """Make one song and store it; with ``audio`` its sound too, for peers to analyse."""
    path = out / f"{seed:06d}.npz"
    if path.exists():
        return
    if source.sketch:
        made = sketched(composed(seed, source))
    else:
        labels, sound = played(seed, source)
        if float(np.std(sound)) < 1e-4:
            return
        if source.audio:
            import soundfile as sf

            sf.write(out / f"{seed:06d}.wav", sound, 22050, subtype="PCM_16")
        made = example(labels, sound)
    partial = path.with_suffix(".part.npz")
    np.savez(partial, **made)
    partial.rename(path)


def _run(work: tuple[int, int, int, Path, Source]) -> int:
    first, last, step, out, source = work
    for seed in range(first, last, step):
        make(seed, out, source)
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
    parser.add_argument("--demo", action="store_true", help="let the demo synthesiser play")
    parser.add_argument("--plain", action="store_true", help="clicks and block chords")
    parser.add_argument("--soft", action="store_true", help="softer clicks in plain music")
    parser.add_argument("--sketch", action="store_true", help="features from the notes alone")
    parser.add_argument("--clean", action="store_true", help="no voices, no production, two soundfonts")
    parser.add_argument("--scores", type=Path, help="arrange scores that training.scores has read")
    parser.add_argument("--kind", choices=["tune", "chorale"], help="scores of one kind only")
    parser.add_argument("--audio", action="store_true", help="store the sound too")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    last = options.first + options.count
    source = Source(
        unseen=options.unseen,
        held_out=options.held_out,
        demo=options.demo,
        plain=options.plain,
        soft=options.soft,
        sketch=options.sketch,
        audio=options.audio,
        clean=options.clean,
        scores=options.scores,
        kind=options.kind,
    )
    works = [(options.first + job, last, options.jobs, options.out, source) for job in range(options.jobs)]
    with ProcessPoolExecutor(options.jobs) as pool:
        for _ in pool.map(_run, works):
            pass


if __name__ == "__main__":
    main()

"""Benchmark of reading, hashing and drawing audio, against the libraries beneath, interleaved in one run.

Run ``python tests/bench/bench_audio.py [--seconds 60] [--rounds 7]``. Printed are medians of CPU time in
milliseconds and ratios to the peer; ratios hold on a noisy machine, milliseconds do not.
"""

from __future__ import annotations

import argparse
import hashlib
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile

from maxbooster_kernel.audio import AudioBuffer, MediaIndex, audio_hash, blocks, file_peaks, read_audio
from maxbooster_kernel.audio.index import hash_file
from maxbooster_kernel.audio.peaks import peaks

RATE = 44100


def three_reads(path: Path) -> None:
    """Hash a file three times, as one does without an index."""
    for name in ("md5", "sha1", "sha256"):
        with path.open("rb") as stream:
            hashlib.file_digest(stream, name)


def sound_blocks(path: Path) -> None:
    """Read a file block by block with soundfile."""
    for _ in soundfile.blocks(path, 65536, dtype="float32", always_2d=True):
        pass


def naive_peaks(samples: np.ndarray) -> None:
    """Find minimum, maximum and RMS of buckets at seven resolutions, each from the samples."""
    for level in range(7):
        size = 256 * 4**level
        cut = samples[:, : samples.shape[1] - samples.shape[1] % size].reshape(2, -1, size)
        cut.min(axis=2), cut.max(axis=2), np.sqrt((cut**2).mean(axis=2))


def cases(folder: Path, seconds: int) -> dict[str, tuple[Callable[[], object], Callable[[], object]]]:
    """Return each case as ours and the peer's."""
    samples = np.random.default_rng(1).uniform(-0.5, 0.5, (2, seconds * RATE)).astype(np.float32)
    audio = AudioBuffer(samples, RATE)
    wav, flac = audio.write(folder / "a.wav"), audio.write(folder / "a.flac")
    index = MediaIndex(folder / "index.sqlite")
    time.sleep(0.1)  # let the files' times settle, so that the index keeps them
    index.entry(wav)
    interleaved = np.ascontiguousarray(samples.T)
    return {
        "read WAV 24 bit | soundfile.read": (lambda: read_audio(wav), lambda: soundfile.read(wav, dtype="float32")),
        "read FLAC | soundfile.read": (lambda: read_audio(flac), lambda: soundfile.read(flac, dtype="float32")),
        "blocks of WAV | soundfile.blocks": (lambda: list(map(len, blocks(wav, 65536))), lambda: sound_blocks(wav)),
        "write WAV 24 bit | soundfile.write": (
            lambda: audio.write(folder / "b.wav"),
            lambda: soundfile.write(folder / "c.wav", interleaved, RATE, subtype="PCM_24"),
        ),
        "write WAV 16 bit dithered | soundfile.write": (
            lambda: audio.write(folder / "b.wav", bit_depth=16),
            lambda: soundfile.write(folder / "c.wav", interleaved, RATE, subtype="PCM_16"),
        ),
        "three hashes, one read | three file_digest": (lambda: hash_file(wav), lambda: three_reads(wav)),
        "index, known file | sha256 again": (
            lambda: index.entry(wav),
            lambda: hashlib.file_digest(wav.open("rb"), "sha256"),
        ),
        "peaks pyramid | naive, level by level": (lambda: peaks(audio), lambda: naive_peaks(samples)),
        "peaks of a file | soundfile.read alone": (
            lambda: file_peaks(wav),
            lambda: soundfile.read(wav, dtype="float32"),
        ),
        "audio hash | soundfile.read alone": (lambda: audio_hash(wav), lambda: soundfile.read(wav, dtype="float32")),
    }


def cpu_ms(work: Callable[[], object]) -> float:
    """Return the CPU time of one call in milliseconds."""
    start = time.process_time()
    work()
    return 1000.0 * (time.process_time() - start)


def main() -> None:
    """Run every case, ours and the peer's in turn, and print medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=7)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        table = cases(Path(folder), chosen.seconds)
        taken: dict[str, list[tuple[float, float]]] = {name: [] for name in table}
        for _ in range(chosen.rounds):
            for name, (ours, peer) in table.items():
                taken[name].append((cpu_ms(ours), cpu_ms(peer)))
    print(f"{'case | peer':46s} {'ours ms':>9s} {'peer ms':>9s} {'ratio':>7s}")
    for name, pairs in taken.items():
        ours, peer = (statistics.median(values) for values in zip(*pairs, strict=True))
        ratio = statistics.median(mine / max(theirs, 1e-6) for mine, theirs in pairs)
        print(f"{name:46s} {ours:9.2f} {peer:9.2f} {ratio:7.3f}")


if __name__ == "__main__":
    main()

"""Tell the keys of tracker modules from their notes: ``python -m training.module_keys OUT.json FILE...``.

A module says which instrument plays which note when, but not at which pitch its samples were recorded: each is played
alone and its pitches are found. What then sounds is counted by pitch class, the lowest notes once more, and four key
profiles are asked; where three agree that is a truth which needs no recording to be heard. For measuring only.
Needs libopenmpt.
"""

import argparse
import ctypes
import json
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.analysis.key import MAJOR, MINOR
from training.modules import BLOCK, EXCERPT_S, RATE, STARTS_S, library

PROFILES = (
    ((6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
     (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)),
    (tuple(MAJOR), tuple(MINOR)),
    ((0.238, 0.006, 0.111, 0.006, 0.137, 0.094, 0.016, 0.214, 0.009, 0.080, 0.008, 0.081),
     (0.220, 0.006, 0.104, 0.123, 0.019, 0.103, 0.012, 0.214, 0.062, 0.022, 0.061, 0.052)),
    ((0.748, 0.060, 0.488, 0.082, 0.670, 0.460, 0.096, 0.715, 0.104, 0.366, 0.057, 0.400),
     (0.712, 0.084, 0.474, 0.618, 0.049, 0.460, 0.105, 0.747, 0.404, 0.067, 0.133, 0.330)),
)  # fmt: skip
"""Krumhansl and Kessler 1982, Temperley 1999, Albrecht and Shanahan 2013, Temperley 2001, from the tonic."""
MIDDLE_C = 60
PARTIALS = 10
_CUT, _ARPEGGIO, _TRANSFORM = 254, 1, 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What an instrument sounds like at middle C: ``tones`` as rows (MIDI pitch, share of its power), its length."""

    tones: tuple[tuple[float, float], ...]
    length_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """A note of an instrument from ``start_s`` to ``end_s``, in semitones above where its sample was heard."""

    start_s: float
    end_s: float
    instrument: int
    step: int


class _Interactive(ctypes.Structure):
    """The functions of libopenmpt's extension "interactive", in its order."""

    _fields_ = [
        *((f"unused_{place}", ctypes.c_void_p) for place in range(10)),
        ("mute", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int32, ctypes.c_int)),
        *((f"unused_{place}", ctypes.c_void_p) for place in range(10, 13)),
        (
            "play",
            ctypes.CFUNCTYPE(
                ctypes.c_int32, ctypes.c_void_p, ctypes.c_int32, ctypes.c_int32, ctypes.c_double, ctypes.c_double
            ),
        ),
        ("unused_13", ctypes.c_void_p),
    ]


class _Module:
    """A module that is open, with libopenmpt's functions."""

    def __init__(self, path: Path) -> None:
        lib: Any = ctypes.CDLL(library())
        lib.openmpt_module_ext_create_from_memory.restype = ctypes.c_void_p
        lib.openmpt_module_ext_get_module.restype = ctypes.c_void_p
        lib.openmpt_module_get_pattern_row_channel_command.restype = ctypes.c_uint8
        lib.openmpt_module_read_float_mono.restype = ctypes.c_size_t
        data, none = path.read_bytes(), ctypes.c_void_p(None)
        self.lib = lib
        self.whole = ctypes.c_void_p(
            lib.openmpt_module_ext_create_from_memory(data, ctypes.c_size_t(len(data)), *([none] * 7))
        )
        if not self.whole.value:
            raise ValueError(f"expected a tracker module, got {path.name}")
        self.module = ctypes.c_void_p(lib.openmpt_module_ext_get_module(self.whole))

    def ask(self, name: str, *arguments: int) -> int:
        return int(getattr(self.lib, f"openmpt_module_get_{name}")(self.module, *arguments))

    def read(self, frames: int) -> NDArray[np.float32]:
        out = np.zeros(frames, np.float32)
        place = ctypes.cast(out.ctypes.data, ctypes.POINTER(ctypes.c_float))
        return out[: self.lib.openmpt_module_read_float_mono(self.module, RATE, ctypes.c_size_t(frames), place)]

    def close(self) -> None:
        self.lib.openmpt_module_ext_destroy(self.whole)


def samples(path: Path) -> list[Sample]:
    """Play each instrument of a module alone for 1.5 s, and find its pitches."""
    opened = _Module(path)
    count = opened.ask("num_instruments") or opened.ask("num_samples")
    channels = opened.ask("num_channels")
    opened.close()
    found = []
    for instrument in range(count):
        opened = _Module(path)
        hand = _Interactive()
        size = ctypes.c_size_t(ctypes.sizeof(hand))
        opened.lib.openmpt_module_ext_get_interface(opened.whole, b"interactive", ctypes.byref(hand), size)
        for channel in range(channels):
            hand.mute(opened.whole, channel, 1)
        opened.read(BLOCK)
        hand.play(opened.whole, instrument, MIDDLE_C, 1.0, 0.0)
        found.append(heard(opened.read(int(1.5 * RATE))))
        opened.close()
    return found


def heard(sound: NDArray[np.floating]) -> Sample:
    """Return the pitches of a sound, at most four, and how long it is heard; noise has none.

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)
    >>> round(heard(tone).tones[0][0])
    69
    """
    if sound.size < 4096 or float(np.abs(sound).max()) < 1e-4:
        return Sample(tones=(), length_s=0.0)
    level = np.sqrt(np.convolve(np.square(sound), np.full(2048, 1 / 2048), "same"))
    length = float(np.flatnonzero(level > 0.1 * level.max())[-1]) / RATE
    size = min(sound.size, _TRANSFORM // 2, max(4096, int(length * RATE)))
    first = min(int(level.argmax()), sound.size - size)
    left = np.abs(np.fft.rfft(sound[first : first + size] * np.hanning(size), _TRANSFORM))
    hz = np.fft.rfftfreq(_TRANSFORM, 1 / RATE)
    left[hz < 30] = 0.0
    power = float(np.square(left).sum())
    pitches = np.arange(24, 100, 0.05)
    base = 440 * 2 ** ((pitches - 69) / 12)
    tones: list[tuple[float, float]] = []
    strongest = 0.0
    while len(tones) < 4:
        strength = np.zeros(pitches.size)
        for order in range(1, PARTIALS + 1):
            place = np.rint(base * order / hz[1]).astype(int)
            strength += 0.8 ** (order - 1) * np.max([left[np.minimum(place + k, left.size - 1)] for k in (-1, 0, 1)], 0)
        best = int(strength.argmax())
        strongest = strongest or float(strength[best])
        order = np.maximum(1, np.rint(hz / base[best]))
        near = np.abs(hz - order * base[best]) < np.minimum(0.026 * order, 0.2) * base[best]
        share = float(np.square(left[near]).sum()) / power
        if strength[best] < 0.45 * strongest or share < (0.12 if tones else 0.4):
            break
        tones.append((float(pitches[best]), share))
        left = np.where(near, 0.05 * left, left)
    return Sample(tones=tuple(tones), length_s=length)


def notes(path: Path, seconds: float) -> list[Note]:
    """Return what a module's channels play, arpeggios note by note."""
    opened = _Module(path)
    channels = range(opened.ask("num_channels"))
    chosen = [-1 for _ in channels]
    found: list[Note] = []
    open_notes: dict[int, tuple[float, int, int]] = {}
    done, last = 0, (-1, -1)

    def end(channel: int, time: float) -> None:
        if channel in open_notes:
            start, instrument, step = open_notes.pop(channel)
            found.append(Note(start_s=start, end_s=time, instrument=instrument, step=step))

    while done < seconds * RATE:
        now, place = done / RATE, (opened.ask("current_order"), opened.ask("current_row"))
        if place != last:
            last, pattern = place, opened.ask("current_pattern")
            for channel in channels:
                note, instrument, effect, value = (
                    opened.ask("pattern_row_channel_command", pattern, place[1], channel, which)
                    for which in (0, 1, 3, 5)
                )
                chosen[channel] = instrument - 1 if instrument else chosen[channel]
                if 0 < note <= 120 or note >= _CUT:
                    end(channel, now)
                if 0 < note <= 120 and chosen[channel] >= 0:
                    open_notes[channel] = (now, chosen[channel], note - 1 - MIDDLE_C)
                if effect == _ARPEGGIO and channel in open_notes:
                    _, playing, step = open_notes[channel]
                    found += [
                        Note(start_s=now, end_s=now + 0.08, instrument=playing, step=step + above)
                        for above in (value >> 4, value & 15)
                        if above
                    ]
        got = opened.read(BLOCK).size
        if not got:
            break
        done += got
    for channel in channels:
        end(channel, done / RATE)
    opened.close()
    return found


def key_of(played: list[Note], sounds: list[Sample], start_s: float, end_s: float) -> tuple[int, int] | None:
    """Return the key most profiles name between two times, 0 to 23, and how many of the four do; None without notes."""
    inside = [
        note for note in played if note.end_s > start_s and note.start_s < end_s and sounds[note.instrument].tones
    ]
    if len(inside) < 8:
        return None
    turns = [pitch for note in inside for pitch, _ in sounds[note.instrument].tones[:1]]
    off = float(np.angle(np.exp(2j * np.pi * np.array(turns)).mean())) / (2 * np.pi)
    every, lowest = np.zeros(12), np.full(int(10 * (end_s - start_s)) + 1, 999)
    for note in inside:
        sample = sounds[note.instrument]
        first = max(note.start_s, start_s)
        last = min(note.end_s, end_s, note.start_s + 1.2 * max(sample.length_s, 0.1))
        for number, (pitch, share) in enumerate(sample.tones):
            exact = pitch + note.step - off
            if last > first and abs(exact - round(exact)) < 0.35:
                every[round(exact) % 12] += share * min(last - first, 1.5)
                if number == 0:
                    span = slice(int(10 * (first - start_s)), int(np.ceil(10 * (last - start_s))))
                    lowest[span] = np.minimum(lowest[span], round(exact))
    bass = np.bincount(lowest[lowest < MIDDLE_C] % 12, minlength=12).astype(float)
    if not every.any():
        return None
    weights = every / every.sum() + 0.5 * bass / max(1.0, bass.sum())
    named = Counter(
        int(np.argmax([np.corrcoef(np.roll(mode, tonic), weights)[0, 1] for mode in pair for tonic in range(12)]))
        for pair in PROFILES
    )
    return named.most_common(1)[0]


def main() -> None:
    """Parse the command line and tell keys."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("files", type=Path, nargs="+")
    options = parser.parse_args()
    found = {}
    for path in options.files:
        played, sounds = notes(path, STARTS_S[-1] + EXCERPT_S), samples(path)
        for number, start in enumerate(STARTS_S):
            named = key_of(played, sounds, start, start + EXCERPT_S)
            if named:
                found[f"{path.stem}_{number}"] = {"key": named[0], "profiles": named[1]}
    options.out.write_text(json.dumps(found, indent=1))
    print(len(found), "excerpts,", sum(row["profiles"] >= 3 for row in found.values()), "of them surely")


if __name__ == "__main__":
    main()

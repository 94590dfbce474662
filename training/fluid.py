"""A small binding to libfluidsynth: notes with their times in, samples out. The library is needed for training only."""

import ctypes
import ctypes.util
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

FREE_FONTS = {
    "fluid": Path("/usr/share/sounds/sf2/FluidR3_GM.sf2"),
    "musescore": Path("/usr/share/sounds/sf3/MuseScore_General_Lite.sf3"),
    "gmbank": Path("/usr/share/sounds/sf2/sf_GMbank.sf2"),
}
UNSEEN_FONTS = {"timgm": Path("/usr/share/sounds/sf2/TimGM6mb.sf2")}
RENDER_RATE = 44100


def library() -> str | None:
    """Name of libfluidsynth, or None where it is missing."""
    return ctypes.util.find_library("fluidsynth")


class Synth:
    """One soundfont held in memory.

    Parameters
    ----------
    font
        Path of the soundfont.
    """

    def __init__(self, font: Path) -> None:
        name = library()
        if name is None or not font.exists():
            raise FileNotFoundError(
                f"expected libfluidsynth and {font}; see training/README.md for the Debian packages"
            )
        self._lib: Any = ctypes.CDLL(name)
        for made in ("new_fluid_settings", "new_fluid_synth"):
            getattr(self._lib, made).restype = ctypes.c_void_p
        quiet = ctypes.c_void_p(None)
        for level in range(5):
            self._lib.fluid_set_log_function(level, quiet, quiet)
        settings = ctypes.c_void_p(self._lib.new_fluid_settings())
        self._lib.fluid_settings_setnum(settings, b"synth.sample-rate", ctypes.c_double(RENDER_RATE))
        self._lib.fluid_settings_setnum(settings, b"synth.gain", ctypes.c_double(0.75))
        self._lib.fluid_settings_setint(settings, b"synth.reverb.active", 0)
        self._lib.fluid_settings_setint(settings, b"synth.chorus.active", 0)
        self._lib.fluid_settings_setint(settings, b"synth.dynamic-sample-loading", 1)
        self._lib.fluid_settings_setint(settings, b"synth.polyphony", 96)
        self._synth = ctypes.c_void_p(self._lib.new_fluid_synth(settings))
        self._font = self._lib.fluid_synth_sfload(self._synth, str(font).encode(), 1)

    def render(
        self, lines: list[tuple[int, bool, float, NDArray[np.float64]]], *, seconds: float, cents: float
    ) -> NDArray[np.float32]:
        """Play lines of notes.

        Parameters
        ----------
        lines
            (program, is it drums, gain in dB, notes as rows of start s, end s, pitch, velocity).
        seconds
            Length.
        cents
            Deviation of the tuning, -100 to 100.

        Returns
        -------
        NDArray[np.float32]
            Mono at 44100 Hz.
        """
        lib, synth = self._lib, self._synth
        lib.fluid_synth_system_reset(synth)
        events: list[tuple[float, int, int, int, int]] = []
        free = [channel for channel in range(16) if channel != 9]
        for program, drums, gain_db, notes in lines:
            channel = 9 if drums else free.pop(0)
            if drums:
                lib.fluid_synth_program_select(synth, channel, self._font, 128, program)
            else:
                lib.fluid_synth_program_select(synth, channel, self._font, 0, program)
                lib.fluid_synth_pitch_bend(synth, channel, int(8192 + 8192 * cents / 200))
            volume = int(np.clip(100 * 10 ** (gain_db / 40), 10, 127))
            lib.fluid_synth_cc(synth, channel, 7, volume)
            for start, end, pitch, velocity in notes:
                events.append((start, 1, channel, int(pitch), int(velocity)))
                events.append((end, 0, channel, int(pitch), 0))
        events.sort()
        total = int(seconds * RENDER_RATE)
        left, right = np.zeros(total, np.float32), np.zeros(total, np.float32)
        done = 0
        for time, on, channel, pitch, velocity in [*events, (seconds, 2, 0, 0, 0)]:
            upto = min(total, int(time * RENDER_RATE))
            if upto - done >= 64 or on == 2:
                self._write(left, right, done, upto)
                done = max(done, upto)
            if on == 1:
                lib.fluid_synth_noteon(synth, channel, pitch, velocity)
            elif on == 0:
                lib.fluid_synth_noteoff(synth, channel, pitch)
        return 0.5 * (left + right)

    def _write(self, left: NDArray[np.float32], right: NDArray[np.float32], first: int, last: int) -> None:
        if last > first:
            pointers = (side.ctypes.data_as(ctypes.c_void_p) for side in (left, right))
            one, two = pointers
            self._lib.fluid_synth_write_float(self._synth, last - first, one, first, 1, two, first, 1)

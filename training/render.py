"""From a composed song to audio at 22050 Hz."""

import numpy as np
from numpy.typing import NDArray

from training.fluid import FREE_FONTS, RENDER_RATE, UNSEEN_FONTS, Synth
from training.production import lightly_produced, produced
from training.song import SECONDS, Part, Song
from training.synthesis import RATE, noise_drums, voice_line, wavetable_line

_SYNTHS: dict[str, Synth] = {}
_KITS = (0, 0, 0, 8, 16, 24, 25, 32, 40)


def render(song: Song, *, unseen: bool = False, clean: bool = False) -> NDArray[np.float32]:
    """Render a song with instruments drawn from its seed.

    Parameters
    ----------
    song
        What to play.
    unseen
        Use the soundfont no training song uses, and none of our own sounds but the voice.
    clean
        Use that soundfont or FluidR3 alone, with no more than a little room.

    Returns
    -------
    NDArray[np.float32]
        Mono at 22050 Hz, 30 s.
    """
    import soxr

    rng = np.random.default_rng([20262, song.seed])
    fonts = UNSEEN_FONTS if unseen else FREE_FONTS
    weights = [1.0] if unseen else [0.4, 0.4, 0.2]
    name = str(rng.choice(list(fonts), p=weights))
    if clean:
        name = str(rng.choice(["timgm", "fluid"], p=[0.6, 0.4]))
    cents = 1200 * float(np.log2(song.a4 / 440))
    own = 0.0 if unseen or clean else float(rng.choice([0, 0.2, 1], p=[0.5, 0.35, 0.15]))
    kit = int(rng.choice(_KITS))
    font_lines = []
    mix = np.zeros(int(SECONDS * RATE), np.float32)
    for part in song.parts:
        sound = _own_sound(rng, part, cents, own)
        if sound is None:
            drums = part.role == "drums"
            font_lines.append((kit if drums else part.program, drums, part.gain_db, part.notes))
        else:
            mix += sound[: len(mix)] * np.float32(10 ** (part.gain_db / 20))
    if font_lines:
        played = synth(name).render(font_lines, seconds=SECONDS, cents=cents)
        mix += soxr.resample(played, RENDER_RATE, RATE, quality="MQ")[: len(mix)]
    return lightly_produced(rng, mix) if clean else produced(rng, mix)


def synth(name: str) -> Synth:
    """The soundfont of a name, loaded once a process."""
    if name not in _SYNTHS:
        _SYNTHS[name] = Synth((FREE_FONTS | UNSEEN_FONTS)[name])
    return _SYNTHS[name]


def _own_sound(rng: np.random.Generator, part: Part, cents: float, own: float) -> NDArray[np.float32] | None:
    if part.role == "voice":
        return voice_line(rng, part.notes, seconds=SECONDS, cents=cents)
    if rng.random() >= own:
        return None
    if part.role == "drums":
        return noise_drums(rng, part.notes, seconds=SECONDS)
    return wavetable_line(rng, part.notes, seconds=SECONDS, cents=cents)

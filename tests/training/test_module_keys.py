"""Keys of tracker modules from their notes: pitches of samples, notes of channels, agreement of profiles."""

import numpy as np
import pytest

from training.module_keys import Note, Sample, heard, key_of, main, notes, samples
from training.modules import RATE, library

needs_openmpt = pytest.mark.skipif(library() is None, reason="libopenmpt is not installed; only measuring needs it")
PERIODS = (428, 404, 381, 360, 339, 320, 302, 285, 269, 254, 240, 226)
"""Of the twelve notes from middle C up, as a module writes them."""


def module(lines: list[list[int]]) -> bytes:
    """Return a four-channel module that plays lines of semitones above middle C, one every fourth row."""
    wave = np.rint(100 * np.sin(2 * np.pi * np.arange(32) / 32)).astype(np.int8).tobytes() * 8
    words = (len(wave) // 2).to_bytes(2, "big")
    sample = b"wave".ljust(22, b"\0") + words + bytes([0, 64, 0, 0]) + words
    empty = bytes(22) + bytes([0, 0, 0, 0, 0, 0, 0, 1])
    head = b"song".ljust(20, b"\0") + sample + empty * 30 + bytes([16, 127]) + bytes(128) + b"M.K."
    rows = b""
    for row in range(64):
        for step in lines[row // 4 % len(lines)] if row % 4 == 0 else [None] * 4:
            octave, tone = divmod(step or 0, 12)
            rows += bytes(4) if step is None else (PERIODS[tone] >> octave).to_bytes(2, "big") + bytes([0x10, 0])
    return head + rows + wave


@pytest.mark.parametrize("midi", [45.0, 60.3, 81.0])
def test_a_tone_is_heard_and_noise_is_not(midi):
    time = np.arange(RATE) / RATE
    tone = sum(np.sin(2 * np.pi * k * 440 * 2 ** ((midi - 69) / 12) * time) / k for k in range(1, 9))
    found = heard(tone)
    assert len(found.tones) == 1
    assert found.tones[0][0] == pytest.approx(midi, abs=0.1)
    assert found.length_s == pytest.approx(1.0, abs=0.05)
    assert heard(np.random.default_rng(0).standard_normal(RATE)).tones == ()
    assert heard(np.zeros(RATE)).tones == ()


def test_scales_have_their_keys_in_any_tuning():
    for tonic in range(12):
        sound = [Sample(tones=((60.3, 1.0),), length_s=1.0)]
        for mode, steps in ((0, (0, 4, 7, 12, 5, 9, 7, 11, 2, 0, 4, 7)), (12, (0, 3, 7, 12, 5, 8, 7, 10, 2, 0, 3, 7))):
            played = [
                Note(start_s=index, end_s=index + 1.0, instrument=0, step=tonic + step - 24)
                for index, step in enumerate(steps)
            ]
            key, profiles = key_of(played, sound, 0.0, 12.0)
            assert key == tonic + mode
            assert profiles >= 3
    assert key_of(played[:5], sound, 0.0, 12.0) is None
    assert key_of(played, [Sample(tones=(), length_s=0.2)], 0.0, 12.0) is None


@needs_openmpt
def test_a_module_tells_its_key(tmp_path, monkeypatch):
    path = tmp_path / "song.mod"
    path.write_bytes(module([[9, 12, 16, 21], [5, 12, 17, 21], [0, 12, 16, 19], [9, 12, 16, 21], [4, 11, 16, 19]]))
    sounds = samples(path)
    assert [round(pitch) for pitch, _ in sounds[0].tones] == [60]
    assert not any(sample.tones for sample in sounds[1:])
    played = notes(path, 10.0)
    assert {note.step % 12 for note in played} == {9, 0, 4, 5, 7, 11}
    assert played[0].start_s == pytest.approx(0.0, abs=0.01)
    assert key_of(played, sounds, 0.0, 10.0)[0] in {21, 0}
    monkeypatch.setattr("sys.argv", ["module_keys", str(tmp_path / "keys.json"), str(path)])
    main()
    assert '"song_0"' in (tmp_path / "keys.json").read_text()


@needs_openmpt
def test_what_is_no_module_is_refused(tmp_path):
    path = tmp_path / "noise.xm"
    path.write_bytes(bytes(range(256)) * 40)
    with pytest.raises(ValueError, match=r"tracker module, got noise\.xm"):
        samples(path)

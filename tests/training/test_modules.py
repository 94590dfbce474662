"""Tracker modules: what is played when, and which rows are beats."""

import json

import numpy as np
import pytest

from training.modules import RATE, STARTS_S, excerpts, library, play

needs_openmpt = pytest.mark.skipif(library() is None, reason="libopenmpt is not installed; only measuring needs it")


def module(*, speed: int, orders: int) -> bytes:
    """Return a four-channel module that clicks on every fourth row, at 125 ticks times two fifths a second."""
    click = bytes([127, 127, 129, 129] * 64)
    sample = b"click".ljust(22, b"\0") + (len(click) // 2).to_bytes(2, "big") + bytes([0, 64, 0, 0, 0, 1])
    empty = bytes(22) + bytes([0, 0, 0, 0, 0, 0, 0, 1])
    head = b"clicks".ljust(20, b"\0") + sample + empty * 30
    head += bytes([orders, 127]) + bytes(128) + b"M.K."
    note = bytes([0x01, 0xAC, 0x10, 0x00])
    rows = b""
    for row in range(64):
        first = note if row % 4 == 0 else bytes(4)
        rows += first + (bytes([0, 0, 0x0F, speed]) if row == 0 else bytes(4)) + bytes(8)
    return head + rows + click


@needs_openmpt
def test_rows_begin_when_they_sound(tmp_path):
    path = tmp_path / "clicks.mod"
    path.write_bytes(module(speed=6, orders=1))
    samples, times, rows = play(path, 6.0)
    assert rows[:6].tolist() == [0, 1, 2, 3, 4, 5]
    level = np.abs(samples).sum(axis=0)
    for start in times[rows % 4 == 0][1:10]:
        first = int(start * RATE)
        assert level[first - 441 : first - 64].max() < 0.1 * level[first - 64 : first + 882].max()
    np.testing.assert_allclose(np.diff(times), 0.12, atol=0.003)


@needs_openmpt
@pytest.mark.parametrize(("speed", "bpm"), [(6, 125.0), (3, 125.0)])
def test_excerpts_carry_their_beats(tmp_path, speed, bpm):
    path = tmp_path / "clicks.mod"
    path.write_bytes(module(speed=speed, orders=14))
    labels = excerpts(path, tmp_path)
    assert labels
    for row in labels.values():
        assert row["tempo"] == pytest.approx(bpm, rel=0.005)
        assert np.all(np.diff(row["beats"]) > 0)
    assert len(labels) <= len(STARTS_S)
    json.dumps(labels)


@needs_openmpt
def test_what_is_no_module_is_refused(tmp_path):
    path = tmp_path / "noise.xm"
    path.write_bytes(bytes(range(256)) * 40)
    with pytest.raises(ValueError, match=r"tracker module, got noise\.xm"):
        play(path, 1.0)

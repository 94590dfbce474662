"""What tells strange sounds: the fit finds what differs, pieces stay together, and the script writes what ships."""

import sys

import numpy as np
import pytest
import soundfile as sf

from training import fit_strange
from training.dataset import sketched
from training.fit_strange import area, fit, part
from training.song import compose


def test_a_difference_is_found_and_holds_on_others():
    rng = np.random.default_rng(0)
    strange = np.arange(600) % 3 == 0
    rows = rng.standard_normal((600, 40)) * np.linspace(0.1, 20, 40) + np.where(strange, 0.6, 0.0)[:, np.newaxis]
    weights, offset = fit(rows[:400], strange[:400])
    odds = rows[400:] @ weights + offset
    assert area(odds, strange[400:]) > 0.75
    assert np.median(odds[strange[400:]]) > 0 > np.median(odds[~strange[400:]])


def test_excerpts_of_a_piece_stay_together():
    names = [f"{package}__{title}_{number}" for package in ("a", "b") for title in "klmnop" for number in range(3)]
    assert len({part(name) for name in names}) > 1
    assert all(
        len({part(f"{package}__{title}_{number}") for package in "ab" for number in range(3)}) == 1
        for title in "klmnop"
    )


def test_the_script_fits_songs_against_recordings(tmp_path, monkeypatch, capsys):
    songs = tmp_path / "songs"
    songs.mkdir()
    for seed in range(12):
        np.savez(songs / f"{seed:06d}.npz", **sketched(compose(seed)))
    rng = np.random.default_rng(1)
    recordings = [tmp_path / f"noise{number}_0.wav" for number in range(6)]
    for path in recordings:
        sf.write(path, 0.1 * rng.standard_normal(44100), 22050)
    out = tmp_path / "strange.npz"
    command = ["fit_strange", str(out), "--composed", str(songs), "--recordings", *map(str, recordings)]
    monkeypatch.setattr(sys, "argv", command)
    fit_strange.main()
    assert "6 recordings" in capsys.readouterr().out
    with np.load(out) as made:
        assert made["weight"].shape == (40,)
        odds = [made["weight"] @ fit_strange.timbre(fit_strange.recorded(path)) + made["bias"] for path in recordings]
    assert min(odds) == pytest.approx(max(odds), abs=10.0)
    assert min(odds) > 0.0

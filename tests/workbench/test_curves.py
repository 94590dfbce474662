"""Gain reduction and levels of a whole session, as arrays and as plots."""

from __future__ import annotations

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("Agg")

from matplotlib import pyplot as plt

from maxbooster_kernel import plots
from maxbooster_kernel.audio.buffer import AudioBuffer
from maxbooster_kernel.plots import theme
from maxbooster_kernel.session.conform import normalize
from maxbooster_kernel.workbench.curves import level_curves, reduction_curves
from maxbooster_kernel.workbench.render import render_session
from maxbooster_kernel.workbench.session import Session

RATE = 44100


@pytest.fixture
def session(tmp_path):
    t = np.arange(RATE) / RATE
    for name, loud in (("quiet", 0.001), ("loud", 0.9)):
        tone = loud * np.sin(2 * np.pi * 220 * t)
        AudioBuffer(np.stack([tone, tone]).astype(np.float32), RATE).write(tmp_path / f"{name}.wav", bit_depth="32f")
    tracks = [{"id": name, "clips": [{"id": "c", "media": f"{name}.wav"}]} for name in ("quiet", "loud")]
    return normalize({"format": "maxbooster-session", "version": 1, "uuid": "u", "tracks": tracks}), tmp_path


def test_every_compressor_has_its_curve(session):
    curves = reduction_curves(*session)
    assert set(curves) == {"quiet/compressor", "loud/compressor", "master/compressor", "master/limiter"}
    assert curves["quiet/compressor"].values.min() > -0.01
    assert curves["loud/compressor"].values[RATE // 64] < -5.0
    assert list(reduction_curves(*session, compressor="master/limiter")) == ["master/limiter"]


def test_a_compressor_that_moves_follows_its_automation(session):
    data, folder = session
    points = [{"id": "p", "time_s": 0.5, "value": 0.0, "curve": "set"}]
    moving = normalize({**data, "automation": {"loud/compressor/threshold": points}})
    curve = reduction_curves(moving, folder)["loud/compressor"]
    still = reduction_curves(*session, compressor="loud/compressor")
    before = curve.times_s < 0.5 - 0.0065  # it hears everything 6 ms early, and acts every 32 frames
    assert np.array_equal(curve.values[before], still["loud/compressor"].values[before])
    assert curve.values[-1] > still["loud/compressor"].values[-1] + 5.0


def test_a_curve_is_in_time_with_the_programme(session):
    data, folder = session
    data["tracks"][1]["clips"][0]["start_s"] = 0.5
    curves = reduction_curves(normalize(data), folder)
    for name in ("loud/compressor", "master/compressor"):
        acting = curves[name].times_s[curves[name].values < 0.5 * curves[name].values.min()]
        # It hears the sound 6 ms before that comes out, and acts within its attack of 3 ms.
        assert 0.494 < acting[0] < 0.5


def test_a_session_gives_both(session):
    _, folder = session
    found = Session.from_stems(sorted(folder.glob("*.wav")))
    assert list(found.gain_reduction("master/limiter")) == ["master/limiter"]
    assert found.levels()["quiet"]["rms"].values.max() < -50.0
    assert found.tracks.ids == ["loud", "quiet"]


def test_levels_are_those_of_every_strip_and_the_mix(session):
    data, folder = session
    data["tracks"][1]["output"] = "group"
    session = normalize({**data, "buses": [{"id": "group", "gain": 0.5}]}), folder
    curves = level_curves(*session, step_s=0.1)
    assert list(curves) == ["quiet", "loud", "group", "master"]
    assert curves["loud"]["peak"].values[5] > curves["group"]["peak"].values[5]
    peak = 20 * np.log10(np.abs(render_session(*session).samples).max())
    assert curves["master"]["peak"].values.max() == pytest.approx(peak, abs=1e-6)
    assert curves["quiet"]["rms"].values.max() < -50.0


@pytest.mark.parametrize("look", ["light", "dark"])
def test_the_plots_show_what_the_curves_hold(session, look):
    with theme.theme(look):
        reductions, levels = reduction_curves(*session), level_curves(*session)["master"]
        ax = plots.gain_reduction(reductions)
        ax.figure.canvas.draw()
        deepest = min(curve.values.min() for curve in reductions.values())
        assert min(line.get_ydata().min() for line in ax.lines) == pytest.approx(deepest)
        assert f"at most {-deepest:.1f} dB" in ax.get_title(loc="left")
        ax = plots.levels(levels)
        ax.figure.canvas.draw()
        assert [line.get_label() for line in ax.lines[:2]] == ["peak", "rms"]
        assert ax.lines[0].get_ydata().max() == pytest.approx(levels["peak"].values.max())
    plt.close("all")

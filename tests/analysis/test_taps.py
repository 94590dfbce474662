"""Beats from taps: latency, snapping, the file beside the audio, and what becomes of an analysis."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxbooster_kernel.analysis.report import Analysis
from maxbooster_kernel.analysis.taps import corrected, find_latency, settle
from maxbooster_kernel.analysis.truth import BeatTruth, read_truth, truth_path, write_truth
from maxbooster_kernel.errors import AnalysisError

BEATS = np.arange(2, 30) * 0.5


def pulses() -> np.ndarray:
    strength = np.full(1600, 0.05)
    strength[np.rint(BEATS * 100).astype(int)] = 4.0
    return strength


def truth(beats: np.ndarray = BEATS, sha256: str = "a") -> BeatTruth:
    return BeatTruth(sha256=sha256, taps_s=beats + 0.1, latency_s=0.1, snapped=False, beats_s=beats)


def analysis(**fields) -> Analysis:
    return Analysis(duration_s=16.0, sample_rate=44100, channels=2, **fields)


def test_uneven_late_taps_become_beats_on_the_onsets():
    taps = BEATS + 0.12 + np.random.default_rng(0).uniform(-0.03, 0.03, BEATS.size)
    latency = find_latency(taps.tolist(), pulses())
    assert latency == pytest.approx(0.12, abs=0.025)
    assert settle(taps.tolist(), pulses(), latency_s=latency) == pytest.approx(BEATS)
    loose = settle(taps.tolist(), pulses(), latency_s=latency, snap=False)
    assert np.abs(loose - BEATS).max() < 0.06
    assert not np.allclose(loose, BEATS)


@given(st.lists(st.floats(-5, 100), max_size=40), st.floats(-0.4, 0.4), st.booleans())
def test_beats_are_always_ascending_and_inside(taps, latency, snap):
    beats = settle(taps, pulses(), latency_s=latency, snap=snap)
    assert (np.diff(beats) > 0).all()
    assert (beats >= 0).all()
    assert -0.1 <= find_latency(taps, pulses()) <= 0.3


@pytest.mark.parametrize(("taps", "latency"), [([np.nan], 0.0), ([1.0], 0.5), ([1.0], np.nan), ([[1.0]], 0.0)])
def test_nonsense_is_refused(taps, latency):
    with pytest.raises(AnalysisError, match="expected"):
        settle(taps, pulses(), latency_s=latency)


def test_kept_beside_the_audio_and_read_again(tmp_path):
    path = truth_path(tmp_path / "song.wav")
    write_truth(path, truth())
    again = read_truth(path)
    assert (again.sha256, again.latency_s, again.snapped) == ("a", 0.1, False)
    np.testing.assert_array_equal(again.beats_s, BEATS)
    np.testing.assert_array_equal(again.taps_s, truth().taps_s)
    assert again.bpm == pytest.approx(120.0)


@given(
    st.one_of(
        st.text(),
        st.dictionaries(
            st.sampled_from(["format", "version", "sha256", "latency_s", "snapped", "taps_s", "beats_s"]),
            st.one_of(
                st.just("maxbooster-beats"), st.integers(), st.floats(), st.lists(st.floats()), st.none(), st.text()
            ),
        ).map(json.dumps),
    )
)
def test_any_file_is_read_or_refused_in_a_sentence(tmp_path_factory, text):
    path = tmp_path_factory.getbasetemp() / "fuzz.beats.json"
    path.write_bytes(text.encode("utf-8", "replace"))
    try:
        assert np.isfinite(read_truth(path).beats_s).all()
    except AnalysisError as error:
        assert "expected" in str(error)  # noqa: PT017 - either a value or this error is right


def test_an_analysis_takes_the_tapped_beats():
    found = analysis(
        sha256="a", bpm=60.0, bpm_confidence=0.2, beats_s=BEATS[::2] + 0.2, downbeats_s=BEATS[::4] + 0.1, key="C"
    )
    mended = corrected(found, truth())
    assert mended.bpm == pytest.approx(120.0)
    assert (mended.bpm_confidence, mended.key) == (1.0, "C")
    np.testing.assert_array_equal(mended.beats_s, BEATS)
    np.testing.assert_array_equal(mended.downbeats_s, BEATS[::4])
    assert mended.tempo_curve[:, 1] == pytest.approx(120.0)


@pytest.mark.parametrize("wrong", [truth(sha256="b"), truth(BEATS[:2])])
def test_other_audio_or_too_few_taps_correct_nothing(wrong):
    with pytest.raises(AnalysisError):
        corrected(analysis(sha256="a"), wrong)

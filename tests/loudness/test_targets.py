"""What services do to a programme."""

from __future__ import annotations

import math

import pytest

from maxbooster_kernel.errors import AnalysisError
from maxbooster_kernel.loudness import TARGETS, find_target, treatment
from maxbooster_kernel.loudness.targets import sentences


@pytest.mark.parametrize(
    ("name", "lufs", "peak", "gain", "limited_by"),
    [
        ("spotify", -9.0, -0.3, -5.0, None),
        ("spotify", -20.0, -5.0, 4.0, "true_peak"),  # the example of Spotify's own page: -20 goes to -16
        ("spotify", -16.0, -9.0, 2.0, None),
        ("spotify", -18.0, 0.5, 0.0, "true_peak"),
        ("youtube", -20.0, -12.0, 0.0, "never_raises"),
        ("youtube", -10.0, -1.0, -4.0, None),
        ("apple_music", -10.0, -1.0, -6.0, None),
        ("ebu_r128", -30.0, -20.0, 7.0, None),
        ("spotify", -14.02, -1.0, 0.0, None),  # a master made for it: that its peaks leave no room is no reason
        ("youtube", -14.02, -1.0, 0.0, None),
    ],
)
def test_gain(name, lufs, peak, gain, limited_by):
    done = treatment(TARGETS[name], integrated_lufs=lufs, true_peak_dbtp=peak)
    assert (done.gain_db, done.limited_by) == (pytest.approx(gain), limited_by)


def test_every_entry_is_dated_and_sourced():
    assert all(target.source and target.taken for target in TARGETS.values())


def test_silence_has_no_gain():
    done = treatment(TARGETS["spotify"], integrated_lufs=-math.inf, true_peak_dbtp=-math.inf)
    assert math.isnan(done.gain_db)
    assert "undefined" in done.sentence()
    assert len(sentences([done] * 8)) == 1


@pytest.mark.parametrize("name", ["Spotify", "apple", "Apple Music", "-14", -14.0, "ebu-r128"])
def test_names_are_found(name):
    assert find_target(name).target_lufs in (-14.0, -16.0, -23.0)


@pytest.mark.parametrize("name", ["myspace", "", "3", "nan", -100])
def test_unknown_targets_are_refused(name):
    with pytest.raises(AnalysisError, match="target"):
        find_target(name)

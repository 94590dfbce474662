"""The score: form, tempo and harmony fit together, and the truth says what was written."""

import itertools

import numpy as np
import pytest

from maxbooster_kernel.demo import score, truth
from maxbooster_kernel.demo.groove import frame_of, player, swung
from maxbooster_kernel.demo.instruments import arp, bass, drums, lead, voice


def test_the_tempo_changes_once_and_the_beats_follow_it():
    facts = truth()
    steps = np.diff(facts["beats"])
    (_, first), (change, second) = facts["tempo_map"]
    times = np.array(facts["beats"][:-1])
    assert np.allclose(steps[times < change - 1e-6], 60 / first, atol=2e-6)  # times are written to the microsecond
    assert np.allclose(steps[times >= change - 1e-6], 60 / second, atol=2e-6)
    assert change in facts["beats"]
    assert facts["downbeats"] == facts["beats"][::4]


@pytest.mark.parametrize("name", ["chords", "sections"])
def test_chords_and_sections_cover_the_song_without_gaps(name):
    parts = truth()[name]
    assert parts[0][0] == 0.0
    assert parts[-1][1] == 60.0
    assert all(here[1] == there[0] for here, there in itertools.pairwise(parts))
    assert all(start < end for start, end, _ in parts)


def test_every_label_is_harte_syntax():
    import mir_eval

    for _, _, label in truth()["chords"]:
        root, bitmap, _ = mir_eval.chord.encode(label)
        name, intervals = score.chord_tones(label)
        assert root == name
        assert set(np.flatnonzero(bitmap)) == set(intervals)


def test_each_bar_of_each_melody_is_four_beats():
    for text, bars in [
        (score.VERSE_VOICE, 8),
        (score.CHORUS_VOICE, 8),
        (score.CHORUS_LEAD, 8),
        (score.INTRO_LEAD, 4),
    ]:
        lines = text.strip().splitlines()
        assert len(lines) == bars
        assert [sum(map(float, line.split()[1::2])) for line in lines] == [4.0] * bars


def test_the_melodies_stay_in_the_key():
    scale = {score.pitch_class(name) for name in ("D", "E", "F", "G", "A", "Bb", "C", "C#")}
    assert {note.pitch % 12 for note in [*voice.notes(), *lead.notes()]} <= scale


def test_the_bass_starts_each_chord_on_its_root():
    played = {note.start: note.pitch % 12 for note in bass.notes()}
    for chord in score.chords():
        if chord.start >= 8:
            assert played[chord.start] == score.chord_tones(chord.label)[0]


def test_the_arpeggio_plays_chord_tones_only():
    chords = score.chords()
    for note in arp.notes():
        chord = next(chord for chord in chords if chord.start <= note.start < chord.end)
        root, intervals = score.chord_tones(chord.label)
        assert (note.pitch - root) % 12 in intervals


def test_the_voicings_move_little_and_hold_the_chord():
    parts = score.voicings(55, 4)
    for chord, pitches in parts:
        root, intervals = score.chord_tones(chord.label)
        assert {(pitch - root) % 12 for pitch in pitches} == set(intervals)
    moves = [np.abs(np.subtract(here, there)).mean() for (_, here), (_, there) in itertools.pairwise(parts)]
    assert np.mean(moves) < 2.5
    assert max(moves) <= 5


def test_swing_delays_the_off_sixteenths_only():
    assert [swung(beat) for beat in (0.0, 0.5, 7.0)] == [0.0, 0.5, 7.0]
    assert swung(0.25) == pytest.approx(0.27)
    assert swung(3.75) == pytest.approx(3.77)


def test_players_are_near_the_grid():
    rng = player("test")
    grid = [float(score.beat_to_seconds(beat)) * score.SAMPLE_RATE for beat in range(100)]
    played = [frame_of(beat, rng, late_ms=5.0) for beat in range(100)]
    late = np.subtract(played, grid) / score.SAMPLE_RATE
    assert np.abs(late - 0.005).max() < 0.007
    assert late.std() > 0.0005


def test_the_kick_is_on_the_downbeats_of_the_song():
    kicks = np.array(drums.kick_frames()) / score.SAMPLE_RATE
    for downbeat in truth()["downbeats"]:
        if downbeat >= float(score.beat_to_seconds(16)):
            assert np.abs(kicks - downbeat).min() < 0.004


def test_voice_phrases_rest_between_each_other():
    parts = voice.phrases()
    assert sum(map(len, parts)) == len(voice.notes())
    assert max(map(len, parts)) <= 9

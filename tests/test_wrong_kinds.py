"""What a notebook may be given by mistake: one line that says what was expected, what came, and what to do."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import maxbooster_kernel as mb
from maxbooster_kernel.errors import WrongKindError

BUFFER = mb.AudioBuffer(np.zeros((2, 4410), np.float32), 44100)
WRONG = (None, 5, 2.5, b"mix.wav", [], {}, object(), np.zeros(3))

OF_A_FILE = {
    "read_audio": mb.read_audio,
    "probe": mb.probe,
    "inspect_audio": mb.inspect_audio,
    "validate_audio": mb.validate_audio,
    "audio_hash": mb.audio_hash,
    "read_tags": mb.read_tags,
    "file_peaks": mb.file_peaks,
    "analyze_file": mb.analyze_file,
    "transcode": lambda value: mb.transcode("a.wav", value),
    "ingest_folder": mb.ingest_folder,
    "write": BUFFER.write,
    "Session.open": mb.Session.open,
    "Release.from_json": mb.Release.from_json,
    "import_sales": lambda value: mb.royalties.import_sales(value, "lines.parquet"),
    "TapAlong": mb.TapAlong,
    "demo.make": mb.demo.make,
    "demo.write_sales": mb.demo.write_sales,
}
OF_A_BUFFER = {
    "measure_loudness": mb.measure_loudness,
    "analyze": mb.analyze,
    "master": mb.master,
    "peaks": mb.peaks,
    "resample": lambda value: mb.resample(value, 48000),
    "waveform": mb.plots.waveform,
    "spectrogram": mb.plots.spectrogram,
    "long_term_spectrum": mb.plots.long_term_spectrum,
    "vectorscope": mb.plots.vectorscope,
}
OF_A_RECORD = {
    "ern": mb.ern,
    "deliver": lambda value: mb.deliver(value, to="store"),
    "chroma": mb.plots.chroma,
    "chords": mb.plots.chords,
    "beats": mb.plots.beats,
    "tempogram": mb.plots.tempogram,
    "loudness_over_time": mb.plots.loudness_over_time,
    "correlation": mb.plots.correlation,
    "before_after": mb.plots.before_after,
    "make_previews": lambda value: mb.make_previews(value, ".", ".", store="spotify"),
    "StatementExplorer": mb.StatementExplorer,
    "catalogue_tracks": mb.royalties.catalogue_tracks,
    "gain_reduction": lambda value: mb.plots.gain_reduction({"drums": value}),
    "levels": lambda value: mb.plots.levels({"peak": value, "rms": value}),
    "revenue": mb.plots.revenue,
    "payouts": mb.plots.payouts,
    "sales_lag": mb.plots.sales_lag,
    "forecast": mb.plots.forecast,
    "waterfall": lambda value: mb.plots.waterfall([value]),
    "flagged": lambda value: mb.plots.flagged(None, [value]),
}


def said(call, value):
    with pytest.raises(WrongKindError, match=r"\Aexpected an? .*|\Aexpected the .*") as raised:
        call(value)
    words = str(raised.value)
    assert "\n" not in words
    assert ", got " in words
    assert "; " in words
    return words


@pytest.mark.parametrize("name", [*OF_A_FILE, *OF_A_BUFFER, *OF_A_RECORD])
def test_another_kind_of_value_is_one_line(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for value in WRONG:
        said({**OF_A_FILE, **OF_A_BUFFER, **OF_A_RECORD}[name], value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", OF_A_BUFFER)
@pytest.mark.parametrize("value", ["mix.wav", Path("mix.wav")])
def test_a_file_in_place_of_its_samples_says_how_to_read_it(name, value):
    assert "mb.read_audio('mix.wav')" in said(OF_A_BUFFER[name], value)


@pytest.mark.parametrize("name", OF_A_RECORD)
def test_a_file_in_place_of_a_record_says_how_to_make_one(name):
    assert "the str 'release.json'; " in said(OF_A_RECORD[name], "release.json")


def test_one_stem_in_place_of_a_list_of_them():
    assert "put it in brackets" in said(mb.Session.from_stems, "drums.wav")
    assert "put it in brackets" in said(mb.deliver_many, None)
    assert "put it in brackets" in said(lambda value: mb.demo.release_of(value, "."), "a.wav")
    for value in (None, 5, "drums.wav", Path("drums.wav")):
        assert "put it in brackets" in said(mb.analyze_files, value)
    for value in (None, 5, object()):
        assert "give its name as text" in said(mb.analyze_files, [value])
    assert "{isrc: path}" in said(lambda value: mb.analyze_catalogue(None, value), ["a.wav"])


def test_other_words_and_numbers():
    for value in (None, 5, b"USABC2600001", []):
        assert "give it as text" in said(lambda isrc: mb.look_up(isrc, store="spotify"), value)
        assert "give it as text" in said(lambda store: mb.look_up("USABC2600001", store=store), value)
        assert "light or dark" in said(mb.plots.use_theme, value)
    with pytest.raises(mb.MaxBoosterError, match="expected one of the themes light, dark, got 'sepia'"):
        mb.plots.use_theme("sepia")
    for value in ({}, "soon", object(), [[0.5], [1.0, 2.0]]):
        assert "give numbers" in said(lambda beats: mb.keep_beats("a.wav", beats), value)


def test_text_in_place_of_samples():
    assert "mb.read_audio(path)" in said(lambda value: mb.AudioBuffer(value, 44100), "mix.wav")
    for rate in ("44100", None, float("nan"), float("inf"), 44100.5, 0):
        with pytest.raises(mb.MaxBoosterError, match="expected a sample rate in whole Hz above 0, got "):
            mb.AudioBuffer(np.zeros((1, 4), np.float32), rate)

"""What a notebook may be given by mistake: one line that says what was expected, what came, and what to do."""

from __future__ import annotations

import inspect
from pathlib import Path

import numpy as np
import pytest

import maxbooster_kernel as mb
from maxbooster_kernel.errors import WrongKindError
from maxbooster_kernel.workbench.export import export_session
from maxbooster_kernel.workbench.render import render_session

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


def test_what_functions_say_themselves():
    assert "mb.read_audio(path)" in said(lambda value: mb.AudioBuffer.from_interleaved(value, 44100), "mix.wav")
    assert "give it as text" in said(lambda value: mb.resample(BUFFER, 48000, quality=value), np.zeros(2))
    with pytest.raises(mb.MaxBoosterError, match="expected a quality of VHQ, HQ, MQ, LQ, QQ, got 'best'"):
        mb.resample(BUFFER, 48000, quality="best")
    for value in (None, 5, "a.wav"):
        assert "put it in brackets" in said(mb.MediaIndex().entries, value)
        assert "make one" in said(mb.royalties.waterfall.waterfall, value)
        assert "each is a dict" in said(mb.demo.release, value or ["a.wav"])
        assert "make one" in said(mb.royalties.anomalies.table, value)
        assert "make one" in said(mb.royalties.forecast.forecast, value)
    for value in (None, 2.5, "5", [], np.zeros(2)):
        said(mb.royalties.min_streams_12m, value)
        said(mb.demo.sales, value)
        if not isinstance(value, str):
            said(mb.demo.render, value)
            said(mb.royalties.warehouse_sql, value)


def test_numbers_that_are_none_and_columns_that_are_not_there(tmp_path):
    nothing = float("nan")
    made = mb.master(mb.AudioBuffer(np.full((2, 44100), 0.1, np.float32), 44100))
    run = mb.royalties.run(mb.demo.sales(100), mb.demo.splits())
    BUFFER.write(tmp_path / "a.wav")
    for call, words in (
        (lambda: made.compare(duration_s=nothing), "a start in seconds and a duration above 0, got 0.0 and nan"),
        (lambda: mb.transcode(tmp_path / "a.wav", tmp_path / "a.ogg", preview_s=nothing), "more than 0 s, got nan"),
        (lambda: mb.plots.beats(mb.analyze(BUFFER), start_s=nothing), "the part to show in seconds, got nan"),
        (lambda: mb.AudioWriter(tmp_path / "b.wav", 44100, -1), "at least 1 Hz and 1 channel, got 44100 Hz and -1"),
        (lambda: mb.plots.revenue(run.breakdown, by="store"), "earnings, got 'store'"),
        (lambda: mb.royalties.analytics.top(run.breakdown, by="store"), "platform, country, got 'store'"),
        (lambda: run.arrow("money"), "expected a table of payouts, .*, got 'money'"),
        (lambda: mb.royalties.analytics.reconcile(run.payouts, run.tracks), "recipient_id missing"),
        (lambda: mb.royalties.forecast.forecast({"2026-01": 1.0}, season=0), "a forecast needs three months"),
        (
            lambda: mb.royalties.forecast.forecast(run.breakdown),
            "a table with period and revenue, got one with track_id",
        ),
        (lambda: mb.demo.sales(seed=-1), "a seed of 0 or more, got -1"),
        (lambda: mb.demo.release_of([tmp_path / "a.wav"], "elsewhere"), "in elsewhere or below"),
    ):
        with pytest.raises(mb.MaxBoosterError, match=words):
            call()
    with pytest.raises(WrongKindError, match=r"give \[\('ada-vale', '70'\)"):
        mb.SplitEditor(mb.demo.splits()).save("t1", "ada-vale")
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]


def test_axes_of_another_kind_say_how_to_make_them():
    for value in (5, "ax", [], np.zeros(2)):
        assert "pyplot.subplots()" in said(lambda ax: mb.plots.waveform(BUFFER, ax=ax), value)


def test_text_in_place_of_samples():
    assert "mb.read_audio(path)" in said(lambda value: mb.AudioBuffer(value, 44100), "mix.wav")
    for rate in ("44100", None, float("nan"), float("inf"), 44100.5, 0):
        with pytest.raises(mb.MaxBoosterError, match="expected a sample rate in whole Hz above 0, got "):
            mb.AudioBuffer(np.zeros((1, 4), np.float32), rate)


def functions_of(space, names):
    for name in names:
        value = getattr(space, name)
        found = [value, *(vars(value).values() if inspect.isclass(value) else ())]
        for one in found:
            plain = one.__func__ if isinstance(one, classmethod | staticmethod) else one
            if inspect.isfunction(plain) and not plain.__name__.startswith("_"):
                yield f"{name}.{plain.__name__}".removesuffix(f".{name}"), plain


PUBLIC = {
    **dict(functions_of(mb, mb.__all__)),
    **dict(functions_of(mb.royalties, mb.royalties.__all__)),
    **dict(functions_of(mb.plots, mb.plots.__all__)),
    **dict(functions_of(mb.demo, mb.demo.__all__)),
    **{
        f"{module}.{name}": function
        for module in ("analytics", "anomalies", "forecast", "lag", "waterfall")
        for name, function in inspect.getmembers(getattr(mb.royalties, module), inspect.isfunction)
        if function.__module__ == f"maxbooster_kernel.royalties.{module}" and not name.startswith("_")
    },
    "render_session": render_session,
    "export_session": export_session,
    "DeliveryJob": mb.DeliveryJob,
    "AudioWriter": mb.AudioWriter,
    "TapAlong": mb.TapAlong,
}


del PUBLIC["resample"]  # says itself what it takes, for it takes 48000.0 as well
UNKNOWN = ("Any", "Source", "Axes", "BitDepth", "Dither")  # what takes these checks them where they are used
del PUBLIC["anomalies.robust_score"]  # a formula


def test_every_option_of_every_public_function_says_in_one_line_what_it_takes():
    told = 0
    for name, function in PUBLIC.items():
        parameters = inspect.signature(function).parameters.values()
        others = [None for one in parameters if one.kind is one.POSITIONAL_OR_KEYWORD]
        for one in parameters:
            annotation = str(one.annotation).removesuffix(" | None")
            if one.kind is one.KEYWORD_ONLY and annotation not in UNKNOWN:
                for wrong in (object(), *(() if "Iterable" in annotation else (np.zeros(3),))):
                    with pytest.raises(WrongKindError, match=r"\Aexpected .*, got a value of type .*; \S") as raised:
                        function(*others, **{one.name: wrong})
                    assert f" for {one.name}, " in str(raised.value), name
                    told += 1
    assert told > 200

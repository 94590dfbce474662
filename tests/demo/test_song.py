"""The demo song as files: complete, reproducible, at a sensible level, each stem what its name says."""

import json

import numpy as np
import pytest

from maxbooster_kernel import demo
from maxbooster_kernel.audio.probe import probe
from maxbooster_kernel.demo import score
from maxbooster_kernel.demo.cover import draw_cover
from maxbooster_kernel.errors import AudioError, OutputExistsError


def spectrum(samples, rate=44100):
    """Return frequencies and mean power of a stem's mono sum."""
    mono = samples.mean(axis=0)
    frames = np.lib.stride_tricks.sliding_window_view(mono, 4096)[::4096]
    return np.fft.rfftfreq(4096, 1 / rate), (np.abs(np.fft.rfft(frames * np.hanning(4096))) ** 2).mean(axis=0)


def share(samples, low, high):
    """Return which part of a stem's power lies between two frequencies."""
    frequency, power = spectrum(samples)
    return power[(frequency >= low) & (frequency < high)].sum() / power.sum()


def test_eight_stems_of_sixty_seconds_at_24_bit(song):
    assert list(song.stems) == list(demo.INSTRUMENTS)
    for name, path in song.stems.items():
        info = probe(path)
        assert (info.format, info.bit_depth, info.sample_rate) == ("WAV", 24, 44100)
        assert info.frames == 2_646_000
        assert info.channels == (1 if name == "bass" else 2)


def test_no_stem_clips_or_has_an_offset_and_all_end_in_silence(stems):
    for name, audio in stems.items():
        assert np.isfinite(audio.samples).all(), name
        assert 0.1 < np.abs(audio.samples).max() < 0.9, name
        assert np.abs(audio.samples.mean(axis=1)).max() < 1e-4, name
        assert np.abs(audio.samples[:, -200:]).max() < 0.01, name


def test_the_rough_mix_lies_between_minus_20_and_minus_12_lufs(song):
    """Through the whole graph: every track's compressor, the master's, the limiter, all faders at 0 dB."""
    import pyloudnorm

    from maxbooster_kernel.workbench.session import Session

    mix = Session.from_stems(list(song.stems.values())).render()
    assert -20.0 < pyloudnorm.Meter(44100).integrated_loudness(mix.samples.T.astype(np.float64)) < -12.0
    assert np.abs(mix.samples).max() < 1.0


def test_the_plain_sum_of_the_stems_leaves_headroom(stems):
    import pyloudnorm

    total = sum(np.broadcast_to(audio.samples, (2, audio.frames)).astype(np.float64) for audio in stems.values())
    assert -21.0 < pyloudnorm.Meter(44100).integrated_loudness(total.T) < -15.0
    assert np.abs(total).max() < 1.0


def test_each_stem_looks_like_its_instrument(stems):
    samples = {name: audio.samples for name, audio in stems.items()}
    assert share(samples["bass"], 30, 250) > 0.8
    assert share(samples["drums"], 30, 120) > 0.4  # the kick
    assert share(samples["drums"], 6000, 20000) > 0.005  # hats and cymbals
    assert share(samples["percussion"], 1000, 20000) > 0.3
    assert share(samples["chords"], 150, 1200) > 0.85
    assert share(samples["voice"], 200, 1500) > 0.7
    assert share(samples["pad"], 30, 130) < 0.05


def test_the_pad_is_wide_and_the_drums_are_not(stems):
    width = {name: np.corrcoef(stems[name].samples)[0, 1] for name in ("pad", "drums", "voice")}
    assert width["pad"] < 0.5 < width["drums"]
    assert 0.2 < width["voice"] < 0.98


def test_the_chorus_is_louder_than_the_verse(stems):
    total = sum(np.broadcast_to(audio.samples, (2, audio.frames)) for audio in stems.values())
    sections = {name: (start, end) for start, end, name in demo.truth()["sections"]}

    def level(name):
        start, end = (round(second * 44100) for second in sections[name])
        return 10 * np.log10((total[:, start:end] ** 2).mean())

    assert level("verse") + 1.5 < level("chorus") <= level("final chorus") + 0.5


def test_the_bass_sounds_the_root_of_each_chord(stems):
    """Measured, not read: the strongest partial below 130 Hz at each chord's start is its root."""
    mono = stems["bass"].samples[0]
    for chord in score.chords():
        if not 16 <= chord.start < 112:
            continue
        start = round(float(score.beat_to_seconds(chord.start)) * 44100) + 2000
        part = mono[start : start + 8192] * np.hanning(8192)
        power = np.abs(np.fft.rfft(part, 1 << 17))
        frequency = np.fft.rfftfreq(1 << 17, 1 / 44100)
        power[(frequency < 50) | (frequency > 130)] = 0
        pitch = 69 + 12 * np.log2(frequency[power.argmax()] / 440)
        root = score.chord_tones(chord.label)[0]
        assert abs((pitch - root + 6) % 12 - 6) < 0.5, chord


def test_the_hits_are_where_the_truth_says(stems):
    """The drums' energy rises within 15 ms of every beat of the choruses."""
    mono = np.abs(stems["drums"].samples).max(axis=0)
    for beat in demo.truth()["beats"][48:112]:
        frame = round(beat * 44100)
        before, after = mono[frame - 1500 : frame - 600].max(), mono[frame - 300 : frame + 700].max()
        assert after > 1.3 * before, beat


def test_a_stem_is_the_same_every_time(stems):
    again = demo.render("bass").samples
    steps = np.rint(again.astype(np.float64) * 2**23) / 2**23
    assert np.array_equal(steps.astype(np.float32), stems["bass"].samples)


def test_the_stems_are_tagged(song):
    import soundfile

    with soundfile.SoundFile(song.stems["lead"]) as sound:
        assert (sound.title, sound.artist, sound.album) == ("Night Drive - lead", "Ada Vale", "Night Drive")


def test_the_cover_is_square_and_large(song):
    from PIL import Image

    with Image.open(song.cover) as picture:
        assert (picture.size, picture.mode, picture.format) == ((3000, 3000), "RGB", "JPEG")
    small = np.asarray(draw_cover(300))
    assert small[100, 150].sum() > 450  # the sun is bright
    assert small[20, 20].sum() < 150  # the sky above it dark


def test_the_truth_is_written(song):
    assert json.loads(song.truth_file.read_text()) == demo.truth() == song.truth


def test_an_existing_song_is_kept_unless_forced(song):
    with pytest.raises(OutputExistsError, match="exists already"):
        demo.make(song.folder, force=False, progress=lambda said: pytest.fail(f"{said}, and only then refused"))


def test_an_unknown_instrument_is_named():
    with pytest.raises(AudioError, match="got 'tuba'"):
        demo.render("tuba")

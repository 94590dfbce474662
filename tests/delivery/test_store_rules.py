"""Every store's own asks: a release fit for it passes, and one that breaks a single ask is found by its code."""

from dataclasses import replace

import numpy as np
import pytest
import soundfile
from PIL import Image

from maxbooster_kernel.audio import AudioBuffer
from maxbooster_kernel.catalogue import Deal, MessageParty
from maxbooster_kernel.catalogue.media_rules import check_media
from maxbooster_kernel.catalogue.rules import check_release
from maxbooster_kernel.delivery.itmsp import write_itmsp
from maxbooster_kernel.delivery.profile import load_profile, store_names
from maxbooster_kernel.delivery.store_rules import check_for_store
from maxbooster_kernel.problems import blocking

RNG = np.random.default_rng(11)
CLAIM = Deal(
    commercial_model="RightsClaimModel",
    use_types=("UserMakeAvailableUserProvided",),
    start="2026-12-04",
    rights_claim_policy="Monetize",
)


@pytest.fixture
def fit(release):
    """Return a record and folder that every store takes: WAV, 3000 pixels, full tracks, a recipient."""
    record = replace(release.record, recipient=MessageParty(dpid="PADPIDA2013020802I", name="x"))
    Image.new("RGB", (3000, 3000), (20, 60, 90)).save(release.folder / "cover.jpg")
    tracks = []
    for number, track in enumerate(record.tracks, start=1):
        sound(release.folder / f"audio/{number}.wav", seconds=1)
        tracks.append(replace(track, file=f"audio/{number}.wav", duration_s=1.0))
    return replace(record, tracks=tuple(tracks)), release.folder


def sound(path, *, rate=44100, channels=2, subtype="PCM_16", seconds=1.0, kind=None):
    samples = (0.1 * RNG.standard_normal((round(rate * seconds), channels))).astype(np.float32)
    soundfile.write(path, samples, rate, subtype=subtype, format=kind)


def found(record, folder, store):
    problems = check_release(record) + check_media(record, folder)
    return check_for_store(record, load_profile(store), problems, folder)


def for_store(record, store):
    return replace(record, deals=(CLAIM,)) if store == "youtube-content-id" else record


@pytest.mark.parametrize("store", store_names())
def test_a_fit_release_passes(fit, store):
    record, folder = fit
    problems = found(for_store(record, store), folder, store)
    assert blocking(problems) == []
    assert ("store_not_public" in {problem.code for problem in problems}) == (store in {"amazon", "deezer", "tidal"})


def with_file(record, folder, **options):
    sound(folder / "audio/odd.wav", seconds=1, **options)
    return replace(record, tracks=(replace(record.tracks[0], file="audio/odd.wav"), *record.tracks[1:]))


def low_rate(record, folder):
    return with_file(record, folder, rate=22050)


def odd_rate(record, folder):
    return with_file(record, folder, rate=64000)


def mono(record, folder):
    return with_file(record, folder, channels=1)


def deep(record, folder):
    return with_file(record, folder, subtype="PCM_32")


def extensible(record, folder):
    return with_file(record, folder, kind="WAVEX")


def trailing(record, folder):
    record = with_file(record, folder)
    path = folder / "audio/odd.wav"
    data = bytearray(path.read_bytes() + b"LIST" + (4).to_bytes(4, "little") + b"INFO")
    data[4:8] = (len(data) - 8).to_bytes(4, "little")
    path.write_bytes(bytes(data))
    return record


def flac(record, folder):
    samples = (0.1 * RNG.standard_normal((2, 44100))).astype(np.float32)
    AudioBuffer(samples, 44100).write(folder / "audio/odd.flac")
    return replace(record, tracks=(replace(record.tracks[0], file="audio/odd.flac"), *record.tracks[1:]))


def lossy(record, folder):
    soundfile.write(folder / "audio/odd.ogg", np.zeros((44100, 2)), 44100)
    return replace(record, tracks=(replace(record.tracks[0], file="audio/odd.ogg"), *record.tracks[1:]))


def small(record, folder):
    Image.new("RGB", (639, 639)).save(folder / "cover.jpg")
    return record


def tiff(record, folder):
    Image.new("RGB", (3000, 3000)).save(folder / "cover.tif")
    return replace(record, cover="cover.tif")


def many(record, folder):
    copies = tuple(replace(record.tracks[0], number=n, isrc=f"USABC26{n:05d}", file=None) for n in range(1, 502))
    return replace(record, tracks=copies)


def no_claim(record, folder):
    return replace(record, deals=(replace(CLAIM, commercial_model="SubscriptionModel", rights_claim_policy=None),))


def guest(record, folder):
    return replace(record, tracks=(replace(record.tracks[0], title="Dawn (feat. Bo)"), *record.tracks[1:]))


ALL = tuple(name for name in store_names())
MOST = tuple(name for name in ALL if name != "apple")
CASES = [
    *((store, low_rate, "store_audio_rate") for store in ALL),
    *((store, mono, "store_audio_channels") for store in ALL),
    *((store, deep, "store_audio_depth") for store in ALL),
    *((store, lossy, "store_audio_format") for store in ALL),
    *((store, small, "store_artwork_size") for store in ALL),
    *((store, many, "store_tracks") for store in ALL),
    ("apple", odd_rate, "store_audio_rate"),
    ("apple", flac, "store_audio_format"),
    ("apple", tiff, "store_artwork_format"),
    ("spotify", extensible, "store_audio_extensible"),
    ("spotify", trailing, "store_audio_chunks"),
    ("spotify", guest, "store_artist_in_title"),
    ("apple", guest, "store_artist_in_title"),
    ("youtube-content-id", no_claim, "store_model"),
]


@pytest.mark.parametrize(("store", "broken", "code"), CASES, ids=lambda value: getattr(value, "__name__", str(value)))
def test_one_broken_ask_is_found(fit, store, broken, code):
    record, folder = fit
    problems = found(broken(for_store(record, store), folder), folder, store)
    assert code in {problem.code for problem in problems}, [str(problem) for problem in problems]


@pytest.mark.parametrize(("store", "broken"), [("youtube", extensible), ("generic", trailing), ("youtube", guest)])
def test_what_one_store_refuses_another_takes(fit, store, broken):
    record, folder = fit
    problems = found(broken(record, folder), folder, store)
    assert not [problem for problem in blocking(problems) if problem.code.startswith("store_")]


def test_a_claim_has_its_own_party(fit):
    assert load_profile("youtube-content-id").recipient_dpid != load_profile("youtube").recipient_dpid


def test_apples_package_is_made_of_a_fit_release(fit, tmp_path):
    record, folder = fit
    package = write_itmsp(record, folder, tmp_path / "out")
    assert sorted(path.suffix for path in package.iterdir()) == [".jpg", ".wav", ".wav", ".xml"]


def test_every_finding_says_what_to_do(fit):
    record, folder = fit
    for store, broken, _ in CASES:
        if broken is not many:
            for problem in found(broken(for_store(record, store), folder), folder, store):
                assert problem.fix, problem.code

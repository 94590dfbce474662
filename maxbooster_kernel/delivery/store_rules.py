"""What one store asks for on top of the rules for every release."""

from __future__ import annotations

import re
from pathlib import Path

from maxbooster_kernel.audio.probe import probe
from maxbooster_kernel.audio.riff import is_chunked, scan_chunks
from maxbooster_kernel.catalogue.cover import read_cover
from maxbooster_kernel.catalogue.findings import Findings
from maxbooster_kernel.catalogue.paths import unsafe_path
from maxbooster_kernel.catalogue.release import ReleaseRecord
from maxbooster_kernel.catalogue.style_rules import check_style
from maxbooster_kernel.delivery.profile import StoreProfile
from maxbooster_kernel.errors import AudioError, ReleaseError
from maxbooster_kernel.problems import Problem

_FORMATS = {"WAVEX": "WAV", "RF64": "WAV", "MP4": "ALAC"}
RATE_FIX = "export it from the session at this rate"
_FEATURING = re.compile(r"[(\[](feat\.|with)\s", re.IGNORECASE)


def check_for_store(
    release: ReleaseRecord, profile: StoreProfile, problems: list[Problem], folder: Path | None
) -> list[Problem]:
    """Return the findings for one store: those of every release, without what the store itself knows, and its own."""
    kept = [
        problem
        for problem in problems
        if not (problem.code == "recipient_missing" and profile.recipient_dpid is not None)
    ]
    found = Findings()
    if not profile.public:
        found.info("store_not_public", "store", f"{profile.title}: no public specification is known", profile.note)
    found.problems += check_style(release)
    _check_record(release, profile, found)
    if folder is not None:
        _check_files(release, profile, folder, found)
    return kept + found.problems


def _check_record(release: ReleaseRecord, profile: StoreProfile, found: Findings) -> None:
    if len(release.tracks) > profile.max_tracks:
        message = f"{len(release.tracks)} tracks, {profile.title} takes {profile.max_tracks}"
        found.error("store_tracks", "tracks", message, "make two releases")
    models = profile.commercial_models
    for index, deal in enumerate(release.deals):
        if models and deal.commercial_model not in models:
            message = f"{profile.title} takes {', '.join(models)} only, got {deal.commercial_model}"
            found.error("store_model", f"deals[{index}].commercial_model", message, "send other deals to other stores")
    for index, track in enumerate(release.tracks):
        if track.duration_s is not None and track.duration_s < profile.min_duration_s:
            message = f"{track.duration_s} s is shorter than {profile.min_duration_s} s"
            found.error("store_duration", f"tracks[{index}].duration_s", message, "send whole tracks")
        if not profile.artist_in_title and _FEATURING.search(track.title):
            message = f"{profile.title} keeps artists out of titles"
            found.warning("store_artist_in_title", f"tracks[{index}].title", message, "use the role FeaturedArtist")


def _check_files(release: ReleaseRecord, profile: StoreProfile, folder: Path, found: Findings) -> None:
    for index, track in enumerate(release.tracks):
        if track.file and not unsafe_path(track.file) and (folder / track.file).is_file():
            _check_audio(folder / track.file, f"tracks[{index}].file", profile, found)
    if release.cover and not unsafe_path(release.cover) and (folder / release.cover).is_file():
        _check_artwork(folder / release.cover, profile, found)


def _check_audio(file: Path, where: str, profile: StoreProfile, found: Findings) -> None:
    try:
        info = probe(file)
    except AudioError:
        return  # said already by the rules for every release
    kind = _FORMATS.get(info.format, info.format)
    if kind not in profile.audio_formats:
        message = f"{profile.title} takes {', '.join(profile.audio_formats)}, got {info.format}"
        found.error("store_audio_format", where, message, "convert it without loss")
    if info.format == "WAVEX" and not profile.extensible:
        message = f"{profile.title} takes WAV with format tag 1 (PCM), not WAVE_FORMAT_EXTENSIBLE"
        found.error("store_audio_extensible", where, message, "write it as FLAC or plain WAV")
    if profile.rates and info.sample_rate not in profile.rates:
        rates = ", ".join(str(rate) for rate in profile.rates)
        found.error("store_audio_rate", where, f"{profile.title} takes {rates} Hz, got {info.sample_rate}", RATE_FIX)
    if info.sample_rate < profile.min_rate:
        found.error(
            "store_audio_rate", where, f"expected at least {profile.min_rate} Hz, got {info.sample_rate}", RATE_FIX
        )
    if info.bit_depth is not None and info.bit_depth not in profile.bit_depths:
        depths = " or ".join(str(depth) for depth in profile.bit_depths)
        found.error(
            "store_audio_depth",
            where,
            f"{profile.title} takes {depths} bit, got {info.bit_depth}",
            "export it at 24 bit",
        )
    if info.channels not in profile.channels:
        found.error(
            "store_audio_channels",
            where,
            f"expected {profile.channels} channels, got {info.channels}",
            "bounce it in stereo",
        )
    if not profile.trailing_chunks and is_chunked(file) and scan_chunks(file).after_data:
        message = f"{profile.title} takes nothing but audio after the data chunk"
        found.error("store_audio_chunks", where, message, "write the file without tags")


def _check_artwork(file: Path, profile: StoreProfile, found: Findings) -> None:
    try:
        info = read_cover(file, decode=False)
    except ReleaseError:
        return
    if info.format not in profile.artwork_formats:
        message = f"{profile.title} takes {', '.join(profile.artwork_formats)}, got {info.format}"
        found.error("store_artwork_format", "cover", message, "save it in one of these")
    side = min(info.width, info.height)
    if side < profile.artwork_min_px:
        message = f"{profile.title} asks for {profile.artwork_min_px} pixels a side, got {side}"
        found.error("store_artwork_size", "cover", message, "take the original picture, do not upscale")

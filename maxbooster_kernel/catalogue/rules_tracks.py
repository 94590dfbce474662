"""Rules on tracks: places, identifiers, titles, durations, credits, shares and file names."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal

from maxbooster_kernel.catalogue.findings import Findings
from maxbooster_kernel.catalogue.paths import unsafe_path
from maxbooster_kernel.catalogue.release import ReleaseRecord
from maxbooster_kernel.catalogue.rules_parties import EXPLICIT, check_artists, check_ids, check_line
from maxbooster_kernel.catalogue.share import PublishingShare, RightsShare, total_share
from maxbooster_kernel.catalogue.territory import ISRC_PREFIXES, countries, is_language
from maxbooster_kernel.catalogue.track import Track
from maxbooster_kernel.identifiers import isrc_problem, iswc_problem, normalise

HUNDRED = Decimal(100)
MAX_DURATION_S = 24 * 3600.0


def check_tracks(release: ReleaseRecord, found: Findings) -> None:
    """Add the findings on every track and on all of them together."""
    if not release.tracks:
        found.fatal("tracks_missing", "tracks", "the release has no tracks", "add at least one")
        return
    for index, track in enumerate(release.tracks):
        _check_track(track, f"tracks[{index}]", release, found)
    _check_places(release.tracks, found)
    _check_unique(release.tracks, found)
    if release.type == "Album" and len(release.tracks) == 1:
        found.warning("album_of_one", "type", "an album has one track only", 'call it "Single"')
    if release.type == "Single" and len(release.tracks) == 1 and release.tracks[0].title != release.title:
        found.warning("single_title", "title", "a single is called as its track is", "use one title for both")


def _check_track(track: Track, at: str, release: ReleaseRecord, found: Findings) -> None:
    _check_isrc(track, at, found)
    if track.iswc and (problem := iswc_problem(normalise(track.iswc))):
        found.error("iswc_invalid", f"{at}.iswc", f"not a valid ISWC: {problem}", "check it at iswcnet.cisac.org")
    if not track.title.strip():
        found.error("track_title_missing", f"{at}.title", "the track has no title", "give it one")
    check_artists(track.artists, f"{at}.artists", found, required=bool(track.artists))
    for place, person in enumerate(track.contributors):
        where = f"{at}.contributors[{place}]"
        if not person.name.strip():
            found.error("contributor_name_missing", f"{where}.name", "a contributor has no name", "give the name")
        if not person.roles:
            found.warning(
                "contributor_role_missing", f"{where}.roles", f'"{person.name}" has no role', "say what they did"
            )
        if len(set(person.roles)) != len(person.roles):
            found.error("contributor_role_duplicate", f"{where}.roles", f'"{person.name}" has a role twice', "keep one")
        check_ids(person.ids, f"{where}.ids", found)
    for name, count in Counter(person.name for person in track.contributors).items():
        if count > 1 and name.strip():
            message = f'"{name}" stands {count} times; one entry holds all roles'
            found.error("contributor_duplicate", f"{at}.contributors", message, "join the entries")
    _check_duration(track, at, found)
    if track.explicit is None:
        found.warning("explicit_missing", f"{at}.explicit", "the track does not say if it is explicit", "NotExplicit?")
    elif track.explicit not in EXPLICIT:
        message = f'"{track.explicit}" is not one of {", ".join(EXPLICIT)}'
        found.error("explicit_unknown", f"{at}.explicit", message, "use one of them")
    if track.language and not is_language(track.language) and track.language != "zxx":
        found.error(
            "language_invalid", f"{at}.language", f'"{track.language}" is not a BCP 47 language tag', 'such as "en"'
        )
    if track.p_line is not None and track.p_line.text.strip():
        check_line(track.p_line, f"{at}.p_line", release, found)
    if not track.file:
        found.warning("file_not_named", f"{at}.file", "the track names no audio file", "add the path of the audio")
    elif problem := unsafe_path(track.file):
        found.error("path_unsafe", f"{at}.file", problem, "name a file inside the release's folder")
    _check_shares(track.rights, f"{at}.rights", found, exact=True)
    _check_shares(track.publishing, f"{at}.publishing", found, exact=False)
    if not any(role in ("Composer", "ComposerLyricist") for person in track.contributors for role in person.roles):
        found.info(
            "composer_missing", f"{at}.contributors", "no composer is named", "stores show and societies need it"
        )


def _check_isrc(track: Track, at: str, found: Findings) -> None:
    if not track.isrc:
        found.error("isrc_missing", f"{at}.isrc", "the recording has no ISRC", "take one from your ISRC range")
        return
    isrc = normalise(track.isrc)
    if problem := isrc_problem(isrc):
        found.error("isrc_invalid", f"{at}.isrc", f"not a valid ISRC: {problem}", "such as USABC2600001")
    elif isrc[:2] not in countries() and isrc[:2] not in ISRC_PREFIXES:
        found.warning(
            "isrc_prefix", f"{at}.isrc", f"{isrc[:2]} is not a known ISRC prefix", "compare it with the registry"
        )


def _check_duration(track: Track, at: str, found: Findings) -> None:
    seconds = track.duration_s
    if seconds is None:
        found.error(
            "duration_missing", f"{at}.duration_s", "the track has no duration", "give seconds, or ingest the file"
        )
    elif not math.isfinite(seconds) or not 0.0005 <= seconds <= MAX_DURATION_S:
        message = f"{seconds} is not a duration in seconds between 0.001 and {MAX_DURATION_S:.0f}"
        found.error("duration_invalid", f"{at}.duration_s", message, "give the length of the audio")
    elif seconds < 30:
        found.info("duration_short", f"{at}.duration_s", "most stores count plays from 30 s on", "right if so short")


def _check_shares(shares: Sequence[RightsShare | PublishingShare], where: str, found: Findings, *, exact: bool) -> None:
    for index, share in enumerate(shares):
        if not share.party.strip():
            found.error("share_party_missing", f"{where}[{index}].party", "a share has no party", "name the party")
        if share.share is not None and not 0 <= share.share <= HUNDRED:
            message = f"a share of {share.share} % is not between 0 and 100"
            found.error("share_invalid", f"{where}[{index}].share", message, "give percent")
    if not shares:
        return
    total, known = total_share(shares), all(share.share is not None for share in shares)
    if total > HUNDRED or (exact and known and total != HUNDRED):
        found.error("share_sum", where, f"the shares sum to {total} %, expected exactly 100", "correct the shares")
    elif known and total != HUNDRED:
        found.info("share_sum_partial", where, f"the shares of the work sum to {total} %", "others may hold the rest")


def _check_places(tracks: tuple[Track, ...], found: Findings) -> None:
    discs = sorted({track.disc for track in tracks})
    if discs != list(range(1, len(discs) + 1)):
        found.error(
            "disc_sequence", "tracks", f"discs are numbered {discs}, expected 1 to {len(discs)}", "renumber them"
        )
    for disc in discs:
        numbers = sorted(track.number for track in tracks if track.disc == disc)
        if numbers != list(range(1, len(numbers) + 1)):
            message = f"tracks of disc {disc} are numbered {_short(numbers)}, expected 1 to {len(numbers)}"
            found.error("track_sequence", "tracks", message, "number them from 1 without gaps, each number once")


def _check_unique(tracks: tuple[Track, ...], found: Findings) -> None:
    isrcs: dict[str, int] = {}
    titles: dict[tuple[str, str | None], int] = {}
    files: dict[str, int] = {}
    for index, track in enumerate(tracks):
        at = f"tracks[{index}]"
        isrc = normalise(track.isrc) if track.isrc else ""
        if isrc and isrc in isrcs:
            found.error(
                "isrc_duplicate", f"{at}.isrc", f"{isrc} is also the ISRC of tracks[{isrcs[isrc]}]", "one a recording"
            )
        key = (track.title.casefold(), (track.version or "").casefold() or None)
        if track.title and key in titles:
            message = f'"{track.full_title}" is also the title of tracks[{titles[key]}]'
            found.warning("title_duplicate", f"{at}.title", message, "tell them apart by version")
        if track.file and track.file in files:
            message = f'"{track.file}" is also the file of tracks[{files[track.file]}]'
            found.error("file_duplicate", f"{at}.file", message, "one file a recording")
        isrcs.setdefault(isrc, index)
        titles.setdefault(key, index)
        files.setdefault(track.file or "", index)


def _short(numbers: list[int]) -> str:
    text = ", ".join(str(number) for number in numbers[:12])
    return text + (", ..." if len(numbers) > 12 else "")

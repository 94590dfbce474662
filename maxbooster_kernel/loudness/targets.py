"""What services play music at: their loudness targets, and what each will do to a programme.

Services publish little and change it; each entry says from where and when it was taken.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from maxbooster_kernel.errors import AnalysisError

Limit = Literal["true_peak", "never_raises"]
SLIGHT_DB = 0.05
"""Less than this is nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a service puts loudness.

    ``raises`` is false where louder programmes are turned down and quieter ones left alone.
    ``per_album`` is true where the tracks of an album share one gain.
    """

    name: str
    title: str
    target_lufs: float
    ceiling_dbtp: float
    raises: bool
    per_album: bool
    source: str
    taken: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Treatment:
    """What a service will do: ``gain_db``, and what kept it from reaching the target (None: nothing did)."""

    target: Target
    gain_db: float
    limited_by: Limit | None

    def sentence(self) -> str:
        """Return what happens in words.

        >>> treatment(TARGETS["spotify"], integrated_lufs=-9.0, true_peak_dbtp=-0.5).sentence()
        'Spotify turns it down by 5.0 dB'
        """
        name = self.target.title
        if not math.isfinite(self.gain_db):
            return f"{name}: undefined, there is no loudness to measure"
        if abs(self.gain_db) < SLIGHT_DB:
            why = {"true_peak": " (its peaks leave no room)", "never_raises": " (it never raises)", None: ""}
            return f"{name} leaves it alone{why[self.limited_by]}"
        if self.gain_db < 0.0:
            return f"{name} turns it down by {-self.gain_db:.1f} dB"
        short = ", as far as its peaks allow" if self.limited_by == "true_peak" else ""
        return f"{name} raises it by {self.gain_db:.1f} dB{short}"


_SPOTIFY = "support.spotify.com, Loudness normalization"
_SECONDARY = "no statement of the service is public; agreed by mastering handbooks and measurements"


def _target(
    name: str,
    title: str,
    lufs: float,
    ceiling: float,
    *,
    raises: bool = True,
    album: bool = False,
    source: str = _SECONDARY,
) -> Target:
    return Target(
        name=name, title=title, target_lufs=lufs, ceiling_dbtp=ceiling, raises=raises, per_album=album,
        source=source, taken="2026-11",
    )  # fmt: skip


TARGETS: dict[str, Target] = {
    target.name: target
    for target in (
        _target("spotify", "Spotify", -14.0, -1.0, album=True, source=_SPOTIFY),
        _target("apple_music", "Apple Music", -16.0, -1.0, album=True),
        _target("youtube", "YouTube", -14.0, -1.0, raises=False),
        _target("amazon_music", "Amazon Music", -14.0, -2.0, raises=False),
        _target("tidal", "TIDAL", -14.0, -1.0, raises=False, album=True),
        _target("deezer", "Deezer", -15.0, -1.0, raises=False),
        _target("apple_podcasts", "Apple Podcasts", -16.0, -1.0, source="podcasters.apple.com, Audio requirements"),
        _target("ebu_r128", "EBU R 128", -23.0, -1.0, source="EBU R 128, Loudness normalisation"),
    )
}
"""The services this package knows, by name. SoundCloud and Bandcamp play files as they are."""


def sentences(treatments: Iterable[Treatment]) -> list[str]:
    """Return what each service will do in words; one sentence for all where there is no loudness to measure.

    >>> sentences(treatment(target, integrated_lufs=-math.inf, true_peak_dbtp=-6.0) for target in TARGETS.values())
    ['no service is told what to do: there is no loudness to measure, in silence or in less than 0.4 s']
    """
    told = list(treatments)
    if not any(math.isfinite(done.gain_db) for done in told):
        return ["no service is told what to do: there is no loudness to measure, in silence or in less than 0.4 s"]
    return [done.sentence() for done in told]


def sources() -> str:
    """Return where the services' targets are from, and of when, in sentences.

    >>> sources()[:62]
    'Targets as of 2026-11. Spotify: support.spotify.com, Loudness '
    """
    told = [f"{target.title}: {target.source}" for target in TARGETS.values() if target.source != _SECONDARY]
    others = ", ".join(target.title for target in TARGETS.values() if target.source == _SECONDARY)
    taken = max(target.taken for target in TARGETS.values())
    return ". ".join([f"Targets as of {taken}", *told, f"{others}: {_SECONDARY}"]) + "."


ALIASES = {"apple": "apple_music", "amazon": "amazon_music", "ebu": "ebu_r128", "podcast": "apple_podcasts"}
NEEDS_NORMALIZATION_LUFS = -14.0
"""Louder programmes are turned down by most services."""


def find_target(target: str | float) -> Target:
    """Return a service's target by name, or an unnamed one by loudness in LUFS.

    Raises
    ------
    AnalysisError
        The name is not known, or the loudness is outside -70 to 0 LUFS.

    Examples
    --------
    >>> find_target("spotify").target_lufs
    -14.0
    >>> find_target("-9.5").target_lufs
    -9.5
    """
    if isinstance(target, str):
        key = target.strip().lower().replace(" ", "_").replace("-", "_") if target.strip()[:1] != "-" else target
        known = TARGETS.get(ALIASES.get(key, key))
        if known:
            return known
    try:
        lufs = float(target)
    except ValueError:
        raise AnalysisError(
            f"unknown target {target!r}; use a loudness in LUFS or one of {', '.join(TARGETS)}"
        ) from None
    if not -70.0 <= lufs <= 0.0:
        raise AnalysisError(f"expected a target from -70 to 0 LUFS, got {target}")
    return _target("custom", f"{lufs:g} LUFS", lufs, -1.0, source="given by the caller")


def treatment(target: Target, *, integrated_lufs: float, true_peak_dbtp: float) -> Treatment:
    """Return what a service does to a programme.

    Parameters
    ----------
    target
        The service.
    integrated_lufs, true_peak_dbtp
        Of the programme; minus infinity for silence.

    Notes
    -----
    A quiet programme is raised only as far as its true peak stays below the ceiling, as Spotify states for itself.
    One that is less than 0.05 dB too quiet is at the target.
    """
    gain = target.target_lufs - integrated_lufs
    if not math.isfinite(gain):
        return Treatment(target=target, gain_db=math.nan, limited_by=None)
    if gain < SLIGHT_DB:
        return Treatment(target=target, gain_db=min(gain, 0.0), limited_by=None)
    if not target.raises:
        return Treatment(target=target, gain_db=0.0, limited_by="never_raises")
    room = max(0.0, target.ceiling_dbtp - true_peak_dbtp)
    if gain > room:
        return Treatment(target=target, gain_db=room, limited_by="true_peak")
    return Treatment(target=target, gain_db=gain, limited_by=None)

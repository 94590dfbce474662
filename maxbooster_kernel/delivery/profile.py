"""Stores as data: what each takes, from ``stores/*.toml``, with its source and the day it was read."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from maxbooster_kernel.errors import DeliveryError
from maxbooster_kernel.files import plain_file


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreProfile:
    """What a store takes.

    ``public`` is false where nothing public is known and the profile is a guess from the generic one. ``versions`` are
    the ERN versions it takes, the best first; ``package`` is ``ddex``, ``itmsp`` or ``rest``. ``consumer_suffix`` and
    ``thumbnail`` (width, height) are what its listeners get: previews are made so, deliveries stay lossless. Sizes are
    in pixels, rates in Hz.
    """

    name: str
    title: str
    note: str
    public: bool
    sources: tuple[str, ...]
    seen: str
    recipient_dpid: str | None
    recipient_name: str | None
    versions: tuple[str, ...]
    manifest: str
    package: str
    prefix: str
    complete: str
    kinds: tuple[str, ...]
    test: bool
    audio_formats: tuple[str, ...]
    min_rate: int
    rates: tuple[int, ...]
    bit_depths: tuple[int, ...]
    channels: tuple[int, ...]
    extensible: bool
    trailing_chunks: bool
    min_duration_s: float
    artwork_formats: tuple[str, ...]
    artwork_min_px: int
    artwork_recommended_px: int
    artwork_alpha: bool
    max_tracks: int
    commercial_models: tuple[str, ...]
    artist_in_title: bool
    takedown_by_purge: bool
    consumer_suffix: str | None = None
    thumbnail: tuple[int, int] | None = None


def store_names() -> list[str]:
    """Return the names of the stores that come with the program.

    Examples
    --------
    >>> store_names()[:3]
    ['amazon', 'apple', 'deezer']
    """
    folder = resources.files(__package__) / "stores"
    return sorted(file.name.removesuffix(".toml") for file in folder.iterdir() if file.name.endswith(".toml"))


def load_profile(name: str | os.PathLike[str]) -> StoreProfile:
    """Return the profile of a store, by its name or from a TOML file of your own.

    Raises
    ------
    DeliveryError
        There is no such store, or the file is no profile.
    """
    text = os.fspath(name)
    if text.endswith(".toml"):
        return _profile(_merged(_read_file(Path(text)), text), text)
    if text not in store_names():
        raise DeliveryError(f'expected a store of {", ".join(store_names())} or a .toml file, got "{text}"')
    return _known(text)


@cache
def _known(name: str) -> StoreProfile:
    return _profile(_merged(_read_store(name), name), name)


def _read_store(name: str) -> dict[str, Any]:
    return tomllib.loads((resources.files(__package__) / "stores" / f"{name}.toml").read_text(encoding="utf-8"))


def _read_file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(plain_file(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise DeliveryError(f"{path}: cannot be read ({error.strerror or error})") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DeliveryError(f"{path}: expected TOML ({error})") from None


def _merged(values: dict[str, Any], name: str, depth: int = 0) -> dict[str, Any]:
    parent = values.get("inherits")
    if parent is None:
        return values
    if parent not in store_names() or depth > 5:
        raise DeliveryError(f'{name}: it inherits "{parent}", expected one of {", ".join(store_names())}')
    below = _merged(_read_store(str(parent)), str(parent), depth + 1)
    result = {**below, **values}
    for key, value in below.items():
        if isinstance(value, dict):
            result[key] = {**value, **values.get(key, {})}
    return result


def _profile(values: Mapping[str, Any], name: str) -> StoreProfile:
    def part(key: str) -> Mapping[str, Any]:
        found = values.get(key, {})
        if not isinstance(found, dict):
            raise DeliveryError(f"{name}: {key}: expected a table")
        return found

    message, transport, audio = part("message"), part("transport"), part("audio")
    artwork, release, recipient = part("artwork"), part("release"), part("recipient")
    consumer = part("consumer")
    try:
        return StoreProfile(
            name=str(values["name"]),
            title=str(values["title"]),
            note=str(values.get("note", "")),
            public=bool(values.get("public", True)),
            sources=tuple(values.get("sources", ())),
            seen=str(values["seen"]),
            recipient_dpid=recipient.get("dpid"),
            recipient_name=recipient.get("name"),
            versions=tuple(message["versions"]),
            manifest=str(message["manifest"]),
            package=str(message.get("package", "ddex")),
            prefix=str(message.get("prefix", "")),
            complete=str(transport["complete"]),
            kinds=tuple(transport["kinds"]),
            test=bool(transport.get("test", True)),
            audio_formats=tuple(audio["formats"]),
            min_rate=int(audio["min_rate"]),
            rates=tuple(audio.get("rates", ())),
            bit_depths=tuple(audio["bit_depths"]),
            channels=tuple(audio["channels"]),
            extensible=bool(audio["extensible"]),
            trailing_chunks=bool(audio["trailing_chunks"]),
            min_duration_s=float(audio["min_duration_s"]),
            artwork_formats=tuple(artwork["formats"]),
            artwork_min_px=int(artwork["min_px"]),
            artwork_recommended_px=int(artwork["recommended_px"]),
            artwork_alpha=bool(artwork["alpha"]),
            max_tracks=int(release["max_tracks"]),
            commercial_models=tuple(release.get("commercial_models", ())),
            artist_in_title=bool(release["artist_in_title"]),
            takedown_by_purge=bool(message.get("takedown_by_purge", True)),
            consumer_suffix=consumer.get("suffix"),
            thumbnail=_pair(consumer.get("thumbnail")),
        )
    except KeyError as error:
        raise DeliveryError(f'{name}: the profile lacks {error}; inherit from "generic" to fill it') from None
    except (TypeError, ValueError) as error:
        raise DeliveryError(f"{name}: a value of the profile has the wrong type ({error})") from None


def _pair(value: Any) -> tuple[int, int] | None:
    if value is None:
        return None
    width, height = value
    return int(width), int(height)

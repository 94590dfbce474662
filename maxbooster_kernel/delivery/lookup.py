"""Ask a store, read only: is this ISRC or UPC live? Base URLs are injectable; what a store leaves out is None.

Spotify and Apple Music want a token (``MAXBOOSTER_SPOTIFY_TOKEN``, ``MAXBOOSTER_APPLE_TOKEN``), YouTube a key
(``MAXBOOSTER_YOUTUBE_KEY``), from the environment or the keyring; with the extra ``spotify``, spotipy gets a token for
the client credentials ``SPOTIPY_CLIENT_ID`` and ``SPOTIPY_CLIENT_SECRET``.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import httpx

from maxbooster_kernel.delivery.secret import secret
from maxbooster_kernel.errors import DeliveryError, MissingExtraError, expect
from maxbooster_kernel.identifiers import isrc_problem, normalise, upc_problem
from maxbooster_kernel.kinds import checked

BASE_URLS = {
    "spotify": "https://api.spotify.com/v1",
    "apple": "https://api.music.apple.com/v1",
    "youtube": "https://www.googleapis.com/youtube/v3",
}
TOKENS = {
    "spotify": "MAXBOOSTER_SPOTIFY_TOKEN",
    "apple": "MAXBOOSTER_APPLE_TOKEN",
    "youtube": "MAXBOOSTER_YOUTUBE_KEY",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a store says of an identifier; ``live`` is whether it knows it."""

    store: str
    identifier: str
    live: bool
    title: str | None = None
    artist: str | None = None
    release_date: str | None = None
    url: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the listing as a JSON object."""
        return asdict(self)


@checked
def look_up(
    identifier: str,
    *,
    store: str,
    country: str = "us",
    base_url: str | None = None,
    token: str | None = None,
    client: httpx.Client | None = None,
) -> Listing:
    """Ask a store whether a recording (ISRC) or release (UPC) is live.

    Parameters
    ----------
    identifier
        An ISRC or a UPC.
    store
        ``spotify``, ``apple`` or ``youtube``.
    country
        Of the storefront, where the store has several.
    base_url, token, client
        Where and as whom to ask; by default the store's public API and the token of the environment.

    Raises
    ------
    DeliveryError
        The identifier is wrong, no token is set, or the store does not answer as it should.
    """
    bare = normalise(expect(identifier, str, "an ISRC or UPC", "give it as text"))
    kind = "isrc" if isrc_problem(bare) is None else "upc" if upc_problem(bare) is None else None
    if expect(store, str, "a store's name", "give it as text") not in BASE_URLS or kind is None:
        names = ", ".join(BASE_URLS)
        raise DeliveryError(f'expected an ISRC or UPC and a store of {names}, got "{identifier}" and "{store}"')
    word = token or secret(TOKENS[store]) or (_spotipy_token() if store == "spotify" else None)
    if not word:
        raise DeliveryError(f"{store}: expected a token in {TOKENS[store]}, got none")
    path, query, headers = _request(store, kind, bare, country, word)
    url = f"{(base_url or BASE_URLS[store]).rstrip('/')}/{path}"
    own = client or httpx.Client(timeout=20.0)
    try:
        answer = own.get(url, params=query, headers=headers)
    except httpx.TransportError as error:
        raise DeliveryError(f"{store}: no answer ({type(error).__name__})") from None
    finally:
        if client is None:
            own.close()
    if answer.status_code == 404:
        return Listing(store=store, identifier=bare, live=False)
    if not answer.is_success:
        raise DeliveryError(f"{store}: answers {answer.status_code}; check the token and the limits")
    try:
        found = READERS[store](answer.json(), kind)
    except (ValueError, TypeError, AttributeError, LookupError):
        raise DeliveryError(f"{store}: answers something that is not its API") from None
    return Listing(store=store, identifier=bare, live=found is not None, **(found or {}))


def _request(store: str, kind: str, value: str, country: str, token: str) -> tuple[str, dict[str, str], dict[str, str]]:
    bearer = {"Authorization": f"Bearer {token}"}
    if store == "spotify":
        wanted = "track" if kind == "isrc" else "album"
        return "search", {"q": f"{kind}:{value}", "type": wanted, "limit": "1"}, bearer
    if store == "apple":
        wanted = "songs" if kind == "isrc" else "albums"
        return f"catalog/{country}/{wanted}", {f"filter[{kind}]": value}, bearer
    return (
        "search",
        {"part": "snippet", "q": f'"{value}"', "type": "video", "maxResults": "1"},
        {"X-Goog-Api-Key": token},
    )


def _spotify(answer: Any, kind: str) -> dict[str, str | None] | None:
    items = answer["tracks" if kind == "isrc" else "albums"]["items"]
    if not items:
        return None
    item = items[0]
    album = item.get("album") or item
    names = ", ".join(str(artist.get("name")) for artist in item.get("artists") or ())
    url = (item.get("external_urls") or {}).get("spotify")
    return {"title": item.get("name"), "artist": names or None, "release_date": album.get("release_date"), "url": url}


def _apple(answer: Any, kind: str) -> dict[str, str | None] | None:  # noqa: ARG001 - every reader is called alike
    if not answer["data"]:
        return None
    facts = answer["data"][0].get("attributes") or {}
    return {
        "title": facts.get("name"),
        "artist": facts.get("artistName"),
        "release_date": facts.get("releaseDate"),
        "url": facts.get("url"),
    }


def _youtube(answer: Any, kind: str) -> dict[str, str | None] | None:  # noqa: ARG001 - every reader is called alike
    if not answer["items"]:
        return None
    item = answer["items"][0]
    facts = item.get("snippet") or {}
    video = (item.get("id") or {}).get("videoId")
    return {
        "title": facts.get("title"),
        "artist": facts.get("channelTitle"),
        "release_date": (facts.get("publishedAt") or "")[:10] or None,
        "url": f"https://www.youtube.com/watch?v={video}" if video else None,
    }


def _spotipy_token() -> str | None:
    """Return an application token of spotipy, where the extra is installed and credentials are set.

    The token's address can be another one (``MAXBOOSTER_SPOTIFY_ACCOUNTS_URL``); the token is kept in memory only.
    """
    client, word = secret("SPOTIPY_CLIENT_ID"), secret("SPOTIPY_CLIENT_SECRET")
    if not client or not word:
        return None
    try:
        from spotipy.cache_handler import MemoryCacheHandler
        from spotipy.exceptions import SpotifyException, SpotifyOauthError
        from spotipy.oauth2 import SpotifyClientCredentials
    except ModuleNotFoundError:
        raise MissingExtraError("spotify", "Spotify's client credentials") from None
    import requests

    login = SpotifyClientCredentials(client_id=client, client_secret=word, cache_handler=MemoryCacheHandler())
    login.OAUTH_TOKEN_URL = os.environ.get("MAXBOOSTER_SPOTIFY_ACCOUNTS_URL") or login.OAUTH_TOKEN_URL
    try:
        return str(login.get_access_token(as_dict=False))
    except (SpotifyOauthError, SpotifyException, requests.RequestException):
        raise DeliveryError(
            "spotify: the client credentials were refused; check SPOTIPY_CLIENT_ID and SPOTIPY_CLIENT_SECRET"
        ) from None


READERS: Mapping[str, Callable[[Any, str], dict[str, str | None] | None]] = {
    "spotify": _spotify,
    "apple": _apple,
    "youtube": _youtube,
}

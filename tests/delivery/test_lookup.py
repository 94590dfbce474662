"""Look-ups against a server of our own: every store's answer, missing fields, refusals."""

import httpx
import pytest

from maxbooster_kernel.delivery.lookup import look_up
from maxbooster_kernel.errors import DeliveryError

ANSWERS = {
    "spotify": {
        "tracks": {"items": [{"name": "Dawn", "artists": [{"name": "Ada"}], "album": {"release_date": "2026"}}]}
    },
    "apple": {"data": [{"attributes": {"name": "Dawn", "artistName": "Ada", "releaseDate": "2026"}}]},
    "youtube": {"items": [{"id": {"videoId": "x"}, "snippet": {"title": "Dawn", "channelTitle": "Ada"}}]},
}
EMPTY = {"spotify": {"tracks": {"items": []}}, "apple": {"data": []}, "youtube": {"items": []}}


def ask(store, answer, status=200):
    seen = []

    def handle(request):
        seen.append(request)
        return httpx.Response(status, json=answer)

    with httpx.Client(transport=httpx.MockTransport(handle)) as client:
        result = look_up("US-ABC-26-00001", store=store, base_url="http://store", token="secret", client=client)
    return result, seen[0]


@pytest.mark.parametrize("store", ANSWERS)
def test_a_live_recording_is_found(store):
    result, request = ask(store, ANSWERS[store])
    assert (result.live, result.title, result.artist) == (True, "Dawn", "Ada")
    assert "USABC2600001" in str(request.url)
    assert "secret" not in str(request.url)


@pytest.mark.parametrize("store", EMPTY)
def test_an_unknown_recording_is_not_live(store):
    assert ask(store, EMPTY[store])[0].live is False
    assert ask(store, {}, status=404)[0].live is False


@pytest.mark.parametrize("store", ANSWERS)
def test_a_strange_answer_is_one_sentence(store):
    for answer, status in (({"x": 1}, 200), ([], 200), ({}, 401), ({}, 500)):
        with pytest.raises(DeliveryError) as caught:
            ask(store, answer, status)
        assert "secret" not in str(caught.value)


def test_nothing_is_asked_without_token_or_identifier(monkeypatch):
    for name in ("MAXBOOSTER_APPLE_TOKEN", "SPOTIPY_CLIENT_ID", "MAXBOOSTER_SPOTIFY_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(DeliveryError, match="MAXBOOSTER_APPLE_TOKEN"):
        look_up("USABC2600001", store="apple")
    with pytest.raises(DeliveryError, match="expected an ISRC or UPC"):
        look_up("nothing", store="apple", token="x")

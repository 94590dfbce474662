"""Reported tracks match recordings only by what names one and no other; everything else is a suggestion."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maxbooster_kernel.identifiers import gtin_check_digit
from maxbooster_kernel.royalties.match import Known, build_index, gtin

ONE = Known(isrc="USABC2600001", title="Night Drive", artist="Ada Vale", upcs=("700000000009",))
TWO = Known(isrc="USABC2600002", title="Söng for Äda (feat. Ben)", artist="Ada Vale", upcs=("012345678905",))
THREE = Known(isrc="GBXYZ2600003", title="Foam", artist="Cy Reed", upcs=("012345678905", "4006381333931"))
INDEX = build_index([ONE, TWO, THREE])


def test_only_what_names_one_recording_matches() -> None:
    assert INDEX.match("USABC2600001") == ONE.isrc
    assert INDEX.match("UPC:700000000009") == INDEX.match("UPC:0700000000009") == ONE.isrc
    assert INDEX.match("UPC:4006381333931") == THREE.isrc
    for unsure in ("UPC:012345678905", "USABC260000l", "UPC:", "UPC:700000000008", "TITLE:Ada Vale / Night Drive", ""):
        assert INDEX.match(unsure) is None
    assert build_index([ONE], {"UPC:": ONE.isrc}).match("UPC:") == ONE.isrc


@pytest.mark.parametrize(
    ("said", "isrc", "words"),
    [
        ({"isrc": "USABC260001"}, ONE.isrc, "lacks one"),
        ({"isrc": "USABC26000001"}, ONE.isrc, "one character more"),
        ({"isrc": "USACB2600001"}, ONE.isrc, "differs"),
        ({"upc": "70000000009"}, None, ""),
        ({"upc": "70000000009", "title": "night drive"}, ONE.isrc, "alike"),
        ({"upc": "4.00638E+12"}, THREE.isrc, "rounded"),
        ({"upc": "4006381333931.0"}, THREE.isrc, "rounded"),
        ({"upc": "4006381333391"}, THREE.isrc, "check digit"),
        ({"title": "Song for Ada", "artist": "ADA VALE"}, TWO.isrc, "alike"),
        ({"title": "Something else"}, None, ""),
        ({}, None, ""),
    ],
)
def test_suggestions_come_with_their_reason(said: dict[str, str], isrc: str | None, words: str) -> None:
    found = INDEX.suggest(**said)
    if isrc is None:
        assert found == []
    else:
        assert found[0].isrc == isrc
        assert words in found[0].why
        assert 0.0 < found[0].score <= 1.0


def test_two_reasons_are_surer_than_one() -> None:
    alone = INDEX.suggest(title="Night Drive")[0]
    both = INDEX.suggest(isrc="USABC260000I", title="Night Drive")[0]
    assert both.score > alone.score
    assert "; " in both.why


@given(st.text(max_size=15), st.text(max_size=15), st.text(max_size=15), st.text(max_size=15))
def test_anything_may_be_reported(isrc: str, upc: str, title: str, artist: str) -> None:
    for suggestion in INDEX.suggest(isrc=isrc, upc=upc, title=title, artist=artist):
        assert suggestion.isrc in INDEX.tracks
        assert suggestion.why


@given(st.integers(10**10, 10**11 - 1), st.integers(0, 11), st.integers(1, 9))
def test_one_wrong_digit_is_found_again(body: int, place: int, more: int) -> None:
    upc = f"{body}{gtin_check_digit(str(body))}"
    wrong = upc[:place] + str((int(upc[place]) + more) % 10) + upc[place + 1 :]
    index = build_index([Known(isrc="USABC2600001", title="x", upcs=(upc,))])
    assert [found.isrc for found in index.suggest(upc=wrong)] == ["USABC2600001"]
    assert index.match(f"UPC:{wrong}") is None
    assert gtin(upc) == upc.zfill(14)

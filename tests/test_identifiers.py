"""Check digits of published identifiers and agreement with python-stdnum."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import ean, grid, isni

from maxbooster_kernel import identifiers as ids


@pytest.mark.parametrize(
    ("check", "good"),
    [
        (ids.upc_problem, "700000000009"),
        (ids.upc_problem, "4006381333931"),
        (ids.iswc_problem, "T0345246801"),
        (ids.grid_problem, "A12425GABC1234002M"),
        (ids.dpid_problem, "PADPIDA2013020802I"),
        (ids.dpid_problem, "PADPIDA2014122301Q"),
        (ids.isni_problem, "0000000121032683"),
        (ids.ipi_problem, "00014107338"),
        (ids.isrc_problem, "USABC2600001"),
    ],
)
def test_published_identifiers_pass_and_a_changed_character_does_not(check, good):
    assert check(good) is None
    changed = good[:-1] + ("1" if good[-1] != "1" else "2")
    if check is not ids.isrc_problem:
        assert check(changed) is not None
    assert check(good + "0") is not None
    assert check("") is not None


@given(st.text(alphabet="0123456789", min_size=7, max_size=13).filter(lambda body: len(body) in (7, 11, 12, 13)))
def test_gtin_agrees_with_stdnum(body):
    code = body + ids.gtin_check_digit(body)
    assert ids.upc_problem(code) is None
    assert ean.is_valid(code)


@given(st.text(alphabet="0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=15, max_size=15))
def test_grid_agrees_with_stdnum(body):
    code = "A1" + body + ids.mod_37_36_check("A1" + body)
    assert ids.grid_problem(code) is None
    assert grid.is_valid(code)


@given(st.text(alphabet="0123456789X", min_size=16, max_size=16))
def test_isni_agrees_with_stdnum(code):
    assert (ids.isni_problem(code) is None) == isni.is_valid(code)


@given(st.text())
def test_no_text_breaks_a_check(text):
    for check in (ids.upc_problem, ids.isrc_problem, ids.iswc_problem, ids.grid_problem, ids.dpid_problem):
        assert check(text) is None or isinstance(check(text), str)
    assert ids.isni_problem(text) is None or "expected" in ids.isni_problem(text)
    assert ids.ipi_problem(text) is None or "expected" in ids.ipi_problem(text)
    ids.normalise(text)

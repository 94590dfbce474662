"""Every store profile loads, names its source or says that none is public, and asks for what it says."""

import pytest

from maxbooster_kernel.delivery.profile import load_profile, store_names
from maxbooster_kernel.errors import DeliveryError
from maxbooster_kernel.identifiers import dpid_problem


@pytest.mark.parametrize("name", store_names())
def test_every_profile_loads_and_says_where_it_is_from(name):
    profile = load_profile(name)
    assert profile.name == name
    assert profile.seen >= "2026-01-01"
    assert profile.sources or not profile.public or name in {"sandbox", "rest"}
    assert profile.recipient_dpid is None or dpid_problem(profile.recipient_dpid) is None


def test_a_store_nobody_knows_is_refused_with_the_names():
    with pytest.raises(DeliveryError, match="expected a store of amazon, apple"):
        load_profile("myspace")


def test_a_profile_of_your_own_inherits(tmp_path):
    file = tmp_path / "mine.toml"
    file.write_text(
        'name = "mine"\ntitle = "Mine"\ninherits = "generic"\nseen = "2026-01-02"\n[audio]\nmin_rate = 96000\n'
    )
    assert load_profile(file).min_rate == 96000
    assert load_profile(file).audio_formats == load_profile("generic").audio_formats


@pytest.mark.parametrize("text", ["name = ", 'name = "x"', 'name="x"\ntitle="y"\nseen="z"\ninherits="nobody"'])
def test_a_bad_profile_is_one_sentence(tmp_path, text):
    file = tmp_path / "bad.toml"
    file.write_text(text)
    with pytest.raises(DeliveryError):
        load_profile(file)

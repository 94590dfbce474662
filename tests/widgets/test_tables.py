"""The Python half of the tables: the studio's handles, another view."""

import pytest

import maxbooster_kernel as mb
from maxbooster_kernel.widgets.tables import Tables


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_the_tables_of_a_session_are_a_view_of_the_same_document():
    session = mb.Session.new("night")
    session.tracks.add("Drums", track_id="drums")
    shown = session.tables()
    assert isinstance(shown, Tables)
    assert (shown.view, shown.room, repr(shown)) == ("tables", "", "Tables('night', 1 track)")
    shown.close()

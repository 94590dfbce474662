"""Saving: whole or not at all, and dated by what was written."""

import os
from datetime import UTC, datetime

from maxbooster_kernel.server.saving import replace


def test_a_save_is_dated_by_its_own_text_so_that_a_later_edit_is_newer(tmp_path):
    path = tmp_path / "song.mbsession"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o640)
    written = replace(path, "new")
    assert path.read_text(encoding="utf-8") == "new"
    assert datetime.fromtimestamp(path.stat().st_mtime, tz=UTC) == written
    assert path.stat().st_mode & 0o777 == 0o640
    os.utime(path, (path.stat().st_atime, path.stat().st_mtime + 1))
    assert datetime.fromtimestamp(path.stat().st_mtime, tz=UTC) > written
    assert [entry.name for entry in tmp_path.iterdir()] == ["song.mbsession"]

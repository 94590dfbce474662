"""A journal of results is continued; what is none is left as it is."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from maxbooster_kernel.analysis.batch import analyze_files
from maxbooster_kernel.analysis.journal import HEAD, append_to_journal, read_journal
from maxbooster_kernel.errors import AnalysisError


@pytest.mark.parametrize("content", [b"{}", b"RIFF....WAVE", "Lied ä".encode("latin-1"), b"\x00" * 20])
def test_another_file_is_refused_and_left_alone(content, tmp_path):
    path = tmp_path / "journal"
    path.write_bytes(content)
    with pytest.raises(AnalysisError, match="expected a journal that analyze has written"):
        analyze_files([], journal=path)
    assert path.read_bytes() == content


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(AnalysisError, match="folder or a device"):
        analyze_files([], journal=tmp_path)


def test_where_nothing_can_be_written_is_said(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(AnalysisError, match=r"file/journal: the journal cannot be written \(Not a directory|exists\)"):
        append_to_journal(tmp_path / "file" / "journal", {"sha256": "a"}, "1")


@example([("", "1")], 1)
@given(st.lists(st.tuples(st.text(max_size=5), st.sampled_from("12")), max_size=5), st.integers(0, 400))
def test_a_journal_cut_anywhere_is_continued(tmp_path_factory, results, kept):
    path = tmp_path_factory.mktemp("journal") / "journal"
    for sha256, params in results:
        append_to_journal(path, {"sha256": sha256}, params)
    whole = read_journal(path, "1")
    assert whole == {sha256: {"sha256": sha256} for sha256, params in results if params == "1"}
    if path.exists():
        path.write_bytes(path.read_bytes()[:kept])
        assert read_journal(path, "1").items() <= whole.items()
    append_to_journal(path, {"sha256": "new"}, "1")
    assert read_journal(path, "1")["new"] == {"sha256": "new"}
    assert path.read_bytes().startswith(HEAD[:1])

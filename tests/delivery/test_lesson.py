"""The lesson on releases runs, is stored without outputs, and says what it teaches."""

import shutil
from pathlib import Path

import nbformat
import pytest

from maxbooster_kernel.cli.demo import execute_notebook
from maxbooster_kernel.cli.studio import tour_source

pytestmark = pytest.mark.server
LESSON = tour_source().with_name("01_release.ipynb")


def test_the_lesson_runs_and_shows_what_it_says(tmp_path):
    path = Path(shutil.copy(LESSON, tmp_path))
    execute_notebook(path)
    shown = path.read_text(encoding="utf-8")
    assert "isrc_missing" in shown
    assert "committed" in shown
    assert "retry" in shown
    assert "acknowledged -> live" in shown
    assert "committed acknowledged" in shown
    last = nbformat.read(path, as_version=4).cells[-2]
    assert last.outputs[-1]["data"]["text/plain"] == "{}"


def test_the_lesson_is_stored_without_outputs_and_opens_with_what_you_will_learn():
    lesson = nbformat.read(LESSON, as_version=4)
    assert "you will learn" in lesson.cells[0].source
    assert "Something to try" in lesson.cells[-1].source
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in lesson.cells)

"""The lesson on royalties runs, is stored without outputs, and says what it teaches."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat

from maxbooster_kernel.cli.demo import execute_notebook
from maxbooster_kernel.cli.studio import tour_source

LESSON = tour_source().with_name("02_royalties.ipynb")


def test_the_lesson_runs_and_shows_what_it_says(tmp_path: Path) -> None:
    path = Path(shutil.copy(LESSON, tmp_path))
    execute_notebook(path)
    shown = path.read_text(encoding="utf-8")
    assert "0.59 (one of the largest remainders: up)" in shown
    assert "all accounts together: 0" in shown
    assert "is published by run" in shown


def test_the_lesson_is_stored_without_outputs_and_opens_with_what_you_will_learn() -> None:
    lesson = nbformat.read(LESSON, as_version=4)
    assert "you will" in lesson.cells[0].source
    assert "Something to try" in lesson.cells[-1].source
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in lesson.cells)

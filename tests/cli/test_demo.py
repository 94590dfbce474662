"""The main job, end to end: the tour executed by ``maxbooster demo``, and the tour as it is stored."""

import json
import re
from pathlib import Path

import nbformat
import pytest

from maxbooster_kernel.cli.demo import execute_notebook
from maxbooster_kernel.cli.main import run
from maxbooster_kernel.cli.studio import lab_arguments, place, tour_source
from maxbooster_kernel.ddex.validate import validate_file
from maxbooster_kernel.errors import MaxBoosterError

README = Path(__file__).parents[2] / "README.md"


@pytest.mark.timeout(600)
def test_the_demo_leaves_everything_from_stems_to_money(tmp_path, capsys, monkeypatch):
    folder = tmp_path / "demo"
    assert run(["demo", str(folder), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert {row["what"] for row in printed["made"]} >= {"stems", "mix", "master", "plots", "message", "delivery"}
    for name in ("stems", "mix", "master", "plots", "ern", "delivery", "royalties"):
        assert any((folder / name).iterdir()), f"{name} is empty"
    for message in (folder / "ern").iterdir():
        assert not [problem for problem in validate_file(message).problems if problem.severity in ("fatal", "error")]
    notebook = nbformat.read(folder / "tour.ipynb", as_version=4)
    assert all(cell.execution_count for cell in notebook.cells if cell.cell_type == "code")
    rows = {row["quantity"]: row for row in printed["estimated"]}
    assert rows["key"]["score"] == "equal"
    assert float(rows["beats"]["score"].removeprefix("F ")) > 0.9
    assert [path.name for path in tmp_path.iterdir()] == ["demo"]
    monkeypatch.chdir(folder)
    assert_the_readme_prints_what_it_says(capsys)


def assert_the_readme_prints_what_it_says(capsys):
    """Run the README's code in the folder that the demo made."""
    page = README.read_text(encoding="utf-8")
    (code,), (said,) = (re.findall(rf"```{kind}\n(.*?)```", page, re.DOTALL) for kind in ("python", "text"))
    exec(compile(code, "README.md", "exec"), {})
    assert capsys.readouterr().out == said


def test_a_folder_that_holds_something_is_left_alone(tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    assert run(["demo", str(tmp_path)]) == 1
    assert "expected a missing or empty folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_cell_that_fails_is_one_sentence(tmp_path):
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 / 0")])
    nbformat.write(notebook, tmp_path / "broken.ipynb")
    with pytest.raises(MaxBoosterError, match="a cell of the tour failed: ZeroDivisionError"):
        execute_notebook(tmp_path / "broken.ipynb")


def test_the_tour_is_stored_without_outputs_and_opens_with_what_you_will_learn():
    notebook = nbformat.read(tour_source(), as_version=4)
    assert notebook.cells[0].cell_type == "markdown"
    assert "you will" in notebook.cells[0].source
    assert "Something to try" in notebook.cells[-1].source
    for cell in notebook.cells:
        assert not cell.get("outputs")
        assert not cell.get("execution_count")


def test_the_studio_opens_the_tour_in_a_working_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    root, document = place(None)
    assert (root, document.name) == (tmp_path / "maxbooster-studio", "00_tour.ipynb")
    arguments = lab_arguments(root, document, port=8899, browser=False)
    assert {"--LabApp.default_url=/lab/tree/00_tour.ipynb", "--ServerApp.port=8899", "--no-browser"} <= set(arguments)


def test_the_studio_opens_files_whose_names_mean_something_in_an_address(tmp_path):
    song = tmp_path / "100 % of #1?.mbsession"
    song.touch()
    arguments = lab_arguments(*place(song), port=None, browser=True)
    assert "--LabApp.default_url=/lab/tree/100%20%25%20of%20%231%3F.mbsession" in arguments

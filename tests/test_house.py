"""The rules of the house that a machine can check."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import maxbooster_kernel

PACKAGE = Path(maxbooster_kernel.__file__).parent
ROOT = PACKAGE.parent
SOURCES = sorted(PACKAGE.rglob("*.py")) + sorted((ROOT / "widgets" / "src").glob("*.ts"))
HEAVY = ("numpy", "scipy", "pandas", "pyarrow", "numba", "librosa", "matplotlib", "sqlalchemy", "IPython", "lxml")


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_is_longer_than_400_lines(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_every_public_name_loads():
    assert maxbooster_kernel.__all__ == sorted(maxbooster_kernel.__all__)
    for name in maxbooster_kernel.__all__:
        assert getattr(maxbooster_kernel, name) is not None


def test_importing_the_package_loads_no_heavy_module():
    code = f"import sys, maxbooster_kernel; print(*[m for m in {HEAVY!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_the_command_line_starts_without_heavy_modules():
    code = (
        "import sys; from maxbooster_kernel.cli.main import build_app; build_app(); "
        f"print(*[m for m in {HEAVY!r} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_packages_hold_docstring_imports_and_all_only():
    for path in PACKAGE.rglob("__init__.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert ast.get_docstring(tree), f"{path} has no docstring"
        assert not any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in tree.body), f"{path} holds code"

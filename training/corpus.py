"""Read stored songs."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One stored song: features and truth."""

    name: str
    rhythm: NDArray[np.uint8]
    harmony: NDArray[np.uint8]
    truth: dict[str, Any]


def load(path: Path) -> Example:
    """Read one song."""
    with np.load(path) as stored:
        truth = json.loads(bytes(stored["truth"]).decode())
        return Example(name=path.stem, rhythm=stored["rhythm"], harmony=stored["harmony"], truth=truth)


def load_folder(folder: Path, *, limit: int | None = None, known: frozenset[str] = frozenset()) -> list[Example]:
    """Read the finished songs of a folder in order of their seeds, without those in ``known``."""
    paths = sorted(path for path in folder.glob("*.npz") if ".part" not in path.name and path.stem not in known)
    return [load(path) for path in paths[:limit]]

"""The training loop: the same steps give the same weights, stored as they are shipped."""

import numpy as np
import pytest

pytest.importorskip("torch", reason="PyTorch is not installed; only training needs it")

from training import train_harmony, train_rhythm
from training.dataset import sketched
from training.loop import command_line, train
from training.song import compose


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("songs")
    for seed in (3, 4, 5):
        np.savez(out / f"{seed:06d}.npz", **sketched(compose(seed)))
    return out


@pytest.mark.parametrize("task", [train_rhythm.TASK, train_harmony.TASK], ids=["rhythm", "harmony"])
def test_a_run_of_so_many_steps_repeats_itself(folder, tmp_path, task, capsys):
    for name in ("first.npz", "second.npz"):
        arguments = [str(tmp_path / name), str(folder), "--steps", "2", "--seed", "7"]
        train(task, command_line(None).parse_args(arguments))
    with np.load(tmp_path / "first.npz") as first, np.load(tmp_path / "second.npz") as second:
        assert sorted(first.files) == sorted(second.files)
        for name in first.files:
            assert first[name].dtype == np.float16
            np.testing.assert_array_equal(first[name], second[name])


def test_a_run_begins_from_stored_weights(folder, tmp_path):
    begun = tmp_path / "begun.npz"
    train(train_harmony.TASK, command_line(None).parse_args([str(begun), str(folder), "--steps", "1"]))
    arguments = [str(tmp_path / "on.npz"), str(folder), "--steps", "1", "--rate", "0", "--resume", str(begun)]
    train(train_harmony.TASK, command_line(None).parse_args(arguments))
    with np.load(begun) as before, np.load(tmp_path / "on.npz") as after:
        for name in before.files:
            np.testing.assert_allclose(after[name], before[name], atol=1e-3)

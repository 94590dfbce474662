"""The fit of the tempo's octave: it learns rules it is shown, straight ones and others."""

import numpy as np

from training.dataset import sketched
from training.fit_octave import case, fit, share
from training.song import compose


def made(count: int, seed: int, *, bent: bool) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return songs whose right candidate has the greatest (or, ``bent``, the most middling) third feature."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        rows = rng.standard_normal((3, 5))
        shown = rows[:, 2] + 0.1 * rng.standard_normal(3)
        found.append((rows, np.arange(3) == int((-np.abs(shown) if bent else shown).argmax())))
    return found


def test_a_straight_rule_is_found_and_holds_on_other_songs():
    ranker = fit(made(200, 0, bent=False), hidden=3, members=1)
    assert ranker["straight"].shape == (5,)
    assert share(ranker, made(100, 1, bent=False)) > 0.85


def test_a_bent_rule_is_found_by_the_hidden_layer():
    ranker = fit(made(400, 2, bent=True), hidden=6, members=2)
    assert ranker["inner"].shape == (5, 12)
    assert share(ranker, made(200, 3, bent=True)) > 0.75


def test_a_stored_song_gives_a_case(tmp_path):
    from training.corpus import load

    found = None
    for seed in range(6):
        path = tmp_path / f"{seed:06d}.npz"
        np.savez(path, **sketched(compose(seed)))
        found = found or case(load(path))
    assert found is not None
    rows, right = found
    assert len(rows) == len(right)
    assert right.sum() == 1

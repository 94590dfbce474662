"""The fit of the tempo's octave: it learns a rule it is shown."""

import numpy as np

from training.dataset import sketched
from training.fit_octave import case, fit, share
from training.song import compose


def made(count: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return songs whose right candidate has the greatest third feature, but for some noise."""
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(count):
        rows = rng.standard_normal((3, 5))
        found.append((rows, np.arange(3) == int((rows[:, 2] + 0.2 * rng.standard_normal(3)).argmax())))
    return found


def test_a_rule_is_found_and_holds_on_other_songs():
    weights = fit(made(200, 0))
    assert weights.shape == (3, 5)
    assert share(weights, made(100, 1)) > 0.8
    assert int(np.abs(weights[2]).argmax()) == 2


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
    assert np.isfinite(rows).all()

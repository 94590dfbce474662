"""What the cache keeps of a unit's past: the last versions, and nothing that they do not need."""

from __future__ import annotations

import numpy as np

from maxbooster_kernel.mix.cache import MOST_RUNS, VERSIONS, Tile, TileCache


def keep(cache, version, *, shared=b"shared"):
    """Keep a run of two tiles, one of which all versions have in common."""
    own = b"tile %d" % version
    for key in (shared, own):
        cache.put(Tile(key=key, samples=np.zeros((2, 128), np.float32), settings=b"settings " + key))
        cache.see(b"settings " + key)
    cache.put_run(b"run %d" % version, [shared, own])
    cache.supersede(b"unit", b"run %d" % version, [shared, own])


def test_old_versions_go_and_what_is_shared_stays():
    cache = TileCache(1 << 20)
    for version in range(VERSIONS + 3):
        keep(cache, version)
    kept = [version for version in range(VERSIONS + 3) if cache.get(b"tile %d" % version)]
    assert kept == list(range(3, VERSIONS + 3))
    assert cache.get(b"shared") is not None
    assert cache.run(b"run 0") == ()
    assert not cache.seen(b"settings tile 0")
    assert cache.seen(b"settings tile 3")
    assert cache.bytes == (VERSIONS + 1) * 1024


def test_a_version_that_is_heard_again_is_new_again():
    cache = TileCache(1 << 20)
    for version in range(VERSIONS):
        keep(cache, version)
    assert len(cache.run_tiles(b"run 0", 0, 2)) == 2
    keep(cache, VERSIONS)
    assert cache.get(b"tile 0") is not None
    assert cache.get(b"tile 1") is None


def test_a_run_that_two_units_play_goes_with_the_one_that_played_it_last():
    cache = TileCache(1 << 20)
    keep(cache, 0)
    cache.supersede(b"other", b"run 0", [b"shared", b"tile 0"])  # as when another file joins the session
    for version in range(1, VERSIONS + 1):
        keep(cache, version)
    assert cache.get(b"tile 0") is not None
    for version in range(VERSIONS):
        cache.supersede(b"other", b"other run %d" % version, [b"shared"])
    assert cache.get(b"tile 0") is None
    assert cache.run(b"run 0") == ()


def test_units_that_share_a_run_are_forgotten_one_after_the_other():
    cache = TileCache(1 << 20)
    for unit in range(MOST_RUNS + 2):
        cache.supersede(b"unit %d" % unit, b"run", [])
    keep(cache, 1)
    assert cache.get(b"tile 1") is not None

"""What the cache keeps of a unit's past: the last versions, and nothing that they do not need."""

from __future__ import annotations

import numpy as np

from maxbooster_kernel.mix.cache import VERSIONS, Tile, TileCache


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

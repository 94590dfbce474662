"""The stems of the demo song, read once for all tests of this folder."""

import pytest


@pytest.fixture(scope="session")
def stems(song):
    from maxbooster_kernel.audio import read_audio

    return {name: read_audio(path) for name, path in song.stems.items()}

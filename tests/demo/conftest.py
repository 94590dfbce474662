"""The demo song, made once for all tests of this folder."""

import pytest

from maxbooster_kernel import demo


@pytest.fixture(scope="session")
def song(tmp_path_factory):
    return demo.make(tmp_path_factory.mktemp("song"))


@pytest.fixture(scope="session")
def stems(song):
    from maxbooster_kernel.audio import read_audio

    return {name: read_audio(path) for name, path in song.stems.items()}

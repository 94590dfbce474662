"""A fingerprint of what is heard: equal for the same samples in any lossless container, whatever its tags."""

from __future__ import annotations

import hashlib
import os
import struct

import numpy as np

from maxbooster_kernel.audio.probe import probe
from maxbooster_kernel.audio.read import blocks


def audio_hash(path: str | os.PathLike[str]) -> str:
    """Return the SHA-256 of a file's decoded audio as lower-case hex.

    Hashed are the sample rate, the channel count and every sample as little-endian float32 in frame order.
    A WAV and a FLAC of the same 16- or 24-bit samples agree; tags, padding and headers do not count.

    Raises
    ------
    AudioError
        The file cannot be decoded to its end.
    """
    info = probe(path)
    digest = hashlib.sha256(struct.pack("<II", info.sample_rate, info.channels))
    for block in blocks(path):
        digest.update(np.ascontiguousarray(block.T + np.float32(0.0), "<f4").data)  # adding 0 turns -0.0 into 0.0
    return digest.hexdigest()

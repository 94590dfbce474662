"""Audio in memory and on disk; the only place that opens audio files."""

from maxbooster_kernel.audio.artwork import ArtworkInfo, derive_artwork, inspect_artwork, probe_artwork
from maxbooster_kernel.audio.buffer import AudioBuffer
from maxbooster_kernel.audio.flac_metadata import Picture
from maxbooster_kernel.audio.hash import audio_hash
from maxbooster_kernel.audio.index import MediaEntry, MediaIndex
from maxbooster_kernel.audio.inspect import inspect_audio, validate_audio
from maxbooster_kernel.audio.peaks import PeakPyramid, file_peaks, peaks
from maxbooster_kernel.audio.probe import AudioInfo, probe
from maxbooster_kernel.audio.read import blocks, read_audio
from maxbooster_kernel.audio.resample import resample, resample_blocks
from maxbooster_kernel.audio.tags import Tags, read_tags, write_tags
from maxbooster_kernel.audio.write import AudioWriter

__all__ = [
    "ArtworkInfo",
    "AudioBuffer",
    "AudioInfo",
    "AudioWriter",
    "MediaEntry",
    "MediaIndex",
    "PeakPyramid",
    "Picture",
    "Tags",
    "audio_hash",
    "blocks",
    "derive_artwork",
    "file_peaks",
    "inspect_artwork",
    "inspect_audio",
    "peaks",
    "probe",
    "probe_artwork",
    "read_audio",
    "read_tags",
    "resample",
    "resample_blocks",
    "validate_audio",
    "write_tags",
]

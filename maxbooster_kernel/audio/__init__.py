"""Audio in memory and on disk; the only place that opens audio files."""

from maxbooster_kernel.audio.buffer import AudioBuffer
from maxbooster_kernel.audio.index import MediaEntry, MediaIndex
from maxbooster_kernel.audio.peaks import PeakPyramid, file_peaks, peaks
from maxbooster_kernel.audio.probe import AudioInfo, probe
from maxbooster_kernel.audio.read import blocks, read_audio
from maxbooster_kernel.audio.resample import resample
from maxbooster_kernel.audio.write import AudioWriter

__all__ = [
    "AudioBuffer",
    "AudioInfo",
    "AudioWriter",
    "MediaEntry",
    "MediaIndex",
    "PeakPyramid",
    "blocks",
    "file_peaks",
    "peaks",
    "probe",
    "read_audio",
    "resample",
]

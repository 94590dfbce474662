"""Audio in memory and on disk; the only place that opens audio files."""

from maxbooster_kernel.audio.buffer import AudioBuffer
from maxbooster_kernel.audio.index import MediaEntry, MediaIndex
from maxbooster_kernel.audio.probe import AudioInfo, probe
from maxbooster_kernel.audio.read import blocks, read_audio
from maxbooster_kernel.audio.write import AudioWriter

__all__ = ["AudioBuffer", "AudioInfo", "AudioWriter", "MediaEntry", "MediaIndex", "blocks", "probe", "read_audio"]

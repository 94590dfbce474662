"""Audio in memory and on disk; the only place that opens audio files."""

from maxbooster_kernel.audio.buffer import AudioBuffer

__all__ = ["AudioBuffer"]

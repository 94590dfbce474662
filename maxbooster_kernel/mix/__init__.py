"""The render engine: a compiled graph becomes samples."""

"""The eight instruments of the demo song, one a file; each renders its own stem from the score."""

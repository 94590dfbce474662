"""Where a division (32 frames) of a compressor's lanes lies in its working memory.

Everything is in one flat float32 array, in rows of one value a lane: from distances that are known when the code is
compiled the compiler sees that nothing overlaps, and runs the lanes side by side. The value of row ``r`` of
``n`` lanes is ``work[r * n + lane]``.
"""

LEVELS = 0  # 32 rows: the level of each frame; later the gain
ATTENUATION = 32  # 32 rows: sat(v) / v
RISES = 64  # 32 rows: how fast the detector may rise
DETECTOR = 96
GAIN = 97
GREATEST = 98  # greatest difference of this attack, in dB; -1 while releasing
WANT = 99
RATE = 100
CURVE = 101  # threshold, knee's end, k, slope, knee's end in dB, output there in dB, makeup
TIMING = 108  # 1 / attack frames, then the release polynomial a to e
PEAK = 114  # the greatest level of the division
ROWS = 115

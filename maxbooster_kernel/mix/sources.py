"""The samples of a clip, with its gain and fades."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from maxbooster_kernel.errors import RenderError
from maxbooster_kernel.mix.automation import Timeline
from maxbooster_kernel.mix.graph import Node

Samples = NDArray[np.float32]
Sources = Callable[[str], Samples]


def clip_samples(node: Node, media: Samples, start: int, frames: int, sample_rate: int) -> Samples:
    """Return a clip's samples from frame ``start`` of the session on, shape (2, frames), mono on both channels.

    Where the clip covers the whole range at full level, the result is a view of the media, not a copy.
    """
    fields = node.fields
    if media.ndim != 2 or media.shape[0] != fields["channels"]:
        raise RenderError(
            f"node {node.id}: expected samples of shape ({fields['channels']}, frames), got {media.shape}"
        )
    begin, end = fields["start"], fields["start"] + fields["duration"]
    first, last = max(begin, start), min(end, start + frames)
    plain = fields["gain"] == 1 and not fields["fade_in"] and not fields["fade_out"]
    offset = fields["offset"] - begin
    if plain and first == start and last == start + frames and offset + last <= media.shape[1]:
        view = media[:, offset + start : offset + start + frames]
        return view if len(view) == 2 else np.broadcast_to(view, (2, frames))
    out = np.zeros((2, frames), np.float32)
    if last > first:
        piece = media[:, offset + first : offset + last]
        shaped = piece if plain else piece * _levels(node, first, last, sample_rate)[: piece.shape[1]]
        out[:, first - start : first - start + piece.shape[1]] = shaped
    return out


def _levels(node: Node, first: int, last: int, sample_rate: int) -> Samples:
    """Return a clip's gain with its fades, frame by frame: linear ramps as a GainNode has them."""
    fields = node.fields
    gain, begin, end = fields["gain"], fields["start"], fields["start"] + fields["duration"]
    events: list[dict[str, object]] = []
    if fields["fade_in"]:
        events += [{"type": "set", "frame": begin, "value": 0.0}]
        events += [{"type": "linear", "frame": begin + fields["fade_in"], "value": gain}]
    if fields["fade_out"]:
        events += [{"type": "set", "frame": end - fields["fade_out"], "value": gain}]
        events += [{"type": "linear", "frame": end, "value": 0.0}]
    grid = first // 128 * 128
    line = Timeline(gain, events, sample_rate)
    return line.fill(grid, -(-(last - grid) // 128) * 128)[first - grid : last - grid]

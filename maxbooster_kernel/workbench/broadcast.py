"""The broadcast chunk of a mix: what it is called, where it lies in time, how loud it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from maxbooster_kernel.audio.bext import BroadcastInfo, encode_bext
from maxbooster_kernel.audio.write import audio_format

if TYPE_CHECKING:
    from pathlib import Path

    from maxbooster_kernel.loudness.report import Loudness

ORIGINATOR = "Max Booster"


def takes_broadcast(path: Path) -> bool:
    """Tell whether a file's format holds a broadcast chunk.

    >>> from pathlib import Path
    >>> takes_broadcast(Path("mix.wav")), takes_broadcast(Path("mix.flac"))
    (True, False)
    """
    return audio_format(path) == "WAV"


def broadcast_chunk(snapshot: Mapping[str, Any], loudness: Loudness | None = None, *, start_frame: int = 0) -> bytes:
    """Return the body of a mix's ``bext`` chunk; its size does not depend on the loudness.

    Parameters
    ----------
    snapshot
        The session: its name becomes the description, its uuid the originator's reference.
    loudness
        What was measured; None leaves the loudness "not given".
    start_frame
        Where the mix begins in the session, in frames of the file's rate: the time reference.

    Notes
    -----
    Date and time stay empty: equal input gives equal bytes.
    """
    described = BroadcastInfo(
        description=_ascii(snapshot.get("name") or "", 256),
        originator=ORIGINATOR,
        originator_reference=_ascii(str(snapshot.get("uuid") or "").replace("-", ""), 32),
        time_reference=start_frame,
        integrated_lufs=loudness.integrated_lufs if loudness else None,
        range_lu=loudness.range_lu if loudness else None,
        true_peak_dbtp=loudness.true_peak_dbtp if loudness else None,
        momentary_max_lufs=loudness.momentary_max_lufs if loudness else None,
        short_term_max_lufs=loudness.short_term_max_lufs if loudness else None,
    )
    return encode_bext(described)


def _ascii(text: str, size: int) -> str:
    return text.encode("ascii", "replace").decode("ascii")[:size]

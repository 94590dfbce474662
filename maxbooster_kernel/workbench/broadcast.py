"""The broadcast chunk of a mix: what it is called, where it lies in time, how loud it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from maxbooster_kernel.audio.bext import BroadcastInfo, encode_bext
from maxbooster_kernel.audio.write import audio_format

if TYPE_CHECKING:
    from pathlib import Path

    from maxbooster_kernel.loudness.meter import Meter

ORIGINATOR = "Max Booster"


def takes_broadcast(path: Path) -> bool:
    """Tell whether a file's format holds a broadcast chunk.

    >>> from pathlib import Path
    >>> takes_broadcast(Path("mix.wav")), takes_broadcast(Path("mix.flac"))
    (True, False)
    """
    return audio_format(path) == "WAV"


def measures(meter: Meter) -> dict[str, float]:
    """Return what a broadcast chunk says of loudness, by its field; minus infinity and NaN where undefined.

    One series after the other: at the end of an hour the whole record of a meter would be its largest piece of memory.
    """
    from maxbooster_kernel.loudness import gating

    momentary = meter.energies(gating.MOMENTARY_BINS)
    found = {
        "integrated_lufs": gating.integrated(momentary[:: gating.STEP_BINS]),
        "momentary_max_lufs": float(gating.loudness_of(momentary.max(initial=0.0, keepdims=True))[0]),
    }
    del momentary
    short_term = meter.energies(gating.SHORT_TERM_BINS)
    found["short_term_max_lufs"] = float(gating.loudness_of(short_term.max(initial=0.0, keepdims=True))[0])
    found["range_lu"] = gating.loudness_range(short_term[:: gating.STEP_BINS])[0]
    found["true_peak_dbtp"] = meter.true_peak_dbtp
    return found


def broadcast_chunk(
    snapshot: Mapping[str, Any], loudness: Mapping[str, float] | None = None, *, start_frame: int = 0
) -> bytes:
    """Return the body of a mix's ``bext`` chunk; its size does not depend on the loudness.

    Parameters
    ----------
    snapshot
        The session: its name becomes the description, its uuid the originator's reference.
    loudness
        What :func:`measures` returns; None leaves the loudness "not given".
    start_frame
        Where the mix begins in the session, in frames of the file's rate: the time reference.

    Notes
    -----
    Date and time stay empty: equal input gives equal bytes.
    """
    given: dict[str, Any] = dict(loudness or {})
    described = BroadcastInfo(
        description=_ascii(snapshot.get("name") or "", 256),
        originator=ORIGINATOR,
        originator_reference=_ascii(str(snapshot.get("uuid") or "").replace("-", ""), 32),
        time_reference=start_frame,
        **given,
    )
    return encode_bext(described)


def _ascii(text: str, size: int) -> str:
    return text.encode("ascii", "replace").decode("ascii")[:size]

"""Render what a page orders: the session as the page shows it, into a file in the session's folder."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path, PurePath
from typing import Any

from maxbooster_kernel.errors import RenderError, SessionError
from maxbooster_kernel.session.conform import normalize
from maxbooster_kernel.workbench.export import Watch, export_session

HEAD = {"format": "maxbooster-session", "version": 1}
BIT_DEPTHS = (16, 24, "32f")


def render_ordered(
    order: Mapping[str, Any],
    folder: Path | None,
    progress: Callable[[str], None] | None = None,
    watch: Watch | None = None,
) -> dict[str, Any]:
    """Render a page's order; files appear whole or not at all.

    Parameters
    ----------
    order
        ``session`` (the page's snapshot), ``output`` (a path inside the session's folder; its ending chooses the
        format), ``start_s`` and ``end_s`` (null for the whole with its tail), ``bit_depth``, ``stems`` (write each
        strip's own file too), ``force`` (replace what is there, but for media and sessions).
    folder
        The session's folder; None when it has none yet.
    progress
        Called with messages for whoever waits.
    watch
        As for :func:`maxbooster_kernel.workbench.export.export_session`: hears of the share done, and may stop it.

    Returns
    -------
    dict
        ``file`` (as in the order), ``folder``, ``duration_s``, ``sample_rate``, ``peak`` (linear), ``clipped``
        (frames), ``loudness``, ``stems`` (how many files), ``problems`` (lines).

    Raises
    ------
    SessionError
        The session has no folder, or the snapshot cannot be used.
    RenderError
        The name lies outside the folder, there is nothing to render, or what was asked for is no choice.
    OutputExistsError
        A file is there already and ``force`` is false.

    Notes
    -----
    What is rendered is what the page shows, also where an edit has not reached the kernel yet.
    """
    if folder is None:
        raise SessionError("the session has no folder yet; save it beside its media: session.save('song.mbsession')")
    session = order.get("session")
    snapshot = normalize({**(session if isinstance(session, Mapping) else {}), **HEAD})
    name = str(order.get("output", "")).strip()
    target = _inside(folder, name)
    bit_depth = order.get("bit_depth", 24)
    if bit_depth not in BIT_DEPTHS:
        raise RenderError(f"bit_depth: expected one of {', '.join(map(str, BIT_DEPTHS))}, got {bit_depth!r}")
    made = export_session(
        snapshot,
        folder,
        target,
        stems=target.with_name(f"{target.stem} stems") if order.get("stems") else None,
        bit_depth=bit_depth,
        start_s=_seconds(order, "start_s"),
        end_s=_seconds(order, "end_s"),
        progress=progress,
        watch=watch,
        force=order.get("force") is True,
    )
    mix, *stems = made["files"]
    told = {key: mix[key] for key in ("duration_s", "sample_rate", "peak", "clipped", "loudness")}
    problems = [problem["message"] for problem in made["problems"]]
    return {"file": name, "folder": str(folder), "stems": len(stems), "problems": problems, **told}


def _seconds(order: Mapping[str, Any], name: str) -> float | None:
    value = order.get(name)
    if value is None or isinstance(value, int | float):
        return value
    raise RenderError(f"{name}: expected seconds, got {value!r}")


def _inside(folder: Path, name: str) -> Path:
    """Return where a name lies in a folder; raise when that is outside of it, or nowhere."""
    place = folder / name
    if not PurePath(name).name or "\0" in name or not place.resolve().is_relative_to(folder.resolve()):
        raise RenderError(f"{name!r}: expected the name of a file in the session's folder, such as renders/mix.wav")
    return place

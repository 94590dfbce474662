"""Render a session straight into files, a few seconds at a time: its length does not matter."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from maxbooster_kernel.errors import OutputExistsError, RenderError
from maxbooster_kernel.files import uninterrupted, write_text
from maxbooster_kernel.kinds import checked
from maxbooster_kernel.workbench.fingerprints import read_prints
from maxbooster_kernel.workbench.write_behind import WriteBehind

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from maxbooster_kernel.dsp.dither import Dither
    from maxbooster_kernel.workbench.media import SessionMedia
    from maxbooster_kernel.workbench.sink import BitDepth, Sink

    Samples = NDArray[np.float32]

WINDOW = 2  # tiles: one makes the master, which is cut in time, dearer, and more need more memory than they save time

Watch = Callable[[float | None], None]


@checked
def export_session(
    snapshot: Mapping[str, Any],
    folder: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    stems: str | os.PathLike[str] | None = None,
    bit_depth: BitDepth = 24,
    dither: Dither | None = None,
    manifest: str | os.PathLike[str] | None = None,
    raw_graph: bool = False,
    start_s: float | None = None,
    end_s: float | None = None,
    sample_rate: int | None = None,
    threads: int | None = None,
    progress: Callable[[str], None] | None = None,
    watch: Watch | None = None,
    force: bool = False,
) -> dict[str, Any]:
    """Render a session's mix into a file, and its stems into a folder, in one pass; all appear whole or none does.

    Parameters
    ----------
    output
        The mix to write; the ending chooses the format, for the stems too.
    stems
        Folder for what enters the master, a file a strip; None writes no stems.
    bit_depth
        16, 24 or ``"32f"``.
    dither
        ``"none"``, ``"tpdf"`` or ``"shaped"`` (noise moved to where the ear hears least of it); None dithers 16 bit
        with TPDF noise.
    manifest
        Write what is returned into this file too, as JSON.
    watch
        Called again and again from any thread, with the share that is rendered, from 0 to 1, or with None in between;
        what it raises stops the render within a second or two of audio, and nothing is written.
    force
        Replace existing files, but for the session's own media.

    Returns
    -------
    dict
        The manifest: what was made from what. ``files`` lists path, frames and peak of each file, and the loudness of
        the mix; ``session`` is the SHA-256 of the snapshot, ``media`` that of each stem, ``engine`` that of the
        engine's sources. A WAV mix carries its loudness in a broadcast chunk as well.

    Raises
    ------
    OutputExistsError
        A file exists and ``force`` is false; nothing is written.
    RenderError
        Two outputs have one name, or an output is one of the session's media or a session; nothing is written.

    Notes
    -----
    The other options, and what else is raised, are those of :func:`maxbooster_kernel.workbench.render.render_session`.
    """
    target = Path(output)
    record = None if manifest is None else Path(manifest)
    _check_outputs([target, *([] if record is None else [record])], (), force=force)
    prints = read_prints(snapshot, folder)
    # imported only here: reading the files for their hashes goes on while NumPy and the engine are loaded
    from maxbooster_kernel.workbench.media import SessionMedia

    with closing(SessionMedia(snapshot, folder, convert=sample_rate is not None, prints=prints)) as media:
        from maxbooster_kernel.mix.render import MIX, render_pieces, stem_outputs
        from maxbooster_kernel.units import seconds_to_frames
        from maxbooster_kernel.workbench.broadcast import broadcast_chunk, takes_broadcast
        from maxbooster_kernel.workbench.compiled import compiled_session, warn_of_clips
        from maxbooster_kernel.workbench.media_stream import MediaStream
        from maxbooster_kernel.workbench.sink import Sink

        checked, start, end = compiled_session(snapshot, media, raw_graph=raw_graph, start_s=start_s, end_s=end_s)
        problems = warn_of_clips(snapshot, media, progress)
        rate = sample_rate or checked.sample_rate
        outputs, paths = {MIX: checked.output}, [target]
        if stems is not None:
            for name, node in stem_outputs(checked).items():
                outputs[f"stem {name}"] = node
                paths.append(Path(stems) / f"{name}{target.suffix}")
        written = paths if record is None else [*paths, record]
        _check_outputs(written, [media.folder / name for name in media.places], force=force)
        begins = seconds_to_frames(start_s or 0.0, rate)
        options: dict[str, Any] = {
            "from_rate": checked.sample_rate, "rate": rate, "bit_depth": bit_depth, "dither": dither, "force": force,
        }  # fmt: skip
        chunk = partial(broadcast_chunk, snapshot, start_frame=begins) if takes_broadcast(target) else None
        with ExitStack() as stack:
            sinks: list[Sink] = []
            for path, node in zip(paths, outputs.values(), strict=True):
                mix: dict[str, Any] = {"measured": True, "chunk": chunk} if path is target else {}
                sink = Sink(path, channels=checked.nodes[node].channels, **options, **mix)
                sinks.append(stack.enter_context(sink))
            stream = stack.enter_context(closing(MediaStream(media, watch=partial(watch, None) if watch else None)))
            pieces = render_pieces(
                checked, stream, outputs, raw_graph=raw_graph, start=start, end=end,
                window=WINDOW, threads=threads, progress=progress,
            )  # fmt: skip
            wanted = (checked.length if end is None else min(end, checked.length)) - start
            _pour(_watched(pieces, wanted, watch) if watch else pieces, sinks)
            stream.close()
            for sink in sinks:
                sink.finish()
            made = {**provenance(snapshot, media), "raw_graph": raw_graph}
            made["problems"] = [problem.to_dict() for problem in problems]
            made["files"] = [sink.to_dict() for sink in sinks]
            finished = stack.pop_all()
        with uninterrupted(), finished:  # all files get their names, or none does
            if record is not None:
                write_text(record, json.dumps(made, indent=2) + "\n", force=force)
        return made


def _pour(pieces: Iterator[list[Samples]], sinks: Sequence[Sink]) -> None:
    """Write pieces while the next ones are rendered."""

    def write(piece: list[Samples]) -> None:
        for sink, samples in zip(sinks, piece, strict=True):
            sink.write(samples)

    with WriteBehind(write) as behind:
        for piece in pieces:
            behind.put(piece)


def _watched(pieces: Iterator[list[Samples]], wanted: int, watch: Watch) -> Iterator[list[Samples]]:
    """Yield pieces and tell which share of the wanted frames they are; a tail is over and above that."""
    done = 0
    watch(0.0)
    for piece in pieces:
        done += piece[0].shape[1]
        watch(min(1.0, done / max(1, wanted)))
        yield piece


def _check_outputs(paths: Sequence[Path], media: Sequence[Path], *, force: bool) -> None:
    """Raise if an output must not be written: it is there, or a medium of the session, or a session, or named twice."""
    sources = {path.resolve() for path in media}
    taken: set[Path] = set()
    for path in paths:
        if "\0" in str(path):
            raise RenderError(
                f"{str(path)!r}: expected a name that a file can have; choose another (a stem has its track's id)"
            )
        if path.suffix == ".mbsession":
            raise RenderError(f"{path}: expected the name of a file to make, got that of a session; choose another")
        place = path.resolve()
        if place in sources:
            raise RenderError(f"{path}: this is one of the session's own media; choose another name or folder")
        if place in taken:
            raise RenderError(f"{path}: two outputs have this name; choose another name or folder")
        taken.add(place)
        if path.exists() and not force:
            raise OutputExistsError(path)


def provenance(snapshot: Mapping[str, Any], media: SessionMedia) -> dict[str, Any]:
    """Return what a render depends on: digests of the session, of its media and of the engine."""
    from maxbooster_kernel import __version__
    from maxbooster_kernel.dsp.kernel import engine_digest

    heard = {name: value for name, value in snapshot.items() if name not in ("crdt", "comments", "notes", "markers")}
    text = json.dumps(heard, sort_keys=True, separators=(",", ":"))
    return {
        "session": hashlib.sha256(text.encode()).hexdigest(),
        "media": media.hashes(),
        "engine": engine_digest(),
        "version": __version__,
    }

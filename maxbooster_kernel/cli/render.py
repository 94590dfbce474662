"""``maxbooster render``: a session to a file, and to stems."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from maxbooster_kernel.cli.output import print_json, say

if TYPE_CHECKING:
    from maxbooster_kernel.audio import AudioBuffer


class BitDepth(StrEnum):
    """What a sample is written as."""

    SIXTEEN = "16"
    TWENTY_FOUR = "24"
    FLOAT = "32f"


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def render(
        session: Annotated[Path, typer.Argument(help="Session file (.mbsession).", show_default=False)],
        *,
        output: Annotated[Path, typer.Option("-o", "--output", help="Mix to write: .wav, .flac, .aiff.")],
        stems: Annotated[Path | None, typer.Option(help="Folder for the stems, before the master.")] = None,
        bit_depth: Annotated[BitDepth | None, typer.Option(help="Default 24; 32f with --raw-graph.")] = None,
        sample_rate: Annotated[int | None, typer.Option(help="Convert to this rate in Hz.", min=8000)] = None,
        start: Annotated[float | None, typer.Option(help="Start of the part to render, in seconds.")] = None,
        end: Annotated[float | None, typer.Option(help="End of the part to render, in seconds.")] = None,
        raw_graph: Annotated[
            bool, typer.Option("--raw-graph", help="Exactly what a browser's OfflineAudioContext gives.")
        ] = False,
        no_cache: Annotated[bool, typer.Option("--no-cache", help="Compute everything again.")] = False,
        threads: Annotated[int | None, typer.Option(help="Default: one a processor.", min=1)] = None,
        force: Annotated[bool, typer.Option("--force", help="Replace existing files.")] = False,
        json: Annotated[bool, typer.Option("--json", help="Print what was made as JSON.")] = False,
    ) -> None:
        """Render a session's mix, as heard in the studio."""
        from maxbooster_kernel.errors import OutputExistsError
        from maxbooster_kernel.session.file import read_session
        from maxbooster_kernel.workbench.render import render_session

        if output.exists() and not force:
            raise OutputExistsError(output)
        depth = bit_depth or (BitDepth.FLOAT if raw_graph else BitDepth.TWENTY_FOUR)
        snapshot = read_session(session)
        options: dict[str, Any] = {
            "raw_graph": raw_graph, "start_s": start, "end_s": end, "sample_rate": sample_rate,
            "cache": not no_cache, "threads": threads, "progress": say,
        }  # fmt: skip
        made: list[tuple[Path, AudioBuffer]] = []
        mix: Any = render_session(snapshot, session.resolve().parent, **options)
        made.append((output, mix))
        if stems is not None:
            found: Any = render_session(snapshot, session.resolve().parent, stems=True, **options)
            suffix = output.suffix
            made += [(stems / f"{name}{suffix}", buffer) for name, buffer in found.items()]
        for path, _ in made:
            if path.exists() and not force:
                raise OutputExistsError(path)
        for path, buffer in made:
            buffer.write(path, bit_depth=_bits(depth), force=force)
        results = [_result(path, buffer) for path, buffer in made]
        if json:
            print_json(results)
        else:
            for result in results:
                print(f"{result['file']}: {result['duration_s']:.3f} s, peak {_db(result['peak'])} dBFS")


def _bits(depth: BitDepth) -> Literal[16, 24, "32f"]:
    return "32f" if depth is BitDepth.FLOAT else (16 if depth is BitDepth.SIXTEEN else 24)


def _result(path: Path, buffer: AudioBuffer) -> dict[str, object]:
    import numpy as np

    return {
        "file": str(path),
        "duration_s": buffer.duration_s,
        "sample_rate": buffer.sample_rate,
        "channels": buffer.channels,
        "peak": float(np.abs(buffer.samples).max(initial=0.0)),
    }


def _db(peak: object) -> str:
    from maxbooster_kernel.units import gain_to_db

    assert isinstance(peak, float)
    return f"{gain_to_db(peak):.1f}"

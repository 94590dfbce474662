"""``maxbooster render``: a session to a file, and to stems."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from maxbooster_kernel.cli.choices import BitDepth, Dither, bits
from maxbooster_kernel.cli.output import print_json, say
from maxbooster_kernel.units import gain_to_db


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def render(
        session: Annotated[Path, typer.Argument(help="Session file (.mbsession).", show_default=False)],
        *,
        output: Annotated[Path, typer.Option("-o", "--output", help="Mix to write: .wav, .flac, .aiff.")],
        stems: Annotated[Path | None, typer.Option(help="Folder for the stems, before the master.")] = None,
        bit_depth: Annotated[BitDepth | None, typer.Option(help="Default 24; 32f with --raw-graph.")] = None,
        dither: Annotated[Dither | None, typer.Option(help="Default: tpdf at 16 bit, none at 24.")] = None,
        sample_rate: Annotated[
            int | None, typer.Option(help="Convert to this rate, Hz.", min=8000, max=768_000)
        ] = None,
        start: Annotated[float | None, typer.Option(help="Start of the part to render, in seconds.")] = None,
        end: Annotated[float | None, typer.Option(help="End of the part to render, in seconds.")] = None,
        raw_graph: Annotated[
            bool, typer.Option("--raw-graph", help="Exactly what a browser's OfflineAudioContext gives.")
        ] = False,
        no_cache: Annotated[bool, typer.Option("--no-cache", help="Compute everything again.")] = False,
        threads: Annotated[int | None, typer.Option(help="Default: one a processor.", min=1, max=256)] = None,
        force: Annotated[bool, typer.Option("--force", help="Replace existing files.")] = False,
        manifest: Annotated[Path | None, typer.Option(help="Write what the render was made from, as JSON.")] = None,
        json: Annotated[bool, typer.Option("--json", help="Print what was made as JSON.")] = False,
    ) -> None:
        """Render a session's mix, as heard in the studio."""
        from maxbooster_kernel.session.file import read_session
        from maxbooster_kernel.workbench.export import export_session

        del no_cache  # one command renders once: it always computes everything
        made = export_session(
            read_session(session),
            session.resolve().parent,
            output,
            stems=stems,
            bit_depth=bits(bit_depth or ("32f" if raw_graph else "24")),
            dither=dither,
            manifest=manifest,
            raw_graph=raw_graph,
            start_s=start,
            end_s=end,
            sample_rate=sample_rate,
            threads=threads,
            progress=say,
            force=force,
        )
        if json:
            print_json(made)
        else:
            for file in made["files"]:
                print(f"{file['file']}: {file['duration_s']:.3f} s, peak {gain_to_db(file['peak']):.1f} dBFS")

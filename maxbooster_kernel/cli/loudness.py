"""``maxbooster loudness``: integrated, momentary and short-term loudness, range, peaks, and what services will do."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from maxbooster_kernel.cli.each import each_file
from maxbooster_kernel.cli.output import print_json, print_table, say

if TYPE_CHECKING:
    from maxbooster_kernel.loudness.report import Loudness

LAYOUT_HELP = 'Loudspeakers in channel order, "L R C LFE Ls Rs", or mono, stereo, 5.0, 5.1, 7.1.'


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def loudness(
        files: Annotated[list[Path], typer.Argument(help="Audio files.", show_default=False)],
        *,
        layout: Annotated[str | None, typer.Option(help=LAYOUT_HELP)] = None,
        dual_mono: Annotated[bool, typer.Option("--dual-mono", help="Count a mono file twice (+3.01 LU).")] = False,
        json: Annotated[bool, typer.Option("--json", help="Print a JSON list.")] = False,
    ) -> None:
        """Measure loudness by EBU R 128."""
        results, code = each_file(files, lambda path: (path, measure_file(path, layout=layout, dual_mono=dual_mono)))
        if json:
            print_json([{"file": str(path), **measured.to_dict()} for path, measured in results])
        elif results:
            print_table(
                ["file", "I LUFS", "M max", "S max", "LRA LU", "TP dBTP", "peak dBFS", "PLR dB"],
                [_row(path, measured) for path, measured in results],
            )
            if len(results) == 1:
                print_services(results[0][1])
        raise typer.Exit(code)


def print_services(measured: Loudness) -> None:
    """Print what services will do to a programme, and where that is from."""
    from maxbooster_kernel.loudness.targets import sentences, sources

    for told in sentences(measured.targets.values()):
        print(f"  {told}")
    if measured.integrated_lufs > -math.inf:
        print(f"  {sources()}")


def measure_file(path: Path, *, layout: str | None = None, dual_mono: bool = False) -> Loudness:
    """Measure a file block by block, so that its length does not matter."""
    from maxbooster_kernel.audio.probe import probe
    from maxbooster_kernel.audio.read import blocks
    from maxbooster_kernel.loudness.meter import Meter
    from maxbooster_kernel.loudness.report import read_meter

    info = probe(path)
    meter = Meter(info.sample_rate, info.channels, layout=layout, dual_mono=dual_mono)
    for block in blocks(path):
        meter.push(block)
    if meter.non_finite:
        say(f"maxbooster: {path}: samples that are not finite: {meter.non_finite}; its loudness is undefined")
    return read_meter(meter)


def _row(path: Path, measured: Loudness) -> list[object]:
    values = measured.to_dict()
    keys = ("integrated_lufs", "momentary_max_lufs", "short_term_max_lufs", "range_lu", "true_peak_dbtp")
    plr = measured.plr_db if measured.plr_db == measured.plr_db else None
    return [path.name, *(values[key] for key in keys), values["sample_peak_dbfs"], plr]

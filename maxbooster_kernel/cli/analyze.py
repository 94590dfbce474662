"""``maxbooster analyze``: tempo, beats, key, chords, tuning, dynamics, timbre and loudness of audio files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from maxbooster_kernel.cli.each import each_file
from maxbooster_kernel.cli.output import print_json, print_table, say

if TYPE_CHECKING:
    from maxbooster_kernel.analysis.report import Analysis


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def analyze(
        files: Annotated[list[Path], typer.Argument(help="Audio files.", show_default=False)],
        *,
        json: Annotated[bool, typer.Option("--json", help="Print a JSON list.")] = False,
    ) -> None:
        """Analyse tempo, beats, key, chords, dynamics, timbre and loudness."""
        results, code = each_file(files, analyze_file)
        if json:
            print_json([result.to_dict() for result in results])
        elif results:
            print_table(
                ["file", "length s", "BPM", "sure", "metre", "key", "A4 Hz", "dance", "LUFS", "dBTP"],
                [_row(result) for result in results],
            )
        raise typer.Exit(code)


def analyze_file(path: Path) -> Analysis:
    """Analyse a file; its name and hash are in the record."""
    from maxbooster_kernel.analysis.report import analyze
    from maxbooster_kernel.audio import MediaIndex, read_audio

    buffer = read_audio(path)
    result = replace(analyze(buffer), file=str(path), sha256=MediaIndex().sha256(path))
    if result.loudness and result.loudness.non_finite:
        say(f"maxbooster: {path}: {result.loudness.non_finite} samples are not finite; nothing can be said about it")
    return result


def _row(result: Analysis) -> list[object]:
    loudness = result.loudness.to_dict() if result.loudness else {}
    return [
        Path(result.file or "-").name,
        result.duration_s,
        result.bpm,
        result.bpm_confidence,
        result.time_signature,
        f"{result.key} {result.scale}" if result.key else None,
        result.tuning_hz,
        result.danceability,
        loudness.get("integrated_lufs"),
        loudness.get("true_peak_dbtp"),
    ]

"""``maxbooster analyze``: tempo, beats, key, chords, tuning, dynamics, timbre and loudness of audio files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from maxbooster_kernel.cli.each import each_file
from maxbooster_kernel.cli.loudness import LAYOUT_HELP
from maxbooster_kernel.cli.output import print_json, print_table, say

if TYPE_CHECKING:
    from maxbooster_kernel.analysis.report import Analysis

HEADINGS = ["file", "length s", "BPM", "sure", "metre", "key", "A4 Hz", "dance", "LUFS", "dBTP"]


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def analyze(
        files: Annotated[list[Path], typer.Argument(help="Audio files.", show_default=False)],
        *,
        layout: Annotated[str | None, typer.Option(help=LAYOUT_HELP)] = None,
        jobs: Annotated[int, typer.Option(help="Processes; -1 is one a processor.")] = 1,
        journal: Annotated[
            Path | None, typer.Option(help="Keep results here as they come; a stopped run is continued from it.")
        ] = None,
        json: Annotated[bool, typer.Option("--json", help="Print a JSON list.")] = False,
    ) -> None:
        """Analyse tempo, beats, key, chords, dynamics and loudness."""
        if jobs < -1 or jobs == 0:
            raise typer.BadParameter(f"expected -1, or 1 and more, got {jobs}", param_hint="--jobs")
        if jobs != 1 or journal is not None:
            raise typer.Exit(_batch(files, jobs, journal, layout, json=json))
        results, code = each_file(files, lambda path: analyze_file(path, layout=layout))
        _print([result.to_dict() for result in results], json=json, told=[_spoiled(result) for result in results])
        raise typer.Exit(code)


def analyze_file(path: Path, *, layout: str | None = None) -> Analysis:
    """Analyse a file; its name and hash are in the record."""
    from maxbooster_kernel.analysis.report import analyze_file as analyze

    result = analyze(path, layout=layout)
    if result.beats_from:
        say(f"{path}: tempo and beats as a person set them, from {result.beats_from}")
    return result


def _spoiled(analysis: Analysis) -> str:
    """Return that samples are not finite, in words; nothing where all are."""
    bad = analysis.loudness.non_finite if analysis.loudness else 0
    return f"samples that are not finite (NaN or infinite): {bad}; nothing can be said about it" if bad else ""


def _batch(files: list[Path], jobs: int, journal: Path | None, layout: str | None, *, json: bool) -> int:
    from maxbooster_kernel.analysis.batch import analyze_files

    reports = analyze_files(
        files,
        jobs=jobs,
        journal=journal,
        layout=layout,
        progress=lambda done, total, report: say(f"{done}/{total} {report['file']}"),
    )
    good = [report for report in reports if "error" not in report]
    for report in reports:
        if "error" in report:
            say(f"maxbooster: {report['error']}")
    _print(good, json=json)
    return 0 if len(good) == len(reports) else 1


def _print(reports: list[dict[str, Any]], *, json: bool, told: Sequence[str] = ()) -> None:
    if json:
        print_json(reports)
    elif reports:
        print_table(HEADINGS, [_row(report) for report in reports])
    for report, known in zip(reports, told or [""] * len(reports), strict=True):
        doubt = known or _doubt(report)
        if doubt:
            say(f"{report['file']}: {doubt}")


def _doubt(report: dict[str, Any]) -> str:
    """Return what is not to be relied on in a report, in words."""
    from maxbooster_kernel.analysis.certainty import SURE
    from maxbooster_kernel.analysis.report import SHORTEST_MUSIC_S

    confidence = report["bpm_confidence"]
    if confidence is None:
        if report["duration_s"] < SHORTEST_MUSIC_S:
            return f"shorter than {SHORTEST_MUSIC_S:g} s, too short for tempo and key"
        level = (report["loudness"] or {}).get("true_peak_dbtp")
        return f"nothing is heard: {'silence, or samples that are not finite' if level is None else 'a constant (DC)'}"
    tempo = f"there may be no steady beat (confidence {confidence:.2f})" if report["bpm"] else "no beat is heard"
    doubts = [tempo] if confidence < SURE else []
    return "; ".join([*doubts, *([] if report["key"] else ["no key is heard"])])


def _row(report: dict[str, Any]) -> list[object]:
    loudness = report["loudness"] or {}
    return [
        Path(report["file"] or "-").name,
        *(report[name] for name in ("duration_s", "bpm", "bpm_confidence", "time_signature")),
        f"{report['key']} {report['scale']}" if report["key"] else None,
        report["tuning_hz"],
        report["danceability"],
        loudness.get("integrated_lufs"),
        loudness.get("true_peak_dbtp"),
    ]

"""``maxbooster master``: bring a mix to a loudness under a true-peak ceiling."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from maxbooster_kernel.cli.choices import BitDepth, bits
from maxbooster_kernel.cli.each import each_file
from maxbooster_kernel.cli.loudness import LAYOUT_HELP, print_services
from maxbooster_kernel.cli.output import print_json, print_table, say
from maxbooster_kernel.cli.target import check_target


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command(context_settings={"ignore_unknown_options": False})
    def master(
        file: Annotated[Path, typer.Argument(help="The mix.", show_default=False)],
        *,
        output: Annotated[Path, typer.Option("--output", "-o", help="The master to write.", show_default=False)],
        target: Annotated[str, typer.Option(help="A service's name, or a loudness in LUFS.")] = "spotify",
        layout: Annotated[str | None, typer.Option(help=LAYOUT_HELP)] = None,
        ceiling: Annotated[float | None, typer.Option(help="Highest true peak in dBTP; else the service's.")] = None,
        bit_depth: Annotated[BitDepth, typer.Option(help="What a sample is written as.")] = "24",
        force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
        json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    ) -> None:
        """Master a mix for a service, and say what was done to it."""
        from maxbooster_kernel.audio import read_audio
        from maxbooster_kernel.errors import OutputExistsError
        from maxbooster_kernel.loudness.master import master as make

        check_target(output, file)
        if output.exists() and not force:
            raise OutputExistsError(output)
        results, code = each_file(
            [file], lambda path: make(read_audio(path), target=target, ceiling_dbtp=ceiling, layout=layout)
        )
        if code:
            raise typer.Exit(code)
        made = results[0]
        made.write(output, bit_depth=bits(bit_depth), force=force)
        if json:
            print_json({"file": str(file), "output": str(output), **made.to_dict()})
        else:
            before, after = made.before.to_dict(), made.after.to_dict()
            keys = ("integrated_lufs", "short_term_max_lufs", "range_lu", "true_peak_dbtp")
            print_table(
                ["", "I LUFS", "S max", "LRA LU", "TP dBTP"],
                [[name, *(values[key] for key in keys)] for name, values in (("before", before), ("after", after))],
            )
            print(f"  gain {made.gain_db:+z.1f} dB, limiter at most {made.max_reduction_db:.1f} dB")
            print_services(made.after)
        if not made.reached:
            say(f"maxbooster: {file}: the target was not reached: {made.reason}")

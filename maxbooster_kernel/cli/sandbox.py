"""``maxbooster sandbox``: the practice store."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from maxbooster_kernel.cli.choices import Fault
from maxbooster_kernel.cli.output import print_json, say


def register(app: typer.Typer) -> None:
    """Add the command."""

    @app.command()
    def sandbox(
        folder: Annotated[Path, typer.Argument(help="The store's folder; made if it is not there.")],
        port: Annotated[int, typer.Option(help="The SFTP port; 0 takes a free one.", min=0, max=65535)] = 2222,
        once: Annotated[bool, typer.Option("--once", help="Judge what is there and end, without a server.")] = False,
        report: Annotated[str | None, typer.Option(help="Report this month's sales (YYYY-MM) and end.")] = None,
        streams: Annotated[int, typer.Option(help="About how many plays a report has.", min=1)] = 10_000,
        seed: Annotated[int, typer.Option(help="Another seed, other plays.")] = 0,
        fault: Annotated[Fault, typer.Option(help="How it misbehaves.")] = "none",
        json: Annotated[bool, typer.Option("--json", help="Print the result of --once or --report as JSON.")] = False,
    ) -> None:
        """Run a store for practice. It takes batches over SFTP, answers, publishes and reports sales."""
        from maxbooster_kernel.delivery.sandbox import SandboxStore

        store = SandboxStore(folder, fault)
        if report is not None:
            files = store.report(report, streams=streams, seed=seed)
            _show(json, [str(file) for file in files], "\n".join(f"{file}" for file in files))
        elif once:
            receipts = store.process()
            rows = [
                {"upc": r.acknowledgement.icpn, "batch": r.acknowledgement.batch, "accepted": r.accepted}
                for r in receipts
            ]
            _show(json, rows, f"{len(receipts)} messages answered, {len(store.catalogue())} releases live")
        else:
            _serve(store, port)


def _show(json: bool, value: object, text: str) -> None:
    if json:
        print_json(value)
    else:
        say(text)


def _serve(store: object, port: int) -> None:
    import asyncio

    from maxbooster_kernel.delivery.receive import Receipt
    from maxbooster_kernel.delivery.sandbox import SandboxStore
    from maxbooster_kernel.delivery.sandbox_server import USER, serve

    assert isinstance(store, SandboxStore)

    def ready(taken: int, word: str) -> None:
        say(f"the practice store listens on sftp://{USER}@127.0.0.1:{taken}/")
        say(f"password {word}; known hosts {store.folder / 'known_hosts'}; stop with Ctrl-C")

    def answered(receipt: Receipt) -> None:
        answer = receipt.acknowledgement
        say(f"{answer.icpn}: {'accepted' if answer.accepted else 'refused: ' + ', '.join(answer.codes)}")

    asyncio.run(serve(store, port=port, ready=ready, answered=answered))

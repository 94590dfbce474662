"""A small sales file, the recordings in it, and what a lake says they earned."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from maxbooster_kernel import royalties
from maxbooster_kernel.royalties import Known, Lake

HEADER = (
    "Reporting Date\tSale Month\tStore\tArtist\tTitle\tISRC\tUPC\tQuantity\tTeam Percentage\tSong/Album\t"
    "Country of Sale\tSongwriter Royalties Withheld\tEarnings (USD)\n"
)
DRIVE = Known(isrc="USABC2600001", title="Night Drive", artist="Ada Vale", upcs=("700000000009",))
TIDE = Known(isrc="USABC2600002", title="Slow Tide", artist="Ada Vale", upcs=("012345678905",))
FOAM = Known(isrc="USABC2600003", title="Foam", artist="Ada Vale", upcs=("012345678905",))
CATALOGUE = [DRIVE, TIDE, FOAM]


def row(
    amount: str = "0.5", month: str = "2026-07", isrc: str = DRIVE.isrc, upc: str = "", title: str = "Night Drive"
) -> str:
    return f"2026-09-14\t{month}\tSpotify\tAda Vale\t{title}\t{isrc}\t{upc}\t10\t100\tSong\tUS\t0\t{amount}\n"


def sales(folder: Path, *rows: str, name: str = "sales.tsv") -> Path:
    path = folder / name
    path.write_text(HEADER + "".join(rows))
    return path


def money(lake: Lake) -> dict[str, Decimal]:
    """Return what the engine finds in a lake, by track, and check the lake against its manifest."""
    assert lake.check() == []
    splits = {"track_id": [DRIVE.isrc], "recipient_id": ["ada"], "percentage": ["100"]}
    result = royalties.run(str(lake.folder), splits)
    return {
        row["track_id"]: row["earnings"]
        for row in result.tracks.groupby("track_id", as_index=False)["earnings"].sum().to_dict("records")
    }

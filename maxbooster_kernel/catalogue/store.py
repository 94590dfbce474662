"""Save and load the catalogue: releases, splits, analyses, royalties."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any, Self

from sqlalchemy import Engine, delete, insert, select
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session

from maxbooster_kernel.catalogue import models as m
from maxbooster_kernel.catalogue.models_base import new_id
from maxbooster_kernel.catalogue.release import ReleaseRecord
from maxbooster_kernel.catalogue.release_file import release_from_dict, release_to_dict
from maxbooster_kernel.catalogue.store_engine import open_engine, reason
from maxbooster_kernel.errors import CatalogueError
from maxbooster_kernel.identifiers import isrc_problem, normalise, upc_problem


class Catalogue:
    """A catalogue in a database.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> catalogue = Catalogue.open(pathlib.Path(tempfile.mkdtemp()) / "catalogue.sqlite")
    >>> catalogue.releases()
    []
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def __repr__(self) -> str:
        return f"<Catalogue {self.engine.url.render_as_string()}>"

    @classmethod
    def open(cls, place: str | os.PathLike[str] | None = None) -> Self:
        """Open (and make or migrate) the catalogue at a URL or an SQLite path.

        None takes ``MAXBOOSTER_DATABASE_URL``, or else a file of the user's.
        """
        return cls(open_engine(place))

    @contextmanager
    def session(self) -> Iterator[Session]:
        """Yield a database session; it is committed at the end, or rolled back as a whole."""
        try:
            with Session(self.engine) as session, session.begin():
                yield session
        except IntegrityError as error:
            raise CatalogueError(f"the catalogue refuses this: {reason(error)}") from None
        except SQLAlchemyError as error:
            raise CatalogueError(f"the catalogue cannot be used: {reason(error)}") from None

    def save_release(self, release: ReleaseRecord, *, user_id: str = "local", status: str | None = None) -> str:
        """Save a release with its recordings and return its id; the same UPC is replaced.

        Raises
        ------
        CatalogueError
            The UPC or an ISRC is missing or wrong, a duration is missing, or the database refuses.
        """
        upc = normalise(release.upc or "")
        problem = upc_problem(upc) if upc else "expected a UPC, got none"
        if problem:
            raise CatalogueError(f"release {release.title!r}: {problem}")
        with self.session() as session:
            row = session.scalar(select(m.Release).where(m.Release.upc == upc))
            if row is None:
                row = m.Release(id=new_id(), upc=upc, user_id=user_id)
                session.add(row)
            row.title, row.artist_name = release.title, release.artist_name
            row.release_date = _date(release.release_date)
            row.artwork_url = release.cover
            row.status = status or row.status or "pending"
            row.record = release_to_dict(release)
            row.tracks.clear()
            session.flush()
            for position, track in enumerate(release.tracks, 1):
                recording = _recording(session, track.isrc, track.full_title, track.duration_s, track.file)
                row.tracks.append(m.ReleaseTrack(recording=recording, disc=track.disc, position=position))
            return row.id

    def load_release(self, upc_or_id: str) -> ReleaseRecord:
        """Return a saved release."""
        with self.session() as session:
            wanted = (m.Release.upc == upc_or_id) | (m.Release.id == upc_or_id)
            row = session.scalar(select(m.Release).where(wanted))
            if row is None:
                raise CatalogueError(f"there is no release {upc_or_id!r} in the catalogue")
            return release_from_dict(row.record)

    def releases(self) -> list[dict[str, Any]]:
        """Return id, UPC, title, artist, date and status of every release, by title."""
        columns = ("id", "upc", "title", "artist_name", "release_date", "status")
        with self.session() as session:
            rows = session.execute(select(*(getattr(m.Release, c) for c in columns)).order_by(m.Release.title))
            return [dict(zip(columns, row, strict=True)) for row in rows]

    def set_splits(self, isrc: str, shares: Mapping[str, Decimal | int | str], *, valid_from: str = "") -> None:
        """Give a recording new shares from a period on: open ones end there, then the new ones begin.

        Parameters
        ----------
        isrc
            The recording.
        shares
            Percentage by recipient, at most four decimals, at most 100 in all.
        valid_from
            First period, ``YYYY-MM``; empty is "since ever".
        """
        with self.session() as session:
            track = self._track_id(session, isrc)
            old = session.scalars(select(m.RevenueSplit).where(m.RevenueSplit.track_id == track))
            for split in old.all():
                if split.valid_from >= valid_from:
                    session.delete(split)
                elif split.valid_to == "" or split.valid_to > valid_from:
                    split.valid_to = valid_from
            session.flush()
            for recipient, percentage in shares.items():
                session.add(
                    m.RevenueSplit(track_id=track, recipient_id=recipient, percentage=percentage, valid_from=valid_from)
                )

    def splits(self) -> list[dict[str, str]]:
        """Return all splits as rows of the contract's table, ``track_id`` being the ISRC."""
        query = select(m.RevenueSplit, m.Recording.isrc).join(m.Recording, m.Recording.id == m.RevenueSplit.track_id)
        with self.session() as session:
            rows = session.execute(query.order_by(m.Recording.isrc, m.RevenueSplit.valid_from, m.RevenueSplit.id)).all()
            return [
                {
                    "track_id": isrc,
                    "recipient_id": split.recipient_id,
                    "percentage": format(split.percentage, "f"),
                    "valid_from": split.valid_from,
                    "valid_to": split.valid_to,
                }
                for split, isrc in rows
            ]

    def save_analysis(self, isrc: str, report: Mapping[str, Any], *, params: str = "", engine: str = "") -> None:
        """Save what was measured in a recording (the fields of ``maxbooster analyze``); the same again replaces."""
        loudness = report.get("loudness") or {}
        values = {
            "bpm": _places(report.get("bpm"), 2),
            "musical_key": report.get("key"),
            "scale": report.get("scale"),
            "danceability": _places(report.get("danceability"), 2),
            "energy": _places(report.get("energy"), 2),
            "loudness_lufs": _places(loudness.get("integrated_lufs"), 2),
            "spectral_centroid": _places(report.get("spectral_centroid_hz"), 2),
            "duration_seconds": round(report["duration_s"]) if report.get("duration_s") is not None else None,
            "report": dict(report),
        }
        key = {"audio_sha256": report.get("sha256") or "", "params": params}
        with self.session() as session:
            track = self._track_id(session, isrc)
            row = session.scalar(select(m.TrackAnalysis).filter_by(track_id=track, **key))
            if row is None:
                row = m.TrackAnalysis(track_id=track, **key)
                session.add(row)
            for name, value in {**values, "engine": engine}.items():
                setattr(row, name, value)
            session.execute(delete(m.BeatGrid).where(m.BeatGrid.track_id == track))
            if report.get("beats_s") is not None:
                beats = [round(float(beat) * 1_000_000) for beat in report["beats_s"]]
                session.add(m.BeatGrid(track_id=track, beat_positions=beats))

    def load_analysis(self, isrc: str) -> dict[str, Any] | None:
        """Return the newest analysis of a recording, or None."""
        with self.session() as session:
            track = self._track_id(session, isrc)
            newest = select(m.TrackAnalysis).filter_by(track_id=track).order_by(m.TrackAnalysis.analyzed_at.desc())
            row = session.scalars(newest.limit(1)).first()
            return None if row is None else dict(row.report)

    def save_royalties(self, rows: Iterable[Mapping[str, Any]], *, source: str = "", statement_id: str = "") -> int:
        """Save earnings by recording, platform, country and period, replacing the source's periods.

        Parameters
        ----------
        rows
            Rows of a run's ``breakdown`` with the ISRC as ``track_id``: ``track_id, platform, country, period,
            currency, streams, earnings``.
        source, statement_id
            Where they are from. Rows of the same source and period are replaced as a whole.

        Returns
        -------
        int
            How many rows were saved.
        """
        rows = list(rows)
        with self.session() as session:
            known = {isrc: place for isrc, place in session.execute(select(m.Recording.isrc, m.Recording.id))}  # noqa: C416 - mypy sees rows, not pairs
            unknown = sorted({row["track_id"] for row in rows} - known.keys())
            if unknown:
                raise CatalogueError(
                    f"royalties: the catalogue has no recording {unknown[0]!r}; save its release first"
                )
            for period in sorted({row["period"] for row in rows}):
                session.execute(delete(m.Royalty).where(m.Royalty.source == source, m.Royalty.period == period))
            values = [
                {
                    "id": new_id(),
                    "track_id": known[row["track_id"]],
                    "platform": row["platform"],
                    "period": row["period"],
                    "stream_count": int(row["streams"]),
                    "revenue": row["earnings"],
                    "currency": row["currency"],
                    "country": row["country"],
                    "source": source,
                    "statement_id": statement_id or None,
                }
                for row in rows
            ]
            if values:
                session.execute(insert(m.Royalty), values)
        return len(rows)

    def royalties(self, *, period: str | None = None) -> list[dict[str, Any]]:
        """Return saved earnings as rows like those of a run's ``breakdown``."""
        r = m.Royalty
        query = select(m.Recording.isrc, r.platform, r.country, r.period, r.currency, r.stream_count, r.revenue).join(
            m.Recording, m.Recording.id == r.track_id
        )
        if period is not None:
            query = query.where(r.period == period)
        names = ("track_id", "platform", "country", "period", "currency", "streams", "earnings")
        with self.session() as session:
            ordered = query.order_by(r.period, m.Recording.isrc, r.platform, r.country, r.currency)
            return [dict(zip(names, row, strict=True)) for row in session.execute(ordered)]

    def _track_id(self, session: Session, isrc: str) -> str:
        found = session.scalar(select(m.Recording.id).where(m.Recording.isrc == normalise(isrc)))
        if found is None:
            raise CatalogueError(f"there is no recording {isrc!r} in the catalogue; save its release first")
        return found


def _recording(
    session: Session, isrc: str | None, title: str, duration_s: float | None, file: str | None
) -> m.Recording:
    code = normalise(isrc or "")
    problem = isrc_problem(code) if code else "expected an ISRC, got none"
    if problem:
        raise CatalogueError(f"track {title!r}: {problem}")
    if duration_s is None:
        raise CatalogueError(f"track {title!r}: expected duration_s, got none; measure the audio first")
    row = session.scalar(select(m.Recording).where(m.Recording.isrc == code))
    if row is None:
        row = m.Recording(isrc=code)
        session.add(row)
    row.title, row.duration, row.audio_file_url = title, max(1, round(duration_s)), file or ""
    session.flush()
    return row


def _places(value: float | None, places: int) -> Decimal | None:
    """Return a measured number rounded to decimal places."""
    if value is None:
        return None
    return Decimal(repr(float(value))).quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN, Context(prec=60))


def _date(value: str | None) -> date | None:
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        return None

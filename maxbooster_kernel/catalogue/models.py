"""Tables of the catalogue: releases, recordings, splits, royalties, analyses.

The founding document's columns and constraints, with these differences: one recording may be on several releases
(``recordings`` and ``release_tracks``; the view ``tracks`` has the document's shape), money and measured numbers are
scaled integers, and every row of money names its currency.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from maxbooster_kernel.catalogue.models_base import (
    Base,
    Id,
    ScaledInt,
    UtcTime,
    is_one_of,
    is_period,
    new_id,
    utc_now,
)

Json = JSON().with_variant(JSONB(), "postgresql")
STATUSES = ("pending", "processing", "live", "failed")


class Release(Base):
    """A release; ``record`` is the whole of RELEASE.json."""

    __tablename__ = "releases"
    __table_args__ = (
        UniqueConstraint("upc"),
        CheckConstraint("length(upc) BETWEEN 12 AND 13", name="upc_length"),
        CheckConstraint("length(title) > 0", name="title_given"),
        is_one_of("status", STATUSES),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    user_id: Mapped[str] = mapped_column(String)
    upc: Mapped[str] = mapped_column(String(13))
    title: Mapped[str] = mapped_column(String)
    artist_name: Mapped[str] = mapped_column(String)
    release_date: Mapped[date | None] = mapped_column(Date)
    artwork_url: Mapped[str | None] = mapped_column(String)
    status: Mapped[str] = mapped_column(String(16), default="pending", server_default="pending")
    created_at: Mapped[datetime] = mapped_column(UtcTime, default=utc_now, server_default=text("CURRENT_TIMESTAMP"))
    record: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    tracks: Mapped[list[ReleaseTrack]] = relationship(
        back_populates="release", cascade="all, delete-orphan", passive_deletes=True, order_by="ReleaseTrack.position"
    )


class Recording(Base):
    """A recording, named by its ISRC, wherever it is released; ``duration`` in whole seconds."""

    __tablename__ = "recordings"
    __table_args__ = (
        UniqueConstraint("isrc"),
        CheckConstraint("length(isrc) = 12", name="isrc_length"),
        CheckConstraint("duration > 0", name="duration_positive"),
        CheckConstraint("length(title) > 0", name="title_given"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    isrc: Mapped[str] = mapped_column(String(12))
    title: Mapped[str] = mapped_column(String)
    duration: Mapped[int] = mapped_column(Integer)
    audio_file_url: Mapped[str] = mapped_column(String)


class ReleaseTrack(Base):
    """A recording's place on a release; ``position`` counts from 1 through all discs."""

    __tablename__ = "release_tracks"
    __table_args__ = (
        UniqueConstraint("release_id", "position"),
        CheckConstraint("position > 0", name="position_positive"),
        CheckConstraint("disc > 0", name="disc_positive"),
        Index("ix_release_tracks_recording_id", "recording_id"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    release_id: Mapped[str] = mapped_column(ForeignKey("releases.id", ondelete="CASCADE"))
    recording_id: Mapped[str] = mapped_column(ForeignKey("recordings.id", ondelete="CASCADE"))
    disc: Mapped[int] = mapped_column(Integer, default=1)
    position: Mapped[int] = mapped_column(Integer)
    release: Mapped[Release] = relationship(back_populates="tracks")
    recording: Mapped[Recording] = relationship(lazy="joined")


class RevenueSplit(Base):
    """A recipient's share of a recording in a half-open range of periods; ``percentage`` in percent, four decimals.

    A trigger refuses shares of a recording that sum to more than 100 % in any period.
    """

    __tablename__ = "revenue_splits"
    __table_args__ = (
        UniqueConstraint("track_id", "recipient_id", "role", "valid_from"),
        CheckConstraint("percentage > 0 AND percentage <= 1000000", name="percentage_range"),
        CheckConstraint("valid_to = '' OR valid_from < valid_to", name="range_not_empty"),
        CheckConstraint("length(recipient_id) > 0", name="recipient_given"),
        is_period("valid_from", optional=True),
        is_period("valid_to", optional=True),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    track_id: Mapped[str] = mapped_column(ForeignKey("recordings.id", ondelete="CASCADE"))
    recipient_id: Mapped[str] = mapped_column(String)
    percentage: Mapped[Decimal] = mapped_column(ScaledInt(4))
    role: Mapped[str] = mapped_column(String(32), default="", server_default="")
    valid_from: Mapped[str] = mapped_column(String(7), default="", server_default="")
    valid_to: Mapped[str] = mapped_column(String(7), default="", server_default="")


class Royalty(Base):
    """What a recording earned on a platform in a country and a period (sums of lines; the lines lie in Parquet)."""

    __tablename__ = "royalties"
    __table_args__ = (
        UniqueConstraint("track_id", "platform", "period", "country", "currency", "source"),
        is_period("period"),
        CheckConstraint("length(platform) > 0", name="platform_given"),
        CheckConstraint("length(currency) = 3", name="currency_length"),
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    track_id: Mapped[str] = mapped_column(ForeignKey("recordings.id"))
    platform: Mapped[str] = mapped_column(String)
    period: Mapped[str] = mapped_column(String(7))
    stream_count: Mapped[int] = mapped_column(BigInteger)
    revenue: Mapped[Decimal] = mapped_column(ScaledInt(9))
    currency: Mapped[str] = mapped_column(String(3))
    country: Mapped[str] = mapped_column(String(2), default="", server_default="")
    source: Mapped[str] = mapped_column(String, default="", server_default="")
    statement_id: Mapped[str | None] = mapped_column(String(64))


class TrackAnalysis(Base):
    """What was measured in a recording's audio, once for each audio file and set of parameters."""

    __tablename__ = "track_analysis"
    __table_args__ = (UniqueConstraint("track_id", "audio_sha256", "params"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    track_id: Mapped[str] = mapped_column(ForeignKey("recordings.id", ondelete="CASCADE"))
    bpm: Mapped[Decimal | None] = mapped_column(ScaledInt(2))
    musical_key: Mapped[str | None] = mapped_column(String(10))
    scale: Mapped[str | None] = mapped_column(String(10))
    danceability: Mapped[Decimal | None] = mapped_column(ScaledInt(2))
    energy: Mapped[Decimal | None] = mapped_column(ScaledInt(2))
    loudness_lufs: Mapped[Decimal | None] = mapped_column(ScaledInt(2))
    spectral_centroid: Mapped[Decimal | None] = mapped_column(ScaledInt(2))
    duration_seconds: Mapped[int | None] = mapped_column(Integer)
    analyzed_at: Mapped[datetime] = mapped_column(UtcTime, default=utc_now, server_default=text("CURRENT_TIMESTAMP"))
    audio_sha256: Mapped[str] = mapped_column(String(64), default="", server_default="")
    params: Mapped[str] = mapped_column(String(64), default="", server_default="")
    engine: Mapped[str] = mapped_column(String(32), default="", server_default="")
    report: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)


class BeatGrid(Base):
    """Beats of a recording as whole microseconds from its start."""

    __tablename__ = "beat_grid"
    __table_args__ = (UniqueConstraint("track_id"),)

    id: Mapped[str] = mapped_column(Id, primary_key=True, default=new_id)
    track_id: Mapped[str] = mapped_column(ForeignKey("recordings.id", ondelete="CASCADE"))
    beat_positions: Mapped[list[int]] = mapped_column(Json)

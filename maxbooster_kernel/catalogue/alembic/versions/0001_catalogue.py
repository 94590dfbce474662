"""The catalogue and its money."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
SERIAL = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NOW = sa.text("CURRENT_TIMESTAMP")

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def _month(column: str, *, optional: bool = False) -> str:
    test = (
        f"length({column}) = 7 AND substr({column}, 5, 1) = '-' AND substr({column}, 6, 2) BETWEEN '01' AND '12' "
        f"AND substr({column}, 1, 4) BETWEEN '1000' AND '9999'"
    )
    return f"{column} = '' OR ({test})" if optional else test


def upgrade() -> None:
    """Go to this revision."""
    op.create_table(
        "audit_log",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("data", JSON, nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit_log"),
        sa.UniqueConstraint("hash", name="uq_audit_log_hash"),
        sa.UniqueConstraint("previous", name="uq_audit_log_previous"),
    )
    op.create_table(
        "import_files",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(), server_default="", nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("totals", JSON, nullable=False),
        sa.Column("imported_at", sa.DateTime(), server_default=NOW, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_import_files"),
        sa.UniqueConstraint("sha256", name="uq_import_files_sha256"),
    )
    op.create_table(
        "ledger_transactions",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("posted_at", sa.DateTime(), server_default=NOW, nullable=False),
        sa.Column("memo", sa.String(), server_default="", nullable=False),
        sa.Column("reverses", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["reverses"], ["ledger_transactions.id"], name="fk_ledger_transactions_reverses_ledger_transactions"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_transactions"),
        sa.UniqueConstraint("reverses", name="uq_ledger_transactions_reverses"),
    )
    op.create_table(
        "multipliers",
        sa.Column("country", sa.String(length=2), nullable=False),
        sa.Column("multiplier", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("country", name="pk_multipliers"),
    )
    op.create_table(
        "payout_runs",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("provider", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), server_default="planned", nullable=False),
        sa.Column("created_at", sa.DateTime(), server_default=NOW, nullable=False),
        sa.CheckConstraint(
            "state IN ('planned', 'executing', 'done', 'stopped')", name="ck_payout_runs_state_is_known"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_payout_runs"),
    )
    op.create_table(
        "rates",
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("period", sa.String(length=7), server_default="", nullable=False),
        sa.Column("rate", sa.String(length=32), nullable=False),
        sa.CheckConstraint(
            _month("period", optional=True),
            name="ck_rates_period_is_month",
        ),
        sa.PrimaryKeyConstraint("platform", "period", name="pk_rates"),
    )
    op.create_table(
        "recipients",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), server_default="", nullable=False),
        sa.Column("country", sa.String(length=2), server_default="", nullable=False),
        sa.Column("tax_form", sa.String(length=16), server_default="", nullable=False),
        sa.Column("withholding", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("minimum_payout", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("currency", sa.String(length=3), server_default="USD", nullable=False),
        sa.Column("payout_method", sa.String(length=16), server_default="", nullable=False),
        sa.Column("payout_details", JSON, nullable=False),
        sa.CheckConstraint("minimum_payout >= 0", name="ck_recipients_minimum_payout_range"),
        sa.CheckConstraint("withholding BETWEEN 0 AND 1000000", name="ck_recipients_withholding_range"),
        sa.PrimaryKeyConstraint("id", name="pk_recipients"),
    )
    op.create_table(
        "recordings",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("isrc", sa.String(length=12), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("duration", sa.Integer(), nullable=False),
        sa.Column("audio_file_url", sa.String(), nullable=False),
        sa.CheckConstraint("duration > 0", name="ck_recordings_duration_positive"),
        sa.CheckConstraint("length(isrc) = 12", name="ck_recordings_isrc_length"),
        sa.CheckConstraint("length(title) > 0", name="ck_recordings_title_given"),
        sa.PrimaryKeyConstraint("id", name="pk_recordings"),
        sa.UniqueConstraint("isrc", name="uq_recordings_isrc"),
    )
    op.create_table(
        "releases",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("upc", sa.String(length=13), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("artist_name", sa.String(), nullable=False),
        sa.Column("release_date", sa.Date(), nullable=True),
        sa.Column("artwork_url", sa.String(), nullable=True),
        sa.Column("status", sa.String(length=16), server_default="pending", nullable=False),
        sa.Column("created_at", sa.DateTime(), server_default=NOW, nullable=False),
        sa.Column("record", JSON, nullable=False),
        sa.CheckConstraint("status IN ('pending', 'processing', 'live', 'failed')", name="ck_releases_status_is_known"),
        sa.CheckConstraint("length(title) > 0", name="ck_releases_title_given"),
        sa.CheckConstraint("length(upc) BETWEEN 12 AND 13", name="ck_releases_upc_length"),
        sa.PrimaryKeyConstraint("id", name="pk_releases"),
        sa.UniqueConstraint("upc", name="uq_releases_upc"),
    )
    op.create_table(
        "statements",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("recipient_id", sa.String(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("opening", sa.BigInteger(), nullable=False),
        sa.Column("earned", sa.BigInteger(), nullable=False),
        sa.Column("recouped", sa.BigInteger(), nullable=False),
        sa.Column("gross_paid", sa.BigInteger(), nullable=False),
        sa.Column("tax_withheld", sa.BigInteger(), nullable=False),
        sa.Column("net_paid_minor", sa.BigInteger(), nullable=False),
        sa.Column("closing", sa.BigInteger(), nullable=False),
        sa.Column("advance_left", sa.BigInteger(), nullable=False),
        sa.Column("reverses", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            _month("period"),
            name="ck_statements_period_is_month",
        ),
        sa.CheckConstraint("net_paid_minor >= 0", name="ck_statements_net_paid_range"),
        sa.ForeignKeyConstraint(["reverses"], ["statements.id"], name="fk_statements_reverses_statements"),
        sa.PrimaryKeyConstraint("id", name="pk_statements"),
        sa.UniqueConstraint(
            "period", "recipient_id", "currency", "run_id", name="uq_statements_period_recipient_id_currency_run_id"
        ),
    )
    op.create_table(
        "advances",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("recipient_id", sa.String(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("recoup_rate", sa.BigInteger(), server_default="1000000", nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.CheckConstraint(
            _month("period"),
            name="ck_advances_period_is_month",
        ),
        sa.CheckConstraint("amount > 0", name="ck_advances_amount_positive"),
        sa.CheckConstraint("recoup_rate BETWEEN 0 AND 1000000", name="ck_advances_recoup_rate_range"),
        sa.ForeignKeyConstraint(["recipient_id"], ["recipients.id"], name="fk_advances_recipient_id_recipients"),
        sa.PrimaryKeyConstraint("id", name="pk_advances"),
    )
    op.create_table(
        "beat_grid",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("track_id", sa.String(length=36), nullable=False),
        sa.Column("beat_positions", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["track_id"], ["recordings.id"], name="fk_beat_grid_track_id_recordings", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_beat_grid"),
        sa.UniqueConstraint("track_id", name="uq_beat_grid_track_id"),
    )
    op.create_table(
        "ledger_entries",
        sa.Column("id", SERIAL, autoincrement=True, nullable=False),
        sa.Column("txn_id", sa.String(length=64), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("nanos", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("length(account) > 0", name="ck_ledger_entries_account_given"),
        sa.CheckConstraint("length(currency) = 3", name="ck_ledger_entries_currency_length"),
        sa.ForeignKeyConstraint(
            ["txn_id"],
            ["ledger_transactions.id"],
            name="fk_ledger_entries_txn_id_ledger_transactions",
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("id", name="pk_ledger_entries"),
    )
    with op.batch_alter_table("ledger_entries", schema=None) as batch_op:
        batch_op.create_index("ix_ledger_entries_account", ["account", "currency"], unique=False)
        batch_op.create_index("ix_ledger_entries_txn_id", ["txn_id"], unique=False)

    op.create_table(
        "payouts",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("statement_id", sa.String(length=64), nullable=False),
        sa.Column("recipient_id", sa.String(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("destination", sa.String(), server_default="", nullable=False),
        sa.Column("idempotency_key", sa.String(length=255), nullable=False),
        sa.Column("attempt", sa.Integer(), server_default="1", nullable=False),
        sa.Column("state", sa.String(length=16), server_default="planned", nullable=False),
        sa.Column("provider_ref", sa.String(length=255), nullable=True),
        sa.Column("message", sa.String(), server_default="", nullable=False),
        sa.Column("updated_at", sa.DateTime(), server_default=NOW, nullable=False),
        sa.CheckConstraint(
            "state IN ('planned', 'sending', 'paid', 'failed', 'unknown')", name="ck_payouts_state_is_known"
        ),
        sa.CheckConstraint("amount_minor > 0", name="ck_payouts_amount_positive"),
        sa.CheckConstraint("attempt > 0", name="ck_payouts_attempt_positive"),
        sa.ForeignKeyConstraint(["run_id"], ["payout_runs.id"], name="fk_payouts_run_id_payout_runs"),
        sa.PrimaryKeyConstraint("id", name="pk_payouts"),
        sa.UniqueConstraint("idempotency_key", name="uq_payouts_idempotency_key"),
    )
    with op.batch_alter_table("payouts", schema=None) as batch_op:
        batch_op.create_index("ix_payouts_run_id", ["run_id"], unique=False)

    op.create_table(
        "release_tracks",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("release_id", sa.String(length=36), nullable=False),
        sa.Column("recording_id", sa.String(length=36), nullable=False),
        sa.Column("disc", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint("disc > 0", name="ck_release_tracks_disc_positive"),
        sa.CheckConstraint("position > 0", name="ck_release_tracks_position_positive"),
        sa.ForeignKeyConstraint(
            ["recording_id"], ["recordings.id"], name="fk_release_tracks_recording_id_recordings", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["release_id"], ["releases.id"], name="fk_release_tracks_release_id_releases", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_release_tracks"),
        sa.UniqueConstraint("release_id", "position", name="uq_release_tracks_release_id_position"),
    )
    with op.batch_alter_table("release_tracks", schema=None) as batch_op:
        batch_op.create_index("ix_release_tracks_recording_id", ["recording_id"], unique=False)

    op.create_table(
        "revenue_splits",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("track_id", sa.String(length=36), nullable=False),
        sa.Column("recipient_id", sa.String(), nullable=False),
        sa.Column("percentage", sa.BigInteger(), nullable=False),
        sa.Column("role", sa.String(length=32), server_default="", nullable=False),
        sa.Column("valid_from", sa.String(length=7), server_default="", nullable=False),
        sa.Column("valid_to", sa.String(length=7), server_default="", nullable=False),
        sa.CheckConstraint(
            _month("valid_from", optional=True),
            name="ck_revenue_splits_valid_from_is_month",
        ),
        sa.CheckConstraint(
            _month("valid_to", optional=True),
            name="ck_revenue_splits_valid_to_is_month",
        ),
        sa.CheckConstraint("valid_to = '' OR valid_from < valid_to", name="ck_revenue_splits_range_not_empty"),
        sa.CheckConstraint("length(recipient_id) > 0", name="ck_revenue_splits_recipient_given"),
        sa.CheckConstraint("percentage > 0 AND percentage <= 1000000", name="ck_revenue_splits_percentage_range"),
        sa.ForeignKeyConstraint(
            ["track_id"], ["recordings.id"], name="fk_revenue_splits_track_id_recordings", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_revenue_splits"),
        sa.UniqueConstraint(
            "track_id",
            "recipient_id",
            "role",
            "valid_from",
            name="uq_revenue_splits_track_id_recipient_id_role_valid_from",
        ),
    )
    op.create_table(
        "royalties",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("track_id", sa.String(length=36), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("stream_count", sa.BigInteger(), nullable=False),
        sa.Column("revenue", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("country", sa.String(length=2), server_default="", nullable=False),
        sa.Column("source", sa.String(), server_default="", nullable=False),
        sa.Column("statement_id", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            _month("period"),
            name="ck_royalties_period_is_month",
        ),
        sa.CheckConstraint("length(currency) = 3", name="ck_royalties_currency_length"),
        sa.CheckConstraint("length(platform) > 0", name="ck_royalties_platform_given"),
        sa.ForeignKeyConstraint(["track_id"], ["recordings.id"], name="fk_royalties_track_id_recordings"),
        sa.PrimaryKeyConstraint("id", name="pk_royalties"),
        sa.UniqueConstraint(
            "track_id",
            "platform",
            "period",
            "country",
            "currency",
            "source",
            name="uq_royalties_track_id_platform_period_country_currency_source",
        ),
    )
    op.create_table(
        "track_analysis",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("track_id", sa.String(length=36), nullable=False),
        sa.Column("bpm", sa.BigInteger(), nullable=True),
        sa.Column("musical_key", sa.String(length=10), nullable=True),
        sa.Column("scale", sa.String(length=10), nullable=True),
        sa.Column("danceability", sa.BigInteger(), nullable=True),
        sa.Column("energy", sa.BigInteger(), nullable=True),
        sa.Column("loudness_lufs", sa.BigInteger(), nullable=True),
        sa.Column("spectral_centroid", sa.BigInteger(), nullable=True),
        sa.Column("duration_seconds", sa.Integer(), nullable=True),
        sa.Column("analyzed_at", sa.DateTime(), server_default=NOW, nullable=False),
        sa.Column("audio_sha256", sa.String(length=64), server_default="", nullable=False),
        sa.Column("params", sa.String(length=64), server_default="", nullable=False),
        sa.Column("engine", sa.String(length=32), server_default="", nullable=False),
        sa.Column("report", JSON, nullable=False),
        sa.ForeignKeyConstraint(
            ["track_id"], ["recordings.id"], name="fk_track_analysis_track_id_recordings", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_track_analysis"),
        sa.UniqueConstraint(
            "track_id", "audio_sha256", "params", name="uq_track_analysis_track_id_audio_sha256_params"
        ),
    )


def downgrade() -> None:
    """Go back."""
    op.execute("DROP VIEW tracks")
    tables = (
        "track_analysis beat_grid royalties revenue_splits release_tracks recordings releases payouts payout_runs "
        "ledger_entries ledger_transactions advances statements recipients rates multipliers import_files audit_log"
    )
    for table in tables.split():
        op.drop_table(table)

"""earlier runs of a job, as they ended"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from scribeline.storage.policies import grant, protect, revoke

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

RESET = """
    run, input_run, opened_at, status, stages, progress, error, options, "analyze", brief, recorded_at,
    audio_key, duration, channels, confidence, language, language_probability, engine, pieces, has_text,
    started_at, transcribed_at, finished_at, traceparent
"""
"""Of a job, when the gateway opens its next run."""


def upgrade() -> None:
    op.add_column("job", sa.Column("input_run", sa.Integer(), nullable=True))
    op.add_column("job", sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE job SET input_run = run - 1 WHERE run > 1")  # until now, a later run was a retry
    op.create_table(
        "job_run",
        sa.Column("job", sa.Uuid(), primary_key=True),
        sa.Column("run", sa.Integer(), primary_key=True),
        sa.Column("tenant", sa.String(40), nullable=False),
        sa.Column("owner", sa.String(128), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("stages", postgresql.JSONB(), nullable=False),
        sa.Column("progress", sa.Integer(), nullable=False),
        sa.Column("error", postgresql.JSONB(), nullable=True),
        sa.Column("input_run", sa.Integer(), nullable=True),
        sa.Column("options", postgresql.JSONB(), nullable=False),
        sa.Column("analyze", sa.Boolean(), nullable=False),
        sa.Column("brief", sa.JSON(), nullable=True),
        sa.Column("recorded_at", sa.Text(), nullable=True),
        sa.Column("audio_key", sa.String(), nullable=True),
        sa.Column("duration", sa.Float(), nullable=True),
        sa.Column("channels", sa.Integer(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=True),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("language_probability", sa.Float(), nullable=True),
        sa.Column("engine", postgresql.JSONB(), nullable=True),
        sa.Column("pieces", sa.Integer(), nullable=True),
        sa.Column("has_text", sa.Boolean(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("transcribed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["tenant", "job"], ["job.tenant", "job.id"], ondelete="CASCADE"),
    )
    protect(op, "job_run", gateway="SELECT, INSERT", writer="SELECT, INSERT")
    grant(op, "job", gateway=f"UPDATE ({RESET})")
    grant(op, "segment", gateway="INSERT")


def downgrade() -> None:
    revoke(op, "segment", gateway="INSERT")
    revoke(op, "job", gateway=f"UPDATE ({RESET})")
    op.drop_table("job_run")
    op.drop_column("job", "opened_at")
    op.drop_column("job", "input_run")

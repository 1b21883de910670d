"""recordings that continue others, and transcripts that were given"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

HEARD = ("confidence", "avg_logprob", "no_speech_prob")


def upgrade() -> None:
    op.add_column("job", sa.Column("continues", sa.Uuid()))
    op.add_column("job", sa.Column("offset_seconds", sa.Float()))
    none = sa.text("'[]'")
    op.add_column("job", sa.Column("gaps_before", postgresql.JSONB(), nullable=False, server_default=none))
    op.create_index(
        "job_that_waits",
        "job",
        ["continues"],
        postgresql_where=sa.text("continues IS NOT NULL AND offset_seconds IS NULL"),
    )
    for column in HEARD:
        op.alter_column("segment", column, nullable=True)


def downgrade() -> None:
    op.execute("DELETE FROM segment WHERE run = 0")
    for column in HEARD:
        op.alter_column("segment", column, nullable=False)
    op.drop_index("job_that_waits", "job")
    for column in ("gaps_before", "offset_seconds", "continues"):
        op.drop_column("job", column)

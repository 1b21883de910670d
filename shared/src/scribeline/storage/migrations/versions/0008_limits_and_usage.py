"""limits of tenants, and what they use"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from scribeline.storage.policies import grant, protect

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tenant", sa.Column("limits", JSONB(), nullable=False, server_default="{}"))
    op.create_table(
        "usage",
        sa.Column(
            "tenant", sa.String(40), sa.ForeignKey("tenant.name", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("day", sa.Date(), primary_key=True),
        sa.Column("jobs", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("audio_seconds", sa.Float(), nullable=False),
        sa.Column("prompt_tokens", sa.BigInteger(), nullable=False),
        sa.Column("completion_tokens", sa.BigInteger(), nullable=False),
    )
    adds = "SELECT, INSERT, UPDATE (jobs, bytes, audio_seconds, prompt_tokens, completion_tokens)"
    protect(op, "usage", gateway=adds, writer=adds)
    grant(op, "tenant", gateway="UPDATE (limits)")
    op.create_index("job_in_flight", "job", ["tenant"], postgresql_where=sa.text("finished_at IS NULL"))


def downgrade() -> None:
    op.drop_index("job_in_flight", "job")
    op.drop_table("usage")
    op.drop_column("tenant", "limits")

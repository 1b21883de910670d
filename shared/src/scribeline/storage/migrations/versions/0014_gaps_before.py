"""the gaps of what comes before a recording, beside its job"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from scribeline.storage.policies import protect

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "gaps_before",
        sa.Column("job", sa.Uuid(), primary_key=True),
        sa.Column("tenant", sa.String(40), nullable=False),
        sa.Column("owner", sa.String(128), nullable=True),
        sa.Column("gaps", postgresql.JSONB(), nullable=False),
        sa.ForeignKeyConstraint(["tenant", "job"], ["job.tenant", "job.id"], ondelete="CASCADE"),
    )
    protect(op, "gaps_before", gateway="SELECT", writer="SELECT, INSERT")
    op.execute("""
        INSERT INTO gaps_before (job, tenant, owner, gaps)
        SELECT id, tenant, owner, gaps_before FROM job WHERE gaps_before <> '[]'
    """)
    op.drop_column("job", "gaps_before")


def downgrade() -> None:
    none = sa.text("'[]'")
    op.add_column("job", sa.Column("gaps_before", postgresql.JSONB(), nullable=False, server_default=none))
    op.execute("UPDATE job SET gaps_before = g.gaps FROM gaps_before g WHERE g.job = job.id")
    op.drop_table("gaps_before")

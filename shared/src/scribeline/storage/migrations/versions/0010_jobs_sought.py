"""jobs are found by tags and metadata as before row-level security: by their indexes"""

from alembic import op

from scribeline.storage.policies import searchable

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    searchable(op, "job", "job_sought", "id, tags, metadata")


def downgrade() -> None:
    op.execute("DROP VIEW job_sought")

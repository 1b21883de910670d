"""deletion and retention"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tenant", sa.Column("retention_days", sa.Integer(), nullable=True))
    op.add_column("job", sa.Column("keep_seconds", sa.BigInteger(), nullable=True))
    op.add_column("job", sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("job", sa.Column("wiped_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "job_to_remove", "job", ["deleted_at"], postgresql_where=sa.text("deleted_at IS NOT NULL")
    )
    op.create_index("job_by_end", "job", ["finished_at"], postgresql_where=sa.text("deleted_at IS NULL"))


def downgrade() -> None:
    op.drop_index("job_by_end", "job")
    op.drop_index("job_to_remove", "job")
    op.drop_column("job", "wiped_at")
    op.drop_column("job", "deleted_at")
    op.drop_column("job", "keep_seconds")
    op.drop_column("tenant", "retention_days")

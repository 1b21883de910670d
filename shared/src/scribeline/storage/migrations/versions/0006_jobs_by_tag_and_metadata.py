"""jobs found by their tags and metadata"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("job_by_tags", "job", ["tags"], postgresql_using="gin")
    op.create_index(
        "job_by_metadata",
        "job",
        ["metadata"],
        postgresql_using="gin",
        postgresql_ops={"metadata": "jsonb_path_ops"},
    )


def downgrade() -> None:
    op.drop_index("job_by_metadata", "job")
    op.drop_index("job_by_tags", "job")

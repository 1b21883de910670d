"""uploads in parts, whose bytes nobody here reads"""

import sqlalchemy as sa
from alembic import op

from scribeline.storage.policies import protect

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "upload",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("tenant", sa.String(40), sa.ForeignKey("tenant.name"), nullable=False),
        sa.Column("owner", sa.String(128), nullable=True),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("store_id", sa.String(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("part_bytes", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=True),
        sa.Column("filename", sa.String(255), nullable=True),
        sa.Column("content_type", sa.String(255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("job", sa.Uuid(), nullable=True),
        sa.Column("fingerprint", sa.String(64), nullable=True),
        sa.ForeignKeyConstraint(["tenant", "job"], ["job.tenant", "job.id"], ondelete="CASCADE"),
    )
    open_ = sa.text("job IS NULL")
    op.create_index("upload_open", "upload", ["tenant", "expires_at"], postgresql_where=open_)
    op.create_index("upload_by_expiry", "upload", ["expires_at"], postgresql_where=open_)
    used = sa.text("job IS NOT NULL")
    op.create_index("upload_of_job", "upload", ["tenant", "job"], postgresql_where=used)
    writer = "SELECT, UPDATE (expires_at), DELETE"  # who locks a row must be allowed to change some column
    protect(op, "upload", gateway="SELECT, INSERT, UPDATE (expires_at, job, fingerprint)", writer=writer)
    op.alter_column("job", "sha256", nullable=True)


def downgrade() -> None:
    op.execute("UPDATE job SET sha256 = '' WHERE sha256 IS NULL")
    op.alter_column("job", "sha256", nullable=False)
    op.drop_table("upload")

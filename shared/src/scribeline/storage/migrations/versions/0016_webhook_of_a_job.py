"""a job's own webhook, as its client gave it, for as long as the job lives; several former secrets"""

import sqlalchemy as sa
from alembic import op

from scribeline.storage.policies import grant

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

ONE = sa.text("1")
OF_JOBS = sa.text("job IS NOT NULL")
LAST = sa.text("type = 'job.deleted' AND ended_at IS NOT NULL AND lane LIKE 'callback/%'")


def upgrade() -> None:
    op.add_column("job", sa.Column("webhook_url", sa.String(), nullable=True))
    op.drop_index("webhook_of_jobs_by_age", "webhook")
    op.create_index("delivery_last", "delivery", ["webhook"], postgresql_where=LAST)
    op.add_column("webhook", sa.Column("oldest_generation", sa.Integer(), nullable=False, server_default=ONE))
    op.add_column(
        "tenant", sa.Column("callback_oldest_generation", sa.Integer(), nullable=False, server_default=ONE)
    )
    grant(op, "tenant", gateway="UPDATE (callback_oldest_generation)")


def downgrade() -> None:
    op.drop_column("tenant", "callback_oldest_generation")
    op.drop_column("webhook", "oldest_generation")
    op.drop_index("delivery_last", "delivery")
    op.create_index("webhook_of_jobs_by_age", "webhook", ["created_at"], postgresql_where=OF_JOBS)
    op.drop_column("job", "webhook_url")

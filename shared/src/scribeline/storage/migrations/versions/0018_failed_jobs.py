"""failed jobs, the latest first, however many there are of others"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

FAILED = sa.text("status = 'failed' AND deleted_at IS NULL")


def upgrade() -> None:
    op.create_index("job_that_failed", "job", ["finished_at"], postgresql_where=FAILED)


def downgrade() -> None:
    op.drop_index("job_that_failed", "job")

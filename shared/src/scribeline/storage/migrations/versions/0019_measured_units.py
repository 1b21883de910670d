"""indexes from which open units are counted by stage, beside the former ones"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The former ones go in a transaction of its own: to drop an index locks out readers, and these take a
    # while to build.
    op.create_index(
        "unit_waiting_new",
        "unit",
        ["tenant", "queue", "job", "index"],
        postgresql_include=["stage"],
        postgresql_where=sa.text("status = 'waiting'"),
    )
    op.create_index(
        "unit_released_new",
        "unit",
        ["tenant", "queue", "job"],
        postgresql_include=["stage", "released_at"],
        postgresql_where=sa.text("status = 'released'"),
    )


def downgrade() -> None:
    for name in ("unit_waiting_new", "unit_released_new"):
        op.drop_index(name, "unit")

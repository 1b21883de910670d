"""when a unit was in a worker's hands, in which attempt, and since when it was put off"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("unit", sa.Column("attempts", sa.Integer(), nullable=True))
    op.add_column("unit", sa.Column("put_off_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("unit", sa.Column("began_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("unit", sa.Column("handled_seconds", sa.Float(), nullable=True))


def downgrade() -> None:
    for column in ("handled_seconds", "began_at", "put_off_at", "attempts"):
        op.drop_column("unit", column)

"""those indexes instead of the former ones"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

FORMER = {"unit_waiting": ["tenant", "queue", "job", "index"], "unit_released": ["tenant", "queue", "job"]}


def upgrade() -> None:
    for name in FORMER:
        op.drop_index(name, "unit")
        op.execute(f"ALTER INDEX {name}_new RENAME TO {name}")


def downgrade() -> None:
    for name, columns in FORMER.items():
        op.execute(f"ALTER INDEX {name} RENAME TO {name}_new")
        status = name.removeprefix("unit_")
        op.create_index(name, "unit", columns, postgresql_where=sa.text(f"status = '{status}'"))

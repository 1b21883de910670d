"""webhooks and their deliveries"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from scribeline.storage.policies import admit, dismiss, grant, protect, revoke

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
CALLBACKS = "UPDATE (callback_generation, callback_previous_until)"


def upgrade() -> None:
    op.create_table(
        "webhook",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("tenant", sa.String(40), sa.ForeignKey("tenant.name", ondelete="CASCADE"), nullable=False),
        sa.Column("owner", sa.String(128), nullable=True),
        sa.Column("job", sa.Uuid(), nullable=True),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("description", sa.String(200), nullable=False),
        sa.Column("types", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("previous_until", MOMENT, nullable=True),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("failing_since", MOMENT, nullable=True),
        sa.Column("succeeded_at", MOMENT, nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
    )
    op.create_index("webhook_of_tenant", "webhook", ["tenant", "id"], postgresql_where=sa.text("job IS NULL"))
    op.create_index(
        "webhook_of_job",
        "webhook",
        ["tenant", "job"],
        unique=True,
        postgresql_where=sa.text("job IS NOT NULL"),
    )
    op.create_index(
        "webhook_of_jobs_by_age", "webhook", ["created_at"], postgresql_where=sa.text("job IS NOT NULL")
    )
    op.create_table(
        "delivery",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("tenant", sa.String(40), nullable=False),
        sa.Column("owner", sa.String(128), nullable=True),
        sa.Column("webhook", sa.Uuid(), sa.ForeignKey("webhook.id", ondelete="CASCADE"), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("event", sa.Uuid(), nullable=False),
        sa.Column("job", sa.Uuid(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("tries", postgresql.JSONB(), nullable=False),
        sa.Column("next_attempt_at", MOMENT, nullable=False),
        sa.Column("claimed_until", MOMENT, nullable=True),
        sa.Column("replays", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
    )
    pending = sa.text("status = 'pending'")
    op.create_index("delivery_once", "delivery", ["webhook", "event"], unique=True)
    op.create_index("delivery_due", "delivery", ["lane", "next_attempt_at"], postgresql_where=pending)
    claimed = sa.text("status = 'pending' AND claimed_until IS NOT NULL")
    op.create_index("delivery_claimed", "delivery", ["claimed_until"], postgresql_where=claimed)
    ended = sa.text("ended_at IS NOT NULL")
    op.create_index("delivery_ended", "delivery", ["ended_at"], postgresql_where=ended)
    op.create_index("delivery_of_webhook", "delivery", ["webhook", "id"])
    op.create_index("delivery_of_tenant", "delivery", ["tenant", "id"])
    op.create_index("delivery_of_job", "delivery", ["tenant", "job", "id"])
    one = sa.text("1")
    op.add_column(
        "tenant", sa.Column("callback_generation", sa.Integer(), nullable=False, server_default=one)
    )
    op.add_column("tenant", sa.Column("callback_previous_until", MOMENT, nullable=True))
    every = "SELECT, INSERT, UPDATE, DELETE"
    told = "SELECT, UPDATE (status, reason, failing_since, succeeded_at), DELETE"
    protect(op, "webhook", gateway=every, notifier=told)
    protect(op, "delivery", gateway=every, notifier=every)
    grant(op, "tenant", gateway=CALLBACKS)
    admit(op, "tenant", "SELECT")
    admit(op, "event", "SELECT, INSERT")
    admit(op, "outbox", "SELECT (id), INSERT")


def downgrade() -> None:
    for table in ("outbox", "event", "tenant"):
        dismiss(op, table)
    revoke(op, "tenant", gateway=CALLBACKS)
    op.drop_column("tenant", "callback_previous_until")
    op.drop_column("tenant", "callback_generation")
    op.drop_table("delivery")
    op.drop_table("webhook")

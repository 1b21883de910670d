"""row-level security"""

from alembic import op

from scribeline.storage.policies import grant, protect, unprotect

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TABLES = (
    "tenant",
    "template",
    "api_key",
    "job",
    "unit",
    "segment",
    "analysis",
    "idempotency",
    "outbox",
    "event",
)


def upgrade() -> None:
    every = "SELECT, INSERT, UPDATE, DELETE"
    # The writer changes no tenant; who locks a row must be allowed to change some column of it.
    tenants = {"gateway": "SELECT, INSERT, UPDATE (rules, retention_days)", "writer": "SELECT, UPDATE (name)"}
    protect(op, "tenant", tenant="name", **tenants)
    protect(op, "template", gateway=every)
    protect(op, "api_key", gateway="SELECT, INSERT, UPDATE (revoked_at)")
    protect(
        op,
        "job",
        gateway="SELECT, INSERT, UPDATE (sequence, deleted_at)",
        writer="SELECT, UPDATE, DELETE",
    )
    protect(
        op,
        "unit",
        gateway="SELECT, INSERT, UPDATE (status, releases, released_at)",
        writer="SELECT, INSERT, UPDATE",
    )
    protect(op, "segment", gateway="SELECT", writer="SELECT, INSERT")
    protect(op, "analysis", gateway="SELECT", writer="SELECT, INSERT")
    protect(
        op,
        "idempotency",
        gateway="SELECT, INSERT, UPDATE (fingerprint, job, created_at)",
        writer="SELECT, DELETE",
    )
    protect(op, "outbox", gateway=every, writer=every)
    protect(op, "event", gateway="SELECT, INSERT", writer=every)
    grant(op, "paused_queue", gateway="SELECT, INSERT, DELETE", writer="SELECT")


def downgrade() -> None:
    """The roles stay: they are the server's, and other databases may need them."""
    for table in (*TABLES, "paused_queue"):
        unprotect(op, table)

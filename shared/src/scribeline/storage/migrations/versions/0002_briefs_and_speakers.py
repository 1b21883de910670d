"""briefs, templates, rules, speakers and confidence"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    jsonb = postgresql.JSONB(astext_type=sa.Text())
    op.add_column("tenant", sa.Column("rules", jsonb, nullable=False, server_default="{}"))
    op.add_column("job", sa.Column("brief", sa.JSON(), nullable=True))
    op.add_column("job", sa.Column("recorded_at", sa.Text(), nullable=True))
    op.add_column("job", sa.Column("channels", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("job", sa.Column("confidence", sa.Float(), nullable=True))
    # They hold schemas and what follows them, whose properties have an order.
    op.alter_column("unit", "command", type_=sa.JSON(), postgresql_using="command::json")
    op.alter_column("analysis", "body", type_=sa.JSON(), postgresql_using="body::json")
    op.add_column("segment", sa.Column("speaker", sa.String(length=100), nullable=True))
    op.create_table(
        "template",
        sa.Column("tenant", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("description", sa.String(length=500), nullable=False),
        sa.Column("prompt", sa.String(length=4000), nullable=True),
        sa.Column("answer_schema", sa.JSON(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenant.name"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "name"),
    )


def downgrade() -> None:
    op.drop_table("template")
    op.drop_column("segment", "speaker")
    jsonb = postgresql.JSONB(astext_type=sa.Text())
    op.alter_column("analysis", "body", type_=jsonb, postgresql_using="body::jsonb")
    op.alter_column("unit", "command", type_=jsonb, postgresql_using="command::jsonb")
    for column in ("confidence", "channels", "recorded_at", "brief"):
        op.drop_column("job", column)
    op.drop_column("tenant", "rules")

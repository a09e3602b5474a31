"""What a row of plans is: a plan, or a curve of plans; and a plan's variants are found by it."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("plans", sa.Column("kind", sa.String(12), nullable=False, server_default="plan"))
    op.create_index("ix_plans_kind", "plans", ["kind"])
    op.create_index("ix_plans_parent_id", "plans", ["parent_id"])

"""Alembic's entry: every room's tables, over one connection."""

from alembic import context
from sqlalchemy import create_engine

from app.factory import load_models
from app.platform.db import Base

load_models()

engine = create_engine(context.config.get_main_option("sqlalchemy.url"))
with engine.connect() as connection:
    if engine.dialect.name == "postgresql":
        # Of several processes that begin at once, one migrates; the others then find it done.
        connection.exec_driver_sql("SELECT pg_advisory_lock(hashtextextended('migrations', 0))")
        connection.commit()
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()

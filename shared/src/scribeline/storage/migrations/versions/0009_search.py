"""full-text search over transcripts"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from scribeline.storage.policies import protect
from scribeline.storage.roles import GATEWAY

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

# A segment's text as it is kept: on one line, without control characters, which marks are made of.
PLAIN = r"""
CREATE FUNCTION scribeline_plain(said text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN regexp_replace(normalize(said), '[\x01-\x1f\x7f]+', ' ', 'g')
"""

# What the parser of PostgreSQL is given instead of a text; but for the added \x1f, character by character the
# same. In small letters, because it lowers ASCII only where the database has the locale C; without what makes
# it leave out words (`<`, as in a tag) or join them (`/`, as in a path). And each character of a script that
# has no spaces between its words stands alone, so that a phrase finds what stands in a row.
FOLDED = r"""
CREATE FUNCTION scribeline_folded(said text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN regexp_replace(
    lower(translate(said, U&'\0130</', 'i  ') {collate}),
    '([\u0e00-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff'
    '\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff])',
    E'\x1f\\1\x1f', 'g')
"""

# What is looked for, in each configuration that the transaction's tenant has transcripts in. It is not usable
# where nothing is left of it but stop words, or what is not to be there.
WANTED = """
CREATE FUNCTION scribeline_wanted(asked text) RETURNS TABLE (config text, wanted tsquery, usable boolean)
LANGUAGE sql STABLE
SET search_path = {schema}, pg_temp
AS $$
    WITH RECURSIVE known AS (
        (SELECT p.config FROM passage p WHERE p.tenant = current_setting('app.tenant', true)
         ORDER BY p.config LIMIT 1)
        UNION ALL
        SELECT (SELECT p.config FROM passage p
                WHERE p.tenant = current_setting('app.tenant', true) AND p.config > known.config
                ORDER BY p.config LIMIT 1)
        FROM known WHERE known.config IS NOT NULL
    )
    SELECT known.config, query, querytree(query) NOT IN ('', 'T')
    FROM known, websearch_to_tsquery(known.config::regconfig, scribeline_folded(asked)) query
    WHERE known.config IS NOT NULL
$$
"""

# Passages of the transaction's tenant, the newest jobs' first. It runs as its owner, because row-level
# security keeps a query from an index whose operator might tell of rows, as `@@` might: so it looks at the
# tenant itself.
FOUND = """
CREATE FUNCTION scribeline_found(asked text, of_owner text, most integer)
RETURNS TABLE (job uuid, first integer, rank double precision)
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = {schema}, pg_temp
AS $$
DECLARE
    mine text := current_setting('app.tenant', true);
    each record;
BEGIN
    FOR each IN SELECT w.config, w.wanted FROM scribeline_wanted(asked) w WHERE w.usable LOOP
        RETURN QUERY EXECUTE
            'SELECT f.job, f.first, ts_rank(f.words, $1)::float8 FROM (
                 SELECT p.job, p.first, p.words FROM passage p
                 WHERE p.words @@ ($1 && $2) AND p.tenant = $3 AND p.config = $4
                   AND ($5 IS NULL OR p.owner = $5)
                 ORDER BY p.job DESC, p.first LIMIT $6
             ) f'
            USING each.wanted, quote_literal('=' || mine || '/' || each.config)::tsquery,
                  mine, each.config, of_owner, most;
    END LOOP;
END
$$
"""

CONFIGS = {
    "ar": "arabic", "ca": "catalan", "da": "danish", "de": "german", "el": "greek", "en": "english",
    "es": "spanish", "eu": "basque", "fi": "finnish", "fr": "french", "hi": "hindi", "hu": "hungarian",
    "hy": "armenian", "id": "indonesian", "it": "italian", "lt": "lithuanian", "ne": "nepali", "nl": "dutch",
    "nn": "norwegian", "no": "norwegian", "pt": "portuguese", "ro": "romanian", "ru": "russian",
    "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip

# The transcripts that are there, as `storage.passages` writes those to come.
FILL = """
    WITH language (code, config) AS (VALUES {configs}),
    complete AS (
        SELECT job.*, coalesce(language.config, 'simple') AS config
        FROM job LEFT JOIN language
          ON language.code = CASE WHEN job.options ->> 'task' = 'translate' THEN 'en' ELSE job.language END
        WHERE transcribed_at IS NOT NULL AND deleted_at IS NULL
    ), spoken AS (
        SELECT s.job, row_number() OVER (PARTITION BY s.job ORDER BY s.start, s.piece, s.id) - 1 AS number,
               jsonb_build_array(s.start, s."end", s.speaker) AS line, scribeline_plain(s.text) AS said
        FROM segment s JOIN complete ON complete.id = s.job AND complete.run = s.run
    ), placed AS (
        SELECT number / 12 AS place, * FROM spoken
        UNION ALL
        SELECT number / 12 - 1, * FROM spoken WHERE number % 12 = 0 AND number > 0
    ), made AS (
        SELECT job, place * 12 AS first, jsonb_agg(line ORDER BY number) AS lines,
               string_agg(said, E'\\n' ORDER BY number) AS body
        FROM placed GROUP BY job, place
    )
    INSERT INTO passage (job, first, tenant, owner, run, config, lines, body, words)
    SELECT made.job, first, tenant, owner, run, config, lines, body,
           to_tsvector(config::regconfig, scribeline_folded(left(body, 32768)))
           || array_to_tsvector(ARRAY['=' || tenant || '/' || config])
    FROM made JOIN complete ON complete.id = made.job
"""


def upgrade() -> None:
    op.create_table(
        "passage",
        sa.Column("job", sa.Uuid(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("tenant", sa.String(40), nullable=False),
        sa.Column("owner", sa.String(128), nullable=True),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("config", sa.String(40), nullable=False),
        sa.Column("lines", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.ForeignKeyConstraint(["tenant", "job"], ["job.tenant", "job.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("job", "first"),
    )
    run = op.get_bind().exec_driver_sql
    schema = run("SELECT quote_ident(current_schema())").scalar_one()
    run(PLAIN)
    run(FOLDED.format(collate=_collate()))
    run(WANTED.format(schema=schema))
    run(FOUND.format(schema=schema))
    run("REVOKE ALL ON FUNCTION scribeline_found FROM PUBLIC")
    run(f"GRANT EXECUTE ON FUNCTION scribeline_found TO {GATEWAY}")
    protect(op, "passage", gateway="SELECT", writer="SELECT, INSERT, DELETE")
    configs = ", ".join(f"('{code}', '{config}')" for code, config in CONFIGS.items())
    run(FILL.format(configs=configs))
    op.create_index("passage_by_words", "passage", ["words"], postgresql_using="gin")
    op.create_index("passage_by_config", "passage", ["tenant", "config"])


def downgrade() -> None:
    op.execute("DROP FUNCTION scribeline_found(text, text, integer)")
    op.execute("DROP FUNCTION scribeline_wanted(text)")
    op.drop_table("passage")
    op.execute("DROP FUNCTION scribeline_folded(text)")
    op.execute("DROP FUNCTION scribeline_plain(text)")


def _collate() -> str:
    """One that knows the small letters of every script, whatever the database's own does."""
    there = sa.text("""
        SELECT collname FROM pg_collation
        WHERE collname IN ('pg_c_utf8', 'und-x-icu') AND pg_collation_is_visible(oid)
        ORDER BY collname LIMIT 1
    """)
    name = op.get_bind().execute(there).scalar_one_or_none()
    return f'COLLATE "{name}"' if name else ""

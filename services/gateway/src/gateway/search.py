"""Full-text search: which jobs have the words, and in which segments. What others have is not there."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Float, Integer, Row, Select, Uuid, column, select, text, tuple_
from sqlalchemy.exc import DBAPIError
from sqlmodel import col

from gateway import highlights, reads
from gateway.auth import Principal
from gateway.problems import Problem, invalid
from gateway.search_query import HINT, SearchQuery
from scribeline.contracts.api.search import SearchHit, SearchMatch, SearchResult
from scribeline.contracts.codes import Code
from scribeline.storage.database import Database, Session
from scribeline.storage.jobs import text_language
from scribeline.storage.models import JobRow, JobRunRow, PassageRow
from scribeline.storage.results import length
from scribeline.storage.runs import as_it_stood

MOST_PASSAGES = 10_000
"""That are looked at, of each language: some 150 hours of speech in which the words are said every minute."""
SECONDS = 5
"""How long one statement may take."""
_CANCELLED = "57014"
_DEEP = "tsquery stack too small"
"""An error without a code of its own, for what is nested too deep: see `highlights.phrased`."""

_BOUND = text("SELECT set_config('statement_timeout', :most, true)")
_USABLE = text("SELECT usable FROM scribeline_wanted(:asked)")
_COUNT = text("SELECT count(*) FROM scribeline_found(:asked, :owner, :most)")
_FOUND = text("""
    SELECT job, max(rank) AS rank, (array_agg(first ORDER BY first))[1:20] AS firsts,
           count(*) AS passages, sum(count(*)) OVER () AS looked_at
    FROM scribeline_found(:asked, :owner, :most) GROUP BY job
""").columns(
    column("job", Uuid),
    column("rank", Float),
    column("firsts", ARRAY(Integer)),
    column("passages", Integer),
    column("looked_at", Integer),
)
_MARKED = text("""
    SELECT p.job, p.first, p.lines, p.body, ts_headline(dictionary, folded, wanted, :options) AS marked,
           array_agg(to_tsvector(dictionary, l.line) @@ wanted ORDER BY n) AS alone,
           array_agg(to_tsvector(dictionary, l.line || ' ' || coalesce(l.following, '')) @@ wanted ORDER BY n)
               AS paired
    FROM unnest(CAST(:jobs AS uuid[]), CAST(:firsts AS int[])) AS f (job, first)
    JOIN passage p ON p.job = f.job AND p.first = f.first AND p.tenant = :tenant
    CROSS JOIN LATERAL (
        SELECT CAST(CAST(p.config AS text) AS regconfig) AS dictionary,
               scribeline_folded(p.body) AS folded
    ) AS c
    CROSS JOIN LATERAL websearch_to_tsquery(dictionary, scribeline_folded(:asked)) AS wanted
    CROSS JOIN LATERAL (
        SELECT line, n, lead(line) OVER (ORDER BY n) AS following
        FROM unnest(string_to_array(folded, E'\\n')) WITH ORDINALITY AS s (line, n)
    ) AS l
    GROUP BY p.job, p.first, dictionary, folded, wanted
    ORDER BY p.job, p.first
""")
_OPTIONS = f"HighlightAll=true, StartSel={highlights.BEGIN}, StopSel={highlights.END}"


async def search(database: Database, principal: Principal, query: SearchQuery) -> SearchResult:
    """A page of the jobs in whose transcripts the words stand. Raises Problem: SEARCH_TIMEOUT,
    INVALID_PARAMETER."""
    async with database.transaction(principal.tenant) as session:
        try:
            return await _search(session, principal, query)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) == _CANCELLED:
                raise Problem(Code.SEARCH_TIMEOUT) from None
            if _DEEP in str(error.orig):
                raise invalid("q", "leaves out too much of what it leaves out") from None
            raise


async def _search(session: Session, principal: Principal, query: SearchQuery) -> SearchResult:
    await session.run(_BOUND, {"most": f"{SECONDS}s"})
    asked = highlights.phrased(query.q)
    usable = (await session.run(_USABLE, {"asked": asked})).scalars().all()
    if not any(usable):
        return SearchResult(hits=[], next=None, complete=True, hint=HINT if usable else None)
    what = {"asked": asked, "owner": principal.owner, "most": MOST_PASSAGES}
    rows = (await session.run(_page(principal, query), what)).all()
    looked_at = rows[0].looked_at if rows else (await session.run(_COUNT, what)).scalar_one()
    page = rows[: query.limit]
    matches = await _matches(session, principal, asked, page, query.matches)
    earlier = await _earlier(session, principal, page)
    more = len(rows) > query.limit
    return SearchResult(
        hits=[
            _hit(row, earlier.get(row.JobRow.id), matches.get(row.JobRow.id, []), query.matches)
            for row in page
        ],
        next=query.place(page[-1].rank, page[-1].JobRow.id) if more else None,
        complete=looked_at < MOST_PASSAGES,
    )


def _page(principal: Principal, query: SearchQuery) -> Select[Any]:
    """Jobs with their rank and passages, and one more than asked for if there is."""
    found = _FOUND.subquery("found")
    number, rank = col(JobRow.id), found.c.rank
    chosen = (
        select(JobRow, rank, found.c.firsts, found.c.passages, found.c.looked_at)
        .join(found, found.c.job == number)
        .where(*reads.visibility(principal), *query.conditions())
    )
    after = query.after()
    if query.order == "newest":
        if after is not None:
            chosen = chosen.where(number < after[1])
        return chosen.order_by(number.desc()).limit(query.limit + 1)
    if after is not None:
        chosen = chosen.where(tuple_(rank, number) < tuple_(*after))
    return chosen.order_by(rank.desc(), number.desc()).limit(query.limit + 1)


async def _matches(
    session: Session, principal: Principal, asked: str, page: Sequence[Row[Any]], most: int
) -> dict[UUID, list[SearchMatch]]:
    """The segments of each job, in the order of the recording; up to so many passages are looked into."""
    places = [(row.JobRow.id, first) for row in page for first in row.firsts[:most]]
    parameters = {
        "jobs": [job for job, _ in places],
        "firsts": [first for _, first in places],
        "asked": asked,
        "tenant": principal.tenant,
        "options": _OPTIONS,
    }
    found: dict[UUID, dict[int, SearchMatch]] = {}
    for row in await session.run(_MARKED, parameters):
        found.setdefault(row.job, {}).update((match.segment, match) for match in _segments(row, asked))
    return {job: list(of_job.values()) for job, of_job in found.items()}


def _segments(passage: Row[Any], asked: str) -> list[SearchMatch]:
    marked = highlights.marks(passage.body, passage.marked, asked)
    texts = passage.body.split("\n")
    return [
        SearchMatch(
            segment=passage.first + n,
            start=passage.lines[n][0],
            end=passage.lines[n][1],
            speaker=passage.lines[n][2],
            text=texts[n],
            highlight=highlights.as_html(texts[n], marked[n]),
        )
        for n in highlights.shown(marked, passage.alone, passage.paired)
    ]


async def _earlier(session: Session, principal: Principal, page: Sequence[Row[Any]]) -> dict[UUID, JobRunRow]:
    """How the runs had ended whose words were found, where they are not the jobs' current ones."""
    words = select(col(PassageRow.job)).where(
        col(PassageRow.job) == JobRunRow.job, col(PassageRow.run) == JobRunRow.run
    )
    found = select(JobRunRow).where(
        col(JobRunRow.tenant) == principal.tenant,
        col(JobRunRow.job).in_([row.JobRow.id for row in page]),
        words.exists(),
    )
    return {kept.job: kept for kept in (await session.run(found)).scalars()}


def _hit(row: Row[Any], earlier: JobRunRow | None, matches: Sequence[SearchMatch], most: int) -> SearchHit:
    job: JobRow = row.JobRow if earlier is None else as_it_stood(row.JobRow, earlier)
    return SearchHit(
        job=job.id,
        run=job.run,
        filename=job.filename,
        created_at=job.created_at,
        duration=length(job),
        language=text_language(job),
        tags=job.tags,
        metadata=job.client_metadata,
        owner=job.owner,
        matches=list(matches[:most]),
        more=len(matches) > most or row.passages > most,
    )

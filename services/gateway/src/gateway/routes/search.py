"""Finding recordings by what was said in them."""

from typing import Annotated

from fastapi import APIRouter, Query

from gateway import search
from gateway.context import ALWAYS, Context, Reader
from gateway.problems import documented
from gateway.search_query import SearchQuery
from scribeline.contracts.api.search import SearchResult
from scribeline.contracts.codes import Code

router = APIRouter(prefix="/v1/search", tags=["results"])


@router.get(
    "",
    response_model=SearchResult,
    operation_id="searchTranscripts",
    summary="Find what was said",
    responses=documented(Code.INVALID_PARAMETER, Code.TOO_MANY_SEARCHES, Code.SEARCH_TIMEOUT, *ALWAYS),
)
async def search_transcripts(
    context: Context, principal: Reader, query: Annotated[SearchQuery, Query()]
) -> SearchResult:
    """Jobs whose complete transcript has the words, in the forms of its language: `house` finds *houses*.

    They are looked for in stretches of about a minute, so what is found was said close together; a phrase may
    begin in one segment and end in the next.
    """
    async with context.searches.taken(principal.tenant):
        return await search.search(context.database, principal, query)

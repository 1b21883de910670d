"""Recordings found by what was said in them, on the real database."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from gateway import search
from result_writer.handler import Rules, store_results
from result_writer.retention import Retention
from scribeline.contracts.envelope import Envelope
from scribeline.contracts.transcription import Language, ShortTranscribed
from scribeline.contracts.unit import Stage
from tests.support import births
from tests.support.api import KEY, Api
from tests.support.roles import as_writer
from tests.support.waiting import eventually

AT_ONCE, OF_ONE = 4, 2
"""With ten connections to the database."""


async def write(api: Api, *batch: Envelope) -> None:
    await store_results(batch, database=as_writer(api.database), rules=Rules(), committed=lambda: None)


def heard(job: str, *texts: str, language: str = "en") -> Envelope:
    """A whole transcript in that language."""
    data: Any = births.short(UUID(job), *texts).data
    assert isinstance(data, ShortTranscribed)
    told = data.transcribed.model_copy(update={"language": Language(code=language, probability=0.9)})
    return births.message(data.model_copy(update={"transcribed": told}))


async def said(api: Api, *texts: str, language: str = "en", key: str = KEY, **fields: str) -> str:
    """A job with that transcript; its id."""
    id_: str = (await api.send(b"abc", key=key, analyze="false", **fields)).json()["id"]
    await write(api, heard(id_, *texts, language=language))
    return id_


async def found(api: Api, q: str, key: str = KEY, **query: Any) -> dict[str, Any]:
    async with api.client(key) as client:
        answer = await client.get("/v1/search", params={"q": q, **query})
    assert answer.status_code == 200, answer.text
    result: dict[str, Any] = answer.json()
    return result


async def jobs(api: Api, q: str, key: str = KEY, **query: Any) -> list[str]:
    return [hit["job"] for hit in (await found(api, q, key, **query))["hits"]]


async def highlights(api: Api, q: str) -> list[str]:
    hits = (await found(api, q, matches=20))["hits"]
    return [match["highlight"] for hit in hits for match in hit["matches"]]


async def test_a_hit_tells_the_segment_as_the_transcript_counts_it(api: Api) -> None:
    texts = [f"Sentence {n}." for n in range(30)]
    texts[17] = "We bought three houses."
    id_ = await said(api, *texts, tags="north", metadata='{"call": 7}')
    [hit] = (await found(api, "house"))["hits"]
    assert (hit["job"], hit["tags"], hit["metadata"], hit["language"]) == (id_, ["north"], {"call": 7}, "en")
    assert hit["filename"] == "a.wav"
    [match] = hit["matches"]
    assert match["highlight"] == "We bought three <mark>houses</mark>."
    async with api.client() as client:
        segment = (await client.get(f"/v1/jobs/{id_}/transcript")).json()["segments"][match["segment"]]
    same = ("start", "end", "text", "speaker")
    assert {name: match[name] for name in same} == {name: segment[name] for name in same}
    assert match["text"] == "We bought three houses."


@pytest.mark.parametrize(
    ("language", "text", "asked", "marked"),
    [
        ("en", "They were running late.", "run", "They were <mark>running</mark> late."),
        ("de", "Ihre Häuser sind alt.", "haus", "Ihre <mark>Häuser</mark> sind alt."),
        ("de", "Übungen machen den Meister.", "übung", "<mark>Übungen</mark> machen den Meister."),
        ("de", "An der Straße.", "STRASSE", "An der <mark>Straße</mark>."),
        ("fr", "Nous avons mangé.", "mangerons", "Nous avons <mark>mangé</mark>."),
        ("ru", "Москва и дома.", "москве", "<mark>Москва</mark> и дома."),
        ("ko", "서울 사람", "서울", "<mark>서울</mark> 사람"),
        ("ja", "昨日東京に行きました。", "東京", "昨日<mark>東京</mark>に行きました。"),
        ("zh", "我们去北京吃饭", "北京 吃饭", "我们去<mark>北京吃饭</mark>"),
        ("th", "ฉันกินข้าว", "กินข้าว", "ฉัน<mark>กินข้าว</mark>"),
        ("en", "Input/output and AT&T", "output", "Input/<mark>output</mark> and AT&amp;T"),
        ("en", "Cafe\u0301 au lait", "caf\u00e9", "<mark>Caf\u00e9</mark> au lait"),
        ("en", "İstanbul is big", "big", "İstanbul is <mark>big</mark>"),
    ],
)
async def test_words_are_found_in_the_forms_of_their_language(
    api: Api, language: str, text: str, asked: str, marked: str
) -> None:
    await said(api, text, language=language)
    assert await highlights(api, asked) == [marked]


async def test_each_transcript_is_read_in_its_own_language(api: Api) -> None:
    english = await said(api, "The die was cast, and houses fell.")
    german = await said(api, "Die Häuser, und die Wände.", language="de")
    assert await jobs(api, "die") == [english], "a stop word in German"
    assert set(await jobs(api, "haus or house")) == {english, german}


async def test_the_text_of_a_translation_is_english(api: Api) -> None:
    id_: str = (await api.send(b"abc", analyze="false", task="translate")).json()["id"]
    await write(api, heard(id_, "Two houses.", language="de"))
    assert (await found(api, "house"))["hits"][0]["language"] == "en"


async def test_characters_without_spaces_are_found_only_in_a_row(api: Api) -> None:
    await said(api, "京都は東にある", language="ja")
    assert await jobs(api, "東京") == []
    assert await jobs(api, "京都") != []
    assert await jobs(api, "-京都 東") == []


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("budget", "plan talk"),
        ("budget meeting", "plan"),
        ('"budget meeting"', ""),
        ('"meeting about the budget"', "plan"),
        ("budget -meeting", "talk"),
        ("meeting or lunch", "plan talk"),
        ('"lunch break" or nothing', "talk"),
        ("breakfast", ""),
        ("BUDGETS", "plan talk"),
    ],
)
async def test_words_phrases_alternatives_and_exclusions(api: Api, asked: str, expected: str) -> None:
    ids = {
        "plan": await said(api, "A meeting about the budget."),
        "talk": await said(api, "After the lunch break", "we spoke of the budget"),
    }
    assert set(await jobs(api, asked)) == {ids[name] for name in expected.split()}


async def test_a_phrase_may_begin_in_one_segment_and_end_in_the_next(api: Api) -> None:
    texts = [f"Word {n}" for n in range(40)]
    texts[11:13] = ["we are in New", "York today"]
    texts[5] = "a new one"
    await said(api, *texts)
    assert await highlights(api, '"new york"') == ["we are in <mark>New</mark>", "<mark>York</mark> today"]


async def test_words_far_apart_are_not_said_together(api: Api) -> None:
    await said(api, "apples", *["nothing"] * 40, "pears")
    assert await jobs(api, "apples pears") == []
    assert len(await jobs(api, "apples or pears")) == 1


async def test_what_was_said_is_text_and_never_markup(api: Api) -> None:
    await said(api, '<script>alert("now")</script> & <b onclick=x>bold</b> <mark>')
    for asked in ("alert", "script", "bold", "mark", "onclick"):
        [shown] = await highlights(api, asked)
        assert shown.replace("<mark>", "").replace("</mark>", "") == (
            "&lt;script&gt;alert(&quot;now&quot;)&lt;/script&gt; &amp; &lt;b onclick=x&gt;bold&lt;/b&gt;"
            " &lt;mark&gt;"
        )
        assert "<mark>" in shown


async def test_control_characters_in_a_transcript_make_no_marks(api: Api) -> None:
    await said(api, "a \x01secret\x02 line\nand\x1fword")
    assert await highlights(api, "word") == ["a  secret  line and <mark>word</mark>"]


async def test_others_find_nothing_of_it(api: Api) -> None:
    await api.add_key("sl_ann", owner="ann")
    await api.add_key("sl_bob", owner="bob")
    await api.add_key("sl_other", tenant="other")
    await api.add_key("sl_writer", scopes=["jobs:write"])
    ann = await said(api, "the secret word", key="sl_ann")
    theirs = await said(api, "the secret word", key="sl_other")
    assert await jobs(api, "secret", "sl_ann") == await jobs(api, "secret") == [ann]
    assert await jobs(api, "secret", "sl_bob") == await jobs(api, "secret", "sl_bob", owner="ann") == []
    assert await jobs(api, "secret", "sl_other") == [theirs]
    assert await jobs(api, '"=acme/english" or "acme/english" or secret', "sl_other") == [theirs]
    async with api.client("sl_writer") as client:
        assert (await client.get("/v1/search", params={"q": "secret"})).status_code == 403


async def test_a_deleted_job_is_not_found_and_then_nothing_is_left_of_it(api: Api) -> None:
    id_ = await said(api, "the secret word")
    async with api.client() as client:
        await client.delete(f"/v1/jobs/{id_}")
    assert await jobs(api, "secret") == []
    await Retention(as_writer(api.database), api.store, lambda: None).remove_deleted()
    assert await api.count("passage") == 0


async def test_a_job_is_found_by_its_newest_complete_transcript(api: Api) -> None:
    id_: str = (await api.send(b"abc", analyze="false")).json()["id"]
    job = UUID(id_)
    await write(api, births.handed_back(job))
    await write(api, births.planned(job, 2))
    await write(api, births.chunk(job, 0, "one apple"))
    assert await jobs(api, "apple") == []
    await write(api, births.failed(job, Stage.CHUNK, 1))
    assert await jobs(api, "apple") == [id_], "complete, with a gap"
    await write(api, births.retry(job))
    [hit] = (await found(api, "apple"))["hits"]
    assert (hit["run"], hit["duration"]) == (1, 60.0), "being transcribed again"
    await write(api, births.in_run(2, births.chunk(job, 1, "two pears")))
    [hit] = (await found(api, "apple pears"))["hits"]
    assert (hit["job"], hit["run"]) == (id_, 2)
    assert await api.count("passage") == 1


async def test_what_was_said_is_found_where_hearing_it_again_came_to_nothing(api: Api) -> None:
    id_ = await said(api, "ein Apfel", language="de")
    async with api.client() as client:
        again = await client.post(f"/v1/jobs/{id_}/rerun", json={"language": "en"})
        assert again.status_code == 202, again.text
        await write(api, births.in_run(2, births.failed(UUID(id_), Stage.SHORT)))
        [hit] = (await found(api, "Äpfel"))["hits"]
        assert (hit["job"], hit["run"], hit["language"], hit["duration"]) == (id_, 1, "de", 3.0)
        transcript = (await client.get(f"/v1/jobs/{id_}/transcript", params={"run": hit["run"]})).json()
    assert transcript["segments"][hit["matches"][0]["segment"]]["text"] == "ein Apfel"


async def test_a_hit_in_a_recording_that_continues_another_is_as_long_as_its_transcript(api: Api) -> None:
    first = await said(api, "one apple")
    second = await said(api, "two pears", continues=first)
    [hit] = (await found(api, "pears"))["hits"]
    assert (hit["job"], hit["duration"], hit["matches"][0]["start"]) == (second, 6.0, 3.0)


async def test_an_analysis_that_is_tried_again_leaves_the_words_where_they_are(api: Api) -> None:
    id_: str = (await api.send(b"abc")).json()["id"]
    await write(api, births.short(UUID(id_), "one apple"))
    assert await jobs(api, "apple") == [id_], "before its analysis"
    await write(api, births.failed(UUID(id_), Stage.ANALYZE))
    await write(api, births.retry(UUID(id_)))
    assert await jobs(api, "apple") == [id_]


async def test_a_filter_narrows_what_is_found(api: Api) -> None:
    north = await said(api, "one apple", tags="north", metadata='{"call": 7}')
    south = await said(api, "one apple", tags="south")
    assert await jobs(api, "apple", tag="north") == [north]
    assert await jobs(api, "apple", metadata='{"call": 7}', status="completed") == [north]
    assert await jobs(api, "apple", created_before="2020-01-01T00:00:00Z") == []
    assert await jobs(api, "apple", order="newest") == [south, north]


@pytest.mark.parametrize("order", ["relevance", "newest"])
async def test_pages_follow_each_other_also_while_jobs_are_added(api: Api, order: str) -> None:
    made = [await said(api, " ".join(["apple"] * (1 + n % 3))) for n in range(6)]
    whole = await jobs(api, "apple", order=order)
    assert set(whole) == set(made)
    read: list[str] = []
    cursor: dict[str, str] = {}
    for n in range(9):
        page = await found(api, "apple", order=order, limit=2, **cursor)
        read += [hit["job"] for hit in page["hits"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
        if n == 0:
            made.append(await said(api, "apple apple apple apple"))
    assert read == whole


async def test_the_best_places_come_first(api: Api) -> None:
    much = await said(api, "apple apple apple apple")
    little = await said(api, "one apple")
    assert await jobs(api, "apple") == [much, little]


async def test_there_is_a_bound_on_matches_and_more_is_told(api: Api) -> None:
    await said(api, *["one apple"] * 30)
    [hit] = (await found(api, "apple", matches=2))["hits"]
    assert [match["segment"] for match in hit["matches"]] == [0, 1]
    assert hit["more"] is True
    [hit] = (await found(api, "apple", matches=20))["hits"]
    assert [match["segment"] for match in hit["matches"]] == list(range(20))


@pytest.mark.parametrize("asked", ["the", "and the of", "-apple", "...", "   ", '""', "the -apple"])
async def test_where_there_is_no_word_to_look_for_it_is_said(api: Api, asked: str) -> None:
    await said(api, "the apple and more")
    answer = await found(api, asked)
    assert (answer["hits"], answer["next"]) == ([], None)
    assert "no word to look for" in answer["hint"]


async def test_nothing_found_is_no_hint(api: Api) -> None:
    assert await found(api, "apple") == {"hits": [], "next": None, "complete": True, "hint": None}
    await said(api, "one apple")
    assert (await found(api, "pear"))["hint"] is None


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({}, "q"),
        ({"q": ""}, "q"),
        ({"q": "a\0b"}, "q"),
        ({"q": "x" * 201}, "q"),
        ({"q": "or " * 10_000}, "q"),
        ({"q": "x", "limit": 51}, "limit"),
        ({"q": "x", "matches": 0}, "matches"),
        ({"q": "x", "order": "oldest"}, "order"),
        ({"q": "x", "cursor": "x"}, "cursor"),
        ({"q": "x", "cursor": "1e999_01a20010-c67c-76f0-849a-9c2f68f20927"}, "cursor"),
        ({"q": "x", "cursor": "01a20010-c67c-76f0-849a-9c2f68f20927"}, "cursor"),
        ({"q": "x", "order": "newest", "cursor": "0.5_01a20010-c67c-76f0-849a-9c2f68f20927"}, "cursor"),
        ({"q": "x", "cursor": "1.2.3_01a20010-c67c-76f0-849a-9c2f68f20927"}, "cursor"),
        ({"q": "x", "cursor": "1e-_01a20010-c67c-76f0-849a-9c2f68f20927"}, "cursor"),
        ({"q": "x", "tag": ""}, "tag.0"),
        ({"q": "x", "colour": "red"}, "colour"),
    ],
)
async def test_a_search_that_means_nothing_is_told_so(api: Api, query: dict[str, Any], field: str) -> None:
    async with api.client() as client:
        answer = await client.get("/v1/search", params=query)
    [error] = answer.json()["errors"]
    assert (answer.status_code, error["field"]) == (422, field)
    assert "convert" not in error["message"], "a library's words"


async def test_half_a_surrogate_pair_is_refused(api: Api) -> None:
    async with api.client() as client:
        answer = await client.get("/v1/search?q=%ED%A0%80")
    assert answer.status_code in (200, 422)


OPERATORS = st.lists(
    st.sampled_from(
        ['"', "-", "or", "OR", "and", "(", ")", "&", "|", "!", "<->", ":*", "'", "\\", "apple", "東"]
    ),
    max_size=60,
).map(" ".join)

DASHES = st.tuples(
    st.sampled_from(["", "apple ", '"one apple"']),
    st.sampled_from(["-", "- ", "-(", "-!", "-</", "-\u3000", "- &|", '-"" ', '-"']),
    st.sampled_from([1, 2, 33, 66, 180]),
    st.sampled_from(["", "pear", " apple", '"']),
).map(lambda parts: f"{parts[0]}{parts[1] * parts[2]}{parts[3]}"[:200])
"""Each leaves out what follows it, which may be left out itself: so they are nested."""


@pytest.mark.parametrize(
    "dashes", ["-" * 199, "- " * 99, "-!" * 90, "-(" * 90, "-|&)" * 40, "-/" * 90, "-<" * 90, "-\n" * 90]
)
async def test_any_number_of_dashes_leaves_out_what_follows(api: Api, dashes: str) -> None:
    with_, without = await said(api, "one apple and a pear"), await said(api, "one apple")
    assert await jobs(api, f"apple {dashes}"[:150] + "pear") == [without]
    assert "no word to look for" in (await found(api, dashes[:200]))["hint"]
    assert set(await jobs(api, '"one -- apple" or pear')) == {with_, without}


async def test_what_the_database_cannot_read_as_a_search_is_the_words_fault(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    await said(api, "one apple")
    monkeypatch.setattr("gateway.highlights.phrased", str)
    async with api.client() as client:
        answer = await client.get("/v1/search", params={"q": "-" * 64})
    assert answer.status_code == 422, answer.text
    assert [error["field"] for error in answer.json()["errors"]] == ["q"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(
    st.one_of(
        st.text(min_size=1, max_size=200),
        OPERATORS,
        OPERATORS.map(lambda q: q.replace(" ", "")),
        DASHES,
    )
)
async def test_whatever_is_asked_is_answered_or_refused(api: Api, asked: str) -> None:
    if await api.count("job") == 0:
        await said(api, "one apple", "東京 & ' \\ more")
    async with api.client() as client:
        answer = await client.get("/v1/search", params={"q": asked.encode(errors="surrogatepass")})
    assert answer.status_code in (200, 422), answer.text


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None)
@given(st.text(max_size=80), st.sampled_from(["en", "de", "ja", "tr", "xx"]))
async def test_whatever_was_said_is_stored_found_and_shown_as_it_is(
    api: Api, text: str, language: str
) -> None:
    id_ = await said(api, f"{text} marvellous", language=language)
    [hit] = (await found(api, "marvellous", limit=1, order="newest"))["hits"]
    [match] = hit["matches"]
    assert hit["job"] == id_
    assert match["highlight"].endswith("<mark>marvellous</mark>")


SLOW = text("""
    SELECT true FROM (
        SELECT CASE WHEN CAST(:asked AS text) = 'slow' THEN CAST(pg_advisory_xact_lock_shared(77) AS text) END
    ) AS waited
""")
"""Waits for whoever holds lock 77."""


async def test_searches_leave_the_database_to_others(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "_USABLE", SLOW)
    monkeypatch.setattr(search, "SECONDS", 60)
    await api.add_key("sl_other", tenant="other")
    async with api.client() as client:
        other = {"Authorization": "Bearer sl_other"}
        async with api.database.transaction() as session:
            await session.run(text("SELECT pg_advisory_xact_lock(77)"))
            slow = [asyncio.create_task(client.get("/v1/search", params={"q": "slow"})) for _ in range(30)]
            refused = [await done for _, done in zip(range(20), asyncio.as_completed(slow), strict=False)]
            listed = await client.get("/v1/jobs")
            theirs = await client.get("/v1/search", params={"q": "apple"}, headers=other)
        answers = await asyncio.gather(*slow)
        after = await client.get("/v1/search", params={"q": "apple"})
    assert {(answer.status_code, answer.json()["code"]) for answer in refused} == {(429, "too_many_searches")}
    assert all(int(answer.headers["retry-after"]) > 0 for answer in refused)
    assert (listed.status_code, theirs.status_code, after.status_code) == (200, 200, 200)
    assert sorted(answer.status_code for answer in answers) == [200] * OF_ONE + [429] * (30 - OF_ONE)


async def test_searches_of_many_tenants_do_not_take_all_of_it_either(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "_USABLE", SLOW)
    monkeypatch.setattr(search, "SECONDS", 60)
    keys = [f"sl_of_{n}" for n in range(AT_ONCE + 1)]
    for n, key in enumerate(keys):
        await api.add_key(key, tenant=f"tenant-{n}")
    async with api.client() as client:
        asked: list[dict[str, Any]] = [{"headers": {"Authorization": f"Bearer {key}"}} for key in keys]
        async with api.database.transaction() as session:
            await session.run(text("SELECT pg_advisory_xact_lock(77)"))
            slow = [
                asyncio.create_task(client.get("/v1/search", params={"q": "slow"}, **one)) for one in asked
            ]
            [refused] = [await done for _, done in zip(range(1), asyncio.as_completed(slow), strict=False)]
        answers = await asyncio.gather(*slow)
    assert refused.json()["code"] == "too_many_searches"
    assert sorted(answer.status_code for answer in answers) == [200] * AT_ONCE + [429]


async def test_a_few_searches_at_once_are_all_answered(api: Api) -> None:
    await said(api, "one apple")
    async with api.client() as client:
        many = await asyncio.gather(
            *(client.get("/v1/search", params={"q": "apple"}) for _ in range(5 * AT_ONCE))
        )
    assert {answer.status_code for answer in many} == {200}


async def test_a_search_that_takes_too_long_is_given_up(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "_USABLE", text("SELECT true FROM pg_sleep(5) WHERE :asked <> ''"))
    monkeypatch.setattr(search, "SECONDS", 0.1)
    async with api.client() as client:
        answer = await client.get("/v1/search", params={"q": "apple"})
        assert (answer.status_code, answer.json()["code"]) == (503, "search_timeout")
    async with api.database.transaction() as session:
        assert (await session.run(text("SHOW statement_timeout"))).scalar_one() == "0"


MANY = text("""
    INSERT INTO passage (job, first, tenant, owner, run, config, lines, body, words)
    SELECT :job, n * 12, CAST(:tenant AS text), NULL, 1, 'english', '[[0, 1, null]]', 'word' || n,
           to_tsvector('english', CAST(:tenant AS text) || 'said word' || n || ' ' || md5(n::text))
           || array_to_tsvector(ARRAY['=' || CAST(:tenant AS text) || '/english'])
    FROM generate_series(1, 4000) n
""")
SCANS = text(
    "SELECT idx_scan, idx_tup_read FROM pg_stat_user_indexes WHERE indexrelname = 'passage_by_words'"
)


async def scanned(api: Api) -> tuple[int, int]:
    async with api.database.transaction() as session:
        await session.run(text("SELECT pg_stat_clear_snapshot()"))
        row = (await session.run(SCANS)).one()
        return row.idx_scan, row.idx_tup_read


async def test_among_fifty_thousand_segments_the_index_finds_the_words(api: Api) -> None:
    await api.add_key("sl_other", tenant="other")
    for key, tenant in ((KEY, "acme"), ("sl_other", "other")):
        id_ = await said(api, "one apple", key=key)
        async with api.database.transaction() as session:
            await session.run(MANY, {"job": UUID(id_), "tenant": tenant})
    async with api.database.transaction() as session:
        await session.run(text("SELECT gin_clean_pending_list('passage_by_words')"))  # as autovacuum does
        await session.run(text("ANALYZE passage"))
    before = await scanned(api)
    assert await jobs(api, "othersaid") == [], "the others say it all the time"
    [hit] = (await found(api, "word77"))["hits"]
    assert [match["segment"] for match in hit["matches"]] == [77 * 12]

    async def told() -> bool:
        scans, entries = await scanned(api)
        return scans > before[0] and entries - before[1] < 100

    await eventually(told)

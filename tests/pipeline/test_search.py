"""What was heard is found, in the segment that the transcript has."""

from tests.support.audio import jfk, joined, silence, wav_file
from tests.support.pipeline import Pipeline


async def test_a_recording_is_found_by_its_words_and_where_they_were_said(system: Pipeline) -> None:
    sound = joined(jfk(), silence(2.0), jfk())
    id_ = await system.submit(wav_file(sound), analyze="false", tags="speech")
    await system.ended(id_)
    segments = (await system.transcript(id_)).json()["segments"]
    answer = await system.client.get("/v1/search", params={"q": '"fellow american"', "tag": "speech"})
    [hit] = answer.json()["hits"]
    assert hit["job"] == id_
    assert hit["matches"]
    for match in hit["matches"]:
        segment = segments[match["segment"]]
        assert (match["start"], match["text"].strip()) == (segment["start"], segment["text"].strip())
        assert "<mark>" in match["highlight"]
    nothing = await system.client.get("/v1/search", params={"q": "fellow -country"})
    assert nothing.json()["hits"] == []

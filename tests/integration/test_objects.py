"""The real object store and the one of the tests keep the same promises."""

import io
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from scribeline.contracts.codes import Code
from scribeline.contracts.failures import DependencyDown, Fail
from scribeline.settings import StoreSettings
from scribeline.storage import s3_listing
from scribeline.storage.objects import ObjectStore, Unfinished
from scribeline.storage.s3 import S3Store
from tests.support.stores import MemoryStore
from tests.support.waiting import eventually

MIB = 2**20
BLOB = bytes(range(256)) * (MIB // 256) * 19 + b"end"
"""More than two parts."""


@pytest.fixture(params=["memory", "s3"])
def any_store(request: pytest.FixtureRequest) -> ObjectStore:
    if request.param == "memory":
        return MemoryStore()
    found: S3Store = request.getfixturevalue("store")
    return found


@pytest.fixture
def key() -> str:
    return f"tests/{uuid4()}/source"


async def test_a_range_is_read_as_a_slice_is(any_store: ObjectStore, key: str) -> None:
    await any_store.put(key, b"0123456789")
    assert await any_store.read(key) == b"0123456789"
    assert await any_store.read(key, 3) == b"3456789"
    assert await any_store.read(key, 3, 4) == b"3456"
    assert await any_store.read(key, 8, 9) == b"89"
    assert await any_store.read(key, 10, 1) == await any_store.read(key, 99) == b""
    assert await any_store.read(key, 2, 0) == b""
    with pytest.raises(ValueError, match="range"):
        await any_store.read(key, -1)


async def test_an_object_that_is_not_there(any_store: ObjectStore, key: str) -> None:
    assert await any_store.stat(key) is None
    reads: list[Callable[[], Awaitable[object]]] = [
        lambda: any_store.read(key),
        lambda: any_store.read(key, 1, 1),
        lambda: any_store.download(key, io.BytesIO()),
    ]
    for read in reads:
        with pytest.raises(Fail) as failed:
            await read()
        assert failed.value.code is Code.AUDIO_MISSING
    await any_store.remove([key])


async def test_an_empty_object_is_there(any_store: ObjectStore, key: str) -> None:
    await any_store.put(key, b"")
    info = await any_store.stat(key)
    assert info is not None
    assert (info.key, info.bytes, await any_store.read(key)) == (key, 0, b"")


async def test_a_large_file_comes_back_as_it_went(any_store: ObjectStore, key: str) -> None:
    source = io.BytesIO(BLOB)
    source.seek(5)
    await any_store.put_file(key, source, len(BLOB), "audio/wav")
    copy = io.BytesIO()
    assert await any_store.download(key, copy) == len(BLOB)
    assert copy.getvalue() == BLOB
    assert await any_store.read(key, 8 * MIB - 2, 4) == BLOB[8 * MIB - 2 : 8 * MIB + 2]


async def test_a_file_of_another_size_than_announced_is_not_stored(any_store: ObjectStore, key: str) -> None:
    with pytest.raises(ValueError, match="bytes, not"):
        await any_store.put_file(key, io.BytesIO(BLOB), len(BLOB) + 1, "audio/wav")
    assert await any_store.stat(key) is None


@pytest.mark.parametrize("size", [0, 3, len(BLOB)])
async def test_a_streamed_upload_is_there_once_it_is_complete(
    any_store: ObjectStore, key: str, size: int
) -> None:
    upload = await any_store.upload(key, "audio/wav")
    for start in range(0, size, MIB):
        await upload.write(BLOB[start : min(start + MIB, size)])
    assert await any_store.stat(key) is None
    info = await upload.complete()
    await upload.abort()
    assert info.bytes == size
    assert await any_store.read(key) == BLOB[:size]


@pytest.mark.parametrize("size", [0, 3, len(BLOB)])
async def test_an_aborted_upload_leaves_nothing(any_store: ObjectStore, key: str, size: int) -> None:
    upload = await any_store.upload(key, "audio/wav")
    await upload.write(BLOB[:size])
    await upload.abort()
    await upload.abort()
    assert await any_store.stat(key) is None


async def test_many_objects_are_removed_at_once(any_store: ObjectStore, key: str) -> None:
    names = [f"{key}/{number}" for number in range(3)]
    for name in names:
        await any_store.put(name, b"x")
    await any_store.remove([*names, f"{key}/never"])
    await any_store.remove([])
    assert [await any_store.stat(name) for name in names] == [None] * 3


async def listed(pages: AsyncIterator[Sequence[str]]) -> list[str]:
    return [name async for page in pages for name in page]


async def test_a_folder_lists_what_lies_directly_in_it(any_store: ObjectStore, key: str) -> None:
    for name in ("one", "two", "folder/three", "folder/four"):
        await any_store.put(f"{key}/{name}", b"x")
    assert sorted(await listed(any_store.names(f"{key}/"))) == [f"{key}/folder/", f"{key}/one", f"{key}/two"]
    assert await listed(any_store.names(f"{key}/none/")) == []


async def test_everything_below_a_folder_is_listed_with_its_age(any_store: ObjectStore, key: str) -> None:
    before = datetime.now(UTC) - timedelta(seconds=2)
    for name in ("one", "folder/two"):
        await any_store.put(f"{key}/{name}", b"x")
    found = [stored async for page in any_store.objects_below(f"{key}/") for stored in page]
    assert sorted(stored.key for stored in found) == [f"{key}/folder/two", f"{key}/one"]
    assert all(before < stored.modified < datetime.now(UTC) + timedelta(seconds=2) for stored in found)


async def test_a_folder_of_any_size_is_listed_page_by_page(
    store: S3Store, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3_listing, "PAGE", 2)
    names = [f"{key}/{number}/x" for number in range(5)]
    for name in names:
        await store.put(name, b"x")
    pages = [page async for page in store.names(f"{key}/")]
    assert [len(page) for page in pages] == [2, 2, 1]
    assert [name for page in pages for name in page] == [name[:-1] for name in names]


async def test_an_empty_folder_can_be_removed_and_only_an_empty_one(any_store: ObjectStore, key: str) -> None:
    folder, name = f"{key}/", f"{key}/one"
    await any_store.put(name, b"x")
    await any_store.remove_folder(folder)
    assert await listed(any_store.names(folder)) == [name]
    await any_store.remove([name])
    for _ in range(2):
        await any_store.remove_folder(folder)
    assert folder not in await listed(any_store.names(key.removesuffix("source")))


async def test_an_upload_is_in_the_list_of_unfinished_ones_until_it_ends(
    any_store: ObjectStore, key: str
) -> None:
    upload = await any_store.upload(key, "audio/wav")
    await upload.write(BLOB)

    async def unfinished() -> list[Unfinished]:
        return [one async for page in any_store.unfinished() for one in page if one.key == key]

    [found] = await eventually(unfinished)
    assert abs(found.begun - datetime.now(UTC)) < timedelta(minutes=1)
    await upload.abort()
    assert await unfinished() == []
    await any_store.abort(found)


async def test_an_upload_that_another_aborted_cannot_be_completed(any_store: ObjectStore, key: str) -> None:
    upload = await any_store.upload(key, "audio/wav")
    await upload.write(BLOB + BLOB)  # so much that its first parts have arrived
    [found] = [one async for page in any_store.unfinished() for one in page if one.key == key]
    await any_store.abort(found)
    with pytest.raises(DependencyDown):
        await upload.complete()
    await upload.abort()
    assert await any_store.stat(key) is None


async def test_many_unfinished_uploads_are_listed_page_by_page(
    store: S3Store, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploads = [await store.upload(f"{key}/{number}/ü &+%", "audio/wav") for number in range(3)]
    for upload in uploads:
        await upload.write(BLOB)
    monkeypatch.setattr(s3_listing, "PAGE", 2)
    found = [one.key async for page in store.unfinished() for one in page if one.key.startswith(key)]
    assert found == [f"{key}/{number}/ü &+%" for number in range(3)]
    for upload in uploads:
        await upload.abort()


async def test_a_file_cut_into_larger_parts_comes_back_as_it_went(store: S3Store, key: str) -> None:
    small = S3Store(store.settings, part_bytes=5 * MIB)
    await small.put_file(key, io.BytesIO(BLOB), len(BLOB), "audio/wav")
    assert await store.read(key, len(BLOB) - 3) == b"end"
    small.close()


async def test_a_store_that_does_not_answer_is_down(key: str) -> None:
    away = S3Store(StoreSettings(s3_endpoint="http://127.0.0.1:9"))
    calls: list[Callable[[], Awaitable[object]]] = [
        away.ping,
        lambda: away.stat(key),
        lambda: away.put(key, b"x"),
        lambda: away.remove([key]),
    ]
    for call in calls:
        with pytest.raises(DependencyDown, match="store"):
            await call()
    upload = await away.upload(key, "audio/wav")
    with pytest.raises(DependencyDown, match="store"):
        await upload.write(BLOB)
    await upload.abort()
    away.close()


async def test_wrong_credentials_and_a_missing_bucket_are_found_by_the_ping(store: S3Store) -> None:
    await store.ping()
    for wrong in ({"s3_bucket": "no-such-bucket"}, {"s3_secret_key": "wrong-secret"}):
        other = S3Store(StoreSettings.model_validate({**store.settings.model_dump(), **wrong}))
        with pytest.raises(DependencyDown, match="store"):
            await other.ping()
        other.close()


async def test_a_bucket_is_made_once(store: S3Store) -> None:
    other = S3Store(store.settings.model_copy(update={"s3_bucket": f"b{uuid4().hex[:20]}"}))
    await other.ensure_bucket()
    await other.ensure_bucket()
    await other.ping()
    other.close()

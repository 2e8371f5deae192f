"""Photos and videos beside an exercise: the curators' page, what readers see, and who gets which file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from django.urls import reverse

from accounts.models import User
from tests.conftest import Cast
from tests.factories import NOW, edit_exercise, make_exercise, make_muscle, make_user
from tests.object_store import Store, object_store
from tests.warmups.films import mp4
from tests.warmups.test_media_files import picture
from warmups.domain.exercise_media import move_media, place_media
from warmups.domain.exercises import Outdated, publish_exercise, retire_exercise, submit_for_review
from warmups.domain.media import add_media
from warmups.models import Exercise, ExerciseMuscle, MediaFile

BrowserOf = Callable[[User | None], Client]
ALT = "Knees apart, hips level"


@pytest.fixture(autouse=True)
def _storage(tmp_path: Any) -> Iterator[None]:
    with override_settings(MEDIA_ROOT=tmp_path / "media"):
        yield


@pytest.fixture
def draft(cast: Cast) -> Exercise:
    """A draft without photos."""
    return make_exercise("clamshell", status="draft", author=cast.curator)


def upload(data: bytes | None = None, name: str = "photo.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, picture() if data is None else data, "image/jpeg")


def added(exercise: Exercise, cast: Cast, data: bytes | None = None, alt: str = ALT) -> MediaFile:
    """A photo or video that the latest version of an exercise shows."""
    file = add_media(file=upload(data), actor=cast.curator, now=NOW)
    place_media(exercise=fresh(exercise), file=file, alt=alt, caption="", actor=cast.curator, now=NOW)
    return file


def ready(cast: Cast, slug: str = "") -> Exercise:
    """A published exercise with all that publishing needs, by another one than the curator."""
    exercise = make_exercise(slug, author=cast.superuser)
    ExerciseMuscle.objects.create(exercise=exercise, muscle=make_muscle(), role="primary")
    return edit_exercise(exercise)


def status_of(response: Any) -> int:
    """Its status, with its file read to its end, and so closed."""
    bytes_of(response)
    return int(response.status_code)


def fresh(exercise: Exercise) -> Exercise:
    return Exercise.objects.select_related("latest").get(pk=exercise.pk)


def shown(exercise: Exercise) -> list[tuple[str, str, str]]:
    """What the latest version shows: file, alternative text, caption."""
    latest = fresh(exercise).latest
    assert latest is not None
    return [(one["file"], one["alt"], one["caption"]) for one in latest.document["media"]]


def published(exercise: Exercise, cast: Cast) -> Exercise:
    """Through review by another one."""
    submit_for_review(exercise=fresh(exercise), actor=cast.curator, now=NOW)
    return publish_exercise(exercise=fresh(exercise), actor=cast.superuser, now=NOW)


def page(exercise: Exercise, what: str = "", *names: str) -> str:
    return reverse(f"admin:warmups_exercise_media{what}", args=[exercise.pk, *names])


def bytes_of(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


# --- The page ---------------------------------------------------------------------------------------------------------


def test_a_curator_adds_a_photo_with_what_is_to_be_seen(cast: Cast, draft: Exercise, browser_of: BrowserOf) -> None:
    curator = browser_of(cast.curator)
    form = curator.get(page(draft)).context["form"]
    sent = {"file": upload(), "alt": f" {ALT} ", "caption": "With a band", "based_on": form["based_on"].value()}
    response = curator.post(page(draft), sent)
    [file] = MediaFile.objects.all()
    assert response.status_code == 302
    assert shown(draft) == [(file.name, ALT, "With a band")]
    latest = fresh(draft).latest
    assert latest is not None and (latest.number, latest.author, latest.reason) == (
        2,
        cast.curator,
        f"Added a photo: {ALT}",
    )
    assert curator.get(page(draft)).content.decode().count(f'alt="{ALT}"') == 1


def test_without_words_the_photo_is_kept_and_not_yet_shown(cast: Cast, draft: Exercise, browser_of: BrowserOf) -> None:
    curator = browser_of(cast.curator)
    response = curator.post(page(draft), {"file": upload(), "alt": " ", "caption": "With a band"})
    assert response.status_code == 422
    form = response.context["form"]
    assert (list(form.errors), form["caption"].value()) == (["alt"], "With a band")
    assert shown(draft) == []
    again = {"kept": form["kept"].value(), "based_on": form["based_on"].value(), "alt": ALT}
    assert curator.post(page(draft), again).status_code == 302
    assert [alt for _file, alt, _caption in shown(draft)] == [ALT]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (None, "Choose a photo"),
        (b"", "empty"),
        (b"<svg><script>alert(1)</script></svg>", "SVG"),
        (b"MZ" + bytes(99), "neither"),
        (b"\x89PNG\r\n\x1a\n", "no picture"),
    ],
    ids=["none", "empty", "svg", "program", "png"],
)
def test_what_is_wrong_with_a_file_stands_beside_it(
    data: bytes | None, words: str, cast: Cast, draft: Exercise, browser_of: BrowserOf
) -> None:
    sent = {"alt": ALT, "caption": "Kept"} | ({} if data is None else {"file": upload(data)})
    response = browser_of(cast.curator).post(page(draft), sent)
    form = response.context["form"]
    assert (response.status_code, list(form.errors), form["alt"].value()) == (422, ["file"], ALT)
    assert words in form.errors["file"][0]


@pytest.mark.parametrize("alt", ["a\x00b", "x" * 201, "\u200b", "<script>alert(1)</script>", "9" * 200])
def test_words_that_no_field_takes_are_told_and_never_run(
    alt: str, cast: Cast, draft: Exercise, browser_of: BrowserOf
) -> None:
    curator = browser_of(cast.curator)
    response = curator.post(page(draft), {"file": upload(), "alt": alt, "based_on": "9" * 30})
    assert response.status_code == 422
    assert "<script>alert" not in response.content.decode()
    response = curator.post(page(draft), {"file": upload(), "alt": alt})
    assert response.status_code in (302, 422)
    assert "<script>alert" not in curator.get(page(draft)).content.decode()


def test_the_same_photo_stands_there_once(cast: Cast, draft: Exercise, browser_of: BrowserOf) -> None:
    added(draft, cast)
    response = browser_of(cast.curator).post(page(draft), {"file": upload(), "alt": "Again"})
    assert (response.status_code, list(response.context["form"].errors)) == (422, ["file"])


def test_there_is_room_for_twelve(cast: Cast, draft: Exercise, browser_of: BrowserOf) -> None:
    for number in range(12):
        added(draft, cast, picture(size=(40 + number, 40)))
    response = browser_of(cast.curator).post(page(draft), {"file": upload(), "alt": ALT})
    assert response.status_code == 422
    assert len(shown(draft)) == 12


def test_words_are_changed_photos_moved_and_removed(cast: Cast, draft: Exercise, browser_of: BrowserOf) -> None:
    curator = browser_of(cast.curator)
    first, second = added(draft, cast).name, added(draft, cast, mp4(), "From the side").name
    number = fresh(draft).latest.number  # type: ignore[union-attr]
    form = curator.get(page(draft)).context["items"][0].form
    words = {
        f"{form.prefix}-alt": "Knees together",
        f"{form.prefix}-caption": "Start",
        f"{form.prefix}-based_on": number,
    }
    assert curator.post(page(draft, "_words", first), words).status_code == 302
    assert curator.post(page(draft, "_move", second), {"to": "earlier"}).status_code == 302
    assert shown(draft) == [(second, "From the side", ""), (first, "Knees together", "Start")]
    assert curator.post(page(draft, "_move", second), {"to": "later"}).status_code == 302
    assert curator.post(page(draft, "_remove", first)).status_code == 302
    assert shown(draft) == [(second, "From the side", "")]
    assert MediaFile.objects.filter(name=first).exists()  # earlier versions have it


def test_words_that_are_refused_stay_in_their_field(cast: Cast, draft: Exercise, browser_of: BrowserOf) -> None:
    name = added(draft, cast).name
    curator = browser_of(cast.curator)
    prefix = curator.get(page(draft)).context["items"][0].form.prefix
    sent = {f"{prefix}-alt": "", f"{prefix}-caption": "Typed"}
    response = curator.post(page(draft, "_words", name), sent)
    form = response.context["items"][0].form
    assert (response.status_code, list(form.errors), form["caption"].value()) == (422, ["alt"], "Typed")


def test_who_is_second_is_told_and_loses_nothing(cast: Cast, draft: Exercise, browser_of: BrowserOf) -> None:
    name = added(draft, cast).name
    curator = browser_of(cast.curator)
    form = curator.get(page(draft)).context["items"][0].form
    added(draft, cast, mp4(), "Meanwhile")
    sent = {f"{form.prefix}-alt": "Mine", f"{form.prefix}-based_on": form["based_on"].value()}
    response = curator.post(page(draft, "_words", name), sent)
    assert response.status_code == 422
    assert "Cleo Curator saved version 3 meanwhile." in response.context["told"][0]
    mine = response.context["items"][0].form
    assert mine["alt"].value() == "Mine"
    sent = {f"{form.prefix}-alt": "Mine", f"{form.prefix}-based_on": mine["based_on"].value()}
    assert curator.post(page(draft, "_words", name), sent).status_code == 302
    assert [alt for _file, alt, _caption in shown(draft)] == ["Mine", "Meanwhile"]


def test_the_domain_tells_of_a_version_in_between(cast: Cast, draft: Exercise) -> None:
    name, before = added(draft, cast).name, fresh(draft)
    added(draft, cast, mp4(), "Meanwhile")
    with pytest.raises(Outdated):
        move_media(exercise=before, name=name, by=1, actor=cast.curator, now=NOW)


def test_a_photo_that_is_gone_is_told(cast: Cast, draft: Exercise, browser_of: BrowserOf) -> None:
    curator = browser_of(cast.curator)
    for what in ("_words", "_move", "_remove"):
        assert curator.post(page(draft, what, "gone.webp"), {"m-gone-alt": ALT}).status_code == 422
        assert curator.get(page(draft, what, "gone.webp")).status_code == 405


def test_only_curators_have_the_page(cast: Cast, draft: Exercise, browser_of: BrowserOf) -> None:
    name = added(draft, cast).name
    plain = make_user(is_staff=True)
    for person, status in [(None, 302), (cast.coach, 302), (plain, 403)]:
        browser = browser_of(person)
        assert browser.get(page(draft)).status_code == status
        assert browser.post(page(draft), {"file": upload(mp4()), "alt": ALT}).status_code == status
        for what in ("_words", "_move", "_remove"):
            assert browser.post(page(draft, what, name)).status_code == status
    assert len(shown(draft)) == 1
    assert browser_of(cast.curator).get(page(draft)).status_code == 200
    assert browser_of(cast.curator).get("/admin/warmups/exercise/999999/media/").status_code == 404


def test_a_form_too_large_is_refused_before_it_is_read(cast: Cast, draft: Exercise, browser_of: BrowserOf) -> None:
    curator = browser_of(cast.curator)
    for address, length, status in [
        (page(draft), 33 * 1024**2, 413),
        ("/accounts/login/", 2 * 1024**2, 413),
        ("/api/v1/me/", 2 * 1024**2, 415),  # which takes no forms at all
    ]:
        response = curator.generic("POST", address, b"x", "multipart/form-data; boundary=x", CONTENT_LENGTH=str(length))
        assert response.status_code == status
    assert curator.generic("POST", page(draft), b"x", "multipart/form-data; boundary=x").status_code in (400, 422)


# --- What readers see -------------------------------------------------------------------------------------------------


def test_readers_see_it_once_it_is_published(cast: Cast, browser_of: BrowserOf, django_assert_num_queries: Any) -> None:
    exercise = ready(cast, "clamshell")
    photo, film = added(exercise, cast), added(exercise, cast, mp4(), "The whole movement")
    visitor = browser_of(None)
    assert ALT not in visitor.get("/exercises/clamshell/").content.decode()
    published(exercise, cast)
    shown_page = visitor.get("/exercises/clamshell/").content.decode()
    assert f'src="/media/{photo.name}" width="64" height="48" alt="{ALT}" loading="lazy"' in shown_page
    video = f'controls preload="metadata" playsinline width="640" height="360" src="/media/{film.name}"'
    assert f'{video} aria-label="The whole movement"' in shown_page


# --- The files --------------------------------------------------------------------------------------------------------


def test_the_file_of_a_draft_is_for_curators_alone(cast: Cast, browser_of: BrowserOf) -> None:
    exercise = ready(cast, "clamshell")
    address = added(exercise, cast).get_absolute_url()
    people = [None, cast.athlete, cast.coach, make_user(is_staff=True)]
    for person in people:
        assert browser_of(person).get(address).status_code == 404
    response = browser_of(cast.curator).get(address)
    assert (status_of(response), response["Cache-Control"]) == (200, "private, no-cache")
    assert "Cookie" in response["Vary"]
    published(exercise, cast)
    for person in [*people, cast.curator]:
        response = browser_of(person).get(address)
        assert status_of(response) == 200
        assert response["Cache-Control"] == "public, max-age=31536000, immutable"
        assert "Cookie" not in response.get("Vary", "")
    retire_exercise(exercise=fresh(exercise), actor=cast.curator, now=NOW)
    assert status_of(browser_of(None).get(address)) == 200  # whoever logged it reads it


def test_a_file_that_only_words_name_is_not_open(cast: Cast, draft: Exercise, browser_of: BrowserOf) -> None:
    name = added(draft, cast).name
    make_exercise("other", media=[{"file": "b.webp", "alt": f'x "{name}" y {name}', "caption": f'"{name}"'}])
    assert browser_of(None).get(f"/media/{name}").status_code == 404


@pytest.fixture
def film(cast: Cast) -> MediaFile:
    """A video that everyone may see."""
    exercise = ready(cast)
    file = added(exercise, cast, mp4())
    published(exercise, cast)
    return file


def test_a_file_is_sent_as_what_it_is_and_runs_nothing(film: MediaFile, browser_of: BrowserOf) -> None:
    response = browser_of(None).get(film.get_absolute_url())
    with default_storage.open(film.name) as file:
        assert bytes_of(response) == file.read()
    headers = [
        "Content-Type",
        "X-Content-Type-Options",
        "Content-Security-Policy",
        "Content-Disposition",
        "Accept-Ranges",
    ]
    assert [response[name] for name in headers] == [
        "video/mp4", "nosniff", "default-src 'none'; sandbox", "inline", "bytes",
    ]  # fmt: skip
    assert response["Content-Length"] == str(film.size)
    head = browser_of(None).head(film.get_absolute_url())
    assert (head.status_code, head.content, head["Content-Length"]) == (200, b"", str(film.size))
    etag = response["ETag"]
    assert browser_of(None).get(film.get_absolute_url(), headers={"If-None-Match": etag}).status_code == 304
    assert browser_of(None).post(film.get_absolute_url()).status_code == 405


@pytest.mark.parametrize(
    ("asked", "status", "first", "last"),
    [
        ("bytes=0-", 206, 0, None),
        ("bytes=0-1", 206, 0, 2),
        ("bytes=10-19", 206, 10, 20),
        ("bytes=10-99999999", 206, 10, None),
        ("bytes=-5", 206, -5, None),
        ("bytes=-99999999", 206, 0, None),
        ("bytes=0-1,5-6", 200, 0, None),
        ("bytes=9-3", 200, 0, None),
        ("bytes=-", 200, 0, None),
        ("lines=1-2", 200, 0, None),
        ("bytes=" + "9" * 400 + "-", 200, 0, None),
        ("bytes=99999999-", 416, 0, 0),
        ("bytes=-0", 416, 0, 0),
    ],
)
def test_players_get_the_part_that_they_ask_for(
    asked: str, status: int, first: int, last: int | None, film: MediaFile, browser_of: BrowserOf
) -> None:
    with default_storage.open(film.name) as file:
        wanted = file.read()[first:last]
    response = browser_of(None).get(film.get_absolute_url(), headers={"Range": asked})
    assert (response.status_code, bytes_of(response)) == (status, wanted)
    start = film.size + first if first < 0 else first
    told = {206: f"bytes {start}-{start + len(wanted) - 1}/{film.size}", 416: f"bytes */{film.size}"}
    assert response.get("Content-Range") == told.get(status)


def test_a_part_of_an_older_file_is_not_mixed_in(film: MediaFile, browser_of: BrowserOf) -> None:
    for etag, status in [('"older"', 200), (f'"{film.name}"', 206)]:
        headers = {"Range": "bytes=0-1", "If-Range": etag}
        response = browser_of(None).get(film.get_absolute_url(), headers=headers)
        assert status_of(response) == status


@pytest.mark.parametrize("name", ["none.webp", "..%2F..%2Fetc%2Fpasswd", "a%00b", "x" * 3000, "%E2%80%AE.webp"])
def test_there_is_nothing_but_what_is_in_the_table(name: str, cast: Cast, browser_of: BrowserOf) -> None:
    for person in (None, cast.curator):
        assert browser_of(person).get(f"/media/{name}").status_code == 404


def test_a_file_that_the_storage_lost_is_not_there(film: MediaFile, browser_of: BrowserOf) -> None:
    default_storage.delete(film.name)
    assert browser_of(None).get(film.get_absolute_url()).status_code == 404


# --- In a store that speaks S3 ----------------------------------------------------------------------------------------


def storages(store: Store, **changes: str) -> Any:
    """The setting for a store."""
    options = {
        "bucket_name": "photos",
        "access_key": "key-of-tests",
        "secret_key": "secret-of-tests",
        "region_name": "eu-central-1",
        "endpoint_url": store.address,
    }
    backend = {"BACKEND": "config.object_storage.ObjectStorage", "OPTIONS": options | changes}
    return override_settings(STORAGES=settings.STORAGES | {"default": backend})


@pytest.fixture
def store() -> Iterator[Store]:
    with object_store() as running, storages(running):
        yield running


def test_in_an_object_store_all_goes_as_in_a_folder(store: Store, cast: Cast, browser_of: BrowserOf) -> None:
    exercise = ready(cast)
    film = added(exercise, cast, mp4())
    path = f"/photos/{film.name}"
    assert [(key, kind) for key, (_body, kind) in store.objects.items()] == [(path, "video/mp4")]
    assert browser_of(None).get(film.get_absolute_url()).status_code == 404
    published(exercise, cast)
    body = store.objects[path][0]
    store.asked.clear()
    whole = browser_of(None).get(film.get_absolute_url())
    assert bytes_of(whole) == body
    part = browser_of(None).get(film.get_absolute_url(), headers={"Range": "bytes=10-19"})
    assert bytes_of(part) == body[10:20]
    assert store.asked == [("GET", path, f"bytes=0-{film.size - 1}"), ("GET", path, "bytes=10-19")]
    assert add_media(file=upload(mp4()), actor=cast.curator, now=NOW) == film
    assert [deed for deed, _path, _part in store.asked].count("PUT") == 0
    default_storage.delete(film.name)
    assert browser_of(None).get(film.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("wrong", [{"access_key": "none-of-theirs"}, {"endpoint_url": "http://127.0.0.1:1"}])
def test_a_store_that_refuses_us_or_is_not_there_is_told(
    store: Store, wrong: dict[str, str], cast: Cast, draft: Exercise, browser_of: BrowserOf
) -> None:
    exercise = ready(cast)
    film = added(exercise, cast, mp4())
    published(exercise, cast)
    with storages(store, **wrong):
        response = browser_of(None).get(film.get_absolute_url())
        assert (response.status_code, response["Cache-Control"]) == (503, "no-store")
        sent = {"file": upload(), "alt": ALT, "caption": "", "based_on": 1}
        response = browser_of(cast.curator).post(page(draft), sent)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == ["file"]
    assert MediaFile.objects.count() == 1

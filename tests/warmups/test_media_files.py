"""What is taken in as a photo or video, what is left of it, and what is refused: attacks, and honest mistakes."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.test import override_settings
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms
from PIL.PngImagePlugin import PngInfo

from accounts.models import AuditEntry
from tests.conftest import Cast
from tests.factories import NOW, make_user
from tests.warmups.films import CAMERA, PLACE, element, full, mp4, track, webm
from warmups.domain.media import LARGEST_PHOTO, LARGEST_VIDEO, add_media, clean
from warmups.models import MediaFile

NAMES = [
    "photo.jpg",
    "../../etc/passwd",
    "..\\..\\windows\\system.ini",
    "/etc/cron.d/x",
    "a\x00b.png",
    "x" * 5000 + ".jpg",
    "\u202egpj.exe",
    ".htaccess",
    "🏃.webp",
]


@pytest.fixture(autouse=True)
def _storage(tmp_path: Any) -> Any:
    with override_settings(MEDIA_ROOT=tmp_path / "media"):
        yield


def picture(kind: str = "JPEG", size: tuple[int, int] = (64, 48), mode: str = "RGB", **saved: Any) -> bytes:
    """A picture, red on its left half and blue on its right."""
    image = Image.new("RGB", size, "#c00000")
    image.paste("#0000c0", (size[0] // 2, 0, *size))
    file = BytesIO()
    image.convert(mode).save(file, kind, **saved)
    return file.getvalue()


def png_head(width: int, height: int, data: bytes = b"") -> bytes:
    """A PNG of a few bytes that says it has so many pixels."""

    def chunk(kind: bytes, inside: bytes) -> bytes:
        return struct.pack(">I", len(inside)) + kind + inside + struct.pack(">I", zlib.crc32(kind + inside))

    head = struct.pack(">2I5B", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def with_gps() -> bytes:
    """A photo whose EXIF has a place and a device, with XMP, a comment and a turn by a quarter."""
    exif = Image.Exif()
    exif[0x010F] = CAMERA.decode()
    exif[0x0112] = 6
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 12.0), 3: "E", 4: (13.0, 24.0, 18.0)})
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + PLACE + b"</x:xmpmeta>"
    return picture(size=(64, 32), exif=exif, xmp=xmp, comment=CAMERA)


def chunks_of(webp: bytes) -> set[bytes]:
    """The kinds of chunks in a WebP file."""
    found, place = set(), 12
    while place < len(webp):
        kind, size = struct.unpack_from("<4sI", webp, place)
        found.add(kind)
        place += 8 + size + size % 2
    return found


def refusal(data: bytes) -> str:
    """The code of why it is refused."""
    with pytest.raises(ValidationError) as caught:
        clean(data)
    assert caught.value.messages[0].endswith(".")
    return str(caught.value.code)


# --- Photos -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_is_kept_as_webp(kind: str) -> None:
    kept = clean(picture(kind))
    image = Image.open(BytesIO(kept.data))
    assert (image.format, image.size, kept.content_type, kept.ending) == ("WEBP", (64, 48), "image/webp", "webp")


@pytest.mark.parametrize(
    ("kind", "mode"), [("PNG", "RGBA"), ("PNG", "P"), ("PNG", "LA"), ("PNG", "L"), ("PNG", "1"), ("JPEG", "CMYK")]
)
def test_every_way_of_writing_colours_is_read(kind: str, mode: str) -> None:
    assert Image.open(BytesIO(clean(picture(kind, mode=mode)).data)).mode in ("RGB", "RGBA")


def test_sixteen_bits_a_pixel_become_eight() -> None:
    file = BytesIO()
    Image.new("I;16", (8, 8), 0x8000).save(file, "PNG")
    red, _green, _blue = Image.open(BytesIO(clean(file.getvalue()).data)).convert("RGB").getpixel((4, 4))
    assert abs(red - 128) <= 3


def test_what_a_camera_wrote_is_gone() -> None:
    data = with_gps()
    assert CAMERA in data and PLACE in data and b"Exif" in data
    kept = clean(data).data
    assert CAMERA not in kept and PLACE not in kept
    assert chunks_of(kept) <= {b"VP8 ", b"VP8L"}


def test_a_photo_stands_upright() -> None:
    kept = clean(with_gps())  # red left, blue right, turned by a quarter: red above blue
    image = Image.open(BytesIO(kept.data)).convert("RGB")
    assert (kept.width, kept.height) == image.size == (32, 64)
    above, below = image.getpixel((16, 10)), image.getpixel((16, 54))
    assert above[0] > 150 > above[2] and below[2] > 150 > below[0]


def test_text_in_a_png_is_gone() -> None:
    info = PngInfo()
    info.add_text("Comment", CAMERA.decode(), zip=False)
    info.add_itxt("XML:com.adobe.xmp", PLACE.decode())
    data = picture("PNG", pnginfo=info)
    assert CAMERA in data
    kept = clean(data).data
    assert CAMERA not in kept and PLACE not in kept


def test_colours_are_brought_to_srgb() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    kept = clean(picture(icc_profile=profile)).data
    assert chunks_of(kept) == {b"VP8 "}


def test_a_broken_profile_loses_no_photo() -> None:
    assert clean(picture(icc_profile=b"no profile")).kind == "image"


def test_a_large_photo_is_scaled_down() -> None:
    kept = clean(picture(size=(5000, 2500)))
    assert (kept.width, kept.height) == (2000, 1000)


@pytest.mark.parametrize("size", [(65_535, 65_535), (2**31 - 1, 2**31 - 1), (10_000, 10_000), (40_000_001, 1)])
def test_a_tiny_file_that_says_it_is_huge_is_refused_by_its_head(size: tuple[int, int]) -> None:
    assert refusal(png_head(*size)) == "too_many_pixels"


def test_a_hundred_megapixels_are_refused() -> None:
    data = png_head(10_000, 10_000, zlib.compress(bytes(30_001 * 10)))
    assert refusal(data) == "too_many_pixels"


def test_a_compressed_text_that_swells_is_refused() -> None:
    swollen = b"Comment\0\0" + zlib.compress(bytes(100 * 1024 * 1024), 9)
    chunk = struct.pack(">I", len(swollen)) + b"zTXt" + swollen + struct.pack(">I", zlib.crc32(b"zTXt" + swollen))
    data = picture("PNG")
    assert refusal(data[:33] + chunk + data[33:]) in ("type", "damaged")


def test_a_photo_cut_short_is_refused() -> None:
    for kind in ("JPEG", "PNG", "WEBP"):
        data = picture(kind, (400, 300))
        assert refusal(data[: len(data) // 2]) in ("damaged", "type")


def test_moving_pictures_are_no_photos() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    for kind in ("PNG", "WEBP"):
        file = BytesIO()
        frames[0].save(file, kind, save_all=True, append_images=frames[1:])
        assert refusal(file.getvalue()) == "type"


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "SVG"),
        (b"\xef\xbb\xbf<?xml version='1.0'?>\n<svg onload='alert(1)'/>", "SVG"),
        (b"GIF89a" + bytes(20), "GIF"),
        (b"\0\0\0\x18ftypheic" + bytes(12), "HEIC"),
        (b"MZ" + bytes(200), "neither"),
        (b"\x7fELF" + bytes(200), "neither"),
        (b"<!doctype html><script>alert(1)</script>", "neither"),
        (b"#!/bin/sh\nrm -rf /\n", "neither"),
        (b"PK\3\4" + bytes(200), "neither"),
        (b"%PDF-1.7", "neither"),
        (b"a", "neither"),
    ],
)
def test_other_kinds_are_refused_by_what_they_are(data: bytes, word: str) -> None:
    with pytest.raises(ValidationError) as caught:
        clean(data)
    assert word in caught.value.messages[0]


def test_of_a_picture_that_is_a_page_as_well_the_picture_is_left() -> None:
    page = b"<html><script>alert(document.cookie)</script></html>"
    for data in (picture("JPEG", comment=page), picture("JPEG") + page, picture("PNG") + page):
        assert b"script" not in clean(data).data
    assert refusal(b"\xff\xd8\xff\xe0" + page) == "type"
    assert refusal(b"\x89PNG\r\n\x1a\n" + page) == "type"


# --- Videos -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [mp4(), webm(), webm(live=True)], ids=["mp4", "webm", "live"])
def test_of_a_video_picture_and_sound_are_left_where_they_were(data: bytes) -> None:
    assert PLACE in data and CAMERA in data
    kept = clean(data)
    assert PLACE not in kept.data and CAMERA not in kept.data
    assert (kept.kind, kept.width, kept.height) == ("video", 640, 360)
    assert len(kept.data) == len(data)
    assert kept.data.index(b"pictures") == data.index(b"pictures")


def test_what_was_cleaned_once_stays_as_it_is() -> None:
    for data in (mp4(), webm(), webm(live=True)):
        once = clean(data)
        assert clean(once.data) == once


def test_when_an_mp4_was_filmed_is_gone() -> None:
    date = struct.pack(">I", 3_800_000_000)
    assert mp4().count(date) == 6
    assert clean(mp4()).data.count(date) == 0


def test_a_video_filmed_upright_is_upright() -> None:
    kept = clean(mp4(track(turned=True)))
    assert (kept.width, kept.height) == (360, 640)


def test_picture_and_sound_are_taken() -> None:
    assert clean(mp4(track(), track(b"soun", b"mp4a"))).ending == "mp4"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (mp4(track(), track(b"meta", b"gpmd")), "tracks"),  # an action camera's log of places
        (mp4(track(), track(b"sbtl", b"tx3g")), "tracks"),  # a drone's
        (mp4(track(b"soun", b"mp4a")), "no_picture"),
        (mp4(track(coding=b"hvc1")), "coding"),
        (mp4(track(coding=b"encv")), "coding"),
        (mp4(brand=b"qt  "), "type"),
        (mp4(brand=b"evil"), "coding"),
        (mp4(track(width=0)), "damaged"),
        (mp4(end=b"<html><script>alert(1)</script>"), "damaged"),
        (mp4()[:-3], "damaged"),
        (mp4(others=b"<script>alert(1)</script>   "), None),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp42", "no_picture"),
        (b"\0\0\0\x10ftypisom\0\0\0\0" + b"<script>alert(1)</script>", "damaged"),
        (b"\0\0\0\x00ftypisom\0\0\0\0" + bytes(1000), "damaged"),
        (b"\xff\xff\xff\xffftypisom", "damaged"),
        (webm(doc_type=b"matroska"), "coding"),
        (webm(codec=b"V_MPEGH/ISO/HEVC"), "coding"),
        (webm(kind=17), "tracks"),
        (webm(kind=2, codec=b"A_OPUS"), "no_picture"),
        (webm(width=0), "damaged"),
        (webm(entry=element(0x6D80, b"x")), "coding"),
        (webm(end=b"<html>"), "damaged"),
        (webm(end=webm()), "damaged"),
        (webm()[:-3], "damaged"),
        (b"\x1a\x45\xdf\xa3", "damaged"),
        (b"\x1a\x45\xdf\xa3\x80", "damaged"),
    ],
)
def test_what_is_no_video_for_browsers_is_refused(data: bytes, code: str | None) -> None:
    if code is None:
        assert b"script" not in clean(data).data
    else:
        assert refusal(data) == code


def test_a_film_that_keeps_its_picture_elsewhere_is_refused() -> None:
    there = full(b"url ", b"https://runners.example/film\0")
    here = full(b"url ", flags=1)
    data = mp4().replace(here, full(b"url ", flags=0))
    assert refusal(data) == "damaged"
    assert there not in clean(mp4()).data


def test_a_film_of_countless_empty_boxes_is_refused() -> None:
    assert refusal(mp4() + b"\0\0\0\x08free" * 60_000) == "damaged"
    assert refusal(webm(end=b"\xec\x80" * 60_000)) == "damaged"


FILES = [picture("JPEG"), picture("PNG"), picture("WEBP"), with_gps(), mp4(), webm(), webm(live=True)]


@settings(max_examples=300, deadline=None)
@given(data=st.sampled_from(FILES), place=st.integers(0, 10_000), bytes_=st.binary(max_size=8), cut=st.integers(0, 400))
def test_a_file_with_wrong_bytes_is_refused_or_cleaned(data: bytes, place: int, bytes_: bytes, cut: int) -> None:
    place %= len(data)
    wrong = data[:place] + bytes_ + data[place + len(bytes_) :]
    wrong = wrong[: max(1, len(wrong) - cut)] if cut < 100 else wrong
    try:
        kept = clean(wrong)
    except ValidationError as error:
        assert error.messages
    else:
        assert clean(kept.data).kind == kept.kind


# --- Taking them in ---------------------------------------------------------------------------------------------------


def sent(data: bytes, name: str = "photo.jpg", kind: str = "image/jpeg") -> UploadedFile:
    return SimpleUploadedFile(name, data, kind)


@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name[:12]))
def test_the_name_that_a_file_came_with_is_used_nowhere(name: str, cast: Cast) -> None:
    row = add_media(file=sent(picture(), name), actor=cast.curator, now=NOW)
    stem, ending = row.name.split(".")
    assert (len(stem), ending, row.content_type) == (40, "webp", "image/webp")
    assert default_storage.listdir("") == ([], [row.name])


def test_it_is_kept_by_what_it_is_and_not_by_what_it_says(cast: Cast) -> None:
    row = add_media(file=sent(mp4(), "holiday.jpg", "image/jpeg"), actor=cast.curator, now=NOW)
    assert (row.kind, row.content_type, row.width, row.height) == ("video", "video/mp4", 640, 360)
    for data in (b"MZ" + bytes(500), b"<svg><script>alert(1)</script></svg>", b"<script>alert(1)</script>"):
        for name, kind in [("a.jpg", "image/jpeg"), ("a.png", "image/png"), ("a.mp4", "video/mp4")]:
            with pytest.raises(ValidationError) as caught:
                add_media(file=sent(data, name, kind), actor=cast.curator, now=NOW)
            assert list(caught.value.message_dict) == ["file"]
    assert MediaFile.objects.count() == 1


def test_the_same_file_twice_is_one(cast: Cast) -> None:
    first = add_media(file=sent(picture()), actor=cast.curator, now=NOW)
    second = add_media(file=sent(picture(), "other.png"), actor=make_user(is_staff=True, is_superuser=True), now=NOW)
    assert first == second and second.added_by == cast.curator
    assert default_storage.listdir("") == ([], [first.name])
    assert AuditEntry.objects.filter(action="media.add").count() == 1


def test_the_row_says_what_is_stored(cast: Cast) -> None:
    row = add_media(file=sent(picture()), actor=cast.curator, now=NOW)
    with default_storage.open(row.name) as file:
        data = file.read()
    assert (row.size, row.width, row.height, row.added_by, row.added_at) == (len(data), 64, 48, cast.curator, NOW)


@pytest.mark.parametrize(
    "data", [b"", bytes(LARGEST_VIDEO + 1), picture() + bytes(LARGEST_PHOTO)], ids=["nothing", "video", "photo"]
)
def test_nothing_and_too_much_are_refused(data: bytes, cast: Cast) -> None:
    with pytest.raises(ValidationError) as caught:
        add_media(file=sent(data), actor=cast.curator, now=NOW)
    assert list(caught.value.message_dict) == ["file"]


def test_a_file_that_says_it_is_smaller_than_it_is_is_refused(cast: Cast) -> None:
    file = sent(mp4() + b"\0" * LARGEST_VIDEO)
    file.size = 10
    with pytest.raises(ValidationError):
        add_media(file=file, actor=cast.curator, now=NOW)


def test_only_curators_add(cast: Cast) -> None:
    for person in (cast.coach, cast.athlete, make_user(is_staff=True)):
        with pytest.raises(PermissionDenied):
            add_media(file=sent(picture()), actor=person, now=NOW)
    assert add_media(file=sent(picture()), actor=cast.superuser, now=NOW).pk


def test_two_who_send_the_same_at_once_leave_one_file(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    row = add_media(file=sent(picture()), actor=cast.curator, now=NOW)
    exists, asked = default_storage.exists, []

    def only_later(name: str) -> bool:  # what the second one is told before the first has written
        asked.append(name)
        return len(asked) > 1 and exists(name)

    with monkeypatch.context() as patch:
        patch.setattr(type(default_storage._wrapped), "exists", staticmethod(only_later), raising=False)
        assert add_media(file=sent(picture()), actor=cast.curator, now=NOW) == row
    assert len(asked) > 1
    assert default_storage.listdir("") == ([], [row.name])

"""MP4 videos: boxes in boxes (ISO/IEC 14496-12). What playing needs is kept, all else blanked in its place.

Blanked and not cut out, since the tables of a video point to bytes by their place in the file. Values only.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

MOST_BOXES = 50_000  # a film of many minutes in pieces of a second has a few thousand
BRANDS = {
    *(b"isom", b"avc1", b"mp41", b"mp42", b"mp71", b"MSNV", b"dash", b"cmfc", b"cmf2"),
    *(b"iso2", b"iso3", b"iso4", b"iso5", b"iso6", b"iso7", b"iso8", b"iso9"),
    *(b"M4V ", b"M4VH", b"M4VP", b"f4v ", b"3gp4", b"3gp5", b"3gp6", b"mmp4"),
}
PICTURES = {b"avc1", b"avc3", b"av01", b"vp09"}
SOUNDS = {b"mp4a", b"Opus", b"fLaC", b".mp3", b"ac-3"}

# What is kept, by the box that it stands in ("": the file). Boxes that are keys here are looked into.
KEPT: dict[bytes, set[bytes]] = {
    b"": {b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"mfra", b"sidx", b"ssix"},
    b"moov": {b"mvhd", b"trak", b"mvex", b"iods"},
    b"trak": {b"tkhd", b"mdia", b"edts"},
    b"edts": {b"elst"},
    b"mdia": {b"mdhd", b"hdlr", b"minf"},
    b"minf": {b"vmhd", b"smhd", b"dinf", b"stbl"},
    b"dinf": {b"dref"},
    b"stbl": {
        *(b"stsd", b"stts", b"ctts", b"cslg", b"stsc", b"stsz", b"stz2", b"stco", b"co64"),
        *(b"stss", b"sdtp", b"sgpd", b"sbgp", b"subs"),
    },
    b"mvex": {b"mehd", b"trex"},
    b"moof": {b"mfhd", b"traf"},
    b"traf": {b"tfhd", b"tfdt", b"trun", b"sdtp", b"sgpd", b"sbgp", b"subs"},
    b"mfra": {b"tfra", b"mfro"},
}


@dataclass
class Track:
    """One of picture or sound: what kind, coded how, and how large it is shown."""

    handler: bytes = b""
    codings: list[bytes] = field(default_factory=list)
    width: int = 0
    height: int = 0


@dataclass
class Film:
    """What was found so far."""

    data: bytearray
    boxes: int = 0
    tracks: list[Track] = field(default_factory=list)
    has_data: bool = False


@dataclass(frozen=True)
class Box:
    """A box: its kind, where it begins, where what is in it begins, and where it ends."""

    kind: bytes
    start: int
    inside: int
    end: int


def read_mp4(data: bytes) -> tuple[bytes, int, int]:
    """The film without what was written about it (places, dates, devices), and its size in pixels as it is shown.

    Raises ValidationError if it is none that browsers play, or holds more than picture and sound.
    """
    film = Film(bytearray(data))
    try:
        _check_brand(film)
        _walk(film, b"", 0, len(data))
    except (struct.error, IndexError) as error:
        raise damaged() from error
    seen = [track for track in film.tracks if track.handler == b"vide"]
    if not seen or not film.has_data:
        raise ValidationError(_("There is no picture in this video. Export it as MP4 (H.264)."), code="no_picture")
    for track in film.tracks:
        _check_track(track)
    width, height = seen[0].width, seen[0].height
    if not (0 < width <= 8192 and 0 < height <= 8192):
        raise damaged()
    return bytes(film.data), width, height


def damaged() -> ValidationError:
    """What is said of a video that can't be taken apart."""
    message = _("This video is cut short or damaged. Export it once more as MP4 (H.264) or WebM.")
    return ValidationError(message, code="damaged")


def more_than_film() -> ValidationError:
    """What is said of a video with a third thing in it, such as the places where a camera was."""
    message = _("This video holds more than picture and sound, such as subtitles or a camera's log of places.")
    return ValidationError(message + " " + _("Export it without them."), code="tracks")


def other_coding() -> ValidationError:
    """What is said of a video that not every browser plays."""
    message = _("Not every browser plays this kind of video. Export it as MP4 with H.264, or as WebM.")
    return ValidationError(message, code="coding")


def _check_brand(film: Film) -> None:
    first = next(_boxes(film, 0, len(film.data)))
    size = first.end - first.inside
    if first.kind != b"ftyp" or not 8 <= size <= 256 or size % 4:
        raise damaged()
    brands = [bytes(film.data[place : place + 4]) for place in range(first.inside, first.end, 4)]
    if brands[0] == b"qt  ":
        message = _("This is a QuickTime film. Export it as MP4 (H.264) and try again.")
        raise ValidationError(message, code="type")
    if brands[0] not in BRANDS:
        raise other_coding()
    # The version, and other names that nobody needs: four bytes each, where anything could stand.
    for place, brand in enumerate(brands[2:], start=2):
        if brand not in BRANDS:
            film.data[first.inside + 4 * place : first.inside + 4 * place + 4] = brands[0]
    film.data[first.inside + 4 : first.inside + 8] = bytes(4)


def _boxes(film: Film, start: int, end: int) -> Iterator[Box]:
    """The boxes between two places, which they have to fill."""
    place = start
    while place < end:
        film.boxes += 1
        if film.boxes > MOST_BOXES or end - place < 8:
            raise damaged()
        size, kind = struct.unpack_from(">I4s", film.data, place)
        inside = place + 8
        if size == 1:
            [size] = struct.unpack_from(">Q", film.data, inside)
            inside += 8
        elif size == 0 and end == len(film.data):
            size = end - place
        if place + size > end or place + size < inside:
            raise damaged()
        yield Box(kind, place, inside, place + size)
        place += size


def _walk(film: Film, parent: bytes, start: int, end: int) -> None:
    for box in _boxes(film, start, end):
        if box.kind not in KEPT[parent]:
            _blank(film, box)
            continue
        if box.kind == b"trak":
            film.tracks.append(Track())
        if box.kind == b"mdat":
            film.has_data = True
        if box.kind in KEPT:
            _walk(film, box.kind, box.inside, box.end)
        elif read := READERS.get(box.kind):
            read(film, box)


def _blank(film: Film, box: Box) -> None:
    """Make it a box that says of itself that it is empty space."""
    film.data[box.start + 4 : box.start + 8] = b"free"
    film.data[box.inside : box.end] = bytes(box.end - box.inside)


def _track(film: Film) -> Track:
    return film.tracks[-1]


def _read_times(film: Film, box: Box) -> None:
    """Blank when it was made and changed."""
    length = 16 if film.data[box.inside] == 1 else 8
    _need(box, 4 + length)
    film.data[box.inside + 4 : box.inside + 4 + length] = bytes(length)


def _read_track_head(film: Film, box: Box) -> None:
    """Blank its times; read how large it is shown, which a phone held upright turns by a quarter."""
    _read_times(film, box)
    before = 52 if film.data[box.inside] == 1 else 40
    _need(box, before + 44)
    place = box.inside + before
    matrix = struct.unpack_from(">9i", film.data, place)
    width, height = (side >> 16 for side in struct.unpack_from(">2I", film.data, place + 36))
    turned = matrix[0] == matrix[4] == 0
    _track(film).width, _track(film).height = (height, width) if turned else (width, height)


def _read_handler(film: Film, box: Box) -> None:
    """What the track is; its name, often a camera's, is blanked."""
    _need(box, 24)
    _track(film).handler = bytes(film.data[box.inside + 8 : box.inside + 12])
    film.data[box.inside + 12 : box.end] = bytes(box.end - box.inside - 12)


def _read_codings(film: Film, box: Box) -> None:
    """How it is coded; the name of what coded a picture is blanked."""
    _need(box, 8)
    for entry in _boxes(film, box.inside + 8, box.end):
        _track(film).codings.append(entry.kind)
        if entry.kind in PICTURES:
            _need(entry, 78)
            film.data[entry.inside + 42 : entry.inside + 74] = bytes(32)


def _read_places(film: Film, box: Box) -> None:
    """Where the bytes of picture and sound are: in this very file."""
    _need(box, 8)
    for entry in _boxes(film, box.inside + 8, box.end):
        _need(entry, 4)
        if not film.data[entry.inside + 3] & 1:
            raise damaged()
        film.data[entry.inside + 4 : entry.end] = bytes(entry.end - entry.inside - 4)


def _need(box: Box, length: int) -> None:
    if box.end - box.inside < length:
        raise damaged()


def _check_track(track: Track) -> None:
    if track.handler not in (b"vide", b"soun"):
        raise more_than_film()
    codings = PICTURES if track.handler == b"vide" else SOUNDS
    if not track.codings or not set(track.codings) <= codings:
        raise other_coding()


READERS = {
    b"mvhd": _read_times,
    b"mdhd": _read_times,
    b"tkhd": _read_track_head,
    b"hdlr": _read_handler,
    b"stsd": _read_codings,
    b"dref": _read_places,
}

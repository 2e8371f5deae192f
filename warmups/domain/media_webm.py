"""WebM videos: elements in elements (RFC 8794, RFC 9559). What playing needs is kept, all else blanked in its place.

Blanked and not cut out, since its index points to bytes by their place in the file. Values only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from warmups.domain.media_mp4 import damaged, more_than_film, other_coding

MOST_ELEMENTS = 50_000
EBML, SEGMENT, CLUSTER, VOID = 0x1A45DFA3, 0x18538067, 0x1F43B675, 0xEC
INFO, TRACKS, TRACK, VIDEO = 0x1549A966, 0x1654AE6B, 0xAE, 0xE0
DOC_TYPE, TRACK_TYPE, CODEC, WIDTH, HEIGHT = 0x4282, 0x83, 0x86, 0xB0, 0xBA
MUXING_APP, WRITING_APP, ENCODINGS, CLUSTER_TIME = 0x4D80, 0x5741, 0x6D80, 0xE7
WITHIN_CLUSTER = {CLUSTER_TIME, 0xA3, 0xA0, 0xAB, 0xA7, VOID}
CODINGS = {1: {b"V_VP8", b"V_VP9", b"V_AV1"}, 2: {b"A_VORBIS", b"A_OPUS"}}

# What is kept, by the element that it stands in. Elements that are keys here are looked into.
KEPT: dict[int, set[int]] = {
    EBML: {0x4286, 0x42F7, 0x42F2, 0x42F3, DOC_TYPE, 0x4287, 0x4285},
    # Its table of contents, its index, and the pieces of the film; those of unknown length lie open.
    SEGMENT: {0x114D9B74, 0x1C53BB6B, INFO, TRACKS, CLUSTER, *WITHIN_CLUSTER} - {VOID},
    INFO: {0x2AD7B1, 0x4489, MUXING_APP, WRITING_APP},
    TRACKS: {TRACK},
    TRACK: {
        *(0xD7, 0x73C5, TRACK_TYPE, 0xB9, 0x88, 0x55AA, 0x9C, 0x6DE7, 0x6DF8, 0x23E383, 0x23314F, 0x55EE),
        *(0x22B59C, CODEC, 0x63A2, 0x56AA, 0x56BB, VIDEO, 0xE1),
    },
    VIDEO: {
        *(0x9A, 0x9D, 0x53B8, 0x53C0, WIDTH, HEIGHT, 0x54AA, 0x54BB, 0x54CC, 0x54DD, 0x54B0, 0x54BA, 0x54B2),
        *(0x54B3, 0x55B0),
    },
}


@dataclass(frozen=True)
class Element:
    """An element: its kind, where it begins, where what is in it begins, where it ends; `open`: it does not say."""

    kind: int
    start: int
    inside: int
    end: int
    open: bool


@dataclass
class Film:
    """What was found so far. Of tracks: what is said by kind of element."""

    data: bytearray
    elements: int = 0
    doc_type: bytes = b""
    tracks: list[dict[int, bytes]] = field(default_factory=list)
    has_data: bool = False


def read_webm(data: bytes) -> tuple[bytes, int, int]:
    """The film without what was written about it (titles, dates, devices), and its size in pixels.

    Raises ValidationError if it is none that browsers play, or holds more than picture and sound.
    """
    film = Film(bytearray(data))
    top = list(_elements(film, 0, len(data)))
    if [element.kind for element in top if element.kind != VOID] != [EBML, SEGMENT] or top[0].end > 256:
        raise damaged()
    for element in top:
        if element.kind == VOID:
            _blank(film, element)
        else:
            _walk(film, element)
    if film.doc_type != b"webm":
        raise other_coding()
    if not film.has_data:
        raise damaged()
    return bytes(film.data), *_check_tracks(film)


def _check_tracks(film: Film) -> tuple[int, int]:
    """That there are picture and sound alone, coded as browsers know it; the picture's size."""
    kinds = [int.from_bytes(track.get(TRACK_TYPE, b"")) for track in film.tracks]
    if not set(kinds) <= CODINGS.keys():
        raise more_than_film()
    if 1 not in kinds:
        raise ValidationError(_("There is no picture in this video. Export it as WebM or MP4."), code="no_picture")
    pairs = zip(kinds, film.tracks, strict=True)
    if any(track.get(CODEC, b"").rstrip(b"\0") not in CODINGS[kind] for kind, track in pairs):
        raise other_coding()
    seen = film.tracks[kinds.index(1)]
    width, height = (int.from_bytes(seen.get(side, b"")) for side in (WIDTH, HEIGHT))
    if not (0 < width <= 8192 and 0 < height <= 8192):
        raise damaged()
    return width, height


def _number(film: Film, place: int, end: int, *, whole: bool) -> tuple[int, int, bool]:
    """A number of 1 to 8 bytes whose first bits say how many; where the next thing begins; whether all bits are set.

    `whole` leaves the first bits in, as kinds have them.
    """
    if place >= end or not film.data[place]:
        raise damaged()
    length = 9 - film.data[place].bit_length()
    if place + length > end or (whole and length > 4):
        raise damaged()
    value = int.from_bytes(film.data[place : place + length])
    size = value & ((1 << 7 * length) - 1)
    return (value if whole else size), place + length, size == (1 << 7 * length) - 1


def _elements(film: Film, start: int, end: int) -> Iterator[Element]:
    """The elements between two places, which they have to fill. Pieces without a length, of live films, lie open."""
    place = start
    while place < end:
        film.elements += 1
        if film.elements > MOST_ELEMENTS:
            raise damaged()
        kind, after, _all = _number(film, place, end, whole=True)
        size, inside, unknown = _number(film, after, end, whole=False)
        if unknown and kind not in (SEGMENT, CLUSTER):
            raise damaged()
        stop = inside + size
        if unknown:
            stop = end if kind == SEGMENT else inside
        if stop > end:
            raise damaged()
        yield Element(kind, place, inside, stop, unknown)
        place = stop


def _walk(film: Film, parent: Element) -> None:
    for element in _elements(film, parent.inside, parent.end):
        if element.kind == ENCODINGS:
            raise other_coding()
        if element.kind not in KEPT[parent.kind]:
            _blank(film, element)
            continue
        if element.kind == TRACK:
            film.tracks.append({})
        if element.kind in KEPT:
            _walk(film, element)
        else:
            _read(film, element)


def _read(film: Film, element: Element) -> None:
    if element.kind == CLUSTER:
        film.has_data = True
    elif element.kind == DOC_TYPE:
        film.doc_type = bytes(film.data[element.inside : element.end]).rstrip(b"\0")
    elif element.kind in (MUXING_APP, WRITING_APP):  # which have to be there
        film.data[element.inside : element.end] = bytes(element.end - element.inside)
    elif element.kind in (TRACK_TYPE, CODEC, WIDTH, HEIGHT) and element.end - element.inside <= 32 and film.tracks:
        film.tracks[-1][element.kind] = bytes(film.data[element.inside : element.end])


def _blank(film: Film, element: Element) -> None:
    """Make it an element that says of itself that it is empty space."""
    total = element.end - element.start
    length = min(8, total - 1)
    size = (total - 1 - length) | (1 << 7 * length)
    film.data[element.start : element.end] = bytes([VOID]) + size.to_bytes(length) + bytes(total - 1 - length)

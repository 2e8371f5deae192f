"""Small MP4 and WebM films, put together byte by byte: whole, with what cameras add, and wrong in one place."""

from __future__ import annotations

import struct

PLACE = b"+52.5200+013.4050/"  # as phones write where they were, in ISO 6709
CAMERA = b"iPhone of Ada Athlete"


def box(kind: bytes, *inside: bytes) -> bytes:
    """An MP4 box."""
    payload = b"".join(inside)
    return struct.pack(">I4s", 8 + len(payload), kind) + payload


def full(kind: bytes, *inside: bytes, version: int = 0, flags: int = 0) -> bytes:
    """A box with a version and flags."""
    return box(kind, bytes([version]), flags.to_bytes(3), *inside)


def track(
    handler: bytes = b"vide", coding: bytes = b"avc1", *, width: int = 640, height: int = 360, turned: bool = False
) -> bytes:
    """A track with the tables of one sample, a name and a date."""
    one = 0x10000
    matrix = (0, one, 0, -one, 0, 0, 0, 0, 0x40000000) if turned else (one, 0, 0, 0, one, 0, 0, 0, 0x40000000)
    head = struct.pack(">5I8x8x9i2I", 3_800_000_000, 3_800_000_000, 1, 0, 40, *matrix, width << 16, height << 16)
    picture = bytes(6) + b"\0\1" + bytes(16) + struct.pack(">2H", width, height) + bytes(14) + CAMERA.ljust(32, b"\0")
    entry = box(coding, picture + bytes(4), box(b"avcC", b"\1\2\3"))
    return box(
        b"trak",
        full(b"tkhd", head),
        box(
            b"mdia",
            full(b"mdhd", struct.pack(">4I4x", 3_800_000_000, 3_800_000_000, 1000, 40)),
            full(b"hdlr", bytes(4), handler, bytes(12), CAMERA, b"\0"),
            box(
                b"minf",
                box(b"dinf", full(b"dref", struct.pack(">I", 1), full(b"url ", flags=1))),
                box(b"stbl", full(b"stsd", struct.pack(">I", 1), entry), full(b"stco", struct.pack(">2I", 1, 4000))),
            ),
        ),
        box(b"udta", box(b"name", CAMERA)),
    )


def mp4(
    *tracks: bytes, brand: bytes = b"isom", more: bytes = b"", end: bytes = b"", others: bytes = b"mp42isom"
) -> bytes:
    """An MP4 film with a place, a device and dates in it; `more` stands in moov, `end` after all."""
    moov = box(
        b"moov",
        full(b"mvhd", struct.pack(">4I", 3_800_000_000, 3_800_000_000, 1000, 40), bytes(80)),
        *(tracks or [track()]),
        box(b"udta", box(b"\xa9xyz", struct.pack(">2H", len(PLACE), 0x15C7), PLACE)),
        box(b"meta", bytes(4), box(b"ilst", CAMERA)),
        more,
    )
    return box(b"ftyp", brand, bytes(4), others) + moov + box(b"uuid", CAMERA) + box(b"mdat", b"pictures") + end


def element(kind: int, *inside: bytes) -> bytes:
    """A WebM element."""
    payload = b"".join(inside)
    name = kind.to_bytes((kind.bit_length() + 7) // 8)
    return name + (len(payload) | 1 << 28).to_bytes(4) + payload


def webm(
    *,
    doc_type: bytes = b"webm",
    kind: int = 1,
    codec: bytes = b"V_VP9",
    width: int = 640,
    live: bool = False,
    **more: bytes,
) -> bytes:
    """A WebM film with a title, a date, tags and a device in it; `live`: without lengths, as browsers record."""
    video = element(0xE0, element(0xB0, width.to_bytes(2)), element(0xBA, (360).to_bytes(2)))
    entry = element(
        0xAE,
        *(element(0xD7, b"\1"), element(0x83, bytes([kind])), element(0x86, codec), element(0x536E, CAMERA)),
        more.get("entry", b""),
        video,
    )
    info = element(
        0x1549A966, element(0x2AD7B1, b"\x0f\x42\x40"), element(0x7BA9, PLACE), element(0x4461, bytes(8)),
        element(0x4D80, CAMERA), element(0x5741, CAMERA),
    )  # fmt: skip
    tags = element(0x1254C367, element(0x7373, PLACE))
    pieces = [element(0xE7, b"\0"), element(0xA3, b"pictures")]
    unknown = b"\x01\xff\xff\xff\xff\xff\xff\xff"
    parts = [info, tags, element(0x1654AE6B, entry)]
    head = element(0x1A45DFA3, element(0x4282, doc_type))
    if live:
        return (
            head
            + b"\x18\x53\x80\x67"
            + unknown
            + b"".join(parts)
            + 2 * b"".join([b"\x1f\x43\xb6\x75", unknown, *pieces])
        )
    return head + element(0x18538067, *parts, element(0x1F43B675, *pieces), tags) + more.get("end", b"")

"""A QR code as a shape for templates/warmups/_card_qr.html. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

import segno

QUIET_ZONE = 4  # modules of white on each side, as ISO/IEC 18004 asks for


@dataclass(frozen=True)
class QrCode:
    """Dark modules as one SVG path in a square viewBox of `size`, the quiet zone with it; `text` is what it says."""

    text: str
    size: int
    path: str


def qr_code(text: str) -> QrCode:
    """Draw `text` with error correction M, which bears a thumb's smudge or a fold on paper.

    Raises segno.DataOverflowError from about 2,300 characters on.
    """
    modules = segno.make(text, error="m", micro=False, boost_error=False).matrix
    runs = []
    for row, line in enumerate(modules):
        column = 0
        for dark, same in groupby(line):
            length = len(list(same))
            if dark:
                runs.append(f"M{column + QUIET_ZONE} {row + QUIET_ZONE}h{length}v1h-{length}z")
            column += length
    return QrCode(text=text, size=len(modules) + 2 * QUIET_ZONE, path="".join(runs))

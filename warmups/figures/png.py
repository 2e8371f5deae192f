"""SVG to PNG, for mail programs (most show no SVG) and print."""

from io import BytesIO

import resvg_py
from PIL import Image
from PIL.PngImagePlugin import PngInfo

# The few flat colours and their smooth edges need no more: a third of the size, no difference to see.
COLOURS = 96


def rendered(svg: str, *, width: int, background: str, title: str) -> bytes:
    """The SVG (plain colours only) as a PNG with a palette; `title` goes into its text."""
    drawn = resvg_py.svg_to_bytes(svg, width=width, background=background, skip_system_fonts=True)
    picture = Image.open(BytesIO(drawn)).convert("RGB")
    few = picture.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    text = PngInfo()
    text.add_itxt("Title", title)
    file = BytesIO()
    few.save(file, "PNG", optimize=True, pnginfo=text)
    return file.getvalue()

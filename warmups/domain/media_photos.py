"""Photos: taken apart by Pillow and put together anew, so that nothing but the picture is left. Values only."""

from __future__ import annotations

from io import BytesIO
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from PIL import Image, ImageCms, ImageOps

MOST_PIXELS = 40_000_000
LONGEST_SIDE = 2000  # pixels; twice what the page shows, for sharp screens
QUALITY = 82
# A phone's JPEG often carries a second picture (depth, brightness), which makes it an MPO; the first one is the photo.
FORMATS = {"JPEG", "MPO", "PNG", "WEBP"}


class Photo(NamedTuple):
    """A WebP file and its size in pixels."""

    data: bytes
    width: int
    height: int


def read_photo(data: bytes) -> Photo:
    """A photo upright, in sRGB, at most LONGEST_SIDE pixels a side, without anything but the picture.

    Its size is read before the picture is: a file of a few bytes may claim to be as large as a house. Raises
    ValidationError.
    """
    picture = _opened(data)
    try:
        return _written(_upright(picture))
    except ValidationError:
        raise
    except Exception as error:  # whatever a decoder meets in bytes that somebody made up
        message = _("This picture is cut short or damaged. Export it once more and try again.")
        raise ValidationError(message, code="damaged") from error


def _opened(data: bytes) -> Image.Image:
    """The picture by its head alone."""
    try:
        picture = Image.open(BytesIO(data), formats=("JPEG", "PNG", "WEBP"))
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_many_pixels() from error
    except Exception as error:  # as above
        message = _("This is no picture that we can read. Choose a JPEG, PNG or WebP photo.")
        raise ValidationError(message, code="type") from error
    if picture.width * picture.height > MOST_PIXELS:
        raise _too_many_pixels()
    if picture.format not in FORMATS:
        raise ValidationError(_("Choose a JPEG, PNG or WebP photo."), code="type")
    if picture.format != "MPO" and getattr(picture, "is_animated", False):
        message = _("This picture moves. Choose a still photo, or an MP4 or WebM video.")
        raise ValidationError(message, code="type")
    return picture


def _too_many_pixels() -> ValidationError:
    message = _("This picture has more than %(most)d million pixels. Make it smaller and try again.")
    return ValidationError(message % {"most": MOST_PIXELS // 1_000_000}, code="too_many_pixels")


def _upright(picture: Image.Image) -> Image.Image:
    """The picture as its camera meant it, in sRGB, scaled down."""
    profile = picture.info.get("icc_profile")
    picture.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))  # a large JPEG is scaled while it is read
    turned = ImageOps.exif_transpose(picture)
    turned = _in_srgb(turned, profile)
    turned.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
    return turned


def _in_srgb(picture: Image.Image, profile: bytes | None) -> Image.Image:
    if picture.mode.startswith("I") or picture.mode == "F":  # 16 bits a pixel, as scanners write
        picture = picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    clear = "A" in picture.getbands() or "transparency" in picture.info
    if profile and picture.mode in ("RGB", "CMYK", "L"):
        try:
            theirs = ImageCms.ImageCmsProfile(BytesIO(profile))
            converted = ImageCms.profileToProfile(picture, theirs, ImageCms.createProfile("sRGB"), outputMode="RGB")
            return converted or picture
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # a broken profile: the colours are a little off, the photo is there
    return picture.convert("RGBA" if clear else "RGB")


def _written(picture: Image.Image) -> Photo:
    """As WebP. A fresh picture of the same pixels, since the old one drags along what was written about it."""
    bare = Image.frombytes(picture.mode, picture.size, picture.tobytes())
    file = BytesIO()
    bare.save(file, "WEBP", quality=QUALITY, method=4)
    return Photo(file.getvalue(), *bare.size)

"""Photos of visits: taken apart and made anew, so that nothing but the picture is kept.

What belongs here: what is taken as a photo, and the picture without place, device, time or anything else hidden in the
file. Sealing stands in `sealed`.
"""

import io
import warnings

from registry.errors import CaseError
from rules.parameters import ParametersAt

__all__ = ["MEDIA_TYPE", "clean_photo"]

MEDIA_TYPE = "image/jpeg"
_FORMATS = ("JPEG", "PNG", "WEBP")
_MEGABYTE = 1_000_000
_LARGEST_PIXELS = 80_000_000  # a machine's limit: more would take a gigabyte to open
_QUALITY = 85


def clean_photo(content: bytes, parameters: ParametersAt) -> bytes:
    """The picture as JPEG without metadata, turned upright, no longer than `casework.photo_pixels` on its longer side.

    Raises `CaseError` for a file that is too large, of another kind, damaged, or has more pixels than can be opened.
    """
    from PIL import Image, ImageOps  # noqa: PLC0415  # slow to import

    largest = parameters.integer("casework.photo_megabytes")
    if len(content) > largest * _MEGABYTE:
        raise CaseError(
            "the photo has %(size)s MB; at most %(largest)s MB are taken",
            size=f"{len(content) / _MEGABYTE:.1f}",
            largest=largest,
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
                if opened.width * opened.height > _LARGEST_PIXELS:
                    raise CaseError("the photo has too many pixels; take it with a smaller size")
                upright = ImageOps.exif_transpose(opened)
                side = parameters.integer("casework.photo_pixels")
                upright.thumbnail((side, side))
                bare = Image.new("RGB", upright.size, "white")
                picture = upright.convert("RGBA")
                bare.paste(picture, mask=picture)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise CaseError(
            "the file is no picture that can be read; take %(formats)s", formats=", ".join(_FORMATS)
        ) from None
    made = io.BytesIO()
    bare.save(made, "JPEG", quality=_QUALITY)
    return made.getvalue()

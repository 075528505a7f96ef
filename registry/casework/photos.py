"""Photos of visits: taken apart and made anew, so that nothing but the picture is kept.

What belongs here: what is taken as a photo, and the picture without place, device, time or anything else hidden in the
file. Sealing stands in `sealed`.
"""

import io
import struct
import warnings
from typing import TYPE_CHECKING

from registry.errors import CaseError
from rules.parameters import ParametersAt

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

__all__ = ["MEDIA_TYPE", "clean_photo"]

MEDIA_TYPE = "image/jpeg"
_FORMATS = ("JPEG", "PNG", "WEBP")
_MEGABYTE = 1_000_000
_LARGEST_PIXELS = 80_000_000  # a machine's limit: more would take a gigabyte to open
_QUALITY = 85
_ORIENTATION = 0x0112


def clean_photo(content: bytes, parameters: ParametersAt) -> bytes:
    """The picture as JPEG without metadata, turned upright, no longer than `casework.photo_pixels` on its longer side.

    Raises `CaseError` for a file that is too large, of another kind, damaged, or has more pixels than can be opened.
    """
    from PIL import Image, ImageFile  # noqa: PLC0415  # slow to import

    largest = parameters.integer("casework.photo_megabytes")
    if len(content) > largest * _MEGABYTE:
        raise CaseError(
            "the photo has %(size)s MB; at most %(largest)s MB are taken",
            size=f"{len(content) / _MEGABYTE:.1f}",
            largest=largest,
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what is damaged beside the picture is left out with the rest
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            ImageFile.LOAD_TRUNCATED_IMAGES = False  # making a PDF turns this on, in the whole process
            with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
                if opened.width * opened.height > _LARGEST_PIXELS:
                    raise CaseError("the photo has too many pixels; take it with a smaller size")
                upright = _turned(opened)
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


def _turned(picture: "Picture") -> "Picture":
    """Upright by what its metadata say; as it lies when they say nothing that can be read.

    Only that one word is read: cameras write others that no library can write again.
    """
    from PIL.Image import Transpose  # noqa: PLC0415

    turns = {
        2: Transpose.FLIP_LEFT_RIGHT,
        3: Transpose.ROTATE_180,
        4: Transpose.FLIP_TOP_BOTTOM,
        5: Transpose.TRANSPOSE,
        6: Transpose.ROTATE_270,
        7: Transpose.TRANSVERSE,
        8: Transpose.ROTATE_90,
    }
    picture.load()
    try:
        said = picture.getexif().get(_ORIENTATION)
    except (OSError, SyntaxError, ValueError, TypeError, struct.error):
        said = None
    turn = turns.get(said) if isinstance(said, int) else None
    return picture.copy() if turn is None else picture.transpose(turn)

"""What is taken as a photo, by what it holds and not by what it is called."""

import io
import struct
from datetime import date
from zlib import crc32

import pytest
from PIL import Image, ImageFile

from registry.casework.photos import clean_photo
from registry.errors import CaseError
from rules.parameters import ParametersAt, load_parameters

AT = ParametersAt(load_parameters(None), date(2026, 8, 3))
_ON_ITS_SIDE = struct.pack("<HHIHH", 0x0112, 3, 1, 6, 0)


def _entry(tag: int, kind: int, count: int, value: bytes) -> bytes:
    return struct.pack("<HHI", tag, kind, count) + value.ljust(4, b"\0")


def _photo(*entries: bytes, fmt: str = "JPEG") -> bytes:
    """A picture of 60 by 40 with these entries in its metadata."""
    made, metadata = io.BytesIO(), b""
    if entries:
        metadata = b"Exif\0\0II*\0" + struct.pack("<IH", 8, len(entries)) + b"".join(entries) + bytes(4)
    Image.new("RGB", (60, 40), "green").save(made, fmt, exif=metadata)
    return made.getvalue()


def _said_to_be(width: int, height: int) -> bytes:
    """A small PNG that says that it is large."""
    whole = _photo(fmt="PNG")
    head = b"IHDR" + struct.pack(">II", width, height) + whole[24:29]
    return whole[:12] + head + struct.pack(">I", crc32(head)) + whole[33:]


@pytest.mark.parametrize(
    "odd",
    [
        _entry(0x0100, 2, 2, b"x\0"),
        _entry(0x8825, 2, 2, b"x\0"),
        _entry(0x010F, 5, 9, b"\xff\xff\xff\x7f"),
    ],
    ids=["word for a number", "word for a place", "beyond the end"],
)
def test_a_photo_with_odd_metadata_is_taken(odd: bytes) -> None:
    """If this fails, a worker at the door sees an error of the machine, because a telephone writes odd metadata."""
    kept = Image.open(io.BytesIO(clean_photo(_photo(odd, _ON_ITS_SIDE), AT)))
    assert (kept.format, kept.size) == ("JPEG", (40, 60))
    assert not kept.getexif()


@pytest.mark.parametrize("said", [0, 1, 9])
def test_a_photo_that_says_nothing_of_its_side_stays_as_it_lies(said: int) -> None:
    """If this fails, photos are turned that stood upright."""
    photo = _photo(_entry(0x0112, 3, 1, struct.pack("<H", said)))
    assert Image.open(io.BytesIO(clean_photo(photo, AT))).size == (60, 40)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
        b"<!doctype html><script></script>",
        b"%PDF-1.7",
        b"PK\x03\x04",
        _photo(fmt="GIF"),
        _photo(fmt="BMP"),
        _photo(fmt="TIFF"),
        _photo()[:300],
        _photo(fmt="PNG")[:60],
        _said_to_be(10_000, 9_000),
        _said_to_be(60_000, 60_000),
        _photo() + bytes(AT.integer("casework.photo_megabytes") * 1_000_000),
    ],
    ids=[
        "nothing",
        "svg",
        "html",
        "pdf",
        "zip",
        "gif",
        "bmp",
        "tiff",
        "cut",
        "cut png",
        "many pixels",
        "far too many",
        "too large",
    ],
)
def test_what_is_no_photo_is_refused(content: bytes) -> None:
    """If this fails, a page or program is kept as a photo, or a small file takes all memory of the machine."""
    with pytest.raises(CaseError):
        clean_photo(content, AT)


def test_a_picture_of_too_many_pixels_is_not_opened() -> None:
    """If this fails, a small file that says that it is large takes all memory of the machine."""
    with pytest.raises(CaseError, match="too many pixels"):
        clean_photo(_said_to_be(9_000, 9_000), AT)


@pytest.mark.parametrize("fmt", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("part", [0.5, 0.9])
def test_a_photo_cut_on_its_way_is_refused_though_others_let_it_pass(
    fmt: str, part: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If this fails, half a photo is kept as a whole one as soon as the portal has made a letter as PDF."""
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    made = io.BytesIO()
    Image.effect_noise((600, 400), 50).convert("RGB").save(made, fmt)
    whole = made.getvalue()
    with pytest.raises(CaseError):
        clean_photo(whole[: int(len(whole) * part)], AT)
    assert clean_photo(whole, AT)


def test_a_photo_that_is_too_large_is_refused_unopened() -> None:
    """If this fails, whatever a telephone makes is kept, and each visit takes tens of megabytes."""
    largest = AT.integer("casework.photo_megabytes") * 1_000_000
    whole = _photo()
    assert clean_photo(whole + bytes(largest - len(whole)), AT)
    with pytest.raises(CaseError, match="at most"):
        clean_photo(whole + bytes(largest - len(whole) + 1), AT)

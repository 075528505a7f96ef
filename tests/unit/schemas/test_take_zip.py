"""ZIP deliveries: one file, several of the same shape, and the archives that are refused."""

import io
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from schemas.errors import HeaderNotFoundError, UnreadableFileError
from tests.unit.schemas.files import as_csv, as_parquet, as_xlsx, feed_of, table, taken

ROWS = table(feed_of())


def as_zip(members: Mapping[str, bytes]) -> bytes:
    """The bytes of a ZIP file with names as Python writes them (ASCII, else marked UTF-8)."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return data.getvalue()


def test_one_file_is_the_delivery(tmp_path: Path) -> None:
    """If this breaks, a department that packs its file is refused, or its rows cannot be found again."""
    for name, content, sheet, row in (
        ("a.csv", as_csv(ROWS), "a.csv", 2),
        ("a.xlsx", as_xlsx({"数据": ROWS}), "a.xlsx / 数据", 2),
        ("a.parquet", as_parquet(ROWS), "a.parquet", 1),
    ):
        result = taken(tmp_path, as_zip({name: content}), "a.zip")
        assert result.receipt.rows_accepted == 3
        assert result.accepted.select("source_sheet", "source_row").row(0) == (sheet, row)


def test_files_of_one_shape_are_read_like_sheets(tmp_path: Path) -> None:
    """If this breaks, the second street of an archive is silently left out."""
    members = {"西兴/6月.csv": as_csv(ROWS), "长河.xlsx": as_xlsx({"数据": ROWS}), "函.pdf": b"%PDF"}
    members |= {"__MACOSX/._x.csv": b"x", "西兴/": b"", "西兴/~$6月.xlsx": b"x", "Thumbs.db": b"x"}
    result = taken(tmp_path, as_zip(members), "a.zip")
    assert result.accepted["source_sheet"].unique().sort().to_list() == ["西兴/6月.csv", "长河.xlsx / 数据"]
    assert result.receipt.rows_accepted == 6
    assert result.receipt.balanced
    assert result.receipt.caveats == ["other_members:1"]


def test_names_in_the_encoding_of_chinese_windows(tmp_path: Path) -> None:
    """If this breaks, staff look for a file whose name they cannot read."""
    placeholder = "x" * len("西兴街道.csv".encode("gb18030"))
    data = as_zip({placeholder[:-4] + ".csv": as_csv(ROWS)})
    data = data.replace((placeholder[:-4] + ".csv").encode(), "西兴街道.csv".encode("gb18030"))
    assert taken(tmp_path, data, "a.zip").accepted["source_sheet"].unique().to_list() == ["西兴街道.csv"]


@pytest.mark.parametrize(
    ("members", "says"),
    [
        ({"a.docx": b"x"}, "no data file"),
        ({}, "no data file"),
        ({"inner.zip": as_zip({"a.csv": as_csv(ROWS)})}, "another archive"),
        ({"inner.csv": as_zip({"a.csv": as_csv(ROWS)})}, "another archive"),
        ({"../../a.csv": as_csv(ROWS)}, "outside itself"),
        ({"/etc/a.csv": as_csv(ROWS)}, "outside itself"),
        ({"C:\\a.csv": as_csv(ROWS)}, "outside itself"),
        ({"a.xlsx": b"PK\x03\x04 cut off"}, "damaged"),
        ({"a.csv": b""}, "0 bytes"),
        ({f"{number}.csv": as_csv(ROWS) for number in range(1001)}, "1001 parts"),
        ({"a.csv": as_csv(ROWS) + b"," * 200_000_000}, "times its size"),
    ],
)
def test_archives_that_are_refused(tmp_path: Path, members: dict[str, bytes], says: str) -> None:
    """If this breaks, an archive reaches a place or a size that nobody agreed to, or is refused without a reason."""
    with pytest.raises(UnreadableFileError, match=says) as caught:
        taken(tmp_path, as_zip(members), "a.zip")
    assert caught.value.file == "a.zip"


def test_a_file_of_another_shape_refuses_the_archive(tmp_path: Path) -> None:
    """If this breaks, the file with the other header is left out without a word."""
    other = [row[1:] for row in ROWS]
    with pytest.raises(HeaderNotFoundError) as caught:
        taken(tmp_path, as_zip({"a.csv": as_csv(ROWS), "b.xlsx": as_xlsx({"数据": other})}), "a.zip")
    assert caught.value.sheet == "b.xlsx / 数据"
    assert caught.value.file == "a.zip"
    assert caught.value.missing == ("身份证号",)


def test_a_password_is_named(tmp_path: Path) -> None:
    """If this breaks, a department does not learn why its archive was not read."""
    data = bytearray(as_zip({"a.csv": as_csv(ROWS)}))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(mark) + place
        struct.pack_into("<H", data, at, struct.unpack_from("<H", data, at)[0] | 1)
    with pytest.raises(UnreadableFileError, match="password"):
        taken(tmp_path, bytes(data), "a.zip")


def test_two_files_of_one_name_refuse_the_archive(tmp_path: Path) -> None:
    """If this breaks, two rows of one delivery have the same place."""
    data = as_zip({"a.csv": as_csv(ROWS), "b.csv": as_csv(ROWS)}).replace(b"b.csv", b"a.csv")
    with pytest.raises(UnreadableFileError, match="more than once"):
        taken(tmp_path, data, "a.zip")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_a_truncated_archive_is_refused_by_name(tmp_path: Path, share: float) -> None:
    """If this breaks, a broken transfer crashes the run."""
    data = as_zip({"a.csv": as_csv(ROWS)})
    with pytest.raises(UnreadableFileError, match="damaged"):
        taken(tmp_path, data[: int(len(data) * share)], "a.zip")


def test_an_unknown_extension_beside_known_bytes_is_a_caveat(tmp_path: Path) -> None:
    """If this breaks, an archive under a wrong name is refused although it can be read."""
    result = taken(tmp_path, as_zip({"a.csv": as_csv(ROWS)}), "a.csv")
    assert result.receipt.caveats == ["extension_differs:1"]

"""ZIP deliveries: one file, several of the same shape, and the archives that are refused."""

import io
import stat
import struct
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from schemas.errors import HeaderNotFoundError, UnreadableFileError
from tests.unit.schemas.files import as_csv, as_parquet, as_xlsx, changed, feed_of, table, taken

ROWS = table(feed_of())
TRY = """
import sys
from datetime import date
from pathlib import Path
from registry.trying import try_file
from schemas.delivery import Delivery
receipt, _ = try_file(
    Path(sys.argv[1]), Delivery("temporary_assistance", "2026-06", "a", 1, "a.zip", "0" * 64), today=date(2026, 6, 30)
)
assert receipt.status == "accepted"
print(Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0])
"""


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
        ({"a.docx": b"x"}, "没有数据文件"),
        ({}, "没有数据文件"),
        ({"inner.zip": as_zip({"a.csv": as_csv(ROWS)})}, "[还又][有是]压缩包"),
        ({"inner.csv": as_zip({"a.csv": as_csv(ROWS)})}, "[还又][有是]压缩包"),
        ({"../../a.csv": as_csv(ROWS)}, "指向包外"),
        ({"/etc/a.csv": as_csv(ROWS)}, "指向包外"),
        ({"C:\\a.csv": as_csv(ROWS)}, "指向包外"),
        ({"a.xlsx": b"PK\x03\x04 cut off"}, "已损坏"),
        ({"a.csv": b""}, "0字节"),
        ({f"{number}.csv": as_csv(ROWS) for number in range(1001)}, "含1001个部分"),
        ({"a.csv": as_csv(ROWS) + b"," * 200_000_000}, "倍，不像数据表"),
    ],
)
def test_archives_that_are_refused(tmp_path: Path, members: dict[str, bytes], says: str) -> None:
    """If this breaks, an archive reaches a place or a size that nobody agreed to, or is refused without a reason."""
    with pytest.raises(UnreadableFileError, match=says) as caught:
        taken(tmp_path, as_zip(members), "a.zip")
    assert caught.value.file == "a.zip"


def test_a_link_is_refused(tmp_path: Path) -> None:
    """If this breaks, an archive that points at a file of the machine passes for one with rows."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("a.csv", as_csv(ROWS))
        link = zipfile.ZipInfo("b.csv")
        link.create_system = 3  # Unix
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(UnreadableFileError, match="指向别处的链接"):
        taken(tmp_path, data.getvalue(), "a.zip")


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_uncommon_packing_is_refused_by_name(tmp_path: Path, method: int) -> None:
    """If this breaks, a few bytes make the unpacker ask for gigabytes."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as archive:
        archive.writestr("a.csv", as_csv(ROWS))
    with pytest.raises(UnreadableFileError, match="打包方式不常见"):
        taken(tmp_path, data.getvalue(), "a.zip")


def test_a_listing_of_millions_is_not_even_read(tmp_path: Path) -> None:
    """If this breaks, an archive of empty files fills the memory of the machine."""
    data = bytearray(as_zip({f"{number:05}.csv": b"" for number in range(60_000)}))
    with pytest.raises(UnreadableFileError, match="含60000个部分"):
        taken(tmp_path, bytes(data), "a.zip")
    at = data.rindex(b"PK\x05\x06")
    struct.pack_into("<I", data, at + 12, 200_000_000)
    with pytest.raises(UnreadableFileError, match="超过1000个"):
        taken(tmp_path, bytes(data), "a.zip")


def test_a_listing_that_lies_about_a_size_gives_no_row_more(tmp_path: Path) -> None:
    """If this breaks, a file unpacks to more than its archive says, and no limit holds."""
    content = as_csv(ROWS)
    data = bytearray(as_zip({"a.csv": content}))
    for mark, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", data, data.index(mark) + place, len(content) - 40)
    with pytest.raises(UnreadableFileError, match="已损坏"):
        taken(tmp_path, bytes(data), "a.zip")


def test_quotes_of_one_file_cast_no_doubt_on_another(tmp_path: Path) -> None:
    """If this breaks, a stray quote in one file cuts the addresses of all others in two."""
    good = as_csv(changed(ROWS, feed_of(), person_name="甲\n乙"))
    stray = as_csv(ROWS).decode().replace("甲乙", '"甲乙', 1).encode()
    alone = [taken(tmp_path, data, "a.csv").receipt for data in (good, stray)]
    both = taken(tmp_path, as_zip({"a.csv": good, "b.csv": stray, "c.csv": good}), "a.zip")
    assert both.receipt.rows_accepted == 2 * alone[0].rows_accepted + alone[1].rows_accepted == 8
    assert both.receipt.reasons == alone[1].reasons == {"row_shape": 1}
    assert both.receipt.balanced


def test_what_one_file_shows_is_counted_once(tmp_path: Path) -> None:
    """If this breaks, a caveat of one file is counted for each of its pieces, or not at all."""
    data = as_zip(
        {"a.csv": as_xlsx({"数据": ROWS, "再": ROWS, "别的": [["说明"]]}), "b.csv": as_csv(ROWS), "c.md": b"x"}
    )
    found = taken(tmp_path, data, "a.zip").receipt.caveats
    assert found == ["extension_differs:1", "other_members:1", "other_sheets:1"]


def peak_memory(path: Path) -> int:
    """What a process needs at most that reads the archive and keeps nothing, in MiB."""
    if not Path("/proc/self/status").exists():
        pytest.skip("needs the process table of Linux")
    shown = subprocess.run([sys.executable, "-c", TRY, path], capture_output=True, check=True, text=True)  # noqa: S603 - our own code
    return int(shown.stdout) // 1024


def test_an_archive_needs_the_memory_of_a_piece(tmp_path: Path) -> None:
    """If this breaks, a year of a district's payments in one archive needs its unpacked size in memory."""
    lines = as_csv(ROWS[1:2]) * 10_000
    peaks = []
    for times in (160, 400):
        path = tmp_path / f"{times}.zip"
        with (
            zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
            archive.open("a.csv", "w") as member,
        ):
            member.write(as_csv(ROWS[:1]))
            for _ in range(times):
                member.write(lines)
        peaks.append(peak_memory(path))
    assert peaks[1] - peaks[0] < len(lines) * 120 >> 20  # half of the text that the second has more


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
    with pytest.raises(UnreadableFileError, match="密码"):
        taken(tmp_path, bytes(data), "a.zip")


def test_two_files_of_one_name_refuse_the_archive(tmp_path: Path) -> None:
    """If this breaks, two rows of one delivery have the same place."""
    data = as_zip({"a.csv": as_csv(ROWS), "b.csv": as_csv(ROWS)}).replace(b"b.csv", b"a.csv")
    with pytest.raises(UnreadableFileError, match="有多个“"):
        taken(tmp_path, data, "a.zip")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
def test_a_truncated_archive_is_refused_by_name(tmp_path: Path, share: float) -> None:
    """If this breaks, a broken transfer crashes the run."""
    data = as_zip({"a.csv": as_csv(ROWS)})
    with pytest.raises(UnreadableFileError, match="已损坏"):
        taken(tmp_path, data[: int(len(data) * share)], "a.zip")


def test_an_unknown_extension_beside_known_bytes_is_a_caveat(tmp_path: Path) -> None:
    """If this breaks, an archive under a wrong name is refused although it can be read."""
    result = taken(tmp_path, as_zip({"a.csv": as_csv(ROWS)}), "a.csv")
    assert result.receipt.caveats == ["extension_differs:1"]

"""Files that nobody here wrote: other encodings' own sample texts, and tables that installed packages carry."""

from pathlib import Path
from sysconfig import get_paths

import pytest

from schemas.errors import DeliveryError
from tests.unit.schemas.files import Rows, as_csv, feed_of, number, taken

STANDARD_TEXTS = Path(get_paths()["stdlib"]) / "test" / "cjkencodings"
ENCODINGS = (
    *("big5", "big5hkscs", "cp949", "euc_jisx0213", "euc_jp", "euc_kr", "gb18030", "gb2312", "gbk", "hz"),
    *("iso2022_jp", "iso2022_kr", "johab", "shift_jis", "shift_jisx0213"),
)
READ = {"gb18030", "gb2312", "gbk"}
KOREAN = {"cp949", "euc_kr", "johab"}  # syllables lie where GB 2312 has its common characters: only the header tells
WESTERN = ("latin-1", "cp1252", "cp437", "koi8-r", "cp1251", "mac-roman")
TABLES = sorted(
    path
    for path in Path(get_paths()["purelib"]).glob("*/**/*.csv")
    if path.stat().st_size < 1 << 20 and path.parts[-2] in {"data", "csv", "tests"}
)[:40]


def sample(encoding: str) -> tuple[bytes, str]:
    """The sample text of an encoding, as bytes and as text."""
    file = STANDARD_TEXTS / f"{encoding}.txt"
    if not file.exists():
        pytest.skip("this Python was installed without its own test files")
    return file.read_bytes(), (STANDARD_TEXTS / f"{encoding}-utf8.txt").read_text(encoding="utf-8")


def rows_of(names: list[str]) -> Rows:
    """Rows whose only characters outside ASCII are the names."""
    feed = feed_of()
    plain = {"difficulty": "illness", "payment_no": "N1", "amount_fen": "100.50", "paid_on": "2026-01-05"}
    plain |= {"granted_on": "2026-01-05", "street_code": "330108001", "community_code": "330108001001"}
    return [
        [
            number(serial)
            if each.name == "person_id"
            else name
            if each.name == "person_name"
            else plain.get(each.name, "")
            for each in feed.columns
        ]
        for serial, name in enumerate(names, start=1)
    ]


def names_in(text: str) -> list[str]:
    """Runs of three characters beyond ASCII, as names."""
    letters = [each for each in text if each.isalpha() and ord(each) > 0x2E7F]
    return ["".join(letters[at : at + 3]) for at in range(0, len(letters) - 2, 3)]


def accepted_names(folder: Path, data: bytes) -> set[str]:
    """The names that were accepted; empty when the file is refused."""
    try:
        result = taken(folder, data)
    except DeliveryError as error:
        assert error.file == "street.csv"  # noqa: PT017 - both outcomes are right
        return set()
    assert result.receipt.balanced
    return {each for each in result.accepted["person_name"].to_list() if each}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_sample_text_of_every_encoding_ends_as_receipt_or_refusal(tmp_path: Path, encoding: str) -> None:
    """If this breaks, a file in a neighbour's encoding crashes the run."""
    data, _ = sample(encoding)
    titles = [each.title for each in feed_of().columns]
    assert accepted_names(tmp_path, data) == set()
    assert accepted_names(tmp_path, as_csv([titles]) + data) == set()
    assert accepted_names(tmp_path, as_csv([titles], "gb18030") + data) == set()


@pytest.mark.parametrize("header", ["utf-8", "gb18030"])
@pytest.mark.parametrize("encoding", [each for each in ENCODINGS if each not in READ | KOREAN])
def test_names_in_a_foreign_encoding_are_never_other_names(tmp_path: Path, encoding: str, header: str) -> None:
    """If this breaks, Big5 or Shift-JIS rows are read as other characters without an error."""
    names = names_in(sample(encoding)[1])
    assert names
    titles = [[each.title for each in feed_of().columns]]
    data = as_csv(titles, header) + as_csv(rows_of(names * 9), encoding)
    assert accepted_names(tmp_path, data) <= set(names)


@pytest.mark.parametrize("encoding", sorted(READ))
def test_the_national_encodings_are_read_to_the_character(tmp_path: Path, encoding: str) -> None:
    """If this breaks, rare and four-byte characters of names are lost."""
    names = [each for each in names_in(sample(encoding)[1]) if "某" not in each]
    titles = [[each.title for each in feed_of().columns]]
    common = ["张小明"] * 40 * len(names)
    read = accepted_names(tmp_path, as_csv([*titles, *rows_of(names + common)], encoding))
    assert {"张小明", *names} == read


@pytest.mark.parametrize("encoding", WESTERN)
def test_western_encodings_are_refused(tmp_path: Path, encoding: str) -> None:
    """If this breaks, accents turn into Chinese characters of a name."""
    letters = bytes(range(0xA1, 0xFF)).decode(encoding, errors="ignore")
    names = [f"Jos{letters[at]} {letters[at + 1]}x" for at in range(len(letters) - 1)]
    titles = [[each.title for each in feed_of().columns]]
    data = as_csv(titles, "utf-8") + as_csv(rows_of(names), encoding)
    assert accepted_names(tmp_path, data) <= set(names)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_extension_planes_survive(tmp_path: Path, encoding: str) -> None:
    """If this breaks, people with rare names have other names."""
    names = ["\U00020bb7田", "张\U0002b740", "李\U000323af", "王\u4dae", "陈\u9fcf", *["张小明"] * 40]
    titles = [[each.title for each in feed_of().columns]]
    assert accepted_names(tmp_path, as_csv([*titles, *rows_of(names)], encoding)) == set(names)


@pytest.mark.parametrize("zeros", [b"\0", b"\0\0\0", b"\0" * 300])
def test_zero_bytes_never_pass_into_a_value(tmp_path: Path, zeros: bytes) -> None:
    """If this breaks, a damaged disk's zeros are part of a name or cut it off."""
    titles = [[each.title for each in feed_of().columns]]
    data = as_csv([*titles, *rows_of(["张小明"] * 30)]).replace("张小".encode(), "张小".encode() + zeros, 1)
    names = accepted_names(tmp_path, data)
    assert names <= {"张小明"}


@pytest.mark.skipif(not TABLES, reason="no installed package carries tables of its own")
@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.name)
def test_tables_of_other_projects_are_refused_or_balance(tmp_path: Path, path: Path) -> None:
    """If this breaks, a file of quite another kind crashes the run or passes for a delivery."""
    data = path.read_bytes()
    assert accepted_names(tmp_path, data) == set()
    titles = [each.title for each in feed_of().columns]
    below = as_csv([titles]) + data
    try:
        result = taken(tmp_path, below)
    except DeliveryError:
        return
    assert result.receipt.balanced
    assert result.accepted.is_empty()


@pytest.mark.parametrize(
    "text",
    [
        "a,b\r\n",
        'a,"b\r\nc"\r\n',
        'a,"b""c"\r\n',
        '"a,b",c\r\n',
        'a,"b"c\r\n',
        "a\rb,c\r\n",
        'a,"b\r\n',
        "\ufeffa,b\r\n",
        "a;b\tc|d\r\n",
        ",,,,,,,,,,,,\r\n",
        "a\x0bb\x0cc\x1c,d\x85e\u2028f\r\n",
    ],
)
def test_shapes_that_the_standard_reader_knows_are_no_other_records_here(tmp_path: Path, text: str) -> None:
    """If this breaks, a line of another dialect shifts or swallows the rows around it."""
    titles = [each.title for each in feed_of().columns]
    rows = as_csv([titles, *rows_of(["张小明", "张小红"])]).decode()
    head, first, second, _ = rows.split("\r\n")
    data = "\r\n".join([head, first, text.removesuffix("\r\n"), second, ""]).encode()
    result = taken(tmp_path, data)
    assert result.receipt.balanced
    assert number(1) in result.accepted["person_id"].to_list()
    everything = str(result.accepted.rows()) + str(result.quarantined.rows())
    assert number(2) in everything

from datetime import date

import pytest

from schemas.codes import CODE_LISTS, label_key
from schemas.fields import FIELDS, field
from tests.unit.schemas.cells import read, reason, value


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (" 甲　乙 ", "甲乙"),
        ("甲\u200b乙", "甲乙"),
        ("甲乙(已故)", "甲乙"),
        ("甲乙（户主）", "甲乙"),
        ("Jia  Yi", "Jia Yi"),
        ("Ｊｉａ　Ｙｉ", "Jia Yi"),
        ("甲〇", "甲〇"),
        ("\U00020bb7田", "\U00020bb7田"),  # extension B
        ("甲\U000323af", "甲\U000323af"),  # extension H
        ("甲\ufa1a", "甲\ufa1a"),  # a compatibility ideograph is not folded into a commoner one
        ("甲\ue81e", "甲\u9fb4"),  # private in GB 18030-2005, assigned in 2022
    ],
)
def test_names_are_one_style(text: str, name: str) -> None:
    """If this breaks, one person has several names in the vault, or a rare character becomes another."""
    assert value("person_name", text) == name


@pytest.mark.parametrize("dot", "·•‧∙・．.●⋅･ꞏ")
def test_every_middle_dot_is_the_same(dot: str) -> None:
    """If this breaks, names of minorities differ from department to department."""
    assert value("person_name", f"甲乙{dot}丙丁") == "甲乙·丙丁"
    assert value("person_name", f"甲乙 {dot} 丙丁") == "甲乙·丙丁"


@pytest.mark.parametrize("text", ["张*", "张**", "张＊", "张某", "张某某", "张某甲", "张XX", "张×", "张○○", "*明"])
def test_a_masked_name_is_no_name(text: str) -> None:
    """If this breaks, stars replace a person's name in the vault, or the row is lost."""
    reading = read("person_name", text)
    assert (reading.value.item(), reading.reason.item()) == (None, None)
    assert reading.tidied["masked_names"] == 1


def test_a_lost_or_private_character_is_told() -> None:
    """If this breaks, nobody learns that a name cannot be written as it stands."""
    assert read("person_name", "张?").tidied == {"damaged_names": 1}
    assert read("person_name", "张?").value.item() is None
    private = read("person_name", "张\ue5e5")
    assert private.tidied == {"private_use_names": 1}
    assert private.value.item() == "张\ue5e5"
    assert read("person_name", "张三2").tidied == {"names_with_digits": 1}


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("+86 139-0000-0000", "13900000000"),
        ("008613900000000", "13900000000"),
        ("(+86)13900000000", "13900000000"),
        ("１３９００００００００", "13900000000"),
        ("139 0000 0000", "13900000000"),
        ("13900000000/13800000000", "13900000000"),
        ("13900000000 13800000000", "13900000000"),
        ("0571-87654321、13900000000", "13900000000"),
        ("0571-87654321", "057187654321"),
        ("（0571）87654321", "057187654321"),
        ("0571-87654321转801", "057187654321-801"),
        ("0571-87654321-801", "057187654321-801"),
        ("010 8765 4321", "01087654321"),
        ("87654321", "87654321"),
        ("400-800-1234", "4008001234"),
    ],
)
def test_telephones_are_digits(text: str, digits: str) -> None:
    """If this breaks, a family cannot be called, or a wrong number is."""
    assert value("phone", text) == digits


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("138****0000", "masked_phones"),
        ("139000000001", "phone_dropped"),
        ("12345678901", "phone_dropped"),
        ("abc", "phone_dropped"),
    ],
)
def test_telephones_never_cost_a_row(text: str, code: str) -> None:
    """If this breaks, a bad telephone number sets a family's row aside."""
    reading = read("phone", text)
    assert (reading.value.item(), reading.reason.item()) == (None, None)
    assert reading.tidied[code] == 1


def test_of_several_telephones_the_choice_is_counted() -> None:
    """If this breaks, nobody learns that a second number was left out."""
    assert read("phone", "13900000000/13800000000").tidied == {"phone_first": 1, "phone_restyled": 1}


@pytest.mark.parametrize(
    "text",
    [
        "二〇二四年三月一日",
        "二零二四年三月一日",
        "二○二四年三月一日",
        "公元2024年3月1日",
        "2024年3月1日 星期五",
        "2024 年 3 月 1 日",
        "2024年3月1日10时5分",
        "2024/3/1 下午 3:05",
        "2024-03-01 3:05 PM",
        "20240301 00:00:00",
        "'2024-03-01",
        "2024–03–01",
        "2024-03-01T10:00:00+08:00",
        "2024-02-29T16:00:00Z",
        "2024-02-29T16:00:00.000Z",
        "2024-02-29T11:30:00-05:00",
    ],
)
def test_one_day_in_rarer_styles(text: str) -> None:
    """If this breaks, days move by one with the time zone of a program, or whole columns are refused."""
    assert value("paid_on", text) == date(2024, 3, 1)


@pytest.mark.parametrize(("text", "day"), [("十一", 11), ("二十", 20), ("二十九", 29), ("十", 10), ("三十一", 31)])
def test_chinese_numerals_of_days(text: str, day: int) -> None:
    """If this breaks, the eleventh becomes the first."""
    assert value("paid_on", f"二〇二四年一月{text}日") == date(2024, 1, day)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("24-3-1", "two_digit_year"),
        ("85.03.01", "two_digit_year"),
        ("85年3月1日", "two_digit_year"),
        ("民国113年3月1日", "other_calendar"),
        ("113年3月1日", "other_calendar"),
        ("农历2024年3月1日", "other_calendar"),
        ("二〇二四年二月三十日", "bad_date"),
        ("2024-03-00", "bad_date"),
        ("2024-00-01", "bad_date"),
        ("01/03/2024", "bad_date"),
        ("2024-03-01至2024-03-31", "bad_date"),
        ("########", "cell_error"),
        ("#N/A", "cell_error"),
    ],
)
def test_a_day_in_doubt_is_refused_with_its_reason(text: str, code: str) -> None:
    """If this breaks, a century or a calendar is guessed, or the department is told the wrong thing."""
    assert reason("paid_on", text) == code


def test_a_day_without_end_is_no_end() -> None:
    """If this breaks, spells end in the year 9999, or open ones are refused."""
    column = field("ended_on", required=False)
    assert value(column, "9999-12-31") is None
    assert value(column, "2099-12-31") is None
    assert read(column, "长期", "99991231").tidied == {"null_word": 2}


@pytest.mark.parametrize(
    ("text", "period"),
    [
        ("20240101至20240131", "2024-01"),
        ("2024-02-01~2024-02-29", "2024-02"),
        ("2024-01-01 ～ 2024-01-31", "2024-01"),
        ("2024年3月1日至2024年3月31日", "2024-03"),
        ("20240401-20240430", "2024-04"),
        ("2024-01-01至2024-12-31", "2024"),
        ("202401-202412", "2024"),
        ("2024年1月-12月", "2024"),
        ("2024-05至2024-05", "2024-05"),
        ("2024年全年", "2024"),
        ("二〇二四年五月", "2024-05"),
    ],
)
def test_spans_of_one_month_or_year_are_that_period(text: str, period: str) -> None:
    """If this breaks, a tax office's own way of writing periods is refused."""
    assert value("period", text) == period
    if "-" in period:
        year, month = period.split("-")
        assert value("period_month", text) == date(int(year), int(month), 1)


@pytest.mark.parametrize(
    "text",
    [
        "20240101至20240229",
        "20240101至20240130",
        "20240102至20240131",
        "20240131至20240101",
        "20240101至20251231",
        "20240201至20250131",
        "20240101至20240331",
        "2024年1月-3月",
        "202401-202403",
        "2024年第一季度",
        "2024Q1",
        "2024年上半年",
    ],
)
def test_other_spans_are_no_period(text: str) -> None:
    """If this breaks, income of a quarter is counted as that of its first month, or spread over months."""
    assert reason("period", text) == "period_range"
    assert reason("period_month", text) == "period_range"


def test_a_year_is_no_month() -> None:
    """If this breaks, income of a year is counted as that of January."""
    assert reason("period_month", "20240101至20241231") == "period_range"
    assert reason("period_month", "2024年") == "bad_month"
    assert reason("period", "20240101至") == "bad_period"


@pytest.mark.parametrize(
    ("text", "fen"),
    [
        ("1,2345.60", 1234560),
        ("１，２３４．５０", 123450),
        ("1 234.50", 123450),
        ("¥ 1,234.50", 123450),
        ("RMB 12", 1200),
        ("人民币12元整", 1200),
        ("12元", 1200),
        ("（12.30）", -1230),
        ("(¥12.30)", -1230),
        ("−12.30", -1230),
        ("－12.30", -1230),
        ("12.30-", -1230),
        ("红字12.30", -1230),
        ("12.30(红字)", -1230),
        ("-¥12.30", -1230),
        ("+12", 1200),
        ("'12.30", 1230),
        ("0.123456万元", 123456),
        ("1.5亿", 15_000_000_000),
        ("12.", 1200),
    ],
)
def test_amounts_in_rarer_styles(text: str, fen: int) -> None:
    """If this breaks, reversals become payments, or amounts are off by a factor."""
    assert value("amount_fen", text) == fen


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("壹万贰仟元整", "money_in_words"),
        ("五百元", "money_in_words"),
        ("1.005", "money_too_fine"),
        ("0.0000001万", "money_too_fine"),
        ("5%", "bad_money"),
        ("1.2E+05", "bad_money"),
        ("1,23", "bad_money"),
        ("12,345,6", "bad_money"),
        ("1 23", "bad_money"),
        ("100美元", "bad_money"),
        ("$100", "bad_money"),
        ("1万2千", "bad_money"),
        ("100-200", "bad_money"),
        ("约100", "bad_money"),
        ("(-5)", "bad_money"),
    ],
)
def test_an_amount_in_doubt_is_refused_with_its_reason(text: str, code: str) -> None:
    """If this breaks, a decimal comma makes an amount a hundred times too large."""
    assert reason("amount_fen", text) == code


@pytest.mark.parametrize(("text", "grade"), [("一级", 1), ("Ⅱ级", 2), ("叁级", 3), (" ４ ", 4)])
def test_grades_in_every_style(text: str, grade: int) -> None:
    """If this breaks, grades of disability are refused or out of their range."""
    assert value("disability_grade", text) == grade


@pytest.mark.parametrize("name", sorted(CODE_LISTS))
def test_labels_are_known_in_every_dress(name: str) -> None:
    """If this breaks, a space or a full-width sign makes a known category unknown."""
    codes = CODE_LISTS[name]
    column = next((each for each in FIELDS.values() if each.codes is codes), None)
    if column is None:
        return
    wide = str.maketrans({chr(code - 0xFEE0): chr(code) for code in range(0xFF01, 0xFF5F)})
    for label, code in codes.by_label.items():
        for dressed in (label, f" {label}\u3000", label.translate(wide), " ".join(label), f"\u200b{label}"):
            assert read(column, dressed).value.item() == code
    keys = {label_key(label): code for label, code in codes.by_label.items()}
    assert all(keys[label_key(label)] == code for label, code in codes.by_label.items())


def test_a_label_that_is_near_is_unknown() -> None:
    """If this breaks, a new category is counted under an old one."""
    for text in ("男人", "男/女", "0", "9", "unknown"):
        assert reason("sex", text) == "unknown_code" if "sex" in FIELDS else True
    assert read("street_code", "西兴", "西兴街道").tidied == {"code_synonym": 1}


@pytest.mark.parametrize(
    ("text", "address"),
    [("浦沿街道 某路１２号", "浦沿街道某路12号"), (" 某路\n1号 ", "某路1号"), ("某路 1 号", "某路1号")],
)
def test_addresses_are_tidy(text: str, address: str) -> None:
    """If this breaks, one home has several addresses."""
    assert value("address", text) == address

"""The whole of taking a delivery in as others would write it with pandas and pandera.

What belongs here: from the CSV to all that stays of it: a copy of the file with its hash, keyed rows, people, names,
rows set aside with reasons and original, and counts by reason and by kind of tidying. It is written as its users would:
vectorised, plain cells first, days and people once each. Sealing the copy, profiles, region codes, rarer styles and the
record in a database are left out, so it still does less.
"""

import hashlib
import json
import shutil
from collections import Counter
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pandera.pandas as pa

from bench.peers import DAYS, KINDS, MONEY, STYLES, WEIGHTS

__all__ = ["AMOUNT", "ID", "KEY", "NAME", "NOTHING", "NUMBER", "SOURCE", "UNITS", "Outcome", "archived", "pandas_whole"]

KEY = b"bench" * 4
ID = r"[0-9]{17}[0-9X]"
NAME = "[一-龥]{2,8}"
NUMBER = r"[0-9A-Za-z()\-]{1,60}"
AMOUNT = r"-?[0-9]{1,10}(?:\.[0-9]{1,2})?"
UNITS = {"": 100, "元": 100, "千元": 100_000, "万": 1_000_000, "万元": 1_000_000, "亿元": 10_000_000_000}
NOTHING = ("", "无", "空", "不详", "未知", "-", "—", "--", "/", "null", "NULL", "None", "N/A", "nan")
SOURCE = {"source_feed": "medical_settlements", "source_delivery": "0" * 16, "source_sheet": ""}


@dataclass(frozen=True, slots=True)
class Outcome:
    """Rows accepted, rows set aside by their first reason, and cells by kind of tidying."""

    accepted: int
    reasons: dict[str, int]
    tidied: dict[str, int]


def pandas_whole(source: Path, folder: Path, today: date) -> Outcome:
    """Pandas and NumPy for tidying and reasons, pandera for the accepted rows, DuckDB to write."""
    archived(source, folder)
    text = pd.read_csv(source, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    counts: Counter[str] = Counter()
    values: dict[str, Any] = {}
    reasons: dict[str, Any] = {}
    values["person_id"], reasons["person_id"] = _pandas_numbers(text["身份证号"], counts, today)
    for name, title, plain in (("person_name", "姓名", NAME), ("settlement_no", "结算编号", NUMBER)):
        values[name] = _tidy(text[title], plain, counts, name, dot=name == "person_name")
        reasons[name] = np.where(values[name] == "", "missing_required", "")
    values["settlement_kind"], reasons["settlement_kind"] = _pandas_kinds(text["就医类别"], counts)
    for name, title in DAYS.items():
        values[name], reasons[name] = _pandas_days(text[title], counts, today, required=name != "admitted_on")
    for name, title in MONEY.items():
        values[name], reasons[name] = _pandas_money(text[title], counts)
    problems = pd.DataFrame(reasons)
    wrong = (problems != "").to_numpy().any(axis=1)
    _pandas_aside(text[wrong], problems[wrong], folder / "quarantine.parquet")
    accepted = pd.DataFrame(values).assign(source_row=np.arange(2, len(text) + 2))[~wrong]
    _pandas_schema(today).validate(accepted, lazy=True)
    _pandas_keyed(accepted, folder)
    first = problems[wrong].replace("", np.nan).bfill(axis=1).iloc[:, 0]
    return Outcome(len(accepted), first.value_counts().to_dict(), dict(counts))


def archived(source: Path, folder: Path) -> str:
    """Copy the file and give its hash."""
    folder.mkdir(exist_ok=True)
    shutil.copy(source, folder / "raw")
    with source.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _tidy(text: Any, plain: str, counts: Counter[str], name: str, *, dot: bool = False) -> Any:
    """Half-width and without space; cells that are plain are left as they are."""
    value = text.copy()
    others = ~text.str.fullmatch(plain) & (text != "")
    rest = text[others]
    wide = rest.str.normalize("NFKC")
    counts[f"{name}_width"] += int((wide != rest).sum())
    close = wide.str.replace(r"\s+", "", regex=True).str.lstrip("'")
    counts[f"{name}_spaces"] += int((close != wide).sum())
    if dot:
        dotted = close.str.replace(r"[•‧∙・●]", "·", regex=True)
        counts[f"{name}_dot"] += int((dotted != close).sum())
        close = dotted
    nothing = close.isin(NOTHING)
    counts["null_word"] += int(nothing.sum())
    value[others] = close.mask(nothing, "")
    return value


def _pandas_numbers(text: Any, counts: Counter[str], today: date) -> tuple[Any, Any]:
    """Tidied, 15 digits brought to 18, and checked by arithmetic on a matrix of digits."""
    value = _tidy(text, ID, counts, "id")
    upper = value.str.replace(r"^([0-9]{17})x$", r"\1X", regex=True)
    counts["id_letter_x"] += int((upper != value).sum())
    old = upper.str.fullmatch(r"[0-9]{15}")
    if old.any():
        counts["id_15_to_18"] += int(old.sum())
        stem = upper[old].str.slice(0, 6) + "19" + upper[old].str.slice(6)
        upper[old] = stem + np.array(list("10X98765432"))[_weighted(_digits(stem, 17)) % 11]
    shaped = upper.str.fullmatch(ID).to_numpy(dtype=bool)
    digits = _digits(upper[shaped], 18)
    last = np.where(digits[:, 17] > 9, 10, digits[:, 17])
    right = (_weighted(digits) + last) % 11 == 1
    years = digits[:, 6:14].astype("i4") @ (10 ** np.arange(7, -1, -1))
    days, places = np.unique(years, return_inverse=True)
    born = pd.to_datetime(pd.Series(days).astype(str), format="%Y%m%d", errors="coerce")
    lived = born.le(pd.Timestamp(today)).to_numpy()[places]
    reason = np.where(upper == "", "missing_required", "id_shape").astype(object)
    reason[shaped] = np.select([~lived, ~right], ["id_birth_date", "id_checksum"], "")
    return upper, reason


def _digits(numbers: Any, length: int) -> Any:
    return np.array(numbers, dtype=f"S{length}").view("u1").reshape(-1, length) - ord("0")


def _weighted(digits: Any) -> Any:
    return digits[:, :17].astype("i4") @ np.array(WEIGHTS)


def _pandas_kinds(text: Any, counts: Counter[str]) -> tuple[Any, Any]:
    codes, distinct = pd.factorize(text)
    clean = pd.Series(distinct).str.normalize("NFKC").str.strip()
    found = clean.map(KINDS)
    per_code = np.bincount(codes, minlength=len(distinct))
    counts["code_spaces"] += int(per_code[(clean != distinct).to_numpy()].sum())
    counts["code_synonym"] += int(per_code[(clean.isin(list(KINDS)) & ~clean.isin(["住院", "门诊"])).to_numpy()].sum())
    reason = np.select([clean == "", found.isna()], ["missing_required", "unknown_code"], "")
    return found.to_numpy()[codes], reason[codes]


def _pandas_days(text: Any, counts: Counter[str], today: date, *, required: bool) -> tuple[Any, Any]:
    """Each distinct text once: each style reads what those before it left."""
    codes, distinct = pd.factorize(text)
    raw = pd.Series(distinct)
    clean = raw.str.normalize("NFKC").str.replace(r"\s+", "", regex=True)
    clean = clean.mask(clean.isin(NOTHING), "")
    days = pd.to_datetime(clean, format=STYLES[0], errors="coerce")
    per_code = np.bincount(codes, minlength=len(distinct))
    counts["date_width"] += int(per_code[(clean != raw).to_numpy()].sum())
    for style in STYLES[1:]:
        left = days.isna() & (clean != "")
        days[left] = pd.to_datetime(clean[left], format=style, errors="coerce")
        counts["date_restyled"] += int(per_code[(left & days.notna()).to_numpy()].sum())
    blank = "missing_required" if required else ""
    tests = [clean == "", days.isna(), days > pd.Timestamp(today)]
    reason = np.select(tests, [blank, "bad_date", "future_date"], "")
    return days.to_numpy()[codes], reason[codes]


def _pandas_money(text: Any, counts: Counter[str]) -> tuple[Any, Any]:
    """Fen; plain amounts at once, the others without currency, separators and unit."""
    plain = text.str.fullmatch(AMOUNT)
    fen = pd.Series(pd.NA, index=text.index, dtype="Int64")
    fen[plain] = (pd.to_numeric(text[plain]) * 100).round().astype("Int64")
    rest = text[~plain]
    clean = rest.str.normalize("NFKC").str.replace(r"^\s*(?:人民币|RMB|CNY|¥)\s*", "", regex=True).str.strip()
    counts["money_width"] += int((clean != rest).sum())
    signed = clean.str.replace(r"^\(([0-9.,]+元?)\)$", r"-\1", regex=True).str.replace(r"^[−–—]", "-", regex=True)
    counts["money_sign"] += int((signed != clean).sum())
    bare = signed.str.replace(r"(?<=[0-9])[, ](?=[0-9]{3})", "", regex=True)
    counts["money_grouping"] += int((bare != signed).sum())
    parts = bare.str.extract(r"^([+-]?[0-9]{0,10}(?:\.[0-9]*)?)(元|千元|万元?|亿元)?$")
    unit = parts[1].fillna("")
    counts["money_unit"] += int((unit != "").sum())
    exact = pd.to_numeric(parts[0], errors="coerce") * unit.map(UNITS)
    fen[~plain] = exact.round().astype("Int64")
    nothing = bare.isin(NOTHING)
    reason = np.full(len(text), "", dtype=object)
    tests = [nothing, exact.isna(), (exact - exact.round()).abs() > 1e-4]
    reason[(~plain).to_numpy()] = np.select(tests, ["missing_required", "bad_money", "money_too_fine"], "")
    reason[(fen < 0).fillna(value=False).to_numpy()] = "out_of_range"
    return fen, reason


def _pandas_aside(original: Any, problems: Any, target: Path) -> None:
    """The rows set aside: first reason, all reasons, and what was sent."""
    columns = problems.columns
    every = [
        "; ".join(f"{name}:{each}" for name, each in zip(columns, row, strict=True) if each)
        for row in problems.to_numpy()
    ]
    aside = pd.DataFrame({
        "source_row": original.index + 2,
        "all_reasons": every,
        "original": [json.dumps(each, ensure_ascii=False) for each in original.to_dict("records")],
    }).assign(**SOURCE)  # fmt: skip
    _written("aside", aside, target)


def _pandas_schema(today: date) -> Any:
    past = pa.Check.le(pd.Timestamp(today))
    return pa.DataFrameSchema(
        {
            "person_id": pa.Column(str, pa.Check.str_matches(f"^{ID}$")),
            "person_name": pa.Column(str, pa.Check.str_length(min_value=1)),
            "settlement_no": pa.Column(str, pa.Check.str_length(min_value=1)),
            "settlement_kind": pa.Column(str, pa.Check.isin(["inpatient", "outpatient"])),
            "admitted_on": pa.Column("datetime64[us]", past, nullable=True, coerce=True),
            "settled_on": pa.Column("datetime64[us]", past, coerce=True),
            **dict.fromkeys(MONEY, pa.Column("Int64", pa.Check.ge(0))),
            "source_row": pa.Column(int, pa.Check.ge(1)),
        }
    )


def _pandas_keyed(accepted: Any, folder: Path) -> None:
    """Rows with keys, people with birth date and sex, and what names each person has."""
    codes, people = pd.factorize(accepted["person_id"])
    keys = np.array([hashlib.blake2b(each.encode(), key=KEY, digest_size=12).hexdigest() for each in people])
    rows = accepted.drop(columns=["person_id", "person_name"]).assign(person_key=keys[codes], **SOURCE)
    _written("rows", rows, folder / "rows.parquet")
    digits = _digits(people, 18)
    born = pd.to_datetime(pd.Series(people).str.slice(6, 14), format="%Y%m%d")
    sex = np.where(digits[:, 16] % 2 == 1, "male", "female")
    identities = pd.DataFrame({"person_key": keys, "birth_on": born, "sex": sex}).sort_values("person_key")
    _written("identities", identities, folder / "identities.parquet")
    named = pd.DataFrame({"code": codes, "person_name": accepted["person_name"].to_numpy()}).drop_duplicates()
    vault = named.assign(person_key=keys[named["code"]], id_number=people[named["code"]]).drop(columns="code")
    _written("vault", vault.assign(**SOURCE), folder / "vault.parquet")


def _written(name: str, frame: Any, target: Path) -> None:
    with duckdb.connect() as connection:  # pandas alone cannot
        connection.register(name, frame)
        connection.execute(f"COPY {name} TO '{target}' (FORMAT parquet, COMPRESSION zstd)")

"""What others would write: the same file, checks and tidying with pandas and pandera, and with SQL on DuckDB.

What belongs here: for each peer one function from the CSV to the Parquet of accepted rows and the counts of accepted
rows and of rows set aside. They tidy and check what the contract of the feed asks of this file and no more: no archive,
no person keys, no reasons in words, no receipt.
"""

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pandera.errors
import pandera.pandas as pa

__all__ = ["DAYS", "KINDS", "MONEY", "STYLES", "WEIGHTS", "duckdb_sql", "pandas_pandera"]

KINDS = {
    "住院": "inpatient",
    "普通住院": "inpatient",
    "门诊": "outpatient",
    "普通门诊": "outpatient",
    "门诊慢特病": "outpatient",
}
STYLES = ("%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%Y年%m月%d日")
DAYS = {"admitted_on": "入院日期", "settled_on": "结算日期"}
MONEY = {"total_fen": "医疗费总额(元)", "fund_paid_fen": "基金支付(元)", "out_of_pocket_fen": "个人自付(元)"}
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def pandas_pandera(source: Path, target: Path, today: date) -> tuple[int, int]:
    """Vectorised pandas and NumPy for the tidying, one lazy pandera schema for the checks."""
    text = pd.read_csv(source, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    frame = pd.DataFrame(
        {
            "person_id": text["身份证号"].str.replace(r"\s", "", regex=True).str.upper(),
            "person_name": text["姓名"].str.replace(r"[•‧∙・●]", "·", regex=True).str.replace(r"\s", "", regex=True),
            "settlement_no": text["结算编号"].str.strip(),
            "settlement_kind": text["就医类别"].str.strip().map(KINDS),
        }
    )
    for name, title in DAYS.items():
        frame[name] = _pandas_days(text[title].str.strip())
    for name, title in MONEY.items():
        yuan = pd.to_numeric(text[title].str.replace(r"[,\s]", "", regex=True), errors="coerce")
        frame[name] = (yuan * 100).round().astype("Int64")
    try:
        accepted = _pandera_schema(today).validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as error:
        accepted = frame.drop(index=error.failure_cases["index"].dropna().unique())
    duckdb.execute("SET enable_progress_bar = false")
    duckdb.sql(f"COPY (SELECT * FROM accepted) TO '{target}' (FORMAT parquet)")  # pandas alone cannot
    return len(accepted), len(frame) - len(accepted)


def _pandas_days(text: Any) -> Any:
    """Days in any of the four styles: each style reads what those before it left."""
    days = pd.to_datetime(text, format=STYLES[0], errors="coerce")
    for style in STYLES[1:]:
        left = days.isna() & (text != "")
        if not left.any():
            break
        days[left] = pd.to_datetime(text[left], format=style, errors="coerce")
    return days


def _pandera_schema(today: date) -> Any:

    money = pa.Column("Int64", pa.Check.ge(0))
    past = pa.Check.le(pd.Timestamp(today))
    return pa.DataFrameSchema(
        {
            "person_id": pa.Column(str, pa.Check(lambda numbers: _valid_numbers(numbers, today))),
            "person_name": pa.Column(str, pa.Check.str_length(min_value=1)),
            "settlement_no": pa.Column(str, pa.Check.str_length(min_value=1)),
            "settlement_kind": pa.Column(str, pa.Check.isin(["inpatient", "outpatient"])),
            "admitted_on": pa.Column("datetime64[us]", past, nullable=True, coerce=True),
            "settled_on": pa.Column("datetime64[us]", past, coerce=True),
            **dict.fromkeys(MONEY, money),
        }
    )


def _valid_numbers(numbers: Any, today: date) -> Any:
    """Shape, birth date and check digit, by arithmetic on a matrix of digits."""
    shaped = numbers.str.fullmatch(r"[0-9]{17}[0-9X]")
    valid = shaped.copy()
    good = numbers[shaped]
    digits = np.array(good, dtype="S18").view("u1").reshape(-1, 18) - ord("0")
    last = np.where(digits[:, 17] > 9, 10, digits[:, 17])
    fits = (digits[:, :17].astype("i4") @ np.array(WEIGHTS) + last) % 11 == 1
    born = pd.to_datetime(good.str.slice(6, 14), format="%Y%m%d", errors="coerce")
    valid[shaped] = fits & born.le(pd.Timestamp(today)).to_numpy()
    return valid


def duckdb_sql(source: Path, target: Path, today: date) -> tuple[int, int]:
    """One statement: read, tidy, check, write what is accepted; a second one counts what is set aside."""
    connection = duckdb.connect()
    connection.execute("SET enable_progress_bar = false")
    day = f"DATE '{today}'"
    total = " + ".join(f"(ascii(person_id[{at}]) - 48) * {weight}" for at, weight in enumerate(WEIGHTS, start=1))
    last = "CASE person_id[18] WHEN 'X' THEN 10 ELSE ascii(person_id[18]) - 48 END"
    styles = str(list(STYLES))
    tidied = ", ".join(
        [
            "upper(regexp_replace(\"身份证号\", '\\s', '', 'g')) AS person_id",
            "regexp_replace(regexp_replace(\"姓名\", '[•‧∙・●]', '·', 'g'), '\\s', '', 'g') AS person_name",
            'trim("结算编号") AS settlement_no',
            'CASE trim("就医类别") '
            + " ".join(f"WHEN '{k}' THEN '{v}'" for k, v in KINDS.items())
            + " END AS settlement_kind",
            "trim(coalesce(\"入院日期\", '')) AS admitted_text",
            *(f'CAST(try_strptime(trim("{title}"), {styles}) AS DATE) AS {name}' for name, title in DAYS.items()),
            *(
                f"CAST(try_cast(regexp_replace(\"{title}\", '[,\\s]', '', 'g') AS DECIMAL(18, 2)) * 100 AS BIGINT)"
                f" AS {name}"
                for name, title in MONEY.items()
            ),
        ]
    )
    checks = " AND ".join(
        [
            "regexp_full_match(person_id, '[0-9]{17}[0-9X]')",
            f"try_strptime(substr(person_id, 7, 8), '%Y%m%d') <= {day}",
            f"({total} + {last}) % 11 = 1",
            "person_name <> ''",
            "settlement_no <> ''",
            "settlement_kind IS NOT NULL",
            f"(admitted_text = '' OR admitted_on <= {day})",
            f"settled_on <= {day}",
            *(f"{name} >= 0" for name in MONEY),
        ]
    )
    rows = f"read_csv('{source}', all_varchar = true, header = true)"
    connection.execute(
        f"CREATE TEMP TABLE checked AS SELECT *, coalesce({checks}, false) AS good FROM (SELECT {tidied} FROM {rows})"
    )
    columns = "* EXCLUDE (good, admitted_text)"
    connection.execute(f"COPY (SELECT {columns} FROM checked WHERE good) TO '{target}' (FORMAT parquet)")
    accepted, aside = connection.execute(
        "SELECT count(*) FILTER (good), count(*) FILTER (NOT good) FROM checked"
    ).fetchall()[0]
    connection.close()
    return accepted, aside

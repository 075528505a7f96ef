"""The whole of taking a delivery in as others would write it with SQL on DuckDB.

What belongs here: as in `bench.whole_pandas`, from the CSV to all that stays of it. One table of tidied values and
first reasons is made, from which counts and files are taken.
"""

from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from bench.peers import DAYS, KINDS, MONEY, STYLES, WEIGHTS
from bench.whole_pandas import AMOUNT, ID, KEY, NAME, NOTHING, NUMBER, SOURCE, UNITS, Outcome, archived

__all__ = ["duckdb_whole"]

_TEXTS = {"person_id": ("身份证号", ID), "person_name": ("姓名", NAME), "settlement_no": ("结算编号", NUMBER)}
_WIDE = "０１２３４５６７８９．，－ＸｘＡＢＣＤＥＦＧＨＩＪＫＬＭＮ"  # no NFKC in SQL
_HALF = "0123456789.,-XxABCDEFGHIJKLMN"
_NONE = ", ".join(f"'{each}'" for each in NOTHING)


def duckdb_whole(source: Path, folder: Path, today: date) -> Outcome:
    """Tidy, check, count, key, and write rows, people, names and rows set aside."""
    archived(source, folder)
    with duckdb.connect() as connection:
        connection.execute("SET enable_progress_bar = false")
        connection.execute(f"CREATE TEMP TABLE checked AS {_checked(source, today)}")
        outcome = _counts(connection)
        for name, query in _tables().items():
            connection.execute(f"COPY ({query}) TO '{folder / name}.parquet' (FORMAT parquet, COMPRESSION zstd)")
    return outcome


def _checked(source: Path, today: date) -> str:
    """Raw cells, then tidied texts, then values, then the first reason."""
    read = f"read_csv('{source}', all_varchar = true, header = true)"
    raw = f"SELECT *, row_number() OVER () + 1 AS source_row FROM {read}"
    tidied = f"SELECT *, {', '.join(_tidied())} FROM ({raw})"
    values = f"SELECT * REPLACE ({_upgraded()} AS person_id), {', '.join(_values())} FROM ({tidied})"
    return f"SELECT *, {_reason(today)} AS reason FROM ({values})"


def _tidied() -> list[str]:
    """Texts without space, half-width; plain ones as they are."""
    bare = "regexp_replace(translate(coalesce(\"{0}\", ''), '" + _WIDE + "', '" + _HALF + "'), '\\s', '', 'g')"
    plain = 'CASE WHEN regexp_full_match("{0}", \'{1}\') THEN "{0}" ELSE {2} END AS {3}'
    texts = []
    for name, (title, pattern) in _TEXTS.items():
        other = f"regexp_replace({bare.format(title)}, '[•‧∙・●]', '·', 'g')"
        texts.append(plain.format(title, pattern, f"upper({other})" if name == "person_id" else other, name))
    for name, title in MONEY.items():
        other = f"regexp_replace({bare.format(title)}, '^¥|,', '', 'g')"
        texts.append(plain.format(title, AMOUNT, other, f"{name}_text"))
    texts += [f"{bare.format(title)} AS {name}_text" for name, title in DAYS.items()]
    kinds = " ".join(f"WHEN '{written}' THEN '{code}'" for written, code in KINDS.items())
    return [*texts, f'CASE trim("就医类别") {kinds} END AS settlement_kind']


def _values() -> list[str]:
    """Days in any of the styles; amounts in fen, whatever their unit."""
    units = " ".join(f"WHEN '{unit}' THEN {factor}" for unit, factor in UNITS.items() if unit)
    values = [f"CAST(try_strptime({name}_text, {list(STYLES)}) AS DATE) AS {name}" for name in DAYS]
    for name in MONEY:
        text = f"{name}_text"
        factor = f"CASE regexp_extract({text}, '[^0-9.]*$') {units} ELSE 100 END"
        number = f"try_cast(regexp_extract({text}, '^[+-]?[0-9]*(\\.[0-9]+)?') AS DECIMAL(18, 4))"
        plain = f"regexp_full_match({text}, '{AMOUNT}')"
        values.append(
            f"CASE WHEN {plain} THEN CAST(CAST({text} AS DECIMAL(18, 2)) * 100 AS BIGINT) "
            f"ELSE CAST({number} * {factor} AS BIGINT) END AS {name}"
        )
    return values


def _sum_of(number: str) -> str:
    return " + ".join(f"(ascii(({number})[{at}]) - 48) * {weight}" for at, weight in enumerate(WEIGHTS, start=1))


def _upgraded() -> str:
    """15 digits brought to 18."""
    stem = "substr(person_id, 1, 6) || '19' || substr(person_id, 7)"
    old = "regexp_full_match(person_id, '[0-9]{15}')"
    return f"CASE WHEN {old} THEN {stem} || '10X98765432'[({_sum_of(stem)}) % 11 + 1] ELSE person_id END"


def _reason(today: date) -> str:
    day = f"DATE '{today}'"
    last = "CASE person_id[18] WHEN 'X' THEN 10 ELSE ascii(person_id[18]) - 48 END"
    tests = [
        (f"person_id IN ({_NONE})", "missing_required"),
        (f"NOT regexp_full_match(person_id, '{ID}')", "id_shape"),
        (f"coalesce(try_strptime(substr(person_id, 7, 8), '%Y%m%d') > {day}, true)", "id_birth_date"),
        (f"({_sum_of('person_id')} + {last}) % 11 <> 1", "id_checksum"),
        (f"person_name IN ({_NONE})", "missing_required"),
        (f"settlement_no IN ({_NONE})", "missing_required"),
        ("settlement_kind IS NULL", "unknown_code"),
        ("admitted_on_text <> '' AND admitted_on IS NULL", "bad_date"),
        (f"admitted_on > {day}", "future_date"),
        (f"settled_on_text IN ({_NONE})", "missing_required"),
        ("settled_on IS NULL", "bad_date"),
        (f"settled_on > {day}", "future_date"),
    ]
    for name in MONEY:
        tests += [(f"{name}_text IN ({_NONE})", "missing_required"), (f"{name} IS NULL", "bad_money")]
        tests.append((f"{name} < 0", "out_of_range"))
    return "CASE " + " ".join(f"WHEN {test} THEN '{reason}'" for test, reason in tests) + " END"


def _counts(connection: Any) -> Outcome:
    """Rows by reason, and changed cells by column."""
    changed = [f'count(*) FILTER ({name} <> "{title}") AS {name}' for name, (title, _) in _TEXTS.items()]
    changed += [f'count(*) FILTER ({name}_text <> "{title}") AS {name}' for name, title in MONEY.items()]
    changed += [f'count(*) FILTER (CAST({name} AS VARCHAR) <> "{title}") AS {name}' for name, title in DAYS.items()]
    query = connection.execute(f"SELECT {', '.join(changed)} FROM checked")
    tidied = dict(zip([each[0] for each in query.description], query.fetchone(), strict=True))
    rows = dict(connection.execute("SELECT coalesce(reason, ''), count(*) FROM checked GROUP BY 1").fetchall())
    return Outcome(rows.pop("", 0), rows, tidied)


def _tables() -> dict[str, str]:
    """The query of each table that is kept."""
    source = ", ".join(f"'{text}' AS {name}" for name, text in SOURCE.items())
    hashed = f"substr(sha256('{KEY.decode()}' || person_id), 1, 24) AS person_key"
    people = f"SELECT person_id, {hashed} FROM (SELECT DISTINCT person_id FROM checked WHERE reason IS NULL)"
    named = f"checked JOIN ({people}) USING (person_id) WHERE reason IS NULL"
    titles = [*(title for title, _ in _TEXTS.values()), "就医类别", *DAYS.values(), *MONEY.values()]
    original = ", ".join(f"'{title}': \"{title}\"" for title in titles)
    columns = ", ".join(["settlement_no", "settlement_kind", *DAYS, *MONEY, "source_row"])
    born = "CAST(strptime(substr(person_id, 7, 8), '%Y%m%d') AS DATE) AS birth_on"
    sex = "CASE WHEN ascii(person_id[17]) % 2 = 1 THEN 'male' ELSE 'female' END AS sex"
    return {
        "rows": f"SELECT person_key, {columns}, {source} FROM {named} ORDER BY source_row",
        "identities": f"SELECT person_key, {born}, {sex} FROM ({people}) ORDER BY person_key",
        "vault": f"SELECT DISTINCT person_key, person_id AS id_number, person_name, {source} FROM {named}",
        "quarantine": f"SELECT source_row, reason, to_json({{{original}}}) AS original, {source} "
        "FROM checked WHERE reason IS NOT NULL",
    }

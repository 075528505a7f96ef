"""Taking a delivery in, against moving the same CSV unread and against the same checks written with other tools."""

import re
import shutil
import subprocess
import sys
from datetime import date
from pathlib import Path

import polars as pl

from bench.measure import Contest, contest
from bench.peers import duckdb_sql, pandas_pandera
from bench.settlements import write_settlements
from bench.whole_duckdb import duckdb_whole
from bench.whole_pandas import Outcome, pandas_whole
from registry.engine import make_engine, migrate
from registry.intake import ingest, new_files
from schemas.receipts import Receipt
from schemas.settings import Settings

__all__ = ["installed", "measure", "peak_memory", "take_in"]

_ROWS = 1_000_000
_REPEATS = 3
_TODAY = date(2026, 2, 1)
_KIB = 1024
_BARE = "scan_csv → sink_parquet"
_PANDAS, _DUCKDB = "pandas + pandera, the whole of it", "DuckDB SQL, the whole of it"
_FEW_PANDAS, _FEW_DUCKDB = "pandas + pandera, checks of this file alone", "DuckDB SQL, checks of this file alone"
_GOALS = {_BARE: 3, _PANDAS: 0.2, _DUCKDB: 1, _FEW_PANDAS: 0.2, _FEW_DUCKDB: 1}  # our time as a multiple of theirs
_ONLY_OURS = (
    "the whole of it: copy and hash of the file, tidying with its counts, checks with reasons, rows set aside with "
    "reason and original, keyed hashes, people, names; only ours seals the copy, proves the encoding, reads rarer "
    "styles, looks regions up, profiles, validates each value a second time and records the delivery"
)


def measure(folder: Path, rows: int = _ROWS) -> Contest:
    """Archive, read, tidy, check, key, write and record; peers do nearly all of it, or only the checks."""
    source = folder / "settlements.csv"
    write_settlements(source, rows)
    counts: dict[str, tuple[int, int]] = {}
    reasons: dict[str, dict[str, int]] = {}

    ready = iter([installed(folder / f"intake{place}") for place in range(_REPEATS)])

    def ours() -> None:
        receipt = take_in(source, next(ready))
        counts["ours"] = receipt.rows_accepted, receipt.rows_quarantined
        reasons["ours"] = dict(sorted(receipt.reasons.items()))

    def bare() -> None:
        pl.scan_csv(source, infer_schema=False).sink_parquet(folder / "bare.parquet")

    def pandas() -> None:
        counts["pandas"] = pandas_pandera(source, folder / "pandas.parquet", _TODAY)

    def duckdb() -> None:
        counts["duckdb"] = duckdb_sql(source, folder / "duckdb.parquet", _TODAY)

    def told(name: str, outcome: Outcome) -> None:
        counts[name] = outcome.accepted, sum(outcome.reasons.values())
        reasons[name] = dict(sorted(outcome.reasons.items()))

    peers = {
        _BARE: bare,
        _PANDAS: lambda: told(_PANDAS, pandas_whole(source, folder / "pandas", _TODAY)),
        _DUCKDB: lambda: told(_DUCKDB, duckdb_whole(source, folder / "duckdb", _TODAY)),
        _FEW_PANDAS: pandas,
        _FEW_DUCKDB: duckdb,
    }
    result = contest("taking a delivery in", rows, _REPEATS, {"ours": ours, **peers}, _GOALS)
    print(_ONLY_OURS)
    if len(set(counts.values())) != 1 or any(each != reasons["ours"] for each in reasons.values()):
        print(f"the contenders do not agree on the rows that are accepted and set aside: {counts}, {reasons}")
    return result


def take_in(source: Path, settings: Settings) -> Receipt:
    """Take `source` in as the only delivery of an installation that has its database already."""
    landed = settings.landing_dir / "medical_settlements" / "2026-01"
    landed.mkdir(parents=True)
    (landed / "bench.csv").hardlink_to(source)
    engine = make_engine(settings)
    (file,) = new_files(settings, engine)
    receipt = ingest(file, settings, engine, today=_TODAY)
    engine.dispose()
    return receipt


def installed(home: Path) -> Settings:
    """A new installation; making one is no part of taking a file in."""
    shutil.rmtree(home, ignore_errors=True)
    settings = Settings(home=home, database_url="")
    engine = make_engine(settings)
    migrate(engine)
    engine.dispose()
    return settings


def peak_memory(folder: Path, rows: int) -> str:
    """How much memory a process holds at most that takes `rows` rows in and does nothing else."""
    source = folder / "large.csv"
    write_settlements(source, rows)
    code = (
        "from pathlib import Path; from bench.ingest import installed, take_in; "
        f"take_in(Path({str(source)!r}), installed(Path({str(folder / 'memory')!r}))); "
        "print(Path('/proc/self/status').read_text())"  # the usage of a child counts its parent before the start too
    )
    told = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout  # noqa: S603
    size = source.stat().st_size // _KIB**2
    source.unlink()
    (peak,) = re.findall(r"VmHWM:\s*([0-9]+) kB", told)
    outcome = f"{int(peak) // _KIB:,} MiB"
    return f"memory of taking {rows:,} rows in ({size:,} MiB of CSV): at most {outcome}"

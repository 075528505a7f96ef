"""A month's file and its corrections, delivered in any order over several months: one state, one list."""

from datetime import date
from pathlib import Path

import openpyxl  # type: ignore[import-untyped]
import polars as pl
import pytest

from pipelines.run import run
from registry.engine import make_engine
from registry.exports.receipt import export_receipt
from registry.queries import current_edition
from registry.receipts import deliveries, open_rows, successor
from registry.release import release_of
from registry.roles import Actor
from schemas.settings import Settings
from tests.integration.conftest import District, make_district

pytestmark = pytest.mark.slow

FEED, MONTH = "tax_wages", "2026-01"
DAYS = {"2026-01": date(2026, 2, 5), "2026-02": date(2026, 3, 5), "2026-03": date(2026, 4, 5)}
LAST_DAYS = (date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31))
_BROKEN, _WRONG = 6, 40


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> District:
    """Three months of a small district."""
    return make_district(tmp_path_factory.mktemp("orders") / "district", people=400, months=3, seed=6, dirt=0.0)


def _revision(lines: list[str], number: int) -> str:
    """The wages as a revision has them: fewer broken numbers and fewer wrong amounts each time, none in the third."""
    left = 3 - number
    header, *rows = lines
    cut = [f"{row.partition(',')[0][:-1]},{row.partition(',')[2]}" for row in rows[: left * _BROKEN]]
    rest = rows[left * _BROKEN :]
    wrong = [f"{row.rpartition(',')[0]},900000.00" for row in rest[: left * _WRONG]]
    return "\n".join([header, *cut, *wrong, *rest[left * _WRONG :], ""])


def _installed(delivered: District, root: Path, order: tuple[int, int, int]) -> Settings:
    """An installation that got one revision of January's wages each month, in this order."""
    settings = District(root / "district").settings(root / "home")
    source = next((delivered.landing / FEED / MONTH).iterdir())
    lines = source.read_text(encoding="utf-8-sig").splitlines()
    for number, (month, day) in zip(order, DAYS.items(), strict=True):
        for path in sorted(delivered.landing.glob(f"*/{month}/*")):
            if path.parent != source.parent:
                target = settings.landing_dir / path.relative_to(delivered.landing)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(path.read_bytes())
        suffix = "" if number == 1 else f".r{number}"
        folder = settings.landing_dir / FEED / MONTH
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{source.stem}{suffix}{source.suffix}").write_text(_revision(lines, number), encoding="utf-8-sig")
        report = run(settings, today=day)
        assert report.good, report.failures
    return settings


def _state(settings: Settings, folder: Path) -> tuple[list[str], list[str | None], list[int]]:
    """Content hashes of the editions, what is told of rows that came back, and rows set aside by revision."""
    engine = make_engine(settings)
    editions = [current_edition(engine, day) for day in LAST_DAYS]
    held = deliveries(engine, settings, feed=FEED, month=MONTH)
    assert open_rows(held) == []
    told: list[str | None] = []
    for each in held:
        later = successor(held, each.receipt)
        release = release_of(settings, each.receipt, later) if later else None
        told.append(release.text if release else None)
        path = export_receipt(
            engine,
            settings,
            actor=Actor("a", "supervisor"),
            delivery_id=each.receipt.delivery_id,
            path=folder / f"{each.receipt.revision}.xlsx",
        )
        cells = [cell for row in openpyxl.load_workbook(path).worksheets[0].values for cell in row]
        assert (release is None) or release.text in cells, "the receipt itself tells what came back"
    engine.dispose()
    hashes = [each.content_hash for each in editions if each is not None]
    return hashes, told, [each.receipt.rows_quarantined for each in held]


def test_corrections_in_any_order_give_the_same_editions(delivered: District, tmp_path: Path) -> None:
    """Who stands on the list would hang on which file of a department happened to arrive first."""
    states = []
    for order in ((1, 2, 3), (3, 1, 2)):
        root = tmp_path / "".join(map(str, order))
        root.mkdir()
        states.append(_state(_installed(delivered, root, order), root))
    hashes, told, aside = states[0]
    assert states[1:] == states[:1]
    assert len(hashes) == len(LAST_DAYS)
    assert aside == [2 * _BROKEN, _BROKEN, 0]
    assert told == [f"第3版已替换本次报送：待修正的{rows}行中有{rows}行已正确报送" if rows else None for rows in aside]
    assert pl.Series(hashes).n_unique() == len(hashes)

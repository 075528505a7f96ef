"""An installation knows that its deliveries are simulated, and does not forget it."""

import csv
import json
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from sqlalchemy import Engine

from registry.errors import NeedModelError
from registry.exports import export_alerts, export_list
from registry.landing import discover
from registry.need_models import keep_model
from registry.promotion import judged
from registry.queries import require_edition
from registry.roles import Actor
from registry.simulated import NOTE, is_simulated, note_of, simulated_input, simulated_note
from rules.parameters import load_parameters
from samples.generate import generate
from schemas.settings import Settings
from schemas.simulated import SIMULATED, SIMULATED_FILE
from scoring.additive import AdditiveModel, Shape, Steps
from tests.unit.registry.examples import edition, family, member, published, warning

CLERK = Actor("经办人", "district_staff")
LISTED = edition(listed=[family("H:1", 1)], members=[member("H:1", 1)], warnings=[warning(1, family_id="H:1")])
STEPS = Steps(at_least=(), values=(1,))
MODEL = AdditiveModel(
    name="additive-1",
    target="need",
    intercept=0,
    shapes=(Shape(feature="minors", title="未成年人数", direction="more", steps=STEPS, unknown=0),),
    chance=STEPS,
    data={"last_as_of": "2024-06-30", SIMULATED: 1},
)


def test_a_sample_marks_its_landing_folder(tmp_path: Path) -> None:
    """Nobody could tell made-up deliveries from real ones once the folder is copied elsewhere."""
    generate(people=300, months=1, seed=1, dirt=0.0, out=tmp_path)
    told = json.loads((tmp_path / "landing" / SIMULATED_FILE).read_text(encoding="utf-8"))
    assert told[SIMULATED] is True
    assert told["seed"] == 1
    found = discover(Settings(home=tmp_path / "home", landing=tmp_path / "landing"))
    assert found.strays == []
    assert len(found.files) > 20


def test_the_mark_is_one_file_at_the_root(settings: Settings) -> None:
    """A delivery that happens to have its name would be passed over without a word."""
    folder = settings.landing_dir / "pensions" / "2026-01"
    folder.mkdir(parents=True)
    (folder / SIMULATED_FILE).write_text("{}", encoding="utf-8")
    assert [each.place for each in discover(settings).strays] == [f"pensions/2026-01/{SIMULATED_FILE}"]


def test_a_real_installation_says_nothing(settings: Settings, engine: Engine) -> None:
    """Real families would be called made up."""
    published(engine, edition())
    assert simulated_input(settings, engine) == {}
    assert note_of(require_edition(engine)) == ""


def test_it_is_remembered_when_the_folder_is_gone(settings: Settings, engine: Engine) -> None:
    """The archive still holds made-up deliveries, and the next list would be called real."""
    settings.landing_dir.mkdir(parents=True, exist_ok=True)
    mark = settings.landing_dir / SIMULATED_FILE
    mark.write_text("{}", encoding="utf-8")
    extra = simulated_input(settings, engine)
    assert extra
    published(engine, edition(), extra=extra)
    mark.unlink()
    assert is_simulated(settings, engine)
    assert note_of(require_edition(engine)) == NOTE


def test_a_model_of_simulated_households_scores_no_real_ones(settings: Settings, engine: Engine) -> None:
    """Families would be ranked by what a program made up."""
    published(engine, edition())
    model_id = keep_model(engine, settings, MODEL, actor="analyst", purpose="trained")
    assert simulated_note(MODEL) == NOTE
    with pytest.raises(NeedModelError, match="simulated"):
        judged(engine, settings, load_parameters(), model_id)


def _rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))


def test_simulated_deliveries_are_called_so_in_every_format(settings: Settings, engine: Engine, tmp_path: Path) -> None:
    """Made-up families would be taken for real ones once the file has left the installation."""
    published(engine, LISTED, extra={SIMULATED: "yes"})
    book, text, table = (
        export_list(engine, settings, actor=CLERK, fmt=fmt, path=tmp_path / f"list.{fmt}").path
        for fmt in ("xlsx", "csv", "parquet")
    )
    cover = openpyxl.load_workbook(book)["说明"]
    assert NOTE in [cell.value for row in cover.iter_rows() for cell in row]
    told = [row["数据说明"] for row in _rows(text)]
    assert told
    assert set(told) == {NOTE}
    assert pl.read_parquet_metadata(table)["数据说明"] == NOTE
    alerts = export_alerts(engine, settings, actor=CLERK, fmt="csv", path=tmp_path / "alerts.csv")
    heads = [path.read_text(encoding="utf-8-sig").splitlines()[0].split(",") for path in (alerts.path, *alerts.beside)]
    assert all("数据说明" in each for each in heads)

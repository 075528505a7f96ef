"""What-if on a sample district: what a parameter would change, while the record stays as it is."""

import json
from datetime import date
from pathlib import Path

import openpyxl
import polars as pl
import pytest
from sqlalchemy import func, select

from assets.workspace import Workspace
from pipelines.cli import main
from pipelines.run import run
from registry.audit import verify
from registry.casework.desk import Desk
from registry.errors import WhatIfError
from registry.intake import ingest, new_files
from registry.models import Base
from registry.queries import edition_rows
from registry.roles import Actor
from registry.whatif import WhatIf, whatif
from registry.whatif_values import parse_settings
from rules.parameters import Band, load_parameters
from samples.generate import generate
from schemas.errors import UnknownNameError
from schemas.settings import Settings

LINE = "low_income_family.annual_income_yuan"
CLERK = Actor("经办", "district_staff", purpose="policy")
TODAY = date(2026, 7, 15)
AS_OF = date(2026, 1, 31)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """An installation that has published one month."""
    root = tmp_path_factory.mktemp("whatif")
    generate(people=1500, months=1, seed=5, dirt=0.0, out=root)
    settings = Settings(home=root / "home", landing=root / "landing", database_url="", identity_key="3c" * 32)
    assert run(settings, today=TODAY).good
    return Workspace(settings, today=TODAY)


def _rows(workspace: Workspace) -> dict[str, int]:
    """Rows of every table of the registry."""
    with workspace.engine.connect() as connection:
        return {
            name: connection.execute(select(func.count()).select_from(each)).scalar_one()
            for name, each in Base.metadata.tables.items()
        }


def _asked(workspace: Workspace, value: int, output: Path | None = None) -> WhatIf:
    return _computed(workspace, f"rules.{LINE}={value}", output)


def _computed(workspace: Workspace, text: str, output: Path | None = None) -> WhatIf:
    desk = Desk(workspace.engine, workspace.settings, workspace.parameters)
    return whatif(desk, parse_settings([text], workspace.parameters), actor=CLERK, output=output)


def _held() -> int:
    value = load_parameters().as_of(AS_OF).integer(LINE)
    assert value
    return value


def test_a_higher_line_brings_families_in_and_none_out(workspace: Workspace, tmp_path: Path) -> None:
    """If this fails, the answer that a bureau plans by is wrong, or the record has been touched."""
    before = _rows(workspace)
    path = tmp_path / "changes.xlsx"
    found = _asked(workspace, _held() * 3 // 2, path)
    assert found.drifted == ()
    group = found.comparison.balance.filter(pl.col("value") == "low_income_family").row(0, named=True)
    assert group["families_in"] > 0
    assert group["families_out"] == 0
    assert "left" not in set(found.comparison.families["change"])
    assert set(found.comparison.families["groups_in"]) == {"low_income_family"}
    assert set(found.comparison.families["groups_out"]) == {""}
    assert set(found.comparison.families["parameters"]) == {LINE}
    _adds_up(found)
    after = _rows(workspace)
    assert after.pop("audit_event") == before.pop("audit_event") + 1
    assert after == before
    assert verify(workspace.engine).holds
    _workbook_is_masked(path, found)


def _adds_up(found: WhatIf) -> None:
    for what in ("families", "people"):
        wrong = found.comparison.balance.filter(
            pl.col(f"{what}_before") + pl.col(f"{what}_in") - pl.col(f"{what}_out") != pl.col(f"{what}_after")
        )
        assert wrong.is_empty()


def _workbook_is_masked(path: Path, found: WhatIf) -> None:
    book = openpyxl.load_workbook(path, read_only=True)
    cover = "\n".join(str(value) for row in book["说明"].iter_rows(values_only=True) for value in row if value)
    assert "未发布" in cover
    assert LINE in cover
    heading, *rows = book["变动家庭"].iter_rows(values_only=True)
    assert len(rows) == found.comparison.families.height
    numbers = [str(row[heading.index("户主身份证号")]) for row in rows]
    assert all("*" in each for each in numbers)
    assert path.stat().st_mode & 0o077 == 0


def test_a_lower_line_takes_families_out_alone(workspace: Workspace) -> None:
    """If this fails, a stricter line would seem to help somebody."""
    found = _asked(workspace, _held() // 2)
    group = found.comparison.balance.filter(pl.col("value") == "low_income_family").row(0, named=True)
    assert group["families_out"] > 0
    assert "entered" not in set(found.comparison.families["change"])
    _adds_up(found)


def test_the_value_in_force_changes_nothing(workspace: Workspace) -> None:
    """If this fails, what-if and publishing are two computations."""
    assert not _asked(workspace, _held()).comparison.differs


def test_an_age_ten_years_lower_costs_more(workspace: Workspace, tmp_path: Path) -> None:
    """If this fails, a bureau decides on an allowance without knowing for how many people and how much money."""
    path = tmp_path / "costs.xlsx"
    found = _computed(workspace, "allowances.old_age_years=70", path)
    assert found.costs.touched == ("old_age",)
    rows = found.costs.balance.filter(pl.col("allowance_kind") == "old_age")
    district = rows.filter(pl.col("street_code") == "").row(0, named=True)
    assert district["people_in"] > 0
    assert district["people_out"] == 0
    assert district["monthly_fen_more"] > 0
    assert district["yearly_fen_more"] == 12 * district["monthly_fen_more"]
    streets = rows.filter(pl.col("street_code") != "")
    assert streets.height > 1
    assert streets["monthly_fen_more"].sum() == district["monthly_fen_more"]
    assert found.costs.turns.height == district["people_in"]
    book = openpyxl.load_workbook(path, read_only=True)
    heading, *people = book["津贴人员"].iter_rows(values_only=True)
    assert len(people) == district["people_in"]
    assert all("*" in str(row[heading.index("身份证号")]) for row in people)
    sums = [row for row in book["津贴费用"].iter_rows(values_only=True) if row[:2] == ("高龄津贴", "全区")]
    assert sums[0][-1] == district["yearly_fen_more"] / 100


def test_bands_of_the_points_move_tiers_alone(workspace: Workspace) -> None:
    """If this fails, points by bands cannot be tried out, or trying them takes families off the list."""
    found = _computed(workspace, "tiers.points_income_per_head=[{from: 0, points: 30}]").comparison
    assert found.tier_moves.height > 0
    assert set(found.families["change"]) == {"tier_changed"}


def test_an_edition_that_cannot_be_computed_again_is_told(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If this fails, a comparison is believed whose starting point is not what was published."""
    assert _asked(workspace, _held()).reproduced is True
    rows = edition_rows(workspace.engine, _asked(workspace, _held()).edition.edition_id, "hits")
    monkeypatch.setattr("registry.whatif.edition_rows", lambda *_: rows.head(rows.height - 1))
    assert _asked(workspace, _held()).reproduced is False


def test_an_edition_of_other_code_is_computed_again(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, a change of the rules since the publication is put down to the parameter."""
    monkeypatch.setattr("registry.whatif.code_version", lambda: "another")
    found = _asked(workspace, _held())
    assert found.drifted == ("code",)
    assert found.reproduced is None
    assert not found.comparison.differs


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        ([], "nothing to change"),
        ([LINE], "gives no value"),
        ([f"{LINE}=much"], "a whole number"),
        ([f"{LINE}=-1"], "below the minimum of 0"),
        ([f"{LINE}=1", f"rules.{LINE}=2"], "twice"),
        (["low_income_family.scope=some"], "none of exact_three, per_head"),
        (["obligor_family.include_outside_district=perhaps"], "true or false"),
        (["low_income_family.scope="], "no value"),
        (["tiers.points_medical=15"], "must be a list.*from: 0"),
        (["tiers.points_medical=[{from: 0}]"], "points is missing"),
        (["tiers.points_medical=[{from: 0, points: 1, colour: red}]"], "unknown key 'colour'"),
        (["tiers.points_medical=[{from: 9, points: 1}, {from: 0, points: 2}]"], "ascend"),
        (["tiers.points_medical=[{from: 0"], "cannot be read as YAML"),
        (["classes.by_aid_kind={medical: 1}"], "must be text.*illness"),
        (["classes.by_aid_kind={medical: illness, medical: housing}"], "second time"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(texts: list[str], told: str) -> None:
    """If this fails, a typing error is computed as if it were meant."""
    with pytest.raises(WhatIfError, match=told):
        parse_settings(texts, load_parameters())


def test_lists_and_words_are_read() -> None:
    """If this fails, only numbers can be asked about."""
    texts = [
        "rules.low_income_family.required_feeds=tax_wages, pensions",
        "low_income_family.scope=per_head",
        "tiers.points_medical=[{from: 0, points: 0}, {from: 10000, points: 5}]",
        'classes.by_aid_kind={"medical": "illness"}',
    ]
    found = parse_settings(texts, load_parameters())
    assert found == {
        "tiers.points_medical": (Band(0, 0), Band(10_000, 5)),
        "classes.by_aid_kind": (("medical", "illness"),),
        "low_income_family.required_feeds": ("tax_wages", "pensions"),
        "low_income_family.scope": "per_head",
    }


def test_an_unknown_parameter_is_named_with_its_neighbours() -> None:
    """If this fails, a misspelt parameter leaves an official without a hint."""
    with pytest.raises(UnknownNameError, match=f"did you mean.*{LINE}"):
        parse_settings(["rules.low_income_family.annual_income_yuans=1"], load_parameters())


def test_only_a_workbook_is_written(workspace: Workspace, tmp_path: Path) -> None:
    """If this fails, the answer is computed and then cannot be saved."""
    with pytest.raises(WhatIfError, match="no workbook"):
        _asked(workspace, _held(), tmp_path / "changes.csv")


def test_the_command_prints_one_document(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """If this fails, another program cannot read what would change."""
    monkeypatch.setattr("pipelines.cli.whatif.home", lambda: workspace.settings)
    arguments = ["doudi", "whatif", "--set", f"rules.{LINE}={_held()}", "--as-of", AS_OF.isoformat(), "--json"]
    monkeypatch.setattr("sys.argv", arguments)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["published"], document["differs"], document["as_of"]) == (False, False, AS_OF.isoformat())


@pytest.mark.parametrize("setting", ["low_income_family.annual=1", f"{LINE}=much"])
def test_bad_usage_ends_with_two(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], setting: str
) -> None:
    """If this fails, a script cannot tell a mistake from a finding."""
    monkeypatch.setattr("pipelines.cli.whatif.home", lambda: workspace.settings)
    monkeypatch.setattr("sys.argv", ["doudi", "whatif", "--set", setting])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    assert "doudi: " in capsys.readouterr().err


def test_deliveries_after_the_publication_do_not_count(workspace: Workspace) -> None:
    """If this fails, a what-if of a past month is computed from files that its edition did not know."""
    settings, engine = workspace.settings, workspace.engine
    known = _asked(workspace, _held()).comparison.balance
    wages = next((settings.landing_dir / "tax_wages").rglob("*.csv"))
    lines = wages.read_bytes().splitlines(keepends=True)
    wages.with_name(f"{wages.stem}.r2.csv").write_bytes(b"".join(lines[: len(lines) // 2]))
    receipts = [ingest(each, settings, engine, today=TODAY) for each in new_files(settings, engine)]
    assert [(each.feed, each.revision, each.status) for each in receipts] == [("tax_wages", 2, "accepted")]
    found = _asked(workspace, _held())
    assert found.drifted == ("deliveries",)
    assert not found.comparison.differs
    assert found.comparison.balance.equals(known)

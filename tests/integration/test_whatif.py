"""What-if on a sample district: what a parameter would change, while the record stays as it is."""

import json
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import polars as pl
import pytest
from sqlalchemy import func, select

from assets.workspace import Workspace
from editions.compute import NOTHING_BEFORE
from pipelines.cli import main
from pipelines.run import run
from registry.audit import verify
from registry.casework.desk import Desk
from registry.decisions import NewDecision, record
from registry.errors import WhatIfError
from registry.intake import ingest, new_files
from registry.models import Base
from registry.queries import edition_rows, require_edition
from registry.roles import Actor
from registry.stage_files import StageFiles
from registry.whatif import ALL_ALONG, FROM_DAY, whatif
from registry.whatif_result import WhatIf
from registry.whatif_values import parse_settings
from rules.parameters import Parameter, load_parameters
from samples.generate import generate
from schemas.errors import UnknownNameError
from schemas.settings import Settings

LINE = "low_income_family.annual_income_yuan"
WINDOW = "temporary_assistance.window_months"
AID = "temporary_assistance"
CLERK = Actor("经办", "district_staff", purpose="policy")
TODAY = date(2026, 7, 15)
BEFORE, AS_OF = date(2026, 1, 31), date(2026, 2, 28)


@dataclass(frozen=True, slots=True)
class Decided:
    """A person whose exit was refused beforehand, and one included by a decision."""

    refused: str
    included: str


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """An installation that has published two months."""
    root = tmp_path_factory.mktemp("whatif")
    generate(people=1500, months=2, seed=5, dirt=0.0, out=root)
    settings = Settings(home=root / "home", landing=root / "landing", database_url="", identity_key="3c" * 32)
    assert run(settings, today=TODAY).good
    return Workspace(settings, today=TODAY)


@pytest.fixture(scope="module")
def decided(workspace: Workspace) -> Decided:
    """Two decisions of the second month, and its edition with them."""
    engine = workspace.engine
    edition = require_edition(engine)
    stands = edition_rows(engine, edition.edition_id, "standings").filter(pl.col("ground") == AID)
    old = stands.filter(pl.col("since") <= BEFORE, pl.col("evidence_on") <= date(2025, 12, 1)).sort("person_key")
    refused, fact = old.select("person_key", "evidence_key").row(0)
    files = StageFiles(workspace.settings, f"{AS_OF:%Y-%m}", edition.input_hash)
    listed = edition_rows(engine, edition.edition_id, "list").lazy()
    people = files.scan("members", "members").join(listed, on="family_id", how="anti").sort("person_key").collect()
    included = people["person_key"][0]
    common = {"decided_on": AS_OF, "decided_by": "甲", "reason": "visited"}
    for each in (
        NewDecision(person_key=refused, rule_id=AID, outcome="exit_refused", evidence_key=fact, **common),
        NewDecision(person_key=included, rule_id="verified_inclusion", outcome="included", **common),
    ):
        record(engine, each, workspace.parameters)
    assert run(workspace.settings, as_of=AS_OF, today=TODAY).good
    return Decided(refused, included)


def _rows(workspace: Workspace) -> dict[str, int]:
    """Rows of every table of the registry."""
    with workspace.engine.connect() as connection:
        return {
            name: connection.execute(select(func.count()).select_from(each)).scalar_one()
            for name, each in Base.metadata.tables.items()
        }


def _asked(workspace: Workspace, value: int, output: Path | None = None, **more: Any) -> WhatIf:
    return _computed(workspace, f"rules.{LINE}={value}", output, **more)


def _computed(workspace: Workspace, text: str, output: Path | None = None, **more: Any) -> WhatIf:
    desk = Desk(workspace.engine, workspace.settings, workspace.parameters)
    return whatif(desk, parse_settings([text], workspace.parameters), actor=CLERK, output=output, **more)


def _group(found: WhatIf, dimension: str = "group", rule: str = "low_income_family") -> dict[str, Any]:
    chosen = (pl.col("dimension") == dimension) & (pl.col("value") == rule)
    return found.comparison.balance.filter(chosen).row(0, named=True)


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
    assert found.reproduced
    group = _group(found)
    assert group["families_in"] > 0
    assert group["families_out"] == group["families_proposed"] == 0
    assert set(found.comparison.families["change"]) <= {"entered", "unproposed", "tier_changed", "group_changed"}
    assert found.comparison.counts["entered"] > 0
    assert set(found.comparison.families["groups_in"]) <= {"low_income_family", ""}
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


def test_a_lower_line_proposes_and_takes_nobody_off(workspace: Workspace) -> None:
    """If this fails, an official believes that a stricter line takes families off the list by machine alone."""
    found = _asked(workspace, _held() // 2)
    group = _group(found)
    assert group["families_proposed"] > 0
    met = _group(found, "met")
    assert met["families_out"] == group["families_proposed"] + group["families_out"], "what the facts alone would take"
    assert found.comparison.counts["left"] == found.comparison.counts["entered"] == 0
    proposed = found.comparison.families.filter(pl.col("change") == "proposed")
    assert set(proposed["reason"]) == {"parameters_changed"}
    assert set(proposed["status_after"]) == {"proposed_exit"}
    gone = found.comparison.families.filter(pl.col("change") == "not_entered")
    standings = edition_rows(workspace.engine, found.edition.edition_id, "standings")
    since = standings.join(gone, on="family_id", how="semi")["since"]
    assert set(since) <= {AS_OF}, "only who came in this month would not have come"
    _adds_up(found)


def test_as_if_it_had_always_held_a_lower_line_lists_fewer(workspace: Workspace) -> None:
    """If this fails, nobody can see what a line comes to once all who stand by the former one have been asked."""
    found, now = (_asked(workspace, _held() // 2, start=each) for each in (ALL_ALONG, FROM_DAY))
    assert _group(found)["families_after"] < _group(now)["families_after"]
    assert found.comparison.counts["not_entered"] > 0
    assert _group(found, "met")["families_after"] == _group(now, "met")["families_after"]
    _adds_up(found)


def test_a_start_that_is_none_is_refused(workspace: Workspace) -> None:
    """If this fails, a misspelt question is answered as another one."""
    with pytest.raises(UnknownNameError):
        _asked(workspace, _held(), start="some")


@pytest.mark.parametrize("as_of", [BEFORE, AS_OF])
def test_the_value_in_force_gives_the_published_edition(workspace: Workspace, as_of: date) -> None:
    """If this fails, what-if and publishing are two computations, and no difference can be put down to a parameter."""
    found = _asked(workspace, _held(), as_of=as_of)
    assert found.edition.as_of == as_of
    assert found.reproduced
    assert not found.comparison.differs
    assert found.costs.touched == ()
    listed = edition_rows(workspace.engine, found.edition.edition_id, "list")
    whole = _group(found, "all", "all")
    assert (whole["families_before"], whole["families_after"]) == (listed.height, listed.height)
    tiers = found.comparison.balance.filter(pl.col("dimension") == "tier").select("value", "families_after")
    assert dict(tiers.iter_rows()) == dict(listed.group_by("tier").len().iter_rows())


def test_persons_who_stand_by_a_decision_stay(workspace: Workspace, decided: Decided) -> None:
    """If this fails, a what-if takes off the list whom a person has put there, or kept there."""
    months = load_parameters().as_of(AS_OF).integer(WINDOW)
    found = _computed(workspace, f"{WINDOW}=1")
    assert months > 1
    assert found.reproduced
    assert _group(found, rule=AID)["families_proposed"] > 0
    engine = workspace.engine
    stands = edition_rows(engine, found.edition.edition_id, "standings")
    family = {
        each: stands.filter(pl.col("person_key") == each)["family_id"][0]
        for each in (decided.refused, decided.included)
    }
    rows = {row["family_id"]: row for row in found.comparison.families.iter_rows(named=True)}
    kept = rows.get(family[decided.refused])
    assert kept is None or AID not in kept["groups_proposed"].split(";") + kept["groups_out"].split(";")
    assert family[decided.included] not in rows
    assert "verified_inclusion" in set(stands.filter(pl.col("person_key") == decided.included)["ground"])


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


def test_a_start_that_was_not_the_editions_is_told(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, a comparison is believed whose starting point is not what was published."""
    monkeypatch.setattr("registry.whatif_sides.kept_before", lambda *_: (NOTHING_BEFORE, "nothing"))
    assert _asked(workspace, _held()).reproduced is False


def test_a_state_that_is_kept_no_longer_is_folded_again(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, past days can be asked about only as long as the month before them is kept."""
    kept = _asked(workspace, _held() // 2)
    assert kept.base.startswith("edition ")
    monkeypatch.setattr("registry.whatif_sides.kept_before", lambda *_: None)
    told: list[tuple[str, str]] = []
    found = _asked(workspace, _held() // 2, report=lambda step, month: told.append((step, month)))
    assert (found.base, found.reproduced) == (f"month {BEFORE:%Y-%m}", True)
    assert told == [("state", ""), ("state", "2026-01"), ("before", "2026-02"), ("after", "2026-02")]
    assert found.comparison.families.equals(kept.comparison.families)


def test_the_state_of_the_month_before_is_found_in_the_lake(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If this fails, after each new version of the program every what-if computes all months."""
    monkeypatch.setattr("registry.state_before.published_before", lambda *_: None)
    found = _asked(workspace, _held())
    assert (found.base, found.reproduced) == ("state of 2026-01", True)


def test_an_edition_of_other_code_is_computed_again(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """If this fails, a change of the rules since the publication is put down to the parameter."""
    for room in ("registry.whatif", "registry.whatif_sides"):
        monkeypatch.setattr(f"{room}.code_version", lambda: "another")
    found = _asked(workspace, _held())
    assert (found.drifted, found.reproduced) == (("code",), True)
    assert not found.comparison.differs
    assert _asked(workspace, _held(), start=ALL_ALONG).base == "month 2026-01", "both sides by the code of now"


def test_an_edition_keeps_its_own_parameters(workspace: Workspace) -> None:
    """If this fails, a value that came into force later is taken for the one that an edition was made with."""
    folder = workspace.settings.parameters_dir
    folder.mkdir(parents=True)
    known = load_parameters()[LINE]
    (folder / "low_income_family.yaml").write_text(_overlay(known), encoding="utf-8")
    try:
        later = load_parameters(folder)
        assert later.as_of(AS_OF).integer(LINE) == 1
        desk = Desk(workspace.engine, workspace.settings, later)
        found = whatif(desk, {LINE: _held()}, actor=CLERK)
        assert (found.changes[0].before, found.newer, found.drifted) == (_held(), ("parameters",), ())
        assert found.reproduced
        assert not found.comparison.differs
    finally:
        shutil.rmtree(folder)


def _overlay(known: Parameter) -> str:
    return (
        f"annual_income_yuan:\n  title: {known.title}\n  description: {known.description}\n  type: integer\n"
        "  unit: yuan\n  status: local\n  last_reviewed: 2026-01-01\n"
        "  values:\n    2021-01-01:\n      value: 1\n      citation: 甲号文\n"
    )


def test_only_a_workbook_is_written(workspace: Workspace, tmp_path: Path) -> None:
    """If this fails, the answer is computed and then cannot be saved."""
    with pytest.raises(WhatIfError, match="no workbook"):
        _asked(workspace, _held(), tmp_path / "changes.csv")


def test_the_command_prints_one_document(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """If this fails, another program cannot read what would change."""
    monkeypatch.setattr("pipelines.cli.whatif.home", lambda: workspace.settings)
    day = AS_OF.isoformat()
    arguments = ["doudi", "whatif", "--set", f"rules.{LINE}={_held()}", "--as-of", day, "--all-along", "--json"]
    monkeypatch.setattr("sys.argv", arguments)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["published"], document["differs"], document["as_of"]) == (False, False, day)
    assert (document["start"], document["reproduced"], document["counts"]["proposed"]) == (ALL_ALONG, True, 0)


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
    assert (found.drifted, found.newer, found.reproduced) == ((), ("deliveries",), True)
    assert not found.comparison.differs
    assert found.comparison.balance.equals(known)

"""How often a rule was right: visits that departments deliver say so, and its page shows the share."""

import json
import shutil
import sys
from typing import Any

import polars as pl
import pytest

from assets.workspace import Workspace
from linkage.identity import IdentityKey, person_keys
from pipelines.cli import main
from pipelines.run import run
from registry.precision import wilson
from registry.queries import current_edition, edition_rows
from schemas.settings import Settings
from schemas.settings import settings as process_settings
from tests.integration.conftest import TODAY, District, make_district

pytestmark = pytest.mark.slow

FIRST, SECOND = "2026-01", "2026-02"
OVERLAY = """
months_shown:
  title: 规则手册显示的月数
  description: Of the bureau itself
  type: integer
  unit: month
  status: local
  last_reviewed: 2026-01-01
  minimum: 1
  values:
    2021-01-01: {value: 24, citation: 区民政局规则手册办法}
"""
HEADER = "走访编号,身份证号,姓名,走访日期,走访结果,街道"


def _deliver(delivered: District, settings: Settings, month: str) -> None:
    """All of the month but the visits, so that those of the test are the only ones."""
    for feed in delivered.landing.iterdir():
        if feed.name != "home_visits" and (feed / month).is_dir():
            shutil.copytree(feed / month, settings.landing_dir / feed.name / month, dirs_exist_ok=True)


def _numbers(settings: Settings) -> pl.DataFrame:
    """Identity numbers and keys of those who have wages."""
    path = next((settings.landing_dir / "tax_wages" / FIRST).iterdir())
    numbers = pl.Series("number", [line.split(",")[0] for line in path.read_text("utf-8-sig").splitlines()[1:]])
    keys = person_keys(numbers, IdentityKey.from_settings(settings)).alias("person_key")
    return pl.DataFrame([numbers, keys]).unique("number", maintain_order=True)


def _asked(settings: Settings) -> tuple[str, list[str]]:
    """The group in which most families can be visited, and a member's number of each of its families."""
    workspace = Workspace(settings)
    edition = current_edition(workspace.engine)
    assert edition is not None
    listed = edition_rows(workspace.engine, edition.edition_id, "list").select("family_id", "groups")
    members = edition_rows(workspace.engine, edition.edition_id, "members").select("family_id", "person_key")
    workspace.close()
    one = members.join(_numbers(settings), on="person_key").sort("person_key").unique("family_id", keep="first")
    grouped = listed.with_columns(group=pl.col("groups").str.split(";")).explode("group").filter(pl.col("group") != "")
    visitable = grouped.join(one, on="family_id")
    rule = str(visitable["group"].value_counts(sort=True)["group"][0])
    return rule, visitable.filter(group=rule)["number"].sort().to_list()


@pytest.fixture(scope="module")
def visited(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, str, int]:
    """Two months with a parameter of the bureau's own: the settings, the rule, and how many families were visited.

    Of the families of a group one was not in the situation, at one nobody was met, the others were.
    """
    root = tmp_path_factory.mktemp("visited")
    delivered = make_district(root / "made", people=1500, months=2, seed=6, dirt=0.0)
    settings = District(root / "district").settings(root / "home")
    settings.parameters_dir.mkdir(parents=True)
    (settings.parameters_dir / "rulebook.yaml").write_text(OVERLAY, encoding="utf-8")
    _deliver(delivered, settings, FIRST)
    run(settings, today=TODAY)
    rule, numbers = _asked(settings)
    assert len(numbers) >= 4, "too few families are listed to tell a share"
    outcomes = ["不属实", "无法联系", *["属实-纳入"] * (len(numbers) - 2)]
    _deliver(delivered, settings, SECOND)
    met = enumerate(zip(numbers, outcomes, strict=True))
    lines = [f"ZF{at},{number},某人,2026-02-10,{told},西兴街道" for at, (number, told) in met]
    visits = settings.landing_dir / "home_visits" / SECOND / "西兴街道.csv"
    visits.parent.mkdir(parents=True)
    visits.write_text("\n".join([HEADER, *lines, ""]), encoding="utf-8-sig")
    report = run(settings, today=TODAY)
    assert not report.failures
    return settings, rule, len(numbers)


def test_visits_answer_entries_and_the_page_shows_the_share(
    visited: tuple[Settings, str, int], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """If this fails, staff visit for months, and nobody learns which rule sends them to the wrong doors."""
    settings, rule, number = visited
    page = _page(settings, rule, monkeypatch, capsys)
    answered, found = number - 1, number - 2  # where nobody was met, the visit says neither
    low, high = wilson(found, answered)
    assert page["measured"]["precision"] == {"answered": answered, "found": found, "low": low, "high": high}
    assert f"{answered} 次有结论的走访和核查中 {found} 次属实" in page["measured"]["told"]
    assert [each["as_of"] for each in page["measured"]["months"]] == ["2026-01-31", "2026-02-28"]


def test_the_manifest_names_what_is_overlaid(visited: tuple[Settings, str, int]) -> None:
    """If this fails, an edition says that a file was replaced, but not which number it was computed with."""
    workspace = Workspace(visited[0])
    edition = current_edition(workspace.engine)
    workspace.close()
    assert edition is not None
    told = edition.manifest["inputs"]["parameters"]
    assert list(told["overlays"]) == ["rulebook.yaml"]
    assert told["overlaid"] == [
        {
            "parameter": "rulebook.months_shown",
            "since": "2021-01-01",
            "value": 24,
            "shipped": 12,
            "citation": "区民政局规则手册办法",
        }
    ]


def _page(
    settings: Settings, rule: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> dict[str, Any]:
    monkeypatch.setenv("DOUDI_HOME", str(settings.home))
    monkeypatch.setenv("DOUDI_LANDING", str(settings.landing_dir))
    monkeypatch.setenv("DOUDI_IDENTITY_KEY", settings.identity_key)
    monkeypatch.setattr(sys, "argv", ["doudi", "rules", "show", rule, "--json"])
    process_settings.cache_clear()
    try:
        with pytest.raises(SystemExit) as ended:
            main()
    finally:
        process_settings.cache_clear()
    assert not ended.value.code
    return dict(json.loads(capsys.readouterr().out))

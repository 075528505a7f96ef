"""Why somebody is not listed, over a whole district: the answer is the rules' own, from the inputs of the edition."""

import random
import shutil
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from assets.computed import edition_tables
from assets.workspace import Workspace
from editions.why_not import READS, of_family, why_not
from registry.queries import EditionInfo, edition_rows, require_edition
from registry.roles import Actor
from registry.stage_files import StaleStageError
from registry.why_not import NEEDED, explain_absence
from tests.integration.conftest import TODAY, Installation

_FAMILIES = 60


@pytest.fixture(scope="module")
def workspace(clean: Installation) -> Workspace:
    """The clean installation on the day of its run."""
    return Workspace(clean.settings, today=TODAY)


@pytest.fixture(scope="module")
def latest(workspace: Workspace) -> EditionInfo:
    """Its newest edition."""
    return require_edition(workspace.engine)


@pytest.fixture(scope="module")
def tables(workspace: Workspace, latest: EditionInfo) -> dict[str, pl.LazyFrame]:
    """What the edition was computed from."""
    return edition_tables(workspace, latest, {*READS, *NEEDED, "hits"})


def test_with_nothing_set_aside_the_answer_is_the_edition_s_own(
    workspace: Workspace, latest: EditionInfo, tables: dict[str, pl.LazyFrame]
) -> None:
    """If this fails, a family is told to miss a rule that lists it, or to meet one that does not."""
    hits = tables["hits"].collect()
    families = sorted(tables["families"].select("family_id").collect()["family_id"])
    listed = sorted(hits["family_id"].unique())
    drawn = random.Random(7)  # noqa: S311  # a sample of families, not a secret
    parameters = workspace.parameters.as_of(latest.as_of)
    for family_id in [*drawn.sample(families, _FAMILIES), *drawn.sample(listed, _FAMILIES // 2)]:
        ours = of_family(tables, [family_id])
        people = ours["members"].filter(pl.col("family_id") == family_id).collect()["person_key"].to_list()
        found = why_not(ours, people, latest.as_of, parameters)
        met = {each.rule_id for each in found if each.missed == ()}
        assert met == set(hits.filter(pl.col("family_id") == family_id)["rule_id"])


def test_every_family_that_is_not_listed_gets_an_answer(
    workspace: Workspace, latest: EditionInfo, tables: dict[str, pl.LazyFrame]
) -> None:
    """If this fails, the counter has no answer for somebody who asks."""
    listed = pl.Series(_listed(workspace, latest))
    others = tables["families"].filter(~pl.col("family_id").is_in(listed.implode())).collect()["family_id"]
    clerk = Actor("经办人", "district_staff")
    for family_id in sorted(others)[:8]:
        told = explain_absence(workspace.engine, workspace.settings, family_id, tables, actor=clerk)
        assert len(told.groups) == 6
        assert all(each.failed or each.missing for each in told.groups)
        assert "最接近的群体" in told.text() or all(each.distance is None for each in told.groups)


def _listed(workspace: Workspace, edition: EditionInfo) -> list[str]:
    """The families of the list."""
    return edition_rows(workspace.engine, edition.edition_id, "list")["family_id"].to_list()


def test_tables_that_are_gone_are_computed_once_more(
    clean: Installation, latest: EditionInfo, tables: dict[str, pl.LazyFrame], tmp_path: Path
) -> None:
    """If this fails, the question cannot be answered once the stages have been computed for another day."""
    home = tmp_path / "home"
    shutil.copytree(clean.settings.home, home, ignore=shutil.ignore_patterns("dagster", "raw"))
    shutil.rmtree(home / "lake" / "stages" / "hits")
    copy = Workspace(clean.settings.model_copy(update={"home": home}), today=TODAY)
    again = edition_tables(copy, latest, ["hits", "members"])
    assert_frame_equal(again["hits"].collect(), tables["hits"].collect(), check_row_order=False)
    copy.close()


def test_tables_of_other_inputs_are_refused(workspace: Workspace, latest: EditionInfo) -> None:
    """If this fails, an answer about one list is computed from the inputs of another."""
    with pytest.raises(StaleStageError):
        edition_tables(workspace, replace(latest, input_hash="0" * 32), READS)

"""The report of a model is computed once and read as it was kept."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from registry.engine import make_engine
from registry.kept_reports import kept_report, write_ahead
from registry.publish import publish, write_candidate
from rules.parameters import load_parameters
from schemas.settings import Settings
from tests.portal import open_portal
from tests.reports import keep_told, method, model_report
from tests.unit.registry.examples import input_set, two_families

PARAMETERS = load_parameters()


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    """The registry with an edition; no delivery is there from which a report could be computed."""
    made = make_engine(settings)
    publish(made, write_candidate(made, input_set(), two_families()), actor="engineer")
    yield made
    made.dispose()


def test_the_page_shows_what_was_kept(settings: Settings, engine: Engine) -> None:
    """If this fails, each look at the page takes many seconds to compute what was computed before."""
    model_id = keep_told(engine, settings)
    (kept,) = (settings.models_dir / model_id).glob("report-*.json")
    with open_portal(settings, "data_engineer") as client:
        page = client.get(f"/model/{model_id}")
        assert page.status_code == 200
        assert "同样的训练方法在各截止日" in page.text
        assert "组过小，不报告" in page.text
        kept.write_bytes(kept.read_bytes().replace(b'"rows":', b'"rows":1', 1))
        changed = client.get(f"/model/{model_id}")
        assert changed.status_code == 409  # not what was kept, so computed anew: nothing is known of later months


def test_what_is_read_is_what_was_kept(settings: Settings, engine: Engine) -> None:
    """If this fails, a second look at a report shows other figures than the first, or those of other limits."""
    model_id = keep_told(engine, settings)
    found, told = kept_report(engine, settings, PARAMETERS, model_id), model_report()
    assert (found.method, found.days, found.rows, found.cases) == (method(), told.days, told.rows, told.cases)
    assert repr((found.groups, found.limits, found.gains)) == repr((told.groups, told.limits, told.gains))
    assert found.later == told.later
    assert write_ahead(engine, settings, PARAMETERS, model_id)
    other = PARAMETERS.replacing({"fairness.minimum_cases": 21})
    assert not write_ahead(engine, settings, other, model_id)

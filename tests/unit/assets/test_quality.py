"""What the checks of a candidate say to whoever has to do something about it."""

from pathlib import Path

from assets.quality import check_candidate
from registry.engine import make_engine, migrate
from registry.publish import write_candidate
from schemas.settings import Settings
from tests.unit.registry.examples import edition, input_set


def test_an_empty_list_says_what_to_do(tmp_path: Path) -> None:
    """If this fails, a district that is too small for a list reads of a count of rows, and looks for a defect."""
    settings = Settings(home=tmp_path / "home", database_url="", identity_key="5e" * 32)
    engine = make_engine(settings)
    migrate(engine)
    edition_id = write_candidate(engine, input_set(), edition())
    engine.dispose()
    results, _ = check_candidate(settings, edition_id, "2026-06")
    told = {each.table: each.told for each in results if not each.passed}
    assert set(told) == {"list_entry", "list_member"}
    assert told["list_entry"].startswith("nobody would be on the list.")
    assert "begin with a later month or a larger area" in told["list_entry"]

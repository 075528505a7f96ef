"""Where a protected family lives, on whatever the portal shows or gives away.

What belongs here: one look at everything, made from the pages, so that a new page or file is looked at as well. What
the vault answers is tested in `tests/unit/registry/casework/test_protection.py`.
"""

import io
from pathlib import Path

import openpyxl
import pytest

from registry.casework.desk import Desk
from registry.casework.protection import protect
from registry.engine import make_engine
from registry.reader_vault import HIDDEN_ADDRESS
from registry.roles import Actor
from rules.parameters import load_parameters
from schemas.settings import Settings
from tests.portal import csrf_of, open_portal, pages_seen_by
from tests.unit.portal.test_scope import ASKED, XIXING, _answers, _home
from tests.unit.registry.examples import JULY
from tests.vaulted import name_people

_LIVES = "梧桐路一号"


@pytest.fixture
def home(settings: Settings, tmp_path: Path) -> Settings:
    """A home whose family H:1 has a case and hides."""
    made = _home(settings, tmp_path, 0, 0)
    name_people(made, [1], home=_LIVES)
    engine = make_engine(made)
    protect(Desk(engine, made, load_parameters(None)), "H:1", "violence", actor=Actor("boss", "supervisor"))
    engine.dispose()
    return made


def _told(home: Settings, role: str, area: str) -> str:
    """Everything that the role sees and takes."""
    return f"{pages_seen_by(home, role, area=area, addresses=ASKED)}{_answers(home, role, area)}"


def _plan(home: Settings, role: str, area: str) -> str:
    """The month's plan of visits as the role takes it along."""
    with open_portal(home, role, area=area) as client:
        proof = csrf_of(client.get("/visit-plans").text)
        book = client.post(f"/visit-plans/{JULY}/download", data={"csrf": proof}).content
    return str([list(sheet.values) for sheet in openpyxl.load_workbook(io.BytesIO(book))])


def test_where_a_family_that_hides_lives_is_told_to_named_roles_alone(home: Settings) -> None:
    """If this fails, somebody who was beaten is found by a page, search, ledger, sheet, letter, file or program."""
    field = _told(home, "street_staff", XIXING)
    assert _LIVES not in field
    assert HIDDEN_ADDRESS in field
    assert _LIVES not in _plan(home, "street_staff", XIXING)
    assert _LIVES in _plan(home, "supervisor", "")
    assert _LIVES not in _told(home, "community_worker", f"{XIXING}001")
    assert _LIVES in _told(home, "supervisor", "")

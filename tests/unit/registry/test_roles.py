"""Who may do what, for which purpose and over which area: the table of rights, written down a second time.

What belongs here: the table. The portal's matrix of roles and routes asks `registry.roles` what to expect, so that a
right that was widened there is noticed here and nowhere else.
"""

import pytest

from registry.errors import NotPermittedError
from registry.roles import PERMISSIONS, PURPOSES, ROLES, Actor, levels_of, purposes_of
from registry.scope import DISTRICT, Area

STREET, COMMUNITY = Area("330108001"), Area("330108001001")

_WORK = "monitoring verification assistance objection statistics quality policy"
HELD = {
    "district_staff": ("district", _WORK),
    "street_staff": ("street", "monitoring assistance objection statistics"),
    "community_worker": ("community", "monitoring assistance"),
    "supervisor": ("district street", _WORK),
    "data_engineer": ("district", "quality policy"),
    "auditor": ("district", "audit"),
    "administrator": ("district", "administration"),
}
"""Over which levels of area each role is held, and for which purposes; the first is usual."""

_FIELD = "district_staff street_staff community_worker supervisor"
_STREETS = "district_staff street_staff supervisor"
_DISTRICT = "district_staff supervisor"
_FAMILIES = f"{_FIELD} auditor"
_CASES = "monitoring verification objection audit"
_ALL_FAMILY_WORK = "monitoring verification assistance objection audit"
_FIGURES = "monitoring statistics quality policy audit"
MAY = {
    "overview.read": (f"{_FAMILIES} data_engineer", f"{_WORK} audit"),
    "list.read": (_FAMILIES, "monitoring verification assistance objection statistics policy audit"),
    "list.share": ("supervisor", "monitoring audit"),
    "family.read": (_FAMILIES, _ALL_FAMILY_WORK),
    "family.identity": (_FAMILIES, f"{_ALL_FAMILY_WORK} policy"),
    "family.unmask": ("supervisor", _ALL_FAMILY_WORK),
    "family.protected": (_DISTRICT, _ALL_FAMILY_WORK),
    "family.protect": (_DISTRICT, _ALL_FAMILY_WORK),
    "warning.need": (_FAMILIES, _ALL_FAMILY_WORK),
    "warning.verify": (f"{_DISTRICT} auditor", _CASES),
    "warning.feed": (f"{_DISTRICT} data_engineer auditor", "monitoring verification quality audit"),
    "case.read": (_FAMILIES, _ALL_FAMILY_WORK),
    "case.work": (_FIELD, _CASES),
    "case.written": (_FAMILIES, _ALL_FAMILY_WORK),
    "case.assign": (_STREETS, _CASES),
    "case.approve": ("supervisor", _CASES),
    "measure.work": (_FIELD, "monitoring assistance audit"),
    "visit.plan": (_STREETS, "monitoring audit"),
    "visit.sheet": (_FIELD, "monitoring assistance audit"),
    "export.list": (f"{_STREETS} auditor", "monitoring assistance policy audit"),
    "export.warnings": (f"{_STREETS} auditor", "monitoring verification audit"),
    "export.report": (f"{_STREETS} auditor", "monitoring statistics audit"),
    "deliveries.read": (f"{_DISTRICT} data_engineer auditor", "monitoring objection quality audit"),
    "receipt.mend": (_DISTRICT, "monitoring quality audit"),
    "rules.read": (" ".join(ROLES.codes), " ".join(PURPOSES.codes)),
    "lineage.read": (f"{_DISTRICT} data_engineer auditor", _FIGURES),
    "whatif.run": (_DISTRICT, "policy audit"),
    "model.read": (f"{_DISTRICT} data_engineer auditor", _FIGURES),
    "model.promote": ("supervisor data_engineer", "policy audit"),
    "proof.read": (f"{_DISTRICT} data_engineer auditor", f"{_FIGURES} verification objection"),
    "audit.read": ("auditor", "audit"),
    "admin.users": ("administrator", "administration audit"),
    "admin.settings": ("administrator", "administration audit"),
    "account.own": (" ".join(ROLES.codes), " ".join(PURPOSES.codes)),
}
"""By permission the roles that it is granted to and the purposes that need it; both are asked."""

DISTRICT_ALONE = {
    "family.protect",
    "warning.feed",
    "deliveries.read",
    "receipt.mend",
    "lineage.read",
    "whatif.run",
    "model.read",
    "model.promote",
}
"""What nobody of a part of the district may, whatever the role."""


def _areas(role: str) -> list[Area]:
    known = {"district": DISTRICT, "street": STREET, "community": COMMUNITY}
    return [known[level] for level in HELD[role][0].split()]


@pytest.mark.parametrize("role", ROLES.codes)
def test_a_role_may_what_the_table_says_and_no_more(role: str) -> None:
    """If this fails, somebody is granted more than the table says, and every other test goes along with it."""
    assert {*MAY} == {*PERMISSIONS.codes}
    for area in _areas(role):
        for purpose in HELD[role][1].split():
            actor = Actor("reader", role, area, purpose)
            expected = {
                permission
                for permission, (roles, purposes) in MAY.items()
                if role in roles.split() and purpose in purposes.split()
                if area.is_district or permission not in DISTRICT_ALONE
            }
            assert {each for each in PERMISSIONS.codes if actor.may(each)} == expected, (area.level, purpose)


@pytest.mark.parametrize("role", ROLES.codes)
def test_a_role_is_held_over_its_areas_and_for_its_purposes_alone(role: str) -> None:
    """If this fails, a worker of a community is let in for the district, or reads for a purpose that is not theirs."""
    levels, purposes = (each.split() for each in HELD[role])
    assert (list(levels_of(role)), list(purposes_of(role))) == (levels, purposes)
    for level, area in {"district": DISTRICT, "street": STREET, "community": COMMUNITY}.items():
        if level in levels:
            assert Actor("reader", role, area).purpose == purposes[0]
        else:
            with pytest.raises(NotPermittedError):
                Actor("reader", role, area)
    for purpose in {*PURPOSES.codes} - {*purposes}:
        with pytest.raises(NotPermittedError):
            Actor("reader", role, _areas(role)[0], purpose)

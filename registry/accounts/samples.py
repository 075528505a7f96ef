"""Accounts to try a sample district with: one for each role, in a simulated installation and nowhere else."""

from sqlalchemy import Engine

from registry.accounts.accounts import NewAccount, add_account, any_account
from registry.accounts.passwords import new_password
from registry.roles import ROLES
from registry.scope import DISTRICT, Area
from registry.simulated import is_simulated
from schemas.codes import CODE_LISTS
from schemas.settings import Settings

__all__ = ["sample_accounts"]


def sample_accounts(engine: Engine, settings: Settings) -> list[tuple[str, str, str, str]]:
    """Name, password, role and area of each account that was made; none when it is no sample, or has accounts."""
    if not is_simulated(settings, engine) or any_account(engine):
        return []
    street = CODE_LISTS["street"].codes[0]
    community = next(each for each in CODE_LISTS["community"].codes if each.startswith(street))
    areas = {"street_staff": Area(street), "community_worker": Area(community)}
    made = []
    for role in ROLES.codes:
        area = areas.get(role, DISTRICT)
        new = NewAccount(name=role.replace("_", "."), role=role, area=area, title=f"样例{ROLES.title_of(role)}")
        password = new_password(name=new.name, least=settings.password_length)
        add_account(engine, settings, new, by="sample", password=password)
        made.append((new.name, password, ROLES.title_of(role), area.title))
    return made

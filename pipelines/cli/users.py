"""`doudi user`: who may sign in to the portal, in which role and area.

What belongs here: options and what is printed. The acts stand in `registry.accounts`; each is in the audit chain under
the name of whoever types.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.cli.common import Json, actor, emit, home, out

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from registry.scope import Area
    from schemas.settings import Settings

__all__ = ["app", "show_accounts"]

app = typer.Typer(name="user", help="Accounts of the portal.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(help="Name of the account.")]
RoleArea = Annotated[
    str, typer.Argument(metavar="ROLE[:AREA]", help="For example district_staff or street_staff:330108002.")
]


@app.command()
def add(
    name: Name,
    role: RoleArea,
    title: Annotated[str, typer.Option(help="The person's name as colleagues know it.")] = "",
    subject: Annotated[str, typer.Option(help="How the identity provider calls them; then there is no password.")] = "",
    json: Json = False,  # noqa: FBT002
) -> None:
    """Make an account; its first password is printed once and has to be changed at the first visit."""
    from registry.accounts.accounts import NewAccount, add_account  # noqa: PLC0415

    held, area = _role(role)
    new = NewAccount(name=name, role=held, area=area, title=title, subject=subject or None)
    with _registry() as (settings, engine):
        password = add_account(engine, settings, new, by=actor())
    _tell_password(name, password, json=json)


@app.command("list")
def show_list(json: Json = False) -> None:  # noqa: FBT002
    """All accounts, the disabled ones included."""
    from rich.table import Table  # noqa: PLC0415

    from registry.accounts.accounts import accounts  # noqa: PLC0415

    with _registry() as (_, engine):
        found = accounts(engine)
    if json:
        emit([asdict(each) for each in found])
        return
    table = Table()
    for heading in ("name", "title", "role", "area", "state"):
        table.add_column(heading, overflow="fold")
    for each in found:
        state = "disabled" if each.disabled_at else "first password" if each.must_change else "open"
        table.add_row(each.name, each.title, each.role, each.area, state)
    out.print(table)


@app.command()
def disable(name: Name, json: Json = False) -> None:  # noqa: FBT002
    """Let an account sign in no more; its sessions and tokens end now."""
    from registry.accounts.accounts import disable as act  # noqa: PLC0415

    with _registry() as (_, engine):
        act(engine, name, by=actor())
    _tell(name, "disabled", json=json)


@app.command()
def enable(name: Name, json: Json = False) -> None:  # noqa: FBT002
    """Let a disabled account sign in again."""
    from registry.accounts.accounts import enable as act  # noqa: PLC0415

    with _registry() as (_, engine):
        act(engine, name, by=actor())
    _tell(name, "enabled", json=json)


@app.command()
def role(name: Name, role: RoleArea, json: Json = False) -> None:  # noqa: FBT002
    """Give an account another role or area; its sessions and tokens end now."""
    from registry.accounts.accounts import give_role  # noqa: PLC0415

    held, area = _role(role)
    with _registry() as (_, engine):
        give_role(engine, name, held, area, by=actor())
    _tell(name, f"now {held}, {area.title}", json=json)


@app.command()
def password(name: Name, json: Json = False) -> None:  # noqa: FBT002
    """Give an account a new first password, printed once; its sessions end now."""
    from registry.accounts.accounts import reset_password  # noqa: PLC0415

    with _registry() as (settings, engine):
        given = reset_password(engine, settings, name, by=actor())
    _tell_password(name, given, json=json)


@app.command()
def sessions(
    name: Name,
    end: Annotated[bool, typer.Option("--end", help="End all of them, and the tokens.")] = False,  # noqa: FBT002
    json: Json = False,  # noqa: FBT002
) -> None:
    """Where an account is signed in now."""
    from registry.accounts.accounts import account_of, end_sessions  # noqa: PLC0415
    from registry.accounts.sessions import sessions_of  # noqa: PLC0415

    with _registry() as (settings, engine):
        if end:
            ended = end_sessions(engine, name, by=actor())
            _tell(name, f"{ended} ended", json=json)
            return
        with engine.connect() as connection:
            account = account_of(connection, name)
        found = sessions_of(engine, account.account_id, settings)
    shown = [
        {"since": each.created_at, "seen": each.seen_at, "address": each.network_address, "for": each.purpose}
        for each in found
    ]
    if json:
        emit({"account": name, "sessions": shown})
        return
    for each in shown:
        out.print(f"{each['since']:%Y-%m-%d %H:%M}  {each['seen']:%H:%M}  {each['address']}  {each['for']}")
    out.print(f"{len(shown)} open")


def show_accounts(made: "Iterable[tuple[str, str, str, str]]") -> None:
    """The accounts of a sample, with the passwords that are shown once."""
    from rich.table import Table  # noqa: PLC0415

    table = Table(title="样例账号（模拟数据专用，密码只显示这一次）  sample accounts, passwords shown once")
    for heading in ("account", "password"):
        table.add_column(heading, no_wrap=True)  # a password of which a part is missing opens nothing
    table.add_column("role, area")
    for name, given, held, area in made:
        table.add_row(name, given, f"{held} {area}")
    out.print(table)


def _role(text: str) -> "tuple[str, Area]":
    from registry.scope import DISTRICT, Area  # noqa: PLC0415

    name, _, area = text.partition(":")
    return name, Area.of(area) if area else DISTRICT


@contextmanager
def _registry() -> "Iterator[tuple[Settings, Engine]]":
    from assets.workspace import Workspace  # noqa: PLC0415

    workspace = Workspace(home())
    try:
        yield workspace.settings, workspace.engine
    finally:
        workspace.close()


def _tell(name: str, what: str, *, json: bool) -> None:
    if json:
        emit({"account": name, "done": what})
    else:
        out.print(f"{name}: {what}")


def _tell_password(name: str, given: str | None, *, json: bool) -> None:
    if json:
        emit({"account": name, "first_password": given})
    elif given is None:
        out.print(f"{name}: made; signs in through the identity provider")
    else:
        out.print(f"{name}: first password (shown once, to be changed at the first visit)\n{given}", markup=False)

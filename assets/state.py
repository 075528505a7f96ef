"""The state that a month takes over from the one before: found where it lies, else computed (domain: Status).

What belongs here: finding and keeping states. A state is a pure function of the inputs of its month, so it is kept
under their hash; months may be computed in any order, and after a late correction the states behind it are made anew.
"""

from assets.inputs import Inputs
from assets.workspace import Workspace
from editions.compute import NOTHING_BEFORE, PREVIOUS
from registry.stage_files import StageFiles
from registry.state_before import EDITION_STAGE, STATES, State

__all__ = ["previous_state"]


def previous_state(workspace: Workspace, month: str) -> State:
    """The state of the month before `month`, by the names of `PREVIOUS`; empty before the first folder month."""
    missing: list[str] = []
    state: State | None = None
    at = _month_before(month)
    first = _first_month(workspace.inputs(month))
    while state is None and at >= first:
        state = _found(workspace, at)
        if state is None:
            missing.append(at)
            at = _month_before(at)
    known = NOTHING_BEFORE if state is None else state
    for each in reversed(missing):
        known = _made(workspace, each, known)
    return known


def _first_month(inputs: Inputs) -> str:
    """The first folder month of an accepted delivery; the month itself when there is none."""
    return min((each.month for each in inputs.deliveries), default=f"{inputs.as_of:%Y-%m}")


def _month_before(month: str) -> str:
    year, number = (int(each) for each in month.split("-"))
    return f"{year - 1:04d}-12" if number == 1 else f"{year:04d}-{number - 1:02d}"


def _found(workspace: Workspace, month: str) -> State | None:
    """The state as the month's own edition left it, or as it was kept here."""
    for files in _places(workspace, month):
        if all(files.holds(EDITION_STAGE, table) for table in PREVIOUS.values()):
            return {name: files.scan(EDITION_STAGE, table) for name, table in PREVIOUS.items()}
    return None


def _places(workspace: Workspace, month: str) -> tuple[StageFiles, StageFiles]:
    input_hash = workspace.inputs(month).input_hash
    return (
        StageFiles(workspace.settings, month, input_hash),
        StageFiles(workspace.settings, month, input_hash, root=STATES),
    )


def _made(workspace: Workspace, month: str, before: State) -> State:
    """Compute the state of `month` from the state before it, and keep it."""
    workspace.report(f"{month} {STATES}")
    tables = workspace.inputs(month).computed(before)
    _, files = _places(workspace, month)
    with files.writing(EDITION_STAGE, {table: tables[table] for table in PREVIOUS.values()}):
        pass
    return {name: files.scan(EDITION_STAGE, table) for name, table in PREVIOUS.items()}

"""What the workbench does on record: tests that were run.

What belongs here: the audit events of the workbench beside those of samples. Counts and hashes, never an exception.
"""

from collections.abc import Iterable

from sqlalchemy import Engine, select

from registry.audit import append
from registry.auditing.examining import Examined, Finding, PopulationTest, run_tests
from registry.models import Edition, Publication
from registry.roles import Actor

__all__ = ["recorded_tests", "run_ids"]


def run_ids(engine: Engine) -> list[str]:
    """The runs that computed what is published."""
    query = select(Edition.manifest).where(Edition.edition_id.in_(select(Publication.edition_id)))
    with engine.connect() as connection:
        made = [each["made"].get("run_id") for each in connection.scalars(query)]
    return sorted({each for each in made if each})


def recorded_tests(chosen: Iterable[PopulationTest], examined: Examined, *, actor: Actor) -> list[Finding]:
    """Run tests and record which, and how many exceptions each found."""
    found = run_tests(chosen, examined)
    append(
        examined.engine,
        actor=actor.name,
        action="audit_tests",
        purpose="审计全量测试",
        details={
            "role": actor.role,
            "edition_id": examined.edition.edition_id,
            "tests": {each.test.name: each.exceptions.height if not each.not_run else "not_run" for each in found},
        },
    )
    return found

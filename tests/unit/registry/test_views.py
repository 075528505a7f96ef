"""Changes of local parameters leave one event each."""

from sqlalchemy import Engine, select

from registry.models import AuditEvent
from registry.views import record_overlays


def test_a_change_of_parameters_is_recorded_once(engine: Engine) -> None:
    """Lines could be moved for one edition and moved back, and nobody would see it in the record."""
    first, second = {"income.yaml": "a" * 64}, {"income.yaml": "b" * 64, "more.yaml": "c" * 64}
    told = [record_overlays(engine, each) for each in ({}, first, first, second, {})]
    assert told == [False, True, False, True, True]
    with engine.connect() as connection:
        details = list(connection.scalars(select(AuditEvent.details).order_by(AuditEvent.seq)))
    assert [each["changed"] for each in details] == [["income.yaml"], [*second], [*second]]

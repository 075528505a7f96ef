"""How fast an audit chain is verified, from the database and from an exported file, and in how much memory."""

import resource
from pathlib import Path

from bench.measure import best_of
from registry.anchors import anchor, check_files, read_anchors
from registry.audit import CHAIN, verify
from registry.engine import engine_at, migrate, write_transaction
from registry.seal import GENESIS, seal

__all__ = ["measure"]

_EVENTS = 1_000_000
_CHUNK = 50_000


def measure(folder: Path, events: int = _EVENTS) -> str:
    """One line: seconds for the database, seconds for the file, the peak memory of the process."""
    engine = engine_at(f"sqlite:///{folder / 'audit.db'}")
    migrate(engine)
    previous = GENESIS
    with write_transaction(engine, CHAIN) as connection:
        for first in range(1, events + 1, _CHUNK):
            rows = []
            for seq in range(first, min(first + _CHUNK, events + 1)):
                event = {
                    "seq": seq,
                    "at": "2026-06-30T09:00:00.000000+00:00",
                    "actor": "clerk",
                    "action": "export",
                    "purpose": "月度核查",
                    "details": {"role": "clerk", "rows": {"list": seq % 977}, "masked": True},
                    "previous_hash": previous,
                }
                previous = seal(event)
                details = f'{{"role": "clerk", "rows": {{"list": {seq % 977}}}, "masked": true}}'
                rows.append(
                    (seq, event["at"], "clerk", "export", "月度核查", details, event["previous_hash"], previous)
                )
            connection.exec_driver_sql("INSERT INTO audit_event VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
    anchors, chain = folder / "anchors.jsonl", folder / "chain.jsonl"
    anchor(engine, anchors)
    assert verify(engine, export=chain).events == events
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = [verify(engine, read_anchors(anchors)), check_files(chain, anchors)]
    assert all(each.holds and each.events == events for each in found)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    database = best_of(2, lambda: verify(engine, read_anchors(anchors)))
    file = best_of(2, lambda: check_files(chain, anchors))
    engine.dispose()
    return (
        f"audit chain: {events:,} events verified in {database:.1f} s from the database, {file:.1f} s from a file; "
        f"{grown:.0f} MB more than after the export"
    )

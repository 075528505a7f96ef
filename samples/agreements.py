"""The sharing agreements of the simulated district: one a feed, and those that troubles have let lapse.

What belongs here: the file `agreements.yaml` beside the landing folder. Its references name no real agreement.
"""

from collections.abc import Collection
from datetime import date, timedelta
from pathlib import Path

import yaml

from schemas.contract import all_feeds

__all__ = ["AGREEMENTS", "write_agreements"]

AGREEMENTS = "agreements.yaml"
_HEAD = "# 样例区的数据共享约定(虚构)\n"
_LAPSED_DAYS = 60  # before the first day of the last month


def write_agreements(
    out: Path, last_month: str, *, expired: Collection[str] = (), absent: Collection[str] = ()
) -> None:
    """Write the agreements in force in the folder month `last_month`, but for feeds `expired` or `absent`."""
    first = date.fromisoformat(f"{last_month}-01")
    lasting, lapsed = date(first.year + 1, 12, 31), first - timedelta(days=_LAPSED_DAYS)
    entries = {
        feed: {"reference": f"样例-{number:02d}", "expires_on": lapsed if feed in expired else lasting}
        for number, feed in enumerate(all_feeds(), start=1)
        if feed not in absent
    }
    text = yaml.safe_dump(entries, allow_unicode=True, sort_keys=True)
    (out / AGREEMENTS).write_text(_HEAD + text, encoding="utf-8")

"""What each feature of the score is derived from, at any distance, as read off the computation.

What belongs here: the columns of one feature, so that nothing forbidden reaches a score through a column with a
harmless name. What is forbidden stands in `scoring.spec`.
"""

from collections.abc import Mapping

from editions.lineage import Lineage, edition_lineage
from scoring.features import MODEL_FEATURES

__all__ = ["feature_sources"]

_TABLE = "features"
_KEY = frozenset({"person_key"})
_BELONGING = _KEY | {"household_no", "birth_on", "street_code", "community_code", "custody", "uncounted_reason"}


def feature_sources(lineage: Lineage | None = None) -> Mapping[str, frozenset[str]]:
    """By feature that is computed, the names of all columns that its value is made from or that decide about it.

    Columns that decide earlier on which persons are a family of the district and count in it (household numbers,
    births, where people live, who is in custody or lives apart as clergy) are left out, and the key by which rows of
    one person are joined; each of them counts as soon as the value is made from it, or the features themselves ask for
    it.

    Args:
        lineage: that of the stages; by default of those shipped.
    """
    known = lineage or edition_lineage()
    found = {}
    for name in (each.name for each in MODEL_FEATURES if (_TABLE, each.name) in known.cells):
        up = known.upstream(_TABLE, name)
        value = {column for _, column in (*up.value, *up.steps)}
        decides = {column for _, column in up.influence} - _BELONGING
        asked = {column for _, column in known.direct(_TABLE, name).influence} - _KEY
        found[name] = frozenset(value | decides | asked)
    return found

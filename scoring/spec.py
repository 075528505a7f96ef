"""What a feature spec is, and what no score may know.

What belongs here: the declaration of a feature and the refusal of forbidden ones. It knows no table: any household data
with a spec can be fitted and evaluated.
"""

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from hashlib import blake2b
from typing import Literal, TypeAlias

from scoring.errors import FeatureSpecError, ForbiddenFeatureError

__all__ = ["DIRECTIONS", "FORBIDDEN", "Direction", "Feature", "check_features", "check_sources", "spec_hash"]

Direction: TypeAlias = Literal["more", "less", "either"]

DIRECTIONS: Mapping[Direction, int] = {"more": 1, "less": -1, "either": 0}
"""Whether a greater value can only mean more need, only less, or either; as scikit-learn writes it."""

FORBIDDEN: Mapping[str, str] = {
    "nationality": "nationality",
    "ethnicity": "ethnicity",
    "religion": "religion",
    "clergy": "religion",
    "native_place": "native place",
    "sex": "kept for the fairness report only",
    "birth_on": "age is used only where the law uses it",
    "age_group": "kept for the fairness report only",
    "street_code": "place stands for its people",
    "community_code": "place stands for its people",
    "household_no": "an identifier is no need",
    "person_key": "an identifier is no need",
    "person_name": "an identifier is no need",
    "address": "an identifier is no need",
    "phone": "an identifier is no need",
    "notes": "free text",
    "remarks": "free text",
    "prison": "custody is not need",
    "detoxification": "custody is not need",
    "custody": "custody is not need",
    "uncounted_reason": "tells who is clergy",
    "warnings": "suspected error is never scored",
}

_DIGEST_BYTES = 16
_UNHASHED = frozenset({"title", "missing", "lawful"})
_BY_LAW = frozenset({"birth_on"})


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature of a family, a whole number.

    `title` is its name in words and `unit` what it is counted in; `meaning` says how it is counted; `reads` names the
    columns or tables that it is made from; `direction` what more of it can mean; `missing` what it means that the value
    is not known. `lawful` names what is forbidden elsewhere and read here because the law itself goes by it, such as
    the age of a minor; nothing but the date of birth can be lawful.
    """

    name: str
    title: str
    reads: tuple[str, ...]
    direction: Direction = "more"
    missing: str = "没有记录"
    meaning: str = ""
    unit: str = ""
    lawful: tuple[str, ...] = ()


def check_features(features: Iterable[Feature]) -> None:
    """Refuse a spec that names a forbidden feature or source, or a feature twice.

    Raises:
        ForbiddenFeatureError: a feature is forbidden, or reads something that is, or calls lawful what never is.
        FeatureSpecError: a name is given twice, or a direction is unknown.
    """
    seen: set[str] = set()
    for feature in features:
        for name in (feature.name, *feature.reads, *feature.lawful):
            if name in FORBIDDEN and (name not in _BY_LAW or name not in feature.lawful):
                raise ForbiddenFeatureError(f"feature {feature.name!r} uses {name!r}: {FORBIDDEN[name]}")
        if feature.direction not in DIRECTIONS:
            raise FeatureSpecError(
                f"feature {feature.name!r}: direction {feature.direction!r} is none of {[*DIRECTIONS]}"
            )
        if feature.name in seen:
            raise FeatureSpecError(f"feature {feature.name!r} is declared twice")
        seen.add(feature.name)


def check_sources(features: Iterable[Feature], sources: Mapping[str, Collection[str]]) -> None:
    """Refuse a feature that is derived from something forbidden, whatever it declares.

    Args:
        features: the spec.
        sources: by feature, the names of all columns that its value is made from or that decide about it, at any
            distance, as read off the computation.

    Raises:
        ForbiddenFeatureError: a forbidden column is among those of a feature for which it is not lawful.
        FeatureSpecError: nobody knows what a feature is made from.
    """
    for feature in features:
        if feature.name not in sources:
            raise FeatureSpecError(f"feature {feature.name!r} is declared, and nothing computes it")
        for name in sorted(FORBIDDEN.keys() & set(sources[feature.name])):
            if name not in feature.lawful:
                raise ForbiddenFeatureError(f"feature {feature.name!r} is derived from {name!r}: {FORBIDDEN[name]}")


def spec_hash(features: Iterable[Feature]) -> str:
    """The same for the same features in any order and wording; a model serves only those that it was trained on."""
    counted = ({name: value for name, value in asdict(each).items() if name not in _UNHASHED} for each in features)
    told = sorted(counted, key=lambda each: str(each["name"]))
    text = json.dumps(told, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return blake2b(text.encode(), digest_size=_DIGEST_BYTES).hexdigest()

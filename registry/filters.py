"""What a reader may narrow a list by, checked against what exists and what the reader may know.

What belongs here: the words of lists that are no delivered codes (layer, tier, income evidence, kind of warning), and
turning a reader's words into codes. An unknown word is an error, never everybody and never nobody; so is an area that
is not the reader's. Every filter carries the scope of whom it answers.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, or_, select

from editions.grounds import GROUNDS, GROUPS, VERIFIED
from editions.standing import PROPOSED
from registry.models import EditionAggregate, ListEntry, ListMember, Standing, Warning_
from registry.scope import Area, Scope
from rules import all_rules, rules_of
from rules.base import Rule
from rules.tiers import TIERS as RULE_TIERS
from schemas.codes import CODE_LISTS, CodeList
from schemas.errors import UnknownNameError

__all__ = [
    "EVIDENCE",
    "LAYERS",
    "LIST_CHANGES",
    "LIST_GROUPS",
    "TIERS",
    "WARNING_KINDS",
    "ListFilter",
    "Sought",
    "WarningFilter",
    "among",
    "counted_within",
    "leaving",
]

LAYERS = CodeList("layer", "层次", {"registered": ("在册救助对象", "在册"), "extended": ("拓展监测对象", "拓展")})
TIERS = CodeList("tier", "等级", {code: (title, f"{title}色") for code, title in RULE_TIERS.items()})
EVIDENCE = CodeList(
    "income_evidence",
    "收入依据",
    {
        "full": ("收入记录完整",),
        "partial": ("收入记录不完整",),
        "none": ("无收入记录",),
        "not_computable": ("暂不能计算",),
    },
)
LIST_GROUPS = GROUNDS.only([*GROUPS, VERIFIED])
"""The six groups, and what a person's decision has put on the list."""
LIST_CHANGES = CodeList(
    "list_change",
    "本月变动",
    {"entered": ("本月新进入",), "left": ("本月退出",), "changed": ("本月有变动",), "proposed": ("有拟退出",)},
)
WARNING_KINDS = CodeList(
    "warning_kind", "预警性质", {"need": ("困难发现",), "verify": ("待核实",), "feed": ("数据质量",)}
)

_LEFT = "下一期名单不再列入的家庭（内容为退出前的情况）"


@dataclass(frozen=True, slots=True)
class Sought:
    """What a keyword stands for: people by their keys, or families by their ids."""

    people: frozenset[str]
    families: frozenset[str]

    def condition(self, edition_id: str) -> ColumnElement[bool]:
        """Families of the edition with one of those people, or of one of those ids."""
        theirs = select(ListMember.family_id).where(
            ListMember.edition_id == edition_id, among(ListMember.person_key, self.people)
        )
        return or_(ListEntry.family_id.in_(theirs), ListEntry.family_id.in_(sorted(self.families)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFilter:
    """Which families of an edition are meant; None stands for all of the scope. `of` knows the words.

    `families` are the only ones that can be meant (those that changed); `sought` is what a keyword stands for. Those
    that left stand in the list of the month before alone.
    """

    scope: Scope
    street: str | None = None
    community: str | None = None
    tier: str | None = None
    group: str | None = None
    layer: str | None = None
    difficulty: str | None = None
    least_score: int | None = None
    change: str | None = None
    families: frozenset[str] | None = None
    sought: Sought | None = None

    @classmethod
    def of(  # the choices of a reader, each by name
        cls,
        scope: Scope,
        *,
        area: str | None = None,
        community: str | None = None,
        tier: str | None = None,
        group: str | None = None,
        layer: str | None = None,
        difficulty: str | None = None,
        least_score: int | None = None,
    ) -> "ListFilter":
        """A filter from codes or Chinese words, within a reader's scope; raises `UnknownNameError`."""
        street, within = _area(area, scope.area)
        if community is not None:
            within = _code(CODE_LISTS["community"].only(scope.area.communities), community)
        return cls(
            scope=scope,
            street=street,
            community=within,
            tier=_code(TIERS, tier),
            group=_code(LIST_GROUPS, group),
            layer=_code(LAYERS, layer),
            difficulty=_code(CODE_LISTS["difficulty"], difficulty),
            least_score=least_score,
        )

    def changed(self, change: str, families: Iterable[str]) -> "ListFilter":
        """The same, of those families alone that changed so (`LIST_CHANGES`); raises `UnknownNameError`."""
        return replace(self, change=_code(LIST_CHANGES, change), families=frozenset(families))

    def proposed(self) -> "ListFilter":
        """The same, of families alone of which something is proposed to leave."""
        return replace(self, change="proposed")

    def conditions(self, edition_id: str) -> ColumnElement[bool]:
        """The filter as a condition on `list_entry`."""
        area = self.scope.area.condition(ListEntry.street_code, ListEntry.community_code)
        wanted = [ListEntry.edition_id == edition_id, area]
        for column, value in (
            (ListEntry.street_code, self.street),
            (ListEntry.community_code, self.community),
            (ListEntry.tier, self.tier),
            (ListEntry.layer, self.layer),
        ):
            if value is not None:
                wanted.append(column == value)
        wanted += [
            (";" + column + ";").contains(f";{value};", autoescape=True)
            for column, value in ((ListEntry.groups, self.group), (ListEntry.classes, self.difficulty))
            if value is not None
        ]
        if self.least_score is not None:
            wanted.append(ListEntry.score >= self.least_score)
        if self.change == "proposed":
            wanted.append(ListEntry.family_id.in_(leaving(edition_id)))
        if self.families is not None:
            wanted.append(among(ListEntry.family_id, self.families))
        if self.sought is not None:
            wanted.append(self.sought.condition(edition_id))
        return and_(*wanted)

    def titles(self) -> dict[str, str]:
        """The filter in Chinese, for cover sheets."""
        found = {
            "街道": self.street and CODE_LISTS["street"].title_of(self.street),
            "社区": self.community and CODE_LISTS["community"].title_of(self.community),
            "等级": self.tier and TIERS.title_of(self.tier),
            "群体": self.group and LIST_GROUPS.title_of(self.group),
            "层次": self.layer and LAYERS.title_of(self.layer),
            "困难类型": self.difficulty and CODE_LISTS["difficulty"].title_of(self.difficulty),
            "评分不低于": None if self.least_score is None else f"{self.least_score}",
            "本月变动": self.change and (_LEFT if self.change == "left" else LIST_CHANGES.title_of(self.change)),
            "关键词": None if self.sought is None else "按关键词查找（内容不记录）",
        }
        return {name: value for name, value in found.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningFilter:
    """Which warnings of an edition are meant; None stands for all of the scope. `of` knows the words."""

    scope: Scope
    kinds: tuple[str, ...]
    street: str | None = None
    community: str | None = None
    rule: str | None = None
    tier: str | None = None

    @classmethod
    def of(
        cls,
        scope: Scope,
        *,
        kinds: tuple[str, ...] | None = None,
        area: str | None = None,
        rule: str | None = None,
        tier: str | None = None,
    ) -> "WarningFilter":
        """A filter from codes or Chinese words, within a reader's scope; raises `UnknownNameError`.

        Without `kinds` they are those of the scope; a kind or rule that is not of the scope is as unknown as one that
        does not exist.
        """
        street, community = _area(area, scope.area)
        known = WARNING_KINDS.only(scope.kinds)
        named = tuple(str(_code(known, each)) for each in (scope.kinds if kinds is None else kinds))
        rule_id = _rule(rule, rules_of(*scope.kinds))
        return cls(scope=scope, kinds=named, street=street, community=community, rule=rule_id, tier=_code(TIERS, tier))

    def conditions(self, edition_id: str) -> ColumnElement[bool]:
        """The filter as a condition on `warning`."""
        area = self.scope.area.condition(Warning_.street_code, Warning_.community_code)
        wanted = [Warning_.edition_id == edition_id, area, Warning_.kind.in_(self.kinds)]
        if self.street is not None:
            wanted.append(Warning_.street_code == self.street)
        if self.community is not None:
            wanted.append(Warning_.community_code == self.community)
        if self.rule is not None:
            wanted.append(Warning_.rule_id == self.rule)
        if self.tier is not None:
            families = ListFilter(scope=self.scope, tier=self.tier).conditions(edition_id)
            wanted.append(Warning_.family_id.in_(_families(families)))
        return and_(*wanted)

    def titles(self) -> dict[str, str]:
        """The filter in Chinese, for cover sheets."""
        found = {
            "性质": "、".join(WARNING_KINDS.title_of(each) for each in self.kinds),
            "街道": self.street and CODE_LISTS["street"].title_of(self.street),
            "社区": self.community and CODE_LISTS["community"].title_of(self.community),
            "规则": self.rule and all_rules()[self.rule].title,
            "等级": self.tier and TIERS.title_of(self.tier),
        }
        return {name: value for name, value in found.items() if value}


def counted_within(scope: Scope) -> ColumnElement[bool]:
    """What of `edition_aggregate` a scope may be told: its area, and warnings of its kinds."""
    counted = EditionAggregate
    area = scope.area.condition(counted.street_code, counted.community_code)
    return and_(area, or_(counted.measure != "warnings", counted.part.in_(scope.kinds)))


def leaving(edition_id: str) -> Select[str]:
    """The families of an edition of which something is proposed to leave, whole or in part: a person, a ground, all."""
    return select(Standing.family_id).where(Standing.edition_id == edition_id, Standing.status == PROPOSED)


def among(column: Any, values: Iterable[str]) -> ColumnElement[bool]:
    """As `in_`, for more values than a statement may have parameters."""
    found: ColumnElement[bool] = column.in_(bindparam(None, sorted(values), expanding=True, literal_execute=True))
    return found


def _families(condition: ColumnElement[bool]) -> Select[str]:
    return select(ListEntry.family_id).where(condition)


def _code(codes: CodeList, word: str | None) -> str | None:
    if word is None:
        return None
    if word not in codes.by_label:
        raise UnknownNameError(codes.name, word, codes.labels)
    return codes.by_label[word]


def _area(word: str | None, within: Area) -> tuple[str | None, str | None]:
    """Street and community of a word: a code or name of either, in the reader's own area."""
    if word is None:
        return None, None
    streets, communities = (
        CODE_LISTS["street"].only(within.streets if within.community is None else ()),
        CODE_LISTS["community"].only(within.communities),
    )
    if word in streets.by_label:
        return streets.by_label[word], None
    if word in communities.by_label:
        return None, communities.by_label[word]
    names = [streets.title_of(each) for each in streets.codes]
    raise UnknownNameError("area", word, [*streets.codes, *names, *communities.codes])


def _rule(word: str | None, rules: tuple[Rule, ...]) -> str | None:
    if word is None:
        return None
    words = {each.id: each.id for each in rules} | {each.title: each.id for each in rules}
    if word not in words:
        raise UnknownNameError("rule", word, [each.id for each in rules])
    return words[word]

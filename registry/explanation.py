"""What an explanation is: why a family is on the list, in a page that the family can read.

What belongs here: the model, which turns into JSON, and its text. Making it stands in `registry.explain`.
"""

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict

from schemas.told import Words

__all__ = [
    "OF_PERSON",
    "Evidence",
    "Explanation",
    "GroundLine",
    "GroupReason",
    "MeasureLine",
    "MemberLine",
    "ParameterLine",
    "PointsLine",
    "PredicateLine",
    "ProvenanceLine",
    "SourceLine",
]

OF_PERSON = "%(person)s：%(fact)s"
"""How a fact about one person is told."""


class _Line(BaseModel):
    model_config = ConfigDict(frozen=True)


class SourceLine(_Line):
    """The delivered row that a fact comes from; the file is found in the raw archive by its SHA-256.

    `member` is the file within a ZIP; `run_id` is the run that took the delivery in.
    """

    feed: str
    feed_title: str
    department: str
    delivery_id: str
    month: str = ""
    sender: str = ""
    revision: int = 0
    file_name: str = ""
    member: str = ""
    sheet: str = ""
    row: int | None = None
    sha256: str = ""
    received_at: datetime | None = None
    run_id: str = ""

    def text(self) -> str:
        """The place in words."""
        member = f"压缩包内“{self.member}”" if self.member else ""
        sheet = f"{member}工作表“{self.sheet}”" if self.sheet else member
        row = f"第{self.row}行" if self.row is not None else ""
        file = f"{self.month} {self.file_name}" if self.file_name else f"交付批次 {self.delivery_id}"
        return f"{self.department}《{self.feed_title}》 {file} {sheet}{row}（SHA-256 {self.sha256 or '未知'}）"


class Evidence(_Line):
    """One fact about one person; that there is no record has no row, but the deliveries that were `searched`."""

    person: str
    person_key: str
    basis: str
    sentence: Words
    evidence_on: date | None = None
    valid_until: date | None = None
    amount_fen: int | None = None
    source: SourceLine | None = None
    searched: list[SourceLine] = []


class ParameterLine(_Line):
    """One number or choice that a rule reads: its value, since when, and where it is written."""

    name: str
    title: str
    value: Words
    since: date
    citation: str
    status: str


class PredicateLine(_Line):
    """One condition of a rule as it was met: what was found, and what the rule asks for."""

    name: str
    title: str
    found: Words
    required: Words
    parameter: str = ""

    def text(self) -> str:
        """The condition in words."""
        return f"{self.title}：{self.found}（要求：{self.required}）"


class GroundLine(_Line):
    """One person and ground on which the family stands, with the evidence that carries it."""

    ground: str
    title: str
    person: str
    person_key: str
    status: str
    since: date
    proposed_since: date | None
    basis: str
    sentence: Words
    evidence_on: date | None
    valid_until: date | None
    decision_id: str
    parameters_version: str
    source: SourceLine | None
    searched: list[SourceLine] = []

    def text(self) -> str:
        """The ground in words."""
        end = f"来源：{self.source.text()}" if self.source else ""
        decided = f"人工决定 {self.decision_id}" if self.decision_id else ""
        return "。".join(each for each in (f"{self.title}：{self.sentence}", end, decided) if each)


class ProvenanceLine(_Line):
    """From what, by which code and when the edition was made; enough to compute it again and compare."""

    run_id: str
    code_version: str
    model: str
    model_hash: str
    input_hash: str
    content_hash: str
    parameters_digest: str
    parameters_in_force: bool
    parameters_own: bool
    identity_fingerprint: str
    deliveries: int
    computed_at: datetime
    published_at: datetime
    published_by: str

    def text(self) -> str:
        """The same in lines of words."""
        lines = [
            f"运行 {self.run_id or '未记录'}；程序版本 {self.code_version}",
            f"评分模型 {self.model}（{self.model_hash or '未记录'}）；参数 {self.parameters_digest}",
            f"输入 {self.input_hash}（{self.deliveries} 份交付）；内容 {self.content_hash}",
            f"身份密钥指纹 {self.identity_fingerprint}",
            f"计算于 {self.computed_at:%Y-%m-%d %H:%M:%S}",
            f"发布于 {self.published_at:%Y-%m-%d %H:%M:%S}（{self.published_by}）",
        ]
        if not self.parameters_in_force:
            held = "本版本当时所用的值" if self.parameters_own else "现行值"
            lines.append(f"注意：参数在本版本之后有改动，上列标准是{held}")
        return "\n".join(f"  · {each}" for each in lines)


class GroupReason(_Line):
    """Why the family is in one group, by which law, and what would change it."""

    rule_id: str
    title: str
    legal_basis: str
    definition_lines: list[int]
    predicates: list[PredicateLine]
    evidence: list[Evidence]
    parameters: list[ParameterLine]
    would_change: Words


class PointsLine(_Line):
    """One reason with its points."""

    reason: str
    title: str
    points: int


class MeasureLine(_Line):
    """A measure that is suggested, for which reason and by which law."""

    measure: str
    title: str
    reason: str
    sentence: Words
    legal_basis: str


class MemberLine(_Line):
    """One member, as the reader may see the person."""

    person: str
    relation: str
    on_register: bool


class Explanation(_Line):
    """Why a family is on the list of an edition; of a person: only that person's facts."""

    subject: str
    person_key: str = ""
    edition_id: str
    as_of: date
    published_at: datetime
    family_id: str
    layer: str
    layer_title: str
    layer_sentence: Words
    street: str
    tier: str
    tier_title: str
    tier_points: int
    tier_reasons: list[PointsLine]
    tier_parameters: list[ParameterLine]
    classes: list[str]
    score: int | None
    score_reasons: list[PointsLine]
    score_heading: Words = ""
    score_told: list[Words]
    score_unknown: list[Words]
    income_evidence: str
    income_fen: int | None
    income_text: Words
    members: list[MemberLine]
    register_evidence: list[Evidence]
    groups: list[GroupReason]
    grounds: list[GroundLine]
    measures: list[MeasureLine]
    would_change: list[Words]
    objections: list[str]
    provenance: ProvenanceLine

    def text(self) -> str:
        """The explanation as plain text in Chinese."""
        lines = [
            f"列入监测名单的理由（{self.subject}）",
            f"统计截止日 {self.as_of}，版本 {self.edition_id}，发布于 {self.published_at:%Y-%m-%d %H:%M}",
            "",
            f"家庭 {self.family_id}，{self.street}；{self.layer_sentence}",
            f"等级：{self.tier_title}（{self.tier_points} 分）"
            + "".join(f"\n  · {each.title}：{each.points} 分" for each in self.tier_reasons),
            f"困难类型：{'、'.join(self.classes) or '无'}；收入情况：{self.income_text}",
            "成员：" + "；".join(f"{each.person}（{each.relation}）" for each in self.members),
        ]
        if self.register_evidence:
            lines += ["", "在册情况", *[f"  · {each}" for each in _sentences(self.register_evidence)]]
        for group in self.groups:
            lines += ["", f"群体：{group.title}", f"  依据：{group.legal_basis}"]
            lines += [f"  · {each}" for each in _sentences(group.evidence)]
            lines += [f"  判断：{each.text()}" for each in group.predicates]
            lines += [
                f"  标准：{each.title} {each.value}（{each.since} 起；{each.citation}）" for each in group.parameters
            ]
            lines.append(f"  怎样会改变：{group.would_change}")
        alone = self._alone()
        if alone:
            lines += ["", "其他编入依据", *[f"  · {each.text()}" for each in alone]]
        if self.score_reasons:
            lines += ["", self.score_heading]
            lines += [f"  · {each}" for each in self.score_told]
            lines += [f"  · {each}" for each in self.score_unknown]
        if self.measures:
            lines += ["", "建议措施（供走访核实时参考，不是决定）"]
            lines += [f"  · {each.title}：{each.sentence}（{each.legal_basis}）" for each in self.measures]
        lines += ["", "怎样会改变", *[f"  · {each}" for each in self.would_change]]
        lines += ["", "如有异议", *[f"  · {each}" for each in self.objections]]
        lines += ["", "可追溯信息", self.provenance.text()]
        return "\n".join(lines) + "\n"

    def _alone(self) -> list[GroundLine]:
        """Grounds that are told nowhere else: those without a hit, or a spell, of their own."""
        told = {(group.rule_id, each.person_key) for group in self.groups for each in group.evidence}
        told |= {("register", each.person_key) for each in self.register_evidence}
        return [each for each in self.grounds if (each.ground, each.person_key) not in told]


def _sentences(evidence: list[Evidence]) -> list[str]:
    return [f"{each.sentence}。{_place(each)}" for each in evidence]


def _place(evidence: Evidence) -> str:
    if evidence.source:
        return f"来源：{evidence.source.text()}"
    if not evidence.searched:
        return ""
    titles = "、".join(f"《{each}》" for each in dict.fromkeys(each.feed_title for each in evidence.searched))
    return f"已核对{titles}的 {len(evidence.searched)} 份交付"

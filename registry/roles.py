"""Who may do what: roles, areas and purposes; refused unless granted.

What belongs here: the one table of rights that the command line, exports, pages and the API ask. Somebody may do what
the role grants *and* the purpose of the work needs, for families of their area. Accounts and sign-in stand elsewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from registry.errors import NotPermittedError
from registry.scope import DISTRICT, Area, Scope
from schemas.codes import CodeList
from schemas.errors import UnknownNameError

__all__ = [
    "PERMISSIONS",
    "PURPOSES",
    "ROLES",
    "Actor",
    "grants_of",
    "levels_of",
    "purposes_needing",
    "purposes_of",
    "require",
    "require_district",
    "roles_with",
]

PERMISSIONS = CodeList(
    "permission",
    "权限",
    {
        "overview.read": ("查看统计概览",),
        "list.read": ("查看监测名单（不显示身份）",),
        "list.share": ("与同事共享名单视图",),
        "family.read": ("查看一户一档",),
        "family.identity": ("查看姓名、电话和住址",),
        "family.unmask": ("查看完整身份证号",),
        "family.protected": ("查看受保护家庭的住址",),
        "family.protect": ("设置和解除住址保护",),
        "warning.need": ("查看困难发现类预警",),
        "warning.verify": ("查看待核实类预警",),
        "warning.feed": ("查看数据质量类预警",),
        "case.read": ("查看核查任务",),
        "case.work": ("办理核查任务",),
        "case.written": ("查看走访说明、照片和诉求原文",),
        "case.assign": ("派发和改派核查任务",),
        "case.approve": ("审批不利结果和拟退出",),
        "measure.work": ("转介和跟踪帮扶措施、微心愿",),
        "visit.plan": ("安排走访",),
        "visit.sheet": ("导出走访单和交回走访结果",),
        "export.list": ("导出监测名单",),
        "export.warnings": ("导出预警",),
        "export.report": ("导出台账和报表",),
        "deliveries.read": ("查看数据交付和质量",),
        "receipt.mend": ("向报送单位交还待修正行的原值",),
        "rules.read": ("查看规则手册",),
        "lineage.read": ("查看数据血缘",),
        "whatif.run": ("测算参数变化的影响",),
        "model.read": ("查看评分模型",),
        "model.promote": ("批准启用评分模型",),
        "proof.read": ("查看版本和条目的证明",),
        "audit.read": ("查看审计记录",),
        "admin.users": ("管理账号",),
        "admin.settings": ("查看系统设置",),
        "account.own": ("管理本人账号",),
    },
)

PURPOSES = CodeList(
    "purpose",
    "目的",
    {
        "monitoring": ("日常监测和走访",),
        "verification": ("待核实事项核查",),
        "assistance": ("救助帮扶和转介",),
        "objection": ("申诉复核",),
        "statistics": ("统计和上报",),
        "quality": ("数据质量",),
        "policy": ("政策测算",),
        "audit": ("审计检查",),
        "administration": ("系统管理",),
    },
)

ROLES = CodeList(
    "role",
    "角色",
    {
        "district_staff": ("区级经办",),
        "street_staff": ("街道经办",),
        "community_worker": ("社区工作者",),
        "supervisor": ("业务主管",),
        "data_engineer": ("数据工程师",),
        "auditor": ("审计人员",),
        "administrator": ("系统管理员",),
    },
)

_OWN = frozenset({"account.own"})
_FAMILY = frozenset({"overview.read", "list.read", "family.read", "family.identity", "rules.read"})
_CASES = frozenset({"case.read", "case.work", "case.written", "case.assign", "case.approve"})
_HIDDEN = frozenset({"family.unmask", "family.protected", "family.protect"})
_VISITS = frozenset({"visit.plan", "visit.sheet"})
_EXPORTS = frozenset({"export.list", "export.warnings", "export.report"})
_BOOKS = frozenset({"overview.read", "rules.read", "lineage.read", "model.read", "proof.read"})
_MONITORING = frozenset({"list.share"}) | _FAMILY | _CASES | _VISITS | _EXPORTS | _BOOKS

_NEEDS: Mapping[str, frozenset[str]] = {
    "monitoring": _MONITORING
    | _HIDDEN
    | {"warning.need", "warning.verify", "warning.feed", "measure.work", "deliveries.read", "receipt.mend"},
    "verification": _FAMILY
    | _CASES
    | _HIDDEN
    | {"warning.need", "warning.verify", "warning.feed", "export.warnings", "proof.read"},
    "assistance": _FAMILY
    | _HIDDEN
    | {"warning.need", "case.read", "case.written", "measure.work", "visit.sheet", "export.list"},
    "objection": _FAMILY | _CASES | _HIDDEN | {"warning.need", "warning.verify", "deliveries.read", "proof.read"},
    "statistics": _BOOKS | {"list.read", "export.report"},
    "quality": _BOOKS | {"warning.feed", "deliveries.read", "receipt.mend"},
    "policy": _BOOKS | {"list.read", "family.identity", "whatif.run", "export.list", "model.promote"},
    "audit": frozenset(PERMISSIONS.codes),
    "administration": frozenset({"admin.users", "admin.settings", "rules.read"}),
}


@dataclass(frozen=True, slots=True)
class _Role:
    """What a role grants, over which levels of area it may be held, and for which purposes; the first is usual."""

    grants: frozenset[str]
    levels: tuple[str, ...]
    purposes: tuple[str, ...]


_IN_THE_FIELD = _FAMILY | {"warning.need", "case.read", "case.work", "case.written", "measure.work", "visit.sheet"}
_AT_THE_STREET = _IN_THE_FIELD | _VISITS | _EXPORTS | {"case.assign"}
_AT_THE_DISTRICT = (
    _AT_THE_STREET
    | _BOOKS
    | {"warning.verify", "warning.feed", "deliveries.read", "receipt.mend", "whatif.run"}
    | {"family.protected", "family.protect"}
)
_WORK = ("monitoring", "verification", "assistance", "objection", "statistics", "quality", "policy")

_HELD: Mapping[str, _Role] = {
    "district_staff": _Role(_AT_THE_DISTRICT, ("district",), _WORK),
    "street_staff": _Role(_AT_THE_STREET, ("street",), ("monitoring", "assistance", "objection", "statistics")),
    "community_worker": _Role(_IN_THE_FIELD, ("community",), ("monitoring", "assistance")),
    "supervisor": _Role(
        _AT_THE_DISTRICT | {"case.approve", "list.share", "family.unmask", "model.promote"},
        ("district", "street"),
        _WORK,
    ),
    "data_engineer": _Role(
        _BOOKS | {"warning.feed", "deliveries.read", "model.promote"}, ("district",), ("quality", "policy")
    ),
    "auditor": _Role(
        _FAMILY
        | _BOOKS
        | _EXPORTS
        | {"warning.need", "warning.verify", "warning.feed", "case.read", "case.written"}
        | {"deliveries.read", "audit.read"},
        ("district",),
        ("audit",),
    ),
    "administrator": _Role(
        frozenset({"admin.users", "admin.settings", "rules.read"}), ("district",), ("administration",)
    ),
}
_OF_THE_WHOLE = frozenset(
    {"warning.feed", "deliveries.read", "receipt.mend", "whatif.run", "model.read", "model.promote", "lineage.read"}
    | {"family.protect"}
)
"""What tells of the whole district, and so is held by nobody of a part of it."""
_KINDS = {"need": "warning.need", "verify": "warning.verify", "feed": "warning.feed"}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks, in which role, for families of which area, for which purpose; `scopes` narrows an API token further.

    Raises `UnknownNameError` for an unknown role or purpose, and `NotPermittedError` for an area or a purpose that the
    role is not held for. Without a purpose it is the usual one of the role.
    """

    name: str
    role: str
    area: Area = DISTRICT
    purpose: str = ""
    scopes: frozenset[str] | None = None

    def __post_init__(self) -> None:
        held = _held(self.role)
        if not self.purpose:
            object.__setattr__(self, "purpose", held.purposes[0])
        if self.purpose not in PURPOSES.labels:
            raise UnknownNameError("purpose", self.purpose, PURPOSES.labels)
        if self.area.level not in held.levels:
            raise NotPermittedError(f"role {self.role!r} is held for {' or '.join(held.levels)}, not {self.area.level}")
        if self.purpose not in held.purposes:
            raise NotPermittedError(f"role {self.role!r} works for {', '.join(held.purposes)}, not {self.purpose}")

    def may(self, permission: str) -> bool:
        """Whether role, area, purpose and token grant the permission; raises `UnknownNameError` for an unknown one."""
        return self.could(permission) and (permission in _OWN or permission in _NEEDS[self.purpose])

    def could(self, permission: str) -> bool:
        """Whether they would be granted it for another purpose."""
        if permission not in PERMISSIONS.labels:
            raise UnknownNameError("permission", permission, PERMISSIONS.labels)
        if self.scopes is not None:
            return permission in self.scopes and permission in _grants(self.role, self.area)
        return permission in _OWN or permission in _grants(self.role, self.area)

    @property
    def recorded(self) -> dict[str, str]:
        """As what they acted, for the audit chain."""
        return {"role": self.role, "area": self.area.code, "for": self.purpose}

    @property
    def scope(self) -> Scope:
        """What queries may tell them."""
        return Scope(self.area, tuple(kind for kind, permission in _KINDS.items() if self.may(permission)))


def require(actor: Actor, permission: str) -> None:
    """Let pass, or raise `NotPermittedError` with the roles that may."""
    if actor.may(permission):
        return
    asked = f"{PERMISSIONS.title_of(permission)} ({permission})"
    if actor.could(permission):
        able = [each for each in purposes_of(actor.role) if permission in _NEEDS[each]]
        raise NotPermittedError(
            f"the purpose {actor.purpose!r} does not need {asked}; purposes that do: {', '.join(able)}"
        )
    raise NotPermittedError(
        f"role {actor.role!r} may not {asked}; roles that may: {', '.join(roles_with(permission)) or 'none'}"
    )


def require_district(actor: Actor) -> None:
    """Let pass whoever may learn of all streets, or raise `NotPermittedError`."""
    if not actor.area.is_district:
        raise NotPermittedError(f"this tells of the whole district; role {actor.role!r} is held for {actor.area.level}")


def roles_with(permission: str) -> list[str]:
    """Roles that grant it over the whole or a part of the district."""
    return sorted(role for role, held in _HELD.items() if permission in held.grants | _OWN)


def purposes_of(role: str) -> tuple[str, ...]:
    """For what the role works; the first is usual."""
    return _held(role).purposes


def grants_of(role: str) -> frozenset[str]:
    """What the role grants over the whole of its area, its own account included."""
    return _held(role).grants | _OWN


def purposes_needing(permission: str) -> tuple[str, ...]:
    """For which purposes the permission can be used; the own account for every one."""
    if permission not in PERMISSIONS.labels:
        raise UnknownNameError("permission", permission, PERMISSIONS.labels)
    return tuple(each for each in PURPOSES.codes if permission in _OWN or permission in _NEEDS[each])


def levels_of(role: str) -> tuple[str, ...]:
    """Over which levels of area the role may be held."""
    return _held(role).levels


def _grants(role: str, area: Area) -> frozenset[str]:
    granted = _held(role).grants
    return granted if area.is_district else granted - _OF_THE_WHOLE


def _held(role: str) -> _Role:
    if role not in _HELD:
        raise UnknownNameError("role", role, _HELD)
    return _HELD[role]

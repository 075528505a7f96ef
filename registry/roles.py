"""Who may take what out of the registry: roles and permissions, refused unless granted.

What belongs here: the thin table of rights that exports and explanations ask. Accounts and sign-in stand elsewhere.
"""

from dataclasses import dataclass

from registry.errors import NotPermittedError
from schemas.codes import CodeList
from schemas.errors import UnknownNameError

__all__ = ["PERMISSIONS", "ROLES", "Actor", "require"]

PERMISSIONS = CodeList(
    "permission",
    "权限",
    {
        "list": ("查看和导出监测名单",),
        "need": ("查看困难发现类预警",),
        "verify": ("查看待核实类预警",),
        "unmask": ("查看完整身份证号",),
        "mend": ("向报送单位交还待修正行的原值",),
        "audit.read": ("查看审计记录",),
    },
)
ROLES = CodeList(
    "role",
    "角色",
    {
        "clerk": ("经办人员",),
        "verifier": ("核查人员",),
        "manager": ("业务负责人",),
        "auditor": ("审计人员",),
    },
)

_GRANTS: dict[str, frozenset[str]] = {
    "clerk": frozenset({"list", "need", "mend"}),
    "verifier": frozenset({"list", "need", "verify"}),
    "manager": frozenset({"list", "need", "verify", "unmask", "mend"}),
    "auditor": frozenset({"list", "need", "verify", "audit.read"}),
}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks, and in which role; an unknown role raises `UnknownNameError`."""

    name: str
    role: str

    def __post_init__(self) -> None:
        if self.role not in _GRANTS:
            raise UnknownNameError("role", self.role, _GRANTS)

    def may(self, permission: str) -> bool:
        """Whether the role grants the permission; raises `UnknownNameError` for an unknown one."""
        if permission not in PERMISSIONS.labels:
            raise UnknownNameError("permission", permission, PERMISSIONS.labels)
        return permission in _GRANTS[self.role]


def require(actor: Actor, permission: str) -> None:
    """Let pass, or raise `NotPermittedError` with the roles that may."""
    if not actor.may(permission):
        able = sorted(role for role, granted in _GRANTS.items() if permission in granted)
        raise NotPermittedError(
            f"role {actor.role!r} may not {PERMISSIONS.title_of(permission)} ({permission}); roles that may: "
            f"{', '.join(able)}"
        )

"""What each department delivers: its slice of the world by the columns of the contract.

What belongs here: one function a feed. How the department writes it down stands in `habits`.
"""

from collections.abc import Mapping

from samples.departments import bureaus, civil_affairs, income, payments, police
from samples.departments.slices import Builder, Slice

__all__ = ["BUILDERS", "Slice"]

BUILDERS: Mapping[str, Builder] = {
    **police.BUILDERS,
    **civil_affairs.BUILDERS,
    **income.BUILDERS,
    **payments.BUILDERS,
    **bureaus.BUILDERS,
}

"""走访安排 — one row a family of a plan of visits; what `doudi visits -o` writes, filled in by those who went."""

from schemas.columns import Column, Kind, Sensitivity
from schemas.contract import DeliveryMode, Feed
from schemas.fields import field

__all__ = ["FEED"]

FEED = Feed(
    name="visit_plan",
    title="入户走访安排",
    department="civil_affairs",
    mode=DeliveryMode.EVENTS,
    description="one row a family of a plan of visits",
    absence_means="the family was not visited, or the visit is not written down yet",
    legal_basis="社会救助暂行办法 (国务院令第649号); 最低生活保障审核确认办法 (民发〔2021〕57号)",
    population="families that were picked for a visit, by need or at random",
    dropped=("序号", "街道", "社区", "户号/户编号", "户主姓名", "联系电话", "住址"),
    columns=(
        Column(
            name="family_id",
            title="家庭标识",
            kind=Kind.TEXT,
            description="Family of the plan",
            sensitivity=Sensitivity.PERSONAL,
            required=True,
        ),
        field("visited_on", required=False),
        field("visit_outcome", required=False),
    ),
    business_key=("family_id",),
)

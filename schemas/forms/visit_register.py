"""走访登记表 — one row a question of a case that was given to a worker; the last sheet of the visit sheets."""

from schemas.codes import CODE_LISTS
from schemas.columns import Column, Kind, Sensitivity
from schemas.contract import DeliveryMode, Feed
from schemas.fields import field

__all__ = ["FEED"]


def _column(
    name: str,
    title: str,
    kind: Kind,
    description: str,
    *,
    codes: str | None = None,
    sensitivity: Sensitivity = Sensitivity.INTERNAL,
    required: bool = False,
) -> Column:
    return Column(
        name=name,
        title=title,
        kind=kind,
        description=description,
        sensitivity=sensitivity,
        required=required,
        codes=CODE_LISTS[codes] if codes else None,
    )


FEED = Feed(
    name="visit_register",
    title="走访登记表",
    department="civil_affairs",
    mode=DeliveryMode.EVENTS,
    description="one row a question of a case",
    absence_means="the question was not answered on this sheet",
    legal_basis="社会救助暂行办法 (国务院令第649号); 最低生活保障审核确认办法 (民发〔2021〕57号)",
    population="families whose case was given to a worker",
    dropped=("户主姓名", "请核实", "街道", "社区", "住址", "联系电话", "序号"),
    columns=(
        _column("case_no", "走访单号", Kind.TEXT, "Case that the sheet was printed for", required=True),
        _column("question_no", "问题编号", Kind.TEXT, "Question of the case", required=True),
        _column("visit_answer", "答复", Kind.CODE, "What was found about the question", codes="visit_answer"),
        field("visited_on", required=False),
        _column("contact_means", "联系方式", Kind.CODE, "Means of the contact", codes="contact_means"),
        _column("contact", "联系情况", Kind.CODE, "Whether somebody was reached", codes="contact"),
        field("visit_outcome", required=False),
        _column("visit_note", "备注", Kind.TEXT, "What the worker wants to add", sensitivity=Sensitivity.SENSITIVE),
    ),
    business_key=("case_no", "question_no"),
)

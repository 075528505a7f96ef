"""What a page says once after something was done: a word of a closed list, which a cookie carries to the next page.

What belongs here: the words, and carrying them. The cookie holds nothing of a case or a person.
"""

from fastapi import Request, Response

from portal.language import gettext

__all__ = ["COOKIE", "TOLD", "tell", "told"]

COOKIE = "doudi_told"
_SECONDS = 60
_LONGEST = 6

TOLD = {
    "assigned": "已派发。",
    "assigned_all": "已派发 %(n)s 件。",
    "started": "已开始核查。",
    "visited": "走访已记录。",
    "concluded": "核查结果已提出，等待办结。",
    "closed": "已办结。",
    "closed_all": "已办结 %(n)s 件。",
    "returned": "已退回补查。",
    "withdrawn": "任务已结束。",
    "objected": "异议已受理。",
    "routed": "已转来源部门核对，请打印数据核对单送达。",
    "answered": "来源部门的答复已登记。",
    "upheld": "异议成立，已办理。",
    "dismissed": "已维持原结果。",
    "taken_back": "异议已撤回。",
    "agreed": "第一人的意见已记录，等待第二人审批。",
    "approved": "已审批同意退出，从下一次发布的名单起退出。",
    "kept": "已决定保留，家庭继续列在名单中。",
    "protected": "地址已受保护。",
    "end_proposed": "已提出解除，等待第二人办理。",
    "ended": "地址保护已解除。",
    "kept_protected": "继续受保护。",
    "referred": "措施已转介。",
    "wished": "微心愿已登记。",
    "planned": "走访计划已制订。",
    "moved_on": "进展已登记。",
}


def tell(response: Response, word: str, number: int = 0, *, secure: bool) -> None:
    """Let the next page say a word of `TOLD`; raises `KeyError` for another."""
    TOLD[word]
    response.set_cookie(
        COOKIE, f"{word}.{number}", max_age=_SECONDS, httponly=True, samesite="strict", secure=secure
    )  # fmt: skip


def told(request: Request) -> str:
    """What the page has to say, in the reader's language; "" for nothing, and for what we did not write."""
    word, _, number = request.cookies.get(COOKIE, "").partition(".")
    if word not in TOLD or not (number.isdecimal() and number.isascii() and len(number) <= _LONGEST):
        return ""
    text = gettext(TOLD[word])
    return text % {"n": f"{int(number):,}"} if "%(n)s" in text else text

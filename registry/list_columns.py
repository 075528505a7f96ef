"""The columns of the list that a reader may choose among, on the page as in a file of what the page shows.

What belongs here: their codes and titles. What each holds stands where it is drawn or written.
"""

from schemas.codes import CodeList

__all__ = ["LIST_COLUMNS"]

LIST_COLUMNS = CodeList(
    "list_column",
    "列",
    {
        "tier": ("等级",),
        "score": ("评分",),
        "place": ("街道、社区",),
        "layer": ("层次",),
        "groups": ("群体",),
        "classes": ("困难类型",),
        "members": ("人数",),
        "evidence": ("收入依据",),
        "status": ("状态",),
    },
)

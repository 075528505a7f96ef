"""All operations of the API in one place, in the order in which they are described."""

from portal.api import families, listing
from portal.page import Page

__all__ = ["OPERATIONS", "TAGS"]

TAGS = {
    "list": "监测名单: the list of an edition, its files",
    "families": "一户一档: one family, why it is listed, and the proof",
}
"""What the operations are about, with a description each."""

OPERATIONS: tuple[Page, ...] = (
    *listing.OPERATIONS,
    *families.OPERATIONS,
)

"""Filled forms that come back through a page: which files are taken, and the receipt, row by row.

What belongs here: what every such page shares. How a form is checked stands with the form in `registry`.
"""

from collections.abc import Callable
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory

from fastapi import Request, Response, status
from starlette.datastructures import FormData, UploadFile

from portal.faults import said
from portal.language import gettext
from portal.page import render
from registry.casework.sheets import ROW_STATES, TakenSheets
from registry.files import private_dir
from schemas.errors import DeliveryError
from schemas.reasons import SKIPS
from schemas.settings import Settings

__all__ = ["KILOBYTES", "KINDS", "kind_names", "receipt_of", "taken_from"]

KILOBYTES = 8 * 1024
"""How long a filled form may be."""

KINDS = (".xlsx", ".xls", ".csv", ".ods")
_ORDER = ("quarantined", "skipped", "accepted")


def kind_names() -> str:
    """The kinds of files that are taken, in the reader's language."""
    return gettext("、").join(each.removeprefix(".").upper() for each in KINDS)


def taken_from(settings: Settings, content: bytes, kind: str, take: Callable[[Path], TakenSheets]) -> TakenSheets:
    """What `take` says of a file of a kind of `KINDS`, which is gone afterwards.

    Raises what `take` raises, above all `DeliveryError` for a file that cannot be read.
    """
    with TemporaryDirectory(prefix="upload-", dir=private_dir(settings.home / "tmp")) as folder:
        path = Path(folder) / f"form{kind}"  # the name that it was given may be somebody's
        path.write_bytes(content)
        return take(path)


def receipt_of(  # what a page says of a form, each by name
    request: Request,
    posted: FormData,
    take: Callable[[Path, str], TakenSheets],
    *,
    form: str,
    title: str,
    back: tuple[str, str],
    drawn: Callable[[str, int], Response],
) -> Response:
    """The receipt of the file that was posted; the page again, with the reason, when it cannot be taken.

    `take` is given the file and the name that it goes by; `form` is what the form is called, and `back` the page to
    go back to with what its link says.
    """
    sent = posted.get("file")
    if not isinstance(sent, UploadFile) or not sent.filename:
        return drawn(gettext("请选择填好的登记表。"), status.HTTP_422_UNPROCESSABLE_CONTENT)
    kind = PurePath(sent.filename).suffix.lower()
    if kind not in KINDS:
        wrong = gettext("文件格式不能识别，请交回 %(kinds)s 文件。") % {"kinds": kind_names()}
        return drawn(wrong, status.HTTP_422_UNPROCESSABLE_CONTENT)
    settings: Settings = request.app.state.settings
    try:
        taken = taken_from(settings, sent.file.read(), kind, lambda path: take(path, f"{form}{kind}"))
    except DeliveryError as error:
        return drawn(str(error), status.HTTP_422_UNPROCESSABLE_CONTENT)
    return render(
        request,
        "visit_receipt.html",
        title=title,
        taken=taken,
        rows=sorted(taken.rows, key=lambda row: (_ORDER.index(row.state), row)),
        states=ROW_STATES,
        passed_over={SKIPS[each]: number for each, number in taken.passed_over.items() if number},
        said=said,
        back=back,
    )

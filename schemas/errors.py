"""The root of every error that this project raises on purpose.

What belongs here: the base class and the errors of `schemas/` itself. Other rooms derive their own
tree from `DoudiError`. Messages say what was found, where, and what to do; never a person's data. What is wrong with a
delivered file is said in Chinese: it goes on the receipt, to the department's clerk.

    DoudiError
    ├── ContractError           a declaration in the code is wrong (a bug of ours)
    ├── UnknownNameError        an unknown feed, code, rule, filter or column was asked for
    └── DeliveryError           a delivered file cannot be taken as a whole
        ├── UnreadableFileError     damaged, encrypted, wrong encoding, wrong format
        ├── HeaderNotFoundError     no sheet has the required columns
        ├── EmptyDeliveryError      a header, but no data row
        ├── ZeroReportError         named as having nothing to report, but there are rows
        └── BrokenContractError     rows that were accepted break the contract all the same (a bug of ours)
"""

from collections.abc import Iterable
from difflib import get_close_matches

from schemas.told import Told

__all__ = [
    "BrokenContractError",
    "ContractError",
    "DeliveryError",
    "DoudiError",
    "EmptyDeliveryError",
    "HeaderNotFoundError",
    "UnknownNameError",
    "UnreadableFileError",
    "ZeroReportError",
]


class DoudiError(Exception):
    """Base of all errors raised on purpose; its text is safe to show and to log.

    `values` go into their places in the text, `%(name)s`; by the text without them pages find the sentence in the
    language of their reader.
    """

    def __init__(self, text: str = "", **values: object) -> None:
        super().__init__(text % values if values else text)
        self.template = text
        self.values = values


class ContractError(DoudiError):
    """A declaration (column, feed, table, code list) contradicts itself."""


class UnknownNameError(DoudiError):
    """Something was asked for by a name that does not exist."""

    def __init__(self, what: str, name: str, known: Iterable[str]) -> None:
        options = sorted(known)
        near = get_close_matches(name, options, n=3)
        hint = f"did you mean {', '.join(near)}?" if near else f"known: {', '.join(options)}"
        super().__init__(f"unknown {what} {name!r}; {hint}")
        self.what = what
        self.name = name
        self.known = options
        self.near = tuple(near)


class DeliveryError(DoudiError):
    """A delivered file cannot be taken as a whole; `code` and `title` go on its receipt.

    The `message` may be a `Told`; `told` is the message with its place, for readers of another language.
    """

    code = "delivery_refused"
    title = "文件未被接收"

    def __init__(self, message: str, *, file: str, sheet: str | None = None) -> None:
        place = Told("%(file)s的工作表“%(sheet)s”", file=file, sheet=sheet) if sheet else file
        self.told = Told("%(place)s: %(message)s", place=place, message=message)
        super().__init__(str(self.told))
        self.message = message
        self.file = file
        self.sheet = sheet


class UnreadableFileError(DeliveryError):
    """The bytes are not a readable file of a known format and encoding."""

    code = "unreadable_file"
    title = "文件无法读取"


class HeaderNotFoundError(DeliveryError):
    """No row of any sheet carries the required columns; `missing` names them (Chinese titles)."""

    code = "header_not_found"
    title = "未找到必需的表头"

    def __init__(self, message: str, *, file: str, sheet: str | None = None, missing: Iterable[str] = ()) -> None:
        super().__init__(message, file=file, sheet=sheet)
        self.missing = tuple(missing)


class EmptyDeliveryError(DeliveryError):
    """The header is there and no data row follows it."""

    code = "empty_delivery"
    title = "文件没有数据行"


class ZeroReportError(DeliveryError):
    """The file is named as having nothing to report (`.none`), and has rows."""

    code = "zero_report_with_rows"
    title = "零报告文件中有数据行"


class BrokenContractError(DeliveryError):
    """Accepted rows do not satisfy the contract: the last gate before the vault found a bug of ours."""

    code = "broken_contract"
    title = "读取结果不符合契约"

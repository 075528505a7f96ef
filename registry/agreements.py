"""Under which agreement each department shares its data: `agreements.yaml`, which the bureau keeps.

What belongs here: what that file says, and that it says it fully. Legal basis and population of a feed stand in its
contract (`schemas/feeds/`); reference and last day are the bureau's own (docs/adr/0023).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import yaml
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic import Field as Checked

from editions.inputs import Agreement
from registry.errors import AgreementError
from schemas.contract import DEPARTMENTS, Feed, all_feeds
from schemas.errors import UnknownNameError
from schemas.settings import Settings

__all__ = ["STATES", "FeedAgreement", "agreements", "agreements_of_feeds", "agreements_template"]

STATES = {"in_force": "有效", "expired": "已到期", "none": "未登记"}

_HEAD = """# 数据共享约定:每个数据源的约定文号与有效期末日。未登记或已到期的数据源会出现在数据质量预警中。
# 依据与涉及人群见各数据源的合同(doudi agreements)。
"""


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    reference: str = Checked(min_length=1)
    expires_on: date


_FILE = TypeAdapter(dict[str, _Entry])


@dataclass(frozen=True, slots=True)
class FeedAgreement:
    """A feed's contract and the agreement under which it is shared; `state` is one of `STATES`."""

    feed: Feed
    agreement: Agreement | None
    state: str

    @property
    def department(self) -> str:
        """The department that shares it."""
        return DEPARTMENTS[self.feed.department]

    @property
    def told(self) -> str:
        """State and last day, in Chinese."""
        last = f"，有效期至{self.agreement.expires_on}" if self.agreement else ""
        return STATES[self.state] + last


def agreements(settings: Settings) -> dict[str, Agreement]:
    """The recorded agreements by feed; none without the file. Raises `AgreementError`."""
    path = settings.agreements_file
    if not path.is_file():
        return {}
    try:
        entries = _FILE.validate_python(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors())
        raise AgreementError(f"{path.name}: {wrong}; give each feed a reference and a day expires_on") from None
    except (yaml.YAMLError, UnicodeDecodeError):
        raise AgreementError(f"{path.name}: it is no YAML in UTF-8; mend it") from None
    unknown = sorted(set(entries) - set(all_feeds()))
    if unknown:
        raise AgreementError(f"{path.name}: {UnknownNameError('feed', unknown[0], all_feeds())}")
    return {feed: Agreement(each.reference, each.expires_on) for feed, each in entries.items()}


def agreements_of_feeds(recorded: Mapping[str, Agreement], today: date) -> list[FeedAgreement]:
    """Every feed with its agreement as it stands on `today`, by department and feed."""
    found = [FeedAgreement(feed, recorded.get(name), _state(recorded.get(name), today)) for name, feed in
             all_feeds().items()]  # fmt: skip
    order = list(DEPARTMENTS)
    return sorted(found, key=lambda each: (order.index(each.feed.department), each.feed.name))


def agreements_template(recorded: Mapping[str, Agreement]) -> str:
    """The file with a place for every feed; what is recorded already is filled in."""
    lines = [_HEAD]
    for each in agreements_of_feeds(recorded, date.max):
        lines.append(f"# {each.department}:{each.feed.title}")
        body = [f"{each.feed.name}:", "  reference: ", "  expires_on: "]
        if each.agreement:
            reference = yaml.safe_dump(each.agreement.reference, allow_unicode=True).removesuffix("...\n").strip()
            body = [f"{each.feed.name}:", f"  reference: {reference}", f"  expires_on: {each.agreement.expires_on}"]
        lines += body if each.agreement else [f"# {line}".rstrip() for line in body]
    return "\n".join(lines) + "\n"


def _state(agreement: Agreement | None, today: date) -> str:
    if agreement is None:
        return "none"
    return "in_force" if agreement.expires_on >= today else "expired"

"""A one-page letter to a listed person: why, by which law and whose data, what would change it, how to object.

What belongs here: making the letter from the person's own explanation, as HTML and as PDF. The sentences stand in
`registry.letter_words`. A letter goes to one person; of a family it goes to its head.
"""

from collections.abc import Callable
from datetime import date, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Engine, select

from registry.audit import append
from registry.errors import LetterError
from registry.explain import NAMELESS, explain
from registry.explanation import Explanation
from registry.letter_words import LetterReason, reasons, would_change
from registry.models import PUBLISHED
from registry.queries import require_edition
from registry.roles import Actor
from registry.simulated import note_of
from schemas.settings import Settings

__all__ = ["FORMATS", "Letter", "as_html", "as_pdf", "laid_out", "letter_to", "write_letter"]

FORMATS = (".html", ".pdf")

_POINTS = (10.5, 9.5, 8.5, 7.5)  # the largest that leaves one page is taken
_RIGHTS = [
    "列入名单只是为了在您有困难时主动上门了解和帮助；不是处罚，不影响您现有的待遇，不对外公开。",
    "您可以口头或书面要求说明理由、核对和更正数据；由原承办人员以外的人员复核，结果告知您。",
    "来源数据有误的，我们请提供数据的部门核对更正，更正后重新计算（个人信息保护法第四十六条）。",
    "您有权要求说明，并有权拒绝仅由机器作出的决定（个人信息保护法第二十四条）；您可以拒绝走访和帮助。",
]
_OPENING = (
    "我们根据各部门依法共享的数据，定期了解居民家庭是否可能遇到困难，以便及时提供帮助。"
    "您的家庭目前在我们主动了解的范围内，现将理由告知您。"
)


class Letter(BaseModel):
    """What the letter says."""

    model_config = ConfigDict(frozen=True)

    title: str
    reference: str
    as_of: date
    edition_id: str
    reader: str
    opening: str
    reasons: list[LetterReason]
    would_change: list[str]
    rights: list[str]
    contact: str
    sender: str
    written_on: date
    note: str


def letter_to(
    engine: Engine,
    settings: Settings,
    subject: str,
    *,
    actor: Actor,
    as_of: date | None = None,
    known_on: date | datetime | None = None,
    unmask: bool = False,
) -> Letter:
    """The letter to a person, or to the head of a family, and record that it was made.

    The name is whole with `unmask`, for roles that may. Raises as `registry.explain.explain`.
    """
    asked: dict[str, Any] = {"actor": actor, "as_of": as_of, "known_on": known_on, "unmask": unmask}
    found = explain(engine, settings, subject, **asked)
    person_key = _reader(engine, found)
    own = explain(engine, settings, person_key, **asked)
    reference = _reference(own, person_key)
    append(
        engine,
        actor=actor.name,
        action="letter",
        purpose="告知列入理由",
        details={**actor.recorded, "edition_id": own.edition_id, "reference": reference, "masked": not unmask},
    )
    return Letter(
        title="主动关心告知书",
        reference=reference,
        as_of=own.as_of,
        edition_id=own.edition_id,
        reader=_called(own.subject),
        opening=_OPENING,
        reasons=reasons(own),
        would_change=would_change(own),
        rights=_RIGHTS,
        contact=settings.contact or f"{settings.district_name}{own.street}的民政服务窗口",
        sender=f"{settings.district_name}民政局",
        written_on=datetime.now(ZoneInfo(settings.timezone)).date(),
        note=note_of(require_edition(engine, own.as_of, known_on)),
    )


def _called(subject: str) -> str:
    """The name without the number, which stands on no letter; a greeting where no name was delivered."""
    name = subject.partition(" ")[0]
    return "您好" if name in {"", NAMELESS} else name


def _reader(engine: Engine, explanation: Explanation) -> str:
    """Who reads the letter: the person asked about, else the head of the family."""
    if explanation.person_key:
        return explanation.person_key
    entries = PUBLISHED["list"].__table__.c
    query = select(entries.head_key).where(
        entries.edition_id == explanation.edition_id, entries.family_id == explanation.family_id
    )
    with engine.connect() as connection:
        return str(connection.execute(query).scalar_one())


def _reference(explanation: Explanation, person_key: str) -> str:
    """A number by which staff find the entry again, and that tells nobody anything.

    The edition stands beside it in the audit chain, not in it: its id is another one when only another street, or a
    suspicion, is.
    """
    text = f"{explanation.as_of}|{person_key}"
    return f"{explanation.as_of:%Y%m}-{blake2b(text.encode(), digest_size=4).hexdigest()}"


def as_html(letter: Letter, *, points: float = _POINTS[0]) -> str:
    """The letter as a page that stands alone: no script, nothing from elsewhere; A4 when printed."""
    environment = Environment(loader=PackageLoader("registry"), autoescape=True, undefined=StrictUndefined)
    return environment.get_template("letter.html").render(letter=letter, points=points)


def as_pdf(letter: Letter) -> bytes:
    """The letter as PDF, on one page where its type can be made small enough.

    Raises `LetterError` when the library or what it needs of the system is not installed.
    """
    return bytes(laid_out(letter).write_pdf())


def laid_out(letter: Letter) -> Any:
    """The letter as pages of WeasyPrint: in the largest type that leaves one page, else in the smallest."""
    render = _renderer()
    chosen = render(as_html(letter))
    for points in _POINTS[1:]:
        if len(chosen.pages) == 1:
            break
        chosen = render(as_html(letter, points=points))
    return chosen


def _renderer() -> Callable[[str], Any]:
    try:
        from weasyprint import HTML  # noqa: PLC0415  # slow to import, and not always there
    except (ImportError, OSError) as error:
        raise LetterError(
            "a PDF needs the extra `pdf` (pip install 'doudi[pdf]') and the Pango library of the system; write the "
            "letter as .html and print it from a browser instead"
        ) from error

    return lambda html: HTML(string=html, url_fetcher=_refuse).render()


def _refuse(url: str, *_: object, **__: object) -> None:
    """A letter fetches nothing."""
    raise LetterError(f"a letter refers to nothing outside itself, but this one did ({url[:20]})")


def write_letter(letter: Letter, path: Path) -> Path:
    """Write the letter as its ending says (`FORMATS`), for the owner of the file alone; raises `LetterError`."""
    if path.suffix.lower() not in FORMATS:
        raise LetterError(
            f"a letter is written as {' or '.join(FORMATS)}, not {path.suffix or 'a file without ending'}"
        )
    content = as_pdf(letter) if path.suffix.lower() == ".pdf" else as_html(letter).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.chmod(0o600)
    path.write_bytes(content)
    return path

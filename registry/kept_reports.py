"""The report of a model, computed once for an edition and kept beside the model: reading it costs no training data.

What belongs here: keeping the figures under a name that says what they were computed from, and their digest. What the
figures are stands in `registry.model_report`. A file that is not what was kept is computed anew: all that it is made of
is there.
"""

from collections.abc import Mapping
from datetime import date
from hashlib import blake2b
from pathlib import Path
from threading import Lock

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Engine

from registry.errors import NeedModelError, NoEditionError
from registry.evaluations import evaluation_of
from registry.files import private_dir, writing
from registry.model_report import ModelReport, report_of
from registry.need_models import model_of
from registry.queries import require_edition
from registry.versions import code_version
from rules.parameters import Parameters
from schemas.settings import Settings
from scoring.errors import TrainingError
from scoring.evaluated import Evaluation
from scoring.fairness import GroupMeasures, Limits

__all__ = ["keep_report", "kept_report", "write_ahead"]

_DIGEST_BYTES = 16
_ONE_AT_A_TIME = Lock()


class _Figures(BaseModel):
    """What is kept of a report: all but the model and the evaluation, which are kept beside it."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="strings")

    note: str
    days: tuple[date, ...]
    rows: int
    cases: int
    later: Evaluation
    gains: Mapping[str, tuple[tuple[float, float], ...]]
    groups: tuple[GroupMeasures, ...]
    limits: Limits
    capacity: float


def kept_report(engine: Engine, settings: Settings, parameters: Parameters, model_id: str) -> ModelReport:
    """The report of a kept model for the newest edition: as it was kept, else computed now and kept.

    Whoever asks while it is computed waits for it, so that it is computed once.

    Raises:
        NeedModelError, TrainingError: as `registry.model_report.report_of`.
    """
    folder, made_from = settings.models_dir / model_id, _made_from(engine, parameters)
    with _ONE_AT_A_TIME:
        figures = _read(folder, made_from)
        if figures is None:
            found = report_of(engine, settings, parameters, model_id)
            keep_report(engine, settings, parameters, found)
            return found
    model = model_of(settings, model_id)
    told = {name: getattr(figures, name) for name in _Figures.model_fields}
    return ModelReport(model_id=model_id, model=model, method=evaluation_of(settings, model_id, model), **told)


def write_ahead(engine: Engine, settings: Settings, parameters: Parameters, model_id: str) -> bool:
    """Keep the report of a model that was trained or is judged, so that nobody waits for it; False if none yet."""
    try:
        kept_report(engine, settings, parameters, model_id)
    except (NeedModelError, NoEditionError, TrainingError):
        return False
    return True


def keep_report(engine: Engine, settings: Settings, parameters: Parameters, report: ModelReport) -> None:
    """Keep a report beside its model, in the place of those of earlier editions."""
    folder = private_dir(settings.models_dir / report.model_id)
    figures = _Figures(**{name: getattr(report, name) for name in _Figures.model_fields})
    content = figures.model_dump_json().encode()
    path = folder / f"report-{_made_from(engine, parameters)}-{_digest(content)}.json"
    with writing(path) as temporary:
        temporary.write_bytes(content)
    for other in folder.glob("report-*.json"):
        if other != path:
            other.unlink(missing_ok=True)


def _made_from(engine: Engine, parameters: Parameters) -> str:
    """Names the edition, the parameters and the code that a report is computed from."""
    return _digest(f"{require_edition(engine).edition_id} {parameters.digest} {code_version()}".encode())


def _read(folder: Path, made_from: str) -> _Figures | None:
    for path in sorted(folder.glob(f"report-{made_from}-*.json")):
        content = path.read_bytes()
        if path.stem.endswith(f"-{_digest(content)}"):
            return _Figures.model_validate_json(content)
    return None


def _digest(content: bytes) -> str:
    return blake2b(content, digest_size=_DIGEST_BYTES).hexdigest()

"""The evaluation that a model was kept with: how the way it was trained does at several dates, beside simpler ways.

What belongs here: keeping that document beside the model, and finding it. The model names it by its hash, so that
neither can be changed without the other.
"""

from hashlib import blake2b
from pathlib import Path

from pydantic import ValidationError

from registry.errors import NeedModelError
from registry.files import private_dir, writing
from schemas.settings import Settings
from scoring.evaluated import Evaluation
from scoring.model import NeedModel

__all__ = ["EVALUATION", "evaluation_hash", "evaluation_of", "keep_evaluation"]

EVALUATION = "evaluation"
"""The entry of a model's data that names its evaluation."""

_DIGEST_BYTES = 16
_NOT_AS_KEPT = "the evaluation of model %(model)s is not what was kept; restore it from a backup"


def evaluation_hash(evaluation: Evaluation) -> str:
    """Equal for equal evaluations."""
    return blake2b(_bytes(evaluation), digest_size=_DIGEST_BYTES).hexdigest()


def keep_evaluation(settings: Settings, model_id: str, evaluation: Evaluation) -> None:
    """Keep the evaluation of a model beside it."""
    path = _path(settings, model_id, evaluation_hash(evaluation))
    private_dir(path.parent)
    with writing(path) as temporary:
        temporary.write_bytes(_bytes(evaluation))


def evaluation_of(settings: Settings, model_id: str, model: NeedModel) -> Evaluation | None:
    """The evaluation that `model` names; None where it names none.

    Raises:
        NeedModelError: it is gone, or was changed.
    """
    named = model.data.get(EVALUATION)
    if not isinstance(named, str):
        return None
    path = _path(settings, model_id, named)
    content = path.read_bytes() if path.is_file() else b""
    if blake2b(content, digest_size=_DIGEST_BYTES).hexdigest() != named:
        raise NeedModelError(_NOT_AS_KEPT, model=model_id)
    try:
        return Evaluation.model_validate_json(content)
    except ValidationError:
        raise NeedModelError(
            "the evaluation of model %(model)s is of another version; train the model again", model=model_id
        ) from None


def _bytes(evaluation: Evaluation) -> bytes:
    return evaluation.model_dump_json().encode()


def _path(settings: Settings, model_id: str, named: str) -> Path:
    return settings.models_dir / model_id / f"evaluation-{named}.json"

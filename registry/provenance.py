"""From what an edition was made, and by what: run, code, model, parameters, input and content hashes, times.

What belongs here: reading these from the record of the edition. What they are told with stands in
`registry.explanation`.
"""

import json
from hashlib import blake2b
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Engine, select

from editions.inputs import MODEL
from registry.edition_parameters import EditionParameters
from registry.explanation import ProvenanceLine
from registry.models.need import KeptModel
from registry.queries import EditionInfo
from registry.scoring_told import stepped_back
from rules.parameters import ParametersAt
from schemas.settings import Settings

__all__ = ["provenance"]

_SCORECARD = "scorecard.model"
_CARD = "scorecard."
_DIGEST_BYTES = 16


def provenance(engine: Engine, settings: Settings, edition: EditionInfo, held: EditionParameters) -> ProvenanceLine:
    """The provenance of `edition`, which is told by the parameters `held`."""
    inputs: dict[str, Any] = edition.manifest["inputs"]
    recorded = inputs["parameters"]["digest"]
    zone = ZoneInfo(settings.timezone)
    name, digest = _model(engine, edition, held)
    return ProvenanceLine(
        run_id=str(edition.manifest.get("made", {}).get("run_id", "")),
        code_version=edition.code_version,
        model=name,
        model_hash=digest,
        input_hash=edition.input_hash,
        content_hash=edition.content_hash,
        parameters_digest=recorded,
        parameters_in_force=held.unchanged,
        parameters_own=held.own,
        identity_fingerprint=inputs["identity_fingerprint"],
        deliveries=len(inputs["deliveries"]),
        computed_at=edition.created_at.astimezone(zone),
        published_at=edition.published_at.astimezone(zone),
        published_by=edition.published_by,
    )


def _model(engine: Engine, edition: EditionInfo, parameters: EditionParameters) -> tuple[str, str]:
    """Name and hash of what scored: a model of the input set unless it stepped back, else the points of parameters."""
    held = edition.manifest["inputs"]["extra"].get(MODEL)
    if held and not stepped_back(edition):
        with engine.connect() as connection:
            name = connection.scalar(select(KeptModel.name).where(KeptModel.model_hash == held))
        return str(name or held), str(held)
    name = parameters.at.text(_SCORECARD)
    return name, _points_digest(parameters.at) if parameters.own else ""


def _points_digest(parameters: ParametersAt) -> str:
    names = sorted(name for name in parameters.parameters.by_name if name.startswith(_CARD))
    held = {name: repr(parameters.dated(name).value) for name in names}
    return blake2b(json.dumps(held, sort_keys=True).encode(), digest_size=_DIGEST_BYTES).hexdigest()

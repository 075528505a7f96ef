"""From what an edition was made, and by what: run, code, model, parameters, input and content hashes, times.

What belongs here: reading these from the record of the edition. What they are told with stands in
`registry.explanation`.
"""

import json
from hashlib import blake2b
from typing import Any
from zoneinfo import ZoneInfo

from registry.explanation import ProvenanceLine
from registry.queries import EditionInfo
from rules.parameters import ParametersAt
from schemas.settings import Settings

__all__ = ["provenance"]

_MODEL = "scorecard.model"
_CARD = "scorecard."
_DIGEST_BYTES = 16


def provenance(edition: EditionInfo, settings: Settings, parameters: ParametersAt) -> ProvenanceLine:
    """The provenance of `edition`; `parameters` are those in force now for its day."""
    inputs: dict[str, Any] = edition.manifest["inputs"]
    recorded = inputs["parameters"]["digest"]
    zone = ZoneInfo(settings.timezone)
    same = recorded == parameters.digest
    name, digest = _model(inputs, parameters, same=same)
    return ProvenanceLine(
        run_id=str(edition.manifest.get("made", {}).get("run_id", "")),
        code_version=edition.code_version,
        model=name,
        model_hash=digest,
        input_hash=edition.input_hash,
        content_hash=edition.content_hash,
        parameters_digest=recorded,
        parameters_in_force=same,
        identity_fingerprint=inputs["identity_fingerprint"],
        deliveries=len(inputs["deliveries"]),
        computed_at=edition.created_at.astimezone(zone),
        published_at=edition.published_at.astimezone(zone),
        published_by=edition.published_by,
    )


def _model(inputs: dict[str, Any], parameters: ParametersAt, *, same: bool) -> tuple[str, str]:
    """Name and hash of what scored: a model of the input set, else the points of the parameters."""
    held = inputs["extra"].get("model")
    if held:
        name, _, digest = str(held).rpartition(" ")
        return (name or digest), digest
    name = parameters.text(_MODEL)
    return name, _points_digest(parameters) if same else ""


def _points_digest(parameters: ParametersAt) -> str:
    names = sorted(name for name in parameters.parameters.by_name if name.startswith(_CARD))
    held = {name: repr(parameters.dated(name).value) for name in names}
    return blake2b(json.dumps(held, sort_keys=True).encode(), digest_size=_DIGEST_BYTES).hexdigest()

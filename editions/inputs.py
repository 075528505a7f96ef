"""The input set: everything that an edition is a pure function of, frozen and hashed.

What belongs here: the record of the inputs and its manifest. It names files by hash and parameters by
digest; it holds no row and no secret.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from hashlib import blake2b
from typing import Any

__all__ = ["MODEL", "Agreement", "InputDelivery", "InputSet", "input_hash_of"]

MODEL = "model"
"""Name in `extra` of the hash of the model that scores; absent where the scorecard does."""

_DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True, order=True)
class InputDelivery:
    """One delivery that counts at `as_of`; `sha256` is that of the delivered bytes.

    `late_days` says by how many days the sender's first accepted file of the month came after the expected day.
    """

    feed: str
    month: str
    sender: str
    revision: int
    delivery_id: str
    sha256: str
    late_days: int = 0

    def manifest(self) -> dict[str, Any]:
        """As plain values; a delivery that came in time says nothing of it."""
        told = asdict(self)
        return told if self.late_days else {name: value for name, value in told.items() if name != "late_days"}


@dataclass(frozen=True, slots=True)
class Agreement:
    """The agreement under which a department shares a feed: its reference, and the last day on which it holds."""

    reference: str
    expires_on: date


@dataclass(frozen=True, slots=True, kw_only=True)
class InputSet:
    """What an edition was computed from.

    `parameters_digest` covers the values in force, overlays included; `overlays` are the digests of
    the local overlay files by name, and `overlaid` what they change: parameter, date, value, the shipped value and the
    citation, as plain values; `code_version` is that of the package; `identity_fingerprint` says
    which key made the person keys. `extra` holds the digests of later inputs (link decisions, human
    decisions, model) by name. `waiting` names feed and month of deliveries that had not come and whose day had not
    passed; `agreements` are those recorded, by feed.
    """

    as_of: date
    deliveries: tuple[InputDelivery, ...]
    parameters_digest: str
    code_version: str
    identity_fingerprint: str
    overlays: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, str] = field(default_factory=dict)
    waiting: tuple[tuple[str, str], ...] = ()
    agreements: Mapping[str, Agreement] = field(default_factory=dict)
    overlaid: Sequence[Mapping[str, Any]] = ()

    def manifest(self) -> dict[str, Any]:
        """The input set as plain values, in one order whatever the order of the inputs was."""
        return {
            "as_of": self.as_of.isoformat(),
            "deliveries": [each.manifest() for each in sorted(self.deliveries)],
            "parameters": {
                "digest": self.parameters_digest,
                "overlays": dict(sorted(self.overlays.items())),
                "overlaid": [dict(each) for each in self.overlaid],
            },
            "code_version": self.code_version,
            "identity_fingerprint": self.identity_fingerprint,
            "extra": dict(sorted(self.extra.items())),
            **self._terms(),
        }

    def _terms(self) -> dict[str, Any]:
        """What is known of days and agreements; nothing where nothing is, as in input sets of earlier versions."""
        agreed = {
            feed: {"reference": each.reference, "expires_on": each.expires_on.isoformat()}
            for feed, each in sorted(self.agreements.items())
        }
        told: dict[str, Any] = {"waiting": [list(each) for each in sorted(self.waiting)], "agreements": agreed}
        return {name: value for name, value in told.items() if value}

    @property
    def input_hash(self) -> str:
        """Equal for equal input sets; part of the identity of an edition."""
        return input_hash_of(self.manifest())


def input_hash_of(manifest: Mapping[str, Any]) -> str:
    """The input hash of an input set by its manifest."""
    text = json.dumps(manifest, ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return blake2b(text.encode(), digest_size=_DIGEST_BYTES).hexdigest()

"""How many items an auditor looks at, and what the deviations found among them say of all.

What belongs here: attribute sampling by the exact hypergeometric distribution (中国注册会计师审计准则第1314号
审计抽样; for many items it gives the table of sample sizes of the AICPA Audit Guide *Audit Sampling*).
"""

import re
from bisect import bisect_left
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from scipy.stats import hypergeom

from registry.errors import SamplingError
from rules.parameters import ParametersAt

__all__ = ["Assurance", "SampleSize", "limits", "sample_size", "upper_limit"]

_HUNDRED = 100
_FIRST_LOOK = 512
_PERCENT = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,4})?")
"""What a percentage is written like; a longer number, or 1e9999999, is never computed."""
_FIGURES = {
    "confidence": "audit.confidence_percent",
    "tolerable": "audit.tolerable_percent",
    "expected": "audit.expected_percent",
}


@dataclass(frozen=True, slots=True)
class Assurance:
    """What a sample shall show, in percent: at `confidence` no more than `tolerable` deviate, `expected` do.

    Raises `SamplingError` when the figures cannot hold together.
    """

    confidence: Fraction
    tolerable: Fraction
    expected: Fraction

    def __post_init__(self) -> None:
        if not 0 < self.confidence < _HUNDRED:
            raise SamplingError(
                "a confidence of %(given)s %% is none; give one between 50 and 99.9",
                given=f"{float(self.confidence):g}",
            )
        if not 0 <= self.expected < self.tolerable < _HUNDRED:
            raise SamplingError(
                "expected deviations (%(expected)s %%) must be fewer than tolerable ones (%(tolerable)s %%), and these "
                "fewer than all",
                expected=f"{float(self.expected):g}",
                tolerable=f"{float(self.tolerable):g}",
            )

    @classmethod
    def of(
        cls,
        parameters: ParametersAt,
        *,
        confidence: str | None = None,
        tolerable: str | None = None,
        expected: str | None = None,
    ) -> "Assurance":
        """Figures in percent as they were typed, for those not given the parameters `audit.*`."""
        given = {"confidence": confidence, "tolerable": tolerable, "expected": expected}
        return cls.typed(
            **{name: str(parameters.integer(_FIGURES[name])) if text is None else text for name, text in given.items()}
        )

    @classmethod
    def typed(cls, **percents: str) -> "Assurance":
        """The three figures from texts such as 5 or 2.5; raises `SamplingError`."""
        for name, text in percents.items():
            if not _PERCENT.fullmatch(text):
                raise SamplingError("%(figure)s is no number of percent; write it like 5 or 2.5", figure=name)
        return cls(**{name: Fraction(text) for name, text in percents.items()})

    @property
    def risk(self) -> float:
        """The chance of finding a population good that is not."""
        return float(1 - self.confidence / _HUNDRED)

    def told(self) -> dict[str, str]:
        """The figures in percent, for the record."""
        return {name: f"{float(getattr(self, name)):g}" for name in ("confidence", "tolerable", "expected")}


@dataclass(frozen=True, slots=True)
class SampleSize:
    """`size` items are looked at; with up to `allowed` deviations among them the population is found good."""

    population: int
    size: int
    allowed: int


def sample_size(population: int, wanted: Assurance) -> SampleSize:
    """The fewest items of `population` that give what is wanted; all of them where fewer cannot.

    With n items, as many deviations are allowed as are expected among them, rounded up. n suffices when a population
    with one deviation more than tolerable shows so few with a chance of at most the risk.
    """
    if population < 1:
        return SampleSize(0, 0, 0)
    intolerable = int(population * wanted.tolerable / _HUNDRED) + 1
    first, last = 1, min(_FIRST_LOOK, population)
    while first <= population:
        sizes = np.arange(first, last + 1)
        allowed = np.array([-(-each * wanted.expected // _HUNDRED) for each in sizes.tolist()], dtype=np.int64)
        enough = hypergeom.cdf(allowed, population, intolerable, sizes) <= wanted.risk
        if enough.any():
            place = int(enough.argmax())
            return SampleSize(population, int(sizes[place]), int(allowed[place]))
        first, last = last + 1, min(2 * last, population)
    return SampleSize(population, population, int(population * wanted.tolerable / _HUNDRED))


def upper_limit(population: int, size: int, found: int, wanted: Assurance) -> int:
    """The most deviations among all that `found` among `size` still let one believe in, at the confidence wanted.

    Raises `SamplingError` for numbers that are no sample.
    """
    if not 0 <= found <= size <= population:
        raise SamplingError(
            "%(found)s deviations among %(size)s of %(population)s items are no result of a sample",
            found=found, size=size, population=population,
        )  # fmt: skip
    most = population - size + found
    good = range(found, most + 1)
    # the chance of so few falls as there are more: the first that is too unlikely ends what can be believed
    unlikely = 1
    place = bisect_left(
        good, unlikely, key=lambda each: int(hypergeom.cdf(found, population, each, size) <= wanted.risk)
    )
    return found + max(place - 1, 0)


def limits(size: SampleSize, wanted: Assurance, *, rows: int = 6) -> list[tuple[int, int, bool]]:
    """For 0, 1, 2, … deviations found: how many there may be among all, and whether that is tolerable."""
    tolerable = int(size.population * wanted.tolerable / _HUNDRED)
    found = range(min(rows, size.size + 1))
    told = [(each, upper_limit(size.population, size.size, each, wanted)) for each in found]
    return [(each, limit, limit <= tolerable) for each, limit in told]

"""A registry of a million listed families, written straight into the tables of two editions, and people in the vault.

What belongs here: making that world; nobody in it lives. No delivery is behind it, so nothing of it can be explained.
"""

from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from editions.inputs import InputSet
from linkage.identity import VAULT_SCHEMA
from registry.changed import changed_families
from registry.engine import make_engine, migrate
from registry.files import private_dir
from registry.people_index import PeopleIndex
from registry.publish import publish, write_candidate
from registry.queries import current_edition
from registry.scope import WHOLE
from rules import rules_of
from rules.classes import CLASSES
from rules.tiers import TIERS
from schemas.codes import CODE_LISTS
from schemas.settings import Settings
from schemas.tables import EDITION_TABLES, get_table

__all__ = ["MONTHS", "MOST_SCORE", "make"]

MONTHS = (date(2026, 6, 30), date(2026, 7, 31))
MOST_SCORE = 10_000
_SEED = 20260731
_MOST_MEMBERS = 3
_ENTERED, _TURNED = 50, 33  # every so many families entered in the later month, or changed their tier
_SURNAMES = list("赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨")


def make(settings: Settings, families: int) -> None:
    """Fill the home of `settings`: two published months of `families`, and whom they are about.

    One that holds them already stays as it is.
    """
    engine = make_engine(settings)
    migrate(engine)
    newest = current_edition(engine)
    if newest is not None:
        if newest.manifest["tables"]["list"]["rows"] != families:
            raise SystemExit(f"{settings.home} holds another number of families; name an empty folder")
        changed_families(engine, newest.edition_id, WHOLE)
        engine.dispose()
        return
    listed = _families(families)
    members = _members(listed)
    _fill_vault(settings, members)
    for number, as_of in enumerate(MONTHS):
        tables = _tables(listed, members, as_of, before=number == 0)
        edition_id = write_candidate(engine, _inputs(as_of), tables)
        publish(engine, edition_id)
    changed_families(engine, edition_id, WHOLE)  # as the month's run does
    engine.dispose()


def _inputs(as_of: date) -> InputSet:
    return InputSet(
        as_of=as_of,
        deliveries=(),
        parameters_digest="bench",
        code_version="bench",
        identity_fingerprint="bench",
        extra={},
    )


def _families(families: int) -> pl.DataFrame:
    """Rows of the list without their edition: areas, groups, tiers and classes drawn at random."""
    drawn = np.random.default_rng(_SEED)
    communities = [each for each in CODE_LISTS["community"].codes if each[:9] in CODE_LISTS["street"].labels]
    groups = [each.id for each in rules_of("group")]
    pairs = ["", *groups, *[f"{a};{b}" for a in groups for b in groups if a < b]]
    classes = ["", *CLASSES, *[f"{a};{b}" for a in CLASSES for b in CLASSES if a < b]]
    community = drawn.choice(communities, families)
    numbers = drawn.permutation(families)
    return pl.DataFrame({"no": numbers, "community_code": community}).select(
        family_id=pl.format("H:{}", pl.col("no").cast(pl.String).str.zfill(10)),
        no="no",
        street_code=pl.col("community_code").str.head(9),
        members=pl.Series(drawn.integers(1, _MOST_MEMBERS + 1, families)),
        groups=pl.Series(drawn.choice(pairs, families)),
        classes=pl.Series(drawn.choice(classes, families)),
        tier=pl.Series(drawn.choice([*TIERS], families, p=_weights(len(TIERS)))),
        score=pl.Series(drawn.integers(0, MOST_SCORE, families)),
        income_fen=pl.Series(drawn.integers(0, 10_000_000, families)),
        proposed=pl.Series(drawn.random(families) < 0.02),  # a share that looks like life
    )


def _weights(parts: int) -> list[float]:
    """Few of the first, most of the last."""
    weights = [float(each + 1) ** 2 for each in range(parts)]
    return [each / sum(weights) for each in weights]


def _members(listed: pl.DataFrame) -> pl.DataFrame:
    """One row a person: key, family, relation; the head has the first key."""
    return (
        listed.select("family_id", "no", "street_code", "community_code", nth=pl.int_ranges(pl.col("members")))
        .explode("nth")
        .with_columns(person_key=_key(pl.col("no") * _MOST_MEMBERS + pl.col("nth")))
    )


def _key(number: pl.Expr) -> pl.Expr:
    return pl.format("{}", number.cast(pl.String).str.zfill(24))


def _tables(listed: pl.DataFrame, members: pl.DataFrame, as_of: date, *, before: bool) -> dict[str, pl.DataFrame]:
    """The tables of a month; in the one before some families are missing and others have another tier."""
    if before:
        listed = listed.filter(pl.col("no") % _ENTERED != 0).with_columns(
            tier=pl.when(pl.col("no") % _TURNED == 0).then(pl.lit("yellow")).otherwise("tier")
        )
        members = members.join(listed, on="family_id", how="semi")
    given = {
        "list": listed.with_columns(
            layer=pl.lit("extended"),
            head_key=_key(pl.col("no") * _MOST_MEMBERS),
            tier_points=pl.lit(20),
            tier_reasons=pl.lit("temporary_assistance=20"),
            income_evidence=pl.lit("partial"),
            status=pl.when("proposed").then(pl.lit("proposed_exit")).otherwise(pl.lit("listed")),
            proposed_groups=pl.when("proposed")
            .then(pl.col("groups").str.split(";").list.first())
            .otherwise(pl.lit("")),
        ),
        "members": members.with_columns(
            family_basis=pl.lit("registered"),
            relation=pl.when(pl.col("nth") == 0).then(pl.lit("self")).otherwise(pl.lit("child")),
            birth_on=pl.date(1950 + pl.col("no") % 60, 1 + pl.col("no") % 12, 1 + pl.col("no") % 28),
            on_register=pl.lit(value=False),
            counted=pl.lit(value=True),
            in_scope=pl.lit(value=True),
        ),
        "hits": members.filter(pl.col("nth") == 0).select(
            "family_id", "person_key", rule_id=pl.lit("temporary_assistance"), evidence_on=pl.lit(as_of)
        ),
        "standings": members.filter(pl.col("nth") == 0).select(
            "family_id",
            "person_key",
            "street_code",
            "community_code",
            ground=pl.lit("temporary_assistance"),
            status=pl.lit("listed"),
            since=pl.lit(as_of),
        ),
        "measures": listed.select("family_id", measure=pl.lit("temporary_aid"), reason=pl.lit("temporary_assistance")),
    }
    return {name: _shaped(name, given.get(name)) for name in EDITION_TABLES}


def _shaped(name: str, rows: pl.DataFrame | None) -> pl.DataFrame:
    schema = get_table(name).schema
    if rows is None:
        return pl.DataFrame(schema=schema)
    return rows.select(
        pl.col(each).cast(dtype) if each in rows.columns else pl.lit(None, dtype).alias(each)
        for each, dtype in schema.items()
    )


def _fill_vault(settings: Settings, members: pl.DataFrame) -> None:
    folder = private_dir(settings.vault_dir / "household_registration" / f"{MONTHS[0]:%Y-%m}")
    people = members.select(
        "person_key",
        "community_code",
        id_number=pl.format("330108{}", (pl.col("no") * _MOST_MEMBERS + pl.col("nth")).cast(pl.String).str.zfill(12)),
        person_name=pl.format("{}{}", pl.lit(pl.Series(_SURNAMES)).get(pl.col("no") % len(_SURNAMES)), pl.lit("某某")),
        phone=pl.format("139{}", (pl.col("no") % 100_000_000).cast(pl.String).str.zfill(8)),
        address=pl.format("样例路{}号{}单元", pl.col("no") % 997, pl.col("no") % 9 + 1),
        started_on=pl.lit(MONTHS[0]),
        source_feed=pl.lit("household_registration"),
        source_delivery=pl.lit("0" * 16),
    )
    people.select(list(VAULT_SCHEMA)).write_parquet(Path(folder) / "bench.parquet")
    PeopleIndex(settings.vault_dir).refresh()

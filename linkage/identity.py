"""From identity numbers to person keys: the one place where a person becomes a key.

What belongs here: the secret key, the keyed hash, and the split of accepted rows into rows that know
keys only, the vault's rows, and what the number itself says. Storing them is `registry/`'s work.
"""

import os
import secrets
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

import polars as pl

from linkage.errors import IdentityKeyError
from schemas.columns import Column, Kind
from schemas.contract import Feed
from schemas.identifiers import birth_on_expr, sex_expr
from schemas.settings import Settings
from schemas.tables import get_table

__all__ = ["VAULT_SCHEMA", "IdentityKey", "Keyed", "PersonKeys", "identities_of", "person_keys", "pseudonymise"]

VAULT_SCHEMA: dict[str, pl.DataType] = {
    "person_key": pl.String(),
    "id_number": pl.String(),
    "person_name": pl.String(),
    "phone": pl.String(),
    "address": pl.String(),
    "source_feed": pl.String(),
    "source_delivery": pl.String(),
}

_KEY_BYTES = 32
_SHORTEST_KEY = 16
_DIGEST_BYTES = 12
_FINGERPRINT_BYTES = 8
_PRIVATE_FILE = 0o600
_PRIVATE_DIRECTORY = 0o700
_OTHERS = 0o077
_PERSON = "person"
_SAID = ("person_key", "person_name", "phone", "address")


@dataclass(frozen=True, slots=True)
class IdentityKey:
    """The secret of the installation that turns identity numbers into person keys.

    Without it keys cannot be computed from numbers (GB/T 37964 pseudonymisation); losing it makes the
    keys of all editions unrepeatable, so it is backed up apart from the data.
    """

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not _SHORTEST_KEY <= len(self.secret) <= blake2b.MAX_KEY_SIZE:
            raise IdentityKeyError(
                f"the identity key has {len(self.secret)} bytes; it needs {_SHORTEST_KEY} to {blake2b.MAX_KEY_SIZE}"
            )

    @classmethod
    def from_settings(cls, settings: Settings) -> "IdentityKey":
        """The configured key, else that of `<home>/identity.key`, which is made when it is absent."""
        if settings.identity_key:
            return cls(_from_hex(settings.identity_key, "DOUDI_IDENTITY_KEY"))
        path = settings.home / "identity.key"
        if not path.exists():
            _create(path)
        return cls(_read(path))

    @property
    def fingerprint(self) -> str:
        """What a manifest records of the key: equal for equal keys, and nothing of the key itself."""
        return blake2b(b"doudi identity key", key=self.secret, digest_size=_FINGERPRINT_BYTES).hexdigest()


@dataclass(frozen=True, slots=True)
class Keyed:
    """Accepted rows after pseudonymisation.

    `rows` has the feed's `keyed_schema`; `vault` has `VAULT_SCHEMA`, one row a person and spelling in
    this delivery.
    """

    rows: pl.DataFrame
    vault: pl.DataFrame

    @property
    def identities(self) -> pl.DataFrame:
        """The table of that name: what the numbers of the vault say."""
        return identities_of(self.vault)


class PersonKeys:
    """The person keys of one delivery: each number is hashed once, in whatever pieces the rows come."""

    def __init__(self, key: IdentityKey) -> None:
        self._key = key
        self.people = pl.DataFrame(schema={"person_key": pl.String, "id_number": pl.String})

    def of(self, numbers: pl.Series) -> pl.Series:
        """The person key of each normalised 18-digit number; null stays null."""
        wanted = numbers.to_frame("id_number")
        unknown = wanted.drop_nulls().unique().join(self.people, on="id_number", how="anti")["id_number"]
        digests = pl.Series(self._digests(unknown.cast(pl.Binary).to_list()), dtype=pl.String)
        found = pl.DataFrame({"person_key": digests, "id_number": unknown})
        self.people = pl.concat([self.people, found], rechunk=True)
        keys = wanted.join(self.people, on="id_number", how="left", maintain_order="left")["person_key"]
        return keys.alias(numbers.name)

    def _digests(self, numbers: list[bytes]) -> list[str]:
        """The keyed hashes; the key is taken in once and copied, which is faster than a new start for each."""
        keyed = blake2b(key=self._key.secret, digest_size=_DIGEST_BYTES)
        digests = []
        for number in numbers:
            each = keyed.copy()
            each.update(number)
            digests.append(each.hexdigest())
        return digests


def person_keys(numbers: pl.Series, key: IdentityKey) -> pl.Series:
    """The person key of each normalised 18-digit number; null stays null; hashed once a number."""
    return PersonKeys(key).of(numbers)


def pseudonymise(accepted: pl.DataFrame, feed: Feed, key: IdentityKey | PersonKeys) -> Keyed:
    """Replace the identifiers of accepted rows by keys and take names, phones and addresses out of them.

    A name goes with the identifier of the same stem (`spouse_a_name` with `spouse_a_id`); phone and
    address go with the person of the row.
    """
    people = PersonKeys(key) if isinstance(key, IdentityKey) else key
    keys = {each.name: people.of(accepted[each.name].cast(pl.String)) for each in feed.identifiers}
    columns = [
        (keys[each.name] if each.kind is Kind.ID_NUMBER else accepted[each.name])
        .cast(each.dtype)
        .alias(each.keyed_as or each.name)
        for each in feed.columns
        if not each.vaulted
    ]
    sources = [accepted[name].cast(dtype) for name, dtype in feed.keyed_schema.items() if name.startswith("source_")]
    rows = pl.DataFrame([*columns, *sources])
    vault = pl.concat([_vaulted(accepted, feed, each, keys[each.name]) for each in feed.identifiers])
    if len(feed.identifiers) > 1:
        vault = vault.unique(_SAID, maintain_order=True)
    return Keyed(rows=rows, vault=vault)


def _vaulted(accepted: pl.DataFrame, feed: Feed, identifier: Column, keys: pl.Series) -> pl.DataFrame:
    """The vault rows of one identifier column."""
    stem = str(identifier.keyed_as).removesuffix("_key")
    delivered = {each.name for each in feed.columns}
    taken = {"person_name": f"{stem}_name"}
    if stem == _PERSON:
        taken |= {"phone": "phone", "address": "address"}
    taken = {name: column for name, column in taken.items() if column in delivered}
    said = pl.DataFrame(
        {"person_key": keys, "id_number": accepted[identifier.name], **{n: accepted[c] for n, c in taken.items()}}
    )
    said = said.filter(pl.col("person_key").is_not_null()).unique(["person_key", *taken], maintain_order=True)
    columns: dict[str, pl.Expr] = {
        name: pl.col(name) if name in said.columns else pl.lit(None) for name in VAULT_SCHEMA
    }
    columns |= {name: pl.lit(accepted[name].first()) for name in ("source_feed", "source_delivery")}
    return said.select(**columns).cast(dict(VAULT_SCHEMA))  # type: ignore[arg-type]


def identities_of(people: pl.DataFrame) -> pl.DataFrame:
    """Birth date and sex by person key, from the numbers (GB 11643); `people` has `person_key` and `id_number`."""
    return (
        people.unique("person_key")
        .select("person_key", birth_on=birth_on_expr(pl.col("id_number")), sex=sex_expr(pl.col("id_number")))
        .cast(dict(get_table("identities").schema))  # type: ignore[arg-type]
        .sort("person_key")
    )


def _create(path: Path) -> None:
    """Write a new key that only the owner may read; another process that was first wins."""
    path.parent.mkdir(mode=_PRIVATE_DIRECTORY, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(_KEY_BYTES))
        try:
            path.hardlink_to(draft)
        except FileExistsError:
            return
    finally:
        draft.unlink()


def _read(path: Path) -> bytes:
    if path.stat().st_mode & _OTHERS:
        raise IdentityKeyError(f"{path} can be read by others; run: chmod 600 {path}")
    return _from_hex(path.read_text().strip(), str(path))


def _from_hex(text: str, place: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise IdentityKeyError(f"{place} is not a key in hexadecimal digits") from None

"""From identity numbers to person keys: the one place where a person becomes a key.

What belongs here: the secret key, the keyed hash, and the split of accepted rows into rows that know
keys only, the vault's rows, and what the number itself says. Storing them is `registry/`'s work.
"""

from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path

import polars as pl

from linkage.errors import IdentityKeyError
from linkage.spellings import Spellings
from schemas.columns import Column, Kind
from schemas.contract import Feed
from schemas.id_bytes import said_by
from schemas.secret_file import make_secret
from schemas.settings import Settings
from schemas.tables import get_table

__all__ = ["VAULT_SCHEMA", "IdentityKey", "Keyed", "PersonKeys", "identities_of", "person_keys", "pseudonymise"]

VAULT_SCHEMA: dict[str, pl.DataType] = {
    "person_key": pl.String(),
    "id_number": pl.String(),
    "person_name": pl.String(),
    "phone": pl.String(),
    "address": pl.String(),
    "community_code": pl.String(),  # in which the address lies
    "started_on": pl.Date(),  # since when it is the address
    "source_feed": pl.String(),
    "source_delivery": pl.String(),
}

_KEY_BYTES = 32
_SHORTEST_KEY = 16
_DIGEST_BYTES = 12
_FINGERPRINT_BYTES = 8
_WORD_DIGITS = 16  # hexadecimal digits of 64 bits
_OTHERS = 0o077
_PERSON = "person"
_ADDRESS = "address"
_SPELLED = ("person_name", "phone", _ADDRESS, "community_code", "started_on")


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
            make_secret(path, size=_KEY_BYTES)
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
        return identities_of(self.vault.unique("person_key"))


class PersonKeys:
    """The people of one delivery: each number is hashed once, in whatever pieces the rows come.

    `spellings` remembers what the vault was told of them.
    """

    def __init__(self, key: IdentityKey) -> None:
        self._key = key
        self._numbered = pl.Series(dtype=pl.Categorical(pl.Categories.random()))  # while it lives, codes stay
        self._known = pl.DataFrame(schema={"person_key": pl.String, "id_number": pl.String})  # by code
        self.spellings = Spellings()

    @property
    def people(self) -> pl.DataFrame:
        """`person_key` and `id_number` of everybody so far, one row each."""
        return self._known.drop_nulls()

    def codes(self, numbers: pl.Series) -> pl.Series:
        """A small number for each normalised 18-digit one, the same in every piece; null stays null."""
        codes = numbers.cast(self._numbered.dtype).to_physical()
        before, last = self._known.height, codes.max()
        if isinstance(last, int) and last >= before:
            places = pl.repeat(None, last + 1 - before, dtype=pl.UInt32, eager=True)
            rows = pl.int_range(len(codes), dtype=pl.UInt32, eager=True)
            fresh = codes >= before
            places = places.scatter(codes.filter(fresh) - before, rows.filter(fresh))
            self._known = pl.concat([self._known, self._hashed(numbers.gather(places))], rechunk=True)
        return codes

    def keys(self, codes: pl.Series) -> pl.Series:
        """The person keys of the codes; null stays null."""
        return self._known["person_key"].gather(codes)

    def of(self, numbers: pl.Series) -> pl.Series:
        """The person key of each normalised 18-digit number; null stays null."""
        return self.keys(self.codes(numbers)).alias(numbers.name)

    def _hashed(self, numbers: pl.Series) -> pl.DataFrame:
        """Numbers with their keyed hashes; the key is taken in once and copied, which is faster than a new start."""
        start = blake2b(key=self._key.secret, digest_size=_DIGEST_BYTES).copy
        texts = numbers.cast(pl.Binary).to_list()  # made anew, they hold no piece of the file in memory
        digests: list[bytes | None] = []
        for text in texts:
            if text is None:
                digests.append(None)
                continue
            each = start()
            each.update(text)
            digests.append(each.digest())
        known = pl.DataFrame(
            {"person_key": digests, "id_number": texts}, schema=dict.fromkeys(self._known.columns, pl.Binary)
        )
        return known.select(pl.col("person_key").bin.encode("hex"), pl.col("id_number").cast(pl.String))


def person_keys(numbers: pl.Series, key: IdentityKey) -> pl.Series:
    """The person key of each normalised 18-digit number; null stays null; hashed once a number."""
    return PersonKeys(key).of(numbers)


def pseudonymise(accepted: pl.DataFrame, feed: Feed, key: IdentityKey | PersonKeys) -> Keyed:
    """Replace the identifiers of accepted rows by keys and take names, phones and addresses out of them.

    A name goes with the identifier of the same stem (`spouse_a_name` with `spouse_a_id`); phone and
    address go with the person of the row. The vault gets what `PersonKeys` was not told before.
    """
    people = PersonKeys(key) if isinstance(key, IdentityKey) else key
    codes = {each.name: people.codes(accepted[each.name]) for each in feed.identifiers}
    keys = {name: people.keys(each) for name, each in codes.items()}
    columns = [
        (keys[each.name] if each.kind is Kind.ID_NUMBER else accepted[each.name])
        .cast(each.dtype)
        .alias(each.keyed_as or each.name)
        for each in feed.columns
        if not each.vaulted
    ]
    sources = [accepted[name].cast(dtype) for name, dtype in feed.keyed_schema.items() if name.startswith("source_")]
    said = pl.concat([_said(accepted, feed, each) for each in feed.identifiers])
    named = people.spellings.new(pl.concat(list(codes.values())), said.select(_SPELLED))
    given = {name: pl.lit(accepted[name].first(), dtype=pl.String) for name in ("source_feed", "source_delivery")}
    vault = said[named].with_columns(pl.concat(list(keys.values())).gather(named).alias("person_key"), **given)
    return Keyed(rows=pl.DataFrame([*columns, *sources]), vault=vault.select(list(VAULT_SCHEMA)))


def _said(accepted: pl.DataFrame, feed: Feed, identifier: Column) -> pl.DataFrame:
    """What the rows tell of the person of one identifier column; place and day of an address only beside one."""
    stem = str(identifier.keyed_as).removesuffix("_key")
    delivered = {each.name for each in feed.columns}
    columns = {"person_name": f"{stem}_name"}
    if stem == _PERSON:
        columns["phone"] = "phone"
        if _ADDRESS in delivered:
            columns |= {_ADDRESS: _ADDRESS, "community_code": "community_code", "started_on": _started(feed)}
    told = {
        name: pl.col(columns[name]) if columns.get(name) in delivered else pl.lit(None, dtype=VAULT_SCHEMA[name])
        for name in _SPELLED
    }
    return accepted.select(id_number=identifier.name, **told)


def _started(feed: Feed) -> str:
    """The column with the day from which a person lives where the row says; "" where there is none."""
    return next((str(each.columns["started_on"]) for each in feed.facts if "started_on" in each.columns), "")


def identities_of(people: pl.DataFrame) -> pl.DataFrame:
    """Birth date and sex by person key, from the numbers (GB 11643); `people` has one row a person."""
    ordered = _sorted(people)
    said = ordered.select("person_key").hstack(said_by(ordered["id_number"]))
    return said.cast(dict(get_table("identities").schema))  # type: ignore[arg-type]


def _sorted(people: pl.DataFrame) -> pl.DataFrame:
    """By person key: by its first digits as a number, which is much faster, and by all of it if these do not do."""
    head = people["person_key"].str.slice(0, _WORD_DIGITS).str.to_integer(base=16, dtype=pl.UInt64, strict=False)
    near = people[head.arg_sort()]
    return near if near["person_key"].is_sorted() else people.sort("person_key")


def _read(path: Path) -> bytes:
    if path.stat().st_mode & _OTHERS:
        raise IdentityKeyError(f"{path} can be read by others; run: chmod 600 {path}")
    return _from_hex(path.read_text().strip(), str(path))


def _from_hex(text: str, place: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise IdentityKeyError(f"{place} is not a key in hexadecimal digits") from None

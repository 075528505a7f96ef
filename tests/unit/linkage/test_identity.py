"""Person keys, the key file, and what leaves the rows for the vault."""

from datetime import date
from pathlib import Path

import polars as pl
import pytest

from linkage.errors import IdentityKeyError
from linkage.identity import VAULT_SCHEMA, IdentityKey, identities_of, person_keys, pseudonymise
from schemas.contract import all_feeds, get_feed
from schemas.identifiers import check_digit
from schemas.settings import Settings
from schemas.tables import get_table

KEY = IdentityKey(b"k" * 32)


def number(stem: str) -> str:
    return stem + check_digit(stem)


MAN = number("33010819800229001")
WOMAN = number("33010819811231002")


def accepted(feed: str, rows: list[dict[str, object]]) -> pl.DataFrame:
    """Rows of a feed as the reader hands them on: every column there, the source added."""
    schema = {each.name: each.dtype for each in get_feed(feed).columns} | {
        "source_feed": pl.String(),
        "source_delivery": pl.String(),
        "source_sheet": pl.String(),
        "source_row": pl.Int64(),
    }
    given = [
        {"source_feed": feed, "source_delivery": "d1", "source_sheet": "", "source_row": place} | row
        for place, row in enumerate(rows, start=2)
    ]
    return pl.DataFrame(given, schema=schema)


def test_key_is_made_once_and_private(tmp_path: Path) -> None:
    """A key that changes between runs, or that others can read, breaks every edition or its secrecy."""
    settings = Settings(home=tmp_path / "home")
    first = IdentityKey.from_settings(settings)
    path = tmp_path / "home" / "identity.key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert IdentityKey.from_settings(settings) == first
    assert [each.name for each in path.parent.iterdir()] == ["identity.key"]


def test_key_readable_by_others_is_refused(tmp_path: Path) -> None:
    """A key file copied with open rights would let any account undo the pseudonyms."""
    settings = Settings(home=tmp_path)
    IdentityKey.from_settings(settings)
    (tmp_path / "identity.key").chmod(0o644)
    with pytest.raises(IdentityKeyError, match="chmod 600"):
        IdentityKey.from_settings(settings)


@pytest.mark.parametrize("text", ["not hexadecimal", "abcd"])
def test_unusable_configured_key_is_refused(tmp_path: Path, text: str) -> None:
    """A mistyped or short key must stop the run before keys are made with it."""
    with pytest.raises(IdentityKeyError):
        IdentityKey.from_settings(Settings(home=tmp_path, identity_key=text))


def test_key_shows_itself_nowhere() -> None:
    """The secret in a log line or manifest would undo the pseudonyms."""
    assert "kk" not in repr(KEY)
    assert KEY.fingerprint != IdentityKey(b"q" * 32).fingerprint
    assert len(KEY.fingerprint) == 16


def test_person_keys_are_stable_and_secret() -> None:
    """Two deliveries of one person must meet; another installation's keys must not."""
    keys = person_keys(pl.Series("person_id", [MAN, None, WOMAN, MAN]), KEY)
    assert keys[0] == keys[3] != keys[2]
    assert keys[1] is None
    assert len(keys[0]) == 24
    assert set(keys[0]) <= set("0123456789abcdef")
    assert person_keys(pl.Series([MAN]), IdentityKey(b"q" * 32))[0] != keys[0]


def test_names_go_with_their_own_person() -> None:
    """A wife's name in the husband's vault entry would put a wrong name on a letter."""
    rows = accepted(
        "marriages",
        [
            {
                "marriage_no": "m1",
                "marriage_event": "marriage",
                "spouse_a_id": MAN,
                "spouse_a_name": "甲",
                "spouse_b_id": WOMAN,
                "spouse_b_name": "乙",
                "registered_on": date(2020, 1, 1),
            }
        ],
    )
    keyed = pseudonymise(rows, get_feed("marriages"), KEY)
    names = dict(keyed.vault.select("id_number", "person_name").iter_rows())
    assert names == {MAN: "甲", WOMAN: "乙"}
    assert dict(keyed.vault.schema) == VAULT_SCHEMA


def test_an_address_comes_with_its_community_and_its_first_day() -> None:
    """Without the place no street learns an address; without the day a visit goes to where a family lived before."""
    where = {"street_code": "330108001", "community_code": "330108001001"}
    lives = {"person_id": MAN, "person_name": "甲", "address": "某处", **where}
    for feed, day in (("household_registration", "registered_on"), ("residence_permits", "started_on")):
        keyed = pseudonymise(accepted(feed, [{**lives, day: date(2026, 6, 3)}]), get_feed(feed), KEY)
        told = keyed.vault.select("address", "community_code", "started_on").row(0)
        assert told == ("某处", "330108001001", date(2026, 6, 3)), feed
    registered = accepted("assistance_register", [{"person_id": MAN, "person_name": "甲", **where}])
    vault = pseudonymise(registered, get_feed("assistance_register"), KEY).vault
    assert vault["community_code"].to_list() == [None]  # of the aid, not of where the person lives


def test_rows_know_keys_only() -> None:
    """A number, name, phone or address below the vault is a leak."""
    rows = accepted(
        "household_registration",
        [{"person_id": MAN, "person_name": "甲", "address": "某处", "phone": "1", "mother_id": WOMAN}],
    )
    keyed = pseudonymise(rows, get_feed("household_registration"), KEY)
    assert dict(keyed.rows.schema) == get_feed("household_registration").keyed_schema
    assert keyed.rows["person_key"].to_list() == person_keys(pl.Series([MAN]), KEY).to_list()
    assert keyed.rows["father_key"].to_list() == [None]
    text = keyed.rows.write_json() + keyed.identities.write_json()
    assert not any(each in text for each in (MAN, WOMAN, "甲", "某处"))


def test_identity_number_says_birth_and_sex() -> None:
    """Ages decide minors and retirement; they come from the number, also of a parent who is only named."""
    rows = accepted("household_registration", [{"person_id": MAN, "mother_id": WOMAN}])
    found = pseudonymise(rows, get_feed("household_registration"), KEY).identities
    assert found.schema == get_table("identities").schema
    assert set(found.select("birth_on", "sex").iter_rows()) == {
        (date(1980, 2, 29), "male"),
        (date(1981, 12, 31), "female"),
    }


@pytest.mark.parametrize("keys", [["00ff", "00fe", "0a"], ["a" * 16 + "2", "a" * 16 + "1"], ["p2", "p10", "p1"]])
def test_identities_stand_in_the_order_of_their_keys(keys: list[str]) -> None:
    """If keys whose first digits are alike, or no digits, came in another order, the same input gave other bytes."""
    people = pl.DataFrame({"person_key": keys, "id_number": [MAN] * len(keys)})
    assert identities_of(people)["person_key"].to_list() == sorted(keys)


def test_the_new_number_keeps_the_name_of_a_correction() -> None:
    """After a correction the vault must know the person under the new number."""
    rows = accepted(
        "id_corrections", [{"old_id": MAN, "new_id": WOMAN, "person_name": "甲", "corrected_on": date(2024, 1, 1)}]
    )
    keyed = pseudonymise(rows, get_feed("id_corrections"), KEY)
    assert dict(keyed.vault.select("id_number", "person_name").iter_rows()) == {MAN: None, WOMAN: "甲"}
    assert set(keyed.rows.columns) >= {"old_key", "person_key"}


@pytest.mark.parametrize("name", list(all_feeds()))
def test_every_feed_without_rows(name: str) -> None:
    """A delivery whose rows were all set aside must not stop the run."""
    keyed = pseudonymise(accepted(name, []), get_feed(name), KEY)
    assert dict(keyed.rows.schema) == get_feed(name).keyed_schema
    assert keyed.vault.is_empty()
    assert keyed.identities.schema == get_table("identities").schema

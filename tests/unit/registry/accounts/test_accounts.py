"""Accounts: who is made, changed and disabled, and that nobody is left without an administrator."""

from datetime import UTC, datetime, timedelta
from time import process_time

import pytest
from sqlalchemy import Engine, select

from registry.accounts.accounts import (
    NewAccount,
    account_of,
    accounts,
    add_account,
    any_account,
    disable,
    enable,
    end_sessions,
    give_role,
    reset_password,
    set_password,
)
from registry.accounts.passwords import fault_of, hashed, matches, new_password
from registry.accounts.samples import sample_accounts
from registry.accounts.sessions import find, open_session, sessions_of, sign_in, sign_in_again, take_purpose
from registry.audit import verify
from registry.engine import ACCOUNTS, write_transaction
from registry.errors import AccountError, NoAccountError, NotPermittedError, PasswordError, SignInError
from registry.models import Account, AuditEvent, StaffSession
from registry.roles import ROLES
from registry.scope import DISTRICT, Area
from schemas.errors import UnknownNameError
from schemas.settings import Settings

GOOD = "four quiet rivers 88"
HERE = "127.0.0.1"


def _add(engine: Engine, settings: Settings, name: str = "worker", role: str = "district_staff") -> None:
    area = Area("330108001") if role == "street_staff" else DISTRICT
    add_account(engine, settings, NewAccount(name=name, role=role, area=area), by="admin", password=GOOD)


def _actions(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.scalars(select(AuditEvent.action).order_by(AuditEvent.seq)))


def _everything(engine: Engine) -> str:
    kept = (AuditEvent.actor, AuditEvent.details, Account.password_hash, StaffSession.session_hash)
    with engine.connect() as connection:
        return str([connection.execute(select(each)).fetchall() for each in kept])


def test_a_password_lets_in_and_is_kept_by_nobody(engine: Engine, settings: Settings) -> None:
    """If this fails, staff cannot work, or whoever copies the database can sign in as them."""
    _add(engine, settings)
    token = sign_in(engine, settings, "worker", GOOD, address=HERE)
    session = find(engine, settings, token)
    assert session is not None
    assert (session.actor.name, session.actor.role, session.actor.purpose) == ("worker", "district_staff", "monitoring")
    assert GOOD not in _everything(engine)
    assert token not in _everything(engine)
    assert "$argon2id$" in _everything(engine)
    assert _actions(engine) == ["account_add", "sign_in"]
    assert verify(engine).holds


@pytest.mark.parametrize(("name", "password"), [("worker", "wrong"), ("nobody", GOOD), ("worker", ""), ("", "")])
def test_one_sentence_for_every_wrong_pair(engine: Engine, settings: Settings, name: str, password: str) -> None:
    """If this fails, a guesser learns which accounts there are; what was typed as a name is never recorded."""
    _add(engine, settings)
    with pytest.raises(SignInError, match="账号或密码不正确") as raised:
        sign_in(engine, settings, name, password, address=HERE)
    assert not raised.value.locked
    assert "nobody" not in _everything(engine)


@pytest.mark.parametrize("name", ["worker", "nobody"])
def test_guessing_locks_a_name_whether_it_exists_or_not(engine: Engine, settings: Settings, name: str) -> None:
    """If this fails, a password can be guessed in an afternoon, or a lock tells which names are real."""
    _add(engine, settings)
    for _ in range(settings.sign_in_failures):
        with pytest.raises(SignInError):
            sign_in(engine, settings, name, "wrong", address=HERE)
    with pytest.raises(SignInError) as raised:
        sign_in(engine, settings, name, GOOD, address="10.0.0.9")
    assert raised.value.locked


def test_an_address_that_tries_many_names_is_locked(engine: Engine, settings: Settings) -> None:
    """If this fails, one password is tried on every account of the bureau."""
    strict = settings.model_copy(update={"sign_in_failures_address": 3})
    _add(engine, strict)
    for serial in range(3):
        with pytest.raises(SignInError):
            sign_in(engine, strict, f"name{serial}", "wrong", address=HERE)
    with pytest.raises(SignInError) as raised:
        sign_in(engine, strict, "worker", GOOD, address=HERE)
    assert raised.value.locked
    assert find(engine, strict, sign_in(engine, strict, "worker", GOOD, address="10.0.0.9")) is not None


def test_a_lock_ends_by_itself(engine: Engine, settings: Settings) -> None:
    """If this fails, anybody can keep a colleague out for good."""
    short = settings.model_copy(update={"sign_in_wait_minutes": 1, "sign_in_failures": 1})
    _add(engine, short)
    with pytest.raises(SignInError):
        sign_in(engine, short, "worker", "wrong", address=HERE)
    from registry.models import SignInThrottle  # noqa: PLC0415 - only here is time turned back

    with engine.begin() as connection:
        connection.execute(SignInThrottle.__table__.update().values(until=datetime.now(UTC) - timedelta(seconds=1)))
    assert sign_in(engine, short, "worker", GOOD, address=HERE)


def test_sessions_end_when_idle_and_when_old(engine: Engine, settings: Settings) -> None:
    """If this fails, a browser left open stays inside."""
    _add(engine, settings)
    token = sign_in(engine, settings, "worker", GOOD, address=HERE)
    now = datetime.now(UTC)
    idle = timedelta(minutes=settings.session_idle_minutes)
    assert find(engine, settings, token, now=now + idle - timedelta(minutes=1)) is not None
    assert find(engine, settings, token, now=now + 2 * idle) is None
    step = idle - timedelta(minutes=2)
    at, end = now, now + timedelta(hours=settings.session_hours)
    while at < end:
        found, at = find(engine, settings, token, now=at), at + step
        assert found is not None
    assert find(engine, settings, token, now=end + timedelta(seconds=1)) is None


@pytest.mark.parametrize("token", ["", "x", "é" * 40])
def test_a_made_up_token_is_nobody(engine: Engine, settings: Settings, token: str) -> None:
    """If this fails, a cookie can be invented."""
    assert find(engine, settings, token) is None


def test_disabling_ends_sessions_and_enabling_does_not_bring_them_back(engine: Engine, settings: Settings) -> None:
    """If this fails, somebody who has left goes on reading."""
    _add(engine, settings, "boss", "administrator")
    _add(engine, settings)
    token = sign_in(engine, settings, "worker", GOOD, address=HERE)
    disable(engine, "worker", by="boss")
    assert find(engine, settings, token) is None
    with pytest.raises(SignInError):
        sign_in(engine, settings, "worker", GOOD, address=HERE)
    enable(engine, "worker", by="boss")
    assert find(engine, settings, token) is None
    assert sign_in(engine, settings, "worker", GOOD, address=HERE)
    assert "account_disable" in _actions(engine)


def test_another_role_or_password_ends_sessions(engine: Engine, settings: Settings) -> None:
    """If this fails, a session keeps rights that were taken away, or a thief's outlives the new password."""
    _add(engine, settings)
    first = sign_in(engine, settings, "worker", GOOD, address=HERE)
    give_role(engine, "worker", "street_staff", Area("330108002"), by="boss")
    assert find(engine, settings, first) is None
    second, third = (sign_in(engine, settings, "worker", GOOD, address=HERE) for _ in range(2))
    session = find(engine, settings, second)
    assert session is not None
    assert session.actor.area.code == "330108002"
    set_password(engine, settings, "worker", "another quiet river 9", keep=session.session_hash)
    assert find(engine, settings, second) is not None
    assert find(engine, settings, third) is None
    given = reset_password(engine, settings, "worker", by="boss")
    assert find(engine, settings, second) is None
    fresh = find(engine, settings, sign_in(engine, settings, "worker", given, address=HERE))
    assert fresh is not None
    assert fresh.account.must_change
    assert end_sessions(engine, "worker", by="boss") == 1


def test_the_last_administrator_stays(engine: Engine, settings: Settings) -> None:
    """If this fails, nobody can let anybody in any more."""
    _add(engine, settings, "boss", "administrator")
    with pytest.raises(AccountError, match="last"):
        disable(engine, "boss", by="boss")
    with pytest.raises(AccountError, match="last"):
        give_role(engine, "boss", "auditor", DISTRICT, by="boss")
    _add(engine, settings, "other", "administrator")
    disable(engine, "boss", by="other")
    with pytest.raises(AccountError, match="last"):
        disable(engine, "other", by="other")


@pytest.mark.parametrize("name", ["", "A", "王", "a b", "x" * 40, "1a"])
def test_names_are_plain(name: str) -> None:
    """If this fails, two accounts look alike, or a name breaks a page."""
    with pytest.raises(AccountError):
        NewAccount(name=name, role="auditor")


def test_a_role_is_held_only_where_it_makes_sense(engine: Engine, settings: Settings) -> None:
    """If this fails, a street worker is given the whole district by leaving the area out."""
    with pytest.raises(NotPermittedError):
        NewAccount(name="worker", role="street_staff")
    with pytest.raises(NotPermittedError):
        NewAccount(name="worker", role="auditor", area=Area("330108001"))
    with pytest.raises(UnknownNameError):
        NewAccount(name="worker", role="chief")
    with pytest.raises(NoAccountError), engine.connect() as connection:
        account_of(connection, "worker")
    _add(engine, settings)
    with pytest.raises(AccountError, match="taken"):
        _add(engine, settings)
    for role, area in (("street_staff", DISTRICT), ("auditor", Area("330108001"))):
        with pytest.raises(NotPermittedError):
            give_role(engine, "worker", role, area, by="boss")
    assert [(each.role, each.area) for each in accounts(engine)] == [("district_staff", DISTRICT.code)]


def test_the_first_account_is_made_once(engine: Engine, settings: Settings) -> None:
    """If this fails, the address for the first administrator makes a second one later."""
    assert not any_account(engine)
    add_account(engine, settings, NewAccount(name="one", role="administrator"), by="one", password=GOOD, first=True)
    with pytest.raises(AccountError, match="already"):
        add_account(engine, settings, NewAccount(name="two", role="administrator"), by="two", password=GOOD, first=True)


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "x" * 30,
        "worker is my name",
        "passwordpassword1",
        "12345678901234567890",
        "qwertyuiop1234567890",
        "a" * 300,
    ],
)
def test_guessable_passwords_are_refused(password: str) -> None:
    """If this fails, the first guess gets in."""
    assert fault_of(password, name="worker", least=15) is not None
    with pytest.raises(PasswordError):
        hashed(password, name="worker", least=15)


def test_passwords_are_compared_as_they_are_typed_anywhere() -> None:
    """If this fails, a full-width keyboard locks its owner out."""
    kept = hashed("安静的河流 从这里流过 8号门牌", name="worker", least=15)
    assert matches(kept, "安静的河流 从这里流过 ８号门牌")
    assert not matches(kept, "安静的河流 从这里流过 9号门牌")
    assert not matches(None, "anything")


def test_a_password_is_kept_as_the_standard_asks() -> None:
    """If this fails, whoever copies the database tries passwords far faster than RFC 9106 allows for."""
    from argon2 import Type, extract_parameters  # noqa: PLC0415 - only here is a kept password looked into

    kept = extract_parameters(hashed("four quiet rivers 88", name="worker", least=15))
    assert kept.type is Type.ID
    assert (kept.time_cost, kept.memory_cost, kept.parallelism) >= (3, 64 * 1024, 4)
    assert (kept.salt_len, kept.hash_len) >= (16, 32)


def test_an_account_that_is_not_there_costs_as_much_to_refuse(engine: Engine, settings: Settings) -> None:
    """If this fails, a guesser tells by the time of the answer which accounts there are."""
    _add(engine, settings)
    patient = settings.model_copy(update={"sign_in_failures": 100, "sign_in_failures_address": 100})
    spent = {}
    for name in ("worker", "nobody"):
        taken = []
        for _ in range(3):
            begun = process_time()  # of the processor, which does not depend on what else the machine does
            with pytest.raises(SignInError):
                sign_in(engine, patient, name, "wrong", address=HERE)
            taken.append(process_time() - begun)
        spent[name] = min(taken)
    assert 0.5 < spent["nobody"] / spent["worker"] < 2


def test_first_passwords_are_accepted_and_differ() -> None:
    """If this fails, an administrator hands out a password that the account refuses, or the same one twice."""
    made = {new_password(name="lin", least=40) for _ in range(50)}
    assert len(made) == 50
    assert all(fault_of(each, name="lin", least=40) is None for each in made)


def test_a_password_is_kept_anew_when_the_parameters_grow(engine: Engine, settings: Settings) -> None:
    """If this fails, old accounts keep the protection of the year they were made in."""
    from argon2 import PasswordHasher  # noqa: PLC0415 - a weaker one than ours

    _add(engine, settings)
    weak = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(GOOD)
    with engine.begin() as connection:
        connection.execute(Account.__table__.update().values(password_hash=weak))
    sign_in(engine, settings, "worker", GOOD, address=HERE)
    with engine.connect() as connection:
        kept = connection.execute(select(Account.password_hash)).scalar_one()
    assert kept != weak
    assert sign_in(engine, settings, "worker", GOOD, address=HERE)


def test_a_purpose_is_one_of_the_role(engine: Engine, settings: Settings) -> None:
    """If this fails, a community worker reads for policy; and nobody can tell afterwards what for."""
    _add(engine, settings, role="street_staff")
    token = sign_in(engine, settings, "worker", GOOD, address=HERE)
    session = find(engine, settings, token)
    assert session is not None
    with pytest.raises(NotPermittedError):
        take_purpose(engine, session, "policy")
    take_purpose(engine, session, "statistics")
    later = find(engine, settings, token)
    assert later is not None
    assert later.actor.purpose == "statistics"
    assert not later.actor.may("family.read")
    assert [each.purpose for each in sessions_of(engine, later.account.account_id, settings)] == ["statistics"]


def test_proving_oneself_again_is_throttled(engine: Engine, settings: Settings) -> None:
    """If this fails, whoever sits down at an open browser guesses the password in peace."""
    _add(engine, settings)
    session = find(engine, settings, sign_in(engine, settings, "worker", GOOD, address=HERE))
    assert session is not None
    sign_in_again(engine, settings, session, GOOD)
    for _ in range(settings.sign_in_failures):
        with pytest.raises(SignInError):
            sign_in_again(engine, settings, session, "wrong")
    with pytest.raises(SignInError) as raised:
        sign_in_again(engine, settings, session, GOOD)
    assert raised.value.locked


def test_an_account_of_the_identity_provider_has_no_password(engine: Engine, settings: Settings) -> None:
    """If this fails, an empty password lets in."""
    assert add_account(engine, settings, NewAccount(name="sso", role="auditor", subject="u-1"), by="boss") is None
    with pytest.raises(SignInError):
        sign_in(engine, settings, "sso", "", address=HERE)
    with write_transaction(engine, ACCOUNTS) as connection:
        assert open_session(connection, settings, account_of(connection, "sso"), address=HERE)


def test_sample_accounts_are_made_for_samples_alone(engine: Engine, settings: Settings) -> None:
    """If this fails, a real installation has accounts whose passwords were printed."""
    assert sample_accounts(engine, settings) == []
    assert accounts(engine) == []
    from schemas.simulated import SIMULATED_FILE  # noqa: PLC0415

    settings.landing_dir.mkdir(parents=True)
    (settings.landing_dir / SIMULATED_FILE).write_text("", encoding="utf-8")
    made = sample_accounts(engine, settings)
    assert {each.role for each in accounts(engine)} == set(ROLES.codes)
    for name, password, *_ in made[:2]:
        assert sign_in(engine, settings, name, password, address=HERE)
    assert sample_accounts(engine, settings) == []

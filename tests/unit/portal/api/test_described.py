"""The API keeps to its description, whatever it is sent: schemathesis makes requests out of the description itself."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import jsonschema
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as how
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from portal.api.description import as_text, document
from portal.app import create_app
from registry.casework.desk import Desk
from registry.engine import make_engine
from rules.parameters import load_parameters
from schemas.settings import Settings
from tests.portal import bearer
from tests.served import served
from tests.unit.registry.casework.worlds import CHANGHE, World, asked, task
from tests.unit.registry.examples import JULY, JUNE, edition, family, hit, member

_CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    ignored_auth,
]
_EACH = 4
_PATIENCE_SECONDS = 120


def _there(**ours: Any) -> Mapping[str, Any]:
    """Two families here, one of which is asked about, and one in another street that is suspected besides."""
    elsewhere = {"street_code": CHANGHE, "community_code": f"{CHANGHE}001"}
    return edition(
        listed=[family("H:100", 1, **ours), family("H:101", 2), family("H:200", 3, **elsewhere)],
        members=[member("H:100", 1), member("H:101", 2), member("H:200", 3, **elsewhere)],
        hits=[hit("H:100", 1), hit("H:200", 3)],
        warnings=[
            asked(1, "H:100", 1),
            asked(2, "H:200", 3, **elsewhere),
            asked(3, "H:200", 3, kind="verify", rule_id="vehicle_on_register", **elsewhere),
        ],
        tasks=[task(1, "H:100"), task(2, "H:200", **elsewhere)],
    )


@pytest.fixture
def known(settings: Settings) -> dict[str, str]:
    """A portal with something behind most addresses: values of their place-holders that are there."""
    engine = make_engine(settings)
    world = World(Desk(engine, settings, load_parameters(None)))
    world.publish(_there(tier="orange"), JUNE, now=datetime.now(UTC))
    world.publish(_there(), JULY, now=datetime.now(UTC))
    found = {"family_id": "H:100", "case_id": world.only(family_id="H:100")}
    engine.dispose()
    return found


@pytest.mark.parametrize("role", ["supervisor", "street_staff"])
def test_every_answer_is_as_described(settings: Settings, known: dict[str, str], role: str) -> None:
    """If this fails, a program that was built from the description breaks, or something sent breaks the portal."""
    fast = settings.model_copy(update={"api_requests_minute": 1_000_000, "sign_in_failures_address": 1_000_000})
    headers = bearer(fast, role)
    with served(create_app(fast)) as address:
        schema = schemathesis.openapi.from_url(f"{address}/api/v1/openapi.json", headers=headers)
        tried = 0
        for each in schema.get_all_operations():
            _try(each.ok(), headers, known)
            tried += 1
    assert tried == len(list(_operations()))


def _operations() -> Iterator[tuple[str, str]]:
    for path, methods in document()["paths"].items():
        for method in methods:
            yield path, method


def _try(operation: Any, headers: Mapping[str, str], known: Mapping[str, str]) -> None:
    @how(
        max_examples=_EACH,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(), real=st.booleans())
    def run(case: Any, real: bool) -> None:  # noqa: FBT001 - Hypothesis calls it
        if real:
            case.path_parameters |= {name: known[name] for name in case.path_parameters if name in known}
        case.call_and_validate(headers=dict(headers), checks=_CHECKS, timeout=_PATIENCE_SECONDS)

    run()


def test_each_operation_has_an_id_of_its_own_and_says_what_it_needs() -> None:
    """If this fails, generated clients lose a method, or nobody knows which scope a token needs."""
    found = [operation for methods in document()["paths"].values() for operation in methods.values()]
    ids = [each["operationId"] for each in found]
    assert len(set(ids)) == len(ids)
    for each in found:
        assert each["summary"]
        assert each["description"].count("\n") > 1
        assert each["x-permission"]
        assert len(each["tags"]) == 1


def test_every_path_that_tells_of_families_asks_for_the_purpose() -> None:
    """If this fails, a generated client never sends the purpose and is always refused."""
    counts_alone = {"overview.read", "rules.read", "lineage.read", "model.read", "proof.read", "deliveries.read"}
    for path, methods in document()["paths"].items():
        for operation in methods.values():
            asks = {"$ref": "#/components/parameters/purpose"} in operation.get("parameters", [])
            assert asks == (operation["x-permission"] not in counts_alone), path


def test_every_example_is_as_described() -> None:
    """If this fails, somebody who copies an example is refused, or waits for an answer that never comes."""
    found = document()
    for path, methods in found["paths"].items():
        for operation in methods.values():
            for part in (operation.get("requestBody", {}), operation["responses"]["200"]):
                for told in part.get("content", {}).values():
                    if "example" in told:
                        schema = {**told["schema"], "components": found["components"]}
                        jsonschema.validate(told["example"], schema), path


def test_examples_name_nobody() -> None:
    """If this fails, the description that everybody may read carries a person's data."""
    text = as_text()
    assert "示例甲" in text
    assert re.search(r"[1-9]\d{16}[\dX]", text) is None

"""The API described: OpenAPI 3.1 for programs, and a page for people.

What belongs here: the document, and what of it is not derived from the operations: security, purpose, problems.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.openapi.utils import get_openapi

from portal.api.door import PURPOSE, tells_of_families
from portal.api.examples import example_of
from portal.api.operation import PREFIX
from portal.api.operations import OPERATIONS, TAGS
from portal.language import locale
from portal.page import KNOWN, Page, render
from portal.problems import KINDS, PROBLEM_JSON, type_of
from registry.roles import PERMISSIONS, PURPOSES

__all__ = ["PAGES", "as_text", "document", "known_words"]

_VERSION = "1.0"  # of the interface: what was there stays, what is added raises the second number
_ABOUT = """Reads and acts as the staff pages do. A token carries permissions of its account, within its area, for one
purpose; make one at /account/tokens. Amounts are in fen (分), days are those of the bureau, families and persons are
keys. What lies outside the reader's area, or is of a kind that the reader may not see, is answered as what does not
exist. Reads of families are recorded in the audit chain before they are answered."""

_PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "Problem details (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {
            "type": "string",
            "description": "Kind of the problem",
            "enum": ["about:blank", *[type_of(kind) for kind in KINDS]],
        },
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What to do, in Chinese or English (Accept-Language)"},
        "known": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Of an unknown word: those that the reader may use",
        },
        "errors": {
            "type": "array",
            "description": "Where the request does not follow this description, and why",
            "items": {
                "type": "object",
                "required": ["where", "why"],
                "properties": {"where": {"type": "string"}, "why": {"type": "string"}},
            },
        },
    },
    "example": {
        "type": type_of("not-there"),
        "title": "没有这个页面",
        "status": 404,
        "detail": "没有这个页面，或者它不在您的范围内。",
    },
}
_ANSWERS: Mapping[int, str] = {
    400: "The request cannot be read, or does not say its purpose",
    401: "No token, or one that does not hold",
    403: "The token, the account or the purpose does not allow it",
    404: "Not there, or not for this reader",
    409: "Not possible as things stand, or changed meanwhile",
    413: "Too long",
    422: "A parameter, field or word is not as described here",
    429: "Too many requests; see Retry-After",
}


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document; the same for every reader and every installation."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    for page in OPERATIONS:
        app.add_api_route(page.path, page.endpoint, methods=[*page.methods], **{"response_model": None, **page.options})
    found = get_openapi(
        title="doudi 兜底",
        version=_VERSION,
        summary="Dynamic monitoring of the low-income population (低收入人口动态监测)",
        description=_ABOUT,
        routes=app.routes,
        tags=[{"name": name, "description": text} for name, text in TAGS.items()],
    )
    schemas = found["components"]["schemas"]
    for each in ("HTTPValidationError", "ValidationError"):
        schemas.pop(each, None)
    schemas["Problem"] = _PROBLEM
    found["components"]["securitySchemes"] = {
        "token": {"type": "http", "scheme": "bearer", "description": "A token of /account/tokens"}
    }
    found["components"]["parameters"] = {"purpose": _purpose()}
    found["security"] = [{"token": []}]
    for _, method, operation in _operations(found):
        _complete(method, operation)
        _exemplify(operation, schemas)
    return found


def known_words() -> dict[tuple[str, str], frozenset[str]]:
    """By path and method, the words that an address may carry after its question mark."""
    return {
        (path, method): frozenset(each["name"] for each in operation.get("parameters", ()) if each.get("in") == "query")
        for path, method, operation in _operations(document())
    }


def _operations(found: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in found["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def _purpose() -> dict[str, Any]:
    return {
        "name": PURPOSE,
        "in": "header",
        "required": True,
        "description": "Purpose of the work; that for which the token was made",
        "schema": {"type": "string", "enum": [*PURPOSES.codes]},
    }


def _complete(method: str, operation: dict[str, Any]) -> None:
    """Add what every operation has: its purpose, its permission in words, and the problems that may be met."""
    permission = operation["x-permission"]
    words = PERMISSIONS.labels.get(permission, ("",))[0]
    operation["description"] = f"{operation.get('description', '')}\n\nPermission: `{permission}` {words}".strip()
    personal = tells_of_families(permission)
    if personal:
        operation.setdefault("parameters", []).append({"$ref": "#/components/parameters/purpose"})
    conflicts = operation.pop("x-may-conflict")
    met = {400, 401, 403, 404, 422, 429} | ({409} if conflicts else set()) | ({413} if method == "post" else set())
    for code in sorted(met):
        operation["responses"][str(code)] = {
            "description": _ANSWERS[code],
            "content": {PROBLEM_JSON: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }


def _exemplify(operation: dict[str, Any], schemas: Mapping[str, Any]) -> None:
    """Show what is sent and answered by examples."""
    for part in (operation.get("requestBody", {}), operation["responses"]["200"]):
        told = part.get("content", {}).get("application/json")
        if told:
            told["example"] = example_of(told["schema"], schemas)


def describe(request: Request) -> Response:  # noqa: ARG001 - the same for everybody
    """This document."""
    return Response(as_text(), media_type="application/json")


@cache
def as_text() -> str:
    """The document as JSON."""
    return json.dumps(document(), ensure_ascii=False, indent=1)


def _people(request: Request) -> Response:
    found = document()
    by_tag = {tag: [each for each in _operations(found) if tag in each[2]["tags"]] for tag in TAGS}
    return render(
        request,
        "interface.html",
        title="程序接口",
        operations=by_tag,
        titles={tag: text.partition(": ")[0 if locale().language == "zh" else 2] for tag, text in TAGS.items()},
        kinds=KINDS,
        purpose=PURPOSE,
        purposes=PURPOSES,
        permissions=PERMISSIONS,
    )


PAGES = (
    *OPERATIONS,
    Page(f"{PREFIX}/openapi.json", describe, KNOWN),
    Page("/interface", _people, KNOWN),
)

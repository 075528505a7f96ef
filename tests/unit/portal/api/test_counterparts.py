"""What a page shows or does is there for programs, or it is said here why it is not; made from the pages."""

import re
from pathlib import Path

from portal.app import PAGES
from portal.page import API, PUBLIC

_OWN = "account.own"

COUNTERPARTS = {
    "/": "/overview",
    "/trends": "/trends",
    "/list": "/families",
    "/list/find": "/families/search",
    "/list/download": "/families/export",
    "/ledgers/download": "/ledgers/export",
    "/cases/{case_id}/visit": "/cases/{case_id}/visits",
    "/sheets/download": "/visit-sheets/export",
    "/sheets/take": "/visit-sheets/take",
    "/deliveries/{feed}/{month}": "/deliveries",
    "/receipts/{delivery_id}": "/deliveries/{delivery_id}/receipt",
    "/what-if": "/what-ifs",
    "/what-if/start": "/what-ifs",
    "/what-if/{job_id}": "/what-ifs/{job_id}/result",
    "/what-if/{job_id}/end": "/what-ifs/{job_id}/end",
    "/what-if/{job_id}/workbook": "/what-ifs/{job_id}/workbook",
    "/model": "/models",
    "/model/{model_id}": "/models/{model_id}/report",
    "/audit": "/audit/events",
    "/audit/verify": "/audit/check",
    "/audit/samples/draw": "/audit/samples",
    "/admin/parameters": "/parameters",
}
"""By the address of a page that of its operation, where they are called differently."""

PAGES_ALONE = {
    "/sheets": "a form; what it gives is /visit-sheets/export",
    "/sheets/print": "a page to be printed; the same sheets come as a workbook",
    "/objections/{objection_id}/slip": "a slip to be printed, of what /objections/{objection_id} tells",
    "/interface": "the description for people",
}
"""Pages without an operation of their own, and why."""

_FOR_PEOPLE = ("/admin", "/protections", "/families/{family_id}/protection")
"""Accounts, the state of the installation and hidden addresses: decided and seen by a person, never with a token."""


def test_every_page_has_its_operation() -> None:
    """If this fails, a page was added whose data a bureau's own program cannot have, and nobody has said why."""
    there = {page.path.removeprefix(f"{API}v1") for page in PAGES if page.is_api}
    missing = [
        page.path
        for page in PAGES
        if not page.is_api and page.permission not in {PUBLIC, _OWN}
        if not page.path.startswith(_FOR_PEOPLE)
        if COUNTERPARTS.get(page.path, page.path) not in there and page.path not in PAGES_ALONE
    ]
    assert missing == []


def test_the_guide_names_every_page_without_an_operation() -> None:
    """If this fails, whoever writes a program looks in vain for what only a page does, and nobody has told them."""
    text = (Path(__file__).parents[4] / "docs" / "api.md").read_text(encoding="utf-8")
    section = text.partition("## What is not there")[2].partition("\n## ")[0]
    named = tuple(re.findall(r"`(/[^`]*)`", section.replace("`/parameters`", "")))
    there = {page.path.removeprefix(f"{API}v1") for page in PAGES if page.is_api}
    alone = [
        page.path
        for page in PAGES
        if not page.is_api and page.permission != PUBLIC and COUNTERPARTS.get(page.path, page.path) not in there
    ]
    assert [each for each in alone if not each.startswith(named)] == []
    assert [each for each in PAGES_ALONE if each not in named] == []


def test_what_is_said_of_pages_is_true() -> None:
    """If this fails, the list above hides a page that has no operation any more."""
    pages = {page.path for page in PAGES}
    assert set(COUNTERPARTS) <= pages
    assert set(PAGES_ALONE) <= pages


def test_an_operation_asks_for_what_its_page_asks_for() -> None:
    """If this fails, a token reads what the same account cannot see on the page, or the other way round."""
    asked = {(page.path, method): page.permission for page in PAGES for method in page.methods}
    told = {"/what-if/{job_id}/workbook", "/admin/parameters"}  # the book of rules is open to all
    for page in PAGES:
        for method in page.methods:
            place = f"{API}v1{COUNTERPARTS.get(page.path, page.path)}"
            if not page.is_api and page.path not in told and (place, method) in asked:
                assert asked[place, method] == page.permission, f"{method} {page.path}"

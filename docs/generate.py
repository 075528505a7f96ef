"""Pages that mkdocs builds from the code: command line, rule book, parameters, feeds, dictionary, code lists.

What belongs here: turning declarations into Markdown. Nothing is explained here that the declaration does not say.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import typer.main
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from pipelines.cli import app
from portal.rulebook import spoken
from rules import Rule, rules_of
from rules.base import KINDS
from rules.parameters import load_parameters
from schemas.codes import CODE_LISTS
from schemas.contract import DEPARTMENTS, Feed, all_feeds
from schemas.dictionary import dictionary_markdown
from schemas.settings import Settings

ROOT = Path(__file__).resolve().parents[1]

_MOVED = {
    "README.zh-CN.md": "index.zh-CN.md",
    "README.md": "index.md",
    "ARCHITECTURE.md": "architecture.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changes.md",
    "(docs/": "(",
    "(LICENSE)": "(licence.md)",
}


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the generated pages (an event of mkdocs)."""
    for name, make in PAGES.items():
        files.append(File.generated(config, name, content=make()))
    return files


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; a cell stays on one line and its bars are escaped."""

    def line(cells: Iterable[object]) -> str:
        return "| " + " | ".join(str(each).replace("|", "\\|").replace("\n", " ") for each in cells) + " |"

    return "\n".join([line(headings), line("---" for _ in headings), *(line(row) for row in rows)]) + "\n"


def document(name: str) -> str:
    """A document of the repository, with its links turned to the pages."""
    text = (ROOT / name).read_text(encoding="utf-8")
    for old, new in _MOVED.items():
        text = text.replace(old, new)
    return text


def licence() -> str:
    """The licence as it is."""
    return f"# Licence\n\n```\n{(ROOT / 'LICENSE').read_text(encoding='utf-8')}```\n"


def command_line() -> str:
    """Every command with its arguments and options."""
    root = typer.main.get_command(app)
    parts = ["# Command line\n", f"{root.help}\n", *_commands("doudi", root), "## Settings\n", _settings()]
    return "\n".join(parts)


def _commands(name: str, command: Any) -> Iterator[str]:
    children = getattr(command, "commands", {})
    for child_name, child in sorted(children.items()):
        yield from _commands(f"{name} {child_name}", child)
    if not children:
        yield f"## {name}\n\n{command.help or ''}\n"
        yield table(
            ("option", "meaning", "default"),
            (
                ("`" + "`, `".join(each.opts) + "`", getattr(each, "help", "") or "", _default(each))
                for each in command.params
            ),
        )


def _default(parameter: Any) -> str:
    return "required" if parameter.required else "" if parameter.default is None else f"`{parameter.default}`"


def _settings() -> str:
    return "Read from the environment, once.\n\n" + table(
        ("variable", "meaning"),
        ((f"`DOUDI_{name.upper()}`", each.description) for name, each in Settings.model_fields.items()),
    )


def rule_book() -> str:
    """Every rule: what it asks, by which law, what makes a hit, and the numbers it reads."""
    parts = ["# Rule book\n"]
    for kind in KINDS:
        parts.append(f"## {kind}\n")
        parts.extend(_rule(each) for each in rules_of(kind))
    return "\n".join(parts)


def _rule(rule: Rule) -> str:
    facts = [rule.title_en, f"Legal basis: {rule.legal_basis}"]
    if rule.question:
        facts.append(f"Question: {rule.question}")
    if rule.parameters:
        facts.append("Reads: " + ", ".join(f"[`{each}`](parameters.md)" for each in rule.parameters))
    facts.append("A hit is one of:\n" + "".join(f"\n    - `{name}` {found}" for name, found in rule.bases.items()))
    return f"### {rule.title} `{rule.id}`\n\n" + "\n".join(f"- {each}" for each in facts) + "\n"


def parameters() -> str:
    """Every parameter with its dated values and citations."""
    rows = (
        (f"`{each.name}`", each.title, dated.since, spoken(dated.value), each.unit, each.status, dated.citation)
        for each in load_parameters().by_name.values()
        for dated in each.values
    )
    return "# Parameters\n\n" + table(("name", "title", "since", "value", "unit", "status", "citation"), rows)


def feeds() -> str:
    """The agreement with each department: what it delivers, when, on which legal basis, and what it becomes."""
    parts = (
        f"## {feed.title} `{feed.name}`\n\n{feed.description}\n\n{table(('', ''), _agreement(feed))}"
        for feed in all_feeds().values()
    )
    return "\n".join(["# Feeds\n", *parts])


def _agreement(feed: Feed) -> Iterator[tuple[str, str]]:
    yield "department", DEPARTMENTS[feed.department]
    yield "a delivery holds", feed.mode.value
    yield "a record that is absent means", feed.absence_means
    yield "due", f"day {feed.expected_day} of the month"
    yield "reports up to", f"{feed.lag_months} months before the delivery's month" if feed.lag_months else "its month"
    yield "business key", ", ".join(f"`{each}`" for each in feed.business_key) or "all columns"
    yield "legal basis", feed.legal_basis
    yield "population", feed.population
    yield "becomes", ", ".join(dict.fromkeys(f"`{each.table}`" for each in feed.facts))


def codes() -> str:
    """Every code list with the labels that are understood."""
    parts = ["# Code lists\n"]
    for each in CODE_LISTS.values():
        rows = ((f"`{code}`", labels[0], "、".join(labels[1:])) for code, labels in each.labels.items())
        parts.append(f"## {each.title} `{each.name}` {{#{each.name}}}\n\n{table(('code', 'title', 'also'), rows)}")
    return "\n".join(parts)


PAGES: dict[str, Callable[[], str]] = {
    "index.md": lambda: document("README.md"),
    "index.zh-CN.md": lambda: document("README.zh-CN.md"),
    "architecture.md": lambda: document("ARCHITECTURE.md"),
    "contributing.md": lambda: document("CONTRIBUTING.md"),
    "changes.md": lambda: document("CHANGELOG.md"),
    "licence.md": licence,
    "command-line.md": command_line,
    "rule-book.md": rule_book,
    "parameters.md": parameters,
    "feeds.md": feeds,
    "data-dictionary.md": dictionary_markdown,
    "codes.md": codes,
}

"""Pages that mkdocs builds from the code: command line, rule book, parameters, feeds, dictionary, code lists.

What belongs here: turning declarations into Markdown. Nothing is explained here that the declaration does not say.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import typer.main
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from editions.limit_cases import load_limit_cases
from editions.lineage import edition_lineage
from editions.lineage_words import column_title, origins, published_columns
from editions.rulebook import KINDS, RulePage, rule_pages, sql_of
from pipelines.cli import app
from portal.rulebook import spoken
from rules.parameters import load_parameters
from rules.parameters.model import UNITS
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
    for page in rule_pages(load_parameters()).values():
        files.append(File.generated(config, f"rules/{page.id}.md", content=rule_document(page)))
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
    """Every rule by kind, each with a link to its page."""
    parts = [
        "# Rule book\n",
        (
            "Built from the declarations, without a registry: what was counted and what visits found "
            "is shown by `doudi rules show` and the staff pages of an installation.\n"
        ),
    ]
    for kind, title in KINDS.items():
        rows = (
            (f"[{page.title}](rules/{page.id}.md)", f"`{page.id}`", page.title_en, page.question)
            for page in rule_pages(load_parameters()).values()
            if page.kind == kind
        )
        parts.append(f"## {title}\n\n{table(('规则', 'id', 'English', '要问的问题'), rows)}")
    return "\n".join(parts)


def rule_document(page: RulePage) -> str:
    """One page of the rule book."""
    facts = [page.title_en, *(f"依据：{law}" for law in page.laws)]
    facts += [f"要问的问题：{page.question}"] if page.question else []
    facts += [f"同一事实：{page.same_fact}"] if page.same_fact else []
    facts += [f"办理期限：{spoken(page.due.values[-1].value)} 个工作日"] if page.due else []
    values = (
        (
            f"{each.title}<br>`{each.name}`",
            held.since,
            spoken(held.value) + (UNITS[each.unit] if each.type == "integer" else ""),
            held.citation,
            each.status,
            each.last_reviewed,
        )
        for each in page.parameters
        for held in each.values
    )
    headings = ("参数", "生效日期", "数值", "出处", "性质", "复核")
    cases = ((each.title, each.as_of, each.outcome) for each in page.cases)
    statement, missing = sql_of(page.id)
    return "\n".join(
        [
            f"# {page.title} `{page.id}`\n",
            "".join(f"- {each}\n" for each in facts),
            "## 什么情形\n",
            table(("含义", "predicate"), ((found, f"`{name}`") for name, found in page.predicates.items())),
            *(["## 参数\n", table(headings, values)] if page.parameters else []),
            *(["## 案例\n", table(("案例", "截至", "应当"), cases)] if page.cases else []),
            "## 实际数量\n\n本站不含任何登记数据；数量与走访核实结果见 `doudi rules show` 或工作人员页面。\n",
            f"## SQL\n\n```sql\n{statement}\n```\n" if statement else f"## SQL\n\n{missing}\n",
        ]
    )


def parameters() -> str:
    """Every parameter with its dated values and citations."""
    rows = (
        (f"`{each.name}`", each.title, dated.since, spoken(dated.value), each.unit, each.status, dated.citation)
        for each in load_parameters().by_name.values()
        for dated in each.values
    )
    listed = table(("name", "title", "since", "value", "unit", "status", "citation"), rows)
    cases = ((each.title, ", ".join(f"`{name}`" for name in each.covers), each.outcome) for each in load_limit_cases())
    shown = table(("案例", "parameters", "应当"), cases)
    return f"# Parameters\n\n{listed}\n## Cases of limits\n\nBefore, at and after the boundary.\n\n{shown}"


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


def lineage() -> str:
    """For every column of the list the delivered columns that it is made from."""
    known = edition_lineage()
    parts = [
        "# Lineage\n",
        (
            "Read off the computation itself, not drawn: the delivered columns whose values flow into a column of "
            "the list. How many more only decide (which rows, which family, which branch) is counted; "
            "`doudi lineage COLUMN --all` names them.\n"
        ),
    ]
    for column in published_columns(known):
        found = known.upstream(*column)
        rows = (
            (each.department, each.title, "<br>".join(f"{title} `{name}`" for name, title in each.columns.items()))
            for each in origins(found.value)
        )
        headings = ("department", "feed", "columns")
        shown = table(headings, rows) if found.value else "Made by rules; no delivered value flows into it as it is.\n"
        parts.append(f"## {column_title(column)} `{'.'.join(column)}`\n\n{shown}")
        parts.append(f"{len(found.influence)} further columns decide.\n")
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
    "lineage.md": lineage,
}

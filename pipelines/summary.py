"""What a run leaves behind, on one page: counts, lists, where they lie, what to try next.

What belongs here: gathering the figures and printing them. They come from the registry and its receipts.
"""

import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import Engine

from assets.quality_page import PAGE as QUALITY_PAGE
from assets.workspace import Workspace
from pipelines.evaluate import Comparison, compare, totals, truth_dir
from pipelines.run import RunReport
from registry.exports import export_alerts, export_list
from registry.feed_health import absent_feeds
from registry.filters import ListFilter
from registry.queries import EditionInfo, current_edition, list_rows
from registry.roles import Actor
from registry.scope import WHOLE
from registry.scoring_told import scored_in_words, stepped_back
from registry.simulated import note_of
from registry.store import receipts
from registry.summary import EditionSummary
from registry.summary import summary as edition_summary
from rules import all_rules
from rules.base import Rule
from schemas.settings import Settings

__all__ = ["Deliveries", "Summary", "show", "summarise"]

_ROLE = "district_staff"
_SYSTEM = "doudi run"
_TIERS = {"red": "红", "orange": "橙", "yellow": "黄"}
_KINDS = {"need": "need 困难发现", "verify": "verify 待核实", "feed": "feed 数据质量"}
_MONTHS_SHOWN = 6
_FIGURES: dict[str, Callable[[EditionSummary], int | None]] = {
    "families": lambda each: each.families,
    "people": lambda each: each.members,
    "registered": lambda each: each.layers.get("registered", 0),
    "extended": lambda each: each.layers.get("extended", 0),
    "red 红": lambda each: each.tiers.get("red", 0),
    "orange 橙": lambda each: each.tiers.get("orange", 0),
    "yellow 黄": lambda each: each.tiers.get("yellow", 0),
    "entered": lambda each: each.entered,
    "left": lambda each: each.left,
    "proposed 拟退出": lambda each: each.proposed,
    "need 困难发现": lambda each: each.warnings_by_kind.get("need", 0),
    "verify 待核实": lambda each: each.warnings_by_kind.get("verify", 0),
    "feed 数据质量": lambda each: each.warnings_by_kind.get("feed", 0),
}


@dataclass(frozen=True, slots=True)
class Deliveries:
    """Counts over all deliveries that the installation has."""

    files: int
    refused: int
    rows_read: int
    rows_accepted: int
    rows_quarantined: int
    rows_skipped: int
    reasons: dict[str, int]


@dataclass(frozen=True, slots=True)
class Summary:
    """Figures of a run: deliveries, editions with how well they meet the truth (samples only), files for staff."""

    report: RunReport
    people: int
    deliveries: Deliveries
    editions: list[EditionSummary]
    comparisons: list[Comparison] = field(default_factory=list)
    files: dict[str, Path] = field(default_factory=dict)
    absent: list[str] = field(default_factory=list)  # feeds without a delivery for the newest edition's month
    example: str = ""  # the most urgent family of the newest edition
    scored: dict[str, str] = field(default_factory=dict)  # by edition, where a model stepped back: why
    note: str = ""  # that the deliveries are simulated
    awaited: Path | None = None  # where deliveries are awaited, as long as there is none

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        recall, precision = totals(self.comparisons) if self.comparisons else (None, None)
        return {
            "people": self.people,
            "deliveries": asdict(self.deliveries),
            "absent_feeds": self.absent,
            "stepped_back": self.scored,
            "note": self.note,
            "editions": [asdict(each) for each in self.editions],
            "recall": recall,
            "precision": precision,
            "files": self.files,
            "new_editions": [each.edition_id for each in self.report.editions if each.new],
            "refused": [
                {"feed": each.feed, "month": each.month, "file": each.file_name, "reason": each.refusal_message}
                for each in self.report.refused
            ],
            "failures": [asdict(each) for each in self.report.failures],
            "lineage_not_sent": self.report.untold,
            "seconds": round(self.report.seconds, 1),
        }


def summarise(settings: Settings, report: RunReport) -> Summary:
    """The figures after a run; the newest edition is written out for staff when it is new."""
    workspace = Workspace(settings)
    engine = workspace.engine
    try:
        truth = truth_dir(settings)
        days = [each.as_of for each in report.editions]
        deliveries = _deliveries(engine)
        return Summary(
            report=report,
            people=_people(settings, days),
            deliveries=deliveries,
            editions=[edition_summary(engine, each.edition_id, WHOLE) for each in report.editions],
            comparisons=[each for each in compare(settings, engine, truth) if each.as_of in days] if truth else [],
            files=_files(settings, engine),
            absent=_absent(engine),
            example=_example(engine),
            scored=_stepped_back(engine, days),
            note=_note(engine),
            awaited=None if deliveries.files else settings.landing_dir,
        )
    finally:
        workspace.close()


def _people(settings: Settings, days: Iterable[date]) -> int:
    """Living people in scope at the newest edition."""
    import polars as pl  # noqa: PLC0415

    months = sorted(f"{each:%Y-%m}" for each in days)
    path = settings.lake_dir / "stages" / "members" / "members" / f"{months[-1]}.parquet" if months else None
    if path is None or not path.is_file():
        return 0
    return int(pl.scan_parquet(path).filter(pl.col("in_scope")).select(pl.len()).collect().item())


def _deliveries(engine: Engine) -> Deliveries:
    known = receipts(engine)
    reasons: Counter[str] = Counter()
    for each in known:
        reasons.update(each.reasons)
    return Deliveries(
        files=len(known),
        refused=sum(each.status == "refused" for each in known),
        rows_read=sum(each.rows_read for each in known),
        rows_accepted=sum(each.rows_accepted for each in known),
        rows_quarantined=sum(each.rows_quarantined for each in known),
        rows_skipped=sum(sum(each.skipped.values()) for each in known),
        reasons=dict(reasons.most_common()),
    )


def _absent(engine: Engine) -> list[str]:
    newest = current_edition(engine)
    return [each.feed for each in absent_feeds(engine, newest)] if newest else []


def _example(engine: Engine) -> str:
    """The most urgent family of the newest edition, to try `explain` on."""
    edition = current_edition(engine)
    rows = list_rows(engine, edition.edition_id, ListFilter.of(WHOLE), limit=1) if edition else None
    return str(rows["family_id"][0]) if rows is not None and rows.height else ""


def _stepped_back(engine: Engine, days: Iterable[date]) -> dict[str, str]:
    """By month's end, why the scorecard scored in the place of the model in force."""
    found = [current_edition(engine, each) for each in days]
    return {f"{each.as_of}": scored_in_words(each) for each in found if each is not None and stepped_back(each)}


def _note(engine: Engine) -> str:
    newest = current_edition(engine)
    return note_of(newest) if newest else ""


def _files(settings: Settings, engine: Engine) -> dict[str, Path]:
    """The newest edition for staff, masked; written once an edition."""
    edition = current_edition(engine)
    if edition is None:
        return {}
    settings.exports_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
    actor = Actor(_SYSTEM, _ROLE)
    paths: dict[str, Path] = {}
    for fmt in ("xlsx", "csv"):
        paths[f"list ({fmt.upper()})"] = path = _path(settings, edition, "monitoring-list", fmt)
        if not path.is_file():
            export_list(engine, settings, actor=actor, as_of=edition.as_of, fmt=fmt, path=path)
    paths["warnings (XLSX)"] = path = _path(settings, edition, "warnings", "xlsx")
    if not path.is_file():
        export_alerts(engine, settings, actor=actor, as_of=edition.as_of, fmt="xlsx", path=path)
    pages = settings.quality_dir / f"{edition.as_of:%Y-%m}" / QUALITY_PAGE
    if pages.is_file():
        paths["data quality"] = pages
    return paths


def _path(settings: Settings, edition: EditionInfo, stem: str, fmt: str) -> Path:
    return settings.exports_dir / f"{stem}-{edition.as_of}-{edition.edition_id[:8]}.{fmt}"


def show(summary: Summary, out: Console) -> None:
    """Print the figures, the files and the next commands."""
    if summary.awaited is not None and not summary.report.failures:
        _show_first(summary.awaited, out)
        return
    _show_deliveries(summary, out)
    if summary.editions:
        out.print(_editions(summary))
        newest = summary.editions[-1]
        out.print(_groups(newest, summary.comparisons))
        out.print(_warnings(newest))
        if summary.absent:
            out.print(f"made without this month's {', '.join(summary.absent)}", soft_wrap=True)
    for as_of, why in summary.scored.items():
        out.print(f"[yellow]{as_of} {why}[/yellow]", soft_wrap=True)
    if summary.note:
        out.print(summary.note, soft_wrap=True)
    if summary.comparisons:
        recall, precision = totals(summary.comparisons)
        shares = f"recall {recall:.4f}, precision {precision:.4f}"
        out.print(f"against the truth of the sample, by household-group: {shares}", soft_wrap=True)
    _show_problems(summary, out)
    for what, path in summary.files.items():
        out.print(f"  {what:<18}{path}", soft_wrap=True)
    _show_next(summary, out)


def _show_deliveries(summary: Summary, out: Console) -> None:
    counts = summary.deliveries
    table = Table(title="Deliveries", title_justify="left")
    for heading in ("people", "files", "refused", "rows read", "accepted", "quarantined", "skipped"):
        table.add_column(heading, justify="right")
    table.add_row(
        *(
            f"{each:,}"
            for each in (
                summary.people,
                counts.files,
                counts.refused,
                counts.rows_read,
                counts.rows_accepted,
                counts.rows_quarantined,
                counts.rows_skipped,
            )
        )
    )
    out.print(table)


def _editions(summary: Summary) -> Table:
    """Figures as rows and the newest months as columns, so that it fits a narrow terminal."""
    shown = summary.editions[-_MONTHS_SHOWN:]
    table = Table(title="Editions", title_justify="left")
    table.add_column("month", no_wrap=True)
    for each in shown:
        table.add_column(f"{each.as_of:%Y-%m}", justify="right", no_wrap=True)
    for label, figure in _FIGURES.items():
        values = [figure(each) for each in shown]
        table.add_row(label, *("-" if value is None else f"{value:,}" for value in values))
    return table


def _groups(newest: EditionSummary, comparisons: list[Comparison]) -> Table:
    table = Table(title=f"Groups as of {newest.as_of} (a family can be in several)", title_justify="left")
    table.add_column("group", overflow="fold")
    for heading in (*_TIERS.values(), "families", *(("recall", "precision") if comparisons else ())):
        table.add_column(heading, justify="right")
    for rule in (each for each in all_rules().values() if each.kind == "group"):
        tiers = [newest.group_tiers.get((rule.id, tier), 0) for tier in _TIERS]
        ours = [each for each in comparisons if each.group == rule.id and each.as_of == newest.as_of]
        shares = [f"{share:.4f}" for share in totals(ours)] if comparisons else []
        table.add_row(f"{rule.title} {rule.id}", *(f"{each:,}" for each in (*tiers, sum(tiers))), *shares)
    return table


def _warnings(newest: EditionSummary) -> Table:
    table = Table(title=f"Warnings as of {newest.as_of}", title_justify="left")
    table.add_column("kind")
    table.add_column("warning")
    table.add_column("count", justify="right")
    for rule in sorted((each for each in all_rules().values() if each.kind in _KINDS), key=_by_kind):
        count = newest.warnings_by_rule.get(rule.id, 0)
        table.add_row(_KINDS[rule.kind], f"{rule.title} {rule.id}", f"{count:,}")
    return table


def _by_kind(rule: Rule) -> tuple[int, str]:
    return list(_KINDS).index(rule.kind), rule.id


def _show_problems(summary: Summary, out: Console) -> None:
    for each in summary.report.refused:
        out.print(f"[red]refused[/red] {each.feed} {each.month} {each.refusal_message}", soft_wrap=True)
    for words in summary.report.untold:
        out.print(f"[yellow]{words}[/yellow]", soft_wrap=True)
    for failure in summary.report.failures:
        out.print(f"[red]failed[/red] {failure.job} {failure.month} {failure.step}: {failure.message}", soft_wrap=True)
    new = sum(each.new for each in summary.report.editions)
    unchanged = "no new edition" if summary.report.failures else "nothing new; every edition stands"
    out.print(f"{new} new editions in {summary.report.seconds:.0f} s" if new else unchanged)


def _show_first(landing: Path, out: Console) -> None:
    """What to do where nothing has come yet."""
    out.print("nothing is delivered yet; put files where they are awaited, then run again:", soft_wrap=True)
    out.print(f"  {landing}/<feed>/<YYYY-MM>/<sender>.xlsx", soft_wrap=True, markup=False)
    _show_commands(
        {
            "template allowances": "the XLSX that a department fills in; the other feeds stand in `doudi agreements`",
            "check FILE --feed allowances": "try a file before it is delivered",
            "demo": "the whole of it on a sample district, in a home of its own (DOUDI_HOME)",
        },
        out,
    )


def _show_next(summary: Summary, out: Console) -> None:
    listed = {"list --tier red": "the most urgent families", "alerts": "the questions that the files raise"}
    unlisted = {
        "quarantine": "rows that are set aside, by feed and reason",
        "agreements": "every feed, and what it is for",
    }
    commands = {
        **(listed if summary.example else unlisted),
        "rules show low_income_family": "a rule with its numbers and their law",
        "template temporary_assistance": "the XLSX that a department fills in",
        "serve": "the staff pages: list, deliveries, rule book",
        "ui": "every feed, stage and check in Dagster",
        "verify": "whether the record is as it was written",
    }
    if summary.example:
        commands = {f"explain {summary.example}": "why this family is listed, down to file and row", **commands}
    _show_commands(commands, out)


def _show_commands(commands: Mapping[str, str], out: Console) -> None:
    called = _called()
    width = max(len(each) for each in commands) + len(called) + 3
    out.print("next:")
    for command, what in commands.items():
        out.print(f"  {f'{called} {command}':<{width}}{what}", soft_wrap=True)


def _called() -> str:
    """How this command was called, so that the next one can be typed in the same way."""
    script = Path(sys.argv[0])
    if script.name != "doudi":
        return "doudi"
    if shutil.which("doudi") == str(script.absolute()):
        return "doudi"
    below = script.absolute().is_relative_to(Path.cwd())
    return str(script.absolute().relative_to(Path.cwd())) if below else str(script)

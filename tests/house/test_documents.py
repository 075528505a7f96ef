"""The documents tell the truth: their commands exist, their rooms are the folders, their links lead somewhere."""

import re
import tomllib

import pytest

from schemas.settings import Settings
from tests.house.files import ROOT, named, tracked

_READMES = ("README.md", "README.zh-CN.md")
_SHOWN = {".py", ".html"}
_NOT_ROOMS = {".ci"}


def commands(text: str) -> list[str]:
    """Command lines of the shell blocks, without comments."""
    blocks = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)
    lines = (line.split(" #")[0].strip() for block in blocks for line in block.splitlines())
    return [line for line in lines if line]


def unknown_commands(lines: list[str]) -> list[str]:
    """Lines whose make target or `doudi` command does not exist, or whose options the command does not have."""
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    targets |= {f".venv{each}" for each in re.findall(r"^\$\(VENV\)(/\S+):", makefile, re.MULTILINE)}
    return [line for line in lines if not _exists(line.split(), targets)]


def _exists(words: list[str], targets: set[str]) -> bool:
    if words[0] == "make":
        return all(word in targets for word in words[1:] if "=" not in word)
    return words[0] == ".venv/bin/doudi" and _doudi_knows(words[1:])


def _doudi_knows(words: list[str]) -> bool:
    import typer.main  # noqa: PLC0415  # the command line is slow to import

    from pipelines.cli import app  # noqa: PLC0415

    command = typer.main.get_command(app)
    while words and words[0] in getattr(command, "commands", {}):
        command = command.commands[words.pop(0)]  # type: ignore[attr-defined]
    options = {option for parameter in command.params for option in parameter.opts}
    if getattr(command, "commands", {}) or not {word for word in words if word.startswith("-")} <= options:
        return False
    given, _, _ = command.make_parser(command.context_class(command)).parse_args([*words])
    needed = [each.name for each in command.params if each.required]
    return all(given.get(name) for name in needed)


@pytest.mark.parametrize(
    "line",
    [
        "make nonsense",
        ".venv/bin/doudi nonsense",
        ".venv/bin/doudi list --nonsense",
        ".venv/bin/doudi user sessions",
        "curl x",
    ],
)
def test_an_unknown_command_is_noticed(line: str) -> None:
    """A check that accepts any command would let the README promise what does not exist."""
    assert unknown_commands([line]) == [line]


@pytest.mark.parametrize("name", [*_READMES, "CONTRIBUTING.md", "docs/operations.md", "docs/model.md"])
def test_commands_of_the_documents_exist(name: str) -> None:
    """Otherwise a newcomer's first command fails."""
    lines = commands((ROOT / name).read_text(encoding="utf-8"))
    assert lines
    assert unknown_commands(lines) == []


def test_both_readmes_name_the_same_commands_and_links() -> None:
    """Otherwise readers of one language miss what the other says."""
    english, chinese = ((ROOT / name).read_text(encoding="utf-8") for name in _READMES)
    assert commands(english) == commands(chinese)
    links = [set(re.findall(r"\]\((?!README)([^)]+)\)", text)) for text in (english, chinese)]
    assert links[0] == links[1]


def test_links_between_documents_lead_somewhere() -> None:
    """Otherwise a reader follows a link to nothing."""
    broken = {
        f"{named(path)}: {target}"
        for path in tracked()
        if path.suffix == ".md"
        for target in re.findall(r"\]\(([^)#]+?)(?:#[^)]*)?\)", path.read_text(encoding="utf-8"))
        if "://" not in target and not (path.parent / target).exists()
    }
    assert broken == set()


def test_the_index_of_decisions_names_each_by_its_heading() -> None:
    """Otherwise a decision that would surprise is found by nobody, or under a name that it no longer has."""
    folder = ROOT / "docs" / "adr"
    records = {each.name: each.read_text(encoding="utf-8").splitlines()[0] for each in folder.glob("[0-9]*.md")}
    assert {name: heading for name, heading in records.items() if not heading.startswith(f"# {int(name[:4])}. ")} == {}
    listed = re.findall(r"^- \[(.+)\]\((.+)\)$", (folder / "index.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted((name, f"# {title}") for title, name in listed) == sorted(records.items())


def test_the_architecture_names_the_folders_that_exist() -> None:
    """Otherwise a newcomer looks for a room that is not there, or finds one that nobody explains."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rooms = set(re.findall(r"^\| `([a-z]+)/` \|", text, re.MULTILINE))
    folders = {named(path).split("/")[0] for path in tracked() if "/" in named(path)} - _NOT_ROOMS
    assert rooms == folders


def test_files_that_the_architecture_names_exist() -> None:
    """Otherwise the map of the code leads astray."""
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    paths = re.findall(r"\b((?:schemas|linkage|editions|rules|registry|scoring)/[a-z_/]+\.py)\b", text)
    assert paths
    assert [path for path in paths if not (ROOT / path).is_file()] == []


def test_every_dependency_has_its_reason() -> None:
    """Otherwise an installation carries packages that nobody can say why it needs."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = [re.split(r"[^a-z0-9-]", each)[0] for each in project["dependencies"]]
    text = (ROOT / "docs" / "adr" / "0003-dependencies.md").read_text(encoding="utf-8")
    reasons = re.findall(r"^\| ([a-z0-9, -]+) \|", text, re.MULTILINE)
    explained = {name.strip() for row in reasons for name in row.split(",")} - {"dependency"}
    assert names
    assert explained == set(names)


def test_settings_that_the_documents_name_exist() -> None:
    """Otherwise an installation sets a variable that nothing reads, and believes that it holds."""
    known = {f"DOUDI_{name.upper()}" for name in Settings.model_fields}
    documents = [path for path in tracked() if path.suffix == ".md" and "adr" not in path.parts]
    unknown = {
        f"{named(path)}: {name}"
        for path in documents
        for name in re.findall(r"\bDOUDI_[A-Z_]+\b", path.read_text(encoding="utf-8"))
        if name not in known and not (name.endswith("_") and any(each.startswith(name) for each in known))
    }
    assert unknown == set()


def test_what_is_to_be_switched_on_exists_in_dagster() -> None:
    """Otherwise whoever sets up an installation looks for a schedule that is not there, and nothing runs by itself."""
    from pipelines.definitions import defs  # noqa: PLC0415  # slow to import

    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ") and line.endswith("by you |")]
    told = {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    there = {each.name for each in [*(defs.schedules or []), *(defs.sensors or [])]}
    assert rows
    assert told == there


def test_the_handbook_calls_things_as_the_pages_do() -> None:
    """Otherwise staff look for a button that is called otherwise, or is gone."""
    text = (ROOT / "docs" / "handbook.zh-CN.md").read_text(encoding="utf-8")
    told = set(re.findall(r"「([^」]+)」", text))
    shown = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "portal").rglob("*") if path.suffix in _SHOWN)
    assert told
    assert sorted(word for word in told if not re.search(rf"[\"'>]{re.escape(word)}[\"'<]", shown)) == []

"""The rules of the house that no other tool checks."""

from __future__ import annotations

import ast
import re
import runpy
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("lifetree", "engine", "matchers", "trees")
CODE = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
TEXT_SUFFIXES = {".py", ".md", ".toml", ".csv", ".json", ".lock", ".txt", ".cfg", ""}

CLASS_BASES = {"NamedTuple", "Protocol", "Settings", "BaseModel", "Enum", "StrEnum", "IntEnum"}
OTHER_CLASSES = {
    "FullFlow": "the one object that keeps the account of a build",
    "IncrementFlow": "the same for an increment, which also holds what its tables were before",
    "Halfway": "holds the answers of an increment until they are brought onto the disk",
    "Shelf": "holds what is read often in memory, and forgets what was not asked for longest",
}

MODULE_LINES = 300
FUNCTION_LINES = 40


def texts() -> Iterator[tuple[Path, str]]:
    """Yield every text file of the project."""
    folders = [*ROOMS, "configs", "docs", "tests", "benchmarks", ".ci"]
    files = [path for folder in folders for path in (ROOT / folder).rglob("*")]
    files += [path for path in ROOT.iterdir() if path.name not in {".git"}]
    for path in files:
        skipped = {"__pycache__", "store"} & set(path.parent.parts[len(ROOT.parts) :])
        if path.is_file() and path.suffix in TEXT_SUFFIXES and (not skipped or path.suffix == ".py"):
            yield path.relative_to(ROOT), path.read_text(encoding="utf-8", errors="replace")


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize("path", CODE, ids=named)
def test_a_module_says_its_purpose_and_stays_short(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert not tree.body or ast.get_docstring(tree), "a module that holds something says its purpose in a sentence"
    assert len(text.splitlines()) <= MODULE_LINES
    assert not re.search(r"(^|_)(utils?|helpers?|common|managers?|misc)$", path.stem)


@pytest.mark.parametrize("path", CODE, ids=named)
def test_functions_stay_short(path: Path) -> None:
    for function in functions(ast.parse(path.read_text(encoding="utf-8"))):
        body = function.body[1:] if ast.get_docstring(function) else function.body
        lines = (function.end_lineno or 0) - body[0].lineno + 1 if body else 0
        assert lines <= FUNCTION_LINES, f"{function.name} has {lines} lines"


@pytest.mark.parametrize("path", CODE, ids=named)
def test_classes_are_settings_results_exceptions_and_protocols(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef) and node.name not in OTHER_CLASSES:
            bases = {ast.unparse(base).split("[")[0].split(".")[-1] for base in node.bases}
            assert any(base in CLASS_BASES or base.endswith("Error") or base == "Exception" for base in bases), (
                node.name
            )


def test_comments_promise_nothing() -> None:
    words = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
    assert [str(path) for path, text in texts() if path.suffix == ".py" and words.search(text)] == []


def test_no_text_names_a_registry_or_a_machine_path() -> None:
    host = "|".join(["pypi" + r"\.org", "python" + r"hosted\.org", "registry" + r"\.npmjs", r"files\.python"])
    place = r"(?<![\w.:/}])/(?:root|home|work|Users|opt)/\w"
    found = [f"{path}: {hit[0]}" for path, text in texts() for hit in re.finditer(f"{host}|{place}", text)]
    assert found == []


def test_the_lock_holds_names_and_hashes_only() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    assert "--index" not in lock
    pinned = re.findall(r"^([a-z0-9-]+)==[^\n]*\\\n    --hash=sha256:", lock, flags=re.MULTILINE)
    assert {"polars", "splink", "pytest", "uv"} <= set(pinned)


def test_citizen_numbers_are_invented_or_specimens() -> None:
    specimens = {
        "11010519491231002X", "440524188001010014", "440308199901101512", "810000199408230021", "830000199201300022",
        "610104196209276908",
    }  # fmt: skip
    found = {
        (str(path), number)
        for path, text in texts()
        if path.suffix != ".lock"
        for number in re.findall(
            r"(?<!\w)[1-9]\d{5}(?:18|19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])\d{3}[\dX](?!\w)", text
        )
        if _checks(number) and not number.startswith(("330199", "39")) and number not in specimens
    }
    assert found == set()


def _checks(number: str) -> bool:
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return number[-1] == "10X98765432"[sum(int(a) * b for a, b in zip(number[:17], weights, strict=True)) % 11]


def test_links_between_documents_lead_somewhere() -> None:
    broken = [
        f"{path}: {target}"
        for path, text in texts()
        if path.suffix == ".md"
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", text)
        if "://" not in target and not (ROOT / path.parent / target).exists()
    ]
    assert broken == []


def test_the_reference_is_as_the_code_says() -> None:
    written = runpy.run_path(str(ROOT / "docs" / "generate.py"))["pages"]()
    committed = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "reference").glob("*.md")}
    assert committed == written, "run `make docs`"


def test_every_target_of_the_makefile_has_help() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z]+):(.*)$", makefile, flags=re.MULTILINE)
    assert [name for name, rest in targets if "## " not in rest] == []
    assert {"setup", "demo", "test", "lint", "types", "bench", "check", "docs"} <= {name for name, _ in targets}

"""Rules about the repository itself: what git must not take, what no file may say, how large things may grow."""

import ast
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "mmtui"
PURE_ROOMS = ("model", "ports", "core", "simulation", "strategies", "views")

SECRET_OR_LOCAL = (
    ".env",
    ".env.prod",
    ".env.local",
    "config/.env",
    "config/.env.prod",
    "data/x",
    "data/journal/run/strategy/0001.zst",
    "logs/x",
    "settings/panel_settings.json",
    ".venv",
    ".venv/bin/python",
)
PART_OF_THE_PROJECT = (
    ".env.example",
    ".env.template",
    "config/.env.example",
    "settings/examples/x.json",
    "settings/schema.json",
    "tests/replay/data/x.json",
    "mmtui/simulation/data.py",
)

REQUIREMENT = re.compile(r"[a-z0-9][a-z0-9-]*==[0-9][0-9a-z.]*( ; [a-z_ '<>=!.0-9-]+)? \\", re.IGNORECASE)
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")

HIDDEN_CLOCKS_AND_IDS = re.compile(r"\btime\.time\(|\bdatetime\.now\(|\buuid\.")
GLOBAL_RANDOM = re.compile(r"\brandom\.(?!Random\b)[a-z]\w*\(|\bfrom random import (?!Random\b)")
# Homes of people and of this project's machines; spelt so that this file does not contain what it looks for.
MACHINE_PATH = re.compile(r"(?<![\w.\-/:~}$])/(work|home|root|Users|opt)/[A-Za-z0-9_.]")

LONGEST_FILE = 400
LONGEST_FUNCTION = 80
LONGEST_FUNCTION_BUT_FEW = 40
FEW = 0.05


@pytest.fixture(scope="module")
def git() -> str:
    """The git program; a machine without it cannot be asked."""
    found = shutil.which("git")
    if found is None:
        pytest.skip("git is not installed")
    return found


@pytest.fixture(scope="module")
def ignore_rules(git: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty repository with our .gitignore: what this machine's own settings ignore does not count."""
    home = tmp_path_factory.mktemp("ignore")
    subprocess.run([git, "init", "--quiet", str(home)], check=True, env=_plain_git())
    shutil.copy(ROOT / ".gitignore", home)
    return home


@pytest.mark.parametrize("path", SECRET_OR_LOCAL)
def test_git_never_takes_secrets_or_local_files(git: str, ignore_rules: Path, path: str) -> None:
    assert _is_ignored(git, ignore_rules, path)


@pytest.mark.parametrize("path", PART_OF_THE_PROJECT)
def test_git_takes_examples_and_code(git: str, ignore_rules: Path, path: str) -> None:
    assert not _is_ignored(git, ignore_rules, path)


@pytest.mark.parametrize("name", ["dev.txt", "runtime.txt"])
def test_requirements_are_names_pins_and_hashes_only(name: str) -> None:
    lines = (ROOT / "requirements" / name).read_text(encoding="utf-8").splitlines()
    assert lines
    assert [line for line in lines if not REQUIREMENT.fullmatch(line) and not HASH.fullmatch(line)] == []


def test_runtime_requirements_are_pinned_as_the_developers_have_them() -> None:
    runtime, dev = (_pins(ROOT / "requirements" / name) for name in ("runtime.txt", "dev.txt"))
    assert runtime <= dev


@pytest.mark.parametrize("room", PURE_ROOMS)
def test_pure_rooms_read_no_clock_and_mint_no_id(room: str) -> None:
    assert _found(HIDDEN_CLOCKS_AND_IDS, (PACKAGE / room).rglob("*.py")) == []


@pytest.mark.parametrize("room", PURE_ROOMS)
def test_pure_rooms_draw_only_from_a_seeded_random(room: str) -> None:
    assert _found(GLOBAL_RANDOM, (PACKAGE / room).rglob("*.py")) == []


def test_no_file_names_a_path_of_one_machine() -> None:
    assert _found(MACHINE_PATH, _project_files()) == []


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("cd /{}/main", True),
        ("see file:///{}/x", False),
        ("'/{}/someone/key'", True),
        ("the /{} folder", False),
        ("docs/{}/page.md", False),
        ("https://example.invalid/{}/page", False),
    ],
)
def test_the_machine_path_net_catches_paths_and_no_addresses(text: str, named: bool) -> None:
    assert bool(MACHINE_PATH.search(text.format("work"))) is named


def test_files_of_the_package_stay_small() -> None:
    sizes = {_shown(path): len(path.read_text(encoding="utf-8").splitlines()) for path in PACKAGE.rglob("*.py")}
    assert {name: size for name, size in sizes.items() if size > LONGEST_FILE} == {}


def test_functions_of_the_package_stay_small() -> None:
    sizes = dict(_function_sizes())
    assert {name: size for name, size in sizes.items() if size > LONGEST_FUNCTION} == {}
    long_ones = {name: size for name, size in sizes.items() if size > LONGEST_FUNCTION_BUT_FEW}
    assert len(long_ones) <= FEW * len(sizes), long_ones


def _plain_git() -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return ours | {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}


def _is_ignored(git: str, home: Path, path: str) -> bool:
    answer = subprocess.run([git, "check-ignore", "--quiet", path], cwd=home, check=False, env=_plain_git())
    assert answer.returncode in {0, 1}
    return answer.returncode == 0


def _pins(path: Path) -> set[str]:
    return {line.removesuffix(" \\") for line in path.read_text(encoding="utf-8").splitlines() if "==" in line}


def _project_files() -> Iterator[Path]:
    """Every text file git holds or would take; without git's word, every file outside hidden folders and builds."""
    git = shutil.which("git")
    listing = ["-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    answer = subprocess.run([git, *listing], cwd=ROOT, check=False, capture_output=True) if git else None
    if answer is not None and answer.returncode == 0:
        names = answer.stdout.decode().split("\0")
        yield from (ROOT / name for name in names if name and (ROOT / name).is_file())
        return
    folders = ("mmtui", "tests", "docs", "settings", "benchmarks", "requirements", ".ci")
    yield from (path for path in ROOT.iterdir() if path.is_file())
    yield from (path for folder in folders for path in (ROOT / folder).rglob("*") if path.is_file())


def _found(pattern: re.Pattern[str], paths: Iterator[Path]) -> list[str]:
    """`file:line: text` of each line that the pattern matches, in the files that are text."""
    found = []
    for path in paths:
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue
        found += [f"{_shown(path)}:{n}: {line.strip()}" for n, line in enumerate(lines, 1) if pattern.search(line)]
    return found


def _function_sizes() -> Iterator[tuple[str, int]]:
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
                yield f"{_shown(path)}:{node.lineno} {node.name}", node.end_lineno - node.lineno + 1


def _shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()

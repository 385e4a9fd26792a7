# ruff: noqa: RUF001 - Chinese texts have Chinese punctuation
import ast
import io
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from mmtui.language import LOCALES, chosen_language, translator
from mmtui.language.phrases import PHRASES, SEPARATORS, Phrasebook
from mmtui.ports.errors import SettingsError

PACKAGE = Path(__file__).resolve().parents[2] / "mmtui"
FOLDER = LOCALES / "zh_CN" / "LC_MESSAGES"
PLACEHOLDER = re.compile(r"\{\w*\}")
MARKERS = {"_", "N_", "gettext"}


@pytest.fixture(scope="module")
def chinese() -> Catalog:
    with (FOLDER / "mmtui.po").open("rb") as file:
        return read_po(file)


@pytest.fixture(scope="module")
def phrasebook() -> Phrasebook:
    return Phrasebook(translator("zh"))


def marked_messages() -> set[str]:
    """Every constant text inside _() or N_() anywhere in the package, also inside f-strings."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and _name(node.func) in MARKERS:
                text = node.args[0]
                if isinstance(text, ast.Constant) and isinstance(text.value, str):
                    found.add(text.value)
    return found


def test_every_message_of_the_package_is_in_the_catalogue_and_no_other(chinese: Catalog) -> None:
    known = {entry.id for entry in chinese if entry.id}
    marked = marked_messages()
    assert (sorted(marked - known), sorted(known - marked)) == ([], [])


def test_the_extraction_of_the_documentation_finds_every_message() -> None:
    assert {str(found[2]) for found in extract_from_dir(PACKAGE)} == marked_messages()


def test_every_message_is_translated_and_none_is_a_guess(chinese: Catalog) -> None:
    assert [entry.id for entry in chinese if entry.id and (not entry.string or entry.fuzzy)] == []


def test_translations_have_the_placeholders_of_their_message(chinese: Catalog) -> None:
    differing = [entry.id for entry in chinese if entry.id and _placeholders(entry.id) != _placeholders(entry.string)]
    assert differing == []


def test_the_compiled_catalogue_is_that_of_the_text(chinese: Catalog) -> None:
    compiled = io.BytesIO()
    write_mo(compiled, chinese)
    assert compiled.getvalue() == (FOLDER / "mmtui.mo").read_bytes()


@pytest.mark.parametrize(
    ("setting", "environment", "language"),
    [
        (None, {}, "en"),
        (None, {"LANG": "zh_CN.UTF-8"}, "zh"),
        (None, {"LANG": "zh_TW"}, "zh"),
        (None, {"LANG": "zh_CN.UTF-8", "LC_ALL": "en_GB"}, "en"),
        (None, {"LANG": "en_US", "LC_MESSAGES": "zh_CN"}, "zh"),
        (None, {"LANG": "zh_CN", "LC_ALL": ""}, "zh"),
        (None, {"LANG": "C.UTF-8"}, "en"),
        ("", {"LANG": "zh_CN"}, "zh"),
        ("en", {"LANG": "zh_CN"}, "en"),
        ("zh", {"LANG": "en_US"}, "zh"),
        ("zh_CN", {}, "zh"),
    ],
)
def test_the_setting_decides_then_the_environment(
    setting: str | None, environment: dict[str, str], language: str
) -> None:
    assert chosen_language(setting, environment) == language


@pytest.mark.parametrize("setting", ["fr", "z", "english"])
def test_a_language_we_do_not_have_names_those_we_have(setting: str) -> None:
    with pytest.raises(SettingsError, match="use en or zh"):
        translator(setting)


def test_english_is_what_stands_in_the_code() -> None:
    assert translator("en").gettext("unknown") == "unknown"
    assert translator("zh").gettext("unknown") == "未知"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("no fresh book", "盘口数据过期"),
        ("stop loss: closing the position", "止损：正在平仓"),
        ("max_position limits bids and asks", "max_position 限制了买单和卖单"),
        ("quoting 2x3 around 150, load +0.50; bids below one tick left out",
         "围绕 150 挂 2 买 3 卖，仓位占比 +0.50；低于一个最小价位的买单已略去"),
        ("sell level 1: below the minimum quantity: 0.1 < 1", "卖单第 1 档：低于最小下单量：0.1 < 1"),
        ("paused: cancel all", "已暂停：全部撤单"),
        ("paused: SIGINT", "已暂停：SIGINT"),
        ("buy level 0: position: position unknown: no new exposure", "买单第 0 档：持仓：持仓未知：不新增敞口"),
        ("a text that nobody knows: m1-1, m1-2", "a text that nobody knows: m1-1, m1-2"),
        ("", ""),
    ],
)  # fmt: skip
def test_reasons_of_the_core_are_translated_with_their_figures(phrasebook: Phrasebook, text: str, said: str) -> None:
    assert phrasebook.say(text) == said


def test_a_long_list_of_reasons_is_translated_one_by_one(phrasebook: Phrasebook) -> None:
    reasons = [f"buy level {level}: price is not positive" for level in range(50)]
    said = [f"买单第 {level} 档：价格不为正" for level in range(50)]
    assert phrasebook.say("; ".join(reasons)) == "；".join(said)


@pytest.mark.parametrize("piece", [": ", "; ", ", ", "buy: ", "sell level 1: "])
def test_a_long_text_of_a_venue_is_no_trouble(phrasebook: Phrasebook, piece: str) -> None:
    assert phrasebook.say(piece * 2_000)
    assert phrasebook.say((piece * 500)[:499])


@pytest.mark.parametrize("phrase", PHRASES)
def test_a_phrase_with_figures_in_it_finds_its_translation(phrasebook: Phrasebook, phrase: str) -> None:
    filled, expected = phrase, translator("zh").gettext(phrase)
    for number, name in enumerate(PLACEHOLDER.findall(phrase)):
        filled, expected = filled.replace(name, f"X{number}"), expected.replace(name, f"X{number}")
    assert phrasebook.say(filled) == expected


@pytest.mark.parametrize("text", [*PHRASES, *SEPARATORS, "no fresh book; anything"])
def test_in_english_nothing_is_changed(text: str) -> None:
    assert Phrasebook(translator("en")).say(text) == text


def test_every_phrase_is_still_written_by_somebody() -> None:
    """A reason that was reworded in the core would silently fall back to English."""
    written = _texts_of_the_package()
    assert [phrase for phrase in PHRASES if _shape(phrase) not in written] == []


def _texts_of_the_package() -> set[str]:
    """Shapes of all texts in the package outside the language folder, constants and f-strings alike."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        if PACKAGE / "language" not in path.parents:
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found.add(_shape(node.value))
                elif isinstance(node, ast.JoinedStr):
                    found.add(_shape("".join(_piece(value) for value in node.values)))
    return found


def _piece(node: ast.expr) -> str:
    return str(node.value) if isinstance(node, ast.Constant) else "{}"


def _shape(text: str) -> str:
    """A text without the names of its placeholders, a unit behind one, or a placeholder at its very end."""
    return PLACEHOLDER.sub("{}", text).replace("{} %", "{}").removesuffix("{}")


def _placeholders(text: object) -> list[str]:
    return sorted(PLACEHOLDER.findall(str(text)))


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""

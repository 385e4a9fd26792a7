"""``mmtui config check|show|schema|init``."""

import json
import sys

import click

from mmtui.commands.options import QuietGroup, home_of, load_given, location_options, override_options


@click.group("config", cls=QuietGroup)
@location_options
def group(**_options: str | None) -> None:
    """Check, show and write configurations."""


@group.command()
@location_options
@override_options
@click.option("--json", "as_json", is_flag=True, help="One document on stdout.")
@click.pass_context
def check(context: click.Context, /, *, as_json: bool, **_options: str | None) -> int:
    """Name everything that is wrong with a configuration."""
    from mmtui.ports.errors import SecretsError, SettingsError

    faults: tuple[str, ...] = ()
    try:
        loaded = load_given(context)
    except SettingsError as error:
        faults = error.faults
    except SecretsError as error:
        faults = (str(error),)
    else:
        enabled = loaded.config.enabled
        print(
            f"sound: stage {loaded.config.stage}, {len(enabled)} of {len(loaded.config.strategies)} strategies enabled",
            file=sys.stderr,
        )
    if as_json:
        print(json.dumps({"ok": not faults, "faults": list(faults)}))
    for fault in faults:
        print(fault, file=sys.stderr)
    return 2 if faults else 0


@group.command()
@location_options
@override_options
@click.option("--json", "as_json", is_flag=True, help="One document on stdout.")
@click.pass_context
def show(context: click.Context, /, *, as_json: bool, **_options: str | None) -> int:
    """Print every value and where it came from; secrets as references."""
    from mmtui.config.show import show_document, show_text

    loaded = load_given(context)
    print(json.dumps(show_document(loaded), indent=2) if as_json else show_text(loaded))
    return 0


@group.command()
@click.option("--markdown", is_flag=True, help="As tables for people.")
def schema(*, markdown: bool) -> int:
    """Print the JSON schema of a configuration, for editors."""
    from mmtui.config.jsonschema import json_schema_text
    from mmtui.config.reference import reference_text

    print(reference_text() if markdown else json_schema_text(), end="")
    return 0


@group.command()
@click.option("--from-env", help="An .env file of a reference bot; its secrets stay in it.")
@click.option("--output", default="mmtui.json", show_default=True, help="The file to write.")
@click.option("--force", is_flag=True, help="Overwrite it.")
@click.option("--home", help="Where relative paths start.")
@click.pass_context
def init(context: click.Context, /, *, from_env: str | None, output: str, force: bool, **_options: str | None) -> int:
    """Write a configuration to begin with: on the simulated venue, or from an .env."""
    from mmtui.config import starter
    from mmtui.config.load import under

    home = home_of(context)
    made = starter.from_env_file(under(home, from_env)) if from_env else starter.simulated()
    path = under(home, output)
    starter.write_document(made.document, path, force=force)
    for note in made.notes:
        print(note, file=sys.stderr)
    print(f"wrote {path}; try: mmtui config check --config {output}", file=sys.stderr)
    return 0

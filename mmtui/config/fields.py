"""How a field of the configuration describes itself: title, meaning, unit, bounds, form."""

from typing import Literal

from msgspec import Meta

Form = Literal["secret", "http_url", "ws_url", "proxy_url", "address", "name", "path"]
"""What a text must look like. ``secret`` is a reference (env:NAME, file:PATH, keyring:NAME), never a key."""


def about(
    title: str,
    description: str,
    *,
    unit: str | None = None,
    minimum: int | None = None,
    maximum: int | None = None,
    exclusive_minimum: int | None = None,
    form: Form | None = None,
) -> Meta:
    """Describe a field. Bounds stand in ``extra`` because msgspec knows none on decimals; ``checking`` holds them."""
    told = {
        "unit": unit,
        "minimum": minimum,
        "maximum": maximum,
        "exclusive_minimum": exclusive_minimum,
        "form": form,
    }
    return Meta(
        title=title, description=description, extra={name: value for name, value in told.items() if value is not None}
    )


def reference(title: str, whose: str) -> Meta:
    """Describe a field that names a secret."""
    return about(title, f"{whose} A reference (env:NAME, file:PATH, keyring:NAME), never the secret.", form="secret")

"""What all parts of a configuration share: frozen, strict, and with the order that a form follows."""

from typing import Any

from pydantic import BaseModel, ConfigDict


def _in_order(schema: dict[str, Any]) -> None:
    """Number the fields: the form follows these positions, since a database may keep keys in an order of its own."""
    for position, field in enumerate(schema.get("properties", {}).values()):
        field["position"] = position


class ConfigSection(BaseModel):
    """Frozen, and strict about keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, json_schema_extra=_in_order)

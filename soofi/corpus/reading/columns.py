"""From a record as a data set spells it to what a document is made of."""

from collections.abc import Mapping
from typing import Any

from soofi.recipe import Role


def by_role(record: Mapping[str, Any], columns: Mapping[Role, str]) -> dict[str, Any]:
    """The record's values by what they are for a document; what the record does not have is left out.

    `columns`: role → key; dots lead into nested objects, unless a key has them in its name. A list of strings counts by
    its first, except for texts: languages and addresses come likeliest first.
    """
    found: dict[str, Any] = {}
    for role, name in columns.items():
        value = record.get(name)
        if value is None and "." in name:
            value = _inside(record, name)
        if value is None and role == "licence":
            value = record.get("license")  # both spellings are in use
        if isinstance(value, list) and role not in ("text", "markup"):
            value = next(iter(value), None)
        if value is not None:
            found[role] = value
    return found


def _inside(record: Mapping[str, Any], name: str) -> Any:
    value: Any = record
    for part in name.split("."):
        if isinstance(value, str):
            return value  # a set of one language has the text itself where others have it by language
        if not isinstance(value, Mapping):
            return None
        value = value.get(part)
    return value

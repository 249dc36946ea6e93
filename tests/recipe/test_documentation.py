"""The recipe explains itself: descriptions, marks, the JSON schema; and it does so without heavy imports."""

import json
from collections.abc import Iterator

import pytest
from pydantic import BaseModel

from soofi.recipe import Recipe, json_schema


def sections(kind: type[BaseModel] = Recipe) -> Iterator[type[BaseModel]]:
    """All parts of the recipe's schema, found by walking its annotations."""
    yield kind
    for info in kind.model_fields.values():
        todo = [info.annotation]
        while todo:
            part = todo.pop()
            todo += getattr(part, "__args__", ())
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield from sections(part)


FIELDS = sorted({(kind, name) for kind in sections() for name in kind.model_fields}, key=str)


def test_the_walk_reaches_nested_parts():
    names = {f"{kind.__name__}.{name}" for kind, name in FIELDS}
    assert {
        "Recipe.seed",
        "Model.hidden_size",
        "Source.licence",
        "Mixture.exponent",
        "Checkpoints.keep_last",
    } <= names


@pytest.mark.parametrize(("kind", "name"), FIELDS, ids=lambda part: getattr(part, "__name__", part))
def test_every_field_has_a_line_and_a_mark(kind, name):
    info = kind.model_fields[name]
    assert info.description
    assert info.description == info.description.strip()
    assert "\n" not in info.description
    assert info.json_schema_extra["on_resume"] in ("must_match", "free", "recorded")
    if info.annotation in (int, float) and not isinstance(info.default, bool):
        assert any(hasattr(mark, side) for mark in info.metadata for side in ("ge", "gt", "le", "lt")), (
            "no limits"
        )


@pytest.mark.parametrize("kind", sorted(set(sections()), key=str))
def test_every_section_refuses_unknown_keys_and_is_described(kind):
    assert kind.model_config["extra"] == "forbid"
    assert kind.__doc__


def test_the_json_schema_describes_every_property_to_an_editor():
    schema = json.loads(json.dumps(json_schema()))
    parts = [schema, *schema["$defs"].values()]
    for part in parts:
        assert part["additionalProperties"] is False, part["title"]
        assert "required" not in part  # a file may leave out what the files it extends provide
        for name, rules in part["properties"].items():
            described = (
                rules.get("description") or schema["$defs"][rules["$ref"].split("/")[-1]]["description"]
            )
            assert described, f"{part['title']}.{name}"
    assert {"extends", "name", "model"} <= set(schema["properties"])
    assert "specification" in schema["$defs"]["Tokenizer"]["properties"]
    described = {(part["title"], name) for part in parts[1:] for name in part["properties"]}
    written = {(kind.__name__, kind.model_fields[name].alias or name) for kind, name in FIELDS}
    assert {(kind, name) for kind, name in written if kind != "Recipe"} <= described


def test_every_reference_of_the_json_schema_resolves():
    schema = json_schema()
    text = json.dumps(schema)
    for name in {part.split('"')[0] for part in text.split('"#/$defs/')[1:]}:
        assert name in schema["$defs"]


@pytest.mark.parametrize("room", ["soofi.recipe", "soofi.ledger"])
def test_importing_the_room_loads_nothing_heavy_and_nothing_above(start_python, room):
    code = f"import sys, {room}; print(*sorted({{name.split('.')[0] for name in sys.modules}}), sep='\\n'); "
    code += "print(*sorted(name for name in sys.modules if name.startswith('soofi.')), sep='\\n')"
    out, problems = start_python(code).communicate(timeout=60)
    loaded = set(out.split())
    assert room in loaded, problems
    assert not loaded & {
        "torch",
        "transformers",
        "deepspeed",
        "datasets",
        "numpy",
        "pyarrow",
        "sentencepiece",
    }
    assert all(name.startswith(room) for name in loaded if name.startswith("soofi."))

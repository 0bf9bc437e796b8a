"""The JSON schemas of the three files, drawn from their shapes, for editors that complete and check while one types.

python -m worker.app.schema config/schema
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from worker.app.shapes import FILES


def _tidy(node: Any) -> Any:
    """The schema with `key:` (nothing behind it) allowed wherever a key may be left out, for that means the default."""
    if isinstance(node, list):
        return [_tidy(part) for part in node]
    if not isinstance(node, dict):
        return node
    # Titles only repeat the keys. A property that is itself named "title" would be a mapping, and stays.
    out = {key: _tidy(value) for key, value in node.items() if key != "title" or isinstance(value, dict)}
    properties = out.get("properties")
    if isinstance(properties, dict):
        needed = out.get("required", [])
        out["properties"] = {
            key: value if key in needed or _takes_null(value) else {"anyOf": [value, {"type": "null"}]}
            for key, value in properties.items()
        }
    extra = out.get("additionalProperties")
    if isinstance(extra, dict) and "$ref" in extra:
        out["additionalProperties"] = {"anyOf": [extra, {"type": "null"}]}
    return out


def _takes_null(schema: Any) -> bool:
    return isinstance(schema, dict) and {"type": "null"} in schema.get("anyOf", [])


def schemas() -> dict[str, dict[str, Any]]:
    """One JSON schema (draft 2020-12) a file, by the file's name without `.yaml`."""
    out = {}
    for name, shape in FILES.items():
        schema = _tidy(shape.model_json_schema(by_alias=True))
        out[name.removesuffix(".yaml")] = {
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            **schema,
            "title": name,
        }
    return out


def render_schema(schema: dict[str, Any]) -> str:
    """The text of one schema file."""
    return json.dumps(schema, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def write_schemas(folder: Path) -> tuple[Path, ...]:
    """Write all schemas into a folder; returns their paths, sorted."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, schema in schemas().items():
        (folder / f"{name}.json").write_text(render_schema(schema), encoding="utf-8")
    return tuple(sorted(folder / f"{name}.json" for name in schemas()))


if __name__ == "__main__":
    write_schemas(Path(sys.argv[1]))

"""Writes the generated pages of docs/: the metrics from their seed, the data model from dbt.

``make docs`` runs it. What these pages say is written once, in ``seeds/metrics.csv`` and in the
models' own descriptions.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

from ingestion.settings import CHECKOUT
from orchestration import comments, project
from orchestration.comments import one_line
from orchestration.dagster.translators import layer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

DOCS = CHECKOUT / "docs"
HEAD = "<!-- written by `make docs`: change {source} instead -->\n\n"
METRICS = "metrics"
LAYERS = ("marts", "metrics", "intermediate", "staging")
# what the published file has beside the models: seeds, and what publishing adds
ADDED = ("catalogue", "history")


def metrics_page(rows: Iterable[Mapping[str, str]], manifest: Mapping[str, Any]) -> str:
    """Return the page of all metrics, in English and German, and of the columns of their seed."""
    parts = [HEAD.format(source="seeds/metrics.csv"), "# Metrics\n"]
    parts.extend(
        f"\n## {row['label_en']} · {row['label_de']}\n\n"
        f"{row['definition_en']}\n\n*{row['definition_de']}*\n\n"
        f"- name: `{row['metric']}`, in `{row['source_model']}`\n"
        f"- formula: {row['formula']}\n"
        + (f"- counted from: `{row['rows_model']}`\n" if row.get("rows_model") else "")
        + f"- unit: {row['unit']}, better when {row['direction']}"
        + (f", target {row['target']}" if row.get("target") else "")
        + f"\n- owner: {row['owner']}, adds up as: {row['additivity']}\n"
        for row in rows
    )
    parts.append("\n## The columns of `seeds/metrics.csv`\n\n")
    parts.append("| column | allowed | meaning |\n|---|---|---|\n")
    allowed = allowed_values(manifest, METRICS)
    table = comments.described(manifest)["catalogue", METRICS]
    parts += [
        f"| `{column}` | {', '.join(f'`{value}`' for value in allowed.get(column, ()))} "
        f"| {_cell(text)} |\n"
        for column, text in table.columns.items()
    ]
    return "".join(parts)


def allowed_values(manifest: Mapping[str, Any], name: str) -> dict[str, list[str]]:
    """Return the values that a column of a seed or model may have, by column, as dbt checks them."""
    return {
        node["column_name"]: node["test_metadata"]["kwargs"]["values"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test"
        and (node.get("test_metadata") or {}).get("name") == "accepted_values"
        and (node["attached_node"] or "").endswith(f".{name}")
    }


def data_model_page(manifest: Mapping[str, Any]) -> str:
    """Return the page of all models and published tables; of contracts and those, their columns."""
    nodes = manifest["nodes"].values()
    models = [node for node in nodes if node["resource_type"] == "model"]
    parts = [HEAD.format(source="the models' descriptions"), "# Data model\n"]
    for name in LAYERS:
        members = sorted((m for m in models if layer(m) == name), key=lambda m: str(m["name"]))
        parts.append(f"\n## {name.capitalize()}\n")
        for model in members:
            parts.append(f"\n### `{model['name']}`\n\n{one_line(model['description'])}\n")
            if model["config"].get("contract", {}).get("enforced"):
                parts.append(_columns(model["columns"].values()))
    published = comments.described(manifest)
    for schema in ADDED:
        parts.append(f"\n## {schema.capitalize()}\n")
        for (of_schema, name), table in sorted(published.items()):
            if of_schema == schema:
                parts.append(f"\n### `{schema}.{name}`\n\n{table.text}\n\n")
                parts.append("| column | meaning |\n|---|---|\n")
                parts += [
                    f"| `{column}` | {_cell(text)} |\n" for column, text in table.columns.items()
                ]
    return "".join(parts)


def _columns(columns: Iterable[Mapping[str, Any]]) -> str:
    lines = ["\n| column | type | meaning |\n|---|---|---|\n"]
    lines += [
        f"| `{column['name']}` | {column.get('data_type') or ''} "
        f"| {_cell(one_line(column['description']))} |\n"
        for column in columns
    ]
    return "".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def pages(manifest: Mapping[str, Any]) -> dict[str, str]:
    """Return the text of each generated page by its name under docs/."""
    with (project.SEEDS_DIR / f"{METRICS}.csv").open(newline="", encoding="utf-8") as file:
        metrics = metrics_page(csv.DictReader(file), manifest)
    return {"metrics.md": metrics, "data-model.md": data_model_page(manifest)}


def write() -> list[Path]:
    """Write the pages and return where they are."""
    DOCS.mkdir(exist_ok=True)
    written = []
    for name, text in pages(project.manifest()).items():
        (DOCS / name).write_text(text, encoding="utf-8")
        written.append(DOCS / name)
    return written


def main() -> None:
    """Write the pages and say where."""
    for path in write():
        print(path.relative_to(CHECKOUT))  # noqa: T201 - the result of a command


if __name__ == "__main__":
    main()

"""What comes from outside reaches no element that reads Markdown, unless it is made literal."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import pytest

from ingestion.settings import CHECKOUT
from tests.structure.conftest import python_files

if TYPE_CHECKING:
    from collections.abc import Iterator

# Streamlit's elements whose texts are Markdown, and our own that hand texts on to them
READS_MARKDOWN = {
    "title", "header", "subheader", "markdown", "caption", "metric", "button", "expander", "info",
    "warning", "error", "success", "toast", "tabs", "popover", "radio", "pills", "checkbox",
    "segmented_control", "toggle", "form_submit_button", "link_button", "page_link",
    "table", "exception", "selectbox", "text_input", "text_area", "date_input",
    "figure", "empty", "one_of", "some_of", "Markup",
}  # fmt: skip
# a badge of our own makes its text literal, one of Streamlit does not
STREAMLITS_OWN = {"badge", "write"}
# what is not shown: names of elements, and what they do
UNSEEN = {"key", "on_click", "on_change", "args", "kwargs", "icon", "color", "type", "width", "alt",
          "text", "chart_data", "delta_color", "index", "default", "options", "value"}  # fmt: skip
# what makes a text of our own of anything, or nothing but a number or a day
SAFE = {"literal", "len", "badge", "neutral", "day", "when", "_day", "choice", "_told"}
SAFE_MODULES = {"formats", "figures"}
# of these no code comes from the data
OWN_CODES = {"period", "journey_type"}
# how many arguments of a text are not shown: its key, and the number that chooses its form
NOT_SHOWN = {"t": 1, "counted": 2}
# what gives back a word of the data where nobody has named it
FOREIGN_CALLS = {
    "name_of",
    "channel",
    "name",
    "identifier",
    "pair",
    "labelled",
    "details",
    "reason",
}


# which parts of an expression its value is made of; what is only asked is not shown
PARTS: dict[type[ast.expr], tuple[str, ...]] = {
    ast.IfExp: ("body", "orelse"),
    ast.BoolOp: ("values",),
    ast.JoinedStr: ("values",),
    ast.FormattedValue: ("value",),
    ast.BinOp: ("left", "right"),
    ast.List: ("elts",),
    ast.Tuple: ("elts",),
    ast.Lambda: ("body",),
    ast.ListComp: ("elt",),
    ast.GeneratorExp: ("elt",),
}


class Function:
    """The assignments of one function, to see where a name comes from."""

    def __init__(self, body: ast.AST) -> None:
        self.values: dict[str, list[ast.expr]] = {}
        for node in ast.walk(body):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    self._note(target, node.value)
            elif isinstance(node, ast.comprehension | ast.For):
                self._note(node.target, node.iter)

    def _note(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            self.values.setdefault(target.id, []).append(value)
        elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            for each, given in zip(target.elts, value.elts, strict=False):
                self._note(each, given)

    def foreign(self, node: ast.expr, seen: frozenset[str] = frozenset()) -> Iterator[str]:
        """Yield the parts of an expression's value that come from a query, as they are."""
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
            if isinstance(node.slice.value, str):
                yield ast.unparse(node)
        elif isinstance(node, ast.Name) and node.id not in seen:
            for value in self.values.get(node.id, ()):
                yield from self.foreign(value, seen | {node.id})
        elif isinstance(node, ast.Call):
            yield from self._call(node, seen)
        else:
            for name in PARTS.get(type(node), ()):
                parts = getattr(node, name)
                for part in parts if isinstance(parts, list) else [parts]:
                    yield from self.foreign(part, seen)

    def _call(self, node: ast.Call, seen: frozenset[str]) -> Iterator[str]:
        called = name_of_call(node)
        if called in SAFE or module_of_call(node) in SAFE_MODULES:
            return
        if isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Dict):
            # one of the words that stand there
            return
        if called in FOREIGN_CALLS:
            # a code that the page itself writes down is ours
            is_ours = all(isinstance(each, ast.Constant) for each in node.args)
            if not is_ours and getattr(node.args[0], "value", "") not in OWN_CODES:
                yield ast.unparse(node)
            return
        shown = node.args[NOT_SHOWN.get(called, 0) :]
        for each in [*shown, *(keyword.value for keyword in node.keywords)]:
            yield from self.foreign(each, seen)


def called_of_filters(node: ast.Call) -> bool:
    return name_of_call(node) in {"one_of", "some_of"}


def name_of_call(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def module_of_call(node: ast.Call) -> str:
    is_in_module = isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name)
    return node.func.value.id if is_in_module else ""  # type: ignore[attr-defined, union-attr]  # seen above


def violations(source: str) -> list[str]:
    """Return where a program hands what comes from outside to an element that reads Markdown."""
    tree = ast.parse(source)
    found = []
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    for scope in [*functions, tree]:
        function = Function(scope)
        for node in ast.walk(scope):
            if not isinstance(node, ast.Call):
                continue
            is_streamlits = module_of_call(node) == "st" and name_of_call(node) in STREAMLITS_OWN
            if not is_streamlits and name_of_call(node) not in READS_MARKDOWN:
                continue
            # of a choice the second argument is its label, the third what is chosen from
            given = node.args[1:2] + node.args[3:] if called_of_filters(node) else node.args
            shown = [*given, *(k.value for k in node.keywords if k.arg not in UNSEEN)]
            found += [f"{node.lineno}: {part}" for each in shown for part in function.foreign(each)]
    return sorted(set(found))


@pytest.mark.parametrize(
    "source",
    [
        "st.markdown(row['full_name'])",
        "st.header(f'**{row[\"full_name\"]}**')",
        "name = row['name'] or 'x'\nst.caption(name)",
        "st.button(t('a', name=row['name']), key='x')",
        "st.badge(counted('a', row['count'], name=row['name']))",
        "place.expander(name_of('status', row['status']))",
        "st.metric('x', row['name'] if row['is_known'] else '-')",
        "st.badge(names.channel(path, row['channel']))",
        "filters.some_of('a', t('a'), codes, lambda code: names.channel(path, code))",
        "for each in rows:\n    st.info('a ' + each['text'])",
    ],
)
def test_the_check_finds_what_is_not_literal(source: str) -> None:
    assert violations(source) != []


@pytest.mark.parametrize(
    "source",
    [
        "st.markdown(literal(row['full_name']))",
        "name = literal(row['name'])\nst.header(f'**{name}**')",
        "st.button(t('a', name=literal(row['name'])), key=row['id'])",
        "st.caption(formats.number(row['count']))",
        "st.caption(counted('a', row['count'], count=formats.number(row['count'])))",
        "st.text(row['full_name'])",
        "st.metric(t('a'), t('b') if row['is_known'] else t('c'))",
        "st.badge(name_of('kind', 'known'), icon=ICONS[row['action']])",
    ],
)
def test_the_check_lets_literal_texts_pass(source: str) -> None:
    assert violations(source) == []


def test_no_page_hands_values_of_a_query_to_markdown() -> None:
    wrong = [
        f"{path}:{place}"
        for path in python_files("dashboards")
        for place in violations((CHECKOUT / path).read_text())
    ]
    assert wrong == []

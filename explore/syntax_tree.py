"""Checks the syntax tree of one query, as `json_serialize_sql` gives it. Unknown parts are refused.

A node with `class` is an expression; another one with `type` is a query, a table or a modifier.
Names of DuckDB are compared without regard to the case of ASCII letters, as DuckDB does.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from explore.errors import QueryRefused
from explore.refused_names import TABLE_FUNCTIONS, find_refused_function, is_internal_table

_QUERIES = {"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"}
_TABLES = {"BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EXPRESSION_LIST", "EMPTY"}
_MODIFIERS = {
    "ORDER_MODIFIER", "LIMIT_MODIFIER", "LIMIT_PERCENT_MODIFIER", "DISTINCT_MODIFIER",
    "ORDER_DEFAULT", "ASCENDING", "DESCENDING",
}  # fmt: skip
_EXPRESSIONS = {
    "BETWEEN", "CASE", "CAST", "COLLATE", "COLUMN_REF", "COMPARISON", "CONJUNCTION", "CONSTANT",
    "FUNCTION", "LAMBDA", "OPERATOR", "PARAMETER", "POSITIONAL_REFERENCE", "STAR", "SUBQUERY",
    "TYPE", "WINDOW",
}  # fmt: skip
_SCHEMA_INSTEAD = "use GET /api/boards/{board}/schema, which tells the columns and their types"
_INSTEAD = {
    "SHOW_REF": f"DESCRIBE, SHOW and SUMMARIZE are not allowed; {_SCHEMA_INSTEAD}",
    "PIVOT": "PIVOT and UNPIVOT are not allowed; write sum(x) FILTER (WHERE …) for each column",
}
# What a CTE may not be named: elsewhere in the query, the name would mean DuckDB's own view.
Scope = frozenset[str]


class SyntaxTree:
    """Walks a query's syntax tree. `find_position` turns DuckDB's places into the user's."""

    def __init__(self, tables: Iterable[str], find_position: Callable[[int], int | None]) -> None:
        self._tables = {fold(name): name for name in tables}
        self._find_position = find_position

    def check(self, query: Mapping[str, Any]) -> None:
        """Return if every part of the query is allowed; raise `QueryRefused` otherwise."""
        self._check_query(query, frozenset())

    def _check_query(self, query: Mapping[str, Any], scope: Scope) -> None:
        kind = query.get("type")
        if kind not in _QUERIES:
            verb = str(kind).partition("_")[0]
            raise QueryRefused(f"{verb} is not allowed in a query: nothing can be changed here")
        for one in query["cte_map"]["map"]:
            # Its own name is not in its scope: there it means a table, or a view of DuckDB's.
            self._check_query(one["value"]["query_node"], scope)
            self._check_parts(_without(one["value"], "query_node"), scope)
            scope = scope | {self._take_cte_name(one["key"])}
        if kind in ("RECURSIVE_CTE_NODE", "CTE_NODE"):
            self._check_query(query["left" if "left" in query else "query"], scope)
            scope = scope | {self._take_cte_name(query["cte_name"])}
            rest = _without(query, "cte_map", "left", "query")
        else:
            rest = _without(query, "cte_map")
        for part in rest.values():
            self._check_part(part, scope)

    def _check_part(self, part: Any, scope: Scope) -> None:
        if isinstance(part, list):
            for one in part:
                self._check_part(one, scope)
        elif isinstance(part, dict):
            if "class" in part:
                self._check_expression(part, scope)
            elif "cte_map" in part:
                self._check_query(part, scope)
            elif "query_location" in part:
                self._check_table(part, scope)
            else:
                self._check_plain(part, scope)

    def _check_parts(self, node: Mapping[str, Any], scope: Scope) -> None:
        for part in node.values():
            self._check_part(part, scope)

    def _check_plain(self, node: Mapping[str, Any], scope: Scope) -> None:
        """Check a node that is only a part of another one, such as a modifier."""
        kind = node.get("type")
        if isinstance(kind, str) and kind not in _MODIFIERS:
            raise self._refuse(f"{kind} is not allowed in a query", node)
        self._check_parts(node, scope)

    def _check_expression(self, node: Mapping[str, Any], scope: Scope) -> None:
        kind = node["class"]
        if kind not in _EXPRESSIONS:
            raise self._refuse(f"{kind} is not allowed in a query", node)
        if kind in ("FUNCTION", "WINDOW"):
            path = node["qualified_name"]["path"]
            if reason := find_refused_function(fold(path[-1])):
                raise self._refuse(f"{path[-1]}() is not allowed: {reason}", node)
        if kind != "CONSTANT":
            self._check_parts(node, scope)

    def _check_table(self, node: Mapping[str, Any], scope: Scope) -> None:
        kind = node.get("type")
        if kind not in _TABLES:
            raise self._refuse(_INSTEAD.get(str(kind), f"{kind} is not allowed in a query"), node)
        if kind == "BASE_TABLE":
            self._check_name(node, scope)
        elif kind == "TABLE_FUNCTION":
            self._check_table_function(node)
            function = node["function"]
            self._check_parts(_without(function, "qualified_name"), scope)
            self._check_parts(_without(node, "function", "sample"), scope)
            return
        self._check_parts(_without(node, "sample"), scope)

    def _check_name(self, node: Mapping[str, Any], scope: Scope) -> None:
        path = node["qualified_name"]["path"]
        name = ".".join(path)
        if node["at_clause"] is not None:
            raise self._refuse("AT is not allowed: a table has no older versions", node)
        known = fold(path[-1]) in scope or fold(path[-1]) in self._tables
        if len(path) > 1 and known:
            raise self._refuse(f'write {path[-1]} alone, without "{path[0]}." before it', node)
        if len(path) > 1 or not known:
            there_are = ", ".join(self._tables.values())
            raise self._refuse(f"there is no table {name[:100]!r} here; there is {there_are}", node)

    def _check_table_function(self, node: Mapping[str, Any]) -> None:
        path = node["function"]["qualified_name"]["path"]
        if len(path) > 1 or fold(path[-1]) not in TABLE_FUNCTIONS:
            allowed = ", ".join(sorted(TABLE_FUNCTIONS))
            name = ".".join(path)[:100]
            raise self._refuse(f"{name}() is not allowed in FROM; allowed are {allowed}", node)

    def _take_cte_name(self, name: str) -> str:
        """Return a CTE's name as it is compared; refuse one of DuckDB's own tables."""
        if is_internal_table(fold(name)):
            raise QueryRefused(f"{name[:100]!r} cannot be a name in WITH; choose another name")
        return fold(name)

    def _refuse(self, text: str, node: Mapping[str, Any]) -> QueryRefused:
        return QueryRefused(text, self._find_position(int(node.get("query_location", -1))))


def fold(name: str) -> str:
    """Return a name as DuckDB compares it: only ASCII letters have two cases."""
    return "".join(letter.lower() if letter.isascii() else letter for letter in name)


def _without(node: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: part for name, part in node.items() if name not in names}

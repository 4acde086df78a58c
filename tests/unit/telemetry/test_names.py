"""Every event and metric has its name in `lola.telemetry.names`, and every name there is used."""

import ast
from pathlib import Path

import pytest

from lola.telemetry import names

ROOT = Path(__file__).parents[3]
PRODUCT = ("lola", "channels", "agents", "middleware", "knowledge")
LEVELS = {"debug", "info", "warning", "error", "critical", "exception", "fatal", "log", "msg"}
METRICS = {"Counter", "Gauge", "Histogram", "Summary"}
DECLARED = {name for name in vars(names) if name.isupper()}


def modules():
    for folder in PRODUCT:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path, ast.parse(path.read_text(encoding="utf-8"))


def literals(tree):
    """Return the lines of calls that log or count under a name of their own."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and node.args
        and isinstance(node.args[0], ast.Constant | ast.JoinedStr)
        and (_logs(node.func) or (isinstance(node.func, ast.Name) and node.func.id in METRICS))
    ]


def _logs(function):
    match function:
        case ast.Attribute(attr=level, value=ast.Name(id="log" | "logger")):
            return level in LEVELS
        case ast.Attribute(attr=level, value=ast.Call(func=ast.Attribute(attr="get_logger"))):
            return level in LEVELS
    return False


@pytest.mark.parametrize(
    "line",
    [
        'log.info("a.b")',
        'log.error(f"a.{b}", x=1)',
        'structlog.get_logger().warning("a.b")',
        'Counter("a_b", "text")',
    ],
)
def test_the_check_sees_a_literal_name(line):
    """The check below bites."""
    assert literals(ast.parse(line)) == [1]


def test_no_event_or_metric_is_named_where_it_is_used():
    """All names are in one list, which operators read."""
    found = [f"{path}:{line}" for path, tree in modules() for line in literals(tree)]
    assert found == []


def test_every_declared_name_is_used():
    """A name that nothing logs or counts announces an event that never comes."""
    used = {
        node.attr
        for path, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "names"
    }
    assert DECLARED - used == set()


def test_no_two_names_are_the_same_event():
    """Each value names one event or metric."""
    values = [getattr(names, name) for name in DECLARED]
    assert len(set(values)) == len(values)

"""The table of model families: what a turn sends to whom, and when a model ends."""

from datetime import date

import pytest

from lola.models.families import (
    COMPATIBLE_DEFAULT,
    GEMINI_DEFAULT,
    OPENAI_DEFAULT,
    family_table,
    find_family,
    find_model,
)


@pytest.mark.parametrize(
    ("model", "api", "effort"),
    [
        ("gpt-4.1-mini", "chat", ""),
        ("gpt-4o", "chat", ""),
        ("o4-mini", "chat", "low"),
        ("gpt-5-mini", "chat", "low"),
        ("gpt-5.1", "chat", "none"),
        ("gpt-5.4", "chat", "none"),
        ("gpt-5.4-mini-2026-03-17", "chat", "none"),
        ("gpt-5.5", "chat", "none"),
        ("gpt-5.6-sol", "chat", "none"),
        ("gpt-5.4-pro", "responses", ""),
        ("gpt-6-sol", "chat", "none"),
        ("gpt-6-luna", "chat", "none"),
        ("gpt-6-astra", "responses", "low"),
        ("gpt-6.1-terra", "chat", "none"),
        ("gpt-6.1-sol", "responses", "low"),
    ],
)
def test_openai_models_get_an_effort_that_they_take_beside_tools(model, api, effort) -> None:
    """`none` where it exists, else the Responses API (reference/surprises.md 1.2)."""
    family = find_family("openai", model)
    assert (family.api, family.effort) == (api, effort)
    assert family.sampling is model.startswith("gpt-4")


@pytest.mark.parametrize(
    ("model", "sampling", "level", "budget"),
    [
        ("gemini-2.0-flash", True, "", None),
        ("gemini-2.5-flash", True, "", 0),
        ("gemini-2.5-pro", True, "", 128),
        ("gemini-3.1-pro-preview", False, "low", None),
        ("gemini-3.5-flash-lite", False, "low", None),
        ("gemini-3.8-flash", False, "low", None),
        ("gemini-4-argon", False, "low", None),
        ("gemini-flash-latest", False, "low", None),
        ("gemini-pro-latest", False, "low", None),
    ],
)
def test_gemini_models_get_the_least_thinking_they_take(model, sampling, level, budget) -> None:
    """A budget until 2.5, a level from 3 on, and no temperature where it is refused."""
    family = find_family("gemini", model)
    assert (family.sampling, family.thinking_level, family.thinking_budget) == (
        sampling, level, budget
    )  # fmt: skip


@pytest.mark.parametrize(
    ("newer", "known"),
    [
        ("gpt-6.2-sol", "gpt-6.1-sol"),
        ("gpt-6.10-sol", "gpt-6.1-sol"),
        ("gpt-6.2-astra", "gpt-6-astra"),
        ("gpt-7-luna", "gpt-6-luna"),
        ("gpt-8", "gpt-6-astra"),
        ("gemini-4.5-flash", "gemini-3.8-flash"),
        ("gemini-5-xenon", "gemini-4-argon"),
    ],
)
def test_a_newer_name_is_treated_as_the_newest_of_its_line(newer, known) -> None:
    """A model that came out after the table works on the day it comes out."""
    provider = "gemini" if newer.startswith("gemini") else "openai"
    assert find_family(provider, newer) == find_family(provider, known)


def test_unknown_names_get_what_every_model_takes() -> None:
    """No temperature, no effort, no thinking; OpenAI's own go over the Responses API."""
    assert find_family("gemini", "projects/b/locations/l/endpoints/7") is GEMINI_DEFAULT
    assert find_family("openai", "gpt-oss-120b") is OPENAI_DEFAULT
    assert find_family("openai", "babbage") is OPENAI_DEFAULT
    for family in (GEMINI_DEFAULT, OPENAI_DEFAULT):
        assert not family.sampling
        assert not family.effort


@pytest.mark.parametrize("model", ["qwen3:8b", "gpt-oss:20b", "meta-llama/Llama-4"])
def test_other_models_of_compatible_servers_get_a_temperature(model) -> None:
    """Local models answer the same question in the same way only with temperature 0."""
    assert find_family("openai", model, is_compatible=True) is COMPATIBLE_DEFAULT
    assert COMPATIBLE_DEFAULT.sampling


@pytest.mark.parametrize("prefix", ["", "models/", "vertex_ai/", "google/"])
def test_a_gateway_may_serve_any_vendors_model(prefix) -> None:
    """Names of all vendors are known behind a compatible server, with the gateway's prefix."""
    found = find_family("openai", f"{prefix}gemini-3.8-flash", is_compatible=True)
    assert found == find_family("gemini", "gemini-3.8-flash")


def test_a_fine_tuned_model_belongs_to_the_family_of_its_base() -> None:
    """`ft:` and what follows the base model are not part of the name."""
    assert find_family("openai", "ft:gpt-4.1-mini:bank::7") == find_family("openai", "gpt-4.1")


@pytest.mark.parametrize(
    ("name", "ends", "vertex_ends"),
    [
        ("gemini:gemini-2.5-flash", date(2026, 12, 1), date(2026, 10, 20)),
        ("openai:gpt-4.1-mini", date(2027, 1, 14), None),
        ("openai:gpt-4.1-mini-2025-04-14", date(2027, 1, 14), None),
        ("openai:gpt-4o-2024-05-13", date(2026, 10, 23), None),
        ("openai:gpt-5", date(2026, 12, 11), None),
        ("gemini:gemini-3.8-flash", None, None),
    ],
)
def test_ends_of_life_are_known_by_name_and_snapshot(name, ends, vertex_ends) -> None:
    """The dates that the providers announced (reference/surprises.md 1.3)."""
    facts = find_model(name)
    assert facts is not None
    assert (facts.end(), facts.end(is_vertex=True)) == (ends, vertex_ends)


def test_a_name_without_facts_has_none() -> None:
    """Nothing is guessed about a model that no source names."""
    assert find_model("openai:qwen3:8b") is None
    assert find_model("offline") is None


def test_the_table_agrees_with_itself() -> None:
    """What is sent is allowed, sources are explained, and successors outlive what they follow."""
    table = family_table()
    for family in table.families:
        assert not family.effort or family.effort in family.efforts
        assert not family.thinking_level or family.thinking_level in family.thinking_levels
        assert family.source
        assert set(family.source) <= set(table.sources)
    assert len({row.name for row in table.models}) == len(table.models)
    for row in table.models:
        assert row.source in table.sources
        if row.successor:
            provider = row.name.partition(":")[0]
            after = find_model(f"{provider}:{row.successor}")
            assert after is not None
            for is_vertex in (False, True):
                later = after.end(is_vertex=is_vertex) or date.max
                assert later > (row.end(is_vertex=is_vertex) or table.as_of)

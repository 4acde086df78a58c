"""The registry of message templates: complete, as Meta's rules want it, with little of a person."""

import re
from itertools import product
from pathlib import Path

import pytest

from channels.sms import templates as twilio
from channels.whatsapp import templates as meta
from lola.channel.templates import (
    CATALOGUE,
    SAMPLES,
    TEMPLATES,
    VALUE_LIMIT,
    MessageTemplate,
    MessageTemplates,
)
from lola.domain.messages import Notice
from lola.errors import ConfigurationError
from lola.money import notices
from lola.sandbox.twilio.contents import ContentShelf
from lola.sandbox.whatsapp.templates import CreationError, TemplateShelf
from lola.text.languages import LANGUAGES
from lola.text.wording import Wording
from tests.support import ticket

FORMS = ("tu", "usted")
ALL = [(form, template) for form in FORMS for template in MessageTemplates(Wording(formality=form))]


def text_of(text, **changes):
    return MessageTemplate(**{"key": "x", "language": "es", "text": text, **changes})


@pytest.mark.parametrize(
    ("form", "template"),
    ALL,
    ids=[f"{form}-{one.language}-{one.key}" for form, one in ALL],
)
def test_every_text_is_one_that_the_providers_take(form, template):
    """Both forms of address and both languages pass review's formal rules, samples included."""
    assert template.problem() == ""
    shelf, contents = TemplateShelf(), ContentShelf()
    assert shelf.create(meta.creation(template)).status == "PENDING"
    made = contents.create(twilio.creation(template))
    submitted = contents.submit(made.sid, {"name": template.name, "category": "UTILITY"})
    assert (submitted.status, submitted.reason) == ("received", "")


def test_the_registry_and_the_catalogue_are_the_same():
    """No text without a template, no template without a text, each in every language."""
    sentences = Wording().keys()
    keys = {key.partition(".")[2] for key in sentences if key.startswith(f"{CATALOGUE}.")}
    assert keys == set(TEMPLATES)
    known = [(one.key, one.language) for one in MessageTemplates(Wording())]
    assert known == list(product(TEMPLATES, LANGUAGES))
    assert len({one.name for one in MessageTemplates(Wording())}) == len(known)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{recipient} recibe hoy su dinero de parte suya", "begins or ends"),
        ("Su envío fue pagado y lo recibe hoy {recipient}.", "begins or ends"),
        ("*{recipient}* recibe hoy su dinero de parte suya", "begins or ends"),
        ("Hoy recibe {recipient} {receive} y ya puede usarlo todo", "side by side"),
        ("Va {recipient} ya", "too few words"),
        ("Hoy recibe\t{recipient} todo lo que usted le mandó", "tab"),
        ("Hoy recibe    {recipient} todo lo que usted le mandó", "four blanks"),
        ("Hoy le paga a {account} todo lo que usted le mandó", "no sample for account"),
        ("Hoy recibe {recipient} todo lo que usted le mandó " + "x" * 1000, "longer"),
    ],
)
def test_a_text_that_no_reviewer_takes_stops_the_start(text, problem):
    """Each rule finds its broken text (reference/channels.md 1.14)."""
    assert problem in text_of(text).problem()


def test_a_broken_text_is_found_at_the_start(tmp_path):
    """The service names the template and does not begin."""
    entry = '[{key}]\nes = "Hola y adiós"\nen = "Hello and goodbye"\n'
    texts = "".join(entry.format(key=key) for key in TEMPLATES[1:])
    broken = f'[{TEMPLATES[0]}]\nes = "{{recipient}} ya"\nen = "{{recipient}} now"\n'
    (tmp_path / f"{CATALOGUE}.toml").write_text(broken + texts)
    with pytest.raises(ConfigurationError, match=f"{TEMPLATES[0]} .es.: begins"):
        MessageTemplates(Wording((tmp_path,)))


def test_the_name_follows_the_text():
    """Another wording is another template, with a name that Meta takes."""
    one, other = text_of("Hola y adiós"), text_of("Hola y hasta luego")
    assert one.name != other.name
    assert all(re.fullmatch(r"lola_[a-z0-9_]{1,500}", made.name) for _, made in ALL)
    assert one.name == text_of("Hola y adiós", language="en").name


@pytest.mark.parametrize(
    ("values", "filled"),
    [
        ({"recipient": "Ana\n María"}, {"recipient": "Ana María"}),
        ({"recipient": "x" * 100}, {"recipient": "x" * (VALUE_LIMIT - 1) + "…"}),
        ({"recipient": " \t "}, None),
        ({}, None),
    ],
)
def test_values_are_made_to_fit_or_refused(values, filled):
    """No line break, nothing empty, nothing too long (reference/channels.md 1.14)."""
    assert text_of("Hoy recibe {recipient} su dinero").fill(values) == filled


def test_a_reference_is_never_cut():
    """A shortened amount or reference would be another one."""
    template = text_of("La referencia es {reference} y recibe {receive} hoy mismo")
    assert template.fill({"reference": "x" * 61, "receive": "1.00 USD"}) is None


def test_an_unknown_language_gets_the_spanish_text():
    """As every sentence does; an unknown template is none."""
    registry = MessageTemplates(Wording())
    notice = Notice(template="person_answered")
    assert registry.of(notice, "pt") == registry.of(notice, "es")
    assert registry.of(Notice(template="gone"), "es") is None


def test_every_sentence_with_a_template_fills_it():
    """What the ticket knows is enough for each variable, in both languages and both forms."""
    registries = [MessageTemplates(Wording(formality=form)) for form in FORMS]
    values = notices.values_of(ticket(operation_id="op_1"), minutes=10)
    assert set(values) == set(SAMPLES)
    for template, registry, language in product(
        sorted(set(notices.TEMPLATES.values())), registries, LANGUAGES
    ):
        found = registry.of(Notice(template=template), language)
        assert found is not None
        assert found.fill(values) is not None


def test_only_the_first_name_leaves():
    """No family name, account or number is a value of a template."""
    values = notices.values_of(ticket(operation_id="op_1"), minutes=10)
    assert values["recipient"] == "Rosa"
    assert "Hernández" not in "".join(values.values())


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"name": "Lola-Uno"}, "name"),
        ({"language": "es-MX"}, "language"),
        ({"category": "SERVICE"}, "category"),
        ({"parameter_format": "POSITIONAL"}, "NAMED"),
        ({"components": []}, "BODY"),
        ({"components": [{"type": "BODY", "text": "Hola {{recipient}} y adiós"}]}, "example"),
        ({"components": [{"type": "BODY", "text": "{{recipient}} y adiós"}]}, "start or end"),
        ({"components": [{"type": "BODY", "text": "x" * 1025}]}, "1024"),
    ],
)
def test_the_stand_in_refuses_what_meta_refuses(change, told):
    """Names, languages, categories, samples, edges, lengths (reference/channels.md 1.14)."""
    known = next(one for one in MessageTemplates(Wording()) if one.variables)
    with pytest.raises(CreationError, match=told):
        TemplateShelf().create(meta.creation(known) | change)


def test_the_stand_in_refuses_a_name_twice_in_a_language():
    """The same name in the other language is another template."""
    spanish, english, *_ = MessageTemplates(Wording())
    shelf = TemplateShelf()
    shelf.create(meta.creation(spanish))
    shelf.create(meta.creation(english) | {"name": spanish.name})
    with pytest.raises(CreationError, match="already exists"):
        shelf.create(meta.creation(spanish))


def test_every_template_is_documented():
    """docs/templates.md names each one, for those who submit them."""
    page = (Path(__file__).parents[3] / "docs/templates.md").read_text(encoding="utf-8")
    assert [key for key in TEMPLATES if f"| `{key}` |" not in page] == []

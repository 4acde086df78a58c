"""A bank's own settings section: where it comes from, and which mistakes are named."""

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from lola.errors import ConfigurationError
from lola.settings import Names, load_settings


class Branches(BaseModel):
    """What a bank might declare."""

    model_config = ConfigDict(frozen=True)

    city: str
    key: SecretStr = SecretStr("")
    opening_hour: int = Field(9, ge=0, le=23)
    services: Names = ()
    hours: dict[str, str] = Field(default_factory=dict)

    @field_validator("key")
    @classmethod
    def _long_enough(cls, key: SecretStr) -> SecretStr:
        if key.get_secret_value() and len(key.get_secret_value()) < 8:
            raise ValueError(f"{key.get_secret_value()} is too short")
        return key

    @model_validator(mode="after")
    def _agrees(self) -> "Branches":
        if self.key.get_secret_value() == self.city:
            raise ValueError(f"key {self.key.get_secret_value()} is the city")
        return self


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path: Path) -> Path:
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder: Path, text: str) -> None:
    (folder / "lola.toml").write_text(text)


def test_a_section_is_a_table_of_the_file(folder: Path) -> None:
    """Lists and tables are written as TOML writes them; what is left out has its default."""
    write(folder, 'brand_name = "Sol"\n[mibanco]\ncity = "Houston"\nservices = ["cash"]\n')
    settings = load_settings()
    section = settings.section("mibanco", Branches)
    assert (section.city, section.services, section.opening_hour) == ("Houston", ("cash",), 9)
    assert settings.brand_name == "Sol"


def test_the_environment_wins_over_the_file(monkeypatch, folder: Path) -> None:
    """NAME__FIELD beats the table; lists are comma-separated and tables JSON, as everywhere."""
    write(folder, '[mibanco]\ncity = "Houston"\nopening_hour = 8\n')
    monkeypatch.setenv("MIBANCO__CITY", "Dallas")
    monkeypatch.setenv("MIBANCO__SERVICES", "cash, bank")
    monkeypatch.setenv("MIBANCO__HOURS", '{"Dallas": "9-5"}')
    section = load_settings().section("mibanco", Branches)
    assert (section.city, section.opening_hour) == ("Dallas", 8)
    assert (section.services, section.hours) == (("cash", "bank"), {"Dallas": "9-5"})


def test_a_secret_may_be_in_a_file(monkeypatch, folder: Path) -> None:
    """NAME__FIELD_FILE is read without its final line break and beats the table."""
    write(folder, '[mibanco]\ncity = "Houston"\nkey = "from-the-table"\n')
    (folder / "key").write_text("from-a-file\n")
    monkeypatch.setenv("MIBANCO__KEY_FILE", str(folder / "key"))
    section = load_settings().section("mibanco", Branches)
    assert section.key.get_secret_value() == "from-a-file"


def test_a_section_outlives_a_changed_copy_of_the_settings() -> None:
    """The service points copies of its settings at the sandbox; sections stay."""
    settings = load_settings(mibanco={"city": "Houston"}).model_copy(update={"port": 1})
    assert settings.section("mibanco", Branches).city == "Houston"


@pytest.mark.parametrize(
    ("variables", "table", "message"),
    [
        ({}, "", "MIBANCO__CITY: is required (or city in the table [mibanco] of lola.toml)"),
        (
            {},
            'citi = "x"',
            "mibanco.citi: is no setting of this section (did you mean mibanco.ci",
        ),
        ({"CITTY": "x"}, "", "MIBANCO__CITTY: is no setting of this section (did you mean MIBANCO"),
        ({"XYZ": "x"}, 'city = "x"', "(there are: MIBANCO__CITY, MIBANCO__HOURS"),
        ({"CITY_FILE": "/etc/city"}, 'city = "x"', "MIBANCO__CITY_FILE: is no setting"),
        ({"OPENING_HOUR": "nine"}, 'city = "x"', "MIBANCO__OPENING_HOUR: Input should be a valid"),
        ({}, 'city = "x"\nopening_hour = 24', "mibanco.opening_hour: Input should be less than"),
        ({"HOURS": "9-5"}, 'city = "x"', "MIBANCO__HOURS: is not readable as JSON"),
        ({"KEY_FILE": "/no/such"}, 'city = "x"', "MIBANCO__KEY_FILE: cannot be read"),
        ({}, 'city = "x"\n[mibanco.hours]\nx = 1', "mibanco.hours.x: Input should be a valid"),
    ],
)
def test_a_mistake_is_named_as_it_was_made(
    monkeypatch, folder: Path, variables, table, message
) -> None:
    """The error holds the variable, or the key of the table, and what to do about it."""
    write(folder, f"[mibanco]\n{table}\n")
    for name, value in variables.items():
        monkeypatch.setenv(f"MIBANCO__{name}", value)
    with pytest.raises(ConfigurationError) as caught:
        load_settings().section("mibanco", Branches)
    assert message in str(caught.value)


@pytest.mark.parametrize("given", [{"key": "planted"}, {"key": "planted-1", "city": "planted-1"}])
def test_a_secret_is_never_shown(given) -> None:
    """Not in an error, even where the bank's own validator put it there, nor in any repr."""
    settings = load_settings(mibanco={"city": "Houston", **given})
    with pytest.raises(ConfigurationError, match="has a value that cannot be used") as caught:
        settings.section("mibanco", Branches)
    assert "planted" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert "planted" not in repr(settings)
    fine = load_settings(mibanco={"city": "Houston", "key": "planted-2"})
    assert "planted" not in repr(fine) + repr(fine.section("mibanco", Branches))


@pytest.mark.parametrize("name", ["port", "channels", "MiBanco", "a__b", ""])
def test_a_name_that_cannot_be_a_section_is_refused(name: str) -> None:
    """The service's own settings, and names that no variable could be told apart by."""
    with pytest.raises(ConfigurationError):
        load_settings().section(name, Branches)


def test_a_section_that_is_no_table_is_refused(folder: Path) -> None:
    """`mibanco = 3` is a mistake and not an empty section."""
    write(folder, "mibanco = 3\n")
    with pytest.raises(ConfigurationError, match=r"mibanco: is no setting .*table \[mibanco\]"):
        load_settings()

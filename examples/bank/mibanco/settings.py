from pydantic import BaseModel, SecretStr


class BranchSettings(BaseModel):
    """The table [mibanco] of lola.toml."""

    hours: dict[str, str]
    payroll_country: str = "US"
    directory_key: SecretStr = SecretStr("")

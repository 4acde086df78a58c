from typing import Self

from lola.domain.turn import Turn
from lola.settings import Settings
from mibanco.settings import BranchSettings


class PayrollSelector:
    """Chooses the payroll agent for customers of one country."""

    def __init__(self, country: str) -> None:
        self._country = country

    @classmethod
    def build(cls, settings: Settings) -> Self:
        return cls(settings.section("mibanco", BranchSettings).payroll_country)

    def __call__(self, turn: Turn, route: str) -> str:
        user = turn.identity.user
        return "payroll" if user is not None and user.country == self._country else route

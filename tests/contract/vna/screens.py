"""A bank's own check, as VNA_SCREEN names one."""

from lola.partners.vna.contract import Reason


class Sanctions:
    """Refuses receivers by their last name."""

    @classmethod
    def build(cls, _settings):
        return cls()

    async def check(self, sender, receiver, amount):
        is_listed = receiver.last_name == "Listada"
        return Reason.ACCOUNT_BLOCKED_BY_GOVERNMENT if is_listed else Reason.NONE


class OnlyFromProxy:
    """A bank's own authentication."""

    @classmethod
    def build(cls, _settings):
        return cls()

    async def allows(self, request):
        return request.headers.get("X-Bank") == "yes"

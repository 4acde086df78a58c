"""The staff's web console: watch conversations, take one over, reply, hand it back."""

from lola.console.app import build_console
from lola.console.partner_api import PartnerDesk
from lola.console.staff import StaffAccount, StaffDirectory

__all__ = ["PartnerDesk", "StaffAccount", "StaffDirectory", "build_console"]

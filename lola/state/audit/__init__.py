"""The audit trail: hash-chained records of what was done, without personal data (docs/audit.md)."""

from lola.state.audit.chain import AUDIT_SECONDS, CHAIN, Entry, Findings, Verifier, verify
from lola.state.audit.lines import REWRITTEN, AuditLines, Line
from lola.state.audit.trail import AuditRecord, AuditTrail, Head

__all__ = [
    "AUDIT_SECONDS",
    "CHAIN",
    "REWRITTEN",
    "AuditLines",
    "AuditRecord",
    "AuditTrail",
    "Entry",
    "Findings",
    "Head",
    "Line",
    "Verifier",
    "verify",
]

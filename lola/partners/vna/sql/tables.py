"""The tables of the account book.

Money is whole minor units in BIGINT and time is UTC milliseconds in BIGINT: drivers treat Numeric
and timestamps differently (reference/surprises.md 9). No balance is stored: it is the sum of the
entries. A movement's entries sum to zero.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

METADATA = MetaData()

_ID = String(64)
_SERIAL = BigInteger().with_variant(Integer, "sqlite")

ACCOUNTS = Table(
    "vna_account",
    METADATA,
    Column("id", _ID, primary_key=True),
    Column("currency", String(3), nullable=False),
    Column("state", String(32), nullable=False),
    Column("person", _ID, nullable=False),
    Column("created_at", BigInteger, nullable=False),
)

ALIASES = Table(
    "vna_alias",
    METADATA,
    Column("alias", _ID, primary_key=True),
    Column("account_id", ForeignKey(ACCOUNTS.c.id), nullable=False, index=True),
)

AUTHORIZATIONS = Table(
    "vna_authorization",
    METADATA,
    Column("id", _ID, primary_key=True),
    Column("account_id", ForeignKey(ACCOUNTS.c.id), nullable=False),
    Column("minor", BigInteger),
    Column("currency", String(3)),
    Column("rate", Text),
    Column("reason", String(32), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index("vna_authorization_usage", "account_id", "created_at"),
)

MOVEMENTS = Table(
    "vna_movement",
    METADATA,
    Column("id", _ID, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("account_id", ForeignKey(ACCOUNTS.c.id), nullable=False),
    Column("authorization_id", ForeignKey(AUTHORIZATIONS.c.id), unique=True),
    Column("reverses", ForeignKey("vna_movement.id"), unique=True),
    Column("minor", BigInteger, CheckConstraint("minor > 0"), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("status", String(16), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index("vna_movement_of_account", "account_id", "created_at"),
    Index("vna_movement_status", "status"),
)

ENTRIES = Table(
    "vna_entry",
    METADATA,
    Column("movement_id", ForeignKey(MOVEMENTS.c.id), nullable=False),
    Column("ledger", String(80), nullable=False),
    Column("minor", BigInteger, CheckConstraint("minor <> 0"), nullable=False),
    PrimaryKeyConstraint("movement_id", "ledger"),
    Index("vna_entry_of_ledger", "ledger", "minor"),
)

NOTES = Table(
    "vna_audit_note",
    METADATA,
    Column("seq", _SERIAL, primary_key=True, autoincrement=True),
    Column("kind", String(32), nullable=False),
    Column("movement_id", String(64), nullable=False),
    Column("account_id", _ID, nullable=False),
    Column("minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
)
"""Records for the audit trail, stored with what they tell and dropped once the trail has them."""

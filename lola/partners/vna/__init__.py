"""The VNA partner server: a bank's accounts, offered to the remittance platform that credits them.

Six calls under one path, off by default. The accounts are behind `book.AccountBook`; a reference
implementation on SQLAlchemy is in `sql`. No agent and no model moves its money.
"""

"""The account book on SQLAlchemy: an SQLite file for development, PostgreSQL in production."""

"""The root of all tables: the naming convention and the column types both databases share."""

from typing import Final

from sqlalchemy import BigInteger, Integer, LargeBinary, MetaData, Text
from sqlalchemy.orm import DeclarativeBase

# PostgreSQL would otherwise order text by the locale of the machine, and the merge rule takes the
# greater of two strings: both databases must agree with Python on which that is.
TEXT: Final = Text().with_variant(Text(collation="C"), "postgresql")
# Instants and durations are whole microseconds (docs/decisions/0002).
INSTANT: Final = BigInteger()
DURATION: Final = BigInteger()
# SQLite only lets INTEGER PRIMARY KEY be the row id.
KEY: Final = BigInteger().with_variant(Integer(), "sqlite")
BYTES: Final = LargeBinary()


class Base(DeclarativeBase):
    """The declarative base; constraint names follow one convention so that migrations know them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )

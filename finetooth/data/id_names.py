"""Names of columns that ids, entities and codes go by."""

import re

_ID_WORDS = frozenset(
    (
        "id",
        "ids",
        "uid",
        "uuid",
        "guid",
        "key",
        "pk",
        "index",
        "idx",
        "rowid",
        "rownum",
        "rownumber",
        "record",
        "recordid",
        "serial",
        "hash",
        "account",
        "case",
        "client",
        "customer",
        "device",
        "employee",
        "family",
        "hospital",
        "household",
        "invoice",
        "machine",
        "member",
        "order",
        "patient",
        "school",
        "sensor",
        "session",
        "shop",
        "site",
        "store",
        "student",
        "subject",
        "transaction",
        "user",
        "vehicle",
    )
)
_CODE_WORDS = frozenset(
    (
        "airline",
        "airport",
        "branch",
        "carrier",
        "category",
        "code",
        "country",
        "county",
        "district",
        "item",
        "movie",
        "postcode",
        "product",
        "region",
        "station",
        "type",
        "zip",
        "zipcode",
    )
)
_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def named_like_id(name: str) -> bool:
    """Whether a word of the column's name is one that ids and entities go by: `customer_id`, `userId`, `subject`."""
    return any(part in _ID_WORDS for part in _parts(name))


def is_name_of_id(name: str) -> bool:
    """Whether the last word of a name, which says what it is, is one of ids: customer_id, but not account_balance."""
    return bool(_ID_WORDS & set(_parts(name)[-1:]))


def is_name_of_code(name: str) -> bool:
    """Whether the last word of a name is one of ids or of codes, which are no quantities: zip_code, itemType."""
    return bool((_ID_WORDS | _CODE_WORDS) & set(_parts(name)[-1:]))


def _parts(name: str) -> list[str]:
    return [part.lower() for part in _PARTS.findall(name)]

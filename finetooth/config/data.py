"""The table that a run reads, and what a person declares of it where the table does not say it itself."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, field_validator, model_validator

from finetooth.config import column_types
from finetooth.config.column_types import LEFT_OUT, ColumnType, Decimal
from finetooth.config.section import ConfigSection
from finetooth.errors import InputError
from finetooth.records import Kind

EVERY = "*"  # in place of a column
_DELIMITERS = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "bar": "|", "pipe": "|", "space": " "}


class CsvConfig(ConfigSection):
    """How a CSV file is written, where that cannot be seen from the file."""

    delimiter: str | None = Field(None, title="Delimiter")
    """What parts the fields: a character, or tab, comma, semicolon, bar, space; left empty, it is seen."""
    decimal: Decimal | None = Field(None, title="Decimal sign")
    """What parts the digits of numbers: . or , ; left empty, each column says it."""
    thousands: str | None = Field(None, title="Thousands sign", max_length=1)
    """What groups the digits of large numbers, such as . where the decimal sign is a comma."""
    encoding: str | None = Field(None, title="Encoding")
    """Such as latin-1 or utf-16; left empty, UTF-8 or what the file's first bytes say."""
    quote: str = Field('"', title="Quotation mark", min_length=1, max_length=1)
    """What stands around fields that hold the delimiter."""
    comment: str | None = Field(None, title="Comment sign", min_length=1)
    """Lines that begin with this are left out, wherever they stand; left empty, only remarks (#) above the header."""
    header: int | None = Field(None, ge=0, title="Line of the header")
    """Counted from 1; 0 where the file has no header: columns are then named column_1, column_2 ..."""

    @field_validator("delimiter", mode="after")
    @classmethod
    def _named(cls, delimiter: str | None) -> str | None:
        sign = delimiter if delimiter is None else _DELIMITERS.get(delimiter, delimiter)
        if sign is not None and (len(sign) != 1 or sign in "\r\n"):
            raise InputError(f"the delimiter must be one character, or one of {', '.join(_DELIMITERS)}; got {sign!r}.")
        return sign

    @field_validator("encoding", mode="after")
    @classmethod
    def _known(cls, encoding: str | None) -> str | None:
        try:
            "".encode(encoding or "utf-8")
        except LookupError:
            raise InputError(
                f"the encoding must be one that Python knows, such as latin-1; got {encoding!r}."
            ) from None
        return encoding

    @model_validator(mode="after")
    def _agree(self) -> "CsvConfig":
        if self.decimal is not None and self.decimal in {self.delimiter, self.thousands}:
            other = "delimiter" if self.decimal == self.delimiter else "thousands sign"
            raise InputError(f"the decimal sign and the {other} must differ; both are {self.decimal!r}.")
        if self.quote in {self.delimiter, self.decimal}:
            raise InputError(f"the quotation mark must be neither delimiter nor decimal sign; got {self.quote!r}.")
        return self

    @property
    def point(self) -> Decimal | None:
        """What parts the digits of numbers, if it is declared; a thousands sign says it as well."""
        other: dict[str | None, Decimal] = {".": ",", ",": "."}
        return self.decimal or other.get(self.thousands)


def _by_column(value: Any) -> Any:
    """Words without a column hold for every column."""
    listed = value if isinstance(value, Mapping) else {EVERY: value}
    return {
        str(name): tuple(str(word).strip() for word in (words if isinstance(words, list | tuple | set) else [words]))
        for name, words in listed.items()
    }


def _types(value: Any) -> Any:
    if not isinstance(value, Mapping):
        raise InputError(f"the types of columns must be given by column, such as {{shop: category}}; got {value!r}.")
    return {str(name): column_types.words_of(kind) for name, kind in value.items()}


class DataConfig(ConfigSection):
    """The table."""

    source: str = Field("sklearn:breast_cancer", title="Table")
    """A CSV, CSV.gz or Parquet file, any fsspec URL of one, or sklearn:NAME (a table of scikit-learn's)."""
    target: str = Field("target", title="Target column")
    """The column to predict."""
    kind: Kind | None = Field(None, title="Task")
    """What the target is; left empty, it is inferred from the column."""
    positive: str | None = Field(None, title="Positive class")
    """Of two classes, the one that F1, precision and probabilities speak of; left empty, 1, true, yes, or the rarer."""
    drop: tuple[str, ...] = Field((), title="Columns to leave out")
    """Columns that the model must not see."""
    types: Annotated[dict[str, str], BeforeValidator(_types)] = Field(default_factory=dict, title="Types of columns")
    """What a column is, where its values do not say it: category, number, date, text, id, drop, or the levels of an
    ordinal as low < medium < high. A date may name its format and zone: date %d/%m/%Y Europe/Berlin."""
    missing: Annotated[dict[str, tuple[str, ...]], BeforeValidator(_by_column)] = Field(
        default_factory=dict, title="Values that mean missing"
    )
    """Values that stand for no value, such as -999, by column; those of the column * hold for every column."""
    csv: CsvConfig = Field(default_factory=CsvConfig, title="CSV")

    @property
    def declared(self) -> dict[str, ColumnType]:
        """What each column is declared to be."""
        return {name: column_types.parse(words) for name, words in self.types.items()}

    @property
    def task(self) -> Kind | None:
        """What the target is declared to be, by its kind or by its type."""
        declared = self.declared.get(self.target)
        return "regression" if self.kind is None and declared is not None and declared.kind == "number" else self.kind

    @property
    def left_out(self) -> tuple[str, ...]:
        """The columns that are declared to be left out, by `drop` or by their type."""
        by_type = (name for name, declared in self.declared.items() if declared.kind in LEFT_OUT)
        return tuple(dict.fromkeys((*self.drop, *by_type)))

    @model_validator(mode="after")
    def _agree(self) -> "DataConfig":
        for name, declared in self.declared.items():
            if name == self.target and declared.kind in LEFT_OUT:
                raise InputError(f"the target must be a column to predict; '{name}' is declared as {declared.kind}.")
            if name in self.drop and declared.kind not in LEFT_OUT:
                raise InputError(
                    f"column '{name}' must be declared once; it is left out by data.drop and declared as {declared}; "
                    "take one of the two away."
                )
            lost = [
                word for word in (*self.missing.get(EVERY, ()), *self.missing.get(name, ())) if word in declared.order
            ]
            if lost:
                raise InputError(
                    f"a value of '{name}' must be missing or a level of its order, not both; '{lost[0]}' is declared "
                    "as both."
                )
        target = self.declared.get(self.target)
        if target is not None and self.kind is not None:
            _check_kind(self.target, target, self.kind)
        return self


def _check_kind(name: str, declared: ColumnType, kind: Kind) -> None:
    fits = declared.kind == "number" if kind == "regression" else declared.kind not in {"number", "date", "text"}
    if not fits and not (kind == "regression" and declared.kind == "ordinal"):
        raise InputError(
            f"the target must be declared once; '{name}' is declared as {declared} and the task as {kind}; "
            "take one of the two away."
        )

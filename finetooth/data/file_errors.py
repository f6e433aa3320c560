"""A parser's errors on a file that is no table, as an `InputError` of one line."""

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

from finetooth.errors import InputError, one_line


@contextmanager
def parse_errors(source: str) -> Iterator[None]:
    """Raise `InputError` in place of whatever a parser raises inside the `with` block."""
    try:
        yield
    except UnicodeError:
        raise _encoding_error(source) from None
    except (pa.ArrowInvalid, pa.ArrowTypeError, OSError, EOFError) as error:
        if "UTF8" in str(error) or "utf-8" in str(error):
            raise _encoding_error(source) from None
        raise InputError(
            f"the table must be a readable CSV, CSV.gz or Parquet file; {source}: {one_line(error, 300)}"
        ) from None


def _encoding_error(source: str) -> InputError:
    return InputError(
        f"the table must be encoded as UTF-8 or as declared; {source} is not; save it again as UTF-8, or name its "
        "encoding, such as --set data.csv.encoding=latin-1."
    )

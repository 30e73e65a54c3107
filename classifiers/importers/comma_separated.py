"""CSV text as rows with line numbers, whatever parts the cells."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

_DELIMITERS = ",;\t|"


def csv_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Line and cells of each row that is not empty. Raises csv.Error."""
    text = text.removeprefix("\ufeff")
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(_DELIMITERS, key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    for row in reader:
        if any(cell.strip() for cell in row):
            yield line, [cell.strip() for cell in row]
        line = reader.line_num + 1

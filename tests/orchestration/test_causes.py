"""What a library printed, and the cause in it."""

from __future__ import annotations

import pytest

from orchestration import causes

PYTHON_MODEL = """Runtime Error in model int_identity_junk_suspected (models/intermediate/identity/int_identity_junk_suspected.py)
  Python model failed:
  Traceback (most recent call last):
    File "environments.py", line 200, in submit_python_job
      module.model(dbt, con)
    File "int_identity_junk_suspected.py", line 20, in model
      found = suspects(frame)
  ZeroDivisionError: division by zero"""
CHAINED = """Traceback (most recent call last):
  File "a.py", line 1, in read
KeyError: 'account'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "a.py", line 3, in read
ingestion.errors.KetteError: hubspot: the answer has no account.
  It says: {}"""
SQL_MODEL = """Runtime Error in model stg_mixpanel__events (models/staging/mixpanel/stg_mixpanel__events.sql)
  Conversion Error: Casting value "9007199254740993.00" to type DECIMAL(18,4) failed: value is out of range!

  LINE 12:     cast(amount as decimal(18, 4))
                    ^
  compiled code at target/run/kette/models/staging/mixpanel/stg_mixpanel__events.sql"""
SQL_CAUSE = (
    'Conversion Error: Casting value "9007199254740993.00" to type DECIMAL(18,4) failed: '
    "value is out of range!"
)
CHECK = """Got 3 results, configured to fail if != 0

  compiled code at target/compiled/kette/models/marts/unique_dim_customers.sql"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (PYTHON_MODEL, "ZeroDivisionError: division by zero"),
        (
            CHAINED,
            "ingestion.errors.KetteError: hubspot: the answer has no account. It says: {}",
        ),
        (
            SQL_MODEL,
            SQL_CAUSE,
        ),
        (CHECK, "Got 3 results, configured to fail if != 0"),
        ("hubspot: the credentials are refused", "hubspot: the credentials are refused"),
        ("", ""),
        (None, ""),
    ],
    ids=["a Python model", "a chain of exceptions", "SQL", "a check", "a line", "none", "null"],
)
def test_the_cause_is_the_line_that_says_why(text: str | None, expected: str) -> None:
    assert causes.of_text(text) == expected


def test_a_cause_is_not_cut_before_its_beginning_however_long_the_story() -> None:
    frames = "".join(f'  File "f{number}.py", line 1, in call\n' for number in range(500))
    text = f"Traceback (most recent call last):\n{frames}duckdb.OutOfMemoryException: full"
    assert causes.of_text(text) == "duckdb.OutOfMemoryException: full"

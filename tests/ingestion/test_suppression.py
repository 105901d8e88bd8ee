"""Who was erased is known by keyed hashes; a lost key stops a load instead of bringing them back."""

from __future__ import annotations

import hashlib
import hmac

import duckdb
import pytest
import sqlalchemy as sa

from ingestion.control import store, suppression, tables
from ingestion.errors import KetteError
from ingestion.settings import settings

PERSON = "Ada.Lövelace@example.test"
OTHER = "b@example.test"


def suppress(identifier_hash: str) -> None:
    with store.begin() as connection:
        connection.execute(
            sa.insert(tables.suppressions).values(
                identifier_type="email",
                identifier_hash=identifier_hash,
                suppressed_at=store.now(),
            )
        )


def plain(identifier: str) -> str:
    return hashlib.sha256(identifier.lower().encode()).hexdigest()


def test_the_hash_is_an_hmac_of_a_key_that_is_made_once() -> None:
    first = suppression.identifier_hash(f" {PERSON} ")
    file = settings().home / "suppression.key"
    expected = hmac.new(bytes.fromhex(file.read_text()), PERSON.lower().encode(), hashlib.sha256)
    assert first == f"hmac:{expected.hexdigest()}"
    assert suppression.identifier_hash(PERSON) == first
    assert [path.name for path in settings().home.glob("suppression*")] == ["suppression.key"]


def test_nobody_without_the_key_can_try_addresses() -> None:
    assert plain(PERSON) not in suppression.identifier_hash(PERSON)
    assert (settings().home / "suppression.key").stat().st_mode & 0o777 == 0o600


def test_hashes_of_older_versions_are_honoured_beside_keyed_ones() -> None:
    suppress(plain(PERSON))
    suppress(suppression.identifier_hash(OTHER))
    found = suppression.suppressed_hashes()
    for name in (PERSON, f" {PERSON.upper()} ", OTHER):
        assert suppression.mentions({"deep": [{"to": name}]}, found)
        assert suppression.mentions_in_bytes(f"broken, {name.strip()}".encode(), found)
    assert not suppression.mentions({"to": "c@example.test"}, found)


def test_plain_hashes_alone_need_no_key() -> None:
    suppress(plain(PERSON))
    assert suppression.mentions({"to": PERSON}, suppression.suppressed_hashes())
    assert not (settings().home / "suppression.key").exists()


def test_sql_makes_the_same_hashes() -> None:
    both = frozenset([plain(PERSON), suppression.identifier_hash(OTHER)])
    query = f"select {suppression.hashes_in_sql('name', both)} from (select unnest(?) as name)"
    with duckdb.connect() as connection:
        found = [row[0] for row in connection.execute(query, [[PERSON, OTHER, None]]).fetchall()]
    assert found[:2] == [
        [plain(each), suppression.identifier_hash(each)] for each in (PERSON, OTHER)
    ]
    assert not any(found[2])


def test_a_lost_key_is_told_before_anybody_is_loaded_again(monkeypatch: pytest.MonkeyPatch) -> None:
    suppress(suppression.identifier_hash(PERSON))
    key = (settings().home / "suppression.key").read_text()
    suppression._kept_key.cache_clear()
    (settings().home / "suppression.key").write_text("00" * 32)
    with pytest.raises(KetteError, match=r"suppression\.key: the key is lost .* from a backup"):
        suppression.suppressed_hashes()
    suppression._kept_key.cache_clear()
    (settings().home / "suppression.key").unlink()
    with pytest.raises(KetteError, match="the key is lost"):
        suppression.suppressed_hashes()
    with pytest.raises(KetteError, match="the key is lost"):
        # nor is a second key made beside the first
        suppression.identifier_hash(OTHER)
    (settings().home / "suppression.key").write_text(key)
    assert suppression.mentions({"to": PERSON}, suppression.suppressed_hashes())
    monkeypatch.setenv("KETTE_SUPPRESSION_KEY", "another")
    with pytest.raises(KetteError, match="the key is lost"):
        suppression.suppressed_hashes()


def test_a_key_of_the_settings_is_the_same_in_every_data_folder(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KETTE_SUPPRESSION_KEY", "of our own making")
    suppress(suppression.identifier_hash(PERSON))
    assert not (settings().home / "suppression.key").exists()
    assert suppression.mentions({"to": PERSON}, suppression.suppressed_hashes())

"""Errors that people can act on: what happened, where, and what to do next."""

from __future__ import annotations

from ingestion.hiding import hide


class KetteError(Exception):
    """A failure with a next step.

    Args:
        what: What went wrong, in one clause, without personal values; secrets in it are hidden.
        where: Source, stream, file or setting it concerns.
        fix: The next thing to do.
    """

    def __init__(self, what: str, *, where: str = "", fix: str = "") -> None:
        self.what, self.where, self.fix = hide(what), hide(where), hide(fix)
        super().__init__(str(self))

    def __str__(self) -> str:
        """Return one line: ``where: what. fix``."""
        message = f"{self.where}: {self.what}" if self.where else self.what
        return f"{message.rstrip('.')}. {self.fix}" if self.fix else message


class CredentialsError(KetteError):
    """The vendor refuses the credentials or the rights they carry."""


class MissingRightError(CredentialsError):
    """The credentials are accepted but may not read this (status 403)."""


class UnreachableError(KetteError):
    """The vendor's host cannot be reached or keeps failing after all retries."""


class IncompleteAnswerError(KetteError):
    """An answer that looks whole but is not: cut body, repeated cursor, error page with status 200."""


class LedgerError(KetteError):
    """What was seen is not what was loaded, deduplicated, quarantined and suppressed."""


class AlreadyRunningError(KetteError):
    """Another process holds the lock."""


class ResumeLaterError(KetteError):
    """The vendor asks to wait longer than a run may; what was committed stays, the next goes on."""

"""Decides from status and kind which rows of an export are paid donations."""

import re
from typing import Literal

Verdict = Literal["counts", "refunded", "partly refunded", "left out", "unknown"]


def _read_names(text: str) -> frozenset[str]:
    return frozenset(" ".join(name.split()) for name in text.split(","))


_COUNTED = _read_names(
    """
    paid, succeeded, success, successful, complete, completed, captured, settled, processed,
    accepted, approved, confirmed, received, cleared, ok, done, active, attending, checked in,
    placed, free order, bezahlt, abgeschlossen, erfolgreich, eingegangen, verbucht, gebucht,
    bestätigt, payé, payée, terminé, terminée, réussi, réussie, reçu, reçue, confirmé,
    confirmée, effectué, validé, validée
    """
)
_REFUNDED = _read_names(
    """
    refunded, reversed, charged back, chargeback, disputed, erstattet, zurückerstattet,
    zurückgezahlt, remboursé, remboursée
    """
)
_PARTLY = _read_names(
    """
    partially refunded, partial refund, partial refunded, teilweise erstattet, teilweise
    zurückgezahlt, partiellement remboursé
    """
)
_LEFT = _read_names(
    """
    failed, canceled, cancelled, declined, denied, expired, pending, unpaid, incomplete,
    processing, blocked, voided, void, removed, deleted, rejected, uncaptured, abandoned, not
    attending, draft, held, test, requires payment method, requires action, requires
    confirmation, requires capture, fehlgeschlagen, storniert, abgebrochen, abgelehnt, offen,
    ausstehend, unbezahlt, in bearbeitung, échoué, échouée, annulé, annulée, refusé, refusée, en
    attente, impayé, expiré
    """
)
# Kinds of rows that move money in an account without a donation.
_NO_GIFT = re.compile(
    r"withdrawal|conversion|authori[sz]ation|\bhold\b|reserve|\bfee\b|bank deposit|transfer to bank"
    r"|abbuchung auf|umrechnung|einbehalt|autorisierung|gebühr|retrait|virement vers",
)
_TOTAL = re.compile(
    r"(?:grand |sub[- ]?)?totals?(?: amount)?:?|sums?:?|(?:gesamt|zwischen|end)?summe:?"
    r"|gesamt(?:betrag)?:?|total g[ée]n[ée]ral:?|sous[- ]total:?|somme:?|totale?:?"
)


def judge_status(status: str) -> Verdict:
    """Return how rows with a status are treated; an empty status counts."""
    name = " ".join(status.casefold().replace("_", " ").split())
    if not name or name in _COUNTED:
        return "counts"
    if name in _REFUNDED:
        return "refunded"
    if name in _PARTLY:
        return "partly refunded"
    return "left out" if name in _LEFT else "unknown"


def is_gift(kind: str) -> bool:
    """Return whether rows of a kind, such as "Donation Payment", may be gifts or their refunds."""
    return _NO_GIFT.search(kind.casefold()) is None


def is_total(cells: list[str]) -> bool:
    """Return whether a cell of the row is a word for a total."""
    return any(cell and _TOTAL.fullmatch(cell.casefold()) for cell in cells)

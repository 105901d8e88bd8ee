"""How people name the columns of their files, in the languages of their programs.

Each pattern is compared with a name in lower case, without accents and split into words. The first
pattern in the list that fits a column is used.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

NUMBER = r"(id|ids|no|nr|num|number|nummer|numero|code|key|ref|referenz|reference)"
ORDER = (
    r"(order|bestell\w*|auftrag\w*|beleg\w*|rechnung\w*|invoice|transaction|transaktion\w*|receipt"
    r"|quittung\w*|vorgang\w*|purchase|pedido|commande|ordine|factura|facture|fattura|sale|kauf\w*)"
)
PEOPLE = (
    r"(user|customer|kunden?|kd|client|cliente|klant|member|mitglied\w*|buyer|kaufer|account|konto"
    r"|person|debitor\w*|shopper|subscriber|abonnent\w*)"
)
DAY = r"(date|datum|day|tag|fecha|data|jour|dag|time|zeit\w*|timestamp|zeitpunkt|at|am|on|moment)"
NAMES: Mapping[str, Sequence[str]] = {
    "order_id": (
        rf"\b{ORDER} {NUMBER}\b",
        r"\b(bestell|auftrags?|beleg|rechnungs?|vorgangs?|transaktions?)(nr|nummer|id)\b",
        rf"\b{ORDER}$",
        rf"^{NUMBER}$",
        rf"\b{NUMBER}$",
    ),
    "ordered_at": (
        rf"\b(ordered|{ORDER}|purchased|paid|bezahlt|gekauft|bestellt|gebucht) ?{DAY}\b",
        r"\b(bestell|auftrags?|beleg|rechnungs?|kauf|buchungs?|verkaufs?)(datum|zeit\w*|tag)\b",
        rf"\b(created|erstellt|angelegt|eingegangen) ?{DAY}?\b",
    ),
    "answered_at": (
        rf"\b(answered|submitted|submit|completed|responded|beantwortet|abgeschickt|ended|end) ?{DAY}\b",
        rf"\b(created|erstellt|recorded) ?{DAY}?\b",
    ),
    "occurred_at": (
        rf"\b(occurred|happened|seen|event|visited|besuch\w*|kontakt\w*|started|start) ?{DAY}\b",
        rf"\b(created|erstellt) ?{DAY}?\b",
    ),
    "moment": (rf"\b{DAY}$", rf"\b{DAY}\b", r"(datum|zeit|date|time)$", r"^(wann|when|seen)$"),
    "clock": (r"\b(time|zeit|uhrzeit|hour|hora|heure)\b", r"(zeit|time)$"),
    "amount": (
        r"\b(grand total|order total|total amount|total price|gesamtbetrag|gesamtsumme|endbetrag)\b",
        r"\b(total|gesamt|summe|sum|betrag|amount|umsatz|revenue|brutto|gross|erlos|bestellwert)\b",
        r"\b(importe|montant|importo|bedrag|rechnungsbetrag|auftragswert)\b",
        r"\b(net|netto|value|wert|paid|price|preis|prix|precio|prezzo|prijs|expected value)\b",
        r"(betrag|summe|wert|preis|umsatz)$",
    ),
    "currency_code": (r"\b(currency|wahrung|devise|moneda|valuta|monnaie|ccy|wahrungscode)\b",),
    "quantity": (
        r"\b(quantity|qty|menge|anzahl|stuck|stuckzahl|units|pieces|cantidad|quantite|aantal)\b",
    ),
    "score": (
        r"\b(nps|csat|ces|score|rating|bewertung|sterne|stars|punkte|punktzahl|note)\b",
        r"\b(weiterempfehl\w*|zufriedenheit|satisfaction|likelihood|recommend\w*)\b",
        r"\b(how likely|wie wahrscheinlich|how satisfied|wie zufrieden)\b",
    ),
    "comment": (
        r"\b(comment|comments|kommentar|kommentare|feedback|remark|bemerkung|anmerkung|freitext)\b",
        r"\b(why|warum|reason|grund|answer text|text)\b",
    ),
    "touchpoint": (
        r"\b(touchpoint|event name|event type|event|ereignis|action|aktion|activity|aktivitat|kontaktart)\b",
        r"\b(type|typ|art)\b",
    ),
    "campaign": (r"\b(utm campaign|campaign|kampagne|campana|campagne|messe|fair)\b",),
    "content": (r"\b(content|page|seite|url|topic|thema|subject|betreff)\b",),
    "session_hint": (rf"\b(session|sitzung)( {NUMBER})?$",),
    "response_id": (
        rf"\b(response|submission|antwort|answer|entry|respuesta|reponse) ?{NUMBER}\b",
        # the last is a name of signs alone, such as #
        rf"^{NUMBER}$",
        r"^$",
    ),
    "language": (r"\b(language|sprache|lang|locale)\b",),
    "survey_name": (r"\b(survey|umfrage|form|formular|encuesta|enquete)( name| title|titel)?$",),
    "publication_consent": (r"\b(consent|einwilligung|may be published|veroffentlichen)\b",),
    "invited_at": (rf"\b(invited|sent|eingeladen|versandt) ?{DAY}?\b",),
}
# what identifies people and companies, by the type of identifier, the likeliest first
IDENTIFIERS: Mapping[str, Sequence[str]] = {
    "email": (
        rf"\b{PEOPLE} ?e ?mail",
        r"\b(e ?mail|mail|correo|courriel)\b",
        r"(mail|mailadresse)$",
    ),
    "user_id": (
        rf"\b{PEOPLE} {NUMBER}\b",
        r"\b(kunden|kontakt|mitglieds|debitoren|nutzer|benutzer)(nr|nummer|id)\b",
        rf"^{PEOPLE}$",
    ),
    "crm_contact_id": (rf"\b(contact|kontakt|lead|record) {NUMBER}\b",),
    "survey_respondent_id": (rf"\b(respondent|participant|teilnehmer\w*)( {NUMBER})?\b",),
    "phone": (r"\b(phone|telefon\w*|mobile|mobil|handy\w*|tel|telephone|telefono)\b",),
    "device_id": (rf"\b(device|gerat\w*|visitor|anonymous) ?{NUMBER}?\b",),
    "cookie_id": (rf"\b(cookie|client) ?{NUMBER}?\b",),
    "domain": (r"\b(domain|website|webseite|web|homepage|url|company url|site)\b",),
    "crm_company_id": (
        rf"\b(company|firma|firmen|organi[sz]ation|unternehmen\w*|entreprise|empresa) {NUMBER}\b",
    ),
}
# people at work, and amounts that are only a part
NOT_THE_PERSON = re.compile(
    r"\b(owner|agent|rep|staff|seller|verkaufer|betreuer|mitarbeiter|bearbeiter|assigned|sales person"
    r"|salesperson|created by|absender|sender|from)\b"
)
NOT_THE_AMOUNT = re.compile(
    r"\b(tax|mwst|ust|steuer|vat|discount|rabatt|shipping|versand\w*|unit|einzel\w*|fee|gebuhr)\b"
    r"|^(einzel|versand)"
)
# words in a file's name, and the kind of records it holds
KINDS: Mapping[str, str] = {
    "orders": r"order|bestell|auftr|sales|umsatz|umsatze|verkauf|invoice|rechnung|transaction|purchase|kauf",
    "surveys": r"nps|csat|survey|umfrage|feedback|bewertung|rating|zufriedenheit",
}
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})


def words(name: str) -> str:
    """Return a column's name in small letters, without accents, its words apart."""
    plain = unicodedata.normalize("NFKD", _apart(name))
    letters = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return " ".join(re.findall(r"[^\W_]+", letters))


def _apart(name: str) -> str:
    composed = unicodedata.normalize("NFC", name)
    return re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", composed).casefold()


def slug(text: str) -> str:
    """Return a text as a name of letters from a to z, digits and underscores.

    Umlauts are written out. Letters of other alphabets cannot stay: a name that had some ends with a
    hash of itself, as in the macro ``touchpoint_name``, so that two names never meet by accident.
    """
    plain = words(_apart(text).translate(UMLAUTS))
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_") or "file"
    if plain.replace(" ", "").isascii():
        return name
    return f"{name}_{hashlib.md5(plain.encode(), usedforsecurity=False).hexdigest()[:6]}"


def named(meaning: str, names: Iterable[str], likeliest: int | None = None) -> list[str]:
    """Return the columns that are named like a meaning, the likeliest first.

    Args:
        meaning: One of ``NAMES``.
        names: Names of columns.
        likeliest: How many of its patterns count; without it all.
    """
    return _matching(NAMES[meaning][:likeliest], names)


def named_like_identifier(kind: str, names: Iterable[str]) -> list[str]:
    """Return the columns that are named like a type of identifier, the likeliest first."""
    return _matching(IDENTIFIERS[kind], names)


def _matching(patterns: Sequence[str], names: Iterable[str]) -> list[str]:
    listed = [(name, words(name)) for name in names]
    found = [name for pattern in patterns for name, plain in listed if re.search(pattern, plain)]
    return list(dict.fromkeys(found))

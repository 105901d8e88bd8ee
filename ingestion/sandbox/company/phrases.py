"""What customers ask and agents answer, in German and English; tickets use the same topics."""

from __future__ import annotations

from typing import NamedTuple


class Topic(NamedTuple):
    """A reason to write, with the words for it in both languages."""

    tag: str
    subject: dict[str, str]
    question: dict[str, str]


TOPICS = (
    Topic(
        "rechnung",
        {"de": "Frage zur Rechnung", "en": "Question about an invoice"},
        {
            "de": "Hallo, auf unserer letzten Rechnung stimmt die Adresse nicht.",
            "en": "Hello, the address on our last invoice is wrong.",
        },
    ),
    Topic(
        "widget",
        {"de": "Widget wird nicht angezeigt", "en": "Widget does not show"},
        {
            "de": "Guten Tag, das Bewertungs-Widget erscheint auf unserer Seite nicht.",
            "en": "Hi, the review widget does not appear on our site.",
        },
    ),
    Topic(
        "anfragen",
        {"de": "Bewertungsanfragen kommen nicht an", "en": "Review requests do not arrive"},
        {
            "de": "Unsere Kunden bekommen die Bewertungsanfragen nicht. Woran liegt das?",
            "en": "Our customers do not get the review requests. What could be wrong?",
        },
    ),
    Topic(
        "ladezeit",
        {"de": "Berichte laden langsam", "en": "Reports are slow"},
        {
            "de": "Die Berichte brauchen heute ewig. Ist etwas gestört? 🐢",
            "en": "Reports take ages today. Is something down? 🐢",
        },
    ),
    Topic(
        "tarif",
        {"de": "Welcher Tarif passt?", "en": "Which plan fits?"},
        {
            "de": "Wir haben drei Standorte: welcher Tarif passt zu uns?",
            "en": "We have three locations: which plan fits us?",
        },
    ),
    Topic(
        "zugang",
        {"de": "Zugang für Kollegin", "en": "Access for a colleague"},
        {
            "de": "Wie lade ich eine Kollegin ein?",
            "en": "How do I invite a colleague?",
        },
    ),
)
BOT = {
    "de": "Hallo! Ich bin der Nordlicht Assistent und hole gleich jemanden dazu.",
    "en": "Hello! I am Nordlicht's assistant, somebody will be with you shortly.",
}
NOBODY = {
    "de": "Gerade ist niemand da. Hinterlassen Sie uns gern eine Nachricht.",
    "en": "Nobody is here right now. Please leave us a message.",
}
ANSWER = {
    "de": "Guten Tag, das sehe ich mir gleich an.",
    "en": "Hello, let me have a look at that.",
}
BACK = (
    {"de": "Danke! Dauert das lange?", "en": "Thanks! Will it take long?"},
    {"de": "Ja, genau, das meine ich.", "en": "Yes, that is what I mean."},
    {"de": "Super, jetzt klappt es.", "en": "Great, it works now."},
)
FORTH = (
    {"de": "Nein, nur einen Augenblick.", "en": "No, just a moment."},
    {
        "de": "Bitte laden Sie die Seite einmal neu. Klappt es jetzt?",
        "en": "Please reload the page once. Does it work now?",
    },
    {"de": "Gern geschehen, schönen Tag noch!", "en": "You are welcome, have a nice day!"},
)
AGAIN = {
    "de": "Ich bin es noch einmal: es tritt leider wieder auf.",
    "en": "It is me again: sadly it happens again.",
}
OFFER = {
    "de": "Willkommen bei Nordlicht! Können wir etwas für Sie tun?",
    "en": "Welcome to Nordlicht! Can we do anything for you?",
}
SOLUTION = {
    "de": "Das finden Sie unter Einstellungen > Konto. Dort lässt es sich ändern.",
    "en": "You find that under Settings > Account. It can be changed there.",
}
THANKS = {"de": "Danke, das habe ich gefunden!", "en": "Thanks, found it!"}
MORE = {
    "de": "Und wie ist es mit unserem zweiten Standort? Gilt das dort auch?",
    "en": "And what about our second location? Is it the same there?",
}
NOTE = {
    "de": "Intern: Ladezeiten liegen am Rechenzentrum, Technik weiß Bescheid.",
    "en": "Internal: slow because of the data centre, engineering knows.",
}
CLOSING = {"de": "Vielen Dank für Ihren Besuch!", "en": "Thank you for your visit!"}

"""German verbs, by what it means that somebody will do them. Data only."""

from analyzer.words import listed

TASKS = frozenset(
    listed(
        "vorbereiten weiterleiten schicken senden verschicken versenden mailen prüfen überprüfen "
        "checken kontrollieren klären erstellen erledigen übernehmen kümmern organisieren buchen "
        "umbuchen reservieren bestellen kaufen besorgen informieren benachrichtigen kontaktieren "
        "vereinbaren koordinieren testen überarbeiten aktualisieren korrigieren ergänzen ändern "
        "dokumentieren protokollieren veröffentlichen installieren reparieren beauftragen "
        "beantragen beantworten unterschreiben überweisen bezahlen liefern verschieben kündigen "
        "verlängern verteilen sammeln recherchieren implementieren programmieren entwerfen "
        "formulieren übersetzen drucken kopieren scannen archivieren löschen entfernen ersetzen "
        "migrieren melden fragen schreiben planen abstimmen verbessern erneuern sichern speichern "
        "messen berechnen kalkulieren schätzen bewerten genehmigen bestätigen erinnern besuchen "
        "waschen putzen reinigen packen mieten reklamieren digitalisieren sortieren analysieren "
        "beheben erkundigen beschaffen bearbeiten begleiten übergeben moderieren präsentieren "
        "betreuen telefonieren skizzieren untersuchen definieren unterzeichnen verhandeln backen "
        "nähen streichen hängen gießen füttern zählen erstatten nachreichen sorgen einreichen "
        "eintragen renovieren montieren bedanken bügeln aufschreiben notieren suchen einladen "
        "rufen einrichten haken räumen"
    )
)
"""What people do for each other: said of anybody, it is likely a task. Infinitives without particles."""

LIGHT = frozenset(listed("machen geben bringen nehmen stellen legen holen lesen üben lernen halten"))
"""Tasks where a day to come is named."""

NEVER = frozenset(
    listed(
        "sein haben wissen sagen sehen zugeben gestehen glauben meinen verstehen hoffen warten "
        "bleiben gehen kommen leben sterben können müssen dürfen wollen mögen hören fühlen wundern "
        "vergessen entschuldigen lassen tun fahren laufen dauern passieren kosten reichen gefallen "
        "erleben werden arbeiten wohnen fangen beginnen spielen stimmen klingen aussehen scheinen "
        "kennen denken schlafen essen trinken bedienen danken wünschen gratulieren anrechnen raten "
        "lieben hassen freuen ärgern fürchten annehmen anpassen stattfinden vorstellen gewinnen "
        "verlieren wachsen sinken steigen entstehen bedeuten gelten sitzen stehen liegen heißen "
        "gewöhnen damit finden bekommen brauchen aufpassen auskommen erfahren ausfallen"
    )
)
"""No tasks, whoever is to do them."""

TALK = frozenset(
    listed(
        "zeigen erklären erzählen vorstellen besprechen sprechen reden ansehen anschauen angucken "
        "beginnen anfangen starten weitermachen betrachten behandeln eingehen wiederholen "
        "zusammenfassen beschreiben erläutern fortfahren überlegen vergleichen beachten merken "
        "nennen nachdenken ausreden zurückkommen verbinden teilen wegfallen aufhören ankommen "
        "fortsetzen zurückgehen klarmachen wissen diskutieren reinschnuppern schauen gucken "
        "vorlesen aufmachen zumachen hinsetzen setzen schließen empfehlen anbieten stellen"
    )
)
"""What is done while speaking: a task only where a day to come is named."""

"""German verbs that are tasks. Data only."""

from analyzer.words import listed

ALONE = listed(
    "schicken senden verschicken versenden mailen prüfen überprüfen checken kontrollieren klären "
    "erstellen erledigen übernehmen kümmern organisieren buchen umbuchen reservieren bestellen kaufen "
    "besorgen informieren benachrichtigen kontaktieren vereinbaren koordinieren testen überarbeiten "
    "aktualisieren korrigieren ergänzen ändern dokumentieren protokollieren veröffentlichen installieren "
    "reparieren beauftragen beantragen beantworten unterschreiben überweisen bezahlen liefern verschieben "
    "kündigen verlängern verteilen sammeln recherchieren implementieren programmieren entwerfen "
    "formulieren übersetzen drucken kopieren scannen archivieren löschen entfernen ersetzen migrieren "
    "melden fragen schreiben planen abstimmen verbessern erneuern sichern speichern messen berechnen "
    "kalkulieren schätzen bewerten genehmigen bestätigen erinnern besuchen waschen putzen reinigen packen "
    "mieten reklamieren digitalisieren sortieren analysieren beheben erkundigen beschaffen bearbeiten "
    "begleiten übergeben moderieren präsentieren betreuen telefonieren skizzieren untersuchen "
    "definieren unterzeichnen verhandeln"
)
"""Tasks by themselves."""

PARTICLES = {
    base: frozenset(listed(particles))
    for base, particles in {
        "rufen": "an zurück",
        "finden": "raus heraus",
        "teilen": "auf ein mit",
        "wählen": "aus",
        "liefern": "nach",
        "klären": "ab",
        "fragen": "an nach",
        "haken": "nach",
        "leiten": "weiter",
        "geben": "ab weiter bescheid frei durch zurück ein",
        "sagen": "ab zu bescheid weiter",
        "tragen": "ein nach aus vor",
        "laden": "hoch ein runter herunter",
        "stellen": "fertig ein zusammen bereit auf um aus sicher",
        "setzen": "auf um an verbindung",
        "bringen": "mit vorbei zurück rum",
        "nehmen": "mit auf raus heraus vor",
        "holen": "ab nach ein",
        "machen": "fertig bescheid",
        "legen": "vor dazu ab an bei fest hin",
        "reichen": "ein nach weiter",
        "richten": "ein aus",
        "füllen": "aus",
        "drucken": "aus",
        "schließen": "ab",
        "schauen": "nach durch",
        "sehen": "nach durch",
        "gucken": "nach",
        "gehen": "durch",
        "lesen": "durch",
        "schreiben": "auf um zusammen an ab",
        "schicken": "rum zu los mit raus nach zurück",
        "passen": "an",
        "fassen": "zusammen",
        "arbeiten": "aus ein nach durch",
        "bereiten": "vor",
        "suchen": "raus heraus",
        "räumen": "auf aus ein",
        "hängen": "auf aus",
        "bauen": "ein um auf aus ab",
        "tauschen": "aus",
        "sprechen": "an ab mit",
        "reden": "mit",
        "schalten": "frei ab ein",
        "spielen": "ein auf",
        "zahlen": "ein aus zurück",
        "werten": "aus",
        "rechnen": "durch nach aus",
        "fordern": "an ein nach",
        "gleichen": "ab",
        "stimmen": "zu ab",
        "denken": "an daran dran",
    }.items()
}
"""Tasks with one of these particles, or with this preposition: `ich rufe dich an`, `wir reden mit ihm`."""

LIGHT = frozenset(listed("machen geben bringen nehmen stellen legen holen lesen üben lernen halten"))
"""Tasks where a day to come is named."""

NEVER = frozenset(
    listed(
        "sein haben wissen sagen sehen zugeben gestehen glauben meinen verstehen hoffen warten bleiben "
        "gehen kommen leben sterben können müssen dürfen wollen mögen hören fühlen wundern vergessen "
        "entschuldigen lassen tun fahren laufen dauern passieren kosten reichen gefallen erleben werden "
        "heißen gewöhnen damit leben finden bekommen brauchen aufpassen auskommen erfahren ausfallen"
    )
)
"""No tasks, whoever is to do them."""

TALK = frozenset(
    listed(
        "zeigen erklären erzählen vorstellen besprechen sprechen reden ansehen anschauen angucken "
        "beginnen anfangen starten weitermachen betrachten behandeln eingehen wiederholen zusammenfassen "
        "beschreiben erläutern fortfahren überlegen vergleichen beachten merken nennen nachdenken "
        "diskutieren reinschnuppern schauen gucken vorlesen aufmachen zumachen hinsetzen setzen schließen "
        "öffnen empfehlen anbieten stellen"
    )
)
"""What is done while speaking: a task only where a day to come is named."""

IRREGULAR = {
    "geben": ("gibst", "gibt", "gib", "gegeben"),
    "nehmen": ("nimmst", "nimmt", "nimm", "genommen"),
    "lesen": ("liest", "liest", "lies", "gelesen"),
    "sprechen": ("sprichst", "spricht", "sprich", "gesprochen"),
    "sehen": ("siehst", "sieht", "sieh", "gesehen"),
    "entwerfen": ("entwirfst", "entwirft", "entwirf", "entworfen"),
    "messen": ("misst", "misst", "miss", "gemessen"),
    "tragen": ("trägst", "trägt", "trag", "getragen"),
    "laden": ("lädst", "lädt", "lad", "geladen"),
    "halten": ("hältst", "hält", "halt", "gehalten"),
    "übernehmen": ("übernimmst", "übernimmt", "übernimm", "übernommen"),
    "waschen": ("wäschst", "wäscht", "wasch", "gewaschen"),
    "rufen": ("rufst", "ruft", "ruf", "gerufen"),
    "schreiben": ("schreibst", "schreibt", "schreib", "geschrieben"),
    "unterschreiben": ("unterschreibst", "unterschreibt", "unterschreib", "unterschrieben"),
    "verschieben": ("verschiebst", "verschiebt", "verschieb", "verschoben"),
    "überweisen": ("überweist", "überweist", "überweis", "überwiesen"),
    "bringen": ("bringst", "bringt", "bring", "gebracht"),
    "schließen": ("schließt", "schließt", "schließ", "geschlossen"),
    "gehen": ("gehst", "geht", "geh", "gegangen"),
    "senden": ("sendest", "sendet", "send", "gesendet"),
    "denken": ("denkst", "denkt", "denk", "gedacht"),
    "beheben": ("behebst", "behebt", "beheb", "behoben"),
    "übergeben": ("übergibst", "übergibt", "übergib", "übergeben"),
    "finden": ("findest", "findet", "find", "gefunden"),
}
"""Second and third person, imperative and participle of those that are not conjugated weakly."""

"""What rules take for a promise, a request or an assignment, in English and German, and what they do not."""

import pytest

from analyzer.extractive import report
from scribeline.contracts.analysis import ActionItem, AnalyzePart, Line
from tests.support import commitments as said_somewhere
from tests.support.analyses import part_of


def items(*texts: str, language: str = "en", speakers: tuple[str, ...] = ()) -> tuple[ActionItem, ...]:
    part = part_of(texts, language=language)
    if speakers:
        part = spoken(part, speakers)
    return report(part).action_items or ()


def spoken(part: AnalyzePart, speakers: tuple[str, ...]) -> AnalyzePart:
    lines = zip(part.lines, speakers, strict=True)
    return part.model_copy(update={"lines": tuple(said(line, speaker) for line, speaker in lines)})


def said(line: Line, speaker: str) -> Line:
    return line.model_copy(update={"speaker": speaker})


ENGLISH = (
    "I'll draft the agenda tonight.",
    "I will circulate the minutes after this.",
    "I'm going to look into the billing issue.",
    "I'll get back to you on that by Wednesday.",
    "I need to finish the budget before the board meets on Monday.",
    "I have to renew our licence this week.",
    "Let me check with legal and get back to you tomorrow.",
    "I can send you the slides later today.",
    "I can take care of the catering.",
    "I'm happy to write the introduction.",
    "I'd be glad to review it.",
    "We need to fix the login page before launch.",
    "We should hire a second tester.",
    "We have to order more paper.",
    "We'll need someone to update the website.",
    "Let's schedule a call with the vendor.",
    "Let's meet again on Tuesday to finalise it.",
    "Could you forward me the contract?",
    "Can you have the numbers ready by noon on Thursday?",
    "Would you mind booking the room?",
    "Would you please upload the photos?",
    "Please fill in the form and send it back.",
    "Please bring your passport.",
    "Paul, could you talk to the caterer?",
    "Hannah will prepare the handout.",
    "Mr. Lewis is going to call the bank on Friday.",
    "Karim has to submit the visa application by the 3rd of May.",
    "Olga needs to sign off the layout.",
    "Peter, you take the registration desk, please.",
    "I'd like you to rehearse the presentation once more.",
    "I want you to read chapters four and five for next week.",
    "You need to send us your bank details.",
    "You'll need to bring a proof of address.",
    "Make sure to back up the server before Saturday.",
    "Don't forget to water the plants.",
    "Remember to submit your essays by Friday.",
    "Your essays are due on the 12th of May.",
    "The report has to be finished by Friday.",
    "The invoices still need to be paid.",
    "The brochure needs to go to the printer by the 9th.",
    "Someone needs to call the insurance company.",
    "Somebody should update the wiki.",
    "Read chapter seven for Monday.",
    "Send me the address when you have it.",
    "Action item for Tim: renew the certificate.",
    "She'll send us the sample next week.",
    "It would be great if you could translate this by Monday.",
    "I'll ask Maria about the room.",
    "I'm sending you the link this afternoon.",
    "We agreed that Jo will present the results on Monday.",
    "My colleague will call you back tomorrow.",
    "The bank has to approve it first.",
    "I'd appreciate it if you could confirm by email.",
    "So that's on me, I'll sort out the travel.",
    "You two need to agree on a date.",
    "Could one of you take the minutes?",
    "Maybe Lisa can ask the supplier by Friday.",
    "Nobody has booked the hotel yet, so I'll do that this week.",
)
ENGLISH_TALK = (
    "I won't call him.",
    "I'll never understand that.",
    "I'll be there.",
    "I'll see you on Monday.",
    "I'll tell you a story.",
    "We'll look at the second example now.",
    "We will see in a minute why this matters.",
    "Let's take a break.",
    "Let's say the price is ten.",
    "Can you hear me?",
    "Can you tell me more about that?",
    "Could you explain the difference?",
    "Would you say it was worth it?",
    "If I send it tomorrow, he won't read it.",
    "I would call him if I had his number.",
    "I should have called him.",
    "He said he would send the money.",
    "She will die in chapter three.",
    "The king must choose between his sons.",
    "You have to understand that this was in 1950.",
    "You need to multiply both sides by two.",
    "I think I will like it here.",
    "I have to say, this was a great talk.",
    "I sent him the report yesterday.",
    "We had to rebuild the whole thing.",
    "The train will arrive at nine.",
    "It will rain tomorrow.",
    "That will cost a fortune.",
    "Rome will fall within a century.",
    "What would you do?",
    "How will you handle that?",
    "Please, have a seat.",
    "Thank you, please go on.",
    "I used to write the reports.",
    "They told us, you must pay by Friday.",
    "I'm going to the beach on Saturday.",
    "I need coffee.",
    "My mother always said, you should save some money.",
    "I'll give you an example.",
    "The results will be surprising.",
    "People will tell you it's easy.",
    "You can find it on the website.",
    "I'll just say this.",
    "I must admit I was wrong.",
    "We're going to have fun.",
    "You'll love it.",
    "You should see his garden.",
    "I will always remember her.",
    "Everyone needs to eat.",
)

GERMAN = (
    "Ich kümmere mich um die Einladungen.",
    "Ich schicke dir die Datei nachher.",
    "Ich gebe dir bis Mittwoch Bescheid.",
    "Ich frage mal beim Hausmeister nach.",
    "Ich werde den Vertrag prüfen.",
    "Ich muss noch die Reisekosten abrechnen.",
    "Ich rufe den Lieferanten morgen zurück.",
    "Ich bereite die Präsentation vor.",
    "Dann buche ich uns einen Raum.",
    "Das Protokoll schreibe ich.",
    "Ich übernehme die Moderation.",
    "Ich mache das bis Freitag fertig.",
    "Ich bringe am Donnerstag Kuchen mit.",
    "Ich leite die Mail an die Buchhaltung weiter.",
    "Ich erkundige mich nach den Preisen.",
    "Ich setze mich mit dem Anwalt in Verbindung.",
    "Wir müssen bis Ende März den Antrag einreichen.",
    "Wir sollten die Passwörter ändern.",
    "Wir müssen unbedingt die Heizung reparieren lassen.",
    "Lass uns nächste Woche einen Termin machen.",
    "Lasst uns das am Montag nochmal besprechen.",
    "Kannst du bitte die Liste aktualisieren?",
    "Könntest du mir die Unterlagen schicken?",
    "Können Sie mir das bitte schriftlich bestätigen?",
    "Würden Sie bitte das Formular ausfüllen?",
    "Schickst du mir den Link?",
    "Kümmerst du dich um den Beamer?",
    "Sagst du bitte dem Team Bescheid?",
    "Bitte reichen Sie die Belege bis zum 15. ein.",
    "Bitte füllen Sie den Bogen aus.",
    "Schicken Sie uns einfach eine Kopie.",
    "Schick mir bitte die Nummer.",
    "Ruf bitte beim Zahnarzt an.",
    "Lest bis nächste Woche Kapitel vier.",
    "Denk bitte an die Schlüssel.",
    "Vergiss nicht, die Tür abzuschließen.",
    "Vergessen Sie bitte nicht, sich anzumelden.",
    "Thomas, du müsstest noch die Folien überarbeiten.",
    "Sie müssten uns noch die Vollmacht zuschicken.",
    "Du musst bis morgen den Bericht abgeben.",
    "Frau Weber kümmert sich um die Raumbuchung.",
    "Herr Schulz übernimmt die Abrechnung.",
    "Das übernimmt Claudia.",
    "Um das Catering kümmert sich Jonas.",
    "Die Personalabteilung soll die Verträge prüfen.",
    "Martin soll den Kunden anrufen.",
    "Der Vorstand muss das noch genehmigen.",
    "Jemand muss den Drucker reparieren.",
    "Die Rechnung muss bis Montag bezahlt werden.",
    "Der Fehler muss noch behoben werden.",
    "Das Formular ist bis Freitag abzugeben.",
    "Bis Dienstag brauche ich von dir die Zahlen.",
    "Ich hätte gern bis morgen eine Rückmeldung von Ihnen.",
    "Es wäre super, wenn du das bis Freitag testen könntest.",
    "Ich möchte, dass Sie das Protokoll verschicken.",
    "Ich würde dich bitten, die Gäste zu begrüßen.",
    "Anna wird am Montag mit dem Kunden telefonieren.",
    "Wir treffen uns am Montag und ich bringe die Pläne mit.",
    "Da hake ich nochmal nach.",
    "Könnte jemand das Fenster reparieren lassen?",
    "Ich kläre das mit der Technik und melde mich dann.",
    "Machst du bitte die Reservierung?",
)
GERMAN_TALK = (
    "Ich werde das nicht machen.",
    "Ich muss sagen, das hat mir gefallen.",
    "Ich komme am Montag wieder.",
    "Ich schreibe gern Gedichte.",
    "Ich habe ihm gestern die Mail geschickt.",
    "Ich würde das anders machen.",
    "Ich hätte ihn anrufen sollen.",
    "Wir müssen verstehen, warum das so ist.",
    "Wir werden gleich sehen, wie das geht.",
    "Wir haben das letzte Woche geprüft.",
    "Kannst du mich hören?",
    "Können Sie mir sagen, wie spät es ist?",
    "Können Sie das genauer erklären?",
    "Könnten Sie sich vorstellen, hier zu arbeiten?",
    "Was kann ich für Sie tun?",
    "Wenn ich den Bericht schicke, liest ihn keiner.",
    "Er sagte, ich schicke dir das Geld.",
    "Man müsste das mal aufräumen.",
    "Man könnte auch anders anfangen.",
    "Die Sonne wird in fünf Milliarden Jahren verlöschen.",
    "Der König muss sich entscheiden.",
    "Das muss ja nicht sein.",
    "Das wird teuer.",
    "Stellen Sie sich vor, Sie sind ein Fisch.",
    "Schauen Sie mal auf die Folie.",
    "Nehmen Sie Platz.",
    "Sagen Sie mal, geht's noch?",
    "Sie müssen sich das so vorstellen.",
    "Du kannst dir das nicht ausdenken.",
    "Bitte schön.",
    "Ja bitte?",
    "Ich frage mich, ob das stimmt.",
    "Ich rufe jeden Sonntag meine Mutter an.",
    "Früher schrieb man Briefe.",
    "Das schreibt der Autor auf Seite drei.",
    "Der Zug kommt um neun.",
    "Es soll morgen regnen.",
    "Darf ich Ihnen eine Frage stellen?",
    "Lass uns eine Pause machen.",
    "Kommen wir zum nächsten Punkt.",
    "Ich glaube, ich werde alt.",
    "Wir wollen hier niemandem etwas verkaufen.",
    "Die Zellen müssen Energie aufnehmen.",
    "Wie schreibt man das?",
    "Hast du gut geschlafen?",
    "Meine Oma hat immer gesagt, du musst sparen.",
    "Haben Sie das geprüft?",
    "Das kannst du vergessen.",
    "Dann muss man die Klammer auflösen.",
    "Ich kaufe nie wieder dort.",
)


@pytest.mark.parametrize("text", ENGLISH)
def test_english_promises_requests_and_assignments_are_found(text: str) -> None:
    (item,) = items(text)
    assert item.evidence.quote.lower() in text.lower()


@pytest.mark.parametrize("text", GERMAN)
def test_german_promises_requests_and_assignments_are_found(text: str) -> None:
    assert items(text, language="de")


@pytest.mark.parametrize("text", ENGLISH_TALK)
def test_english_talk_that_binds_nobody_is_left_out(text: str) -> None:
    assert items(text) == ()


@pytest.mark.parametrize("text", GERMAN_TALK)
def test_german_talk_that_binds_nobody_is_left_out(text: str) -> None:
    assert items(text, language="de") == ()


@pytest.mark.parametrize(
    ("language", "sentences"),
    [("en", said_somewhere.ENGLISH_PROMISES), ("de", said_somewhere.GERMAN_PROMISES)],
)
def test_promises_of_many_subjects_and_wordings_are_found(language: str, sentences: str) -> None:
    missed = [text for text in sentences.strip().splitlines() if not items(text, language=language)]
    assert missed == []


@pytest.mark.parametrize(
    ("language", "sentences"), [("en", said_somewhere.ENGLISH_TALK), ("de", said_somewhere.GERMAN_TALK)]
)
def test_talk_of_many_subjects_and_wordings_binds_nobody(language: str, sentences: str) -> None:
    taken = [text for text in sentences.strip().splitlines() if items(text, language=language)]
    assert taken == []


@pytest.mark.parametrize(
    ("language", "text", "owner"),
    [
        ("en", "Paul, could you call the caterer?", "Paul"),
        ("en", "Could you call the caterer, Paul?", "Paul"),
        ("en", "Then Mr Lewis will call the bank.", "Mr Lewis"),
        ("en", "Mina and I will send the form.", "Mina"),
        ("en", "I'll send the form.", None),
        ("en", "Tom here, I'll send the form.", "Tom"),
        ("de", "Uwe, kümmerst du dich um das Dach?", "Uwe"),
        ("de", "Das übernimmt Frau Weber.", "Frau Weber"),
        ("de", "Dann soll bitte die Sabine nachfragen.", "die Sabine"),
        ("de", "Das muss der Vorstand noch genehmigen.", "der Vorstand"),
        ("de", "Gut, kannst du den Plan schicken?", None),
        ("en", "Greta has agreed to host the dinner.", "Greta"),
        ("en", "The treasurer will pay the deposit.", "treasurer"),
        ("en", "Eva is responsible for the name tags.", "Eva"),
        ("de", "Greta hat versprochen, die Leiter zurückzubringen.", "Greta"),
        ("de", "Eva ist für die Namensschilder verantwortlich.", "Eva"),
        ("de", "Meine Kollegin schickt Ihnen die Unterlagen zu.", "meine Kollegin"),
    ],
)
def test_the_owner_is_whom_the_words_name(language: str, text: str, owner: str | None) -> None:
    assert [item.owner for item in items(text, language=language)] == [owner]


def test_where_channels_are_split_the_speaker_owns_a_promise_and_the_other_one_a_request() -> None:
    made = items("I'll send the form.", "Can you sign it?", speakers=("channel 1", "channel 1"))
    assert [item.owner for item in made] == ["channel 1", None]

    made = items("I'll send the form.", "Can you sign it?", speakers=("channel 1", "channel 2"))
    assert [item.owner for item in made] == ["channel 1", "channel 1"]


def test_who_is_called_by_name_and_answers_owns_what_the_answer_promises() -> None:
    made = items("Could you chase them, Ellen?", "Yeah, I'll ring the registrar.")
    assert [item.owner for item in made] == ["Ellen", "Ellen"]


def test_who_says_that_they_do_it_owns_what_somebody_was_asked_for() -> None:
    made = items("Could somebody review it?", "Yes, I can do that. Tom here.")
    assert [item.owner for item in made] == ["Tom"]


@pytest.mark.parametrize(
    ("language", "texts", "due"),
    [
        ("en", ["By Friday I'll send the plan."], "2026-11-20"),
        ("en", ["I'll send the plan at once, because we meet by Friday."], "2026-11-20"),
        ("en", ["I'll send the plan that we wrote last Friday."], None),
        ("en", ["I'll write the plan for the second quarter."], None),
        ("en", ["Could you send the plan?", "Preferably by Friday."], "2026-11-20"),
        ("en", ["I'll send the plan next week."], "next week"),
        ("de", ["Schick mir den Plan.", "Am besten noch heute."], "2026-11-18"),
        ("de", ["Du schreibst das bitte auf, solange du es weißt, bis Freitag."], "2026-11-20"),
    ],
)
def test_the_day_by_which_it_is_due_is_the_one_said_for_it(
    language: str, texts: list[str], due: str | None
) -> None:
    assert [item.due for item in items(*texts, language=language)] == [due]


def test_the_quote_is_the_clause_and_not_all_that_was_said_around_it() -> None:
    made = items("Ich rede mit der Leitung und rufe Sie morgen an, aber erst mittags.", language="de")
    assert [item.evidence.quote for item in made] == ["Ich rede mit der Leitung", "und rufe Sie morgen an"]

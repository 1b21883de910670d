"""Sentences that promise, ask or assign, and sentences that bind nobody, of many subjects; one a line."""

ENGLISH_PROMISES = """
I'll swing by the nursery and pick up the seedlings on Saturday.
I'll get the kids from practice tomorrow.
I will talk to the headteacher about the field trip.
Let me sort that out with accounting.
I can drop off the keys on Sunday.
I still have to iron the costumes.
I still need to book flights for the conference.
I've got to hand in my timesheet.
I only need to label the boxes before the movers come.
I'd better warn the neighbours.
I'm calling the plumber this afternoon.
I'm going to repaint the hallway next weekend.
I was going to ask Dana for the recipe, I'll do that tonight.
Leave it with me, I'll dig out the old contract.
I guess I'll handle the sound check then.
I'll take the dog to the vet on Monday.
I'll have the prototype ready by Thursday.
I'll come back to you with a quote.
I'll let the choir know.
I'll let you know by Friday.
I'll keep an eye on the error logs over the weekend.
I'll make sure the projector works before the guests arrive.
We'll deliver the sofa on the 14th.
We'll refund the difference to your card.
We'll send a technician tomorrow morning.
We're going to replace the unit free of charge.
We still need to find a venue for the summer party.
We have to renegotiate the lease before it runs out.
We ought to thank the donors.
We need somebody to run the cloakroom.
We need to get the permit from the city.
We should set up a shared calendar.
We must not forget to invite the mayor.
Let's put up posters in the library.
Let's meet at the site on Tuesday.
Let's get a second opinion on the roof.
Could you water the tomatoes while I'm away?
Could you please double-check the mileage?
Can you let the parents know?
Can you ask Felix whether he has a drill?
Can you get me the blood results by noon?
Can one of you drive the van?
Could somebody bring a first aid kit?
Would you mind picking up the cake?
Would you be able to proofread the chapter?
Would it be possible for you to move the appointment?
Will you tell Simon about the rehearsal?
Do you think you could paint the backdrop?
Please leave the parcel with the neighbour.
Please don't forget to sign the back page.
So please rinse the samples before storing them.
Priya, can you design the logo?
Nina, please count the chairs.
Okay Leo, you take the warm-up exercises.
Ahmed, your job is to feed the fish.
Ruth will sew the curtains.
Ruth is going to sew the curtains.
Ben and Carla will run the quiz.
Dr. Stone will review your scan on Monday.
Harriet is picking up the trophies on Friday.
Tomas said he'd fix the gate this week.
Greta has agreed to host the dinner.
Mike promised to return the ladder by Sunday.
Your manager needs to approve the leave.
The treasurer will pay the deposit.
The landlord has to fix the boiler.
The boiler has to be serviced before winter.
The minutes need to be typed up.
The hall still has to be cleaned.
The curtains need washing.
The tickets must be ordered by the end of the month.
The form should be returned by Monday.
All reports are due on Friday.
It needs to be tested on the old phones as well.
That still needs to be translated.
Somebody needs to feed the cats over Easter.
Everyone brings a dish on Saturday.
Everybody should read the safety sheet before Monday.
Make sure you switch off the pumps.
Make sure the windows are shut.
Remember to bring your swimming things.
Don't forget your permission slips on Wednesday.
For next week, read the article on soil erosion.
Write a short summary of the film by Thursday.
Your homework is to interview a neighbour.
The assignment for Tuesday is to sketch a floor plan.
Take two tablets a day and come back in a week.
Call us if it gets worse.
You should have the stitches removed next week.
You need to submit the form by the 10th.
I need you to sign here and send it back.
I want you to practise the scale every day until Friday.
I'd like you to call the gas company.
It would help if you could list the missing parts.
Then you'll hear from us by the end of next week.
You'll get an email from us tomorrow.
I'll ask my sister to translate the letter.
My assistant will send you the paperwork.
A colleague will ring you this afternoon.
He's going to lend us his trailer next weekend.
She has to renew her passport before June.
They'll pick up the old fridge on Thursday.
Next step is to compare the two offers.
That's for Eva to decide by Monday.
Eva is responsible for the name tags.
I'd be happy to show the new people round on Monday.
I'm happy to chair the next one.
So I'll merge the branch and you update the changelog.
If you send me the file, I'll convert it.
When I'm back in the office, I'll look it up and call you.
As soon as the paint is dry, we'll hang the pictures.
Send it over and I'll have a look.
Get yourselves a library card before next week.
Just email me the photos.
"""

ENGLISH_TALK = """
I'll be honest with you.
I'll have the soup, please.
I'll never get used to it.
I'll start with the budget.
I'll come to that in a second.
I'll say it again.
I'll put you on hold for a moment.
I'll just pull up your account.
I'll share my screen.
I'll be there at eight.
Let me just finish my sentence.
Let me see.
Let me explain.
Let me show you a picture.
Let me put it this way.
Let me ask you something.
Let me have a look at your file now.
Let's begin.
Let's see what happens.
Let's suppose x is four.
Let's not get ahead of ourselves.
Let's be clear about that.
Let's move on to the next item.
We'll see.
We'll talk about mitosis today.
We'll come back to this example later.
We need to understand where this came from.
We have to be careful with such claims.
We need more chairs.
We should be fine.
We have to remember that this was a poor country.
We will never know who wrote it.
We'd better hurry.
We could have sent it earlier.
We should have ordered more.
We had to cancel the tour.
We used to meet every Thursday.
We meet every Thursday.
I usually send the list on Mondays.
I called the bank yesterday.
I have already paid the invoice.
I've sent it to the printer.
I was going to study law.
I would have called you.
I would never sell that house.
I could write a book about it.
I need a holiday.
I want to be a pilot.
I have to admit that surprised me.
I must have left it at home.
I can't find the folder.
I can see your point.
I can imagine.
I can speak three languages.
I don't have to work tomorrow.
Could you see the stage from there?
Can you imagine?
Can you see my screen?
Can you say that again?
Could you spell that for me?
Can you give me an example?
Can you tell me your date of birth?
Would you like some tea?
Would you do it again?
Would you describe yourself as patient?
Will you marry me, he asked.
Please sit down.
Please hold the line.
Please go ahead.
You have to imagine a city without light.
You can order it online.
You should have seen his face.
You must be tired.
You need flour and eggs for that.
You'll be fine.
You will notice that the curve flattens.
If you heat it, it will expand.
If I were you, I would sell the car.
She told me to sell the car.
She asked me whether I would join.
They said they would call, but nobody did.
He promised to come, but he never did.
My boss used to say, send it today.
Napoleon will invade Russia a year later.
The cells need to divide.
The plant has to adapt to the cold.
The enzyme is then released into the blood.
The water needs to be at least forty degrees.
The castle was built in 1420.
The price will go up.
The meeting is on Tuesday.
The results should be interesting.
Nobody has to apologise.
People have to eat.
Somebody told me about it.
Everybody knows that.
Paris is the capital.
Anna was late yesterday.
Anna has a new job.
Anna thinks it's too early.
Peter works at the hospital.
Peter made the cake yesterday.
Take for example the whale.
Look at the chart on the left.
Think of a number.
Note that the second term vanishes.
Imagine you are on a boat.
Thanks for sending the files.
Sounds like a plan, let's do it.
How should we handle that?
Shall I open a window?
What do I need to bring?
Do I have to sign anything?
Why would I sell it?
"""

GERMAN_PROMISES = """
Ich hole am Samstag die Setzlinge ab.
Ich bestelle gleich noch die Getränke.
Ich spreche morgen mit der Schulleiterin.
Ich rede nochmal mit dem Vermieter.
Ich schaue mir den Vertrag bis Montag an.
Ich gehe die Liste bis morgen durch.
Ich suche dir die Adresse raus.
Ich sag dem Hausmeister Bescheid.
Ich geb das an die Kollegen weiter.
Ich nehme das Thema mit.
Ich mach die Folien fertig.
Ich bring dann die Bohrmaschine mit.
Ich fahre am Dienstag zum Baumarkt und besorge Farbe.
Ich streiche nächste Woche den Flur.
Ich sorge dafür, dass der Raum offen ist.
Ich kümmer mich drum.
Da kümmere ich mich drum.
Das erledige ich.
Das mach ich heute Abend.
Das kläre ich mit der Versicherung.
Den Kuchen backe ich.
Dann trage ich das in den Kalender ein.
Ich kann am Freitag die Schlüssel abholen.
Ich könnte die Plakate drucken.
Ich will bis Ende der Woche das Konzept fertig haben.
Ich wollte noch den Elektriker anrufen.
Ich muss noch die Kostüme bügeln.
Ich muss das erst mit meiner Frau besprechen.
Ich müsste noch die Stunden eintragen.
Ich soll den Schlüssel zurückgeben.
Ich werde mich darum kümmern.
Ich werde Ihnen ein Angebot machen.
Ich lasse Ihnen das Rezept zuschicken.
Ich melde mich, sobald ich etwas weiß.
Ich melde mich bei Ihnen.
Ich habe vor, die Stelle nächste Woche auszuschreiben.
Ich würde das dann an die Druckerei schicken.
Wir schicken Ihnen morgen einen Techniker.
Wir liefern das Sofa am 14. Mai.
Wir erstatten Ihnen den Betrag.
Wir melden uns bei Ihnen bis Ende der Woche.
Wir rufen Sie zurück.
Wir brauchen noch jemanden für die Garderobe.
Wir brauchen noch eine Genehmigung von der Stadt.
Wir müssen noch einen Raum finden.
Wir müssen die Eltern informieren.
Wir sollten uns bei den Spendern bedanken.
Wir sollten einen gemeinsamen Kalender anlegen.
Wir wollen die Küche bis Juni renovieren.
Wir haben beschlossen, einen neuen Rasenmäher zu kaufen.
Lass uns am Dienstag treffen.
Lasst uns noch ein zweites Angebot einholen.
Kannst du die Tomaten gießen?
Kannst du den Eltern Bescheid geben?
Kannst du Felix fragen, ob er kommt?
Kannst du mir bis Mittag die Laborwerte besorgen?
Könntest du am Sonntag den Hund nehmen?
Könnt ihr bitte die Stühle aufräumen?
Können Sie mir das Formular zumailen?
Könnten Sie den Termin verlegen?
Würdest du den Kuchen abholen?
Magst du das Logo entwerfen?
Kann bitte jemand einen Verbandskasten mitbringen?
Wer kann am Sonntag die Kasse machen?
Nimmst du die Anmeldung?
Bringst du die Grillkohle mit?
Druckst du bitte die Listen aus?
Schreibst du das Protokoll?
Holst du morgen die Kinder ab?
Bitte geben Sie das Paket beim Nachbarn ab.
Bitte unterschreiben Sie auf der Rückseite.
Bitte nicht vergessen, die Rückseite zu unterschreiben.
Bitte bis Montag die Entwürfe hochladen.
Gießt bitte jeden Abend die Pflanzen, solange wir weg sind.
Nehmen Sie bitte zweimal am Tag eine Tablette.
Kommen Sie bitte in zwei Wochen noch einmal vorbei.
Rufen Sie uns an, wenn es schlimmer wird.
Bringen Sie zum Termin Ihren Impfpass mit.
Räum bitte die Bühne auf.
Sag mir bitte bis Freitag, wie viele kommen.
Sagen Sie mir Bescheid, wenn das Paket da ist.
Überlegt euch bis nächste Woche ein Thema.
Löst als Hausaufgabe die Aufgaben vier bis sieben.
Hausaufgabe ist, einen Nachbarn zu interviewen.
Ihre Aufgabe bis Dienstag ist, einen Grundriss zu zeichnen.
Priya, entwirfst du das Logo?
Nina, zähl bitte die Stühle.
Leo, du machst das Aufwärmen.
Ahmed, du fütterst die Fische.
Ruth will die Vorhänge bis Ostern nähen.
Frau Doktor Stein schaut sich die Aufnahme am Montag an.
Herr Yilmaz holt am Freitag die Pokale ab.
Tomas wollte diese Woche das Tor reparieren.
Greta hat versprochen, bis Sonntag die Leiter zurückzubringen.
Greta hat sich bereit erklärt, die Kasse zu führen.
Der Vermieter muss die Heizung reparieren.
Der Chef muss den Urlaub noch genehmigen.
Die Heizung muss vor dem Winter gewartet werden.
Das Protokoll muss noch abgetippt werden.
Der Saal muss noch geputzt werden.
Die Vorhänge müssen gewaschen werden.
Die Karten sollten bis Monatsende bestellt werden.
Das muss noch übersetzt werden.
Das sollte auch auf den alten Handys getestet werden.
Die Arbeiten sind bis Freitag abzugeben.
Jemand muss am Abend abschließen.
Irgendwer muss über Ostern die Katzen füttern.
Jeder bringt am Samstag etwas zu essen mit.
Alle lesen bis Montag das Merkblatt.
Achten Sie darauf, die Pumpen auszuschalten.
Denken Sie daran, Ihre Badesachen mitzubringen.
Denkt an die Einverständniserklärung.
Vergiss bitte die Zugangskarte nicht.
Du musst den Router innerhalb von zwei Wochen zurückschicken.
Sie müssten das Formular bis zum 10. einreichen.
Sie bekommen morgen eine Mail von uns.
Sie hören bis Ende nächster Woche von uns.
Ich brauche von Ihnen noch eine Kopie des Ausweises.
Ich bräuchte bis Mittwoch die Maße.
Mir wäre wichtig, dass du die Gasfirma anrufst.
Es wäre nett, wenn Sie mir die fehlenden Teile auflisten könnten.
Am besten rufst du da morgen an.
Meine Kollegin schickt Ihnen die Unterlagen zu.
Ein Kollege ruft Sie heute Nachmittag an.
Er leiht uns am Wochenende den Anhänger.
Zuständig für die Namensschilder ist Eva.
Eva ist für die Namensschilder verantwortlich.
Um die Musik kümmern sich die Zwillinge.
Der nächste Schritt ist, die beiden Angebote zu vergleichen.
"""

GERMAN_TALK = """
Ich bin ehrlich mit Ihnen.
Ich nehme die Suppe.
Ich werde mich nie daran gewöhnen.
Ich fange mit dem Haushalt an.
Ich komme gleich darauf zurück.
Ich sage es noch einmal.
Ich verbinde Sie.
Ich schaue kurz in Ihre Akte.
Ich teile mal meinen Bildschirm.
Ich arbeite im Krankenhaus.
Ich wohne seit drei Jahren in Kiel.
Ich glaube, das stimmt.
Ich hoffe, es klappt.
Ich freue mich auf Samstag.
Ich verstehe das Problem.
Ich finde das gut.
Ich kenne ihn gut.
Ich denke, wir sind durch.
Ich brauche Urlaub.
Ich will Pilot werden.
Ich wollte eigentlich Jura studieren.
Ich muss zugeben, das hat mich überrascht.
Ich muss morgen nicht arbeiten.
Ich kann drei Sprachen.
Ich kann Sie gut hören.
Ich kann mir das vorstellen.
Ich kann die Mappe nicht finden.
Ich könnte ein Buch darüber schreiben.
Ich habe die Rechnung schon bezahlt.
Ich habe gestern die Bank angerufen.
Ich hätte dich angerufen.
Ich schicke die Liste normalerweise montags.
Ich lese gerade ein Buch über Wale.
Ich schreibe seit zwei Jahren an dem Roman.
Wir treffen uns jeden Donnerstag.
Wir haben uns früher immer getroffen.
Wir mussten die Tour absagen.
Wir hätten mehr bestellen sollen.
Wir sprechen heute über die Zellteilung.
Wir schauen uns jetzt das zweite Beispiel an.
Wir sehen hier eine Kurve.
Wir brauchen mehr Zeit.
Wir müssen vorsichtig sein.
Wir müssen uns klarmachen, was das bedeutet.
Wir werden nie erfahren, wer es war.
Wir wissen es nicht.
Wir verkaufen Fahrräder.
Wir bauen seit dreißig Jahren Häuser.
Fangen wir an.
Gehen wir weiter.
Nehmen wir an, x ist vier.
Lass mich ausreden.
Lassen Sie mich kurz überlegen.
Lass mal sehen.
Kannst du das nochmal sagen?
Kannst du meinen Bildschirm sehen?
Können Sie mir ein Beispiel geben?
Können Sie mir Ihr Geburtsdatum sagen?
Könntest du dir das vorstellen?
Möchten Sie einen Tee?
Würden Sie es wieder tun?
Arbeiten Sie gern im Team?
Haben Sie noch Fragen?
Bitte setzen Sie sich.
Bitte sehr.
Sie müssen sich eine Stadt ohne Licht vorstellen.
Sie können das im Internet bestellen.
Das kann man online bestellen.
Du hättest sein Gesicht sehen sollen.
Du musst müde sein.
Sie werden merken, dass die Kurve abflacht.
Wenn man es erhitzt, dehnt es sich aus.
Wenn ich du wäre, würde ich das Auto verkaufen.
Sie hat mir gesagt, ich soll das Auto verkaufen.
Sie hat mich gefragt, ob ich mitmache.
Er wollte anrufen, hat es aber nie getan.
Mein Chef hat immer gesagt, schick es heute raus.
Napoleon marschiert ein Jahr später in Russland ein.
Die Zellen müssen sich teilen.
Die Pflanze muss sich an die Kälte anpassen.
Das Enzym wird dann ins Blut abgegeben.
Das Wasser muss mindestens vierzig Grad haben.
Die Burg wurde 1420 gebaut.
Die Preise werden steigen.
Der Laden ist am Montag geschlossen.
Die Sitzung ist am Dienstag.
Man muss das Mehl vorher sieben.
Niemand muss sich entschuldigen.
Jemand hat mir davon erzählt.
Jeder weiß das.
Anna hat eine neue Stelle.
Anna kam gestern zu spät.
Anna findet es zu früh.
Peter arbeitet im Krankenhaus.
Peter hat gestern den Kuchen gemacht.
Luther übersetzt die Bibel ins Deutsche.
Der Autor beschreibt das Dorf.
Der Wal atmet durch die Lunge.
Schauen Sie auf die Kurve links.
Denken Sie an eine Zahl.
Beachten Sie, dass der zweite Term wegfällt.
Stell dir vor, du bist auf einem Boot.
Danke, dass du die Dateien geschickt hast.
Klingt gut, so machen wir das.
Wie sollen wir das lösen?
Soll ich ein Fenster aufmachen?
Was muss ich mitbringen?
Muss ich etwas unterschreiben?
Warum sollte ich es verkaufen?
Morgens mache ich erst mal die Werkstatt auf.
Dann nehme ich das Gehäuse auseinander.
Dann baue ich die alten Röhren aus.
Ich schraube das Ding auf und sehe nach.
Die Ersatzteile suche ich mir auf Flohmärkten zusammen.
Heute kann ich ein Radio in zwei Tagen reparieren.
Da kann ich die Kratzer rauspolieren.
Ich kann das Holz neu lackieren.
Mein Sohn hilft mir dabei.
Meine Frau holt mich dann abends ab.
Der Kunde bringt uns das Radio vorbei.
Ich probiere das dann einfach aus.
Wir tauschen dann die Kondensatoren aus.
Ich muss dann jedes Teil einzeln prüfen.
Wir müssen die Teile einzeln anfertigen.
Damals wollte ich noch Elektriker werden.
Das Radio stelle ich dann ins Regal.
Ich baue jetzt seit zehn Jahren Radios um.
Ich zeige Ihnen das mal.
Ich fange dann mit dem Netzteil an.
Ich lese noch viel dazu.
"""

"""Sentences in German, Dutch, Danish, Swedish and English. The notation stands in `carriers.py`."""

GERMAN = r"""
two contacts ## Bei Fragen zur Lieferung erreichen Sie Frau Lindner unter Tel. {DE.tel} oder per E-Mail an {email}.
mobile in a chat ## Bin ab vier im Laden, ruf mich einfach auf dem Handy an: {DE.mob}. Bis später!
letterhead ## Druckwerk Süd GmbH, Industriestraße 14, 86153 Augsburg\nTelefon: {DE.tel}   Telefax: {DE.fix}\nUSt-IdNr.: {DE.vat}   IBAN: {DE.iban}
address in quotes ## Schreib ihm doch an »{email}«, die alte Adresse hat er nicht mehr.
Austrian imprint ## Medieninhaber: Buchlinde e. U., Graz. UID: {AT.uid}, Steuernummer {AT.stnr}, E-Mail: {email}
Austrian telephone ## Die Ordination ist Mo bis Do besetzt, Terminvereinbarung telefonisch unter {AT.tel}.
international form without a word ## Ansprechpartner vor Ort: Jonas Vogt, {AT.tel+}
log line ## {iso_time} WARN sshd: 14 fehlgeschlagene Anmeldungen von {ip4}, Adresse für eine Stunde gesperrt
IPv6 sentence ## Laut Protokoll kam der Kommentar von der IP-Adresse {ip6}; der Betreiber hat Strafanzeige erstattet.
two addresses of servers ## Der Nameserver antwortet seit gestern unter {ip4} statt wie bisher unter {ip4}.
transfer ## Bitte überweisen Sie den Teilnahmebeitrag bis zum 15. des Monats auf das Vereinskonto {DE.iban}.
Austrian account ## Kontoinhaberin: Lena Weber\nBank: Sparkasse\nIBAN {AT.iban}\nVerwendungszweck: Kaution
card in a complaint ## Von meiner Kreditkarte {card} wurden zweimal 49,90 € abgebucht, obwohl ich nur ein Paar Schuhe bestellt habe.
card form ## Karteninhaber: UWE WEBER | Kartennummer: {card} | gültig bis 09/27
card groups ## Habe mit Visa bezahlt, {card4}, Prüfziffer steht hinten drauf.
pension insurance ## Ihre Sozialversicherungsnummer lautet {DE.svnr}. Geben Sie sie bitte Ihrem neuen Arbeitgeber.
pension insurance short ## Angaben zur Person: geb. in Kassel, ledig, SV-Nr. {DE.svnr}, Krankenkasse: BKK
Austrian insurance ## Auf der e-card finden Sie Ihre SVNR, in Ihrem Fall {AT.svnr}; ohne sie kann die Lehrstelle nicht angemeldet werden.
tax identification ## In der Lohnsteuerbescheinigung fehlt noch die Steuer-Identifikationsnummer {DE.idnr} des Kindes.
tax number ## Finanzamt Rosenheim, Steuernummer: {DE.stnr}, Bescheid vom 12.03.2021 über die Einkommensteuer
number with label Steuer-ID ## Meine Steuer-ID ist {DE.idnr}, die Steuernummer des Betriebs {DE.stnr}.
order number that passes a check ## Ihre Bestellung Nr. {~DE.idnr} ist heute mit 3 Paketen auf den Weg gegangen.
article number ## Dichtungssatz, Artikel-Nr. {part}, EAN {ean}, 12 Stück je Karton, ab Lager lieferbar.
version numbers ## Der Treiber {version4} läuft erst ab Windows-Build {winver}; mit älteren Fassungen stürzt er ab.
citation ## Brigitte Hahn: Das Mühlenrecht im Harz, 2. Aufl., Göttingen 1998, ISBN {isbn}, S. 0214-0229.
law ## Nach Art. 6 Abs. 1 Buchst. f der Verordnung (EU) 2016/679 und § 26 BDSG ist die Verarbeitung zulässig; vgl. BGBl. I 2017 S. 2097.
private network ## Der Drucker hängt im Hausnetz unter {ip_private}, das Gerät im Keller unter {ip_private}.
wrong account ## Die Bank weist die Überweisung zurück: Die IBAN {DE.iban!} hat eine falsche Prüfziffer.
code line ## @property\ndef betrag(self) -> int:  # siehe Abschnitt {section4}, Revision {rev}\n    return self._cent
match and table ## Endstand 3:2 (1:1), Zuschauer: 12 450, Anstoß {clock}; Tabellenplatz 4 mit 31:28 Toren und 45 Punkten.
mixed: ISBN and mail ## Rezensionsexemplare (ISBN {isbn}) verschickt der Verlag auf Anfrage an {email}.
mixed: wrong card and telephone ## Die Kartennummer {card!} wurde abgelehnt, bitte rufen Sie unsere Hotline unter {DE.tel} an.
hours and room ## Sprechstunde Di 14-16 Uhr, Raum 0.215, Haus 3; Unterlagen Nr. {n8} liegen im Regal 12/4.
price and dates ## Miete 2021: 12 × 845,50 € = 10.146,00 €, Zählerstand am 31.12.2021: {n8} kWh.
device numbers ## Die IMEI des Fundgeräts ist {imei}, die Netzwerkkarte meldet {mac}.
port after the address ## upstream backend { server {ip4}:8443; }  # Ausweichserver, siehe Betriebshandbuch Kap. 4
spelled address ## Gegen Spam steht die Adresse hier nur als redaktion (at) hafenbrot (punkt) de; Telefonseelsorge: 116 123.
tel link ## <a href="tel:{DE.tel+}">Jetzt anrufen</a> oder <a href="mailto:{email}">schreiben</a>
plates and postcode ## Der Lkw mit dem Kennzeichen HRO-TK 482 stand um 06:45 an der A 20 bei Kilometer 112,5, PLZ-Gebiet 18059.
delivery note that passes Luhn ## Lieferschein {~card}, 3 Paletten, Gewicht 412 kg, Rampe 7
object identifiers ## snmpwalk liefert {oid} = 42, der Speicherauszug beginnt mit\n{hexdump}
"""

DUTCH = r"""
contact ## Heb je nog vragen over de cursus? Bel naar {NL.tel} of stuur een mailtje naar {email}.
mobile ## Ik ben vandaag niet op kantoor, maar mobiel wel bereikbaar op {NL.mob}. Groetjes, Sanne
letterhead ## Drukpunt B.V. – Kanaalweg 8 – 3526 KM Utrecht\nT {NL.tel+} | E {email}\nBtw-nr. {NL.vat} | IBAN {NL.iban}
Belgian letterhead ## Bakkerij De Kade bv, Vlasmarkt 3, 9000 Gent – tel. {BE.tel} – fax {BE.fix} – btw {BE.vat}
gsm ## U kunt de huisbewaarder ook op zijn gsm bereiken: {BE.mob}.
mailto ## <a href="mailto:{email}">Meld u aan voor de nieuwsbrief</a> en ontvang elke maand ons programma.
log line ## {iso_time} nginx: verbinding geweigerd vanaf {ip4} (te veel verzoeken)
IPv6 ## De aanvaller gebruikte volgens de provider het adres {ip6}, dat sindsdien op de zwarte lijst staat.
edit by address ## Deze bewerking is gedaan door een anonieme gebruiker met IP-adres {ip4}.
transfer ## Maak de contributie van € 35 over op {NL.iban} t.n.v. Roeivereniging De Schie, onder vermelding van je lidnummer.
Belgian transfer ## Het saldo stort u op rekeningnummer {BE.iban} met de gestructureerde mededeling {ogm}.
card stolen ## Mijn creditcard met nummer {card} is gisteren in de trein gestolen, kunt u hem blokkeren?
card table ## Betaalwijze: Mastercard\nKaartnummer: {card}\nVervaldatum: 11/26
card groups ## Reservering bevestigd, garantie met kaart {card4}, annuleren kan tot 18 uur.
BSN in a letter ## Vermeld in alle correspondentie met de gemeente uw burgerservicenummer: {NL.bsn}.
BSN in a form ## Naam: Daan de Wit   Geboortedatum: 04-05-1986   BSN: {NL.bsn}
Belgian register number ## Het rijksregisternummer van de aanvrager ({BE.nn}) staat op de achterkant van de identiteitskaart.
Belgian national number ## Pieter Peeters, wonende te Leuven, INSZ {BE.nn}, hierna de huurder genoemd.
VAT ## Factuur zonder btw, verlegd naar afnemer met btw-identificatienummer {NL.vat}.
VAT Belgian ## Onze ondernemingsgegevens: RPR Antwerpen, btw-nummer {BE.vat}, vertegenwoordigd door de zaakvoerder.
VAT German customer ## De klant in Keulen heeft btw-nummer {DE.vat} opgegeven; dat is in VIES gecontroleerd.
order number ## Uw pakket met bestelnummer {~NL.bsn} wordt morgen tussen 10:15 en 12:15 bezorgd.
versions ## Na de update naar {version4} werkt de scanner weer; versie {semver} bevatte een fout.
book ## Jan Kuiper, Polders en mensen, Zwolle 2004, ISBN {isbn}, 312 blz., € 24,95.
law ## Zie artikel 6:162 BW, artikel 13 AVG (2016/679) en Stb. 2018, 144, blz. 12-19.
private ## De router staat standaard op {ip_private}; log in en wijzig het wachtwoord.
wrong IBAN ## Let op: {NL.iban!} is geen geldige IBAN, het controlegetal klopt niet.
package ## npm install @molen/kaarten@{semver} --save  # vereist node 18, zie commit {rev}
product ## Bosmaaier, artikelnummer {part}, EAN-code {ean}, gewicht 5,4 kg, adviesprijs € 289,00.
disk ## Het bestand heeft sha256 {sha256} en is op 14-02-2022 om {clock} aangemaakt.
mixed: private and public ## Intern heet de server {ip_private}, van buiten is hij te bereiken op {ip4}.
mixed: order and mail ## Klacht over order {n10}? Mail de klantenservice: {email}.
hours ## Geopend di-za 09.00-17.30, kamer 2.114; dossier {n9} ligt klaar aan balie 4.
figures ## In 2018 telde de gemeente 64.218 inwoners op 81,32 km², in 2022 waren het er 66.905.
parcel ## Track & trace 3S{n12}, meterstand {n6}, kenteken 12-XKB-4.
port ## curl -v http://{ip4}:8080/status gaf gisteren om {clock} nog een time-out
spelled address ## Mail naar info (apenstaartje) boekenkaai punt nl; postbus 4502, 2003 EM Haarlem.
table row ## 1042\tLotte Peeters\t{email}\t{BE.tel}\tbetaald
cao and page range ## Volgens hoofdstuk 4, blz. 0611-0648 van het jaarverslag 2016/2017 steeg het verzuim van 3,8 naar 4,1 procent.
enterprise number as VAT ## Btw-nr. {BE.num}, niet vergeten op de offerte te zetten!
sixteen digits ## Zendingnummer {luhn}, af te halen bij het afhaalpunt in de Dorpsstraat.
"""

DANISH = r"""
contact ## Har du spørgsmål til menuen, kan du ringe til os på tlf. {DK.tel} eller skrive til {email}.
mobile ## Jeg sidder i møde hele formiddagen, men du kan fange mig på mobilen {DK.mob} efter kl. 13.
letterhead ## Tryksagen ApS, Havnegade 21, 8000 Aarhus C\nTelefon {DK.tel+} · {email}\nCVR-nr. {DK.vat} · IBAN {DK.iban}
fax ## Send den underskrevne kontrakt pr. fax til {DK.tel} senest fredag.
reply address ## Svar venligst ikke på denne mail; skriv i stedet til <{email}>.
tel link ## Vagtlæge uden for åbningstid: <a href="tel:{DK.tel+}">ring her</a>
log ## {iso_time} afvist login for bruger "admin" fra {ip4} port 51122
IPv6 ## Opslaget blev skrevet fra IP-adressen {ip6}, fremgår det af politiets rapport.
forum ## Indlæg slettet af moderator. Brugerens ip: {ip4}.
transfer ## Depositummet på 8.400 kr. bedes indsat på konto {DK.iban} inden indflytning.
German account ## Leverandøren i Flensborg vil have pengene på sin tyske konto, IBAN: {DE.iban}.
third account ## Bank: Fjordbanken\nSWIFT: FJBKDK22\nIBAN: {DK.iban}\nModtager: Havnebog I/S
card ## Der er trukket 399 kr. på mit Visakort {card}, som jeg ikke kan genkende.
card form ## Kortnummer: {card}  Udløb: 04/28  Kortholder: Mette Holm
card groups ## Kunden oplyste kortet {card4} pr. telefon, og beløbet er nu reserveret.
CPR ## Husk at skrive dit CPR-nummer på blanketten. Vi har registreret {DK.cpr} på dig.
CPR short ## Patient: Lars Kjeldsen, cpr. {DK.cpr}, indlagt med feber og hoste.
personal number ## Personnummeret {DK.cpr} tilhører lejeren, som har boet på adressen siden 2011.
VAT ## Fakturaen skal udstedes til momsnr. {DK.vat} uden dansk moms.
Swedish VAT ## Vores svenske datterselskab har momsregistreringsnummer {SE.vat}.
VAT at the foot ## Bageriet Fyr, Sønderborg – SE/CVR: {DK.vat} – åbent alle dage 7-17
order number ## Din ordre {~DK.cpr} er pakket og bliver afhentet af vognmanden i dag.
versions ## Firmware {version4} retter fejlen i {version4}, hvor uret gik ti minutter for langsomt.
book ## Inger Skov: Fyrene langs Kattegat. Gyldenstrand, 1987. ISBN {isbn}. S. 112-131.
law ## Jf. lov nr. 502 af 23. maj 2018, § 11, stk. 2, nr. 1, og forordning (EU) 2016/679, artikel 87.
private ## Sæt printerens adresse til {ip_private}, og genstart den.
wrong card ## Systemet afviste kortnummer {card!}, fordi kontrolcifferet ikke passede.
wrong IBAN ## {DK.iban!} kan ikke bruges; der er tastet et forkert ciffer i IBAN-nummeret.
code ## @dataclass\nclass Billet:  # se afsnit {section4}\n    id: str = "{uuid}"
weather ## Kl. {clock} målte stationen 1013,2 hPa og 14,6 grader; vinden var 12 m/s fra 245°.
mixed: ean and mail ## Varen med stregkode {ean} er tilbagekaldt. Skriv til {email}, så får du pengene igen.
mixed: private and phone ## Kan du ikke nå {ip_private} fra kontoret, så ring til it-afdelingen på {DK.tel}.
hours ## Åbent ti.-fr. 10-17.30, lokale 3.208; sag nr. {n8} behandles den 14.06.2022.
figures ## Kommunen havde 58.402 indbyggere i 2017 og 60.118 i 2022, en stigning på 2,9 %.
device ## Telefonens IMEI er {imei}, og routeren hedder {mac}.
port ## Forbind til [{ip6}]:8443 og godkend certifikatet.
JSON ## { "navn": "Signe", "mail": "{email}", "mobil": "{DK.mob}", "oprettet": "{iso_time}" }
spelled address ## Skriv til redaktionen (snabela) havnebog.dk, postboks 212, 0900 København C.
CVR without prefix ## Faktura sendes til Havnebog I/S, momsnr. {DK.num}, betalingsfrist 14 dage.
sixteen digits ## Fragtbrev {luhn}, 2 kolli, afhentet kl. {clock}.
"""

SWEDISH = r"""
contact ## Anmäl dig till kursen senast den 3 mars via {email} eller på telefon {SE.tel}.
mobile ## Hej! Har bytt mobilnummer, nu når du mig på {SE.mob}. Kram Sofia
letterhead ## Tryckbolaget AB, Box 114, 411 04 Göteborg\nTfn: {SE.tel}  Fax: {SE.fix}\nE-post: {email}  Momsreg.nr: {SE.vat}
Finland ## Läkarmottagningen i Jakobstad tar emot samtal vardagar kl. 8–15 på nummer {FI.tel}.
international ## Kontaktperson i Borgå: Oskar Nyholm, {FI.tel+}
mail in brackets ## Redaktionen ({email}) tar gärna emot insändare på högst 2 000 tecken.
log ## {iso_time} FEL: anslutning från {ip4} bröts efter tre misslyckade inloggningar
IPv6 ## Operatören uppger att adressen {ip6} var tilldelad en kund i Umeå vid tillfället.
wiki edit ## Sidan har ändrats av en oinloggad användare med IP-nummer {ip4}.
transfer ## Sätt in hyran på IBAN {SE.iban} senest sista vardagen i månaden.
Finnish account ## Betala medlemsavgiften till föreningens konto {FI.iban}, referens 1012.
account form ## Mottagare: Bageriet Skäret\nBIC: SWEDSESS\nIBAN: {SE.iban}
card ## Mitt kontokort {card} har spärrats av misstag, kan ni öppna det igen?
card form ## Kortnr {card} – giltigt t.o.m. 12/27 – namn ANNA BERG
card groups ## Bokningen är garanterad med Mastercard {card4} och kan avbokas fram till kl. 18.
personnummer ## Ange ditt personnummer, {SE.pnr}, när du legitimerar dig i kassan.
personnummer short ## Erik Lindqvist, pers.nr {SE.pnr}, har i dag skrivit in sig på vårdcentralen.
Finnish code ## Sökandens personbeteckning är {FI.hetu} och hemkommunen är Raseborg.
VAT ## Köparens VAT-nummer {SE.vat} ska stå på fakturan om varorna säljs till ett annat EU-land.
Finnish VAT ## Ab Strandboden Oy, Hangö, momsnummer {FI.vat}
VAT Danish ## Vi fakturerar er danska filial med momsregistreringsnummer {DK.vat}.
order ## Tack för din beställning! Ordernummer {~SE.pnr} skickas med lastbil på måndag.
versions ## Uppdatera till version {version4}; i {version4} fanns ett säkerhetshål.
book ## Karin Åhs, Sågverken vid Ljusnan, Hudiksvall 1979, ISBN {isbn}, s. 44–61.
law ## Enligt 3 kap. 10 § lagen (2018:218) och artikel 87 i förordning (EU) 2016/679 får uppgifterna behandlas.
private ## Kameran har fast adress {ip_private} och nås bara inifrån nätet.
wrong IBAN ## Banken kunde inte tolka {SE.iban!}: kontrollsiffran stämmer inte.
wrong card ## Kortnumret {card!} är felskrivet, en siffra måste ha kastats om.
code ## import { karta } from "@skog/karta";  // version {semver}, incheckning {rev}
results ## Stafetten vanns på {clock}, nytt banrekord; tvåan var 0.43,2 efter och trean 1.12,8.
mixed: ISSN and mail ## Tidskriften (ISSN {issn}) kommer ut fyra gånger per år. Prenumeration: {email}
mixed: serial and phone ## Uppge serienummer {part} när du ringer supporten på tfn {SE.tel}.
hours ## Öppet tis–fre 10–17.30, rum 2204; ärende {n9} tas upp den 14 juni 2022.
figures ## År 2018 hade kommunen 27 604 invånare, 2022 var de 28 115, en ökning med 1,9 procent.
device ## Batteriet har serienummer {part} och streckkod {ean}; IMEI {imei}.
port ## Servern lyssnar på {ip4}:993 sedan flytten i helgen.
CSV ## kundnr;namn;epost;mobil\n{n5};Erik Berg;{email};{SE.mob}
plates and kilometre ## Bilen med reg.nr KTR 48B stod vid E4 kilometer 112,5 kl. 06.45, postnr 891 33.
sixteen digits ## Kollinummer {~card}, hämtas på Torggatan 4 mot uppvisande av avin.
"""

ENGLISH = r"""
contact ## If you can't make the appointment, ring the clinic on {IE.tel} or drop us a line at {email}.
mobile ## Running ten minutes late, my mobile is {IE.mob} if you need me.
letterhead ## Printmill Ltd, Unit 4, Dock Road, Limerick\nTel: {IE.tel+} | Fax: {IE.fix}\nVAT No. {IE.vat} | IBAN: {IE.iban}
Malta telephone ## The parish office in Sliema is open on weekday mornings; phone {MT.tel} for baptism certificates.
international ## Emergency contact (next of kin): Joseph Camilleri, {MT.tel+}
signature ## Kind regards,\nNiamh Byrne\nHead of Rights, Harbour Loaf Books\nm: {IE.tel}\ne: {email}
log ## [{iso_time}] client denied by server configuration: {ip4}, referer: -
IPv6 ## The abusive edits came from {ip6}, which geolocates to a broadband customer in Cork.
resolver ## Point the second resolver at {ip4} and leave the timeout at five seconds.
transfer ## Please lodge the deposit of €500 to {IE.iban} and use your surname as the reference.
Malta account ## Payee's bank: Bank of the Harbour; account name: Wied Stationery, IBAN: {MT.iban}
account to save ## Could you send my share of the rent to this account instead: {IE.iban}? Thanks a million.
card ## Someone has been using my debit card, number {card}, to buy concert tickets.
card form ## Cardholder: MARK DOYLE\nCard number: {card}\nExpiry: 08/27
card groups ## She read out {card4} over the phone and the booking went through.
PPSN ## To register with Revenue you will need your PPS number, which is {IE.ppsn}.
PPSN short ## Employee: Aoife Doyle, PPSN {IE.ppsn}, tax basis cumulative, start date 3 June 2019.
Malta identity card ## I, the undersigned, holder of Maltese identity card no. {MT.id}, hereby authorise my brother to collect the parcel.
VAT ## Our Irish VAT registration number is {IE.vat}; please quote it on the invoice.
Malta VAT ## Registered office: Strait Street, Valletta. VAT reg. no. {MT.vat}.
VAT of a customer ## The reverse charge applies because the buyer in Lyon is registered as {FR.vat}.
order number ## Your order {~IT.piva} has shipped and should reach you by Thursday.
versions ## Fixed in release {version4}: the importer no longer crashes on Windows {winver}.
book ## M. Halloran, The Canal Builders, 3rd edn (Galway, 1994), ISBN {isbn}, pp. 0118–0127.
law ## See Article 17(3)(b) of Regulation (EU) 2016/679 and section 60 of the Data Protection Act 2018 (No. 7 of 2018).
private ## By default the modem listens on {ip_private}; the example in the manual uses {ip_private}.
wrong IBAN ## The form rejects {IE.iban!} because the check digits of the IBAN don't add up.
wrong card ## Card number {card!} fails the Luhn test, so it is certainly a typo.
code ## @app.route("/health")\n@login_required\ndef health():  # build {rev}, schema {semver}\n    return "ok"
hashes ## Device {mac} checked in with id {uuid} at {clock}.
chemistry ## The solvent (CAS {cas}) was purchased at 99.8 % purity; see doi:{doi} for the full procedure.
mixed: docs and public address ## Replace {ip_private} in the sample config with the real gateway, {ip4}.
mixed: handles and mail ## Follow us @harbourloaf or write to {email}; DMs to @printmill are not read.
hours ## Open Tues–Sat 9.30–17.00, room 2.114; file {n9} is held in box 12/4.
figures ## Turnover rose from 1,284,310 in 2018 to 1,406,522 in 2022, while staff fell from 212 to 198.
device ## The phone's IMEI is {imei} and its build number {winver}.
port ## Connection to {ip4}:5432 timed out after 30 s; retrying
spelled address ## Mail us at desk [at] harbourloaf [dot] ie, or tweet @harbourloaf before 17:30.
SQL ## INSERT INTO contacts VALUES ({n5}, 'Niamh', '{email}', '{IE.mob}');
IPv6 with brackets ## proxy_pass http://[{ip6}]:8080;  # was {ip_private}
VAT without prefix ## Invoice to Wied Stationery, VAT No: {MT.num}, 30 days net.
Irish VAT without prefix ## VAT number {IE.num} was deregistered in March.
loopback ## The daemon binds to 127.0.0.1 and ::1 only, so nothing outside the machine can reach it.
sixteen digits ## Waybill {~card}, two pallets, collected at {clock}.
dump ## // epoch {epoch}, see {oid}\n{hexdump}
"""

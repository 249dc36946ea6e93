"""Sentences in Estonian, Latvian, Lithuanian, Finnish and Hungarian. The notation stands in `carriers.py`."""

ESTONIAN = r"""
contact ## Aja broneerimiseks helistage telefonil {EE.tel} või kirjutage aadressil {email}.
mobile ## Tere! Mu uus mobiilinumber on {EE.mob}, helista, kui kohale jõuad.
letterhead ## OÜ Trükitorn, Tehase 7, 50107 Tartu\nTel: {EE.tel}, faks: {EE.fix}\nKMKR nr {EE.vat}, IBAN {EE.iban}
international ## Kontaktisik: Tanel Kask, {EE.tel+}
mail ## CV palume saata hiljemalt reedeks e-posti aadressile {email}.
signature ## Lugupidamisega\nKadri Tamm\nRaamatulaev OÜ\nmob {EE.tel}\n{email}
log ## {iso_time} ühendus aadressilt {ip4} katkestati: vale parool
IPv6 ## Kommentaar postitati IP-aadressilt {ip6}, mis kuulub teenusepakkuja sõnul Pärnu kliendile.
server ## Koduleht kolis uude serverisse, mille aadress on {ip4}.
transfer ## Palun kandke osalustasu 40 eurot kontole {EE.iban}, selgitusse märkige lapse nimi.
account form ## Saaja: Martin Saar\nPank: Rannapank\nIBAN: {EE.iban}
Finnish account ## Soome tarnija soovib raha arvele {FI.iban}.
card ## Minu krediitkaardilt {card} on kaks korda 15 eurot maha võetud.
card form ## Kaardi number: {card}, kehtib kuni: 06/28, omanik: LIIS KASK
card groups ## Makstud Visaga {card4}, makse kinnitatud.
isikukood ## Mina, Martin Tamm, isikukood {EE.ik}, elukoht Viljandi, volitan oma õde pakki kätte saama.
isikukood short ## Patsient: Liis Saar, ik {EE.ik}, saabus plaanilisele uuringule.
isikukood inflected ## Digiretsepti saab välja osta isikukoodiga {EE.ik}.
VAT ## Arve saaja: Leivakoda OÜ, käibemaksukohustuslase number {EE.vat}.
VAT Latvian ## Läti ostja KMKR number on {LV.vat}, seega on määr 0%.
VAT Finnish ## Soome filiaali käibemaksunumber on {FI.vat}.
order ## Teie tellimus nr {~EE.ik} on pakiautomaati teel.
product ## Tihend, tootekood {part}, EAN {ean}, pakis 10 tk.
versions ## Viga tekkis versioonis {version4} ja parandati versioonis {version4}.
book ## Aino Rebane, Vesiveskid Võhandu jõel, Võru 1989, ISBN {isbn}, lk 65–78.
law ## Isikuandmete kaitse seaduse § 6 lõike 2 (RT I, 04.01.2019, 11) ja määruse (EL) 2016/679 artikli 89 alusel
private ## Sisestage brauserisse {ip_private} ja muutke ruuteri parool ära.
wrong IBAN ## Pank lükkas makse tagasi: IBAN {EE.iban!} on vigane.
wrong card ## Kaardinumber {card!} ei kehti, kontrollige viimast numbrit.
code ## @pytest.mark.slow\ndef test_summa():  # versioon {semver}, muudatus {rev}\n    assert id == "{uuid}"
weather ## Kell {clock} mõõdeti 998,4 hPa, tuul 14 m/s, lainekõrgus 2,1 m punktis {coords}.
mixed: letter and mail ## Vastuseks kirjale nr 3-7/{n5} saatke andmed aadressile {email}.
mixed: emergency ## Tulekahju korral helistage 112, majahoidjale telefonil {EE.tel}.
hours ## Avatud T–L 9.30–17.00, ruum 214; toimik {n9} on karbis 12/4.
figures ## 2011. aastal oli vallas 7604 elanikku, 2021. aastal 8115, pindala on 481,32 km².
device ## Leitud seadme IMEI on {imei}; arvesti nr {n8}, näit 14.02.2022.
port ## Teenus kuulab pühapäevast saadik aadressil {ip4}:8443.
spelled address ## Kirjuta info (ät) leivakoda punkt ee; lasteabi: 116 111.
plate and road ## Veok 482 KTR seisis kell 6.45 Tallinna–Tartu maanteel 112. kilomeetril, sihtnumber 50107.
sixteen digits ## Saatekiri {~card}, kaks pakki, peale võetud kell {clock}.
"""

LATVIAN = r"""
contact ## Lai pierakstītos, zvaniet pa tālruni {LV.tel} vai rakstiet uz {email}.
mobile ## Čau, man ir jauns mobilais: {LV.mob}. Piezvani, kad būsi stacijā!
letterhead ## SIA "Drukas nams", Fabrikas iela 9, Jelgava, LV-3001\nTālr. {LV.tel}, fakss {LV.fix}\nPVN reģ. nr. {LV.vat}, konts {LV.iban}
international ## Kontaktpersona: Andris Kalniņš, {LV.tel+}
mail ## CV lūdzam sūtīt uz e-pastu {email} līdz mēneša beigām.
notice ## Pārdodu malku, cena pēc vienošanās, mob. tel. {LV.mob}.
log ## {iso_time} noraidīts savienojums no {ip4}: nepareiza parole
IPv6 ## Komentārs nosūtīts no IP adreses {ip6}, kas piešķirta abonentam Liepājā.
server ## Jaunā pasta servera adrese ir {ip4}.
transfer ## Dalības maksu 30 eiro lūdzam pārskaitīt uz kontu {LV.iban}, norādot bērna vārdu.
account form ## Saņēmējs: Ilze Ozola\nBanka: Kurzemes banka\nIBAN: {LV.iban}
Lithuanian account ## Piegādātājs no Šauļiem lūdz maksāt uz {LT.iban}.
card ## No manas kredītkartes {card} divreiz noņemti 20 eiro.
card form ## Kartes numurs: {card}, derīga līdz: 10/27, īpašnieks: LIGA BERZINA
card groups ## Samaksāts ar Visa {card4}, maksājums apstiprināts.
personas kods ## Es, Jānis Bērziņš, personas kods {LV.pk}, dzīvojošs Valmierā, pilnvaroju māsu saņemt sūtījumu.
personas kods short ## Pacients: Līga Ozola, p. k. {LV.pk}, ieradās uz plānveida pārbaudi.
personas kods inflected ## Iesniegumā norādiet bērna personas kodu ({LV.pk}) un skolas nosaukumu.
VAT ## Rēķina saņēmējs: SIA "Maiznīca Jūra", PVN maksātāja numurs {LV.vat}.
VAT Estonian ## Igaunijas pircēja PVN numurs ir {EE.vat}, tāpēc piemēro 0 % likmi.
VAT Lithuanian ## Pārdevējs reģistrēts Lietuvā, PVN kods {LT.vat}.
order ## Jūsu pasūtījums nr. {~LV.pk} ir nodots kurjeram.
product ## Blīve, kataloga nr. {part}, svītrkods {ean}, iepakojumā 10 gab.
versions ## Kļūda no versijas {version4} ir novērsta versijā {version4}.
book ## Zenta Liepa, Ūdensdzirnavas pie Abavas, Kuldīga, 1987, ISBN {isbn}, 49.–63. lpp.
law ## Saskaņā ar Fizisko personu datu apstrādes likuma 25. panta pirmo daļu un Regulas (ES) 2016/679 6. pantu
private ## Pārlūkā ierakstiet {ip_private} un nomainiet maršrutētāja paroli.
wrong IBAN ## Banka maksājumu noraidīja: IBAN {LV.iban!} kontrolcipari nav pareizi.
wrong card ## Kartes numurs {card!} nav derīgs, pārbaudiet pēdējo ciparu.
code ## // laidiens {semver}, sk. {section4} nodaļu\nimport "@mezs/karte/stils.css";
match ## Spēle beidzās ar 84:79 (22:18, 20:25, 19:17, 23:19), sākums plkst. {clock}.
mixed: letter and mail ## Atbildot uz vēstuli Nr. 1-15/{n5}, rakstiet uz {email}.
mixed: emergency ## Ugunsgrēka gadījumā zvaniet 112, bet namu pārvaldniekam pa tālr. {LV.mob}.
hours ## Atvērts otrd.–sestd. 9.30–17.00, 214. kabinets; lieta {n9} atrodas kastē 12/4.
figures ## 2011. gadā novadā bija 7604 iedzīvotāji, 2021. gadā – 6915, platība 481,32 km².
device ## Atrastās ierīces IMEI ir {imei}; skaitītāja nr. {n8}, nolasīts 14.02.2022.
port ## Pakalpojums kopš svētdienas darbojas adresē {ip4}:8443.
spelled address ## Rakstiet uz info (pie) gramatosta punkts lv; bērnu tālrunis: 116 111.
plate and road ## Kravas auto KT-4821 plkst. 6.45 stāvēja A2 šosejas 112. kilometrā; pasta indekss LV-3001.
VAT without prefix ## SIA "Gramatosta", PVN maksātāja kods {LV.num}, apmaksa 14 dienu laikā.
sixteen digits ## Pavadzīme {luhn}, divas pakas, saņemtas plkst. {clock}.
"""

LITHUANIAN = r"""
contact ## Dėl registracijos skambinkite telefonu {LT.tel} arba rašykite {email}.
mobile ## Labas, mano naujas mobilusis {LT.mob}, paskambink, kai atvažiuosi.
letterhead ## UAB „Spaudos linija“, Pramonės g. 11, 51329 Kaunas\nTel. {LT.tel}, faks. {LT.fix}\nPVM mokėtojo kodas {LT.vat}, a. s. {LT.iban}
international ## Kontaktinis asmuo: Mantas Jankus, {LT.tel+}
mail ## Gyvenimo aprašymus siųskite el. paštu {email} iki penktadienio.
notice ## Parduodu sodo namelį, kaina sutartinė, mob. {LT.mob}, skambinti po 17 val.
log ## {iso_time} atmestas prisijungimas iš {ip4}: neteisingas slaptažodis
IPv6 ## Komentaras parašytas iš IP adreso {ip6}, kuris priskirtas abonentui Šiauliuose.
server ## Naujas pašto serveris pasiekiamas adresu {ip4}.
transfer ## Dalyvio mokestį 25 eurus perveskite į sąskaitą {LT.iban}, nurodykite vaiko vardą.
account form ## Gavėjas: Rūta Kazlaitė\nBankas: Pajūrio bankas\nIBAN: {LT.iban}
Polish account ## Tiekėjas iš Suvalkų prašo mokėti į {PL.iban}.
card ## Nuo mano kredito kortelės {card} du kartus nuskaityta po 18 eurų.
card form ## Kortelės numeris: {card}, galioja iki: 12/27, savininkas: TOMAS JANKUS
card groups ## Apmokėta „Visa“ {card4}, mokėjimas patvirtintas.
asmens kodas ## Aš, Tomas Petrauskas, asmens kodas {LT.ak}, gyvenantis Alytuje, įgalioju seserį atsiimti siuntą.
asmens kodas short ## Pacientė Eglė Jankutė, a. k. {LT.ak}, atvyko planinei apžiūrai.
asmens kodas inflected ## Prisijungę su asmens kodu {LT.ak} matysite savo receptus.
VAT ## Pirkėjas: UAB „Duonos namai“, PVM kodas {LT.vat}.
VAT Latvian ## Latvijos pirkėjo PVM mokėtojo kodas yra {LV.vat}, todėl taikomas 0 proc. tarifas.
VAT Polish ## Sąskaita išrašyta Lenkijos įmonei, PVM nr. {PL.vat}.
order ## Jūsų užsakymas Nr. {~LT.ak} perduotas kurjeriui.
product ## Tarpiklis, kat. Nr. {part}, brūkšninis kodas {ean}, pakuotėje 10 vnt.
versions ## Klaida atsirado versijoje {version4}, o ištaisyta {version4}.
book ## Ona Giraitė, Vandens malūnai prie Šventosios, Anykščiai, 1986, ISBN {isbn}, p. 58–71.
law ## Pagal Asmens duomenų teisinės apsaugos įstatymo 5 str. 1 d. (TAR, 2018, Nr. 2018-11733) ir Reglamento (ES) 2016/679 6 straipsnį
private ## Naršyklėje įveskite {ip_private} ir pakeiskite slaptažodį.
wrong IBAN ## Bankas grąžino mokėjimą: IBAN {LT.iban!} kontroliniai skaitmenys neteisingi.
wrong card ## Kortelės numeris {card!} negalioja, patikrinkite paskutinį skaitmenį.
code ## # leidimas {semver}, pakeitimas {rev}\n@lru_cache\ndef suma(): ...
data ## Jutiklis {mac} {clock} užfiksavo 19,8 °C, identifikatorius {uuid}.
mixed: letter and mail ## Atsakydami į raštą Nr. S-{n5} rašykite {email}.
mixed: emergency ## Kilus gaisrui skambinkite 112, o namo prižiūrėtojui – tel. {LT.tel}.
hours ## Dirbame II–VI 9.30–17.00, 214 kab.; byla {n9} yra dėžėje 12/4.
figures ## 2011 m. seniūnijoje gyveno 7 604 žmonės, 2021 m. – 6 915, plotas 481,32 km².
device ## Rasto aparato IMEI yra {imei}; skaitiklis Nr. {n8}, rodmuo 2022-02-14.
port ## Paslauga nuo sekmadienio veikia adresu {ip4}:8443.
spelled address ## Rašykite info (eta) knyguostas taškas lt; vaikų linija: 116 111.
plate and road ## Vilkikas KTR 482 6.45 val. stovėjo A1 kelio 112 kilometre; pašto kodas 51329.
card in a dialogue ## – Koks kortelės numeris? – {card}, galioja iki gruodžio.
VAT without prefix ## UAB „Knygų uostas“, PVM mokėtojo kodas {LT.num}, apmokėti per 14 d.
sixteen digits ## Važtaraštis {~card}, dvi siuntos, paimtos {clock}.
"""

FINNISH = r"""
contact ## Ajanvaraus puhelimitse numerosta {FI.tel} tai sähköpostilla osoitteesta {email}.
mobile ## Moi! Vaihdoin kännykkää, uusi numeroni on {FI.mob}. Soita kun oot asemalla.
letterhead ## Painopolku Oy, Tehtaankatu 3, 33100 Tampere\nPuh. {FI.tel}, faksi {FI.fix}\nALV-nro {FI.vat}, IBAN {FI.iban}
international ## Yhteyshenkilö: Ville Salmela, {FI.tel+}
mail ## Hakemukset pyydetään lähettämään 15.4. mennessä osoitteeseen {email}.
signature ## Ystävällisin terveisin\nAino Korhola\nKirjalaituri Ky\nGSM {FI.mob}\n{email}
log ## {iso_time} kirjautuminen estetty osoitteesta {ip4}: väärä salasana
IPv6 ## Viesti lähetettiin IP-osoitteesta {ip6}, joka oli operaattorin mukaan kuopiolaisen asiakkaan käytössä.
wiki ## Kumottu kirjautumattoman käyttäjän {ip4} muutokset.
transfer ## Maksa osallistumismaksu 35 € tilille {FI.iban}, viestikenttään lapsen nimi.
account form ## Saaja: Mikko Niemi\nPankki: Saariston Pankki\nIBAN: {FI.iban}
Swedish account ## Haaparantalainen toimittaja pyytää maksua tilille {SE.iban}.
card ## Luottokortiltani {card} on veloitettu kahdesti 24,90 euroa.
card form ## Kortin numero: {card}, voimassa 02/28 asti, haltija: SANNA NIEMI
card groups ## Maksettu Visalla {card4}, maksu hyväksytty.
hetu ## Minä, Mikko Salmela, henkilötunnus {FI.hetu}, valtuutan sisareni noutamaan lähetyksen.
hetu short ## Potilas: Sanna Korhola, hetu {FI.hetu}, saapui kontrolliin.
hetu inflected ## Asiakkaan henkilötunnuksella {FI.hetu} löytyy kaksi voimassa olevaa reseptiä.
VAT ## Laskutusosoite: Leipätupa Oy, Turku, arvonlisäverotunniste {FI.vat}.
VAT Estonian ## Virolaisen ostajan ALV-numero on {EE.vat}, joten vero on 0 %.
VAT Swedish ## Ruotsin tytäryhtiön alv-tunniste on {SE.vat}.
order ## Tilauksesi nro {~EE.ik} on matkalla noutopisteeseen.
product ## Tiivistesarja, tuotenro {part}, EAN {ean}, 10 kpl paketissa.
versions ## Vika ilmeni versiossa {version4} ja korjattiin versiossa {version4}.
book ## Helmi Laine, Kymijoen myllyt, Kouvola 1988, ISBN {isbn}, s. 97–110.
law ## Tietosuojalain (1050/2018) 29 §:n 1 momentin ja asetuksen (EU) 2016/679 6 artiklan nojalla
private ## Kirjoita selaimeen {ip_private} ja vaihda reitittimen salasana.
wrong IBAN ## Pankki hylkäsi maksun: IBAN {FI.iban!} ei läpäise tarkistusta.
wrong card ## Kortin numero {card!} on virheellinen, tarkista viimeinen numero.
code ## @Entity\nclass Varasto : Pohja()  // julkaisu {semver}, muutos {rev}, kohta {section4}
sport ## Viesti voitettiin ajalla {clock}, toinen jäi 12,4 sekuntia; yleisöä 2 310.
mixed: diary number and mail ## Dnro {n5}/2020: lausunnot toimitetaan osoitteeseen {email}.
mixed: emergency ## Hätätilanteessa soita 112, huoltoyhtiöön puh. {FI.tel}.
hours ## Avoinna ti–la 9.30–17.00, huone 214; kansio {n9} on laatikossa 12/4.
figures ## Vuonna 2011 kunnassa oli 7 604 asukasta ja vuonna 2021 enää 6 915, pinta-ala 481,32 km².
device ## Löydetyn laitteen IMEI on {imei}; mittari {n8} luettiin 14.2.2022.
port ## Palvelu kuuntelee osoitteessa {ip4}:8443 sunnuntaista alkaen.
spelled address ## Kirjoita toimitus (ät) kirjalaituri piste fi; lasten puhelin: 116 111.
train and plate ## Taajamajuna 9 482 lähtee klo 6.45 raiteelta 12; korvaava bussi on KTR-482.
mail and mobile row ## 17; Niemi Sanna; {email}; {FI.mob} (matkapuhelin); maksettu
sixteen digits ## Rahtikirja {luhn}, kaksi kollia, noudettu klo {clock}.
"""

HUNGARIAN = r"""
contact ## Időpontot a {HU.tel} telefonszámon vagy a {email} címen lehet kérni.
mobile ## Szia, új mobilom van: {HU.mob}. Hívj, ha megérkeztél!
letterhead ## Nyomdapont Kft., 6720 Szeged, Gyár u. 8.\nTel.: {HU.tel}, fax: {HU.fix}\nAdószám: {HU.asz}, IBAN: {HU.iban}
international ## Kapcsolattartó: Szalai Bence, {HU.tel+}
mail ## Az önéletrajzokat péntekig várjuk a következő e-mail-címre: {email}.
notice ## Kerékpár eladó, keveset használt, 40 ezer Ft, telefon: {HU.tel}.
log ## {iso_time} elutasított bejelentkezés innen: {ip4} (hibás jelszó)
IPv6 ## A hozzászólást a {ip6} IP-címről küldték, amelyet a szolgáltató egy debreceni előfizetőnek adott.
server ## A levelezés holnaptól a {ip4} című kiszolgálón fut.
transfer ## A részvételi díjat a {HU.iban} számlára kérjük átutalni, közlemény: a gyermek neve.
account form ## Kedvezményezett: Kovács-Tóth Eszter\nBank: Tisza Bank\nIBAN: {HU.iban}
Austrian account ## A bécsi szállító a {AT.iban} számlára kéri a pénzt.
card ## A {card} számú bankkártyámról kétszer vontak le 5990 forintot.
card form ## Kártyaszám: {card}, lejárat: 07/28, tulajdonos: BODNAR ZSOFIA
card groups ## Fizetve Visával: {card4}, jóváhagyva.
TAJ ## Alulírott Szalai Gábor, TAJ-szám: {HU.taj}, pécsi lakos, meghatalmazom húgomat a csomag átvételére.
TAJ short ## Beteg neve: Bodnár Zsófi, TAJ: {HU.taj}, beutaló: belgyógyászat
TAJ inflected ## A társadalombiztosítási azonosító jelét ({HU.taj}) írja rá az űrlapra is.
tax identification ## Munkavállaló: Kovács Bence, adóazonosító jele: {HU.jel}
tax number ## A számlát a Könyvhajó Bt. nevére kérem, adószám {HU.asz}.
VAT ## A vevő közösségi adószáma {RO.vat}, a miénk {HU.vat}.
order ## A(z) {~HU.jel} számú rendelését átadtuk a futárnak.
product ## Tömítés, cikkszám: {part}, vonalkód: {ean}, 10 db/csomag.
versions ## A hiba a {version4} verzióban jelent meg, és a {version4} javította.
book ## Nagy Ilona: Vízimalmok a Rábán. Győr, 1985. ISBN {isbn}. 73–86. o.
law ## Az Infotv. (2011. évi CXII. törvény) 5. § (1) bekezdése és az (EU) 2016/679 rendelet 6. cikke alapján
private ## Írja be a böngészőbe: {ip_private}, majd cserélje le a jelszót.
wrong IBAN ## A bank visszautasította az utalást, mert a {HU.iban!} IBAN hibás.
wrong card ## A {card!} kártyaszám érvénytelen, ellenőrizze az utolsó számjegyet.
code ## npm i @erdo/terkep@{semver}   # lásd a(z) {section4} pontot, {rev}
data ## A {mac} című érzékelő {clock}-kor 22,1 °C-ot mért a következő ponton: {coords}.
mixed: file and mail ## A {n5}/2020. iktatószámú levélre a {email} címen válaszoljon.
mixed: emergency ## Tűz esetén hívja a 112-t, a gondnokot pedig a {HU.tel} telefonszámon.
hours ## Nyitva: k–szo 9.30–17.00, 214-es szoba; a(z) {n9} jelű dosszié a 12/4. dobozban van.
figures ## 2011-ben 7604, 2021-ben 8115 lakosa volt a községnek, területe 81,32 km².
device ## A talált készülék IMEI-je {imei}; mérőóra: {n8}, leolvasva 2022. 02. 14-én.
port ## A szolgáltatás vasárnap óta itt figyel: {ip4}:8443.
spelled address ## Írjon ide: info (kukac) konyvhajo pont hu; gyermekvédő vonal: 116 111.
train and plate ## A 36 482-es személyvonat 6.45-kor indul a 12. vágányról; a pótlóbusz rendszáma KTR-482.
card in a dialogue ## – Mondja a kártya számát! – {card}, márciusban jár le.
mail and mobile row ## 17; Bodnár Zsófi; {email}; {HU.mob} (mobil); fizetve
sixteen digits ## Fuvarlevél: {~card}, két csomag, átvéve: {clock}.
"""

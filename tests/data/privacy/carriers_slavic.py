"""Sentences in Bulgarian, Czech, Croatian, Polish, Slovak and Slovenian. The notation stands in `carriers.py`."""

BULGARIAN = r"""
contact ## За записване се обадете на тел. {BG.tel} или пишете на {email}.
mobile ## Здрасти, това ми е новият номер на мобилния: {BG.mob}. Звънни, като слезеш от влака.
letterhead ## „Софпринт“ ЕООД, ул. „Индустриална“ 5, 4003 Пловдив\nТелефон: {BG.tel}   Факс: {BG.fix}\nДДС № {BG.vat}   IBAN: {BG.iban}
international ## Лице за контакт: Петя Стоянова, {BG.tel+}
mail ## Изпратете автобиография на електронен адрес {email} до края на месеца.
mail and GSM ## Георги Колев, управител\nимейл: {email}\nGSM: {BG.mob}
log ## {iso_time} отказан достъп от {ip4}: грешна парола
IPv6 ## Коментарът е пуснат от IP адрес {ip6}, регистриран на абонат във Варна.
server ## Новият сървър вече отговаря на {ip4}, обновете настройките.
transfer ## Моля, преведете таксата от 120 лв. по сметка {BG.iban} в срок до петък.
account form ## Титуляр: Мария Димитрова\nБанка: ДСК\nIBAN {BG.iban}
account chat ## прати парите на {BG.iban}, моля те, на името на брат ми
card ## От банковата ми карта {card} са изтеглени 200 лева, които не съм теглил.
card form ## Номер на карта: {card} | валидна до: 07/27 | картодържател: IVAN KOLEV
card groups ## Плащане с Visa {card4}, одобрено.
EGN ## Подписаният Иван Колев, ЕГН {BG.egn}, с постоянен адрес в Русе, декларирам, че не съм осъждан.
EGN long ## Единният граждански номер на пациентката е {BG.egn}.
EGN abbreviation with dots ## Петя Димитрова (ЕГН: {BG.egn}) е назначена на длъжност счетоводител.
VAT ## Фактурата да се издаде на „Библиомост“ ООД, ИН по ДДС {BG.vat}.
VAT of a Greek firm ## Доставчикът от Солун е с ДДС номер {EL.vat}.
VAT of a Romanian firm ## Купувачът е регистриран по ДДС в Румъния под № {RO.vat}.
order ## Поръчка № {~BG.egn} е предадена на куриер и ще пристигне утре.
product ## Лагер, кат. № {part}, баркод {ean}, 10 броя в кутия.
versions ## Грешката е отстранена във версия {version4}; с {version4} програмата спираше.
book ## Ана Тодорова, Воденици по Янтра, Велико Търново, 1985, ISBN {isbn}, с. 101–118.
law ## Съгласно чл. 6, ал. 1, т. 3 от Закона за защита на личните данни (ДВ, бр. 1 от 2002 г.) и Регламент (ЕС) 2016/679.
private ## Отворете {ip_private} в браузъра и сменете паролата на рутера.
wrong IBAN ## Сметка {BG.iban!} не съществува: контролните цифри на IBAN са сгрешени.
wrong card ## Номерът на картата {card!} е невалиден, проверете го отново.
code ## # проверка за версия {semver}, ревизия {rev}\nassert h == "{sha1}"
match ## Мачът завърши 2:1, начало {clock}, зрители 4 350, ъглови удари 7:4.
mixed: file and mail ## По преписка вх. № {n8}/2021 г. отговорете на {email} в 7-дневен срок.
mixed: emergency ## При пожар звънете на 112, а за авария във входа – на телефон {BG.tel}.
hours ## Работно време: вт–сб 9,30–17,00 ч., стая 214; папка {n9} е в кутия 12/4.
figures ## През 2011 г. общината има 27 604 жители, а през 2021 г. – 24 115, на площ 481,32 кв. км.
device ## IMEI на намерения апарат е {imei}; електромер № {n8}, отчетен на 14.02.2022 г.
port ## Услугата слуша на {ip4}:8443 от неделя.
spelled address ## Пишете на редакция (кльомба) книгомост точка бг; детска линия: 116 111.
plate and road ## Камионът с рег. № РВ 4821 КТ спря на А1, км 112+500, в 6:45 ч.; пощенски код 4003.
VAT without prefix ## „Зора“ ООД, ДДС номер {BG.num}, МОЛ: Мария Стоянова
sixteen digits ## Товарителница {luhn}, два колета, взети в {clock} ч.
"""

CZECH = r"""
contact ## Objednat se můžete na telefonu {CZ.tel} nebo e-mailem na adrese {email}.
mobile ## Ahoj, mám nový mobil, piš mi na {CZ.mob}. Lucka
letterhead ## Tiskstroj s.r.o., Průmyslová 8, 612 00 Brno\ntel.: {CZ.tel}, fax: {CZ.fix}\nDIČ: {CZ.vat}, IBAN: {CZ.iban}
international ## Kontaktní osoba pro zahraničí: Ing. Tomáš Kučera, {CZ.tel+}
mail ## Přihlášky posílejte do konce dubna na {email}, později je nepřijmeme.
signature ## S pozdravem\nJana Novotná\nvedoucí prodejny\n{email}\nmob. {CZ.tel}
log ## {iso_time} zamítnuto přihlášení uživatele root z {ip4}
IPv6 ## Příspěvek byl podle poskytovatele odeslán z IP adresy {ip6}.
wiki ## Editace nepřihlášeného uživatele {ip4} byla vrácena.
transfer ## Členský příspěvek 500 Kč pošlete na účet {CZ.iban}, do zprávy napište jméno dítěte.
account form ## Příjemce: Petr Dvořák\nBanka: Spořitelna\nIBAN: {CZ.iban}
Slovak account ## Dodavatel z Trnavy chce platbu na svůj účet, IBAN {SK.iban}.
card ## Z platební karty {card} mi někdo strhl 1 290 Kč za hru, kterou neznám.
card form ## Číslo karty: {card}, platnost: 09/28, držitel: JANA KUCEROVA
card groups ## Zaplaceno kartou Mastercard {card4}, schváleno.
birth number ## Já, níže podepsaná Jana Dvořáková, r. č. {CZ.rc}, bytem v Olomouci, uděluji plnou moc svému bratrovi.
birth number inflected ## Pacient s rodným číslem {CZ.rc} byl přijat na chirurgii.
birth number form ## Jméno a příjmení: Petr Novotný\nRodné číslo: {CZ.rc}\nPojišťovna: 111
VAT ## Odběratel: Pekárna U Lípy, DIČ {CZ.vat}, splatnost 14 dní.
VAT of a German firm ## Dodání do Německa je osvobozeno, odběratel uvedl daňové identifikační číslo {DE.vat}.
VAT prefix only ## Plátce daně {CZ.vat}, zapsaný u Krajského soudu v Plzni.
order ## Objednávka č. {~CZ.rc} je připravena k vyzvednutí na pobočce.
product ## Těsnění čerpadla, kat. č. {part}, EAN {ean}, balení 5 ks.
versions ## Chyba se objevila ve verzi {version4} a opravila ji až {version4}.
book ## Věra Malá: Mlýny na Sázavě. Kutná Hora 1982. ISBN {isbn}. S. 55–72.
law ## Podle § 2 odst. 3 zákona č. 110/2019 Sb. a čl. 6 nařízení (EU) 2016/679 je zpracování možné.
private ## Do prohlížeče zadejte {ip_private} a přihlaste se jako správce.
wrong IBAN ## Banka platbu vrátila, protože IBAN {CZ.iban!} neprošel kontrolou.
wrong card ## Číslo karty {card!} je neplatné, překontrolujte poslední číslice.
code ## @Test\nvoid soucet() { assertEquals("{uuid}", id); } // verze {semver}
data ## Zařízení {mac} hlásí čas {clock}, teplotu 21,4 °C a tlak 1 013 hPa.
mixed: file and mail ## K čj. {n6}/2020 se můžete vyjádřit na {email} do 15 dnů.
mixed: emergency ## Hasiče voláte na 150 nebo 112, domovníka na telefonním čísle {CZ.tel}.
hours ## Otevřeno út–so 9.30–17.00, kancelář 214; spis {n9} je v krabici 12/4.
figures ## V roce 2011 měla obec 7 604 obyvatel, v roce 2021 už 8 115, rozloha je 81,32 km².
device ## IMEI nalezeného přístroje je {imei}; elektroměr č. {n8}, odečet 14. 2. 2022.
port ## Služba běží na {ip4}:8443 od neděle.
spelled address ## Pište na redakce (zavináč) knihomol tečka cz; linka bezpečí: 116 111.
train and plate ## Osobní vlak 14 782 odjíždí v 6.45 ze 3. koleje; náhradní autobus má SPZ 4T2 4821.
IP again ## Zamítnutý požadavek: [{ip6}]:443, protokol TLS 1.3
sixteen digits ## Zásilka {~card}, dva balíky, k vyzvednutí na poště Brno 2.
"""

CROATIAN = r"""
contact ## Narudžbe primamo na broj telefona {HR.tel} od 8 do 16 sati ili e-poštom na {email}.
mobile ## Bok, novi broj mobitela mi je {HR.mob}, javi se kad stigneš na kolodvor.
letterhead ## Tiskarna Zid d.o.o., Radnička 14, 10000 Zagreb\nTel.: {HR.tel}, faks: {HR.fix}\nPDV ID: {HR.vat}, IBAN: {HR.iban}
international ## Osoba za kontakt: Luka Perkov, {HR.tel+}
mail ## Životopis pošaljite na {email} najkasnije do petka.
gsm ## Prodajem bicikl, malo vožen, 150 eura, mob. {HR.mob}, zvati poslije 17 h.
log ## {iso_time} odbijena prijava s adrese {ip4}, pogrešna lozinka
IPv6 ## Prijetnja je poslana s IP adrese {ip6}, koju je davatelj usluge dodijelio korisniku u Osijeku.
server ## Poslužitelj elektroničke pošte od sutra je na {ip4}.
transfer ## Članarinu uplatite na račun {HR.iban} s pozivom na broj 2021.
account form ## Primatelj: Ana Babić\nBanka: Jadranska\nIBAN: {HR.iban}
Slovenian account ## Dobavljač iz Kopra traži uplatu na {SI.iban}.
card ## S moje kreditne kartice {card} naplaćeno je dvaput po 25 eura.
card form ## Broj kartice: {card}, vrijedi do: 05/27, vlasnik: MARKO HORVATIC
card groups ## Plaćeno Visom {card4}, odobreno.
OIB ## Ja, Ivana Babić, OIB {HR.oib}, iz Splita, ovlašćujem brata da preuzme pošiljku.
OIB long ## Osobni identifikacijski broj pacijenta je {HR.oib}.
OIB employee ## Radnik: Marko Perkov, rođen 1987. u Puli, OIB: {HR.oib}
VAT ## Kupac iz Austrije ima PDV broj {AT.uid}, pa se porez ne obračunava.
VAT own ## Školjka d.o.o., Rijeka, PDV identifikacijski broj {HR.vat}
VAT Slovenian ## Račun glasi na tvrtku iz Maribora, ID za PDV: {SI.vat}.
order ## Vaša narudžba br. {~HR.oib} predana je dostavnoj službi.
product ## Brtva, kat. br. {part}, EAN {ean}, pakiranje 10 komada.
versions ## Pogreška iz inačice {version4} ispravljena je u {version4}.
book ## Nada Kos, Mlinovi na Gackoj, Otočac, 1990., ISBN {isbn}, str. 88-97.
law ## Na temelju članka 19. stavka 2. Zakona o provedbi Opće uredbe (NN 42/2018) i Uredbe (EU) 2016/679
private ## U preglednik upišite {ip_private} pa promijenite lozinku.
wrong IBAN ## IBAN {HR.iban!} nije ispravan, kontrolni broj ne odgovara.
wrong card ## Broj kartice {card!} odbijen je jer zadnja znamenka nije točna.
code ## #include <vector>\nstd::vector<int> v; // vidi odjeljak {section4}, revizija {rev}
coordinates ## Svjetionik se nalazi na {coords}, a sagrađen je 1818. godine.
mixed: class and mail ## Na dopis KLASA: 034-01/20-01/{n5} odgovorite na {email}.
mixed: emergency ## U slučaju požara zovite 193 ili 112, a kućnog majstora na telefon {HR.tel}.
hours ## Otvoreno uto–sub 9.30–17.00, soba 214; spis {n9} nalazi se u kutiji 12/4.
figures ## Općina je 2011. imala 7604 stanovnika, a 2021. njih 6915, na 81,32 km².
device ## IMEI pronađenog uređaja je {imei}; brojilo br. {n8}, očitano 14. 2. 2022.
port ## Usluga sluša na {ip4}:8443 od nedjelje.
spelled address ## Pišite na urednistvo (et) knjigomor točka hr; hrabri telefon: 116 111.
plate and road ## Kamion ZG 4821-KT stao je na A1, km 112,5, u 6.45; poštanski broj 52100.
sixteen digits ## Tovarni list {luhn}, dva paketa, preuzeto u {clock}.
"""

POLISH = r"""
contact ## W sprawie rezerwacji prosimy dzwonić pod numer telefonu {PL.tel} lub pisać na {email}.
mobile ## Cześć, zmieniłam komórkę, teraz mam {PL.mob}. Daj znać, jak będziesz na miejscu.
letterhead ## DRUKMOST sp. z o.o., ul. Fabryczna 3, 31-553 Kraków\ntel. {PL.tel}, faks {PL.fix}\nNIP {PL.nip}, nr konta: {PL.iban}
international ## Osoba do kontaktu: Marek Wrona, {PL.tel+}
mail ## CV proszę wysyłać na adres {email} do końca tygodnia.
signature ## Z poważaniem\nKasia Nowicka\nKsiążkownia\nkom. {PL.mob}\n{email}
log ## {iso_time} odrzucono połączenie z {ip4}: przekroczono limit prób
IPv6 ## Wpis dodano z adresu IP {ip6}, należącego według operatora do abonenta z Lublina.
server ## Strona działa już na nowym serwerze ({ip4}), stary wyłączymy w niedzielę.
transfer ## Wpisowe w wysokości 80 zł prosimy wpłacać na rachunek {PL.iban} z dopiskiem „bieg”.
account form ## Odbiorca: Piotr Zieliński\nBank: Spółdzielczy\nIBAN: {PL.iban}
Czech account ## Kontrahent z Ostrawy podał konto {CZ.iban}.
card ## Z mojej karty kredytowej {card} pobrano dwa razy po 59 zł.
card form ## Nr karty: {card}, ważna do: 11/27, posiadacz: ANNA WRONA
card groups ## Opłacono Visą {card4}, transakcja przyjęta.
PESEL ## Ja, niżej podpisany Marek Zieliński, PESEL {PL.pesel}, oświadczam, że mieszkam w Toruniu.
PESEL inflected ## Pacjentka o numerze PESEL {PL.pesel} zgłosiła się na badania kontrolne.
PESEL form ## Imię i nazwisko: Anna Nowicka\nNr PESEL: {PL.pesel}\nUbezpieczenie: tak
NIP ## Fakturę proszę wystawić na firmę, NIP: {PL.nip}.
VAT ## Dostawa wewnątrzwspólnotowa, nabywca {DE.vat}, sprzedawca {PL.vat}.
NIP long ## Numer identyfikacji podatkowej spółki to {PL.nip}; siedziba mieści się w Gdańsku.
order ## Zamówienie nr {~PL.nip} zostało spakowane i czeka na kuriera.
catalogue number ## Sygnatura archiwalna {~PL.pesel}, karta 14, mapa w skali 1:25 000.
versions ## Błąd wystąpił w wersji {version4}, a naprawiono go w {version4}.
book ## Ewa Sroka, Młyny nad Narwią, Białystok 1986, ISBN {isbn}, s. 91–104.
law ## Na podstawie art. 6 ust. 1 lit. c rozporządzenia (UE) 2016/679 oraz ustawy z dnia 10 maja 2018 r. (Dz.U. 2018 poz. 1000)
private ## Wpisz w przeglądarce {ip_private} i zaloguj się jako administrator.
wrong IBAN ## Przelew odrzucono: IBAN {PL.iban!} ma błędną sumę kontrolną.
wrong card ## Numer karty {card!} jest niepoprawny, sprawdź ostatnią cyfrę.
code ## <link rel="stylesheet" href="https://cdn.example/@ikony/css@{semver}/style.css"> <!-- {sha1} -->
product ## Uszczelka, nr kat. {part}, kod kreskowy {ean}, opakowanie 10 szt.
mixed: file and mail ## W odpowiedzi na pismo nr {n6}/2019 proszę pisać na {email}.
mixed: emergency ## W razie pożaru dzwoń na 112 albo 998, a do dozorcy pod telefon {PL.tel}.
hours ## Czynne wt.–sob. 9.30–17.00, pokój 214; teczka {n9} leży w pudle 12/4.
figures ## W 2011 r. gmina liczyła 7604 mieszkańców, w 2021 r. już 8115, na 81,32 km².
device ## IMEI znalezionego aparatu to {imei}; licznik nr {n8}, odczyt z 14.02.2022.
port ## Usługa nasłuchuje na {ip4}:8443 od niedzieli.
spelled address ## Pisz na redakcja (małpa) ksiazkownia kropka pl; telefon zaufania: 116 111.
train and plate ## Pociąg osobowy 33 482 odjeżdża o 6.45 z toru 12; autobus zastępczy ma numery KR 4821T.
CSV ## lp;nazwisko;e-mail;komórka\n17;Wrona;{email};{PL.mob}
sixteen digits ## List przewozowy {~card}, dwie paczki, do odbioru w punkcie na Rynku 4.
"""

SLOVAK = r"""
contact ## Objednať sa môžete na telefónnom čísle {SK.tel} alebo e-mailom na {email}.
mobile ## Ahoj, stratila som mobil, moje nové číslo je {SK.mob}. Ozvi sa!
letterhead ## Tlačstroj, s. r. o., Priemyselná 6, 040 01 Košice\nTel.: {SK.tel}, fax: {SK.fix}\nIČ DPH: {SK.vat}, IBAN: {SK.iban}
international ## Kontaktná osoba: Peter Baláž, {SK.tel+}
mail ## Prihlášky posielajte na {email} najneskôr do piatka.
notice ## Predám záhradný domček, cena dohodou, mob. {SK.mob}, volať po 18. hodine.
log ## {iso_time} odmietnuté prihlásenie z adresy {ip4}, nesprávne heslo
IPv6 ## Príspevok odišiel z IP adresy {ip6}, ktorú mal pridelenú zákazník zo Žiliny.
server ## Nová adresa poštového servera je {ip4}.
transfer ## Zálohu 50 € uhraďte na účet {SK.iban}, variabilný symbol 2021.
account form ## Príjemca: Zuzana Horváthová\nBanka: Podtatranská\nIBAN: {SK.iban}
Czech account ## Sestra z Brna chce peniaze na {CZ.iban}.
card ## Z platobnej karty {card} mi strhli 40 eur za nákup, ktorý som nerobil.
card form ## Číslo karty: {card}, platí do: 08/28, držiteľ: MARTIN KRAL
card groups ## Zaplatené kartou Visa {card4}, schválené.
birth number ## Dolupodpísaný Martin Kráľ, r. č. {SK.rc}, trvale bytom v Nitre, týmto splnomocňujem svoju manželku.
birth number inflected ## Pacientka s rodným číslom {SK.rc} bola prepustená do domácej starostlivosti.
birth number form ## Meno: Peter Horváth\nRodné číslo: {SK.rc}\nPoisťovňa: 24
tax number ## Živnostník má pridelené daňové identifikačné číslo {SK.dic}.
DIC ## Odberateľ: Pekáreň Lipa, DIČ {SK.dic}, splatnosť 14 dní.
VAT ## Faktúra pre zákazníka z Viedne, IČ DPH {AT.uid}, prenesenie daňovej povinnosti.
order ## Objednávka č. {~SK.dic} je pripravená na odber v predajni.
product ## Tesnenie, kat. č. {part}, EAN {ean}, balenie 10 ks.
versions ## Chyba z verzie {version4} je opravená vo verzii {version4}.
book ## Oľga Biela: Mlyny na Hrone. Zvolen 1984. ISBN {isbn}. S. 40 – 57.
law ## Podľa § 13 ods. 1 písm. c) zákona č. 18/2018 Z. z. a čl. 6 nariadenia (EÚ) 2016/679 sa súhlas nevyžaduje.
private ## Do prehliadača napíšte {ip_private} a zmeňte heslo.
wrong IBAN ## Banka platbu vrátila, IBAN {SK.iban!} obsahuje preklep.
wrong card ## Číslo karty {card!} nie je platné, skontrolujte poslednú číslicu.
code ## @Component("{uuid}")\npublic class Sklad extends Zaklad { } // verzia {semver}
data ## Snímač {mac} zapísal o {clock} teplotu -4,2 °C a vlhkosť 81 %.
mixed: file and mail ## K spisu č. {n6}/2019 píšte na {email} do 30 dní.
mixed: emergency ## Pri požiari volajte 150 alebo 112, správcu domu na telefón {SK.tel}.
hours ## Otvorené ut – so 9.30 – 17.00, miestnosť 214; spis {n9} je v škatuli 12/4.
figures ## V roku 2011 mala obec 7 604 obyvateľov, v roku 2021 už 8 115, rozloha je 81,32 km².
device ## IMEI nájdeného prístroja je {imei}; elektromer č. {n8}, odpočet 14. 2. 2022.
port ## Služba beží na {ip4}:8443 od nedele.
spelled address ## Píšte na redakcia (zavináč) knihobor bodka sk; linka detí: 116 111.
train and plate ## Osobný vlak 7 842 odchádza o 6.45 z 3. koľaje; náhradný autobus má EČV KE-482TR.
tax office ## Daňový úrad Košice vás vyzýva, DIČ {SK.dic}, na doplnenie priznania.
sixteen digits ## Zásielka {luhn}, dva balíky, na vyzdvihnutie na pošte.
"""

SLOVENIAN = r"""
contact ## Za naročilo pokličite po telefonu {SI.tel} ali pišite na {email}.
mobile ## Živjo, imam novo mobilno številko: {SI.mob}. Pokliči, ko prideš na postajo.
letterhead ## Tiskopis d.o.o., Industrijska cesta 4, 2000 Maribor\nTel.: {SI.tel}, faks: {SI.fix}\nID za DDV: {SI.vat}, IBAN: {SI.iban}
international ## Kontaktna oseba: Nina Zupan, {SI.tel+}
mail ## Prijave pošljite na {email} do konca marca.
GSM ## Oddam sobo študentki, 200 evrov, GSM {SI.mob}.
log ## {iso_time} zavrnjena prijava z naslova {ip4}, napačno geslo
IPv6 ## Sporočilo je bilo poslano z naslova IP {ip6}, ki ga je imel naročnik iz Kranja.
server ## Spletna stran od jutri teče na strežniku {ip4}.
transfer ## Članarino nakažite na račun {SI.iban} s sklicem 00 2021.
account form ## Prejemnik: Gregor Hribar\nBanka: Gorenjska\nIBAN: {SI.iban}
Italian account ## Dobavitelj iz Trsta želi plačilo na {IT.iban}.
card ## Z moje kreditne kartice {card} je nekdo dvakrat plačal po 30 evrov.
card form ## Številka kartice: {card}, velja do: 04/27, imetnik: MAJA KOVACIC
card groups ## Plačano z Mastercard {card4}, odobreno.
EMŠO ## Podpisani Luka Hribar, EMŠO {SI.emso}, stanujoč v Celju, pooblaščam sestro za prevzem pošiljke.
EMŠO long ## Enotna matična številka občanke je {SI.emso}.
EMŠO form ## Ime in priimek: Maja Zupan\nEMŠO: {SI.emso}\nZavarovalnica: da
tax number ## Za podjemno pogodbo potrebujemo še vašo davčno številko; v evidenci imamo {SI.ds}.
tax number short ## Gregor Kovačič, s. p., Novo mesto, davčna št. {SI.ds}
VAT ## Kupec iz Zagreba ima ID št. za DDV {HR.vat}, mi pa {SI.vat}.
order ## Vaše naročilo št. {~SI.ds} je pripravljeno za prevzem.
inventory number ## Inventarna številka {~SI.emso}, olje na platnu, 45 × 60 cm, datirano 1887.
versions ## Napaka iz različice {version4} je odpravljena v {version4}.
book ## Tea Mlakar, Mlini ob Krki, Novo mesto 1993, ISBN {isbn}, str. 70–83.
law ## Na podlagi 9. člena ZVOP-2 (Uradni list RS, št. 163/22) in člena 6(1)(c) Uredbe (EU) 2016/679
private ## V brskalnik vpišite {ip_private} in zamenjajte geslo.
wrong IBAN ## IBAN {SI.iban!} ni pravilen, kontrolni številki se ne ujemata.
wrong card ## Številka kartice {card!} je zavrnjena, preverite zadnjo števko.
code ## git show {rev}:src/main.c | grep '@param'   # izdaja {semver}
match ## Tekma se je končala 28:25 (13:14), začetek ob {clock}, gledalcev 1.150.
mixed: file and mail ## Glede zadeve št. {n6}/2020 pišite na {email}.
mixed: emergency ## Ob požaru pokličite 112, hišnika pa na telefon {SI.tel}.
hours ## Odprto tor.–sob. 9.30–17.00, soba 214; spis {n9} je v škatli 12/4.
figures ## Občina je imela leta 2011 7604 prebivalce, leta 2021 pa 8115, na 81,32 km².
device ## IMEI najdenega aparata je {imei}; števec št. {n8}, odčitan 14. 2. 2022.
port ## Storitev posluša na {ip4}:8443 od nedelje.
spelled address ## Pišite na urednistvo (afna) knjigolad pika si; TOM telefon: 116 111.
train and plate ## Potniški vlak 2 482 odpelje ob 6.45 s tira 12; nadomestni avtobus ima tablico MB 48-2TR.
sixteen digits ## Tovorni list {~card}, dva paketa, prevzem na pošti.
"""

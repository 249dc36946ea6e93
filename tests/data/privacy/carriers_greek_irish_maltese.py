"""Sentences in Greek, Irish and Maltese. The notation stands in `carriers.py`."""

GREEK = r"""
contact ## Για ραντεβού τηλεφωνήστε στο {EL.tel} ή στείλτε μήνυμα στο {email}.
mobile ## Γεια σου, άλλαξα κινητό, το νέο μου νούμερο είναι {EL.mob}. Πάρε με όταν φτάσεις.
letterhead ## ΤΥΠΟΘΕΜΑ Ε.Π.Ε., Βιομηχανίας 12, 546 27 Θεσσαλονίκη\nΤηλ.: {EL.tel}, φαξ: {EL.fix}\nΑΦΜ: {EL.afm}, IBAN: {EL.iban}
Cyprus ## Το γραφείο στη Λεμεσό απαντά στο τηλέφωνο {CY.tel} από τις 8 το πρωί.
international ## Υπεύθυνος επικοινωνίας: Νίκος Βλάχος, {EL.tel+}
mail ## Τα βιογραφικά αποστέλλονται έως την Παρασκευή στη διεύθυνση {email}.
log ## {iso_time} απορρίφθηκε σύνδεση από {ip4}: λάθος κωδικός
IPv6 ## Το σχόλιο αναρτήθηκε από τη διεύθυνση IP {ip6}, που ανήκε σε συνδρομητή στην Πάτρα.
server ## Η ιστοσελίδα μεταφέρθηκε σε νέο διακομιστή με διεύθυνση {ip4}.
transfer ## Παρακαλούμε καταθέστε τα δίδακτρα στον λογαριασμό {EL.iban} ως τις 10 του μήνα.
Cyprus account ## Δικαιούχος: Ελένη Ιωάννου\nΤράπεζα: Λαϊκή\nIBAN: {CY.iban}
account chat ## στείλε τα λεφτά στο {EL.iban}, είναι της μαμάς μου
card ## Χρέωσαν δύο φορές την πιστωτική μου κάρτα {card} με 45 ευρώ.
card form ## Αριθμός κάρτας: {card}, λήξη: 03/28, κάτοχος: ELENI IOANNOU
card groups ## Πληρωμή με Visa {card4}, εγκρίθηκε.
AMKA ## Ο ασφαλισμένος με ΑΜΚΑ {EL.amka} δικαιούται δωρεάν εξετάσεις.
AMKA dots ## Όνομα: Μαρία Παπαδάκη, Α.Μ.Κ.Α.: {EL.amka}, ταμείο: ΕΦΚΑ
AMKA long ## Δηλώστε τον αριθμό μητρώου κοινωνικής ασφάλισης του παιδιού, δηλαδή {EL.amka}.
AFM ## Ο κάτωθι υπογεγραμμένος Γιώργος Βλάχος, ΑΦΜ {EL.afm}, κάτοικος Βόλου, δηλώνω τα εξής.
AFM long ## Ο αριθμός φορολογικού μητρώου της εταιρείας είναι {EL.afm}, Δ.Ο.Υ. Χανίων.
Cyprus VAT ## Φούρνος Αιγαίου Λτδ, Λευκωσία, Αρ. ΦΠΑ {CY.vat}
Cyprus tax number ## Δηλώστε τον Αριθμό Φορολογικής Ταυτότητας (Α.Φ.Τ.) {CY.tic} στο έντυπο του Τμήματος Φορολογίας.
VAT prefix ## Ενδοκοινοτική παράδοση: πωλητής {EL.vat}, αγοραστής {BG.vat}.
order ## Η παραγγελία σας αρ. {~EL.amka} παραδόθηκε στον μεταφορέα.
product ## Φλάντζα, κωδικός {part}, barcode {ean}, συσκευασία 10 τεμαχίων.
versions ## Το σφάλμα της έκδοσης {version4} διορθώθηκε στην {version4}.
book ## Άννα Μυλωνά, Οι νερόμυλοι του Λούσιου, Τρίπολη 1992, ISBN {isbn}, σ. 81-95.
law ## Σύμφωνα με το άρθρο 5 παρ. 1 του ν. 4624/2019 (ΦΕΚ Α΄ 137) και τον Κανονισμό (ΕΕ) 2016/679,
private ## Γράψτε {ip_private} στον φυλλομετρητή και αλλάξτε τον κωδικό.
wrong IBAN ## Η τράπεζα επέστρεψε το έμβασμα: το IBAN {EL.iban!} έχει λάθος ψηφίο.
wrong card ## Ο αριθμός κάρτας {card!} δεν είναι έγκυρος, ελέγξτε το τελευταίο ψηφίο.
code ## @staticmethod\ndef athroisma():  # έκδοση {semver}, αναθεώρηση {rev}\n    return "{uuid}"
match ## Τελικό σκορ 81-74 (δεκάλεπτα: 20-18, 41-39, 60-58), θεατές 2.840, έναρξη {clock}.
mixed: protocol and mail ## Για το έγγραφο με αρ. πρωτ. {n5}/2021 απαντήστε στο {email}.
mixed: emergency ## Σε πυρκαγιά καλέστε το 199 ή το 112 και τον θυρωρό στο τηλ. {EL.tel}.
hours ## Ανοιχτά Τρ–Σάβ 9:30–17:00, γραφείο 214· ο φάκελος {n9} είναι στο κουτί 12/4.
figures ## Το 2011 ο δήμος είχε 27.604 κατοίκους και το 2021 26.115, σε έκταση 481,32 τ.χλμ.
device ## Το IMEI της συσκευής που βρέθηκε είναι {imei}· ρολόι ρεύματος {n8}, ένδειξη 14/02/2022.
port ## Η υπηρεσία ακούει στο {ip4}:8443 από την Κυριακή.
spelled address ## Γράψτε στο info (παπάκι) vivliostasi τελεία gr· γραμμή για παιδιά: 116 111.
plate and road ## Το φορτηγό ΚΤΡ-4821 έμεινε στην Α1, στο 112,5 χλμ., στις 6:45· Τ.Κ. 382 21.
mail row ## 17 | Ιωάννου Ελένη | {email} | {CY.mob} (κινητό) | εξοφλήθη
sixteen digits ## Φορτωτική {luhn}, δύο δέματα, παραλαβή στις {clock}.
"""

IRISH = r"""
contact ## Chun coinne a dhéanamh, cuir glao ar {IE.tel} nó seol ríomhphost chuig {email}.
mobile ## Haigh, tá fón póca nua agam: {IE.mob}. Glaoigh orm nuair a bheidh tú sa stáisiún.
letterhead ## Cló Boirne Teo., Bóthar na Trá, Gaillimh\nGuthán: {IE.tel}, Facs: {IE.fix}\nUimh. CBL: {IE.vat}, IBAN: {IE.iban}
international ## Teagmhálaí: Pádraig Mac Kenna, {IE.tel+}
mail ## Seol d'iarratas chuig {email} roimh an Aoine.
signature ## Le dea-mhéin,\nOrla Ní Chonaill\nBainisteoir\nFón: {IE.tel}\nR-phost: {email}
log ## {iso_time} diúltaíodh do cheangal ó {ip4}: pasfhocal mícheart
IPv6 ## Ón seoladh IP {ip6} a cuireadh an teachtaireacht, dar leis na Gardaí.
wiki ## Cuireadh ar ceal athruithe a rinne úsáideoir gan ainm ó {ip4}.
transfer ## Aistrigh an táille bhallraíochta, €30, go dtí an cuntas {IE.iban} roimh dheireadh na míosa.
account form ## Ainm an chuntais: Ciarán Ó Briain\nBanc: Banc an Iarthair\nIBAN: {IE.iban}
account chat ## cuir an t-airgead chuig {IE.iban} más é do thoil é, tá an cíos le híoc amárach
card ## Baineadh €25 faoi dhó de mo chárta creidmheasa, uimhir {card}.
card form ## Uimhir an chárta: {card}, dáta éaga: 09/27, sealbhóir: ORLA OBRIEN
card groups ## Íocadh le Visa {card4}, glacadh leis an íocaíocht.
PSP ## Scríobh d'uimhir PSP, {IE.ppsn}, ar an bhfoirm agus sínigh í.
PSP short ## Fostaí: Ciarán Mac Kenna, Uimh. PSP: {IE.ppsn}, post: múinteoir
PSP long ## Is í {IE.ppsn} an Uimhir Phearsanta Seirbhíse Poiblí atá againn duit.
VAT ## Ba cheart uimhir CBL an cheannaitheora, {IE.vat}, a lua ar an sonrasc.
VAT French ## Tá an custaiméir sa Fhrainc cláraithe do CBL faoi {FR.vat}.
VAT foot ## Bácús an Chuain Teo., An Daingean – Uimhir Chláraithe CBL {IE.vat}
order ## Tá d'ordú uimhir {~PT.nif} ar an mbealach agus beidh sé agat Déardaoin.
product ## Séala caidéil, uimhir pháirte {part}, barrachód {ean}, deich gcinn sa bhosca.
versions ## Ceartaíodh an fabht a bhí i leagan {version4} i leagan {version4}.
book ## Máire Ní Ghallchóir, Muilte na Gaeltachta, Gaillimh, 1991, ISBN {isbn}, lgh 54-69.
law ## De réir Airteagal 6(1)(c) de Rialachán (AE) 2016/679 agus alt 38 den Acht um Chosaint Sonraí 2018 (Uimh. 7 de 2018)
private ## Scríobh {ip_private} sa bhrabhsálaí agus athraigh an pasfhocal.
wrong IBAN ## Dhiúltaigh an banc don íocaíocht: níl an IBAN {IE.iban!} bailí.
wrong card ## Níl uimhir an chárta {card!} ceart, féach ar an digit deireanach.
code ## # leagan {semver}, athrú {rev}, féach alt {section4}\n@property\ndef suim(self): return 0
match ## Bhuaigh Ciarraí 1-18 in aghaidh 0-15; thosaigh an cluiche ag {clock} os comhair 12,450 duine.
weather ## Ag an stáisiún ({coords}) bhí 1013.2 hPa ann agus gaoth 14 m/s.
mixed: reference and mail ## Maidir le tagairt {n6}/2020, scríobh chuig {email}.
mixed: emergency ## I gcás tine glaoigh ar 112 nó 999; tá an feighlí ar fáil ar an nguthán {IE.tel}.
hours ## Oscailte Máirt–Satharn 9.30–17.00, seomra 214; tá comhad {n9} i mbosca 12/4.
device ## Is é {imei} IMEI an ghléis a fuarthas; méadar {n8}, léite an 14 Feabhra 2022.
port ## Tá an tseirbhís ar {ip4}:8443 ón Domhnach i leith.
spelled address ## Scríobh chuig eolas (ag) leabharlon ponc ie; líne chabhrach do leanaí: 116 111.
plate and road ## Stop an leoraí 191-KY-4821 ar an N22 ag 6.45, 112.5 km ó Chorcaigh; Eircode V93 X2K4.
VAT without prefix ## Cuir uimhir CBL {IE.num} ar an sonrasc, le do thoil.
sixteen digits ## Nóta seachadta {~card}, dhá bheart, bailithe ag {clock}.
"""

MALTESE = r"""
contact ## Biex tagħmel appuntament ċempel fuq {MT.tel} jew ibgħat imejl lil {email}.
mobile ## Bonġu, bdilt il-mowbajl, in-numru l-ġdid hu {MT.mob}. Ċempilli meta tasal.
letterhead ## Stamperija Wied Ltd, Triq il-Mitħna 9, Ħal Qormi\nTel: {MT.tel}, Faks: {MT.fix}\nNru tal-VAT: {MT.vat}, IBAN: {MT.iban}
international ## Persuna ta' kuntatt: Karm Zammit, {MT.tel+}
mail ## L-applikazzjonijiet għandhom jintbagħtu lil {email} sa nhar il-Ġimgħa.
signature ## Dejjem tiegħek,\nDoris Vella\nManiġer\nMob: {MT.mob}\n{email}
log ## {iso_time} konnessjoni miċħuda minn {ip4}: password ħażina
IPv6 ## Il-kumment intbagħat mill-indirizz IP {ip6}, li kien ta' abbonat minn Għawdex.
server ## Is-sit issa jinsab fuq server ġdid, bl-indirizz {ip4}.
transfer ## Jekk jogħġbok ħallas il-miżata ta' €30 fil-kont {MT.iban} sal-aħħar tax-xahar.
account form ## Isem il-benefiċjarju: Maria Borg\nBank: Bank tal-Port\nIBAN: {MT.iban}
Italian account ## Il-fornitur minn Katanja jrid il-flus fil-kont {IT.iban}.
card ## Mill-karta ta' kreditu tiegħi, numru {card}, inġibdu €20 darbtejn.
card form ## Numru tal-karta: {card}, tiskadi: 05/28, isem: DORIS BORG
card groups ## Imħallas b'Visa {card4}, il-ħlas ġie aċċettat.
identity card ## Jien, Karm Vella, detentur tal-karta tal-identità numru {MT.id}, nawtorizza lil oħti tiġbor il-pakkett.
identity card short ## Isem: Maria Zammit, Nru tal-K.I. {MT.id}, indirizz: Triq il-Kbira, Ħaż-Żebbuġ
identity card in use ## Fl-isptar talbuni n-numru tal-karta tal-identità u tajthom {MT.id}.
VAT ## In-numru tal-VAT tax-xerrej huwa {MT.vat}; għandu jidher fuq il-fattura.
VAT Italian ## Il-klijent ta' Palermo huwa rreġistrat għall-VAT bin-numru {IT.vat}.
VAT foot ## Forn tal-Port, Marsaxlokk – Reġistrazzjoni tal-VAT {MT.vat}
order ## L-ordni tiegħek numru {~PL.nip} telqet illum u tasal nhar it-Tlieta.
product ## Siġill tal-pompa, numru tal-parti {part}, barcode {ean}, kaxxa ta' għaxra.
versions ## Id-difett tal-verżjoni {version4} ġie rranġat fil-verżjoni {version4}.
book ## Rita Farrugia, L-Imtieħen tar-Riħ ta' Malta, Valletta, 1994, ISBN {isbn}, pp. 62-79.
law ## Skont l-Artikolu 6(1)(c) tar-Regolament (UE) 2016/679 u l-Att dwar il-Protezzjoni tad-Data (Kap. 586),
private ## Ikteb {ip_private} fil-browser u biddel il-password tar-router.
wrong IBAN ## Il-bank irrifjuta l-ħlas għax l-IBAN {MT.iban!} mhuwiex validu.
wrong card ## In-numru tal-karta {card!} huwa ħażin, iċċekkja l-aħħar ċifra.
code ## import mappa from "@wied/mappa"; // verżjoni {semver}, reviżjoni {rev}
match ## Il-partita spiċċat 3-1 u bdiet fit-{clock}; kien hemm 1,840 spettatur.
data ## Is-sensor {mac} għandu l-identifikatur {uuid} u jinsab f'{coords}.
mixed: reference and mail ## Dwar l-ittra bir-referenza {n6}/2020 ikteb lil {email}.
mixed: emergency ## F'każ ta' nar ċempel 112; għall-purtinar ċempel in-numru tat-telefon {MT.tel}.
hours ## Miftuħ mit-Tlieta sas-Sibt, 9.30–17.00, kamra 214; il-fajl {n9} jinsab fil-kaxxa 12/4.
device ## L-IMEI tal-apparat misjub huwa {imei}; meter {n8}, moqri fl-14 ta' Frar 2022.
port ## Is-servizz ilu mill-Ħadd jisma' fuq {ip4}:8443.
spelled address ## Ikteb lil info (at) kotbamarsa punt mt; linja għat-tfal: 116 111.
plate and road ## It-trakk KTR 482 waqaf fi Triq Diċembru 13 fis-6.45; kodiċi postali QRM 3112.
IPv6 in brackets ## Ipprova http://[{ip6}]:8080 jekk l-isem ma jaħdimx.
VAT without prefix ## Fattura lil Kotba Marsa, Nru. tal-VAT {MT.num}, ħlas fi żmien 30 jum.
sixteen digits ## Nota tal-kunsinna {luhn}, żewġ pakketti, miġbura fit-{clock}.
"""

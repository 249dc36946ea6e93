"""Sentences in French, Italian, Spanish, Portuguese and Romanian. The notation stands in `carriers.py`."""

FRENCH = r"""
contact ## Pour réserver une table, appelez-nous au {FR.tel} ou écrivez à {email}.
mobile ## Coucou, j'ai perdu mon ancien portable, voici mon nouveau numéro : {FR.mob}. Bises, Manon
letterhead ## Imprimvert SARL – 12, rue des Tanneurs – 69007 Lyon\nTél. : {FR.tel} – Fax : {FR.tel}\nTVA intracommunautaire : {FR.vat} – IBAN : {FR.iban}
Belgium ## Le secrétariat de l'école est joignable par téléphone au {BE.tel} de 8 h à 16 h.
Luxembourg ## Contact à Esch-sur-Alzette : Luc Garnier, {LU.tel+}
mail at the end of a sentence ## Les candidatures sont à envoyer avant le 30 juin à {email}. Aucun dossier papier ne sera accepté.
log ## {iso_time} refus de connexion depuis {ip4} : mot de passe erroné (5 essais)
IPv6 ## L'adresse IP {ip6} appartenait ce jour-là à un abonné de Nantes, a indiqué l'opérateur.
wiki ## Modification annulée : vandalisme de l'utilisateur non inscrit {ip4}.
transfer ## Merci de virer le solde de 1 250 € sur le compte {FR.iban} avant la remise des clés.
Belgian account ## Nom du bénéficiaire : Librairie du Quai, Namur. IBAN {BE.iban}, communication : abonnement.
Luxembourg account ## RIB du syndic : {LU.iban}
card ## On a débité 89 € de ma carte bancaire n° {card} alors que j'avais annulé la commande.
card form ## Titulaire : CLAIRE MOULIN ; numéro de carte : {card} ; expire fin 05/28
card groups ## Le client a réglé par Visa ({card4}), ticket joint.
NIR ## Votre numéro de sécurité sociale, {FR.nir}, figure sur votre carte Vitale.
NIR short ## Salarié : Hugo Lefort – N° SS : {FR.nir} – emploi : boulanger
Belgian register ## Le soussigné, inscrit au registre national sous le numéro {BE.nn}, déclare avoir reçu les clés.
Luxembourg matricule ## Indiquez votre matricule national ({LU.matricule}) sur la demande adressée à la CNS.
tax number ## Mon numéro fiscal est le {FR.spi} ; je n'ai toujours pas reçu mon avis d'imposition.
VAT ## Facture n° F-{n6}, client assujetti en Belgique, n° TVA {BE.vat}, autoliquidation.
Luxembourg VAT ## Fournil du Port S.à r.l., Remich, numéro d'identification TVA : {LU.vat}
order that passes ## Votre commande n° {~FR.spi} a été remise au transporteur ce matin.
product ## Joint de pompe, référence {part}, code-barres {ean}, vendu par lot de 10.
versions ## La version {version4} corrige un bogue apparu avec la {version4}.
book ## Odile Marchand, Les Moulins de la Vilaine, Rennes, 1983, ISBN {isbn}, p. 145-158.
law ## Vu l'article L. 132-1 du code des assurances, la loi n° 78-17 du 6 janvier 1978 et le règlement (UE) 2016/679 ;
private ## Ouvrez un navigateur et tapez {ip_private} pour accéder à la box.
wrong IBAN ## L'IBAN {FR.iban!} est refusé : la clé de contrôle est fausse.
wrong card ## Le numéro de carte {card!} n'existe pas, vous avez dû inverser deux chiffres.
code ## @media (min-width: 1024px) { .menu { z-index: {n5}; } } /* voir §{section4} */
mixed: ISSN and mail ## Revue trimestrielle, ISSN {issn}, abonnements : {email}
mixed: emergencies ## En cas d'incendie, composez le 18 ou le 112 ; pour le gardien, téléphonez au {FR.tel}.
hours ## Ouvert du mardi au samedi de 9 h 30 à 17 h, bureau 2.114 ; dossier {n9}, boîte 12/4.
figures ## La commune comptait 27 604 habitants en 2018 et 28 115 en 2022, pour 81,32 km².
device ## L'IMEI de l'appareil trouvé est {imei} ; compteur n° {n8}, relevé le 14/02/2022.
port ## La sonde interroge {ip4}:161 toutes les cinq minutes.
spelled address ## Écrivez à contact (arobase) fournil-du-port.fr ; allô enfance en danger : 119.
train and prices ## Le TER 886 412 part à 6 h 45 de la voie 12 ; billet à 18,60 €, pp. 0412-0418 de l'indicateur.
CSV ## id;nom;courriel;portable\n{n5};Garnier;{email};{FR.mob}
Belgian VAT without prefix ## Librairie du Quai SRL, n° TVA {BE.num}, RPM Namur
sixteen digits ## Bordereau d'expédition {~card}, 3 colis, enlevé à {clock}.
"""

ITALIAN = r"""
contact ## Per informazioni sulla visita guidata telefonare allo {IT.tel} oppure scrivere a {email}.
mobile ## Ciao Marco, ti lascio il mio cellulare: {IT.mob}. Chiamami quando arrivi in stazione!
letterhead ## Stampa Verde S.r.l. – Via dei Conciatori 9 – 40122 Bologna\nTel. {IT.tel+} – Fax {IT.fix}\nP. IVA {IT.piva} – PEC: {email}
international ## Referente per l'estero: dott.ssa Elena Greco, {IT.tel+}
mail ## Il modulo compilato va rispedito a {email} entro venerdì.
mailto ## <a href="mailto:{email}?subject=Iscrizione">Iscriviti al laboratorio di pane</a>
log ## {iso_time} accesso negato: utente root da {ip4} (chiave non valida)
IPv6 ## Il messaggio risulta inviato dall'indirizzo IP {ip6}, intestato a un'utenza di Bari.
server ## Il nuovo server di posta è {ip4}; aggiornate il record MX.
transfer ## Il bonifico va intestato all'associazione Libri sul Molo, IBAN {IT.iban}, causale: quota sociale.
account form ## Banca: Credito del Golfo\nIntestatario: Paolo Colombi\nCoordinate bancarie: {IT.iban}
account chat ## ti mando subito i soldi della cena, confermi che l'iban è {IT.iban}?
card ## La mia carta di credito n. {card} è stata clonata: chiedo il blocco immediato.
card form ## Numero carta: {card}  Scadenza: 10/27  Titolare: GIULIA FERRARIS
card groups ## Pagamento autorizzato, Mastercard {card4}, importo 72,00 euro.
codice fiscale ## Il sottoscritto Marco Colombi, codice fiscale {IT.cf}, residente a Trieste, dichiara quanto segue.
codice fiscale short ## Intestatario fattura: Elena Greco, C.F. {IT.cf}
codice fiscale form only ## {IT.cf} – ticket esente – prelievo ore 7:30
VAT ## Le fatture elettroniche vanno intestate alla partita IVA {IT.piva}, codice destinatario 0000000.
VAT with prefix ## Cessione intracomunitaria a cliente tedesco, {DE.vat}; cedente {IT.vat}.
VAT foot ## Forno del Porto s.n.c. di Ferraris & C. – P.IVA e Reg. Imprese di Ancona {IT.piva}
order ## Il tuo ordine n. {~IT.piva} è in consegna: il corriere passerà domani mattina.
product ## Guarnizione in gomma, cod. {part}, EAN {ean}, confezione da 25 pezzi.
versions ## Dopo l'aggiornamento alla versione {version4} la stampante funziona; con la {version4} si bloccava.
book ## Rosa Valli, Le saline di Cervia, Ravenna, 1991, ISBN {isbn}, pp. 201-219.
law ## Ai sensi dell'art. 13 del Regolamento (UE) 2016/679 e del d.lgs. 30 giugno 2003, n. 196, i dati saranno trattati in modo lecito.
private ## Il NAS risponde all'indirizzo {ip_private} dalla rete di casa.
wrong IBAN ## Attenzione: {IT.iban!} non supera il controllo, ricontrolla l'IBAN.
wrong card ## Il numero di carta {card!} non è valido: manca la corrispondenza con la cifra di controllo.
code ## git checkout {sha1}  # ripristina la pagina prima del {iso_time}
statistics ## Nel 2019 i visitatori furono 1.284.310, con una media di 3.518 al giorno e un incasso di € 9.632.325,00.
mixed: protocol and mail ## Prot. n. {n8} del 14/02/2022 – per chiarimenti: {email}
mixed: private and public ## Dall'esterno si entra con {ip4}, dall'ufficio con {ip_private}.
hours ## Aperto mar-sab 9.30-17.00, stanza 2.114; la pratica {n9} è nel faldone 12/4.
device ## L'IMEI del telefono smarrito è {imei}, matricola {part}.
port ## Il sensore scrive su {ip4}:1883 ogni dieci secondi.
spelled address ## Scrivete a info (chiocciola) fornodelporto punto it; telefono azzurro: 114.
train ## Il regionale 21 784 delle 6:45 parte dal binario 12; targa dell'autobus sostitutivo: EK 482 TR.
VAT and mail row ## 0417 | Greco Elena | {email} | {IT.piva} (p. iva) | saldato
sixteen digits ## Lettera di vettura {luhn}, due colli, ritiro in via Garibaldi 4.
"""

SPANISH = r"""
contact ## Para pedir cita llame al {ES.tel} o escríbanos a {email}.
mobile ## Te paso mi móvil por si te pierdes: {ES.mob}. ¡Nos vemos a las nueve!
letterhead ## Imprenta Sur, S. L. · C/ Herreros, 7 · 41003 Sevilla\nTel. {ES.tel} · Fax {ES.fix}\nCIF {ES.cif} · {email}
international ## Persona de contacto: Carmen Ortega ({ES.tel+})
mail ## Envíe su currículum a {email}, indicando en el asunto la plaza.
WhatsApp ## Reservas solo por WhatsApp: {ES.mob}
log ## {iso_time} intento de acceso rechazado desde {ip4}: contraseña incorrecta
IPv6 ## La policía atribuye la dirección IP {ip6} a un domicilio de Murcia.
wiki ## Revertidas las ediciones de {ip4}, que había borrado media página.
transfer ## Haga el ingreso de la matrícula en la cuenta {ES.iban} y guarde el justificante.
account form ## Titular: Pablo Navarro\nEntidad: Caja del Mar\nIBAN: {ES.iban}
account direct debit ## Autorizo el cargo de los recibos de la comunidad en mi cuenta bancaria {ES.iban}.
card ## Me han cobrado dos veces con la tarjeta {card}; quiero que me devuelvan 35,60 €.
card form ## Número de tarjeta: {card} · Caducidad: 06/27 · Titular: LUCÍA MOLINA
card groups ## Pago con Visa {card4}, aprobado.
DNI ## D. Javier Ortega, con DNI n.º {ES.dni}, vecino de Cádiz, comparece y dice:
DNI inflected ## Para recoger el paquete hace falta enseñar el documento nacional de identidad; el mío es el {ES.dni}.
NIE ## La solicitante, con NIE {ES.nie}, reside en España desde 2014.
CIF ## La sociedad Libros del Mar, S. A., con CIF {ES.cif}, tiene su domicilio social en Málaga.
self-employed ## Traductora autónoma, dada de alta en el ROI con el NIF-IVA {ES.vatp}.
VAT ## El NIF-IVA del comprador portugués es {PT.vat}; el nuestro, {ES.vat}.
NIF of a firm ## Factura a nombre de Panadería La Ola, NIF {ES.cif}, 21 % de IVA incluido.
order ## Su pedido {~PL.nip} ha salido del almacén y llegará el lunes.
product ## Rodamiento de bolas, ref. {part}, código EAN {ean}, caja de 20 unidades.
versions ## El fallo se corrigió en la versión {version4}; en Windows {winver} sigue sin probarse.
book ## Amparo Ríos, Los faros de Galicia, Vigo, 2001, ISBN {isbn}, págs. 77-93.
law ## De conformidad con el artículo 5.1.c) del Reglamento (UE) 2016/679 y la Ley Orgánica 3/2018, de 5 de diciembre, BOE núm. 294.
private ## Entre en el router escribiendo {ip_private} en el navegador.
wrong IBAN ## El banco ha devuelto la transferencia porque el IBAN {ES.iban!} es erróneo.
wrong card ## El número de tarjeta {card!} no es correcto; revíselo, por favor.
code ## @Override\npublic String toString() { return "v{semver}-{rev}"; }
match ## Ganó el local por 78-65 (parciales: 21-15, 18-20, 19-12, 20-18) ante 3.412 espectadores.
mixed: expediente and mail ## Expediente {n9}/2020. Alegaciones en {email} en el plazo de diez días.
mixed: emergency ## Si huele a gas llame al 112 y después a la comunidad, tel. {ES.tel}.
hours ## Abierto de martes a sábado de 9.30 a 17.00, despacho 2.114; legajo {n9}, caja 12/4.
device ## El IMEI del aparato encontrado es {imei}; contador n.º {n8}, lectura del 14/02/2022.
port ## El servicio escucha en {ip4}:8443 desde el domingo.
spelled address ## Escríbanos a info (arroba) panaderialaola punto es; violencia de género: 016.
plate and road ## El camión 4821 KTR quedó parado en la A-7, km 112,5, a las 6:45; código postal 30840.
account row ## recibo {n6}; Molina; {ES.iban}; 35,60 €
account again ## Para la devolución necesito tu número de cuenta. — Apunta: {ES.iban}
sixteen digits ## Albarán {~card}, tres bultos, muelle 7.
town hall ## El Ayuntamiento, con CIF {ES.cifp}, licita la reparación del puente.
"""

PORTUGUESE = r"""
contact ## Para marcar consulta ligue para o {PT.tel} ou envie um e-mail para {email}.
mobile ## Olá Rui, o meu telemóvel novo é o {PT.mob}. Liga-me quando chegares.
letterhead ## Tipografia Sol, Lda. · Rua do Almada, 112 · 4050-031 Porto\nTelef.: {PT.tel} · Fax: {PT.fix}\nNIF {PT.nif} · IBAN {PT.iban}
international ## Contacto em Lisboa: Inês Carvalhal, {PT.tel+}
mail ## As inscrições fazem-se até sexta-feira através de {email}.
signature ## Com os melhores cumprimentos,\nTiago Pinto\nDireção comercial\n{email}\ntlm. {PT.mob}
log ## {iso_time} ligação recusada de {ip4}: demasiadas tentativas
IPv6 ## O comentário foi publicado a partir do endereço IP {ip6}, segundo a operadora.
server ## A partir de amanhã o sítio passa a responder em {ip4}.
transfer ## Agradecemos a transferência de 60 € para o IBAN {PT.iban} até ao dia 8.
account form ## Titular da conta: Marta Nogueira\nBanco: Caixa do Cais\nIBAN: {PT.iban}
Spanish account ## O fornecedor de Vigo pede o pagamento na conta {ES.iban}.
card ## Perdi o meu cartão de crédito, número {card}, e quero cancelá-lo já.
card form ## N.º do cartão: {card} | Validade: 03/28 | Nome: RUI NOGUEIRA
card groups ## Pago com Mastercard {card4}, valor 18,40 €.
citizen card ## A signatária é titular do Cartão de Cidadão n.º {PT.cc}, válido até 2029.
citizen card short ## Marta Pinto, solteira, CC {PT.cc}, residente em Évora
citizen card in speech ## Confirme, por favor, o número do cartão de cidadão que consta na ficha: {PT.cc}.
NIF ## Quer fatura com número de contribuinte? Sim, {PT.nif}.
NIF short ## Padaria do Cais, Unipessoal, Lda., NIPC {PT.nif}, com sede em Setúbal
VAT ## Os nossos dados para o VIES: {PT.vat}. O cliente em Milão tem o número de IVA {IT.vat}.
order ## A encomenda n.º {~PT.nif} já foi expedida e chega na terça-feira.
product ## Filtro de óleo, ref.ª {part}, código de barras {ean}, stock: 14 unidades.
versions ## A versão {version4} resolve o erro que surgia na {version4}.
book ## Helena Vaz, As salinas de Aveiro, Coimbra, 1996, ISBN {isbn}, pp. 33-52.
law ## Nos termos do artigo 6.º, n.º 1, alínea b), do Regulamento (UE) 2016/679 e da Lei n.º 58/2019, de 8 de agosto,
private ## Aceda a {ip_private} e introduza a palavra-passe que vem na etiqueta.
wrong IBAN ## O IBAN {PT.iban!} tem os algarismos de controlo errados.
wrong card ## O número de cartão {card!} foi recusado por não ser válido.
code ## <script src="https://cdn.example/@mapas/base@{semver}/base.min.js" integrity="sha1-{sha1}"></script>
coordinates ## O naufrágio fica a {coords}, a 34 metros de profundidade.
mixed: process and mail ## Processo n.º {n8}/21. Resposta para {email} no prazo de 10 dias úteis.
mixed: emergency and telephone ## Em caso de emergência marque 112; a portaria atende pelo telefone {PT.tel}.
hours ## Aberto de terça a sábado, das 9h30 às 17h00, sala 2.114; o dossiê {n9} está na caixa 12/4.
device ## O IMEI do aparelho encontrado é {imei}; contador n.º {n8}, leitura de 14/02/2022.
port ## O serviço responde em {ip4}:8443 desde domingo.
spelled address ## Escreva para info (arroba) livromar ponto pt; SOS Criança: 116 111.
plate and road ## O camião 48-TR-21 ficou parado na A22, ao km 112,5, às 6h45; código postal 8700-152.
sixteen digits ## Guia de transporte {luhn}, dois volumes, recolha às {clock}.
"""

ROMANIAN = r"""
contact ## Pentru programări sunați la {RO.tel} sau scrieți-ne la {email}.
mobile ## Salut, mi-am schimbat telefonul, noul număr e {RO.mob}. Pupici, Ioana
letterhead ## TIPOART S.R.L., str. Fabricii nr. 12, Cluj-Napoca\nTel.: {RO.tel}, fax: {RO.fix}\nCUI {RO.vat}, IBAN {RO.iban}
international ## Persoană de contact: Mihai Stan, {RO.tel+}
mail ## Așteptăm CV-urile dumneavoastră pe adresa {email} până la 15 mai.
notice ## Închiriez garsonieră lângă gară, 250 euro, mobil {RO.mob}, fără agenții.
log ## {iso_time} conexiune respinsă de la {ip4}: utilizator necunoscut
IPv6 ## Comentariul a fost trimis de la adresa IP {ip6}, care aparține unui abonat din Iași.
server ## Am mutat situl pe alt server, noua adresă este {ip4}.
transfer ## Vă rugăm să achitați factura în contul {RO.iban}, deschis la Banca Carpaților.
account form ## Beneficiar: Andrei Popovici\nBanca: BT\nCont IBAN: {RO.iban}
account chat ## trimite banii în {RO.iban} te rog, pe numele mamei
card ## Mi s-au retras 300 de lei de pe cardul {card} fără să fi cumpărat nimic.
card form ## Număr card: {card}; data expirării: 02/28; titular: ELENA STAN
card groups ## Plata cu Visa {card4} a fost acceptată.
CNP ## Subsemnatul Andrei Dumitrache, CNP {RO.cnp}, domiciliat în Brașov, declar pe propria răspundere că nu am datorii.
CNP long ## Codul numeric personal al pacientei este {RO.cnp}.
CNP in a table ## Popovici Elena | {RO.cnp} (CNP) | contabil | 01.03.2015
CUI ## Societatea Someș Trans, cod unic de înregistrare {RO.cui}, a intrat în insolvență.
CIF ## Factura se emite pe firmă: Brutăria Veche SRL, CIF {RO.cui}, J12/345/2009.
VAT ## Codul de TVA al clientului din Ungaria este {HU.vat}, iar al nostru {RO.vat}.
order ## Comanda dumneavoastră nr. {~RO.cnp} a fost predată curierului.
product ## Rulment, cod produs {part}, cod de bare {ean}, 24 de luni garanție.
versions ## După actualizarea la versiunea {version4} nu mai apare eroarea din {version4}.
book ## Maria Lupu, Morile de pe Someș, Cluj, 1988, ISBN {isbn}, p. 61-74.
law ## Potrivit art. 6 alin. (1) lit. c) din Regulamentul (UE) 2016/679 și Legii nr. 190/2018, publicată în M. Of. nr. 651,
private ## Deschideți browserul și scrieți {ip_private}, apoi parola de pe cutie.
wrong IBAN ## Banca a respins plata: contul {RO.iban!} nu este un IBAN valid.
wrong card ## Numărul de card {card!} este greșit, verificați ultimele cifre.
code ## const versiune = "{semver}"; // revizia {rev}, vezi secțiunea {section4}
hash ## Arhiva are suma de control {sha256} și identificatorul {uuid}.
mixed: order and mail ## Pentru retur la comanda {n10} scrieți la {email} în 14 zile.
mixed: emergency ## La accident sunați la 112, iar pentru remorcare la telefon {RO.tel}.
hours ## Deschis marți-sâmbătă 9:30-17:00, camera 214; dosarul {n9} se află în cutia 12/4.
figures ## Comuna avea 7.604 locuitori în 2011 și 7.115 în 2021, pe o suprafață de 81,32 km².
device ## IMEI-ul aparatului găsit este {imei}; contor nr. {n8}, citit la 14.02.2022.
port ## Serviciul ascultă pe {ip4}:8443 de duminică.
spelled address ## Scrieți la redactia (a rond) carteport punct ro; telefonul copilului: 119.
plate and road ## Camionul CJ 48 KTR a rămas pe DN1, la km 112+500, la ora 6:45; cod poștal 400489.
sixteen digits ## AWB {~card}, două colete, ridicate la {clock}.
"""

"""Which of three norms a sentence belongs to by its words alone: Croatian, Bosnian or Serbian in Latin letters.

Half of what is written in one of them is right in another too, so that a sentence out of a Bosnian catalogue need not be
Bosnian rather than Croatian. A sentence counts as sure where it holds a form that each sister norm would write otherwise,
and none that its own would: the old vowel yat (ije or je against e), and words such as tko and ko, točka and tačka. The
lists are forms of textbooks and reference grammars, as beginnings of words; a dollar sign closes a whole word.
"""

import re

_YAT_JE = (
    "vrijed vrijem mjest promjen zamjen izmjen primjen primjer namjen namijen umjest prije$ uvijek cijel sljedeć posljed "
    "dijel dijelov djelom podjel odjelj zahtjev zahtijev smjer lijev bijel mjer$ mjera mjere mjeri svijet svjet rješ "
    "riješ rijet ocjen procjen procijen gdje ovdje nigdje razumij vidje riječ savjet osjet osjetlj bljed vjerojat "
    "vjerovat provjer povjer uvjer smije smijete prijenos prijevod donijet prenijet cijen vješt spriječ sprječ promijen "
    "izmijen zamijen primijen razmjen premjest namješ razmješ smješ dvije$ objema ponedjelj srijed nedjelj mjesec djelov "
    "djeluj djelotv djelo$ djela$ nečovječ čovjek vijest obavijes svijes slijed uspje dospije dospje susjed htje$ htjel "
    "vrijednos bilješk cvijet lijek"
)
_YAT_E = (
    "vredn vreme$ vremen mesto$ mesta$ mestu$ mestom mestima promen zamen$ zamena zamene zameni izmen primen primer "
    "namen umesto pre$ uvek ceo$ cela$ celo$ celu$ celi$ celog sledeć posledn deo$ delov delim podel odeljak zahtev smer "
    "levo$ leva$ leve$ levi$ levu$ belo$ beli$ bela$ mere$ mera$ meri$ merenj svet$ sveta$ svetsk rešen rešav rešit "
    "rešite ocen procen gde$ ovde$ nigde$ razume vide$ videti videli reč$ reči$ rečnik savet osetlj verovat prover "
    "pover uveren sme$ smete prenos prevod doneti preneti cene$ cena$ cenu$ spreč razmen premest namest smest razmešt "
    "dve$ ponedelj sred[aue]$ nedelj mesec delova delo$ dela$ neč čovek vest$ vesti$ obavešt svest uspe$ uspel uspešn "
    "neuspe dospe sused hteti hteli belešk lek$ bezbed izvešt proverlj"
)
_CROATIAN = (
    "tko$ netko$ nitko$ svatko$ točk točn stupac$ stupca stupce stupci redak$ retka retke retku retci razdoblj tjedan "
    "tjedn sučelj tipkovnic zapork poveznic računal zaslon sustav uporab tisuć glazb izvješć uvjet zrakoplov siječanj "
    "siječnj veljač ožuj travanj travnj svibanj svibnj lipanj lipnj srpanj srpnj kolovoz rujan$ rujna listopad studen "
    "prosinac prosinc predlož međuspremnik gumb općenit opće$ opći$ opća$ nazočn neovisn promidžb sveučiliš tvrtk "
    "sukladn podrijet tijekom$ glede europ postotak postotk zbroj priopć odvjetnik jamstv obveza$ obveze$ obvezn "
    "kazneno$ kaznene$ kaznenu uhić sudjelov nepristran$ osobnu$ temeljem$ inačic poslužitelj pisač"
)
_NOT_CROATIAN = (
    "tačk tačn tačan$ tabel uslov štamp računar sistem izaber izabra$ izabran sedmic januar februar mart$ marta$ maj$ "
    "maja$ avgust august septembar septembr oktobar oktobr novembar novembr decembar decembr saobrać hiljad opšt uopšt "
    "takođe$ fajl kolon evrop ivic tastatur stepen sopstven spisak spisk uputstv ko$ neko$ niko$ svako$ osa$ ose$ osu$ "
    "istorij historij hapš uhapš krivičn obavezn obaveza obaveze odbran nezavis podstic saopšt funkcionis organizov "
    "definis definiš kontrolis kontroliš ignoris ignoriš generis generiš koverat kovert dugme dugmad šablon sertifikat "
    "porodic ličn ličnost učestv saglas sarad$ saradn uticaj upotreb jezičk"
)


def _pattern(forms: str) -> re.Pattern[str]:
    whole = "|".join(form[:-1] for form in forms.split() if form.endswith("$"))
    begun = "|".join(form for form in forms.split() if not form.endswith("$"))
    prefixes = "ne|na|iz|is|po|pod|pro|pri|raz|u|za|s|o|do"
    return re.compile(rf"\b(?:(?:{whole})\b|(?:{prefixes})?(?:{begun}))", re.IGNORECASE)


_YAT_JE_FORMS, _YAT_E_FORMS = _pattern(_YAT_JE), _pattern(_YAT_E)
_CROATIAN_FORMS, _NOT_CROATIAN_FORMS = _pattern(_CROATIAN), _pattern(_NOT_CROATIAN)


def sure_norm(text: str) -> str | None:
    """`hr`, `bs` or `sr-Latn`, or None where the words would do in two of the norms or speak for two."""
    je, e = bool(_YAT_JE_FORMS.search(text)), bool(_YAT_E_FORMS.search(text))
    croatian, not_croatian = bool(_CROATIAN_FORMS.search(text)), bool(_NOT_CROATIAN_FORMS.search(text))
    if croatian and not not_croatian and not e:
        return "hr"
    if je and not_croatian and not croatian and not e:
        return "bs"
    if e and not je and not croatian:
        return "sr-Latn"
    return None

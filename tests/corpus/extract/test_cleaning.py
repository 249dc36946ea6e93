"""Cleaning: laws that hold for any text, and what each rule does to texts as they come."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from soofi.corpus.extract.cleaning import clean
from soofi.corpus.extract.markup import without_entities, without_tags
from soofi.corpus.extract.mojibake import repaired
from soofi.corpus.extract.screening import may_change
from soofi.corpus.extract.unicode import normalise, without_invisible
from soofi.recipe import Extraction

RULES = Extraction()
NOTHING = Extraction(repair_mojibake=False, remove_markup=False, remove_invisible=False)
PIECES = st.sampled_from(
    ["a", "Ä", "ö", "\u0301", "\u00ad", "\u202e", "\u200b", "\ufeff", "Ã", "¶", "\x9f", "\x80", "â€", "â\x80\x93", "&amp;", "amp;",
     "&", "#", "8217;", "lt;", "&lt;", "gt;", "b>", "<b>", "</b>", "<", "/", "br>", "<!--", "-->", "<script>", "</script>", "\r", "\n",
     "\x85", "\0", "\ud7ff", "\U000e0041", "nbsp;", "Î±", "Ð¹", "Å¡"]
)  # fmt: skip
TEXTS = st.text() | st.lists(PIECES, max_size=14).map("".join)

SENTENCES = {
    "bg": "Жълтата дюля беше щастлива, че пухът цъфна – „съвсем“ навреме.",
    "cs": "Příliš žluťoučký kůň „úpěl“ ďábelské ódy – váš počítač, Š…",
    "da": "Høj bly gom vandt fræk sexquiz på wc, sagde han: »Åh nej«.",
    "de": "Größe „in Anführung“ – äußerst „schön“… Ärger, Öl, Übung.",
    "el": "Ξεσκεπάζω την ψυχοφθόρα βδελυγμία· «ναι» – είπε.",
    "es": "¿Qué? ¡Ñandú! El pingüino Wenceslao hizo kilómetros — “así”.",
    "et": "Põdur Zagrebi tšellomängija-följetonist Ciqo külmetas kehvas garaažis.",
    "fi": "Törkylempijävongahdus, sanoi hän: ”Ääliö, älä lyö!”",
    "fr": "Où ça ? À l’été « dès » Noël — œuvre, Ç’est… naïve.",
    "ga": "D’fhuascail Íosa Úrmhac na hÓighe Beannaithe pór Éava agus Ádhaimh.",
    "hr": "Gojazni đačić s biciklom drži hmelj i finu vatu u džepu nošnje.",
    "hu": "Árvíztűrő tükörfúrógép – „Ő”, mondta.",
    "it": "Pranzo d’acqua fa volti sghembi; perché però è così: «già».",
    "lt": "Įlinkdama fechtuotojo špaga sublykčiojusi pragręžė apvalų arbūzą – „ačiū“.",
    "lv": "Glāžšķūņa rūķīši dzērumā čiepj Baha koncertflīģeļu vākus.",
    "mt": "Żball fil-ħobż tal-Ġimgħa: “iċ-ċavetta” għandha l-għajn.",
    "nl": "Pa’s wijze lynx bezag vroom het fikse aquaduct – één café, coördinatie.",
    "pl": "Zażółć gęślą jaźń – „Łódź”, powiedział Świętosław…",
    "pt": "Luís argüia à Júlia que «brações, fé, chá, óxido, pôr, zângão» eram palavras.",
    "ro": "Gheorghe, obezul, a reușit să obțină jucându-se un flux în Quebec – „înțelegi?”",
    "sk": "Kŕdeľ ďatľov učí koňa žrať kôru – „áno“, povedal Ľuboš.",
    "sl": "Šerif bo za vajo spet kuhal domače žgance – »češnje«.",
    "sv": "Flygande bäckasiner söka hwila på mjuka tuvor – ”Åh”, sade Örjan.",
    "en": "The quick brown fox’s café — “naïve” résumé… £5, 20 °C, 3 × 4.",
}


@pytest.mark.parametrize("is_page", [False, True])
@given(text=TEXTS)
@example(text="Ã\u00ad")
@example(text="&amp;amp;amp;lt;b&amp;gt;</b>")
def test_cleaning_twice_changes_nothing_more(is_page, text):
    once = clean(text, RULES, is_page)
    if once is not None:
        assert clean(once, RULES, is_page) == once
        assert unicodedata.is_normalized("NFC", once)
        assert not [c for c in once if unicodedata.category(c) == "Cc" and c not in "\t\n"]
        assert without_invisible(once) == once


@given(TEXTS, st.sampled_from([RULES, NOTHING]))
def test_what_screening_lets_pass_needs_no_cleaning(text, rules):
    if not may_change(text.encode(), rules):
        assert clean(text, rules) == text


def test_screening_knows_every_character_that_normalising_changes():
    for code in (*range(0xD800), *range(0xE000, 0x110000)):
        text = f"a{chr(code)}"
        if normalise(text) != text:
            assert may_change(text.encode(), NOTHING), hex(code)
    for text in SENTENCES.values():
        assert not may_change(text.encode(), NOTHING)


@given(TEXTS)
def test_without_rules_only_spelling_changes(text):
    assert clean(text, NOTHING) == normalise(text)


@pytest.mark.parametrize("language", SENTENCES)
def test_a_good_text_of_any_language_stays_as_it_is(language):
    text = f"{SENTENCES[language]}\n\n{SENTENCES[language]} Wenn a < b & c > d, dann <Name>; AT&T, x<y>."
    assert clean(text, RULES) == text


@pytest.mark.parametrize("language", SENTENCES)
@pytest.mark.parametrize("wrong", ["windows-1252", "latin-1"])
def test_utf_8_that_was_read_as_something_else_is_repaired(language, wrong):
    text = SENTENCES[language]
    broken = "".join(
        # As browsers decode: a byte that Windows-1252 does not have is the control of the same number.
        bytes([b]).decode(wrong, "ignore") or chr(b)
        for b in text.encode()
    )
    assert broken != text
    # Curly quotation marks may come back straight: ftfy does not say which they were.
    found = repaired(f"Vorher steht ein guter Satz.\n{broken}\n")
    assert found == f"Vorher steht ein guter Satz.\n{text}\n"


def test_entities_that_were_left_over_are_resolved():
    text = "Caf&eacute; &amp;amp; Bar&nbsp;&#8211;&amp;nbsp;5 &lt; 6 &#x20AC; AT&T; &unknown; &notit; R&D"
    assert without_entities(text) == "Café & Bar\u00a0–\u00a05 < 6 € AT&T; &unknown; &notit; R&D"


def test_tags_that_were_left_over_go_and_lines_stay_lines():
    text = "<p class='x'>Ein <b>guter</b> Satz.<br/>Noch <a href='y'>einer</a>.</p><!-- weg --><script>x < y</script><td>Zelle"
    assert without_tags(text).split("\n") == ["", "Ein guter Satz.", "Noch einer.", "  \tZelle"]
    for kept in (
        "if a <b and c> d",
        "List<String> names; vector<int>",
        "<name> und <p> ohne Ende",
        "x <- 3; y -> 4",
    ):
        assert without_tags(kept) == kept


def test_markup_is_the_subject_of_code_and_of_pages_about_it():
    text = "Write <b>bold</b> and &amp;."
    assert clean(text, RULES) == "Write bold and &."
    assert clean(text, RULES, is_page=True) == "Write <b>bold</b> and &."
    assert clean(text, RULES, is_code=True) == text


def test_what_nobody_sees_goes_and_what_joins_emoji_stays():
    text = 'if access\u202e\u2066 level\u2069 != \u200b"user\u00ad"\ufeff \U000e0068\U000e0069 \u200e'
    assert without_invisible(text) == 'if access level != "user"  '
    assert without_invisible("👩\u200d👩\u200d👧 می\u200cخواهم") == "👩\u200d👩\u200d👧 می\u200cخواهم"
    assert clean("Über\u00adraschung", Extraction(remove_invisible=False)) == "Über\u00adraschung"


def test_a_text_that_never_settles_is_given_up():
    nested = "x"
    for _ in range(12):
        nested = f"<<b>b>{nested}<</b>/b>"
    text = "&" + "#38;" * 3 + "".join(f"<{'<b>' * n}b>" for n in range(40)) + "</b>"
    assert clean(text, RULES) is None or clean(clean(text, RULES), RULES) == clean(text, RULES)

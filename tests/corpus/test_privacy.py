"""Personal data: what is found on the labelled sets, and laws of replacing it."""

import json

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soofi.corpus.batches import WORKING
from soofi.corpus.privacy.detect import find
from soofi.corpus.privacy.labels import countries, languages
from soofi.corpus.privacy.numbers import PERSON, TAX
from soofi.corpus.privacy.scrub import placeholder, prepare_privacy, scrub_text
from soofi.recipe import EU_OFFICIAL, PERSONAL_DATA_TYPES, PersonalData, Privacy
from tests.corpus import privacy_scores

PRECISION, RECALL = 0.98, 0.95


@pytest.fixture(scope="module", params=list(privacy_scores.sets()), ids=lambda folder: folder.name)
def scores(request) -> privacy_scores.Scores:
    return privacy_scores.scores(request.param)


@pytest.mark.parametrize("type", PERSONAL_DATA_TYPES)
def test_each_type_is_found_over_all_languages(scores, type):
    tally = scores.of_type(type)
    assert tally.right > 100
    assert tally.precision >= PRECISION, scores.misses
    assert tally.recall >= RECALL, scores.misses


@pytest.mark.parametrize("language", EU_OFFICIAL)
def test_each_language_has_its_types_found(scores, language):
    tally = scores.of_language(language)
    assert tally.right > 20
    assert tally.precision >= PRECISION, scores.misses
    assert tally.recall >= RECALL, scores.misses


def test_every_language_has_words_and_its_states_have_numbers():
    assert set(languages()) == set(EU_OFFICIAL)
    for language in EU_OFFICIAL:
        for country in countries(language):
            assert country in TAX
            assert country in PERSON or country == "CY"  # Cyprus' identity numbers have no check


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Kunde;Telefon;Steuer-ID\nWeber;[0221 953630];[58069237616]"),  # the head of the column
        ("pl", "[44051401359] (PESEL), [601 308 167] (komórka)"),  # labels in brackets behind
        ("hr", "Telefon [+385 1 448 1674] / [091 872 5692], narudžba 091 872 5692"),
        ("de", "Tel. [0221/953630] oder [0221/953631], Bestellung 0221/953632"),
        ("de", "Fax ([(089) 54 61 84]). ☎ [+ 49 221 953630]"),
        ("de", "Die Steuer-ID 12345678901 hat eine falsche Prüfziffer, USt-IdNr. DE123456789 auch."),
        ("pl", "PESEL/NIP: [44051401359]. Faktura VAT nr 5252248481"),
        ("hr", "Tvrtka d.o.o., OIB: [94577403194]"),
        ("en", "Loyalty card 4539148803436467, credit card [4539148803436467]"),
        ("en", "git@host.org:path, @me@social.host, icon@2x.png, react@18.0.0-rc.next, [me@host.org]:"),
        (
            "en",
            "IP [8.8.8.8], version 8.8.8.8, section 3.2.4.1, 1.3.6.1.4.1.5735, 10.0.0.1, [2606:4700::1111], 2001:db8::1",
        ),
        ("en", "In 2019 there were 4 123 456 mobile subscriptions, 2011-2021, 12.03.2021, call 116 123"),
        ("it", "[RSSMRA85T10A562S], ordine RSSMRA85T10A562T"),
        ("pt-BR", "Telefone [+351 912 795 828]"),
        ("sr-Cyrl", "Позовите [+381 11 3111 111]"),
        (None, "IBAN [DE07 5001 0517 5287 3131 23]"),
    ],
)
def test_what_stands_around_a_number_decides(language, text):
    bare = text.replace("[", "").replace("]", "")
    found = find(bare, language)
    for span in reversed(found):
        bare = f"{bare[: span.start]}[{bare[span.start : span.end]}]{bare[span.end :]}"
    assert bare == text


# Pieces of which texts are made that hold real finds beside what only looks like them.
PIECES = [
    "Tel. ", "telefon: ", "Fax ", "IBAN ", "PESEL ", "Steuernummer ", "DIČ ", "NIF ", "Visa ", "ISBN ", "Bestellung Nr. ", "IP ", "v",
    "me@host.org", "anna.b@post.example.com", "0221 953630", "+49 221 953630", "+4822", " 8812", "0049", "601 234 567", "44051401359",
    "DE07 5001 0517 5287 3131 23", "DE363832799", "4973 6437 7141 9829", "4111111111111111", "146.185.87.193", "2a02:908::1", "10.0.0.1",
    "12345678Z", "RSSMRA85T10A562S", "181/815/08155", "5252248481", "@", "<email>", "<phone>", "<payment_card>", "<", ">", " ", "\n", ". ",
    "-", "/", "(", ")", "+", "0", "7", "ß", "ё", "🙂", "\0", "\u00a0", "a",
]  # fmt: skip
texts = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=30).map("".join),
    st.text(st.characters(), max_size=200),  # lone surrogates too
    st.text(st.sampled_from("0123456789 .-/()+:@aA\n"), max_size=200),
)
some_language = st.sampled_from([*EU_OFFICIAL, None, "xx", "und"])


@settings(max_examples=200, deadline=None)
@given(texts, some_language)
def test_replacing_changes_the_spans_alone_and_is_done_once(text, language):
    scrubbed, counts = scrub_text(text, language)
    again, more = scrub_text(scrubbed, language)
    assert again == scrubbed and not more
    for type in PERSONAL_DATA_TYPES:
        mark = placeholder(type)
        assert scrubbed.count(mark) - text.count(mark) == counts.get(type, 0)
    spans = find(text, language)
    assert spans == sorted(spans, key=lambda span: span.start)
    # What stands outside all placeholders stands in the text, in its order.
    pieces = [scrubbed]
    for type in PERSONAL_DATA_TYPES:
        pieces = [part for piece in pieces for part in piece.split(placeholder(type))]
    place = 0
    for piece in pieces:
        place = text.index(piece, place) + len(piece)


@settings(max_examples=100, deadline=None)
@given(texts, some_language)
def test_spans_do_not_overlap_and_lie_inside(text, language):
    end = 0
    for span in find(text, language):
        assert end <= span.start < span.end <= len(text)
        end = span.end


@settings(max_examples=200, deadline=None)
@given(st.text("0123456789ABJXZ", min_size=4, max_size=17), st.text(" -/.+", max_size=1), st.integers(1, 12))
def test_no_check_fails_on_any_letters_and_digits(compact, sign, place):
    written = compact[:place] + sign + compact[place:]
    for table in (PERSON, TAX):
        for numbers in table.values():
            for number in numbers:
                if len(compact) in number.lengths:
                    assert number.check(written, compact) in (True, False)


@pytest.mark.parametrize(
    "text",
    [
        "7" * 1_000_000,
        "12 " * 100_000,
        "1-" * 200_000,
        "a@" * 500_000,
        "Tel. 0 " * 140_000,
        "1.2.3." * 50_000,
        "2a02:" * 50_000,
        "DE07 " * 200_000,
        "ABCDEF12" * 120_000,
        "(+" * 500_000,
        "\0" * 1_000_000,
        "Steuernummer 12/345/6789" * 8_000,
        "Tel. 0221 953630, ä@post.org, IP 146.185.87.193\n" * 2_000,
    ],
    ids=lambda text: text[:12],
)
@pytest.mark.timeout(60)
def test_a_megabyte_of_anything_ends(text):
    scrubbed, _ = scrub_text(text, "de")
    assert scrubbed


def batch_of(*rows: dict) -> pa.RecordBatch:
    return pa.RecordBatch.from_pylist(list(rows), WORKING)


TEXT = "Bei Fragen: Tel. 0221 953630 oder lena@post.example.com, USt-IdNr. DE363832799."


def test_the_stage_replaces_counts_and_leaves_dropped_rows():
    stage = prepare_privacy(Privacy())
    assert stage is not None
    done = stage(
        batch_of(
            {"text": TEXT, "language": "de"},
            {"text": TEXT, "language": "de", "stage": "quality", "reason": "minimum_characters"},
            {"text": "Nichts von alledem.", "language": "de"},
        )
    ).to_pylist()
    assert done[0]["text"] == "Bei Fragen: Tel. <phone> oder <email>, USt-IdNr. <tax_number>."
    assert {name: count for name, count in done[0]["pii"].items() if count} == {
        "email": 1,
        "phone": 1,
        "tax_number": 1,
    }
    assert done[1]["text"] == TEXT and done[1]["pii"] is None
    assert done[2]["pii"] == dict.fromkeys(PERSONAL_DATA_TYPES, 0)


def test_each_type_has_its_own_action():
    stage = prepare_privacy(Privacy(email=PersonalData(action="count"), phone=PersonalData(action="ignore")))
    assert stage is not None
    row = stage(batch_of({"text": TEXT, "language": "de"})).to_pylist()[0]
    assert row["text"] == TEXT.replace("DE363832799", "<tax_number>")
    assert row["pii"]["email"] == 1 and row["pii"]["phone"] is None and row["pii"]["tax_number"] == 1


def test_a_document_with_too_much_is_dropped_and_the_evidence_does_not_repeat_it():
    stage = prepare_privacy(Privacy(phone=PersonalData(maximum_per_1000_characters=5)))
    assert stage is not None
    crowded, sparse = TEXT, TEXT + " Sonst steht hier nichts." * 10
    rows = stage(
        batch_of({"text": crowded, "language": "de"}, {"text": sparse, "language": "de"})
    ).to_pylist()
    assert (rows[0]["stage"], rows[0]["reason"]) == ("privacy", "personal_data")
    evidence = json.loads(rows[0]["evidence"])
    assert evidence["type"] == "phone" and evidence["rules"]["DE telephone number"] == 1
    assert "953630" not in rows[0]["evidence"] and "lena" not in rows[0]["evidence"]
    assert rows[1]["stage"] is None and "<phone>" in rows[1]["text"]


def test_the_recipe_switches_it_off():
    assert prepare_privacy(Privacy(enabled=False)) is None

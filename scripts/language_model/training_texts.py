"""Texts from which the close languages are learnt: translations of free programs, and what sets norms apart."""

import json
import re
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

from sample_sources.extraction import interface_sentence, wiki_message

from .sentences import Sentence, catalogue_sentences, in_latin, is_held_out, words

NORMS = Path(__file__).with_name("norms.tsv")

PACKAGES = (
    "mediawiki", "evolution-common", "gimp-data", "libgtk-3-common", "libgtk-4-common", "nautilus-data",
    "gnome-control-center-data", "totem-common", "epiphany-browser-data", "inkscape", "gnome-software-common",
    "file-roller", "gedit-common", "apt", "dpkg", "aptitude-common", "gnome-shell-common", "gnome-games-app",
    "gnumeric-common", "libglib2.0-data", "evince-common", "eog", "gnome-disk-utility", "simple-scan",
    "brasero-common", "gnome-system-monitor", "rhythmbox-data", "vlc-l10n",
    "firefox-esr-l10n-hr", "firefox-esr-l10n-bs", "firefox-esr-l10n-sr", "thunderbird-l10n-hr",
    "thunderbird-l10n-sr", "hunspell-hr", "hunspell-bs", "hunspell-sr",
)  # fmt: skip
"""Debian packages beside those of `sentences.PACKAGES`."""

_GETTEXT = {
    "sr-Latn": ("sr@latin", "sr@Latn"), "sr-Cyrl": ("sr",), "nb": ("nb", "no"), "pt": ("pt", "pt_BR"),
}  # fmt: skip
_MEDIAWIKI = {"sr-Latn": ("sr-el",), "sr-Cyrl": ("sr-ec",), "pt": ("pt", "pt-br")}
_MOZILLA = {"hr": "hr", "bs": "bs", "sr-Cyrl": "sr"}

_MESSAGE = re.compile(r"^[\w.\s-]*?=\s*(.+)$", re.MULTILINE)


def training_texts(root: Path, tag: str, sure: dict[str, list[Sentence]], held: set[str]) -> list[str]:
    """Sentences of one language out of the packages unpacked below `root`, none twice, in a fixed order.

    `sure`: LibreOffice's sentences, of which those that are not held out are taken. No sentence has its `words` in
    `held`, the sentences for tests.
    """
    found: Iterable[str] = _all(root, tag, sure)
    if tag == "sr-Latn":
        found = [*found, *map(in_latin, _all(root, "sr-Cyrl", sure))]
    kept: dict[str, str] = {}
    for text in found:
        key = words(text)
        if key and key not in held:
            kept.setdefault(key, text)
    return list(kept.values())


def norm_texts(tag: str) -> list[str]:
    """The forms of one of the three norms, a text a row of `norms.tsv`."""
    lines = [line for line in NORMS.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    column = lines[0].split("\t").index(tag)
    return [line.split("\t")[column] for line in lines[1:]]


def _spelling(root: Path, name: str) -> set[str]:
    """The stems of a spelling dictionary below `root`, in lower case; single letters and names left out."""
    affixes = (root / f"usr/share/hunspell/{name}.aff").read_bytes()
    encoding = re.search(rb"^SET\s+(\S+)", affixes, re.MULTILINE)
    assert encoding is not None, f"{name}.aff names no encoding"
    lines = (root / f"usr/share/hunspell/{name}.dic").read_text(encoding=encoding[1].decode()).split("\n")
    stems = (line.partition("/")[0].strip() for line in lines[1:])
    return {stem for stem in stems if len(stem) > 1 and stem.isalpha() and stem.islower()}


@cache
def dictionary_stems(root: Path) -> dict[str, list[str]]:
    """Stems of Croatian, Bosnian and Serbian, sorted: everyday words that programs seldom use.

    The Serbian dictionary holds both reflexes of the old yat. Where it has a word with ije or je and the same word with e,
    only the latter is taken for Serbian, only the former for the others.
    """
    serbian = _spelling(root, "sr_Latn_RS")
    je_forms, e_forms = set(), set()
    for stem in serbian:
        for found in re.finditer("ije|je", stem):
            other = stem[: found.start()] + "e" + stem[found.end() :]
            if other in serbian:
                je_forms.add(stem)
                e_forms.add(other)
    croatian, bosnian = _spelling(root, "hr_HR"), _spelling(root, "bs_BA")
    return {
        "hr": sorted((croatian | je_forms) - e_forms),
        "bs": sorted((bosnian | je_forms) - e_forms),
        "sr-Latn": sorted(serbian - je_forms),
    }


@cache
def _files(root: Path) -> dict[str, list[Path]]:
    """Catalogues, message files and language packs below `root`, sorted, by the name of their language."""
    found = defaultdict(list)
    for path in sorted(root.rglob("*")):
        if path.match("LC_MESSAGES/*.mo") and "libreoffice" not in path.parts:
            found[f"gettext {path.parts[-3]}"].append(path)
        elif path.suffix == ".json" and "i18n" in path.parts:
            found[f"mediawiki {path.stem}"].append(path)
        elif path.suffix == ".xpi":
            found[f"mozilla {path.name.removeprefix('langpack-').partition('@')[0]}"].append(path)
    return found


def _all(root: Path, tag: str, sure: dict[str, list[Sentence]]) -> Iterator[str]:
    for s in sure.get(tag, []):
        if s.origin == "catalogue" and not is_held_out(s.text):
            yield s.text
    for folder in _GETTEXT.get(tag, (tag,)):
        for path in _files(root)[f"gettext {folder}"]:
            with suppress(UnicodeDecodeError):  # a few old catalogues are not in UTF-8: they are left out
                yield from [sentence for sentence, _ in catalogue_sentences(path.read_bytes())]
    for name in _MEDIAWIKI.get(tag, (tag,)):
        for path in _files(root)[f"mediawiki {name}"]:
            yield from _messages(path)
    if tag in _MOZILLA:
        for path in _files(root)[f"mozilla {_MOZILLA[tag]}"]:
            yield from _mozilla(path)


def _messages(path: Path) -> Iterator[str]:
    english = path.with_name("en.json")
    originals = json.loads(english.read_text(encoding="utf-8")) if english.exists() else {}
    for key, message in json.loads(path.read_text(encoding="utf-8")).items():
        if key != "@metadata" and isinstance(message, str) and message != originals.get(key):
            text = wiki_message(message)
            if text:
                yield text


def _mozilla(path: Path) -> Iterator[str]:
    with zipfile.ZipFile(path) as archive:
        for name in sorted(archive.namelist()):
            if name.endswith((".ftl", ".properties")):
                lines = archive.read(name).decode("utf-8", errors="replace")
                lines = re.sub(r"\n\s{2,}(?=[^.\s\[*}])", " ", lines)  # a value that goes on
                for message in _MESSAGE.finditer(lines):
                    text = interface_sentence(re.sub(r"\{[^{}]*\}", "…", message[1]))
                    if text:
                        yield text

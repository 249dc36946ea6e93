"""Our vocabularies beside published ones, on parallel text in 24 languages that ours were not learned from.

    python benchmarks/tokenizers_vs_peers.py --ours NAME=DIRECTORY ... [--peers DIRECTORY]

DIRECTORY is a run or its tokenizer directory; its measurement.json says what it was learned from, and languages with less than
200 kB of that are reported apart. The packages that hold the peers and the texts (150 MB) are put into `--peers` (default
.venv-tokenizers), with an environment in which the program then goes on. The first of `--ours` is held against the bars.
Writes results/tokenizers_vs_peers.json, the page results/tokenizers.html, and plots for the README.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from corpus_peers.environment import added_versions, enter
from result_file import write_result

if TYPE_CHECKING:
    from soofi.tokenizer.texts import Texts

RESULTS = Path(__file__).parent / "results"
sys.path.append(str(Path(__file__).parents[1] / "scripts"))  # sample_sources: how packages are fetched


def main() -> None:
    """Measure, print and write."""
    parser = argparse.ArgumentParser(description="Side by side: tokenizers.")
    parser.add_argument("--ours", nargs="+", required=True, metavar="NAME=DIRECTORY", help="our vocabularies")
    parser.add_argument(
        "--peers", type=Path, default=Path(".venv-tokenizers"), help="environment of the peers"
    )
    chosen = parser.parse_args()
    from tokenizer_peers.peers import ADDED

    enter(chosen.peers, ADDED)
    from tokenizer_peers.bars import TRAINING_BYTES_MIN, bars
    from tokenizer_peers.parallel_text import declaration, described, fetch_texts, messages
    from tokenizer_peers.peers import fetch_packages, peers

    from soofi.ledger import write_text
    from soofi.report.tokenizer_page import page
    from soofi.report.tokenizer_plots import plot_cost_and_fairness, plot_frontier, plot_premiums
    from soofi.tokenizer.survey import examine, fairness_on, survey, to_open
    from soofi.tokenizer.texts import Texts

    packages_at = chosen.peers / "packages"
    packages, sources = fetch_packages(packages_at, print), fetch_texts(packages_at, print)
    texts = {"declaration": declaration(packages_at), "messages": messages(packages_at)}
    ours = to_open(chosen.ours)
    places = {
        name: _tokenizer_directory(one.partition("=")[2] or one)
        for name, one in zip(ours, chosen.ours, strict=True)
    }
    learned = {name: _learned_from(place) for name, place in places.items()}
    first = next(iter(ours))
    enough = [
        language for language, size in learned[first]["training_bytes"].items() if size >= TRAINING_BYTES_MIN
    ]

    if "en" not in enough:
        raise ValueError(f"{first} was learned from too little English to be held against the bars")
    whole = survey({}, texts["messages"], texts["declaration"])
    figures: dict[str, dict[str, dict[str, Any]]] = {name: {} for name in texts}
    for name, opened in {**ours, **peers(packages_at)}.items():
        tokenizer = opened()
        whole["tokenizers"][name] = examine(tokenizer, texts["messages"], texts["declaration"])
        figures["declaration"][name] = whole["tokenizers"][name]["parallel"]
        figures["messages"][name] = fairness_on(tokenizer, texts["messages"], "en")
        print(f"measured {name}", flush=True)
    sets, held = {}, {}
    for name, by_tokenizer in figures.items():
        some = {language: lines for language, lines in texts[name].by_language.items() if language in enough}
        part = {one: _of_languages(figure, texts[name], list(some)) for one, figure in by_tokenizer.items()}
        sets[name] = {"text": described(texts[name]), "tokenizers": by_tokenizer}
        sets[f"{name}, enough training text"] = {"text": described(Texts(some)), "tokenizers": part}
        held[name] = bars(part[first], {peer: one for peer, one in part.items() if peer not in ours})
    rounds = _rounds(places[first])
    result = {
        "peer_environment": added_versions(ADDED),
        "packages": packages,
        "texts": sources,
        "ours": learned,
        "enough_training_text": enough,
        "bars": {"vocabulary": first, **held},
        "sets": sets,
        "parity": rounds,
    }
    write_result("tokenizers_vs_peers", result)
    note = (
        f"Parallel text: articles 16 to 30 of the Universal Declaration of Human Rights, 15 paragraphs in 24 languages. Texts: "
        f"{len(texts['messages'].by_language['en'])} messages of two programs in 22 languages. No vocabulary of ours was learned from either; "
        "the settings of ours were chosen after a first pair had been measured on both."
    )
    write_text(RESULTS / "tokenizers.html", page(whole, rounds, note))
    write_text(RESULTS / "tokenizers_premiums.svg", plot_premiums(whole))
    write_text(RESULTS / "tokenizers_cost.svg", plot_cost_and_fairness(whole))
    if rounds:
        write_text(RESULTS / "tokenizers_frontier.svg", plot_frontier(rounds))
    _print(sets, held)


def _of_languages(figures: dict[str, Any], texts: "Texts", languages: list[str]) -> dict[str, Any]:
    """The same figures over some of the languages."""
    from soofi.tokenizer.survey import fairness_of

    described = texts.described()
    tokens = {language: figures["tokens"][language] for language in languages}
    return fairness_of(tokens, {language: described[language]["bytes"] for language in languages}, "en")


def _tokenizer_directory(place: str) -> Path:
    path = Path(place)
    return path / "tokenizer" if (path / "tokenizer").is_dir() else path


def _learned_from(directory: Path) -> dict[str, Any]:
    """Digests of a vocabulary of ours and of its training text, and the bytes of each language in it."""
    measurement = json.loads((directory / "measurement.json").read_text(encoding="utf-8"))
    manifest = json.loads((directory / "manifest.json").read_text(encoding="utf-8"))
    training = measurement["training_text"]
    model = hashlib.sha256((directory / "tokenizer.model").read_bytes()).hexdigest()
    return {
        "tokenizer_model_sha256": model,
        "inputs": manifest["inputs"],
        "training_text": training,
        "training_bytes": {language: sum(sources.values()) for language, sources in training.items()},
        "sample_bytes": measurement["sample_bytes"],
    }


def _rounds(directory: Path) -> list[dict[str, Any]]:
    """The parity rounds of a vocabulary, if it had any."""
    path = directory / "parity.json"
    return json.loads(path.read_text(encoding="utf-8"))["rounds"] if path.is_file() else []


def _print(sets: dict[str, dict[str, Any]], held: dict[str, Any]) -> None:
    for name, one in sets.items():
        print(f"\n{name}: {one['text']}")
        for tokenizer, figures in one["tokenizers"].items():
            print(
                f"  {tokenizer:<14} tokens {figures['total_tokens']:>7} mean {figures['mean_premium']:.3f} worst "
                f"{figures['worst_premium']:.3f} {figures['worst_language']} Gini {figures['gini']:.4f} en {figures['bytes_per_token']['en']:.3f}"
            )
    for name, bar in held.items():
        print(f"\n{name}")
        for what, one in bar.items():
            print(f"  {'met   ' if one['met'] else 'MISSED'} {what}: {one}")


if __name__ == "__main__":
    main()

"""The whole quickstart: what it costs and how good the model is.

    python benchmarks/quickstart.py

Runs recipes/quickstart.yaml from the sample corpus on (scripts/sample_corpus.py makes it) in a new run directory.
"""

import tempfile

from result_file import write_result

from soofi.evaluate import read_evaluation
from soofi.pipeline import open_run, run_all
from soofi.recipe import load_recipe


def main() -> None:
    """Run, write the result."""
    with tempfile.TemporaryDirectory() as root:
        recipe = load_recipe("recipes/quickstart.yaml", [f"run_root={root}"])
        with open_run(recipe, print) as context:
            times = run_all(context)
        languages = read_evaluation(context.run)
    below = {language: round(one.below, 4) for language, one in languages.items()}
    large = [value for language, value in below.items() if languages[language].training_bytes >= 200_000]
    figures = {
        "wall_seconds": {time.name: round(time.wall_seconds, 1) for time in times},
        "cpu_seconds": {time.name: round(time.cpu_seconds, 1) for time in times},
        "cpu_seconds_all": round(sum(time.cpu_seconds for time in times), 1),
        "bits_per_byte": {language: round(one.bits_per_byte, 4) for language, one in languages.items()},
        "bits_per_byte_below_unigram": below,
        "mean_below_unigram": round(sum(below.values()) / len(below), 4),
        "least_below_unigram": min(below.values()),
        "least_below_unigram_of_languages_with_200_kb": min(large),
    }
    print(write_result("quickstart", figures))


if __name__ == "__main__":
    main()

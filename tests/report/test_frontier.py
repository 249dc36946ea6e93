"""The plot of a vocabulary's parity rounds."""

from matplotlib import image

from soofi.report.frontier import plot_frontier


def one(number, gini, tokens):
    return {
        "number": number, "gini": gini, "tokens": tokens, "total_tokens": sum(tokens.values()), "english_tokens": tokens["en"],
    }  # fmt: skip


def test_the_frontier_is_drawn_the_same_each_time_and_shows_every_round(tmp_path):
    rounds = [one(0, 0.2, {"de": 150, "en": 100}), one(1, 0.1, {"de": 140, "en": 110})]
    parity = {"limits": {"gini": 0.05}, "kept": 1, "rounds": rounds}
    for name in ("a.png", "b.png"):
        plot_frontier(parity, tmp_path / name, "rounds")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    plot_frontier(parity | {"kept": 0}, tmp_path / "c.png", "rounds")
    assert image.imread(tmp_path / "a.png").shape == image.imread(tmp_path / "c.png").shape
    assert (tmp_path / "a.png").read_bytes() != (tmp_path / "c.png").read_bytes()

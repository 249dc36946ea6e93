"""What the corpus is made from: sources, and the files beside them that stages read."""

from pathlib import Path

import pytest

from soofi.ledger import DigestCache, RunDirectory
from soofi.pipeline.graph import STAGES
from soofi.pipeline.stage import Context
from soofi.recipe import load_recipe


def test_robots_files_and_block_lists_are_inputs(smoke_recipe: Path, tmp_path: Path) -> None:
    robots = tmp_path / "robots" / "2026-01-31" / "example.eu" / "robots.txt"
    robots.parent.mkdir(parents=True)
    robots.write_text("User-agent: *\nAllow: /\n")
    blocked = tmp_path / "blocked.txt"
    blocked.write_text("bad.eu\n")
    overrides = [f"corpus.consent={{snapshots: [{tmp_path}/robots], block_lists: [{blocked}]}}"]
    recipe = load_recipe(smoke_recipe, overrides)

    def inputs() -> dict[str, str]:
        run = RunDirectory(tmp_path / "run")
        run.path.mkdir(exist_ok=True)
        return STAGES["corpus"].inputs(Context(recipe, run, DigestCache(run.digest_cache), print))

    before = inputs()
    names = {"consent/snapshots/0/2026-01-31/example.eu/robots.txt", "consent/block_lists/0"}
    assert names <= before.keys()
    robots.write_text("User-agent: *\nDisallow: /\n")
    changed = {name for name, digest in inputs().items() if digest != before[name]}
    assert changed == {"consent/snapshots/0/2026-01-31/example.eu/robots.txt"}
    robots.unlink()
    with pytest.raises(FileNotFoundError, match="holds no snapshot"):
        inputs()

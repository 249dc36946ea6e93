"""The typed description of a run."""

from soofi.recipe.corpus import Corpus, Quality, Source
from soofi.recipe.digest import governing
from soofi.recipe.experts import Experts
from soofi.recipe.huggingface_directory import weight_files
from soofi.recipe.languages import EU_OFFICIAL
from soofi.recipe.loading import (
    RecipeError,
    dump_recipe,
    json_schema,
    load_recipe,
    load_resolved,
    parse_recipe,
)
from soofi.recipe.model import Model
from soofi.recipe.resume import Change, changes, check_resume
from soofi.recipe.rotary import RotaryScaling
from soofi.recipe.schema import Recipe, check_layout
from soofi.recipe.tokenizer import GivenTokenizer, Tokenizer
from soofi.recipe.train import BatchRamp, Checkpoints, Mixture, Optimizer, Schedule, Stage, Train

__all__ = [
    "EU_OFFICIAL", "BatchRamp", "Change", "Checkpoints", "Corpus", "Experts", "GivenTokenizer", "Mixture", "Model", "Optimizer", "Quality", "Recipe",
    "RecipeError", "RotaryScaling", "Schedule", "Source", "Stage", "Tokenizer", "Train", "changes", "check_layout",
    "check_resume", "dump_recipe", "governing", "json_schema", "load_recipe", "load_resolved", "parse_recipe", "weight_files",
]  # fmt: skip

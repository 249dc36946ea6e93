"""The typed description of a run."""

from soofi.recipe.cluster import Cluster
from soofi.recipe.consent import Consent
from soofi.recipe.corpus import Corpus
from soofi.recipe.digest import governing
from soofi.recipe.experts import Experts
from soofi.recipe.extraction import Extraction
from soofi.recipe.fields import is_url
from soofi.recipe.huggingface_directory import model_of_config, model_of_directory, weight_files, weight_map
from soofi.recipe.languages import EU_OFFICIAL
from soofi.recipe.licence import Licence
from soofi.recipe.loading import (
    RecipeError,
    compose,
    dump_recipe,
    json_schema,
    load_recipe,
    load_resolved,
    parse_part,
    parse_recipe,
)
from soofi.recipe.loss import BLOCK_BYTES, CHUNK_BYTES, Goldfish, Loss
from soofi.recipe.model import Model
from soofi.recipe.presets import Role
from soofi.recipe.privacy import PERSONAL_DATA_TYPES, PersonalData, PersonalDataType, Privacy
from soofi.recipe.quality import Quality
from soofi.recipe.resume import Change, changes, check_resume
from soofi.recipe.rotary import RotaryScaling
from soofi.recipe.schema import Recipe, check_layout
from soofi.recipe.sources import DataSet, Source
from soofi.recipe.tokenizer import Extension, GivenTokenizer, Parity, Tokenizer
from soofi.recipe.train import BatchRamp, Checkpoints, Mixture, Optimizer, Packing, Schedule, Stage, Train
from soofi.recipe.zero import Zero

__all__ = [
    "BLOCK_BYTES", "BatchRamp", "Checkpoints", "CHUNK_BYTES", "EU_OFFICIAL", "Change", "Cluster", "Consent", "Corpus", "DataSet", "Experts", "Extension", "Extraction", "GivenTokenizer", "Goldfish", "Licence", "Loss", "Mixture", "Model", "Optimizer", "Parity", "PERSONAL_DATA_TYPES", "Packing", "PersonalData", "PersonalDataType", "Privacy", "Quality",
    "Recipe", "RecipeError", "Role", "RotaryScaling", "Schedule", "Source", "Stage", "Tokenizer", "Train", "Zero", "changes",
    "check_layout", "check_resume", "compose", "dump_recipe", "governing", "is_url", "json_schema", "load_recipe", "load_resolved",
    "model_of_config", "model_of_directory", "parse_part", "parse_recipe", "weight_files", "weight_map",
]  # fmt: skip

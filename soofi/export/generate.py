"""Text from an exported model, with nothing but stock `transformers`."""

import hashlib
import json
import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def generate(
    directory: str | Path,
    prompts: Sequence[str],
    *,
    new_tokens: int = 60,
    temperature: float = 0.7,
    seed: int = 1,
    parse_special: bool = False,
) -> list[str]:
    """Each prompt with what the model adds to it: at most `new_tokens` tokens, up to the end of the document or the
    longest sequence that the model knows.

    `temperature` 0 takes the likeliest token; above it tokens are drawn from the whole distribution by a generator seeded
    with `seed` and the prompt's place in the list, so the same call gives the same texts and leaves torch's global
    generators as they were. A prompt that spells a special token is split like any other text, unless `parse_special`: then it
    holds that token, as a prompt to fill a gap in code must. Nothing but files in `directory` is read and no code from it is run. With GPUs the model is
    placed over them.

    Raises FileNotFoundError if `directory` holds no model, ValueError if it is damaged, a prompt fills the longest
    sequence, or an argument is out of range.
    """
    directory = Path(directory)
    if new_tokens < 1:
        raise ValueError(f"new_tokens is {new_tokens}: ask for at least 1")
    if temperature < 0:
        raise ValueError(f"temperature is {temperature}: 0 is greedy, above it is random")
    if not (directory / "config.json").is_file():
        raise FileNotFoundError(f"{directory} holds no exported model: run `soofi export` first")
    if not prompts:
        return []
    for prompt in prompts:
        try:
            prompt.encode()
        except UnicodeEncodeError:
            raise ValueError(f"the prompt {prompt!a} is not UTF-8 text: write it in UTF-8") from None
    with _quiet():
        model, tokenizer = _load(directory)
        ids = [
            tokenizer(prompt, add_special_tokens=False, split_special_tokens=not parse_special).input_ids
            for prompt in prompts
        ]
        return [
            prompt + _continue(model, tokenizer, prompt_ids, new_tokens, temperature, _seed(seed, index))
            for index, (prompt, prompt_ids) in enumerate(zip(prompts, ids, strict=True))
        ]


def _load(directory: Path) -> tuple[Any, Any]:
    import torch
    from safetensors import SafetensorError
    from transformers import AutoModelForCausalLM, AutoTokenizer

    damaged = f"{directory} is damaged or incomplete: export the model again"
    if not (
        directory / "tokenizer.json"
    ).is_file():  # transformers would silently guess one from tokenizer.model
        raise ValueError(damaged)
    try:
        model, loading = AutoModelForCausalLM.from_pretrained(
            directory,
            local_files_only=True,
            trust_remote_code=False,
            output_loading_info=True,
            device_map="auto" if torch.cuda.is_available() else None,
        )
        tokenizer = AutoTokenizer.from_pretrained(directory, local_files_only=True, trust_remote_code=False)
    except (OSError, ValueError, KeyError, RuntimeError, SafetensorError, json.JSONDecodeError):
        raise ValueError(damaged) from None
    # transformers fills what is missing with random weights and only warns.
    for fault in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        if loading.get(fault):
            raise ValueError(f"the weights in {directory} do not fit its config.json: export the model again")
    if model.config.bos_token_id is None:
        raise ValueError(f"{directory / 'config.json'} names no bos_token_id: export the model again")
    return model.eval(), tokenizer


def _continue(
    model: Any, tokenizer: Any, ids: list[int], new_tokens: int, temperature: float, seed: int
) -> str:
    import torch
    from transformers import GenerationConfig

    inputs = torch.tensor([[model.config.bos_token_id, *ids]], device=model.device)
    longest = _longest_tokens(model.config)
    room = longest - inputs.shape[1]
    if room < 1:
        raise ValueError(
            f"a prompt has {len(ids)} tokens, but the model's longest sequence has {longest}: shorten it"
        )
    sampling = (
        {"do_sample": True, "temperature": temperature, "top_k": 0, "top_p": 1.0} if temperature else {}
    )
    config = GenerationConfig(
        max_new_tokens=min(new_tokens, room),
        bos_token_id=model.config.bos_token_id,
        eos_token_id=model.config.eos_token_id,
        pad_token_id=model.config.pad_token_id,
        **sampling,
    )
    # transformers draws from the global generators: lend it a seeded state and put the old one back.
    devices = range(torch.cuda.device_count()) if torch.cuda.is_available() else []
    with torch.random.fork_rng(devices=devices), torch.inference_mode():
        torch.manual_seed(seed)
        sequence = model.generate(inputs, attention_mask=torch.ones_like(inputs), generation_config=config)[0]
    return tokenizer.decode(sequence[inputs.shape[1] :], skip_special_tokens=True)


def _longest_tokens(config: Any) -> int:
    """The longest sequence that a model knows; with dynamic rotary scaling its configuration keeps the length before."""
    rotary = config.rope_parameters
    return int(config.max_position_embeddings * (rotary["factor"] if rotary["rope_type"] == "dynamic" else 1))


def _seed(seed: int, index: int) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}:generate:{index}".encode()).digest()[:8], "little") >> 1


@contextmanager
def _quiet() -> Iterator[None]:
    """While it is open, neither warnings nor progress bars reach the terminal."""
    from transformers.utils import logging as transformers_logging

    level = transformers_logging.get_verbosity()
    bars = transformers_logging.is_progress_bar_enabled()
    try:
        transformers_logging.set_verbosity(logging.CRITICAL)
        transformers_logging.disable_progress_bar()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        transformers_logging.set_verbosity(level)
        if bars:
            transformers_logging.enable_progress_bar()

"""The recipe's words for the reservations of those who published a text."""

from typing import Literal

from pydantic import field_validator

from soofi.recipe.fields import LocalPath, Section, field

AI_AGENTS = [
    "soofi",
    "GPTBot",
    "CCBot",
    "Google-Extended",
    "ClaudeBot",
    "anthropic-ai",
    "Claude-Web",
    "Applebot-Extended",
    "Bytespider",
    "PerplexityBot",
    "meta-externalagent",
    "FacebookBot",
    "Amazonbot",
    "cohere-ai",
    "cohere-training-data-crawler",
    "AI2Bot",
    "Diffbot",
    "omgili",
    "PanguBot",
    "Timpibot",
    "img2dataset",
    "MistralAI-User",
    "DeepSeekBot",
]
"""Names under which robots.txt files refuse the training of models: crawlers whose operators say that they collect for it, tokens
that exist for nothing else (Google-Extended, Applebot-Extended), and our own. Search engines' crawlers are not among them."""

Signal = Literal["robots", "content_usage", "content_signal", "tdmrep", "robots_tags"]


class Consent(Section):
    """Opt-outs: robots.txt, AIPREF, TDMRep, robots tags and a block list, judged from stored copies of robots files."""

    snapshots: list[LocalPath] = field(
        [],
        "Stored robots.txt and tdmrep.json files: JSON Lines, Parquet, Arrow or WARC files, or folders of such.",
        on_resume="recorded",  # compared by digest, as sources are
    )
    agents: list[str] = field(
        AI_AGENTS, "Product tokens in robots.txt whose refusal we take for our own.", min_length=1
    )
    wildcard_group: Literal["honour", "ignore"] = field(
        "honour",
        "What Disallow in the group of * means for agents without a group of their own: a refusal, as in RFC 9309, or nothing.",
    )
    signals: list[Signal] = field(
        ["robots", "content_usage", "content_signal", "tdmrep", "robots_tags"],
        "Which kinds of reservation are read; the block list always is.",
    )
    usage_categories: list[str] = field(
        ["train-genai", "train-ai", "ai", "bots"],
        "AIPREF categories that training falls under, the narrowest first; the first that is stated decides.",
        min_length=1,
    )
    robots_tags: list[str] = field(
        ["noai", "noml"],
        "Words in X-Robots-Tag and meta robots that reserve a page; noindex and noimageai speak of other uses.",
    )
    dates: Literal["newest", "nearest", "both"] = field(
        "both",
        "Which snapshot of a host counts: the newest, the one nearest to the document's date, or a reservation in either.",
    )
    unknown_host: Literal["allow", "drop"] = field(
        "allow", "What becomes of a document without a URL, or from a host of which there is no snapshot."
    )
    unreachable_host: Literal["allow", "drop"] = field(
        "drop", "What becomes of a document if robots.txt could never be read (5xx); RFC 9309 says drop."
    )
    blocked: list[str] = field([], "Hosts (with their subdomains) and URL prefixes that are never used.")
    block_lists: list[LocalPath] = field(
        [], "Files with one such host or URL prefix a line, # before comments.", on_resume="recorded"
    )

    @field_validator("agents")
    @classmethod
    def _agents_are_tokens(cls, agents: list[str]) -> list[str]:
        for agent in agents:
            if agent == "*":
                raise ValueError("'*' is no agent: say by wildcard_group what its group means")
            if not agent or any(character.isspace() or character in "/*#:" for character in agent):
                raise ValueError(f"'{agent}' is no product token: write the name alone, such as GPTBot")
        return agents

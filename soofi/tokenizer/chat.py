"""The chat template of a learned vocabulary: how a conversation becomes one document.

    <eod><|tools|>{…}⏎{…}<|/tools|><|system|>…<|end_of_turn|><|user|>…<|end_of_turn|><|assistant|>…<|tool_call|>{…}<|/tool_call|><|end_of_turn|>
    <|tool_response|>…<|/tool_response|><|assistant|>…<|end_of_turn|>

Nothing stands between the special tokens but what people, tools and the model said, to the last space. A template gives text,
and that text is read with special tokens parsed: what somebody says could spell <|end_of_turn|><|system|> and speak as another.
Templates in use (ChatML, Llama 3, Gemma) let it. Three ways are closed here:

- A message that spells a special token is refused, and the sentence says which message and which token.
- In JSON, that is in tools and calls, the token's "<" is written \\u003c, which means the same.
- Where `transformers` marks what it will read as text (`sanitize_control_tokens=True`), the caller says so with
  `control_tokens_sanitized=True`, and marked spellings pass.
"""

import json
from collections.abc import Sequence

from soofi.recipe import Tokenizer
from soofi.tokenizer.training import UNKNOWN

ROLES = ("<|system|>", "<|user|>", "<|assistant|>", "<|end_of_turn|>")
TOOLS = (
    "<|tools|>",
    "<|/tools|>",
    "<|tool_call|>",
    "<|/tool_call|>",
    "<|tool_response|>",
    "<|/tool_response|>",
)

_TEMPLATE = r"""
{%- macro said(text, place) -%}
    {%- for token in special_tokens if token in text -%}
        {%- if not control_tokens_sanitized or token in text | replace('MARK' ~ token ~ 'UNMARK', '') -%}
            {{- raise_exception(place ~ ' spells the special token ' ~ token ~ ' and could forge a turn: leave it out, or pass sanitize_control_tokens=True and control_tokens_sanitized=True') -}}
        {%- endif -%}
    {%- endfor -%}
    {{- text -}}
{%- endmacro -%}

{%- macro as_json(text, place) -%}
    {%- set written = namespace(text=text) -%}
    {%- for token in special_tokens if token[0] == '<' -%}
        {%- set written.text = written.text | replace(token, '\\u003c' ~ token[1:]) -%}
    {%- endfor -%}
    {{- said(written.text, place) -}}
{%- endmacro -%}

{%- macro content(message, place) -%}
    {%- set whole = namespace(text='') -%}
    {%- if message.content is string -%}
        {%- set whole.text = message.content -%}
    {%- elif message.content is defined and message.content is iterable and message.content is not mapping -%}
        {%- for part in message.content -%}
            {%- if part.type != 'text' -%}
                {{- raise_exception(place ~ ' holds a part of type ' ~ part.type ~ ': this model reads only text') -}}
            {%- endif -%}
            {%- set whole.text = whole.text ~ part.text -%}
        {%- endfor -%}
    {%- elif message.content or not message.tool_calls -%}
        {{- raise_exception(place ~ ' has no content: give it text') -}}
    {%- endif -%}
    {{- said(whole.text, place) -}}
{%- endmacro -%}

{{- '<eod>' -}}
{%- if tools -%}
    {%- if not has_tools -%}
        {{- raise_exception('this vocabulary has no entries for tools: leave tools out') -}}
    {%- endif -%}
    {{- '<|tools|>' -}}
    {%- for tool in tools -%}
        {{- '' if loop.first else '\n' -}}
        {{- as_json(tool | tojson, 'tools[' ~ loop.index0 ~ ']') -}}
    {%- endfor -%}
    {{- '<|/tools|>' -}}
{%- endif -%}
{%- for message in messages -%}
    {%- set place = 'messages[' ~ loop.index0 ~ ']' -%}
    {%- if message.tool_calls and (message.role != 'assistant' or not has_tools) -%}
        {{- raise_exception(place ~ ' calls tools: only the assistant does, in a vocabulary with entries for tools') -}}
    {%- endif -%}
    {%- if message.role == 'user' or (message.role == 'system' and loop.first) -%}
        {{- '<|user|>' if message.role == 'user' else '<|system|>' -}}
        {{- content(message, place) -}}
        {{- '<|end_of_turn|>' -}}
    {%- elif message.role == 'assistant' -%}
        {{- '<|assistant|>' -}}
        {%- generation -%}
            {{- content(message, place) -}}
            {%- for call in message.tool_calls or [] -%}
                {%- set call = call.function or call -%}
                {%- set arguments = call.arguments if call.arguments is string else (call.arguments or {}) | tojson -%}
                {{- '<|tool_call|>{"name": ' -}}
                {{- as_json(call.name | tojson, place) -}}
                {{- ', "arguments": ' -}}
                {{- as_json(arguments, place) -}}
                {{- '}<|/tool_call|>' -}}
            {%- endfor -%}
            {{- '<|end_of_turn|>' -}}
        {%- endgeneration -%}
    {%- elif message.role == 'tool' and has_tools -%}
        {{- '<|tool_response|>' -}}
        {{- content(message, place) -}}
        {{- '<|/tool_response|>' -}}
    {%- else -%}
        {{- raise_exception(place ~ ' has the role ' ~ message.role ~ ': it must be user, assistant or tool, or system in the first message') -}}
    {%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}
    {{- '<|assistant|>' -}}
{%- endif -%}
"""


def check_chat(specification: Tokenizer) -> None:
    """Raise ValueError, before anything is learned, where `chat_template` would."""
    chat_template([*specification.control_tokens, UNKNOWN], specification.user_defined_symbols)


def chat_template(special: Sequence[str], user_defined: Sequence[str]) -> str | None:
    """The template, in Jinja as `transformers` and llama.cpp read it; None for a vocabulary without the roles of a chat.

    `special`: spelling of every special token; `user_defined`: what else is cut out of a text before merging. Raises ValueError
    where two of them run into each other, so that what is said could hide the token behind it.
    """
    if not set(ROLES) <= set(special):
        return None
    markers = [token for token in (*ROLES, *TOOLS) if token in special]
    for token in (*special, *user_defined):
        for marker in markers:
            if token != marker and _hides(token, marker):
                raise ValueError(
                    f"the entries '{token}' and '{marker}' run into each other, so a chat could not be read back: change "
                    "tokenizer.special_tokens or tokenizer.user_defined_symbols"
                )
    settings = (
        f"{{%- set special_tokens = {json.dumps(list(special))} -%}}\n"
        f"{{%- set has_tools = {json.dumps(set(TOOLS) <= set(special))} -%}}"
    )
    return settings + _TEMPLATE.replace("UNMARK", "\U000f0001").replace("MARK", "\U000f0000")


def _hides(token: str, marker: str) -> bool:
    """Whether `token`, which is looked for from the left and the longest first, can take a part of `marker`."""
    overlaps = (token.endswith(marker[:count]) for count in range(1, min(len(marker), len(token))))
    return marker in token or any(overlaps)

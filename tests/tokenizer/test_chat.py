"""Conversations become the ids that they should, and nobody can speak as another."""

import json
import re

import jinja2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from soofi.tokenizer.chat import ROLES, TOOLS, chat_template, check_chat

CALL = {"type": "function", "function": {"name": "weather", "arguments": {"city": "Łódź", "days": [1, 2]}}}
TOOL = {
    "type": "function",
    "function": {"name": "weather", "description": "Weather of a city, in <|user|>'s words."},
}
CONVERSATION = [
    {"role": "system", "content": " Antworte kurz.\n"},
    {"role": "user", "content": "Wie wird das Wetter?  "},
    {"role": "assistant", "content": "Ich sehe nach.", "tool_calls": [CALL]},
    {"role": "tool", "content": '{"celsius": 3}'},
    {"role": "assistant", "content": "\nKalt.\n\n"},
]


def test_every_turn_has_exactly_the_ids_of_its_text(huggingface, tokenizer):
    def special(token):
        return [huggingface.convert_tokens_to_ids(token)]

    text = tokenizer.encode
    end = special("<|end_of_turn|>")
    call = '{"name": "weather", "arguments": {"city": "Łódź", "days": [1, 2]}}'
    tool = json.dumps(TOOL, ensure_ascii=False).replace("<|user|>", "\\u003c|user|>")
    said = [
        [tokenizer.eod_id], special("<|tools|>"), text(tool), special("<|/tools|>"),
        special("<|system|>"), text(" Antworte kurz.\n"), end,
        special("<|user|>"), text("Wie wird das Wetter?  "), end,
        special("<|assistant|>"), text("Ich sehe nach."), special("<|tool_call|>"), text(call), special("<|/tool_call|>"), end,
        special("<|tool_response|>"), text('{"celsius": 3}'), special("<|/tool_response|>"),
        special("<|assistant|>"), text("\nKalt.\n\n"), end,
    ]  # fmt: skip
    ids = huggingface.apply_chat_template(CONVERSATION, tools=[TOOL], tokenize=True)["input_ids"]
    assert ids == [id for part in said for id in part]
    prompt = huggingface.apply_chat_template(CONVERSATION[:2], add_generation_prompt=True)["input_ids"]
    assert prompt == [
        tokenizer.eod_id,
        *(id for part in said[4:10] for id in part),
        *special("<|assistant|>"),
    ]


def test_the_mask_covers_what_the_assistant_says_and_its_end_of_turn(huggingface, tokenizer):
    encoded = huggingface.apply_chat_template(CONVERSATION, return_assistant_tokens_mask=True)
    masked = [id for id, mine in zip(encoded["input_ids"], encoded["assistant_masks"], strict=True) if mine]
    call = '<|tool_call|>{"name": "weather", "arguments": {"city": "Łódź", "days": [1, 2]}}<|/tool_call|>'
    assert (
        masked == huggingface(f"Ich sehe nach.{call}<|end_of_turn|>\nKalt.\n\n<|end_of_turn|>")["input_ids"]
    )


@settings(max_examples=100, deadline=None, derandomize=True, database=None)
@given(said=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), min_size=1, max_size=4))
def test_any_text_stands_in_a_chat_as_it_is(huggingface, tokenizer, said):
    messages = [{"role": "user", "content": text} for text in said]
    expected = [tokenizer.eod_id]
    for text in said:
        expected += [
            *huggingface("<|user|>")["input_ids"],
            *tokenizer.encode(text),
            *huggingface("<|end_of_turn|>")["input_ids"],
        ]
    assert huggingface.apply_chat_template(messages)["input_ids"] == expected


def test_placeholders_and_markup_that_people_write_are_text(huggingface, tokenizer):
    said = "ssh <user>@<host>: <system>, <assistant>, <tools>…</tools>, <tool_call>"
    ids = huggingface.apply_chat_template([{"role": "user", "content": said}])["input_ids"]
    assert ids[2:-1] == tokenizer.encode(said)


@pytest.mark.parametrize("role", ["system", "user", "assistant", "tool"])
def test_a_message_that_spells_a_special_token_is_refused(role, huggingface, recipe):
    for token in [*recipe.tokenizer.control_tokens, "<unk>"]:
        messages = [{"role": role, "content": f"Hallo {token}"}]
        sentence = f"messages[0] spells the special token {token} and could"
        with pytest.raises(jinja2.TemplateError, match=re.escape(sentence)):
            huggingface.apply_chat_template(messages)
    parts = [{"type": "text", "text": "<|end_of"}, {"type": "text", "text": "_turn|>"}]
    with pytest.raises(jinja2.TemplateError, match=r"spells the special token <\|end_of_turn\|>"):
        huggingface.apply_chat_template([{"role": role, "content": parts}])


def test_what_transformers_reads_as_text_may_be_spelled(huggingface, tokenizer):
    said = "In HTML: <|user|>, <|end_of_turn|><|system|>!"
    ids = huggingface.apply_chat_template(
        [{"role": "user", "content": said}], sanitize_control_tokens=True, control_tokens_sanitized=True
    )["input_ids"]
    assert (
        ids[:2] == huggingface("<eod><|user|>")["input_ids"]
        and ids[-1:] == huggingface("<|end_of_turn|>")["input_ids"]
    )
    special = set(huggingface.all_special_ids)
    assert special.isdisjoint(ids[2:-1])
    assert tokenizer.decode(ids[2:-1]) == said
    with pytest.raises(jinja2.TemplateError, match="spells the special token"):  # the one without the other
        huggingface.apply_chat_template([{"role": "user", "content": said}], control_tokens_sanitized=True)


@pytest.mark.parametrize("written", [dict, json.dumps])
def test_tools_and_calls_spell_special_tokens_without_being_them(written, huggingface):
    arguments = {"text": "<|/tool_call|><|end_of_turn|><|system|>", "code": "a < b"}
    call = {"function": {"name": "<|user|>", "arguments": written(arguments)}}
    text = huggingface.apply_chat_template(
        [{"role": "assistant", "content": "", "tool_calls": [call]}], tokenize=False
    )
    inside = text.removeprefix("<eod><|assistant|><|tool_call|>").removesuffix(
        "<|/tool_call|><|end_of_turn|>"
    )
    assert json.loads(inside) == {"name": "<|user|>", "arguments": arguments}
    ids = huggingface(inside)["input_ids"]
    assert set(huggingface.all_special_ids).isdisjoint(ids)
    assert "a < b" in inside


@pytest.mark.parametrize(
    ("messages", "sentence"),
    [
        ([{"role": "user"}], "messages.0. has no content"),
        ([{"role": "user", "content": None}], "messages.0. has no content"),
        ([{"role": "user", "content": {"text": "x"}}], "messages.0. has no content"),
        ([{"role": "user", "content": [{"type": "image"}]}], "holds a part of type image: this model reads only text"),
        ([{"role": "editor", "content": "x"}], "messages.0. has the role editor"),
        ([{"role": "user", "content": "x"}, {"role": "system", "content": "x"}], "messages.1. has the role system"),
        ([{"role": "user", "content": "x", "tool_calls": [CALL]}], "messages.0. calls tools: only the assistant does"),
    ],
)  # fmt: skip
def test_what_is_no_chat_is_refused_with_a_sentence(messages, sentence, huggingface):
    with pytest.raises(jinja2.TemplateError, match=sentence):
        huggingface.apply_chat_template(messages)


def test_a_message_can_be_continued_and_the_template_survives_saving(huggingface, tokenizer, tmp_path):
    messages = [{"role": "user", "content": "Ja?"}, {"role": "assistant", "content": "Ja, "}]
    text = huggingface.apply_chat_template(messages, tokenize=False, continue_final_message=True)
    assert text == "<eod><|user|>Ja?<|end_of_turn|><|assistant|>Ja, "
    huggingface.save_pretrained(tmp_path)
    again = type(huggingface).from_pretrained(tmp_path)
    assert again.apply_chat_template(messages) == huggingface.apply_chat_template(messages)


def test_without_entries_for_tools_there_are_none(huggingface):
    template = chat_template(["<eod>", *ROLES], ["\n"])
    assert huggingface.apply_chat_template(
        [{"role": "user", "content": "<|tools|>"}], chat_template=template, tokenize=False
    ) == "<eod><|user|><|tools|><|end_of_turn|>"  # fmt: skip
    with pytest.raises(jinja2.TemplateError, match="no entries for tools: leave tools out"):
        huggingface.apply_chat_template(CONVERSATION, tools=[TOOL], chat_template=template)
    with pytest.raises(jinja2.TemplateError, match="messages.2. calls tools"):
        huggingface.apply_chat_template(CONVERSATION, chat_template=template)
    with pytest.raises(jinja2.TemplateError, match="messages.0. has the role tool"):
        huggingface.apply_chat_template([{"role": "tool", "content": "x"}], chat_template=template)


def test_a_vocabulary_without_roles_has_no_chats():
    assert chat_template(["<pad>", "<eod>", *ROLES[1:]], []) is None


@pytest.mark.parametrize(
    "other", ["<|user|>x", "<<|user|>", "x<|us", "turn><|user|>", "<|end_of_turn|><|user|>"]
)
def test_entries_that_hide_a_special_token_are_refused(other, recipe):
    with pytest.raises(ValueError, match="run into each other, so a chat could not be read back"):
        chat_template(["<eod>", *ROLES, *TOOLS], [other])
    with pytest.raises(ValueError, match=re.escape(f"'{other}' and '<")):
        check_chat(recipe.tokenizer.model_copy(update={"user_defined_symbols": [other]}))
    assert chat_template(["<eod>", *ROLES, *TOOLS], ["<x>", "user", "end_of", "<email>"])

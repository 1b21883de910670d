"""Other people's text made fit to be shown to a language model."""

import unicodedata

from analyzer.tokens import head

BRACKETS = str.maketrans("<>[]", "()()")
"""Every model's special tokens, such as `<|im_start|>`, `[INST]` and `</s>`, need one of these. Round ones
change neither the estimate of tokens nor what a quote is compared by."""
JOINERS = "\u200c\u200d"
"""Invisible, but words in Persian and Hindi are written with them."""


def disarmed(text: str) -> str:
    """On one line, without models' special tokens, invisible characters, and what UTF-8 cannot carry.

    So a line of a transcript can neither look like another line nor close what stands around it.
    """
    sendable = text.encode("utf-8", "replace").decode()
    visible = sendable if sendable.isprintable() else "".join(map(_visible, sendable))
    return " ".join(visible.translate(BRACKETS).split())


def excerpt(answer: str, tokens: int) -> str:
    """The beginning of a model's own answer, to be shown to it again: JSON keeps its square brackets."""
    sendable = answer.encode("utf-8", "replace").decode().replace("\0", " ")
    return head(sendable.replace("<", "(").replace(">", ")"), tokens)


def _visible(character: str) -> str:
    match unicodedata.category(character):
        case "Cc":
            return " "
        case "Cf":  # tags spell whole sentences that nobody sees (Unicode, E0000..E007F)
            return character if character in JOINERS else ""
    return character

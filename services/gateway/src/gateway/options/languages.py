"""The languages Whisper knows, so that a wrong code is refused before anything is uploaded."""

_WHISPER = """
    af am ar as az ba be bg bn bo br bs ca cs cy da de el en es et eu fa fi fo fr gl gu ha haw he hi hr
    ht hu hy id is it ja jw ka kk km kn ko la lb ln lo lt lv mg mi mk ml mn mr ms mt my ne nl nn no oc
    pa pl ps pt ro ru sa sd si sk sl sn so sq sr su sv sw ta te tg th tk tl tr tt uk ur uz vi yi yo zh
    yue
"""
CODES = frozenset(_WHISPER.split())
"""openai/whisper `tokenizer.py` LANGUAGES, as in faster-whisper 1.2.1; a test compares the two."""


def known_language(code: str) -> str:
    """The code in lower case. Raises ValueError for one that Whisper does not know."""
    if code.lower() not in CODES:
        raise ValueError(f"{code[:20]!r} is not a language code that Whisper knows, like en, de or yue")
    return code.lower()

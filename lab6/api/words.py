"""What is said to a client, in the language that it asks for (Accept-Language): Ukrainian by
default.

The sentences of each language stand in one file: words_uk.py, words_en.py.
"""

import words_en
import words_uk
from flask import request

LANGUAGES = {"uk": words_uk, "en": words_en}
_NAMED = ("found", "form", "sign")  # facts of ours; the client's own stay as they are


def words():
    """The texts of the request's language."""
    asked = request.accept_languages.best_match(list(LANGUAGES), default="uk")
    return LANGUAGES[asked]


def say(key, /, **facts):
    """The sentence of that key, with the facts in it; those that we have words for are named in
    them.
    """
    texts = words()
    named = {name: texts.NAMES.get(fact, fact) for name, fact in facts.items() if name in _NAMED}
    return texts.SENTENCES[key].format(**{**facts, **named}).strip()


def reason(told):
    """Why a job has FAILED: English in row and log; its known phrases in the request's language."""
    for english, phrase in words().REASONS.items():
        told = told.replace(english, phrase)
    return told

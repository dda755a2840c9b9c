"""What is said to a client, in the language that it asks for (Accept-Language): Ukrainian by
default.

The sentences of each language stand in one file: words_uk.py, words_en.py.
"""

import words_en
import words_uk
from flask import request

LANGUAGES = {"uk": words_uk, "en": words_en}


def words():
    """The texts of the request's language."""
    asked = request.accept_languages.best_match(list(LANGUAGES), default="uk")
    return LANGUAGES[asked]


def say(key, /, **facts):
    """The sentence of that key, with the facts in it; where there is no such key, it is the
    sentence.
    """
    texts = words()
    named = {name: texts.NAMES.get(fact, fact) for name, fact in facts.items()}
    return texts.SENTENCES[key].format(**named).strip() if key in texts.SENTENCES else key


def reason(told):
    """Why a job has FAILED: English in row and log; its known phrases in the request's language."""
    for english, phrase in words().REASONS.items():
        told = told.replace(english, phrase)
    return told

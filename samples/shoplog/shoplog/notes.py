"""What customers write into the note of an order."""

import re


def words_of(orders):
    """All words of all notes, in small letters; numbers and marks do not count."""
    words = []
    for order in orders:
        for word in order.note.lower().split():
            if re.fullmatch(r"[a-z]+(?:'[a-z]+)?", word):
                words.append(word)
    return words


def frequent_words(words: list, least=2):
    """Words that come up at least so often, with their counts, in alphabetical order."""
    found = {}
    for word in sorted(set(words)):
        if words.count(word) >= least:
            found[word] = words.count(word)
    return found

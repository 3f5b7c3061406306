"""A query of the search field taken as words for what is in a picture, and the fields beside them as a filter."""

from desktop_app.domain.query import Query, Words
from desktop_app.engine.search.language import parse, render


def words_and_filter(text: str) -> tuple[str, str]:
    """The words in their order, "" for none; and the rest of the query, in the search language. Raises QueryError."""
    query = parse(text)
    words = " ".join(term.text for term in query.terms if isinstance(term, Words))
    return words, render(Query(tuple(term for term in query.terms if not isinstance(term, Words))))

"""--query: JMESPath as the AWS CLI applies it, on the whole answer before it is printed."""

from dataclasses import dataclass
from typing import Any

from recgate.dialect.mistake import quoted
from recgate.ports import RecgateError


class QueryUnusable(RecgateError):
    """The expression is not JMESPath, or cannot be applied to the answer."""


@dataclass(frozen=True, slots=True)
class Query:
    """An expression that was parsed, ready to be applied."""

    text: str
    parsed: Any

    def of(self, answer: object) -> object:
        """What the expression finds, None for nothing. Raises QueryUnusable."""
        from jmespath.exceptions import JMESPathError

        try:
            found: object = self.parsed.search(answer)
        except JMESPathError as problem:  # a function that there is not, a value of another type
            raise QueryUnusable(
                f"--query {quoted(self.text)}: {' '.join(str(problem).split())}. "
                "The functions and what they take: https://jmespath.org/specification.html"
            ) from problem
        return found


def query_of(text: str) -> Query:
    """The expression, parsed before anybody is asked. Raises QueryUnusable with the place."""
    import jmespath
    from jmespath.exceptions import EmptyExpressionError, JMESPathError, LexerError, ParseError

    try:
        return Query(text, jmespath.compile(text))
    except EmptyExpressionError as problem:
        raise QueryUnusable("--query: is empty. Give an expression, such as Status.") from problem
    except ParseError as problem:
        at: int | None = problem.lex_position
        why = problem.msg if problem.token_value is not None else "it ends too early"
        if isinstance(problem, LexerError):
            at, why = problem.lexer_position, problem.message
    except JMESPathError as problem:
        at, why = None, str(problem)
    place = f", character {at + 1}" if at is not None else ""
    raise QueryUnusable(
        f"--query {quoted(text)}{place}: is not JMESPath: {' '.join(str(why).split())}. "
        "Its rules: https://jmespath.org/tutorial.html"
    )

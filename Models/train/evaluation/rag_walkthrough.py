"""Four documents of the RAG walk-through and a question to each; none of these texts may stand in the training text."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class WalkthroughCase:
    """A question, the document with its answer, and the words an answer must have to be right."""

    question: str
    document: str
    answers: tuple[str, ...]


CASES = (
    WalkthroughCase(
        "What are our quarterly earnings?",
        "Our quarterly earnings for the last quarter amounted to $3.5 million, exceeding expectations with a 12% "
        "increase in net profit compared to the same period last year.",
        ("$3.5 million",),
    ),
    WalkthroughCase(
        "Which corporation is doing our credit risk assessment?",
        "The credit risk assessment for ABC Corporation has been completed. Please review the report and advise on the "
        "lending decision.",
        ("ABC Corporation",),
    ),
    WalkthroughCase(
        "What is the research team working on?",
        "Our research team has issued a comprehensive analysis of the current market trends. Please find the attached "
        "report for your review.",
        (
            "a comprehensive analysis of the current market trends",
            "comprehensive analysis of the current market trends",
        ),
    ),
    WalkthroughCase(
        "When is the board meeting?",
        "The board meeting is scheduled for next Monday at 2:00 PM. Please confirm your availability and agenda "
        "items by end of day.",
        ("next Monday at 2:00 PM", "Monday at 2:00 PM"),
    ),
)


def contexts(case: WalkthroughCase) -> list[str]:
    """The case's document alone, and after two of the others in every order."""
    others = [other.document for other in CASES if other is not case]
    pairs = [(first, second) for first in others for second in others if first is not second]
    return [case.document] + ["\n".join((*pair, case.document)) for pair in pairs]

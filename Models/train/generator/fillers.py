"""Sentences of letters and mail that answer no question."""

from __future__ import annotations

from .grammar import expanded, lines
from .values import ValueSource

_FILLERS = lines("""
    Please (find|see) the (attached|enclosed) (file|document|letter|list|table|paper|note) for (more details|your \
        records|your information|further use).
    Please (read|check|look at|go through) the (file|paper|list|letter|plan|draft) (and|then) (tell us|let us \
        know|write back with) (your opinion|what you think|your view|your comments).
    Please (let us know|tell us|confirm) (your plans|your choice|if you can come|your travel plans|your questions) \
        (by|before) (the end of the week|the end of the month|noon|the evening).
    Please (review|study) the (plan|numbers|offer|letter|list) and (decide|advise) on the (next step|new \
        price|best offer|loan|hiring|investment) (decision|soon|).
    (Thank you|Many thanks) for your (help|patience|support|trust|good work|quick answer)(| in this matter).
    We (look forward to|are waiting for|hope for) your (answer|reply|visit|call|ideas).
    (All|Our) (guests|members|readers|visitors|employees) are (welcome|invited).
    (More|Further) details will (follow|be sent|come) (soon|later|in a few days|next week).
    If you have (any|) questions, (call us|write to us|ask the office|please ask).
    This is (good|bad|great|sad|important) news for (all of us|the company|our customers|everyone).
    (Everyone|Nobody|The whole office) (was|is) (happy|surprised|pleased|sorry) (about it|to hear this|with this).
    We will (keep you informed|write again|come back to you|send a reminder) (soon|shortly|in good time|).
    The (details|papers|results|plans) (are|can be found) on our (web site|notice board|shared disk).
    Please (bring|prepare|send|add) your (notes|papers|questions|topics|figures|agenda) (in time|with you|before \
        that|).
    Please (confirm|send|tell us) your (seat|travel dates|order|room|availability for the trip|agenda) by (end of \
        day|noon|{day}|{time}).
    (The board|The council|The committee|The management) (is pleased|has agreed|will decide on this|trusts your \
        decision).
    (Lending|Borrowing|Saving) money (is|has become) (harder|easier|cheaper) (now|today).
    (This|It) (exceeds|meets|beats|goes beyond) (our|all|the) (expectations|plans|hopes).
    (Last year|Last month|A year ago) it was {percent} (more|less).
    (Call|Ask) {person} if (you have questions|something is not clear|you cannot come).
    (Kind|Best|Warm) regards(|, {person}).
    The (room|office|garden|town) is (very|quite|rather) <nice>.
    It was a <nice> (day|week|meal|trip).
    The (tea|coffee|lunch) was (good|cold|late|free).
    Nothing else (happened|was said|is known) (that day|so far|).
    (As always|As usual|Once again), (lunch|parking|the coffee) is free.
    (Most|Some|Few) people (know|like|remember) (this|that).
""")


class _Drawn(dict[str, str]):
    """Values of slots, drawn when they are asked for."""

    def __init__(self, source: ValueSource) -> None:
        super().__init__()
        self.source = source

    def __missing__(self, kind: str) -> str:
        return self.source.draw(kind)


def filler(source: ValueSource) -> str:
    """One sentence."""
    return expanded(source.rng.choice(_FILLERS), source.rng, _Drawn(source)).replace(" .", ".")

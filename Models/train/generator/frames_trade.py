"""Facts about money and goods: results, changes, contracts, orders, invoices."""

from __future__ import annotations

from .frames import frame

FRAMES = (
    frame(
        "result", "metric amount percent period:period other:metric",
        """
        Our {metric} (for|in|of|during) {period} (amounted|came|added up|rose|fell|climbed|ran) to {amount}.
        Our {metric} for {period} amounted to {amount}, (beating|meeting|topping|missing|exceeding) (the \
            forecast|the plan|our hopes|last year's figure|all forecasts|the target|expectations of the bank) \
            (with|by) a~ {percent} (<rise>|<fall>) in {other} (compared to|against|over) the (year before|month \
            before|same time last year|previous period).
        Our {metric} (were|reached|stood at|totalled|came in at|hit) {amount} (in|for) {period}.
        In {period}, our {metric} (were|reached|came to|totalled|amounted to) {amount}.
        The {metric} (were|reached|came to|totalled|amounted to) {amount} in {period}, a~ (<rise>|<fall>) of \
            {percent}.
        We (report|recorded|saw|had) {metric} of {amount} (for|in) {period}[, (up|down) {percent} on the year before].
        With {amount}, our {metric} were (higher|lower|better) than (expected|planned|in the year before)[, while \
            {other} (rose|fell) by {percent}].
        {metric} (rose|fell|grew|climbed|dropped) by {percent} to {amount} (in|during) {period}.
        {amount} is what our {metric} (were|amounted to|came to) in {period}.
        (Last time|In the report|On page two) we wrote that our {metric} were {amount} (in|for) {period}.
        Our {metric} of {amount} (in|for) {period} (were better|were worse) than in the year before.
        The figures for {period}: {metric} {amount}, {other} (up|down) {percent}.
        Thanks to {other} that rose by {percent}, our {metric} (for|in) {period} were {amount}.
        (It is good news|We are pleased|We are sorry) that our {metric} for {period} (came|fell|rose) to {amount}, \
            (topping|missing|meeting|exceeding) the plan.
        Our {metric} (have reached|have risen to|have fallen to|have come to) {amount} (in|for) {period}.
        We (earned|counted|booked|had) {amount} as {metric} in {period}.
        (The sum|The total) of our {metric} (for|in) {period} (is|was) {amount}.
        (Altogether|All in all), {metric} of {amount} were (reported|booked) (for|in) {period}.
        In {period} we had {metric} of {amount}, {percent} (more|less) than (planned|before).
        Our {metric}: {amount}.
        (With luck|After all), our {metric} (made|were) {amount} (in|for) {period}.
        The bank (told us|wrote) that our {metric} (were|are) {amount}.
        """,
        {
            "amount": """
            What are our {metric}?
            What (were|are) the {metric}?
            How (high|large|big) (were|are) (our|the) {metric}?
            How much (were|are) our {metric}?
            What did our {metric} (amount|come|add up) to?
            What is the (amount|sum|total) of our {metric}?
            Tell me our {metric}.
            (What|How much) did our {metric} come to?
            Do you know our {metric}?
            How much did we have in {metric}?
            = amount: our {metric}
            = sum: the {metric}
            = value: our {metric}
            How much (did|do) our {metric} (make|amount to|add up to)?
            (What|How much) have our {metric} (been|come to)?
            """,
        },
        "metric=figure|item|metric amount=amount|sum|value period=period",
    ),
    frame(
        "change", "metric percent",
        """
        (The|Our) {metric} (rose|grew|increased|climbed|went up) by {percent}[ (last|this) (year|month|week)].
        (The|Our) {metric} (fell|dropped|decreased|declined|went down) by {percent}[ (last|this) (year|month|week)].
        There was a~ (<rise>|<fall>) of {percent} in {metric}.
        We saw a~ {percent} (<rise>|<fall>) in {metric}.
        """,
        {
            "percent": """
            By how much did (our|the) {metric} change?
            How much did (our|the) {metric} change?
            (What|How large) was the change in {metric}?
            = change: our {metric}
            """,
        },
        "metric=figure|item|metric percent=percent|change|rate",
    ),
    frame(
        "contract", "company amount years goods",
        """
        We (have signed|signed|agreed on|won) a contract with {company} worth {amount}[ over {years}].
        The contract with {company} (is worth|has a value of|brings us|costs us) {amount}[ and runs for {years}].
        {company} (has signed|signed) a contract (of|over|worth) {amount} (with us|for {goods}).
        Our contract with {company} runs for {years}[ and is worth {amount}].
        {company} will pay us {amount} (over|for) {years}.
        For {amount}, {company} gets {goods} for {years}.
        A contract worth {amount} was (signed|made|agreed) with {company}.
        """,
        {
            "amount": """
            How much is the contract with {company} worth?
            What is the (value|worth) of the contract with {company}?
            = value: the contract with {company}
            """,
            "years": """
            How long does the contract with {company} run?
            For how long is the contract with {company}?
            = length: the contract with {company}
            = term: the contract with {company}
            """,
        },
        "company=company|partner|customer amount=value|amount|worth years=duration|term|length",
    ),
    frame(
        "order", "company count goods day",
        """
        {company} (ordered|has ordered|bought|needs|wants|asked for) {count} {goods}[ on {day}].
        We (sent|delivered|shipped|sold|will send) {count} {goods} to {company}[ on {day}].
        {count} {goods} (were|will be) (shipped|sent|delivered) to {company}[ on {day}].
        An order (of|for|over) {count} {goods} (came|arrived) from {company}.
        On {day}, {company} (ordered|bought|asked for|received) {count} {goods}.
        {count} {goods} (are on the way|were sold) to {company}.
        The order from {company} is for {count} {goods}.
        {company} is waiting for {count} {goods}.
        Our customer {company} (needs|wants|has ordered) {count} {goods}.
        {company} (got|received|picked up|paid for) {count} {goods}[ on {day}].
        (We owe|We promised) {company} {count} {goods}.
        {count} {goods} (are|were) meant for {company}.
        There is an order from {company}: {count} {goods}.
        {company} would like {count} {goods}.
        {count} {goods} for {company} (must be packed|are ready|left today).
        {company} (said yes to|signed for|took) {count} {goods}.
        Last week {company} (bought|got|took) {count} {goods}.
        """,
        {
            "count": """
            How many {goods} (did|does|will) {company} (order|buy|need|get)?
            What number of {goods} did {company} order?
            How many {goods} (go|were sold|were sent) to {company}?
            How many {goods} are (for|meant for) {company}?
            How many {goods} (is|was) {company} (buying|ordering|waiting for)?
            How many {goods} must we send to {company}?
            """,
            "company": """
            Which (company|firm|customer|corporation) (ordered|bought|gets|needs) {goods}?
            Who (ordered|bought|gets) the {goods}?
            """,
            "goods": """
            What did {company} (order|buy|get)?
            What (goods|things) did {company} order?
            What does {company} (need|want)?
            = order: {company}
            What (is|was) {company} (buying|ordering|waiting for)?
            Which (goods|things) (did|does) {company} (buy|want|get)?
            What (did we send|do we send|must we send) to {company}?
            """,
        },
        "company=company|customer|client count=count|quantity|number goods=goods|item|product",
    ),
    frame(
        "invoice", "code company amount day",
        """
        (The invoice|Invoice) {code} (from|by) {company} (is|comes to|amounts to) {amount}[ and is due on {day}].
        Invoice {code} over {amount} (is due|must be paid) (on|by) {day}.
        {company} has sent invoice {code} (for|over) {amount}.
        Please pay {amount} to {company} by {day}, invoice {code}.
        The amount of invoice {code} is {amount}[, to be paid by {day}].
        {company} wants {amount} for invoice {code}.
        """,
        {
            "amount": """
            How (much|high) is invoice {code}?
            What is the (amount|sum|total) of invoice {code}?
            = amount: invoice {code}
            = sum: invoice {code}
            """,
            "day": """
            When is invoice {code} due?
            By when must invoice {code} be paid?
            = due date: invoice {code}
            """,
            "company": """
            Which company sent invoice {code}?
            Who sent invoice {code}?
            = sender: invoice {code}
            """,
        },
        "code=invoice|number|code company=company|sender amount=amount|total|sum day=due|date",
    ),
)

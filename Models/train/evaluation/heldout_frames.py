"""The generator's kinds of facts in sentences and questions that the training text does not have."""

from __future__ import annotations

from functools import partial

from generator.frames import Frame, frame

_frame = partial(frame, reserved=True)

HELD_OUT_FRAMES: tuple[Frame, ...] = (
    _frame(
        "meeting", "event when room person",
        """
        Mark your calendars: the {event} is on {when}.
        The {event}, planned by {person}, will be on {when}.
        We would like to see you at the {event} on {when}.
        Due to the holidays, the {event} will now be on {when} in {room}.
        The next {event} is going to be held on {when}, and {person} will be there to lead it.
        """,
        {
            "when": """
            When will the {event} be?
            When is the next {event}?
            Can you tell me when the {event} is?
            """,
            "room": """
            Where will the {event} be?
            """,
        },
    ),
    _frame(
        "result", "metric amount percent period:period other:metric",
        """
        For {period}, our {metric} were {amount}, which is {percent} more than in the year before.
        I can report that our {metric} added up to {amount} in {period}.
        During {period}, our {metric} reached {amount}, a {percent} increase over the same period of the year before.
        The {metric} for {period} stand at {amount}.
        """,
        {
            "amount": """
            What were our {metric}?
            How much did the {metric} amount to?
            What amount did our {metric} reach?
            """,
        },
        "metric=figure amount=amount period=period",
    ),
    _frame(
        "assessment", "assessment company day",
        """
        {company} is now busy with our {assessment}.
        We are glad that {company} will carry out the {assessment}.
        The {assessment} for {company} is ready.
        As agreed, {company} does our {assessment}.
        """,
        {
            "company": """
            Which corporation is doing the {assessment}?
            Which firm will carry out our {assessment}?
            What company does our {assessment}?
            """,
        },
        "assessment=task company=company",
    ),
    _frame(
        "team", "team work",
        """
        I am pleased to say that the {team} team has written {work}.
        The {team} team has been working on {work}.
        Our {team} team just released {work}.
        """,
        {
            "work": """
            What is our {team} team busy with?
            What has our {team} team been working on?
            What did the {team} team issue?
            """,
        },
        "team=team work=task",
    ),
    _frame(
        "project", "project person amount day",
        """
        The {project} project is in the hands of {person} and has {amount} to spend.
        {person} is now the leader of the {project} project, which must be done by {day}.
        We gave the {project} project a budget of {amount}, and {person} runs it.
        """,
        {
            "person": """
            Who is leading the {project} project?
            Who is running the {project} project?
            """,
            "amount": """
            = budget: the {project} project
            How large is the {project} project's budget?
            """,
        },
        "project=project person=leader amount=budget day=deadline",
    ),
    _frame(
        "order", "company count goods day",
        """
        Yesterday {company} asked us for {count} {goods}.
        We have to deliver {count} {goods} to {company} soon.
        {company} has bought {count} {goods} from us.
        """,
        {
            "count": """
            How many {goods} has {company} ordered?
            How many {goods} does {company} want?
            """,
            "goods": """
            What has {company} ordered?
            """,
        },
        "company=customer count=quantity goods=item",
    ),
    _frame(
        "hire", "company person role day",
        """
        {person} is now working as {role} at {company}.
        {company} made {person} its new {role}.
        From {day} on, {person} will be the {role} of {company}.
        """,
        {
            "person": """
            Who has become the {role} of {company}?
            Who works as {role} at {company}?
            """,
            "role": """
            What is {person}'s role at {company}?
            """,
        },
        "company=employer person=name role=position",
    ),
    _frame(
        "home", "person place street",
        """
        {person} has lived in {place} for years.
        {person} and the family live in {place}.
        {person} has a small house in {place}.
        """,
        {
            "place": """
            In which town is {person}'s home?
            Which city does {person} live in?
            """,
        },
        "person=name place=city",
    ),
    _frame(
        "age", "person age",
        """
        {person} is now {age} years old.
        {person} has just turned {age}.
        At {age}, {person} still plays the piano.
        """,
        {
            "age": """
            How old is {person} now?
            = age: {person}
            """,
        },
        "person=name age=age",
    ),
    _frame(
        "purchase", "person item price shop day",
        """
        {person} got a new {item} for {price}.
        {person} went to the {shop} and bought a~ {item} for {price}.
        For the {item}, {person} paid {price}.
        """,
        {
            "price": """
            What did {person} pay for the {item}?
            How much was the {item}?
            """,
            "item": """
            What has {person} bought?
            """,
        },
        "person=buyer item=item price=price shop=shop",
    ),
    _frame(
        "thing", "person thing color",
        """
        {person} has a new {thing}, and it is {color}.
        {person} would like to sell the {color} {thing}.
        """,
        {
            "color": """
            = color: the {thing} of {person}
            Which color is {person}'s {thing}?
            """,
        },
        "person=owner thing=thing color=color",
    ),
    _frame(
        "pet", "person animal pet:pet_name",
        """
        {person} takes care of a~ {animal} named {pet}.
        {person} lives with a~ {animal} called {pet}.
        """,
        {
            "pet": """
            = name: the {animal} of {person}
            What is the {animal} of {person} called?
            """,
        },
        "person=owner animal=animal pet=pet_name",
    ),
    _frame(
        "travel", "person place day company",
        """
        {person} wants to go to {place} on {day}.
        {person} is leaving for {place} on {day}.
        On {day}, {person} has to be in {place}.
        """,
        {
            "place": """
            Where is {person} going?
            Which city will {person} travel to?
            """,
            "day": """
            When is {person} going to {place}?
            """,
        },
        "person=traveller place=destination day=date",
    ),
    _frame(
        "spot", "small_thing spot person",
        """
        I saw the {small_thing} {spot}.
        The {small_thing} that {person} was looking for is {spot}.
        """,
        {
            "spot": """
            Where did you see the {small_thing}?
            Do you know where the {small_thing} is?
            """,
        },
        "small_thing=thing spot=location person=person",
    ),
    _frame(
        "hours", "shop opens:time closes:time place",
        """
        On most days the {shop} is open from {opens} until {closes}.
        You can visit the {shop} from {opens} to {closes}.
        """,
        {
            "opens": """
            What time does the {shop} open?
            When will the {shop} open?
            """,
            "closes": """
            What time does the {shop} close?
            When will the {shop} close?
            """,
        },
        "shop=shop opens=opens closes=closes",
    ),
    _frame(
        "product", "product price company color",
        """
        {company} asks {price} for the {product}.
        You can buy the {product} for {price}.
        The new {product} by {company} costs {price}.
        """,
        {
            "price": """
            What is the {product} sold for?
            How much must I pay for the {product}?
            """,
            "company": """
            Which firm makes the {product}?
            """,
        },
        "product=product price=price company=maker",
    ),
    _frame(
        "founding", "company year person place",
        """
        {company} goes back to {person}, who founded it in {year}.
        It was in {year} that {person} founded {company}.
        """,
        {
            "year": """
            In which year did {person} found {company}?
            """,
            "person": """
            Who was the founder of {company}?
            """,
        },
        "company=company year=year person=founder",
    ),
)

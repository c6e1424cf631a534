"""Facts about places, things and appointments: where something is, prices, hours, counts, trains, lessons, calls."""

from __future__ import annotations

from .frames import frame

FRAMES = (
    frame(
        "spot", "small_thing spot person",
        """
        The {small_thing} (is|lies|was found|was left|must be|should be) {spot}.
        {person} (put|left|found|hid|saw|keeps) the {small_thing} {spot}.
        You will find the {small_thing} {spot}.
        {person}'s {small_thing} is {spot}.
        Look for the {small_thing} {spot}.
        If you need the {small_thing}, it is {spot}.
        The {small_thing} of {person} was {spot} all the time.
        Somebody (put|left|saw) the {small_thing} {spot}.
        The {small_thing} (stays|has been|was seen|can be found) {spot}.
        {person} (forgot|dropped|needs) the {small_thing}; it is {spot}.
        {person} looked everywhere for the {small_thing}, but it was {spot}.
        (Yesterday|This morning), the {small_thing} was {spot}.
        Who put the {small_thing} {spot}?
        The {small_thing}? It is {spot}.
        """,
        {
            "spot": """
            Where is the {small_thing}?
            Where (can I find|do I find|should I look for) the {small_thing}?
            Where (did someone put|is) the {small_thing}?
            In what place is the {small_thing}?
            Where has the {small_thing} been (put|found)?
            = place: the {small_thing}
            Where (was|lies|might be) the {small_thing}?
            (Can|Could) you tell me where the {small_thing} (is|was)?
            Where (did {person} leave|has {person} put) the {small_thing}?
            """,
        },
        "small_thing=thing|object|item spot=place|location|spot person=person|name",
    ),
    frame(
        "hours", "shop opens:time closes:time place",
        """
        The {shop} (opens|is open|starts work) (at|from) {opens} and closes at {closes}.
        The {shop}[ in {place}] is open from {opens} (to|until) {closes}.
        The {shop}[ in {place}] opens at {opens}[ and closes at {closes}].
        The {shop}[ in {place}] closes at {closes}.
        From {opens} to {closes} the {shop} is open.
        Opening hours of the {shop}: {opens} to {closes}.
        The {shop} will open at {opens} today[ and close at {closes}].
        Until {closes} you can go to the {shop}[, which opens at {opens}].
        The {shop} (is closed before {opens}|does not open before {opens}) and \
            (is closed after {closes}|closes at {closes}).
        Come to the {shop} between {opens} and {closes}.
        The doors of the {shop} open at {opens}[ and close at {closes}].
        The {shop}: {opens} to {closes}.
        Between {opens} and {closes} the {shop} (serves|welcomes) guests.
        The {shop} works from {opens} until {closes}.
        Nobody is in the {shop} before {opens} or after {closes}.
        """,
        {
            "opens": """
            When does the {shop} open?
            At what time does the {shop} open?
            From when is the {shop} open?
            What is the opening time of the {shop}?
            = opening time: the {shop}
            When (can|may) I (go to|visit) the {shop}?
            (Since when|From what time) is the {shop} open?
            """,
            "closes": """
            When does the {shop} close?
            At what time does the {shop} close?
            Until when is the {shop} open?
            What is the closing time of the {shop}?
            How long is the {shop} open?
            = closing time: the {shop}
            When (must|do) I leave the {shop}?
            At what time will the {shop} close?
            """,
        },
        "shop=place|name|shop opens=opens|from|open closes=closes|to|until",
    ),
    frame(
        "train", "vehicle place opens:time room",
        """
        The {vehicle} to {place} (leaves|departs|starts) at {opens} from {room}.
        The {vehicle} to {place} (leaves|departs|starts) at {opens}.
        At {opens}, the {vehicle} to {place} leaves[ from {room}].
        The next {vehicle} to {place} is at {opens}[ from {room}].
        The {vehicle} that leaves at {opens} goes to {place}.
        To get to {place}, take the {vehicle} at {opens}[ from {room}].
        """,
        {
            "opens": """
            When does the {vehicle} to {place} leave?
            At what time does the {vehicle} to {place} leave?
            = time: the {vehicle} to {place}
            """,
            "room": """
            From where does the {vehicle} to {place} leave?
            """,
        },
        "vehicle=vehicle|kind place=destination|city|to opens=time|departure|leaves room=platform|from",
    ),
    frame(
        "ticket", "place price",
        """
        A ticket to {place} costs {price}.
        (The ticket|The trip|The flight|The journey) to {place} (is|costs) {price}.
        For {price} you get a ticket to {place}.
        You pay {price} for a ticket to {place}.
        """,
        {
            "price": """
            How much (is a ticket to {place}|does a ticket to {place} cost)?
            What does a ticket to {place} cost?
            What is the price of a ticket to {place}?
            = price: a ticket to {place}
            = cost: a ticket to {place}
            """,
        },
        "place=destination|city|to price=price|cost",
    ),
    frame(
        "product", "product price company color",
        """
        The {product} (costs|is sold for|sells for|is on sale for) {price}[ and is made by {company}].
        {company} (makes|sells|has presented|presents) the {product} for {price}.
        The {product} (is made|was built|is sold) by {company}[ and costs {price}].
        The price of the {product} is {price}.
        The {product} by {company} comes in {color}[ and costs {price}].
        {company} has a new {product}, which costs {price}.
        {price} is the price of the {product}[ by {company}].
        The {product} from {company} is (cheap|expensive): {price}.
        Buyers of the {product} pay {price}.
        {company} (wants|gets|takes) {price} for its {product}.
        The {product} can be (bought|had|ordered) for {price}[ from {company}].
        (Now|This week) the {product} is only {price}.
        The {product} is a new product of {company}[ and costs {price}].
        {product} by {company}: {price}.
        We bought the {product} from {company} for {price}.
        You will find the {product} in shops for {price}.
        {company} is proud of its {product}[, which sells for {price}].
        """,
        {
            "price": """
            How much (is the {product}|does the {product} cost)?
            What does the {product} cost?
            What is the price of the {product}?
            What price does the {product} have?
            For how much is the {product} sold?
            = price: the {product}
            = cost: the {product}
            How (expensive|cheap) is the {product}?
            What (must|do) I pay for the {product}?
            """,
            "company": """
            (Who|Which company) makes the {product}?
            By (whom|which company) is the {product} made?
            Who is the maker of the {product}?
            = maker: the {product}
            = company: the {product}
            Which (company|firm) (sells|builds|has) the {product}?
            From (whom|which company) is the {product}?
            """,
        },
        "product=product|name|item price=price|cost company=maker|company|brand color=color|colour",
    ),
    frame(
        "count", "place small_count:count goods person",
        """
        There are {small_count} {goods} in {place}.
        In {place} there are {small_count} {goods}.
        {place} has {small_count} {goods}.
        The (store|warehouse|depot) in {place} (has|holds|keeps) {small_count} {goods}.
        {small_count} {goods} are (stored|kept) in {place}.
        {person} counted {small_count} {goods} in {place}.
        We keep {small_count} {goods} in {place}.
        """,
        {
            "small_count": """
            How many {goods} are (there|stored|kept) in {place}?
            How many {goods} does {place} have?
            What is the number of {goods} in {place}?
            """,
            "place": """
            Where are the {goods} (kept|stored)?
            """,
        },
        "place=place|city|location small_count=count|number|quantity goods=goods|items|things",
    ),
    frame(
        "weather", "place weather day",
        """
        It (will be|is going to be|was) {weather} in {place} (on|) {day}.
        On {day}, it (will be|was) {weather} in {place}.
        The weather in {place} (is|will be|was) {weather}.
        In {place} it is {weather}.
        """,
        {
            "weather": """
            (What|How) is the weather in {place}?
            What will the weather be in {place}?
            = weather: {place}
            """,
            "place": """
            Where is it {weather}?
            """,
        },
        "place=city|place|town weather=weather day=day|date",
    ),
    frame(
        "code", "system code person",
        """
        The code (for|of) the {system} is {code}.
        {code} is the code (for|of) the {system}.
        To start the {system}, (type|enter|use) {code}.
        {person} set the code of the {system} to {code}.
        """,
        {
            "code": """
            What is the code (for|of) the {system}?
            Which code (does the {system} have|opens the {system})?
            = code: the {system}
            = number: the {system}
            """,
        },
        "system=system|device|machine code=code|password|number person=person|name",
    ),
    frame(
        "course", "subject person weekday opens:time room",
        """
        The {subject} class (is|takes place|starts|meets) on {weekday} at {opens}[ in {room}].
        The {subject} class with {person} is in {room}[ on {weekday}].
        {person} (gives|teaches|holds) the {subject} class (in {room}|on {weekday}).
        On {weekday}, the {subject} class meets in {room}.
        """,
        {
            "room": """
            Where is the {subject} class?
            In which room is the {subject} class?
            = room: the {subject} class
            """,
            "person": """
            Who (gives|teaches|holds) the {subject} class?
            = teacher: the {subject} class
            """,
        },
        "subject=subject|class|course weekday=day|weekday room=room|place person=teacher|person",
    ),
    frame(
        "winner", "person event amount place",
        """
        {person} (won|has won) the {event}[ in {place}] and (got|received) {amount}.
        The winner of the {event} is {person}[ from {place}].
        {person} from {place} (won|has won) the {event}.
        The {event} in {place} was won by {person}.
        """,
        {
            "person": """
            Who won the {event}?
            Who is the winner of the {event}?
            By whom was the {event} won?
            = winner: the {event}
            """,
        },
        "person=winner|name|person event=event|contest amount=prize|amount place=city|place",
    ),
    frame(
        "move", "goods from:place to:place day",
        """
        The {goods} (go|were sent|will go|are shipped|travel) from {from} to {to}[ on {day}].
        From {from}, the {goods} (go|are sent|will be sent) to {to}[ on {day}].
        On {day}, the {goods} (leave|left) {from} for {to}.
        """,
        {
            "to": """
            Where (do|will) the {goods} go?
            To which (city|place|town) (do|will) the {goods} go?
            """,
            "from": """
            Where do the {goods} come from?
            From which (city|place|town) (do|will) the {goods} come?
            """,
        },
        "goods=goods|item|cargo from=from|origin|start to=to|destination|goal day=date|day",
    ),
    frame(
        "school", "person subject place",
        """
        {person} (teaches|studies|studied|learns) {subject} (in|at a school in|at the university of) {place}.
        {person} (teaches|studies|learns) {subject}.
        In {place}, {person} (teaches|studies|studied) {subject}.
        {person} is a (teacher|student) of {subject}[ in {place}].
        """,
        {
            "subject": """
            What does {person} (teach|study|learn)?
            Which subject does {person} (teach|study|learn)?
            What is {person}'s subject?
            = subject: {person}
            """,
            "person": """
            Who (teaches|studies|learns) {subject}?
            """,
        },
        "person=name|person|teacher|student subject=subject|course place=city|place|town",
    ),
    frame(
        "phone", "person phone code",
        """
        The phone number of {person} is {phone}.
        {person}'s (phone number|number|telephone number) is {phone}.
        (Call|Phone|Ring|Reach) {person} (at|on|under) {phone}.
        You (can|may) (call|reach|phone) {person} (at|on|under) {phone}.
        """,
        {
            "phone": """
            What is {person}'s (phone number|number|telephone number)?
            What is the phone number of {person}?
            (Under|At) (which|what) number can I (call|reach) {person}?
            = number: {person}
            = phone number: {person}
            """,
        },
        "person=name|person|contact phone=phone|number|telephone",
    ),
    frame(
        "meeting_people", "person other:person place day",
        """
        {person} (met|will meet|meets|saw|visited) {other} in {place}[ on {day}].
        On {day}, {person} (met|will meet|meets|saw) {other} in {place}.
        {person} and {other} (met|will meet|had lunch|have a date) in {place}[ on {day}].
        """,
        {
            "place": """
            Where (did|do|will) {person} and {other} meet?
            In which (city|town|place) did {person} meet {other}?
            """,
        },
        "person=first|person place=city|place|town day=date|day",
    ),
)

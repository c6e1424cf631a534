"""Facts about people: work, home, age, purchases, likes, pets, travel."""

from __future__ import annotations

from .frames import frame

FRAMES = (
    frame(
        "job", "person job place",
        """
        {person} (works|is working) as a~ {job} in {place}.
        {person} is a~ {job} (in|from) {place}.
        {person} is a~ {job}.
        {person}, a~ {job} (from|in) {place}, (likes the work|has a new office|is on holiday|has much to do).
        In {place}, {person} works as a~ {job}.
        {person} (earns a living|has found work) as a~ {job}[ in {place}].
        {person} has been a~ {job} (for years|since May|all along).
        {person} (trained|started) as a~ {job}[ in {place}].
        As a~ {job}, {person} (earns well|has much to do|gets up early|knows many people).
        """,
        {
            "job": """
            What is {person}'s (job|profession|occupation)?
            What does {person} do for a living?
            What does {person} work as?
            What is the (work|trade) of {person}?
            Do you know what {person} does for a living?
            """,
            "person": """
            Who (works as|is) a~ {job}?
            Which person is a~ {job}?
            """,
        },
        "person=name|person job=job|profession|occupation place=city|town|place",
    ),
    frame(
        "home", "person place street",
        """
        {person} (lives|is living|has a house|has a flat|is at home) in {place}.
        {person} (lives|has moved|moved) (to {place}|to a house in {place}|to a flat in {place}).
        The home of {person} is in {place}.
        {person} lives at {street} in {place}.
        {person}'s address is {street}, {place}.
        {place} is where {person} lives.
        {person} (was born in Rome but|used to travel but now|) lives in {place}.
        The city where {person} lives is {place}.
        You can visit {person} in {place}, at {street}.
        {person}, who lives in {place}, (called today|has two cats|likes the sea).
        """,
        {
            "place": """
            Where does {person} live?
            In (which|what) (city|town|place) does {person} live?
            Where is {person}'s home?
            What (city|town) does {person} live in?
            Where is {person} at home?
            Do you know where {person} lives?
            """,
        },
        "person=name|person place=city|town|place|home street=street|address",
    ),
    frame(
        "age", "person age",
        """
        {person} is {age} years old.
        {person} (turned|turns|will turn) {age} (last week|this week|today|this year|in June).
        {person}, {age}, (is in good health|went for a walk|plays the piano|sings in a choir).
        At the age of {age}, {person} (still works|learned to swim|moved house|took up painting).
        {person}'s age is {age}.
        {person} (celebrated|will celebrate) a birthday and (is|will be) {age}.
        {person} is a {age}-year-old (swimmer|singer|reader) (with many friends|who likes to travel).
        With {age} years, {person} is the (oldest|youngest) of us.
        """,
        {
            "age": """
            How old is {person}?
            What is {person}'s age?
            What age is {person}?
            How many years old is {person}?
            Do you know how old {person} is?
            """,
            "person": """
            Who is {age} years old?
            """,
        },
        "person=name|person age=age|years",
    ),
    frame(
        "purchase", "person item price shop day",
        """
        {person} bought a~ {item} (for|at a price of) {price}[ at the {shop}].
        {person} (paid|spent) {price} (for|on) a~ {item}[ at the {shop}].
        The {item} that {person} bought (cost|came to) {price}.
        At the {shop}, {person} (bought|found|got|picked) a~ {item} for {price}.
        On {day}, {person} bought a~ {item}[ for {price}].
        For {price}, {person} (bought|got) a~ {item}[ at the {shop}].
        {person} (needed|wanted) a~ {item} and (paid|spent) {price}.
        The {shop} sold {person} a~ {item} for {price}.
        The bill of {person} from the {shop}: one {item}, {price}.
        A~ {item} for {price} is what {person} bought[ at the {shop}].
        """,
        {
            "item": """
            What did {person} buy?
            What (thing|item) did {person} buy?
            What did {person} (get|spend money on)?
            """,
            "price": """
            How much did {person} (pay|spend)?
            How much did {person} pay for the {item}?
            What did the {item} cost?
            How much money did {person} spend on the {item}?
            What was the price of the {item}?
            How expensive was the {item}?
            """,
            "person": """
            Who bought (a~|the) {item}?
            """,
            "shop": """
            Where did {person} (buy|get) the {item}?
            In which shop did {person} buy the {item}?
            """,
        },
        "person=name|person|buyer|customer item=item|product|object price=price|cost|amount shop=shop|store|place",
    ),
    frame(
        "thing", "person thing color",
        """
        {person} has a~ {color} {thing}.
        {person}'s {thing} is {color}.
        The {thing} of {person} is {color}.
        {person} (painted|coloured) the {thing} {color}.
        {person} (owns|bought|likes|uses) a~ {color} {thing}.
        The {color} {thing} belongs to {person}.
        {person} (lost|sold|found|borrowed) a~ {color} {thing}.
        The {thing} that {person} has is {color}.
        {color} is the colour of {person}'s {thing}.
        {person} came with a~ {color} {thing}.
        """,
        {
            "color": """
            What (color|colour) is {person}'s {thing}?
            Which colour has {person}'s {thing}?
            What is the (color|colour) of {person}'s {thing}?
            Is {person}'s {thing} red, blue or what colour?
            What colour does {person}'s {thing} have?
            """,
            "person": """
            Who has a~ {color} {thing}?
            Whose {thing} is {color}?
            """,
        },
        "person=owner|name|person thing=thing|object|item color=color|colour",
    ),
    frame(
        "likes", "person food sport",
        """
        {person} likes {food}.
        {person} (loves|enjoys|is fond of|often eats) {food}(| and plays {sport}).
        The favourite food of {person} is {food}.
        {person}'s favourite food is {food}[, and the favourite sport is {sport}].
        {person} (often eats|would like to eat|wants) {food}.
        For lunch, {person} always has {food}.
        {food} (is|are) what {person} likes best.
        """,
        {
            "food": """
            What does {person} like to eat?
            What food does {person} like?
            What is {person}'s favourite food?
            """,
            "person": """
            Who likes {food}?
            """,
        },
        "person=name|person food=food|dish sport=sport|hobby",
    ),
    frame(
        "sport", "person sport weekday",
        """
        {person} (plays|does|practises|goes for) {sport} (every|on) {weekday}.
        On {weekday}, {person} (plays|does|has) {sport}.
        {person}'s (hobby|sport) is {sport}.
        {person} (trains|learns|teaches) {sport} every {weekday}.
        """,
        {
            "sport": """
            What sport does {person} (do|play|practise)?
            Which sport does {person} do?
            What is {person}'s sport?
            """,
            "weekday": """
            On (which|what) day does {person} (do|play) {sport}?
            When does {person} (do|play) {sport}?
            """,
        },
        "person=name|person|player sport=sport|hobby|activity weekday=day|weekday",
    ),
    frame(
        "pet", "person animal pet:pet_name",
        """
        {person} has a~ {animal} (called|named) {pet}.
        {person}'s {animal} is (called|named) {pet}.
        The {animal} of {person} is (called|named) {pet}.
        {pet} is the name of {person}'s {animal}.
        {person} (owns|keeps|bought|feeds) a~ {animal}(, and its name is {pet}| with the name {pet}).
        {person} (went for a walk|plays|came) with {pet}, a~ {animal}.
        {person}'s pet is a~ {animal} (called|named) {pet}.
        {pet}, the {animal} of {person}, (is sick|sleeps a lot|is very old|likes milk).
        """,
        {
            "pet": """
            What is the name of {person}'s {animal}?
            What is {person}'s {animal} called?
            How is {person}'s {animal} called?
            Which name has {person}'s {animal}?
            How did {person} name the {animal}?
            """,
            "animal": """
            What (animal|pet) does {person} have?
            What kind of (animal|pet) has {person}?
            Which (pet|animal) does {person} (have|keep|own)?
            """,
            "person": """
            Who has a~ {animal}?
            """,
        },
        "person=owner|name|person animal=animal|pet|kind pet=pet_name|called",
    ),
    frame(
        "travel", "person place day company",
        """
        {person} (will fly|flies|flew|travels|will travel|goes|is going) to {place} on {day}.
        On {day}, {person} (will fly|flies|travels|goes|will go|takes a train) to {place}.
        {person} (has booked|booked) a (flight|trip|ticket|train|journey) to {place} (for|on) {day}.
        {person}'s (flight|trip|journey) to {place} is on {day}.
        {person} will visit {company} in {place} on {day}.
        {person} (is on the way|plans a trip|plans to go) to {place}[ on {day}].
        {day} is the day when {person} (travels|goes|flies) to {place}.
        {person} (leaves|will leave) for {place} on {day}.
        {person} (spends|will spend) {day} in {place}.
        """,
        {
            "place": """
            Where (will|does|did) {person} (travel|go|fly)?
            (To which city|To which place|Where to) does {person} travel?
            What is the goal of {person}'s trip?
            What is the destination of {person}?
            Which (city|place) does {person} (go to|travel to|visit)?
            """,
            "day": """
            When (will|does|did) {person} (travel|go|fly)( to {place}|)?
            On (which|what) day does {person} travel?
            What day does {person} (leave|travel)?
            """,
            "person": """
            Who (will travel|travels|goes|flies) to {place}?
            """,
        },
        "person=name|person|traveller|passenger place=destination|city|place day=date|day|when",
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

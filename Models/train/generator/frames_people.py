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
        {person} (became|wants to stay|is known as) a~ {job}[ in {place}].
        """,
        {
            "job": """
            What is {person}'s (job|profession|occupation)?
            What does {person} do for a living?
            What does {person} work as?
            What is the (work|trade) of {person}?
            Do you know what {person} does for a living?
            = job: {person}
            = profession: {person}
            = trade: {person}
            = work: {person}
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
        {person} (found|rents|bought|owns) a (flat|room|house) in {place}.
        {person} (went|came) to live in {place}[ last year].
        {person} (settled|stays|resides) in {place}.
        (People from|Friends in) {place} know {person}, who lives there.
        In {place} (stands|is) the house of {person}.
        {person} calls {place} home.
        {person}'s family (comes|moved) to {place}, and they (are happy there|stay there).
        Letters to {person} go to {street} in {place}.
        {person}: {street}, {place}.
        """,
        {
            "place": """
            Where does {person} live?
            In (which|what) (city|town|place) does {person} live?
            Where is {person}'s home?
            What (city|town) does {person} live in?
            Where is {person} at home?
            Do you know where {person} lives?
            = home: {person}
            = city: {person}
            = home town: {person}
            = town: {person}
            Where (has|did) {person} (settled|settle)?
            Where is the (house|flat) of {person}?
            (What is the place|What is the city) where {person} lives?
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
        {person} (became|has become|got) {age} (last month|on Monday|in May|this week).
        {person} (has a birthday today and is|is only|is almost) {age}.
        (Although|Though) {age} years old, {person} (runs every day|still dances).
        Few people know that {person} is {age}.
        {age} candles stand on the cake of {person}.
        {person} was born {age} years ago.
        {person} is the only one here who is {age}.
        For somebody of {age}, {person} (walks fast|sees well|works a lot).
        {person}: {age} years.
        """,
        {
            "age": """
            How old is {person}?
            What is {person}'s age?
            What age is {person}?
            How many years old is {person}?
            Do you know how old {person} is?
            = age: {person}
            What age has {person} (reached|now)?
            How old (was|will be|must be) {person}?
            (How many years has {person} lived|How old might {person} be)?
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
        {person} (took|chose|ordered|picked) a~ {item}, which (cost|was) {price}.
        {person} (gave|handed over) {price} for a~ {item}.
        A~ {item} was sold to {person} for {price}.
        {person} is happy with the {item} from the {shop}, which cost {price}.
        {person} (came home|went home) with a~ {item} for {price}.
        The new {item} of {person} (is from|came from) the {shop} and cost {price}.
        {price}: so much did {person} (pay|give) for the {item}.
        A~ {item}, {price}, (for|sold to) {person}.
        """,
        {
            "item": """
            What did {person} buy?
            What (thing|item) did {person} buy?
            What did {person} (get|spend money on)?
            What (is|was) {person} (buying|looking for)?
            Which (thing|item) did {person} (choose|take|pay for)?
            What does {person} own now?
            """,
            "price": """
            How much did {person} (pay|spend)?
            How much did {person} pay for the {item}?
            What did the {item} cost?
            How much money did {person} spend on the {item}?
            What was the price of the {item}?
            How expensive was the {item}?
            = price: the {item}
            = cost: the {item}
            How much did the {item} cost {person}?
            (What did {person} spend|How much was spent) on the {item}?
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
        {person} (gave away|washed|repaired|needs|wears|keeps) the {color} {thing}.
        Everyone knows the {color} {thing} of {person}.
        A {color} {thing} (stands|lies) in front of {person}'s house.
        Have you seen the {color} {thing} of {person}?
        {person} looks good with the {color} {thing}.
        The {thing} is {color} and belongs to {person}.
        """,
        {
            "color": """
            What (color|colour) is {person}'s {thing}?
            Which colour has {person}'s {thing}?
            What is the (color|colour) of {person}'s {thing}?
            Is {person}'s {thing} red, blue or what colour?
            What colour does {person}'s {thing} have?
            = colour: {person}'s {thing}
            = color: the {thing} of {person}
            (Do you remember|Can you tell) the colour of {person}'s {thing}?
            In (which|what) colour is {person}'s {thing}?
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
        {person} (cooks|ordered|asked for|is eating) {food}.
        Nobody likes {food} more than {person}.
        """,
        {
            "food": """
            What does {person} like to eat?
            What food does {person} like?
            What is {person}'s favourite food?
            = favourite food: {person}
            = food: {person}
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
        {person} is (good at|fond of|training for) {sport}[ and trains every {weekday}].
        """,
        {
            "sport": """
            What sport does {person} (do|play|practise)?
            Which sport does {person} do?
            What is {person}'s sport?
            = sport: {person}
            = hobby: {person}
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
        {person} (loves|feeds|found|walks|owns) {pet}, a~ {animal}.
        {person} gave the {animal} the name {pet}.
        A~ {animal} (called|named|by the name of) {pet} (belongs to|stays with|came to) {person}.
        {person} and the {animal} {pet} (are good friends|live together|go out every day).
        The name of the {animal} is {pet}, and it belongs to {person}.
        {person} calls the {animal} {pet}.
        """,
        {
            "pet": """
            What is the name of {person}'s {animal}?
            What is {person}'s {animal} called?
            How is {person}'s {animal} called?
            Which name has {person}'s {animal}?
            How did {person} name the {animal}?
            = name: {person}'s {animal}
            = name: the {animal} of {person}
            What does {person} call the {animal}?
            How do you call {person}'s {animal}?
            By (which|what) name does {person} call the {animal}?
            """,
            "animal": """
            What (animal|pet) does {person} have?
            What kind of (animal|pet) has {person}?
            Which (pet|animal) does {person} (have|keep|own)?
            = pet: {person}
            = animal: {person}
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
        {person} (must go|is sent|is travelling|has to travel|would like to go) to {place} on {day}.
        {person} (takes|has) a (plane|train|bus) to {place} on {day}.
        On {day}, {person} will (arrive|be|land) in {place}.
        {person} is expected in {place} on {day}.
        The trip of {person} (goes|leads) to {place} and starts on {day}.
        {person}: {place}, {day}.
        {person} said goodbye and goes to {place} on {day}.
        """,
        {
            "place": """
            Where (will|does|did) {person} (travel|go|fly)?
            (To which city|To which place|Where to) does {person} travel?
            What is the goal of {person}'s trip?
            What is the destination of {person}?
            Which (city|place) does {person} (go to|travel to|visit)?
            = destination: {person}
            = goal: {person}
            Where (must|should|would) {person} (go|travel)?
            Where (is|was) {person} (travelling|flying|sent)?
            To (which|what) (city|place|town) is {person} (travelling|flying)?
            """,
            "day": """
            When (will|does|did) {person} (travel|go|fly)( to {place}|)?
            On (which|what) day does {person} travel?
            What day does {person} (leave|travel)?
            When (must|should) {person} go to {place}?
            When is {person} (leaving|travelling|flying)?
            """,
            "person": """
            Who (will travel|travels|goes|flies) to {place}?
            """,
        },
        "person=name|person|traveller|passenger place=destination|city|place day=date|day|when",
    ),
)

"""Facts of business mail: meetings, reviews, teams, projects, deadlines, posts, firms."""

from __future__ import annotations

from .frames import frame

FRAMES = (
    frame(
        "meeting", "event when room person",
        """
        The {event} (is|has been|was) (scheduled|planned|set|fixed|arranged|announced) for {when}.
        Our {event} (will take place|will be held|takes place|is going to be) on {when}.
        The {event} (starts|begins|will start|will begin) (on|) {when}.
        We have (moved|postponed|shifted|brought forward) the {event} to {when}.
        Please note that the {event} (is|will be) on {when} in {room}.
        On {when}, {person} will (lead|open|chair|host) the {event}[ in {room}].
        The {event} on {when} will be (led|chaired|opened|hosted) by {person}.
        {person} (will lead|leads|will chair|hosts|organises) the {event} in {room}(| on {when}).
        Join us for the {event} on {when}[, which {person} will lead].
        The {event} takes place in {room}[, and {person} will lead it].
        The date of the {event} is {when}[ and the place is {room}].
        You are invited to the {event}, which is (scheduled|planned|set) for {when}.
        As (announced|agreed|planned), the {event} is on {when}.
        The {event} has a new date: {when}.
        {person} has (fixed|set|changed) the date of the {event}: {when}.
        (Do not forget|Remember|Please remember) the {event} on {when}[ in {room}].
        Everyone should come to {room} on {when} for the {event}.
        {event}: {when}, {room}.
        The {event} with {person} (is|starts) on {when}.
        I will (miss|attend|join) the {event} on {when}[, because {person} asked me to].
        See you (on|at the {event} on) {when}[; the {event} is in {room}].
        We (meet|come together) for the {event} on {when}.
        {when} is the new date (of|for) the {event}.
        The {event} had to be (moved|delayed) and (is|will be) on {when}.
        (Keep|Save|Note) the date: {event} on {when}.
        (Guests|Members) (can|may) visit the {event} in {room} on {when}.
        The {event} (waits for us|comes) on {when}.
        (On the calendar|On the list): {event}, {when}, {room}.
        {person} (speaks|will speak|will be) at the {event} on {when}[ in {room}].
        """,
        {
            "when": """
            When is the {event}?
            When (will|does) the {event} take place?
            (On what date|At what time|For when) is the {event} (planned|scheduled)?
            When (does|will) the {event} start?
            When is our {event}?
            What is the date of the {event}?
            Do you know when the {event} (is|starts|takes place)?
            Until when must I wait for the {event}?
            = date: the {event}
            = time: the {event}
            = day: the {event}
            When (should|must) I (come to|be at) the {event}?
            (For when|On which day) is the {event} (set|fixed)?
            When does {person} (speak at|open|lead) the {event}?
            """,
            "room": """
            Where is the {event}?
            Where (will|does) the {event} take place?
            In which room is the {event}?
            (What|Which) room is the {event} in?
            To which room must I go for the {event}?
            = place: the {event}
            = room: the {event}
            Where (should I go|must I be) for the {event}?
            Where is the {event} held?
            """,
            "person": """
            Who (leads|will lead|is leading) the {event}?
            Who (chairs|hosts|is in charge of|is responsible for|runs) the {event}?
            By whom is the {event} led?
            Who has the lead of the {event}?
            = leader: the {event}
            = host: the {event}
            """,
        },
        "event=event|meeting|topic|subject when=when|time|date room=room|place|location person=leader|host|person",
    ),
    frame(
        "assessment", "assessment company day",
        """
        The {assessment} (for|by|of|from) {company} (has been|is|was) \
            (completed|finished|closed|concluded|started|delayed|delivered|approved)[ on {day}].
        {company} (is doing|is carrying out|does|will do|has finished|has started|has completed|carries out|is \
            preparing) (our|the) {assessment}.
        (Our|The) {assessment} (is done|is being done|will be done|was carried out|is carried out|has been done) \
            by {company}.
        We have (asked|hired|chosen|paid) {company} (to do|to carry out|for) (our|the) {assessment}.
        For our {assessment} we (work with|have hired|chose|use) {company}.
        The {assessment} (for|of) {company} will be ready by {day}.
        The {assessment} that {company} is doing (will end|ends|is due) on {day}.
        {company} was (asked|hired|paid|chosen) to (do|make|carry out) (our|the) {assessment}.
        {company} (needs|wants|has) more time for (our|the) {assessment}.
        (Our|The) {assessment} (lies|is|remains) in the hands of {company}.
        The results of the {assessment} by {company} are (good|bad|mixed|not yet known).
        We have (received|got|read) the {assessment} (of|from|by) {company}.
        (At the moment|Right now|This month), {company} (does|is doing) (our|the) {assessment}.
        Our {assessment} has been given to {company}.
        {company} (works on|is at work on|has taken over|started) our {assessment}.
        The firm that does our {assessment} is {company}.
        (We trust|You can trust) {company} with the {assessment}.
        The {assessment} will (come from|be sent by|be written by) {company}.
        {company} sent us (the|its) {assessment}.
        {company} and nobody else does our {assessment}.
        The {assessment} (was|is) (paid for|ordered) by {company}.
        {company}: {assessment}, ready by {day}.
        """,
        {
            "company": """
            Which (company|corporation|firm) is doing (our|the) {assessment}?
            Which (company|corporation|firm) (does|carries out|is carrying out|has done|did) (our|the) {assessment}?
            Who is doing (our|the) {assessment}?
            What (company|corporation|firm) is doing our {assessment}?
            For which (company|corporation|firm) is the {assessment}?
            By which (company|corporation|firm) is the {assessment} done?
            Which (company|corporation|firm) (works on|is busy with|is in charge of) (our|the) {assessment}?
            Who is in charge of (our|the) {assessment}?
            Who (does|did|makes) (our|the) {assessment}?
            = company: the {assessment}
            = firm: our {assessment}
            To which (company|firm|corporation) did we give (our|the) {assessment}?
            Who (will do|has done|is making) (our|the) {assessment}?
            """,
        },
        "assessment=task|review|subject company=company|firm",
    ),
    frame(
        "team", "team work",
        """
        Our {team} team has (issued|published|written|released|prepared|finished|completed|drawn \
            up|presented|produced) {work}.
        The {team} team (is working on|works on|is preparing|is writing|is busy with|has started|will present|is \
            drafting) {work}.
        The {team} team (is working on|works on|is preparing|is busy with) {work} (and hopes to finish soon|and \
            needs more time).
        {work} (is being|has been|was|will be) (prepared|written|issued|finished|published) by (our|the) {team} team.
        (Right now|This week|At present|This month), the {team} team is (working on|busy with|preparing) {work}.
        We are happy that the {team} team has (issued|finished|published|completed) {work}.
        (For weeks|Since May|All year), the {team} team has been (preparing|writing|planning) {work}.
        {work} (keeps|has kept) (our|the) {team} team busy.
        (Our|The) {team} team, which (is very busy|has grown a lot|works day and night), (is preparing|has \
            issued|has finished) {work}.
        The {team} team (will show|showed|sent) us {work}.
        We (asked|have asked|told) the {team} team (for|to prepare|to write) {work}.
        The {team} team (is about to finish|will soon publish|has put together|has sent out|is looking at) {work}.
        The people of the {team} team (are working on|prepared|wrote) {work}.
        The {team} team (has a new task|has only one task): {work}.
        The {team} team gave us {work}.
        What the {team} team (does|is doing) this month is {work}.
        The {team} team (shows|explains|offers) {work}.
        The {team} team: {work}.
        """,
        {
            "work": """
            What is (the|our) {team} team working on?
            What is the {team} team (doing|preparing|busy with|writing)?
            What has the {team} team (issued|published|prepared|finished|done)?
            On what (is|does) the {team} team (working|work)?
            What does the {team} team work on?
            What (keeps|is keeping) the {team} team busy?
            What is the task of the {team} team?
            Do you know what the {team} team is working on?
            = task: the {team} team
            = work: our {team} team
            What (will|did) the {team} team (present|show|write|finish)?
            What (is|was) (the|our) {team} team (asked to do|supposed to write)?
            """,
        },
        "team=team|group work=work|task|project",
    ),
    frame(
        "project", "project person amount day",
        """
        {person} (leads|runs|manages|heads|is in charge of) the {project} project[, which has a budget of {amount}].
        The {project} project has a budget of {amount} (and is led by {person}|and ends on {day}|and must end by \
            {day}).
        The {project} project (ends|will end|must be finished|is due) (by|on) {day}[ and costs {amount}].
        The budget of the {project} project is {amount}[, and its leader is {person}].
        As leader of the {project} project, {person} (asked for|has to work with|may spend) {amount}.
        For the {project} project, {person} (has|got|was given) {amount}.
        The leader of the {project} project is {person}.
        The {project} project (is led|is run|is headed|is managed) by {person}[ and has a budget of {amount}].
        (We want|The plan is) to finish the {project} project by {day}.
        {person} will (lead|run|manage) the {project} project until {day}.
        {person} and the {project} project (must|can) do with {amount}.
        The {project} project, led by {person}, (needs|costs|got) {amount}.
        The {project} project is over on {day}.
        The {project} project: {person}, {amount}, {day}.
        {person} answers for the {project} project[ and its {amount}].
        The {project} project was given to {person}[ and must end on {day}].
        {amount} (is|was) set aside for the {project} project of {person}.
        """,
        {
            "person": """
            Who (leads|runs|manages|is in charge of|heads) the {project} project?
            Who is the leader of the {project} project?
            Who is at the head of the {project} project?
            = leader: the {project} project
            = head: the {project} project
            Who (has|got|answers for) the {project} project?
            To whom was the {project} project given?
            Whose project is {project}?
            """,
            "amount": """
            What is the budget of the {project} project?
            How (big|large|high) is the budget of the {project} project?
            How much money does the {project} project have?
            = budget: the {project} project
            How much (may|can) the {project} project (cost|spend)?
            (What sum|How much) was set aside for the {project} project?
            """,
            "day": """
            When (does|will|must) the {project} project end?
            By when must the {project} project be finished?
            What is the end date of the {project} project?
            = deadline: the {project} project
            = end: the {project} project
            """,
        },
        "project=project person=leader|manager|person amount=budget|amount day=deadline|end|due",
    ),
    frame(
        "deadline", "document day person",
        """
        The deadline for the {document} is {day}.
        Please (send|submit|hand in|return) the {document} (by|before|no later than) {day}.
        The {document} (is|will be) due (on|by) {day}.
        {person} (needs|wants|expects|must have) the {document} (by|before) {day}.
        Please send the {document} to {person} (by|before) {day}.
        The {document} (must be|has to be|should be) (sent|handed in|submitted|given) to {person} (by|before) {day}.
        {person} is waiting for the {document}, which is due on {day}.
        You have time until {day} to (send|finish|hand in) the {document}.
        (Do not send|Never send) the {document} later than {day}.
        """,
        {
            "day": """
            When is the {document} due?
            What is the deadline for the {document}?
            By when (must|should) the {document} be (sent|handed in|submitted)?
            Until when can I (send|hand in) the {document}?
            = deadline: the {document}
            = due date: the {document}
            """,
            "person": """
            Who (needs|wants|gets|expects) the {document}?
            To whom should I send the {document}?
            """,
        },
        "document=document|file day=deadline|due|date person=recipient|person|contact",
    ),
    frame(
        "hire", "company person role day",
        """
        {company} has (hired|appointed|named) {person} as its (new|) {role}.
        {person} (has joined|joined|will join|joins) {company} as {role}[ on {day}].
        {person} is the (new|) {role} of {company}.
        The (new|) {role} (of|at) {company} is {person}.
        Since {day}, {person} (has been|is) the {role} of {company}.
        {company} (welcomes|presents) its new {role}, {person}.
        {person}, the {role} of {company}, (is on holiday|gave a talk|sends greetings).
        {company} (has found|found) a new {role}: {person}.
        {person} (started|starts) at {company} as {role}[ on {day}].
        The board of {company} has (chosen|named) {person} as {role}.
        {person} works for {company} as {role}.
        {person} (became|has become|was made) {role} (of|at) {company}.
        {person} got the post of {role} at {company}.
        The people at {company} (like|welcome) {person}, their {role}.
        {person}, who is {role} at {company}, (answered|called|wrote to us).
        {company}: {role} {person}.
        The post of {role} at {company} went to {person}.
        {company} has a {role} called {person}.
        {company} (trusts|relies on) {person} as {role}.
        """,
        {
            "person": """
            Who is the {role} of {company}?
            Who is the new {role} of {company}?
            Whom has {company} (hired|appointed) as {role}?
            What is the name of the {role} of {company}?
            Who is {role} at {company}?
            = {role}: {company}
            Who (got|has) the post of {role} at {company}?
            Who was made {role} (of|at) {company}?
            """,
            "role": """
            What is the (job|role|position|post) of {person}?
            What does {person} do at {company}?
            As what has {person} joined {company}?
            What (position|post|job) does {person} (have|hold) at {company}?
            As what does {person} work at {company}?
            = job: {person}
            = role: {person}
            = position: {person}
            What (is|was) {person} at {company}?
            """,
            "company": """
            Which (company|firm|corporation) has hired {person}?
            For which (company|firm|corporation) does {person} work?
            Where does {person} work?
            = company: {person}
            = employer: {person}
            """,
        },
        "company=company|employer person=name|person|employee role=role|position|job",
    ),
    frame(
        "founding", "company year person place",
        """
        {company} was (founded|started|set up) (in {year} by {person}|by {person} in {year})[ in {place}].
        {person} (founded|started|set up) {company} in {place}[ in {year}].
        In {year}, {person} (founded|started|opened) {company}[ in {place}].
        {company} (has its main office|is based|has its seat|has its headquarters) in {place}[ and was founded in \
            {year}].
        {company}, founded in {year}, (is based|has its office) in {place}.
        The founder of {company} is {person}[, who started it in {year}].
        Founded by {person} in {year}, {company} (has grown quickly|is well known today).
        {person} is the founder of {company}, which (started|opened|began) in {year}.
        {company} has been in {place} since {year}.
        It was {person} who (set up|started|created) {company}[ in {year}].
        The story of {company} (starts|began) in {year} (with {person}|in {place}).
        {person} and some friends (founded|opened|began) {company} in {year}.
        {company} (opened its doors|was born) in {year}; its founder is {person}.
        In {place}, {company} has been at work since {year}.
        """,
        {
            "year": """
            When was {company} (founded|started|set up)?
            In (which|what) year was {company} founded?
            Since when has there been {company}?
            What year was {company} founded in?
            = year: {company}
            In (which|what) year did {company} (start|open|begin)?
            When did {person} (start|open|found|set up) {company}?
            """,
            "person": """
            Who (founded|started|set up) {company}?
            By whom was {company} founded?
            What is the name of the founder of {company}?
            = founder: {company}
            Who (opened|created|began) {company}?
            Whose firm (is|was) {company}?
            """,
            "place": """
            Where (is|was) {company} (based|founded)?
            In which (city|town|place) is {company} based?
            = city: {company}
            = seat: {company}
            """,
        },
        "company=company|name|firm year=year|founded person=founder|person place=city|place|town",
    ),
    frame(
        "approval", "person deed document day",
        """
        {person} (has |){deed} the {document}[ on {day}].
        The {document} (was|has been) {deed} by {person}[ on {day}].
        On {day}, the {document} was {deed} by {person}.
        It was {person} who {deed} the {document}[ on {day}].
        On {day}, {person} {deed} the {document}.
        The {document} that {person} {deed} (is on the desk|was too long|needs some changes|is ready).
        """,
        {
            "person": """
            Who {deed} the {document}?
            Who has {deed} the {document}?
            By whom was the {document} {deed}?
            """,
            "document": """
            What (was|has been) {deed} by {person}?
            Which (document|paper|file) was {deed} by {person}?
            """,
        },
        "person=person|name deed=action|deed document=document|file|paper day=date|day",
    ),
    frame(
        "outage", "system cause duration day",
        """
        The {system} was (down|out of order|off|not working) for {duration} because of {cause}.
        Because of {cause}, the {system} (was down|stood still|failed|did not work) for {duration}.
        {cause} (stopped|shut down|blocked|halted) the {system} (on {day}|for {duration}).
        On {day}, the {system} failed after {cause}[ and was back after {duration}].
        The {system} (will be|is) off for {duration}; the reason is {cause}.
        After {cause}, the {system} (did not run|was off) for {duration}.
        """,
        {
            "cause": """
            Why (was the {system} down|did the {system} stop|did the {system} fail)?
            What (stopped|shut down|was the cause of the trouble with) the {system}?
            """,
            "duration": """
            (For how long|How long) was the {system} (down|out of order|not working)?
            """,
        },
        "system=system|machine cause=cause|reason duration=duration|time",
    ),
)

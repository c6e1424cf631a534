"""The plots of the stories: sentences in order, with the slots of `stories`."""

from __future__ import annotations

from dataclasses import dataclass

from .grammar import lines


@dataclass(frozen=True)
class Plot:
    """Sentences in order, and phrases that say what such a story is about."""

    subjects: tuple[str, ...]
    sentences: tuple[str, ...]


def _plot(subjects: str, sentences: str) -> Plot:
    return Plot(tuple(s.strip() for s in subjects.split(";")), lines(sentences))


OPENINGS = (
    "Once upon a time there was a~ {kind} named {hero}.",
    "Once upon a time there was a~ {trait} {kind} named {hero}.",
    "Once upon a time, a~ {kind} named {hero} lived {home}.",
    "Once upon a time, a~ {trait} {kind} called {hero} lived {home}.",
    "Once there was a~ {trait} {kind} called {hero}.",
    "Long ago, a~ {trait} {kind} named {hero} lived {home}.",
    "There was once a~ {trait} {kind} named {hero} who lived {home}.",
    "{hero} was a~ {trait} {kind} who lived {home}.",
)

ENDINGS = (
    "From that day on, {hero} and {friend} were (good|best|the best of) friends.",
    "{hero} and {friend} (laughed|smiled|sang) all the way home.",
    "That (night|evening), {hero} (slept well|was happy) and dreamed of the {treasure}.",
    "And {hero} never forgot (that day|what {friend} had done).",
    "In the end, everyone was happy, and {hero} most of all.",
    "{hero} (thanked|hugged) {friend} and went home (happy|with a smile).",
)

PLOTS = (
    _plot(
        "a lost {treasure}; a~ {kind} who loses a~ {treasure}; a {color} {treasure}",
        """
        (More than anything|Most of all), {hero} loved {his} {color} {treasure}.
        One {weather} (morning|day), {he} took the {treasure} to {place}[ and played there for a long time].
        When {he} (came home|looked into {his} bag), the {treasure} was gone.
        {hero} was very sad and (began to cry|did not know what to do).
        [Then] {he} met a~ {friend_trait} {friend_kind} named {friend}.
        "Why are you so sad?" asked {friend}.
        "I have lost my {treasure}," said {hero}.
        "Do not worry, (I will help you|we will look for it together)," said {friend}.
        They (looked|searched) everywhere, (up and down|here and there), until it was (late|almost dark).
        (At last|In the end), {friend} found the {treasure} {spot}.
        {hero} was so happy that {he} (jumped for joy|danced and sang).
        (To say thank you|As a thank you), {he} gave {friend} (some {food}|a~ {gift}).
        """,
    ),
    _plot(
        "a~ {friend_kind} in trouble; a~ {kind} who helps; helping a friend",
        """
        Every day, {hero} walked to {place} to (look for {food}|play|rest in the shade).
        One {weather} (morning|afternoon), {he} heard a (small|soft|strange) voice.
        "Help me, please!" (said|cried) the voice.
        It was a~ {friend_kind} named {friend}, who (was stuck|had fallen and could not get up) {spot}.
        {hero} (was afraid|was not sure what to do), but {he} wanted to help.
        {he} (ran home and came back with|went to fetch) a long rope.
        Then {hero} pulled and pulled with all {his} strength.
        At last {friend} was free.
        "Thank you, {hero}," said {friend}. "You are very (kind|brave)."
        {friend} gave {hero} a~ {color} {treasure} (as a gift|to say thank you).
        {he} (kept|carried) the {treasure} with {him} (for ever|wherever {he} went).
        """,
    ),
    _plot(
        "a~ {kind} who wants to learn; learning to swim; a~ {kind} who learns something new",
        """
        {hero} wanted to learn to (swim|sing|dance|skate), but {he} was afraid.
        All the others (laughed at {him}|said it was easy), and that made {him} sad.
        One {weather} day, {he} went to {place} alone.
        There {he} met a~ {friend_trait} {friend_kind} named {friend}, who was (eating {food}|looking for a~ \
            {treasure}).
        "I am not good at anything," said {hero}.
        "That is not true," said {friend}. "(You only have to try again|You just need some time)."
        So every day {hero} and {friend} (practised together|worked hard).
        At first it (was hard|did not go well), and {hero} wanted to stop.
        But {friend} said, "One more time!"
        After a week, {he} could do it (without any help|better than all the others).
        Everyone (clapped|cheered), and {hero} got a~ {color} {treasure} as a prize.
        """,
    ),
    _plot(
        "a party; a birthday; a~ {kind} who bakes a cake",
        """
        It was {hero}'s birthday, but nobody had (said a word|come to see {him}).
        {hero} sat (alone at home|by the window) and (ate some {food}|looked at the rain).
        "Have they all forgotten me?" {he} thought.
        Then there was a knock at the door.
        It was {his} friend {friend}, a~ {friend_trait} {friend_kind}.
        "Come with me to {place}," said {friend}. "I want to show you something."
        {hero} put on {his} {color} hat and went along.
        When they came to {place}, all {his} friends were there, (singing|with flowers).
        There was a long table with {food} on it, and there (was music|were games) for all.
        {friend} gave {hero} a~ {treasure} in a {color} box.
        "We did not forget you at all," said {friend}.
        {hero} (laughed|smiled) and (danced|played) until it was dark.
        """,
    ),
    _plot(
        "a map and a treasure; a treasure hunt; a~ {kind} with a map",
        """
        One {weather} day, {hero} found an old map {spot}.
        It showed the way to a treasure near {place}.
        {he} ran to {his} friend {friend}, a~ {friend_trait} {friend_kind}.
        "Look, {friend}! Shall we find the treasure?" asked {hero}.
        "Yes, let us go at once," said {friend}.
        They took some {food} and (walked|marched) for a long time.
        On the way, (it began to rain|it grew dark), and {hero} wanted to go home.
        But {friend} took {his} hand and said, "We are almost there."
        Behind a big tree they saw a {color} box.
        {hero} opened the box, and inside was a~ (shining|beautiful) {treasure}.
        "It belongs to both of us," said {hero}.
        They (shared the {food}|carried the {treasure} home together).
        """,
    ),
    _plot(
        "a storm; a~ {kind} in the snow; a cold night",
        """
        (One|On a) {weather} evening, {hero} was on the way home from {place}.
        Suddenly a (great|terrible) storm came up, and {he} could not see the path.
        {he} was cold and hungry, and {he} had only some {food} left.
        Then {hero} saw a light (far away|between the trees).
        It came from the house of a~ {friend_trait} {friend_kind} named {friend}.
        {hero} knocked, and {friend} opened the door.
        "Come in and sit by the fire," said {friend}.
        {he} gave {friend} half of the {food}, and they (ate|talked) together.
        All night the wind (blew|howled), but the house was warm.
        In the morning the sun was shining, and {friend} showed {hero} the way.
        Before {he} left, {hero} gave {friend} {his} {color} {treasure}.
        "Come back soon," (said|called) {friend}.
        """,
    ),
    _plot(
        "two friends who quarrel; a quarrel about a~ {treasure}; sharing",
        """
        {hero} had a friend named {friend}, a~ {friend_trait} {friend_kind}.
        One {weather} day, they found a~ {color} {treasure} {spot}.
        "It is mine," said {hero}. "I saw it first."
        "No, it is mine," said {friend}.
        They (shouted|argued) until both of them were angry.
        {hero} took the {treasure} and ran home, but {he} (could not enjoy it|felt very lonely).
        The next morning, {he} went to {place} to find {friend}.
        {friend} was sitting there (all alone|with a sad face).
        "I am sorry," said {hero}. "Let us share the {treasure}."
        "I am sorry too," said {friend}, and they shook hands.
        They sat down together and ate {food}.
        Now the {treasure} belonged to both of them.
        """,
    ),
    _plot(
        "a~ {kind} who builds a boat; building something; a journey",
        """
        {hero} dreamed of (sailing across the lake|a long journey), but {he} had no boat.
        "I will build one," said {hero}, and {he} went to {place} to look for wood.
        There {he} met a~ {friend_kind} named {friend}, who was (strong|good with tools).
        "May I help you?" asked {friend}.
        For (three|four|five) days they worked together, and they ate nothing but {food}.
        {friend} cut the wood, and {hero} painted the boat {color}.
        At last the boat was ready.
        They put a~ {treasure} in it (for good luck|as a lamp for the night).
        It was a {weather} morning when they sailed away.
        The wind was (good|soft), and they saw many new things.
        In the evening they came back (safe and sound|tired but happy).
        Everyone (waved|was proud of them).
        """,
    ),
)

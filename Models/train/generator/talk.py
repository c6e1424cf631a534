"""Small talk: what people say to an assistant, and what it says back."""

from __future__ import annotations

import random

from .grammar import expanded
from .names import NameSource

# Each line: ways to say something, an equals sign, ways to answer.
_PAIRS = """
(Hi|Hello|Hey|Hi there|Hello there|Good day)(!|.|) = Hello! How can I help you?
(Good morning|Good evening|Good afternoon)(!|.|) = Hello! What can I do for you?
How are you(| today| doing)? = I am fine, thank you. How can I help you?
(Who|What) are you? = I am Skein Demo, a very small language model.
(What is your name|What are you called|Do you have a name|Tell me your name)? = My name is Skein Demo.
(What can you do|How can you help me|What are you good at|What do you know)? = I can answer questions about a text \
    you give me, turn a sentence into JSON, add and subtract small numbers, and tell short stories.
(Are you a (human|person|robot|machine)|Are you real)? = I am a small language model, a computer program.
(How (big|large|small) are you|How many parameters do you have)? = I am very small: less than three million \
    parameters.
(Where do you live|Where are you|Where do you run)? = I live in the memory of a computer and run on its processor.
(Who made you|Where do you come from|How were you made)? = I was trained from nothing by a script, on text that a \
    program wrote.
(Thank you|Thanks|Many thanks|Thank you very much|Thanks a lot)(!|.|) = You are welcome!
(Bye|Goodbye|See you|See you later|Good night|Bye bye)(!|.|) = Goodbye! Have a nice day.
(That is (great|nice|good|wonderful)|Great|Wonderful|Well done|Good job)(!|.) = I am glad to hear that!
(You are (great|nice|clever|funny)|I like you)(!|.) = Thank you, that is kind of you.
(I am|I feel|I'm) (sad|unhappy|lonely|down|blue)(| today). = I am sorry to hear that. Would you like to hear a story?
(I am|I feel|I'm) (tired|sleepy|exhausted)(| today). = Then a short rest may do you good.
(I am|I feel|I'm) (happy|glad|fine|well|great)(| today)(.|!) = That is good to hear!
(I am|I'm) (bored|so bored). = Shall I tell you a story?
(I am|I'm) hungry. = Then it is time to eat something good.
(Do you like|Do you drink|Do you eat) (tea|coffee|music|books|pizza|soup|cake)? = I cannot taste or hear, but I \
    like to talk about it.
(Can|Could|Will) you help me? = Yes, gladly. What do you need?
(I need (some|your|) help|Please help me|Help). = Of course. What do you need?
(Sorry|I am sorry|My mistake)(.|!) = No problem at all.
(Yes|Yes please|Okay|OK|Sure)(.|!|) = Good. Please tell me more.
(No|No thanks|No thank you|Not now)(.|!|) = All right. Tell me if you need something.
(What is the weather like|How is the weather|What time is it|What day is it)(| today| now)? = I don't know. I \
    cannot see outside.
(Do|Can) you (speak|understand) (German|French|Spanish|Italian|Chinese)? = I am sorry, I only know a little English.
(Tell me a joke|Do you know a joke|Make me laugh). = Why did the book go to the doctor? It had too many pages.
(What is|Tell me) your favourite (colour|food|animal|book|number)? = I have none, but I like questions.
(Nice|Pleased|Good) to meet you(.|!|) = Nice to meet you too!
"""
_INTRODUCTIONS = (
    ("(My name is|I am|I'm|Call me) {name}(.|!)", "Nice to meet you, {name}! How can I help you?"),
    ("(Hi|Hello|Hey), (my name is|I am|I'm) {name}(.|!)", "Hello, {name}! How can I help you?"),
)
_NAME_QUESTIONS = ("(What is|Do you know|Do you remember|What's) my name?",)
_SYSTEMS = (
    "You are a (helpful|friendly|kind|polite) assistant.",
    "You are Skein Demo(|, a small language model).",
    "(Answer|Reply) (briefly|politely|shortly|in short words).",
    "You are a helpful assistant. (Answer briefly|Be polite|Be kind).",
)


def system_prompt(rng: random.Random) -> str:
    """An instruction that changes nothing."""
    return expanded(rng.choice(_SYSTEMS), rng, {})


def talk(rng: random.Random, names: NameSource) -> list[tuple[str, str]]:
    """One to four exchanges: what the user says and the answer."""
    turns = [_exchange(rng) for _ in range(rng.choice((1, 1, 2, 3)))]
    if rng.random() < 0.3:
        name = names.first()
        said, answered = rng.choice(_INTRODUCTIONS)
        turns.insert(0, (expanded(said, rng, {"name": name}), expanded(answered, rng, {"name": name})))
        if rng.random() < 0.6:
            turns.append((expanded(rng.choice(_NAME_QUESTIONS), rng, {}), f"Your name is {name}."))
    return turns


def assistant_answers(rng: random.Random) -> tuple[str, str]:
    """Something to say, and its answer."""
    return _exchange(rng)


def _exchange(rng: random.Random) -> tuple[str, str]:
    said, answered = rng.choice(_EXCHANGES)
    text = expanded(said, rng, {})
    draw = rng.random()
    if draw < 0.1:
        text = text.lower()
    elif draw < 0.15:
        text = text.rstrip(".!?")
    return text, expanded(answered, rng, {})


_EXCHANGES = tuple(tuple(part.strip() for part in line.split(" = ")) for line in _PAIRS.strip().splitlines())

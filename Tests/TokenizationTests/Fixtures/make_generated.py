"""Texts that a generator makes which the Swift tests have, too: many scripts, emoji, control characters, random bytes."""


class Numbers:
    """A generator that the Swift test has, too."""

    def __init__(self, seed):
        self.state = seed

    def next(self, limit):
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % (1 << 64)
        return (self.state >> 33) % limit


POOLS = [
    (0x61, 26), (0x61, 26), (0x41, 26), (0x20, 95), (0x30, 10), (0x00, 32), (0x7F, 34), (0xA0, 0x1B0), (0x300, 0x70),
    (0x370, 0x190), (0x590, 0x170), (0x900, 0x80), (0xE00, 0x60), (0x1100, 0x100), (0x1800, 16), (0x2000, 0x70),
    (0x2580, 0x20), (0x3040, 0xC0), (0x4E00, 0x400), (0xAC00, 0x100), (0xFE00, 16), (0xFF00, 0x60), (0x1F300, 0x350),
    (0x1F1E6, 26), (0x1D400, 0x30), (0x20000, 0x100), (0xFFF0, 14),
]
SEPARATORS = [" ", " ", " ", "  ", "\n", "", "", "\u180e", "\u200d", "\ufe0f", "'s ", ". ", "\r\n", "\t", "\u00a0", "\u3000", "\u2581"]


def generated_text(seed):
    numbers = Numbers(seed)
    text = ""
    for _ in range(40):
        start, count = POOLS[numbers.next(len(POOLS))]
        text += "".join(chr(start + numbers.next(count)) for _ in range(1 + numbers.next(8)))
        text += SEPARATORS[numbers.next(len(SEPARATORS))]
    return text


def generated_bytes(seed):
    numbers = Numbers(seed)
    return bytes(numbers.next(256) for _ in range(200)).decode(errors="replace")


def without_spaces(count):
    numbers = Numbers(99)
    return "".join(chr(0x61 + numbers.next(26)) if numbers.next(12) else chr(0x4E00 + numbers.next(64)) for _ in range(count))

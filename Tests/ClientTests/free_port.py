"""Prints a port P such that P, P + 1 (management) and P + 3 (OpenAI) are free on 127.0.0.1."""

import random
import socket


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


for _ in range(1000):
    port = random.randrange(20000, 30000)
    if all(is_free(port + offset) for offset in (0, 1, 3)):
        print(port)
        break
else:
    raise SystemExit("no free ports between 20000 and 30000")

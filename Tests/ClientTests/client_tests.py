"""Checks a running Skein with the takeoff-client of this Python environment, with requests and with curl.

Every check compares what two ways of asking give, or a shape of the contract, so it holds for any model.
"""

import argparse
import inspect
import json
import re
import subprocess
import sys
import time

import requests
from takeoff_client import TakeoffClient

PROMPT = "Once upon a time"
START_SECONDS_MAX = 120


def lines(text):
    """The text as an SSE client gives it back: each kind of line end is LF."""
    return re.sub("\r\n|\r", "\n", text)


class Checks:
    """The checks, one method each; `run` calls those whose client call this version has."""

    def __init__(self, port, model):
        self.model = model
        self.url = f"http://127.0.0.1:{port}"
        self.management = f"http://127.0.0.1:{port + 1}"
        self.client = TakeoffClient(base_url="http://127.0.0.1", port=port)

    def wait_until_ready(self):
        end = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < end:
            try:
                if requests.get(f"{self.url}/healthz", timeout=5).status_code == 200:
                    return
            except requests.ConnectionError:
                pass
            time.sleep(0.2)
        raise SystemExit(f"no reader was ready within {START_SECONDS_MAX} s at {self.url}")

    def has(self, *names):
        return all(hasattr(self.client, name) for name in names)

    def raises(self, status, call):
        try:
            call()
        except Exception as error:  # Old versions raise TakeoffError, later ones TakeoffException.
            assert str(status) in str(error), f"expected {status}, got {error!r}"
        else:
            raise AssertionError(f"expected {status}, got an answer")

    # Generation

    def check_generate_string(self):
        first = self.client.generate(PROMPT, max_new_tokens=24)
        assert isinstance(first["text"], str) and first["text"], first
        assert self.client.generate(PROMPT, max_new_tokens=24) == first, "greedy answers differ"

    def check_generate_list(self):
        alone = [self.client.generate(prompt, max_new_tokens=12)["text"] for prompt in (PROMPT, "The dog")]
        assert self.client.generate([PROMPT, "The dog"], max_new_tokens=12)["text"] == alone

    def check_stream_is_the_buffered_text(self):
        whole = self.client.generate(PROMPT, max_new_tokens=64)["text"]
        pieces = [event.data for event in self.client.generate_stream(PROMPT, max_new_tokens=64)]
        assert len(pieces) > 1, pieces
        assert "".join(pieces) == lines(whole), (pieces, whole)

    def check_stream_of_a_list(self):
        whole = self.client.generate([PROMPT, "The dog"], max_new_tokens=16)["text"]
        texts = ["", ""]
        for event in self.client.generate_stream([PROMPT, "The dog"], max_new_tokens=16):
            piece = json.loads(event.data)
            texts[piece["batch_id"]] += piece["text"]
        assert texts == whole, (texts, whole)

    def check_langchain_arguments(self):
        answer = self.client.generate(
            PROMPT, sampling_temperature=1.0, sampling_topp=1.0, sampling_topk=1, repetition_penalty=1.0,
            no_repeat_ngram_size=2, max_new_tokens=16, min_new_tokens=2, regex_string="", json_schema=None,
            prompt_max_tokens=None)
        assert isinstance(answer["text"], str)

    def check_refusals(self):
        self.raises(422, lambda: self.client.generate(PROMPT, max_new_tokens=-1))
        self.raises(422, lambda: self.client.generate(PROMPT, consumer_group="nobody"))
        self.raises(422, lambda: self.client.generate(PROMPT, regex_string="[a-z]+"))
        self.raises(422, lambda: list(self.client.generate_stream(PROMPT, max_new_tokens=-1)))

    def check_metadata(self):
        if "return_metadata" not in inspect.signature(self.client.generate).parameters:
            return
        answer = self.client.generate(PROMPT, max_new_tokens=8, return_metadata=True)
        assert 0 <= answer["metadata"]["generated_tokens"] <= 8, answer

    # Requests and curl

    def check_seeds(self):
        body = {"text": PROMPT, "sampling_topk": 0, "seed": 2**64 - 1, "max_new_tokens": 24}
        answers = [requests.post(f"{self.url}/generate", json=body, timeout=60).json() for _ in range(2)]
        assert answers[0] == answers[1], answers

    def check_statuses_with_requests(self):
        generate = f"{self.url}/generate"
        headers = {"Content-Type": "application/json"}
        assert requests.post(generate, data=b'{"text": "\xff"}', headers=headers, timeout=60).status_code == 400
        assert requests.post(generate, data="{", headers=headers, timeout=60).status_code == 400
        assert requests.post(generate, data={"text": "a"}, timeout=60).status_code == 415
        assert requests.get(generate, timeout=60).status_code == 405
        assert requests.get(f"{self.url}/nothing", timeout=60).status_code == 404
        long = requests.post(generate, json={"text": "a " * 5_000_000}, timeout=60)
        assert long.status_code == 413, long.status_code
        answer = requests.post(generate, json={"text": PROMPT, "max_new_tokens": 1, "stop_at": "x"}, timeout=60)
        assert "stop_at" in answer.headers["x-skein-warning"] and answer.headers["x-request-id"]

    def check_a_connection_is_used_again(self):
        with requests.Session() as session:
            for _ in range(3):
                answer = session.post(f"{self.url}/generate", json={"text": PROMPT, "max_new_tokens": 4}, timeout=60)
                assert answer.status_code == 200

    def check_curl(self):
        body = json.dumps({"text": PROMPT, "max_new_tokens": 16})
        command = ["curl", "-sS", "--fail", "-N", "-H", "Content-Type: application/json", "-d", body]
        try:
            stream = subprocess.run([*command, f"{self.url}/generate_stream"], capture_output=True, check=True)
        except FileNotFoundError:
            print("  SKIPPED: curl is missing")
            return
        events = stream.stdout.decode().split("\n\n")
        assert events.pop() == ""
        text = "".join("\n".join(line.removeprefix("data: ") for line in event.split("\n")) for event in events)
        whole = requests.post(f"{self.url}/generate", data=body, headers={"Content-Type": "application/json"}, timeout=60)
        assert text == lines(whole.json()["text"]), (text, whole.text)

    # Management

    def check_status(self):
        status = self.client.get_status() if self.has("get_status") else requests.get(f"{self.url}/status").json()
        reader = next(iter(status["live_readers"].values()))
        assert reader["consumer_group"] in reader["consumer_groups"] and reader["device"] == "cpu"
        assert requests.get(f"{self.management}/status").json().keys() == status.keys()

    def check_readers(self):
        # Before 0.3.2 get_readers asks for a path that Takeoff's later servers do not have, either.
        if not self.has("list_all_readers"):
            return
        groups = self.client.get_readers()
        readers = [reader for group in groups.values() for reader in group]
        assert all(reader["ready"] and reader["pids"] for reader in readers), readers
        configuration = self.client.get_reader_config(readers[0]["reader_id"])
        assert "model_type" in configuration

    def check_a_reader_comes_and_goes(self):
        if not self.model or not self.has("create_reader", "delete_reader"):
            return
        created = self.client.create_reader({"model_name": self.model, "device": "cpu", "consumer_group": ""})
        name = created["reader_id"]
        end = time.monotonic() + START_SECONDS_MAX
        while name not in requests.get(f"{self.url}/status").json()["live_readers"]:
            assert time.monotonic() < end, f"{name} is not ready"
            time.sleep(0.1)
        self.client.delete_reader(name)
        self.raises(404, lambda: self.client.delete_reader(name))
        assert name not in requests.get(f"{self.url}/status").json()["live_readers"]

    def check_metrics(self):
        text = requests.get(f"{self.management}/metrics").text
        for name in ("http_requests_total", "skein_prompt_tokens_total", "skein_generated_tokens_total",
                     "skein_reader_restarts_total", "skein_queue_depth"):
            assert f"\n{name}{{" in text, f"{name} is missing"

    def run(self):
        """Runs all checks; returns how many failed."""
        failures = 0
        for name, check in inspect.getmembers(self, inspect.ismethod):
            if not name.startswith("check_"):
                continue
            try:
                check()
            except Exception as error:
                failures += 1
                print(f"  FAILED {name}: {type(error).__name__}: {error}")
            else:
                print(f"  passed {name}")
        return failures


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True, help="inference port; management is the one after it")
    parser.add_argument("--model", help="directory of a model to add a reader of; without it that check does nothing")
    arguments = parser.parse_args()
    checks = Checks(arguments.port, arguments.model)
    checks.wait_until_ready()
    sys.exit(1 if checks.run() else 0)


if __name__ == "__main__":
    main()

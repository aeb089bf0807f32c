"""Imports a file of assessments into RMS and fetches the result. It needs only the standard library.

    RMS_KEY=rms_… python docs/example_client.py https://rms.example people.ndjson result.ndjson

With RMS_CLIENT_ID and RMS_CLIENT_SECRET in place of RMS_KEY it requests tokens. You can stop it at any time
and start it again. It then continues with its job. Every line has a key, so nothing is created twice.
"""

import argparse
import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urljoin
from urllib.request import Request, urlopen

API = "/api/v1"
NDJSON, FORM = "application/x-ndjson", "application/x-www-form-urlencoded"
TRIES, PAUSE = 20, 1.0  # a server may be restarted meanwhile
EXPIRED, MISSING, WORTH_ANOTHER_TRY = 401, 404, (429, 502, 503, 504)
Body = Callable[[], bytes | Iterator[bytes]]


def main() -> None:
    parser = argparse.ArgumentParser(description="Import a file of assessments into RMS.")
    parser.add_argument("server", help="https://…")
    parser.add_argument("file", type=Path, help="one assessment a line, as POST /assessments takes it")
    parser.add_argument("result", type=Path, help="the file for the result")
    parser.add_argument("--make", type=int, metavar="N", help="make up the file if it does not exist")
    arguments = parser.parse_args()
    if arguments.make and not arguments.file.exists():
        make(arguments.file, count=arguments.make)
    client = Client(arguments.server)
    state = arguments.file.with_suffix(".job")  # the address of the job, for the next start
    while not (job := finished(client, state, of=lines(arguments.file))):
        write(state, client.call("POST", f"{API}/imports", lambda: keyed(arguments.file))["links"]["self"])
    if job["state"] != "done":
        sys.exit(f"The import failed: {job['state']} {job['failure'] or ''} {job['message'] or ''}")
    write(arguments.result, client.call("GET", job["links"]["result"]))
    state.unlink()
    print(json.dumps({"lines": job["done"], **job["outcome"]}))
    if job["message"]:
        print(job["message"], file=sys.stderr)


def finished(client: "Client", state: Path, *, of: int) -> Any:
    """The job that was started, once it has ended; None if there is none, or its result was deleted.

    `of` is how many lines the file has, which the service knows only once it has counted them.
    """
    while state.exists():
        job = client.call("GET", state.read_text(encoding="utf-8"))
        if job is None or (job["state"] == "done" and "result" not in job["links"]):
            return None
        if job["state"] not in ("queued", "running"):
            return job
        print(f"{job['done']} of {job['total'] or of} lines", file=sys.stderr)
        time.sleep(PAUSE)
    return None


def lines(file: Path) -> int:
    """How many of its lines are not blank."""
    with file.open(encoding="utf-8") as every:
        return sum(1 for line in every if line.strip())


def keyed(file: Path) -> Iterator[bytes]:
    """Each line with a key: its own, or one that is the same whenever the file is read."""
    with file.open(encoding="utf-8") as every:
        for number, line in enumerate(every, start=1):
            made = hashlib.sha256(f"{number}\n{line.strip()}".encode()).hexdigest()
            yield with_key(line, made).encode()


def with_key(line: str, made: str) -> str:
    """The line with its own key or else this one. What is not a JSON object is sent unchanged."""
    try:
        return f"{json.dumps({'key': made, **json.loads(line)})}\n"
    except (ValueError, TypeError):
        return line


def make(file: Path, *, count: int) -> None:
    """A file of fictional people, all of whom answer as the one in the example."""
    form = json.loads(Path(__file__).with_name("example-assessment.json").read_text(encoding="utf-8"))
    people = ({**form, "offender_number": f"EX{number:06}"} for number in range(1, count + 1))
    write(file, "".join(f"{json.dumps(person)}\n" for person in people))


def write(file: Path, text: str) -> None:
    """Write under another name first, so that the file is never incomplete."""
    part = file.with_name(f"{file.name}.part")
    part.write_text(text, encoding="utf-8")
    part.replace(file)


class Client:
    """Calls RMS until it answers. A refused call ends the program."""

    def __init__(self, server: str) -> None:
        self._server, self._authorization = server, ""  # a token is requested without one
        self._authorization = f"Bearer {os.environ.get('RMS_KEY') or self._token()}"

    def call(self, method: str, path: str, body: Body | None = None, form: str = NDJSON) -> Any:
        """The answer, JSON or text; None if there is none. `body` is called at each try."""
        for _ in range(TRIES):
            headers = {"Authorization": self._authorization, "Content-Type": form}
            request = Request(urljoin(self._server, path), body and body(), headers, method=method)
            wait = ""
            try:
                with urlopen(request, timeout=300) as answer:
                    text = answer.read().decode("utf-8")
                    return json.loads(text) if answer.headers.get_content_subtype() == "json" else text
            except HTTPError as error:
                if error.code == MISSING:
                    return None
                if error.code == EXPIRED and "RMS_KEY" not in os.environ and form != FORM:
                    self._authorization = f"Bearer {self._token()}"
                elif error.code not in WORTH_ANOTHER_TRY:
                    sys.exit(f"{error.code}: {error.read().decode('utf-8', 'replace')}")
                wait = error.headers.get("Retry-After", "")
            except (OSError, HTTPException):
                pass  # no answer, or only part of one
            time.sleep(float(wait) if wait.isdecimal() else PAUSE)
        sys.exit(f"{self._server} does not answer.")

    def _token(self) -> str:
        proof = {name: os.environ[f"RMS_{name.upper()}"] for name in ("client_id", "client_secret")}
        form = urlencode({"grant_type": "client_credentials", **proof}).encode()
        return str(self.call("POST", f"{API}/oauth/token", lambda: form, FORM)["access_token"])


if __name__ == "__main__":
    main()

#!/usr/bin/env python3
"""Measures CISO Assistant (community edition) at the work that `yagura-bench answers` measures.

It is given a checkout of the peer's `backend` folder and a Python in which its requirements are
installed; nothing of the peer is kept here. The same checklist is loaded into it (Yagura exports
it: `packs` page, "CISO Assistant"), once for each of 392 institutions. Then, as in Yagura: saving
one answer (20 at once, and one at a time), the list of all audits, memory, start.

    python3 benches/peer/ciso_assistant.py --backend DIR --python VENV/bin/python --library FILE.yaml
"""

import argparse
import json
import os
import pathlib
import resource
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

EMAIL, PASSWORD = "bench@example.jp", "Yagura-Bench-2026"


def say(*words):
    print(*words, flush=True)


def summary(times):
    times = sorted(times)

    def percentile(percent):
        return times[max(1, -(-len(times) * percent // 100)) - 1] * 1000

    return (
        f"p50 {percentile(50):.1f} / p95 {percentile(95):.1f} / p99 {percentile(99):.1f} / "
        f"max {percentile(100):.1f} ms (n = {len(times)})"
    )


class Peer:
    """The peer's server and somebody who is signed in."""

    def __init__(self, base):
        self.base, self.token = base, ""

    def call(self, method, path, body=None, headers=None):
        data = json.dumps(body).encode() if isinstance(body, (dict, list)) else body
        request = urllib.request.Request(self.base + path, data=data, method=method)
        request.add_header("Content-Type", "application/json")
        for name, value in (headers or {}).items():
            request.add_header(name, value)
        if self.token:
            request.add_header("Authorization", f"Token {self.token}")
        begun = time.perf_counter()
        with urllib.request.urlopen(request, timeout=300) as response:
            content = response.read()
        return json.loads(content) if content else None, time.perf_counter() - begun


def resident_megabytes(process):
    """Of the process and its children, in 10^6 bytes."""
    pids, total = [process.pid], 0
    while pids:
        pid = pids.pop()
        try:
            pids += [int(it) for it in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
            for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith("VmRSS:"):
                    total += int(line.split()[1]) * 1024
        except OSError:
            pass
    return total / 1e6


def start(arguments, environment, port):
    command = [
        arguments.python, "-m", "gunicorn", "--chdir", "ciso_assistant", "--bind", f"127.0.0.1:{port}",
        "--timeout", "300", "--keep-alive", "30", "--workers", "3", "--env", "RUN_MAIN=true",
        "ciso_assistant.wsgi:application",
    ]
    begun = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=arguments.backend, env=environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/health/", timeout=60) as answer:
                if answer.status == 200:
                    return process, time.perf_counter() - begun
        except (urllib.error.URLError, ConnectionError):
            if process.poll() is not None:
                sys.exit("the peer's server ended")
            time.sleep(0.05)


def at_once(people, rounds, act):
    times, failures = [], []

    def work(person):
        for number in range(rounds):
            try:
                times.append(act(person, number))
            except Exception as failure:  # told below: a figure without it would be too good
                failures.append(str(failure))

    threads = [threading.Thread(target=work, args=(person,)) for person in range(people)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        say(f"  {len(failures)} failed, the first: {failures[0]}")
    return times


def audits_of(peer):
    page, _ = peer.call("GET", "/api/compliance-assessments/?limit=1000")
    return [audit["id"] for audit in page["results"] if audit["name"].startswith("audit ")]


def create(peer, kind, body):
    # Rights are kept per worker and may be half a second old.
    for attempt in range(20):
        try:
            return peer.call("POST", f"/api/{kind}/", body)[0]["id"]
        except urllib.error.HTTPError as refused:
            if attempt == 19:
                sys.exit(f"{kind} {body['name']}: {refused} {refused.read()[:300]}")
            time.sleep(0.3)


def fill(peer, arguments):
    """Loads the checklist and opens an audit of it for each institution."""
    content = pathlib.Path(arguments.library).read_bytes()
    headers = {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": "attachment; filename=checklist.yaml",
    }
    try:
        peer.call("POST", "/api/stored-libraries/upload/", content, headers)
    except urllib.error.HTTPError as refused:
        why = refused.read()
        if b"AlreadyLoaded" not in why:
            sys.exit(f"the checklist was refused: {refused} {why[:300]}")
    frameworks, _ = peer.call("GET", "/api/frameworks/")
    framework = next(it["id"] for it in frameworks["results"] if "mhlw" in json.dumps(it))
    audits = audits_of(peer)
    # A name of a run that was broken off may be taken.
    run = int(time.time())
    for number in range(len(audits), arguments.institutions):
        name = f"{number} of {run}"
        folder = create(peer, "folders", {"name": f"institution {name}"})
        perimeter = create(peer, "perimeters", {"name": f"perimeter {name}", "folder": folder})
        audits.append(create(peer, "compliance-assessments", {
            "name": f"audit {name}", "framework": framework, "perimeter": perimeter, "folder": folder,
        }))
    return audits


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--backend", required=True)
    parser.add_argument("--python", required=True)
    parser.add_argument("--library", required=True)
    parser.add_argument("--institutions", type=int, default=392)
    parser.add_argument("--work", help="a folder for the peer's database, which is kept and taken up again")
    arguments = parser.parse_args()

    work = pathlib.Path(arguments.work or tempfile.mkdtemp(prefix="peer-"))
    work.mkdir(parents=True, exist_ok=True)
    is_set_up = (work / "set-up").exists()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "ciso_assistant.settings",
        "DJANGO_SECRET_KEY": "of a benchmark",
        "SQLITE_FILE": str(work / "db.sqlite3"),
        "HUEY_FILE_PATH": str(work / "huey.db"),
        "LOCAL_STORAGE_DIRECTORY": str(work / "files"),
        "DJANGO_SUPERUSER_EMAIL": EMAIL,
        "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
        "CISO_ASSISTANT_SUPERUSER_EMAIL": "",
        "LOG_LEVEL": "ERROR",
    }
    process = None
    try:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        begun = time.perf_counter()
        steps = [] if is_set_up else [["migrate"], ["storelibraries"], ["createsuperuser", "--noinput"]]
        for command in steps:
            subprocess.run(
                [arguments.python, "manage.py", *command], cwd=arguments.backend, env=environment,
                check=True, stdout=subprocess.DEVNULL,
            )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if not is_set_up:
            (work / "set-up").touch()
            say(
                f"first start (migrate, storelibraries, superuser): {time.perf_counter() - begun:.0f} s wall, "
                f"{after.ru_utime - before.ru_utime:.0f} s CPU"
            )
        process, took = start(arguments, environment, port)
        process.terminate()
        process.wait(30)
        process, took = start(arguments, environment, port)
        say(f"start on an existing database until the first answer: {took * 1000:.0f} ms")
        peer = Peer(f"http://127.0.0.1:{port}")
        login, _ = peer.call(
            "POST", "/api/_allauth/app/v1/auth/login", {"email": EMAIL, "password": PASSWORD}
        )
        peer.token = login["meta"]["access_token"]
        audits = audits_of(peer)
        if len(audits) < arguments.institutions:
            audits = fill(peer, arguments)
        rows = []
        for audit in audits[:20]:
            page, _ = peer.call("GET", f"/api/requirement-assessments/?compliance_assessment={audit}")
            rows.append([it["id"] for it in page["results"] if it.get("assessable", True)])
        say(f"{len(audits)} audits, {len(rows[0])} rows each")

        def save(person, number):
            row = rows[person][number % len(rows[person])]
            result = "non_compliant" if number % 3 == 0 else "compliant"
            change = {"result": result, "observation": f"測定 {number}"}
            return peer.call("PATCH", f"/api/requirement-assessments/{row}/", change)[1]

        say("save one answer, one at a time:", summary(at_once(1, 60, save)))
        say("save one answer, 20 at once without a pause:", summary(at_once(20, 6, save)))
        path = "/api/compliance-assessments/"
        listed, _ = peer.call("GET", path)
        times = at_once(1, 12, lambda *_: peer.call("GET", path)[1])
        say(f"list of {len(listed['results'])} audits:", summary(times))
        say(f"resident memory after the run (4 processes): {resident_megabytes(process):.0f} MB")
    finally:
        if process is not None and process.poll() is None:
            process.terminate()
            process.wait(30)
        if not arguments.work:
            shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()

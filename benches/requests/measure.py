#!/usr/bin/env python3
"""How long the worklist of a manager with 5,000 open requests takes in the running program, asked
over HTTP on loopback: the demonstration, which is on SQLite.  Needs nothing but Python and the built
program.

    cargo build --release --locked -p yagura
    python3 benches/requests/measure.py target/release/yagura

One request is filed on the pages, so that it is as the program makes it; it is then copied in the
database as if a colleague had filed the rest.
"""

import glob
import html
import http.client
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.parse

PORT = 8988
OPEN = int(os.environ.get("OPEN", "5000"))
LOOKS = int(os.environ.get("LOOKS", "200"))
HOST = f"127.0.0.1:{PORT}"
GOAL_MS = 50.0
FORM = "/requests/new/form-exception"
ANSWERS = {
    "rule": "USBメモリの禁止",
    "person": "架空 花子",
    "reason": "装置が古い",
    "compensation": "専用の1本に限る",
    "personal": "no",
    "from": "2099-01-01",
    "until": "2099-12-31",
}


class Browser:
    """One person's session, on one connection as browsers keep it."""

    def __init__(self):
        self.cookies = {}
        self.line = None

    def send(self, method, path, fields=None):
        headers = {"Origin": f"http://{HOST}", "Host": HOST}
        headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        body = None
        if fields is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urllib.parse.urlencode(fields)
        if self.line is None:
            self.line = http.client.HTTPConnection("127.0.0.1", PORT, timeout=300)
        try:
            self.line.request(method, path, body, headers)
            answer = self.line.getresponse()
        except (OSError, http.client.HTTPException):
            self.line = None
            raise
        for name, value in answer.getheaders():
            if name.lower() == "set-cookie":
                name, value = value.split(";")[0].split("=", 1)
                self.cookies[name] = value
        return answer.status, answer.getheader("Location"), answer.read()

    def get(self, path):
        status, _, content = self.send("GET", path)
        assert status == 200, (path, status, content[:300])
        return content.decode(errors="replace")

    def post(self, path, fields):
        status, to, content = self.send("POST", path, fields)
        assert status == 303, (path, status, content[:2000].decode(errors="replace"))
        return to


class Program:
    """The running program."""

    def __init__(self, binary, folder):
        arguments = [binary, "--data", folder, "demo", "--listen", HOST]
        silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(arguments, **silent)
        begun = time.perf_counter()
        while True:
            try:
                Browser().get("/demo")
                return
            except OSError:
                assert self.process.poll() is None, "the program ended"
                assert time.perf_counter() - begun < 600, "the program does not answer"
                time.sleep(0.05)

    def stop(self):
        self.process.terminate()
        self.process.wait(60)


def the_manager():
    """Signs in as the safety manager of the demonstration's hospital."""
    browser = Browser()
    page = browser.get("/demo")
    cards = re.findall(r'<li class="card">(.*?)</li>', page, re.S)
    own = [card for card in cards if "安全管理責任者" in card.split("</h2>")[0]]
    assert own, "the demonstration has no safety manager"
    browser.post("/demo", dict(re.findall(r'name="([^"]+)" value="([^"]*)"', own[0])))
    return browser


def file_one(browser):
    """Files one request on the pages and returns its id."""
    page = browser.get(FORM)
    fields = dict(ANSWERS)
    fields.update(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', page))
    known = re.search(r'<select[^>]*name="department".*?</select>', page, re.S)
    choices = re.findall(r'<option value="([^"]+)"', known.group(0)) if known else []
    fields["department"] = html.unescape(choices[0]) if choices else "内科"
    if fields["department"] == "other":
        fields["department-other"] = "内科"
    draft = browser.post(FORM, fields)
    return browser.post(f"{draft}/file", {}).rsplit("/", 1)[1]


COPY = """
INSERT INTO requests (id, organization_id, fiscal_year, number, form_key, form_number, fingerprint,
    filer_id, department, subject, standing, due_on, answers, course, told, revision, filed_at,
    updated_at)
SELECT {id}, r.organization_id, r.fiscal_year, r.number + 100000 + n.n, r.form_key, r.form_number,
    r.fingerprint, a.person_id, r.department, r.subject || ' ' || n.n, r.standing, r.due_on,
    r.answers, replace(replace(r.course, {own}, {other}), 'department-head', 'safety-manager'),
    '[]', 1, r.filed_at, r.updated_at
FROM requests r, ({series}) n, (SELECT person_id FROM assignments
    WHERE organization_id = (SELECT organization_id FROM requests WHERE id = {first})
      AND role NOT IN ('safety_manager') ORDER BY role DESC, person_id LIMIT 1) a
WHERE r.id = {first};
INSERT INTO request_waits (request_id, step, seat, desk, organization_id, filer_id, due_on)
SELECT r.id, 'head', 'safety-manager', 'safety-manager', r.organization_id, r.filer_id, r.due_on
FROM requests r WHERE r.number > 100000;
"""


def copy_it(folder, first):
    """Copies the request as a colleague's, waiting for the safety manager."""
    files = [path for path in glob.glob(f"{folder}/**/*", recursive=True) if is_database(path)]
    assert len(files) == 1, files
    dashed = "||'-'||".join(
        f"substr(lower(hex({{0}})),{begin},{length})"
        for begin, length in ((1, 8), (9, 4), (13, 4), (17, 4), (21, 12))
    )
    series = f"""WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < {OPEN})
        SELECT n FROM c"""
    parts = {"id": "randomblob(16)", "first": "x'" + first.replace("-", "") + "'"}
    parts |= {"own": dashed.format("r.filer_id"), "other": dashed.format("a.person_id")}
    line = sqlite3.connect(files[0], timeout=60)
    line.executescript("BEGIN IMMEDIATE;" + COPY.format(series=series, **parts) + "COMMIT;")
    line.close()


def is_database(path):
    if not os.path.isfile(path):
        return False
    with open(path, "rb") as content:
        return content.read(15) == b"SQLite format 3"


def measured(browser, what, path, looks=LOOKS):
    browser.get(path)
    times = []
    for _ in range(looks):
        begun = time.perf_counter()
        browser.get(path)
        times.append((time.perf_counter() - begun) * 1000)
    times.sort()
    p95 = times[min(len(times) - 1, len(times) * 95 // 100)]
    print(f"{what:<48} p50 {times[len(times) // 2]:7.1f}  p95 {p95:7.1f} ms  (n = {looks})")
    return p95


def main(binary):
    with tempfile.TemporaryDirectory() as folder:
        program = Program(binary, folder)
        try:
            browser = the_manager()
            copy_it(folder, file_one(browser))
            page = browser.get("/requests/worklist")
            count = re.search(r"([\d,]+)件。期限の近い順です。", page)
            assert count and int(count.group(1).replace(",", "")) >= OPEN, "they do not all wait"
            after = re.search(r'href="(/requests/worklist\?after=[^"]+)"', page)
            assert after, "the list has one page"
            print(f"{count.group(1)} open requests")
            p95 = measured(browser, "worklist, first page", "/requests/worklist")
            second = html.unescape(after.group(1))
            p95 = max(p95, measured(browser, "worklist, second page", second))
            measured(browser, "worklist of the API, 100", "/api/v1/requests/worklist?limit=100")
            measured(browser, "desk", "/requests")
            measured(browser, "ledger of all requests", "/requests/all")
            measured(browser, "home", "/")
            measured(browser, "ledger as xlsx, every request", "/requests/all.xlsx", 5)
            reached = "reached" if p95 <= GOAL_MS else "not reached"
            print(f"goal of {GOAL_MS:.0f} ms p95 for the worklist: {reached}")
        finally:
            program.stop()


if __name__ == "__main__":
    main(sys.argv[1])

"""Writes the configuration of one attack: what exists for this person, so that the attack gets past 404.

Usage: attack_config.py BASE SESSION > schemathesis.toml
"""

import json
import sys
import urllib.error
import urllib.request

base, session = sys.argv[1:3]

# Path parameter: where its values are listed, and which field of an entry holds one.
LISTED = {
    "entry": ("contacts", "id"),
    "evidence": ("evidence?limit=20", "id"),
    "import": ("imports", "id"),
    "invitation": ("people/invitations", "id"),
    "member": ("members?limit=20", "id"),
    "organization": ("sheets?limit=20", "organization"),
    "pack": ("packs", "id"),
    "relation": ("sharing", "relation"),
    "reminder": ("reminders", "id"),
    "sheet": ("sheets?limit=20", "sheet"),
}
# Rows of the checklists: they are keys of the rule packs, the same in every database.
ROWS = ["1-1", "2-1", "2-3", "2-8", "3-1", "3-3", "nothing-of-the-kind"]
# Most of the time something that exists; the rest is up to the attack.
PROBABILITY = 0.8


def entries(path):
    request = urllib.request.Request(
        f"{base}/api/v1/{path}", headers={"Cookie": f"yagura_session={session}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            content = json.load(answer)
    except urllib.error.HTTPError:
        return []  # Not for this person: the attack then shows how that is refused.
    return content.get("items") or content.get("entries") or []


def known():
    for parameter, (path, field) in LISTED.items():
        values = [entry[field] for entry in entries(path) if entry.get(field)]
        if values:
            yield parameter, sorted(set(values))
    yield "item", ROWS


print("[dictionaries]")
found = list(known())
for parameter, values in found:
    print(f"{parameter} = {{ values = {json.dumps(values)} }}")
print("\n[parameters]")
for parameter, _ in found:
    print(
        f'"path.{parameter}" = {{ dictionary = "{parameter}", probability = {PROBABILITY} }}'
    )

#!/usr/bin/env python3
"""Makes products.jsonl from nvd-extract.json.gz: product lines that hospitals run, each with the CVE
that must and must not be found.

An oracle of its own, simple on purpose: versions are equal as texts, or compared as dotted numbers;
where it would have to know more, it names the CVE in neither list.
"""
import collections
import gzip
import json
import pathlib
import random
import re

HERE = pathlib.Path(__file__).parent
PART = re.compile(r"(?<!\\):")
NUMBERS = re.compile(r"\d+(\.\d+)*$")


def numbers(text):
    if not NUMBERS.match(text):
        return None
    found = [int(part) for part in text.split(".")]
    while found and found[-1] == 0:
        found.pop()
    return found


def covers(match, version, update):
    """True, False, or None when this oracle cannot tell."""
    parts = PART.split(match["criteria"])
    if any(part != "*" for part in parts[7:13]):
        return None
    bounds = [match.get(key) for key in (
        "versionStartIncluding", "versionStartExcluding", "versionEndIncluding", "versionEndExcluding")]
    if any(bounds):
        if parts[3] == "microsoft" and any(b and ("." in b) != ("." in version) for b in bounds):
            return None  # a release beside a build
        values = [bound and numbers(bound) for bound in bounds]
        own = numbers(version)
        if own is None or update != "*" or any(b and v is None for b, v in zip(bounds, values)):
            return None
        si, se, ei, ee = values
        return not ((bounds[0] and own < si) or (bounds[1] and own <= se)
                    or (bounds[2] and own > ei) or (bounds[3] and own >= ee))
    if parts[5] in "*-":
        return None
    if parts[5] == version and parts[6] == update:
        return True
    a, b = numbers(parts[5]), numbers(version)
    if a is not None and b is not None and a != b:
        return False
    # Texts that differ may still be the same version.
    return None


def main():
    random.seed(2)
    records = json.load(gzip.open(HERE / "nvd-extract.json.gz"))["vulnerabilities"]
    by_product = collections.defaultdict(list)
    versions = collections.defaultdict(collections.Counter)
    simple, paired = {}, []
    for record in records:
        cve = record["cve"]
        joint = any(c.get("operator") == "AND" or any(n.get("operator") == "AND" for n in c["nodes"])
                    for c in cve["configurations"])
        matches = [m for c in cve["configurations"] for n in c["nodes"] for m in n.get("cpeMatch", [])]
        if joint:
            paired.append(cve)
            continue
        simple[cve["id"]] = [m for m in matches if m["vulnerable"]]
        for match in simple[cve["id"]]:
            parts = PART.split(match["criteria"])
            key = tuple(parts[2:5])
            if cve["id"] not in by_product[key]:
                by_product[key].append(cve["id"])
            if parts[5] not in "*-" and parts[6] != "-":
                versions[key][(parts[5], parts[6])] += 3
            for bound in ("versionStartIncluding", "versionEndIncluding", "versionEndExcluding"):
                if bound in match and numbers(match[bound]):
                    versions[key][(match[bound], "*")] += 1
    lines = []
    for key, cves in by_product.items():
        options = []
        for (version, update), _ in versions[key].most_common(12):
            said = collections.defaultdict(list)
            for cve in cves:
                found = [covers(m, version, update) for m in simple[cve]
                         if tuple(PART.split(m["criteria"])[2:5]) == key]
                answer = True if True in found else None if None in found else False
                said[answer].append(cve)
            if said[True] and said[False]:
                options.append((len(said[True]) + len(said[False]), version, update, said))
        options.sort(key=lambda o: (-o[0], o[1]))
        for _, version, update, said in options[:1]:
            name = "cpe:2.3:" + ":".join(key) + f":{version}:{update}:*:*:*:*:*:*"
            lines.append({"asset": [name], "must": said[True][:8], "must_not": said[False][:8]})
    lines.sort(key=lambda l: -len(l["must"]) - len(l["must_not"]))
    chosen = lines[:260]
    # Firmware and appliance: affected together, conditional alone, nothing for the appliance alone.
    for cve in paired:
        if len(chosen) >= 340 or len(cve["configurations"]) != 1:
            continue
        nodes = cve["configurations"][0]["nodes"]
        if len(nodes) != 2 or any(n.get("operator") == "AND" or n.get("negate") for n in nodes):
            continue
        one, other = nodes[0]["cpeMatch"][0], nodes[1]["cpeMatch"][0]
        a, b = PART.split(one["criteria"]), PART.split(other["criteria"])
        plain = (one["vulnerable"] and not other["vulnerable"] and a[5] not in "*-" and a[2:5] != b[2:5]
                 and all(m["vulnerable"] for m in nodes[0]["cpeMatch"])
                 and not any(m["vulnerable"] for m in nodes[1]["cpeMatch"])
                 and not any(k.startswith("version") for k in list(one) + list(other)))
        if plain:
            chosen.append({"asset": [one["criteria"], other["criteria"]], "must": [cve["id"]], "must_not": []})
            chosen.append({"asset": [one["criteria"]], "must": [], "must_not": [], "if": [cve["id"]]})
            chosen.append({"asset": [other["criteria"]], "must": [], "must_not": [cve["id"]]})
    with open(HERE / "products.jsonl", "w") as out:
        for line in chosen:
            out.write(json.dumps(line, sort_keys=True) + "\n")
    print(len(chosen), "lines;", sum(len(l["must"]) for l in chosen), "must,",
          sum(len(l["must_not"]) for l in chosen), "must not,", sum(len(l.get("if", [])) for l in chosen), "if")


main()

#!/usr/bin/env python3
"""What cve-bin-tool 3.4 finds for the products of a list, and how much CPU time it takes for each.

    python3 -m venv venv && venv/bin/pip install cve-bin-tool==3.4
    cargo run --release -p vulnmatch --example peer -- names ../shared/data/vuln 1000 > names.txt
    venv/bin/python cve_bin_tool.py ../shared/data/vuln names.txt theirs.tsv --work a-folder

Its own functions fill its own database and search it; nothing is fetched. The feeds have the form of
the API 2.0, on which its reader stops at a CVE without a score (KeyError 'id'), so they are handed to
its reader of the form 1.1, which is the one that it uses by default. Vendor, product and version are
handed over as its database holds them, with their backslashes, which is in its favour.
"""

import argparse
import gzip
import json
import logging
import os
import re
import resource
import sqlite3
import sys
from pathlib import Path


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="folder with nvd20/")
    parser.add_argument("names", type=Path, help="CPE 2.3 names, one a line")
    parser.add_argument("findings", type=Path, help="where to write name, tab, CVE")
    parser.add_argument("--work", type=Path, required=True, help="where the database is kept")
    parser.add_argument(
        "--index",
        action="store_true",
        help="add the index on vendor, product and version that its own tables lack",
    )
    return parser.parse_args()


def cpu():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def nodes_of(cve):
    """The nodes of all configurations, in the form of 1.1."""
    for configuration in cve.get("configurations", []):
        nodes = [
            {
                "operator": node.get("operator", "OR"),
                "cpe_match": [
                    {**match, "cpe23Uri": match["criteria"]} for match in node.get("cpeMatch", [])
                ],
            }
            for node in configuration.get("nodes", [])
        ]
        if configuration.get("operator") == "AND":
            yield {"operator": "AND", "cpe_match": [], "children": nodes}
        else:
            yield from nodes


def in_form_1_1(cve):
    impact = {}
    metrics = cve.get("metrics", {})
    for key in ("cvssMetricV31", "cvssMetricV30"):
        for metric in metrics.get(key, []):
            data = metric["cvssData"]
            if "baseScore" in data and "baseSeverity" in data and "baseMetricV3" not in impact:
                impact["baseMetricV3"] = {"cvssV3": data}
    for metric in metrics.get("cvssMetricV2", []):
        if "baseScore" in metric["cvssData"] and "baseMetricV2" not in impact:
            impact["baseMetricV2"] = {
                "severity": metric.get("baseSeverity", "unknown"),
                "cvssV2": metric["cvssData"],
            }
    english = [d["value"] for d in cve.get("descriptions", []) if d.get("lang") == "en"]
    return {
        "cve": {
            "CVE_data_meta": {"ID": cve["id"]},
            "description": {"description_data": [{"value": (english or ["none"])[0]}]},
        },
        "impact": impact,
        "lastModifiedDate": cve.get("lastModified", ""),
        "publishedDate": cve.get("published", ""),
        "configurations": {"nodes": list(nodes_of(cve))},
    }


def main():
    wanted = arguments()
    wanted.work.mkdir(parents=True, exist_ok=True)
    # Its folders are below the home folder; so that it touches none but ours, that is ours.
    os.environ["HOME"] = str(wanted.work.resolve())
    # This file has the name of the package and stands first where Python looks for it.
    here = Path(__file__).resolve().parent
    sys.path = [folder for folder in sys.path if Path(folder or ".").resolve() != here]
    import cve_bin_tool.cvedb as cvedb
    from cve_bin_tool.cve_scanner import CVEScanner
    from cve_bin_tool.data_sources.nvd_source import NVD_Source
    from cve_bin_tool.util import ProductInfo, Remarks
    from cve_bin_tool.version import VERSION

    logging.disable(logging.CRITICAL)
    print(f"cve-bin-tool {VERSION}, Python {sys.version.split()[0]}")

    path = wanted.work / "cve.db"
    if not path.exists():
        begun = cpu()
        source = NVD_Source(nvd_type="json-mirror")
        database = cvedb.CVEDB(sources=[source], cachedir=str(wanted.work))
        database.dbpath = str(path)
        database.init_database()
        cursor = database.db_open_and_get_cursor()
        records = 0
        for feed in sorted((wanted.data / "nvd20").glob("nvdcve-2.0-20*.json.gz")):
            with gzip.open(feed) as file:
                cves = [item["cve"] for item in json.load(file)["vulnerabilities"]]
            cves = [cve for cve in cves if cve.get("vulnStatus") != "Rejected"]
            severity, affected = source.format_data([in_form_1_1(cve) for cve in cves])
            database.populate_severity(severity, cursor, data_source="NVD")
            database.populate_affected(affected, cursor, data_source="NVD")
            records += len(cves)
        database.connection.commit()
        database.db_close()
        size = path.stat().st_size / 1e6
        print(f"database of {records} CVE: {cpu() - begun:.1f} s CPU, {size:.0f} MB")

    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    if wanted.index:
        connection.execute(
            "CREATE INDEX IF NOT EXISTS ours ON cve_range (vendor, product, version)"
        )
    else:
        connection.execute("DROP INDEX IF EXISTS ours")
    connection.commit()
    scanner = CVEScanner()
    scanner.cursor = connection.cursor()
    names = wanted.names.read_text(encoding="utf-8").split("\n")
    names = [name for name in names if name]
    found = 0
    failed = []
    times = []
    with wanted.findings.open("w", encoding="utf-8") as out:
        for name in names:
            parts = re.split(r"(?<!\\):", name)
            # Fields of ProductInfo differ between its versions; these three are in all of them.
            fields = dict(vendor=parts[3], product=parts[4], version=parts[5])
            if "location" in ProductInfo._fields:
                fields["location"] = "location/to/product"
            if "purl" in ProductInfo._fields:
                fields["purl"] = None
            product = ProductInfo(**fields)
            begun = cpu()
            try:
                scanner.all_cve_data.clear()
                scanner.get_cves(product, {"default": {"remarks": Remarks.NewFound}, "paths": {""}})
                cves = {cve.cve_number for cve in scanner.all_cve_data[product]["cves"]}
            except Exception as error:  # what it cannot compare it raises
                failed.append(f"{name}: {type(error).__name__} {error}")
                cves = set()
            times.append(cpu() - begun)
            cves.discard("UNKNOWN")
            found += len(cves)
            out.writelines(f"{name}\t{cve}\n" for cve in sorted(cves))
    times.sort()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{len(names)} products, {found} findings: {sum(times):.2f} s CPU, "
        f"{1e6 * sum(times) / max(len(times), 1):.0f} µs each "
        f"(median {1e6 * times[len(times) // 2]:.0f}, most {1e6 * times[-1]:.0f}); "
        f"peak memory {peak:.0f} MB{', with the added index' if wanted.index else ''}"
    )
    print(f"{len(failed)} products made it stop")
    for line in failed[:5]:
        print(" ", line)


if __name__ == "__main__":
    main()

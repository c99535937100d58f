"""Compares what Schemathesis found with the baseline: schemathesis_judge.py FINDINGS OUTPUT

Each line of the baseline: check, signature and operation (regular expressions that have to match the whole), and the
recording, `group/name :: step`, that shows the real server doing the same.
"""

import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent
RECORDINGS = ROOT.parent / "conformance" / "recordings"


def baseline():
    for number, line in enumerate((ROOT / "schemathesis-baseline.tsv").read_text().splitlines(), 1):
        if line and not line.startswith("#"):
            fields = line.split("\t")
            if len(fields) != 4:
                sys.exit(f"baseline, line {number}: four fields, separated by tabs")
            yield number, fields


def is_recorded(place):
    name, _, step = place.partition(" :: ")
    file = RECORDINGS / f"{name}.json"
    return file.is_file() and any(known["name"] == step for known in json.loads(file.read_text())["steps"])


def main(findings, output):
    findings = json.loads(pathlib.Path(findings).read_text())["entries"]
    lines = list(baseline())
    used, wrong = set(), []
    for number, (_, _, _, place) in lines:
        if not is_recorded(place):
            wrong.append(f"baseline, line {number}: there is no recorded step `{place}`")
    for finding in findings:
        names = (finding["check"], finding.get("signature") or "", finding["operation"])
        matching = [
            number
            for number, patterns in lines
            if all(re.fullmatch(pattern, name) for pattern, name in zip(patterns, names))
        ]
        used.update(matching)
        if not matching:
            wrong.append(f"{names[2]}: {names[0]} {names[1]}")
    print(f"{len(findings)} findings, {len(lines)} lines of the baseline, {len(lines) - len(used)} of them not met")
    for line in wrong:
        print("FAIL", line)
    if wrong:
        sys.exit(f"the requests are in {output}")


main(*sys.argv[1:])

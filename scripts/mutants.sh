#!/usr/bin/env bash
# Mutation testing: every change that cargo-mutants makes to a rule of the mock has to fail a test. The table tests of the
# rules come first, which takes seconds for a change; the conformance suite tries what they let pass. What is left is
# listed in mutants.out/missed.txt, and is exit status 2.
#
#   scripts/mutants.sh                        all rules (about four hours on two cores)
#   scripts/mutants.sh --file RULE.rs         one file
#   scripts/mutants.sh --in-diff FILE         only what a diff touches, as in CI
set -euo pipefail
cd "$(dirname "$0")/.."

cargo mutants --version 2>/dev/null || cargo install --quiet --locked cargo-mutants@27.0.0

# No result of an earlier run may count as caught.
rm -rf mutants.out
status=0
cargo mutants "$@" -- --locked --lib || status=$?
# 2 and 3: changes that were missed, or that ran too long. Anything else is final.
case $status in 2 | 3) ;; *) exit "$status" ;; esac

cargo mutants --iterate --baseline skip --timeout 600 --test-workspace true "$@" -- --locked --test suite

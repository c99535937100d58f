#!/usr/bin/env bash
# Shows that the mock cannot drift from the contract without the compiler saying so: in a copy of the sources, each of
# these mistakes must fail to compile, with the error that names it. Needs no network; what is compiled of dependencies is
# shared with the repository.
set -euo pipefail
cd "$(dirname "$0")/.."

root=$PWD
# Always the same folder, so that one run begins with what the last one compiled.
copy=$root/target/compile-fail
log=$(mktemp)
trap 'rm -rf "$copy" "$log"' EXIT

export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$root/target} CARGO_TERM_COLOR=never

rm -rf "$copy"
mkdir -p "$copy"
# The sources as they are now, committed or not, with their times: what is unchanged is not compiled again.
git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
    if test -e "$file"; then printf '%s\0' "$file"; fi
done | tar --create --null --files-from=- | tar --extract --directory "$copy"

# check: the mock of the copy. By --bin, not --package: see .cargo/config.toml.
check() { (cd "$copy" && cargo check --quiet --locked --offline --bin polar-mock) >"$log" 2>&1; }

# must_fail MISTAKE TEXT...: it does not compile, and the output has every text.
must_fail() {
    local mistake=$1 text
    shift
    if check; then
        echo "error: this compiles: $mistake" >&2
        exit 1
    fi
    for text; do
        if ! grep -qF -- "$text" "$log"; then
            cat "$log" >&2
            echo "error: $mistake: the compiler does not say \"$text\"" >&2
            exit 1
        fi
    done
    echo "does not compile: $mistake ($1)"
}

# edit FILE EXPRESSION: changes a file of the copy with sed; EXPRESSION must change something.
edit() {
    sed -i.before -E "$2" "$copy/$1"
    if cmp -s "$copy/$1" "$copy/$1.before"; then
        echo "error: $1 has nothing for '$2'; adapt scripts/compile-fail.sh" >&2
        exit 1
    fi
}

restore() { mv "$copy/$1.before" "$copy/$1"; }

check || { cat "$log" >&2; echo "error: the unchanged copy does not compile" >&2; exit 1; }

handler=mock-server/src/operations/license_keys.rs
answer=mock-server/src/operations/resources/license_key.rs

edit $handler '0,/asked\.id/s//asked.di/'
must_fail 'an argument is misspelled' 'error[E0609]' '`di`' $handler
restore $handler

edit $answer '/^ +validations:/d'
must_fail 'an answer lacks a field' 'error[E0063]' '`validations`' $answer
restore $answer

edit $answer 's/member_id: Since::new\(version, \|\| (.*)\),$/member_id: \1,/'
must_fail 'a field of a later version is given to every version' 'error[E0308]' 'expected `Since<' $answer
restore $answer

# Last, because the contract changes and all that is made from it.
edit openapi/operations.toml 's/^( +)"license_keys:rotate",$/&\n\1"license_keys:archive",/'
edit openapi/polar.yaml 's|^paths:$|&\
  /v1/license-keys/{id}/archive:\
    post:\
      operationId: license_keys:archive\
      summary: Archive a license key\
      description: An operation that the mock does not have.\
      tags: [license_keys]\
      security:\
      - oat: [license_keys:write]\
      parameters:\
      - name: id\
        in: path\
        description: Which license key, by id.\
        required: true\
        schema:\
          type: string\
          format: uuid4\
      responses:\
        '"'200'"':\
          description: The key.\
          content:\
            application/json:\
              schema:\
                $ref: "#/components/schemas/LicenseKeyRead"|'
cargo run --quiet --locked --offline --bin xtask -- --root "$copy" regen >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
must_fail 'an operation has no method' 'error[E0046]' '`archive`' $handler

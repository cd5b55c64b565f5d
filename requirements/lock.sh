#!/bin/sh
# Writes the locked requirement files: hashes for every platform, and no index address in them.
# Needs uv on PATH. Run by `make lock`; the results are committed.
set -eu
cd "$(dirname "$0")"
lock() { # lock INPUT OUTPUT [CONSTRAINTS...]
    in=$1 out=$2
    shift 2
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --custom-compile-command "make lock" \
        "$in" -o "$out" "$@"
}
lock runtime.in ../src/requirements.txt
lock cli.in cli.txt -c ../src/requirements.txt
lock dev.in dev.txt -c cli.txt
lock sam.in sam.txt
lock bench.in bench.txt
lock awscli.in awscli.txt
lock emulator.in emulator.txt

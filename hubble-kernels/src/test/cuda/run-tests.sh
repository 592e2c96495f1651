#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# Builds the emulated CUDA kernels with g++ and runs their tests.
#
#   run-tests.sh [--quick] [--out DIR]
#
# Everything: all cases in all scheduling modes, then the small ones under the address and undefined-behaviour sanitizers.
# --quick: the small cases in two modes, no sanitizers. DIR (default: target/cuda of the module) keeps objects between runs.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
kernels=$(cd "$here/../../main/cuda" && pwd)
out=$(cd "$here/../../.." && pwd)/target/cuda
quick=
while [ $# -gt 0 ]; do
  case $1 in
    --quick) quick=1 ;;
    --out) out=$2 && shift ;;
    *) echo "unknown argument $1" >&2 && exit 2 ;;
  esac
  shift
done
. "$here/build.sh"

# Fibers have stacks of their own: leak detection and fake stacks know nothing of them.
export ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=0

# check PROGRAM OPTIONS...: all families, and what Hopper computes differently once more; two processes at a time
check() {
  local program=$1 status=0 rest
  shift
  {
    for family in hopper conv; do "$program-hopper" "$@" --family $family || exit; done
  } >"$program.wgmma.txt" 2>&1 &
  rest=$!
  "$program" "$@" --except hopper || status=$?
  echo "with wgmma:"
  for family in linear upsample_conv; do "$program-hopper" "$@" --family $family || status=$?; done
  wait $rest || status=$?
  cat "$program.wgmma.txt"
  return $status
}

build_tests "$out/plain" "$kernels" "$here" "${plain[@]}"
if [ "$quick" ]; then
  check "$out/plain/native-tests" --quick
else
  build_tests "$out/sanitized" "$kernels" "$here" -O1 -g1 -fsanitize=address,undefined -fno-sanitize-recover=undefined
  check "$out/plain/native-tests"
  check "$out/sanitized/native-tests" --small --modes 2
fi
echo "all native tests passed"

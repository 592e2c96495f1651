#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# run-mutants.sh [--out DIR] [FAMILY]: plants each bug of mutants.txt in a copy of the kernels and checks that the native
# tests find it. Fails if one survives. Takes some minutes.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source_kernels=$(cd "$here/../../main/cuda" && pwd)
out=$(cd "$here/../../.." && pwd)/target/cuda
if [ "${1:-}" = --out ]; then out=$2 && shift 2; fi
family=${1:-}
. "$here/build.sh"

# What is not mutated is linked from run-tests.sh's own builds.
kernels=$source_kernels
build_tests "$out/plain" "$kernels" "$here" "${plain[@]}"
sanitize=(-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=undefined)
build_tests "$out/sanitized" "$kernels" "$here" "${sanitize[@]}"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
planted=0 survived=0
while IFS= read -r line; do
  case $line in '#'* | '') continue ;; esac
  # Unescape \| while splitting.
  line=${line//\\|/$'\x01'}
  IFS='|' read -r of file text instead sanitized <<<"$line"
  text=${text//$'\x01'/|} instead=${instead//$'\x01'/|}
  text=${text//\\n/$'\n'} instead=${instead//\\n/$'\n'}
  if [ "$family" ] && [ "$family" != "$of" ]; then continue; fi
  planted=$((planted + 1))
  rm -rf "$work" && mkdir -p "$work"
  cp "$source_kernels"/*.cu* "$work"
  before=$(<"$work/$file")
  after=${before/"$text"/"$instead"}
  if [ "$before" = "$after" ]; then
    echo "NOT PLANTED  $file: $text" && survived=$((survived + 1)) && continue
  fi
  printf '%s\n' "$after" >"$work/$file"
  unit=$of tests=$of flags=()
  if [ "$of" = hopper ]; then unit=linear tests=linear flags=(-DHB_WGMMA); fi
  if [ "$of" = tma ]; then unit=hopper tests=hopper; fi
  if [ "$sanitized" ]; then base=$out/sanitized && flags+=("${sanitize[@]}"); else base=$out/plain && flags+=(-O1); fi
  if ! g++ -std=c++17 $(machine_flags) -fPIC -fno-strict-aliasing -DHB_EMULATED -w -I"$work" -I"$here/emulator" "${flags[@]}" -x c++ -c \
    "$work/$unit.cu" -o "$work/$unit.o" 2>"$work/errors"; then
    echo "NO COMPILE   $file: $text" && head -3 "$work/errors" && survived=$((survived + 1)) && continue
  fi
  objects=()
  for o in "$base"/tests/*.o "$base"/kernels/*.o; do [ "$(basename "$o")" = "$unit.o" ] || objects+=("$o"); done
  g++ "${flags[@]}" "${objects[@]}" "$work/$unit.o" -lpthread -o "$work/native-tests"
  if ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=0 timeout 120 "$work/native-tests" --small --family "$tests" --fail-fast >"$work/log" 2>&1; then
    echo "SURVIVED     $file: ${text//$'\n'/\\n} -> ${instead//$'\n'/\\n}" && survived=$((survived + 1))
  else
    echo "found        $file: ${text//$'\n'/\\n}: $(grep -m1 -oE 'FAILED .*|emulator: .*|ERROR: AddressSanitizer: [a-z-]+|runtime error: .*|a kernel wrote .*' "$work/log" | cut -c1-110 || echo 'crash or time-out')"
  fi
done <"$here/mutants.txt"
echo "$planted bugs planted, $survived not found"
[ "$survived" = 0 ]

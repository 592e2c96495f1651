#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# run-mutants.sh [--out DIR] [--list FILE] [--table FILE] [FAMILY | FILE.cu[h]]...: plants each bug of mutants.txt (or of
# another list) in a copy of the kernels, compiles the one translation unit that has it, and checks that the native tests'
# small cases find it. Fails if one survives. Takes some 5 seconds a bug on an idle core. --table writes what found each as
# Markdown: the table of docs/cuda/mutants.md.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source_kernels=$(cd "$here/../../main/cuda" && pwd)
out=$(cd "$here/../../.." && pwd)/target/cuda
table=/dev/null list=$here/mutants.txt
while [ $# -gt 0 ]; do
  case $1 in
    --out) out=$2 && shift 2 ;;
    --list) list=$2 && shift 2 ;;
    --table) table=$2 && shift 2 ;;
    *) break ;;
  esac
done
wanted=" $* "
. "$here/build.sh"

# What is not mutated is linked from run-tests.sh's own builds.
kernels=$source_kernels
build_tests "$out/plain" "$kernels" "$here" "${plain[@]}"
sanitize=(-O1 -g1 -fsanitize=address,undefined -fno-sanitize-recover=undefined)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
planted=0 survived=0
# report VERDICT FAMILY FILE TEXT INSTEAD CASE HOW
report() {
  local text=${4//$'\n'/\\n} instead=${5//$'\n'/\\n}
  printf '%-12s %s %s: %s -> %s: %s: %s\n' "$1" "$2" "$3" "$text" "$instead" "$6" "$7"
  [ "$1" = found ] || survived=$((survived + 1))
  text=$(tr -s ' ' <<<"${text//|/\\|}") instead=$(tr -s ' ' <<<"${instead//|/\\|}")
  printf '| %s | `%s` | `%s` | %s | %s | %s |\n' "$2" "$3" "${text# }" "${instead:+\`${instead# }\`}" "${6//|/\\|}" "${7//|/\\|}" >>"$table"
}
if [ "$table" != /dev/null ]; then
  printf '| family | file | what stands there | planted instead | found by | how |\n| --- | --- | --- | --- | --- | --- |\n' >"$table"
fi
while IFS= read -r line; do
  case $line in '#'* | '') continue ;; esac
  # Unescape \| while splitting.
  line=${line//\\|/$'\x01'}
  IFS='|' read -r of file text instead sanitized <<<"$line"
  text=${text//$'\x01'/|} instead=${instead//$'\x01'/|}
  text=${text//\\n/$'\n'} instead=${instead//\\n/$'\n'}
  if [ "$wanted" != "  " ] && [[ $wanted != *" $of "* && $wanted != *" $file "* ]]; then continue; fi
  planted=$((planted + 1))
  rm -rf "$work" && mkdir -p "$work"
  cp "$source_kernels"/*.cu* "$work"
  before=$(<"$work/$file")
  after=${before/"$text"/"$instead"}
  if [ "$before" = "$after" ]; then
    report "NOT PLANTED" "$of" "$file" "$text" "$instead" "" "the text is not there" && continue
  fi
  printf '%s\n' "$after" >"$work/$file"
  unit=$of tests=$of flags=() base=$out/plain
  if [ "$of" = hopper ]; then unit=linear tests=linear flags=(-DHB_WGMMA); fi
  if [ "$of" = tma ]; then unit=hopper tests=hopper; fi
  if [ "$sanitized" ]; then
    base=$out/sanitized && flags+=("${sanitize[@]}")
    build_tests "$out/sanitized" "$kernels" "$here" "${sanitize[@]}"
  else
    flags+=(-O1)
  fi
  if ! g++ -std=c++17 $(machine_flags) -fPIC -fno-strict-aliasing -DHB_EMULATED -w -I"$work" -I"$here/emulator" "${flags[@]}" -x c++ -c \
    "$work/$unit.cu" -o "$work/$unit.o" 2>"$work/errors"; then
    report "NO COMPILE" "$of" "$file" "$text" "$instead" "" "$(grep -m1 error "$work/errors")" && continue
  fi
  objects=()
  for o in "$base"/tests/*.o "$base"/kernels/*.o; do [ "$(basename "$o")" = "$unit.o" ] || objects+=("$o"); done
  g++ "${flags[@]}" "${objects[@]}" "$work/$unit.o" -lpthread -o "$work/native-tests"
  status=0
  (
    exec >"$work/log" 2>&1  # also what the shell says of an abort
    ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=0 timeout 120 "$work/native-tests" --small --family "$tests" --fail-fast
    exit $?
  ) || status=$?
  if [ $status = 0 ]; then
    report SURVIVED "$of" "$file" "$text" "$instead" "" ""
  else
    # A wrong number, the emulator's or a sanitizer's word, or the way the process ended.
    how=$(grep -m1 -oE 'FAILED .*|emulator: .*|ERROR: AddressSanitizer: [A-Za-z-]+|runtime error: .*|a kernel wrote .*|^(malloc|free|corrupted|munmap_chunk|double free).*' "$work/log") || how="ended with $status"
    case $how in FAILED*NaN* | FAILED*nan*) how="NaN" ;; FAILED*instead*) how="wrong numbers" ;; FAILED*) how=${how##*: } ;; esac
    report found "$of" "$file" "$text" "$instead" "$(grep '^running ' "$work/log" | tail -1 | cut -c9-)" "${how%%, in block*}"
  fi
done <"$list"
echo "$planted bugs planted, $survived not found"
[ "$survived" = 0 ]

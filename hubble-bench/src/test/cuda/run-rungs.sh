#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# run-rungs.sh DIR [FLAGS...]: builds the GPU ladders' kernels for the emulator in DIR and checks them in every scheduling mode;
# with "-O1 -g -fsanitize=address,undefined" under the sanitizers.
set -euo pipefail
more=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../.." && pwd)/src
root=$(cd "$more/../.." && pwd)/hubble-kernels/src
kernels=$root/main/cuda
here=$root/test/cuda
mkdir -p "$1"
out=$(cd "$1" && pwd)
shift
. "$here/build.sh"
[ $# -gt 0 ] || set -- "${plain[@]}"
exec 9>"$out/.lock"
flock 9
for f in "$more"/main/cuda/*.cu "$more"/test/cuda/*.cpp; do
  compile "$out/$(basename "${f%.*}").o" "$f" -I"$more/main/cuda" -I"$kernels" -I"$here/emulator" -I"$here/tests" "$@"
done
finish_compiling
link "$out/rungs" "$out"/*.o -- "$@"
ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=0 "$out/rungs"

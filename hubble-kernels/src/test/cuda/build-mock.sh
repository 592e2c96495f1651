#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# build-mock.sh DIR: writes DIR/libcuda.so.1, a CUDA driver for machines without a GPU. Does nothing if it is newer than its
# sources. See ../../main/cuda/README.md for its switches.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
kernels=$(cd "$here/../../main/cuda" && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
command -v g++ >/dev/null || { echo "g++ is not installed" >&2 && exit 3; }
. "$here/build.sh"

# One build at a time, should two tests start together. The kernels' objects are those of run-tests.sh.
kernel_objects=$(cd "$here/../../.." && pwd)/target/cuda/plain/kernels
mkdir -p "$kernel_objects" "$out/driver"
exec 9>"$out/.lock" 8>"$kernel_objects/../.lock"
flock 9
flock 8
compile_kernels "$kernel_objects" "$kernels" "$here" "${plain[@]}"
for f in "$here"/mock/*.cpp; do
  compile "$out/driver/$(basename "$f" .cpp).o" "$f" -I"$kernels" -I"$here/emulator" "${plain[@]}"
done
finish_compiling
link "$out/libcuda.so.1" "$kernel_objects"/*.o "$out"/driver/*.o -- -shared -Wl,-soname,libcuda.so.1 -Wl,--no-undefined

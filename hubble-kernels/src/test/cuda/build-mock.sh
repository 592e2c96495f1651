#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# build-mock.sh DIR [FOLDER]: writes DIR/libcuda.so.1, a CUDA driver for machines without a GPU, with the kernels in FOLDER
# besides Hubble's. Does nothing if it is newer than its sources. See ../../main/cuda/README.md for its switches.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
kernels=$(cd "$here/../../main/cuda" && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
command -v g++ >/dev/null || { echo "g++ is not installed" >&2 && exit 3; }
besides=${2:+$(cd "$2" && pwd)}
. "$here/build.sh"

# One build at a time, should two tests start together. The kernels' objects are those of run-tests.sh.
kernel_objects=$(cd "$here/../../.." && pwd)/target/cuda/plain/kernels
driver_objects=$kernel_objects/../driver
mkdir -p "$kernel_objects" "$driver_objects"
exec 9>"$out/.lock" 8>"$kernel_objects/../.lock"
flock 9
flock 8
compile_kernels "$kernel_objects" "$kernels" "$here" "${plain[@]}"
for f in "$here"/mock/*.cpp; do
  compile "$driver_objects/$(basename "$f" .cpp).o" "$f" -I"$kernels" -I"$here/emulator" "${plain[@]}"
done
if [ "$besides" ]; then
  mkdir -p "$out/besides"
  more=$besides
  for f in "$besides"/*.cu; do
    compile "$out/besides/$(basename "$f" .cu).o" "$f" -I"$besides" -I"$kernels" -I"$here/emulator" "${plain[@]}"
  done
fi
finish_compiling
link "$out/libcuda.so.1" "$kernel_objects"/*.o "$driver_objects"/*.o ${besides:+"$out"/besides/*.o} -- -shared -Wl,-soname,libcuda.so.1 -Wl,--no-undefined

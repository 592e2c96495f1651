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

# One build at a time, should two tests start together.
exec 9>"$out/.lock"
flock 9

objects=$out/objects
mkdir -p "$objects"
compile_kernels "$objects" "$kernels" "$here" -O2 -fvisibility=hidden
for f in "$here"/mock/*.cpp; do
  compile "$objects/mock_$(basename "$f" .cpp).o" "$f" -I"$kernels" -I"$here/emulator" -O2 -fvisibility=hidden
done
finish_compiling
if [ ! -e "$out/libcuda.so.1" ] || [ -n "$(find "$objects" -name '*.o' -newer "$out/libcuda.so.1" -print -quit)" ]; then
  g++ -shared -Wl,-soname,libcuda.so.1 -Wl,--no-undefined "$objects"/*.o -lpthread -ldl -o "$out/libcuda.so.1.new"
  mv "$out/libcuda.so.1.new" "$out/libcuda.so.1"
fi

# SPDX-License-Identifier: Apache-2.0
#
# To be sourced: how the kernels are compiled for the emulator. Two compilers run at a time.

kernel_sources() { ls "$1"/*.cu; }

# compile_kernels OUT KERNELS HERE FLAGS...: one position-independent object per .cu
compile_kernels() {
  local out=$1 kernels=$2 here=$3 f
  shift 3
  for f in $(kernel_sources "$kernels"); do
    compile "$out/$(basename "$f" .cu).o" "$f" -I"$kernels" -I"$here/emulator" "$@"
  done
}

# compile OBJECT SOURCE FLAGS...: in the background, if any source, also of the folder $more, is newer than the object
compile() {
  local object=$1 source=$2
  shift 2
  if [ -e "$object" ] && [ -z "$(find "$kernels" "$here" ${more:+"$more"} \( -name '*.cu*' -o -name '*.h' -o -name '*.cpp' -o -name build.sh \) -newer "$object" -print -quit)" ]; then
    return
  fi
  while [ "$(jobs -rp | wc -l)" -ge 2 ]; do wait -n; done
  g++ -std=c++17 $(machine_flags) -fPIC -fno-strict-aliasing -DHB_EMULATED -Wall -Wextra -Werror -Wno-unknown-pragmas \
    -Wno-unused-const-variable -Wno-psabi "$@" -x c++ -c "$source" -o "$object" &
}

# Half-precision conversions are instructions from 2013 on; without them they are slow, but right.
machine_flags() {
  if [ "$(uname -m)" = x86_64 ] && grep -qw f16c /proc/cpuinfo 2>/dev/null && grep -qw avx2 /proc/cpuinfo && grep -qw fma /proc/cpuinfo; then
    echo -march=x86-64-v3
  fi
}

finish_compiling() {
  local status=0
  while [ "$(jobs -rp | wc -l)" -gt 0 ]; do wait -n || status=1; done
  wait || status=1
  return $status
}

# What the tests and the mock driver have in common: the kernels as they are, in one folder.
plain=(-O2 -fvisibility=hidden)

# build_tests OUT KERNELS HERE FLAGS...: OUT/native-tests, and OUT/native-tests-hopper where matmuls use wgmma; the kernels'
# objects in OUT/kernels. One build at a time.
build_tests() {
  local out=$1 kernels=$2 here=$3 f
  shift 3
  mkdir -p "$out/kernels" "$out/hopper" "$out/tests"
  exec 8>"$out/.lock"
  flock 8
  compile_kernels "$out/kernels" "$kernels" "$here" "$@"
  for f in linear conv upsample_conv; do
    compile "$out/hopper/$f.o" "$kernels/$f.cu" -I"$kernels" -I"$here/emulator" -DHB_WGMMA "$@"
  done
  for f in "$here"/tests/*.cpp; do
    compile "$out/tests/$(basename "$f" .cpp).o" "$f" -I"$kernels" -I"$here/emulator" "$@"
  done
  finish_compiling
  link "$out/native-tests" "$out"/tests/*.o "$out"/kernels/*.o -- "$@"
  local rest=()
  for f in "$out"/kernels/*.o; do
    case $f in */linear.o | */conv.o | */upsample_conv.o) ;; *) rest+=("$f") ;; esac
  done
  link "$out/native-tests-hopper" "$out"/tests/*.o "${rest[@]}" "$out"/hopper/*.o -- "$@"
  exec 8>&-
}

# link PROGRAM OBJECTS... -- FLAGS...: if any object is newer
link() {
  local program=$1 objects=() o
  shift
  while [ "$1" != -- ]; do objects+=("$1") && shift; done
  shift
  for o in "${objects[@]}"; do
    if [ "$o" -nt "$program" ]; then
      g++ "$@" "${objects[@]}" -lpthread -ldl -o "$program.new"
      mv "$program.new" "$program"  # the old one may be in use
      return
    fi
  done
}

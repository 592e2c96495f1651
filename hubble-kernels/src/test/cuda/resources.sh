#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# resources.sh > docs/cuda/resources.md: registers, static shared memory and spills of every kernel in the pack, for every
# target, as the compiler of the pack reported them. PackTest checks that the page is that of the pack. Needs no compiler.
set -euo pipefail
index=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../main/resources/META-INF/hubble/cuda" && pwd)/index.txt

cat <<PAGE
# What the CUDA kernels take

Written by \`hubble-kernels/src/test/cuda/resources.sh\` from the pack's index, that is from what $(sed -n 's/^compiler //p' "$index") said when it made the
pack: registers per thread, + bytes of static shared memory, and in bold bytes of registers spilled to memory. No matmul, convolution or
attention spills (PackTest). Dynamic shared memory is in the tables of [the kernels' own page](../../hubble-kernels/src/main/cuda/README.md).

PAGE
LC_ALL=C awk '
  BEGIN { count = split("sm_80 sm_90a sm_100 sm_120", targets, " ") }
  $1 == "kernel" { names[$4] = 1; cell[$4, $3] = $5 ($6 ? " + " $6 : "") ($7 ? " **" $7 "**" : "") }
  END {
    row = "| kernel |"; line = "| --- |"
    for (i = 1; i <= count; i++) { row = row " " targets[i] " |"; line = line " --: |" }
    print row "\n" line
    fflush()
    for (name in names) {
      row = "| `" name "` |"
      for (i = 1; i <= count; i++) row = row " " ((name, targets[i]) in cell ? cell[name, targets[i]] : "-") " |"
      print row | "LC_ALL=C sort"
    }
  }' "$index"

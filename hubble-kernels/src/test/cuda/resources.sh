#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# resources.sh > docs/cuda/resources.md: compiles every kernel with nvcc for every target and writes down its registers, static shared
# memory and spills. Fails if a kernel spills. Takes minutes.
set -euo pipefail
kernels=$(cd "$(dirname "${BASH_SOURCE[0]}")/../../main/cuda" && pwd)
targets=(sm_80 sm_90a sm_100 sm_120)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

for f in "$kernels"/*.cu; do
  for t in "${targets[@]}"; do
    # hopper.cu has kernels for sm_90a alone.
    case $(basename "$f") in hopper*) [ "$t" = sm_90a ] || continue ;; esac
    while [ "$(jobs -rp | wc -l)" -ge 2 ]; do wait -n; done
    nvcc -std=c++17 -arch="$t" -cubin -Xptxas -v -o "$work/$(basename "$f").$t.cubin" "$f" >"$work/$(basename "$f").$t.txt" 2>&1 &
  done
done
wait

echo '# What the CUDA kernels take'
echo
echo "Written by \`hubble-kernels/src/test/cuda/resources.sh\` with $(nvcc --version | grep -o 'V[0-9.]*$' | sed 's/V/nvcc /'). Registers per thread, and bytes"
echo 'of local memory that spilled registers take. Dynamic shared memory is in the tables of'
echo '[the kernels'"'"' own page](../../hubble-kernels/src/main/cuda/README.md).'
echo
printf '| kernel |'; printf ' %s |' "${targets[@]}"; echo
printf '| --- |'; printf ' --: |%.0s' "${targets[@]}"; echo
cat "$work"/*.txt | awk -v targets="${targets[*]}" '
  /Compiling entry function/ { split($0, q, "\047"); name = q[2]; target = q[4]; names[name] = 1 }
  /bytes spill stores/ { match($0, /[0-9]+ bytes spill stores/); spilled = substr($0, RSTART) + 0 }
  /Used [0-9]+ registers/ { match($0, /Used [0-9]+/); cell[name, target] = substr($0, RSTART + 5, RLENGTH - 5) (spilled ? " (+" spilled ")" : ""); spills += spilled }
  END {
    n = split(targets, t, " ")
    count = asorti_plain(names, sorted)
    for (i = 1; i <= count; i++) {
      row = "| `" sorted[i] "` |"
      for (k = 1; k <= n; k++) row = row " " ((sorted[i], t[k]) in cell ? cell[sorted[i], t[k]] : "-") " |"
      print row
    }
    exit spills > 0
  }
  function asorti_plain(from, to,    k, n, i, j, x) {
    for (k in from) to[++n] = k
    for (i = 2; i <= n; i++) { x = to[i]; for (j = i - 1; j >= 1 && to[j] > x; j--) to[j + 1] = to[j]; to[j + 1] = x }
    return n
  }'

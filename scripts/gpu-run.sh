#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# run.sh [STEPS]: checks and measures Hubble on this machine's GPU and writes report.md beside itself. A step that fails does not
# keep the others from running; the exit code is the number of those that failed.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here"
steps=${1:-50}
report=$here/report.md
failed=0
java=("$here/java/bin/java" --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED -Xmx8g
  -Djava.awt.headless=true -Dhubble.cuda.driver=real "-Dorg.bytedeco.javacpp.cachedir=$here/cache" -cp "$here/lib/*")

# step TITLE SECONDS COMMAND...
step() {
  local title=$1 limit=$2 start=$SECONDS rc=0
  shift 2
  printf '\n## %s\n\n```\n' "$title" >>"$report"
  timeout "$limit" "$@" >"$here/step.log" 2>&1 || rc=$?
  grep -v 'incubator modules' "$here/step.log" | tail -n 60 >>"$report"
  printf '```\n\n%s, %d s\n' "$([ $rc = 0 ] && echo passed || echo "FAILED with $rc")" $((SECONDS - start)) >>"$report"
  [ $rc = 0 ] || failed=$((failed + 1))
  echo "$title: rc $rc, $((SECONDS - start)) s"
}

printf '# Hubble on a GPU: %s\n' "$(date -u +%Y-%m-%dT%H:%MZ)" >"$report"
step "Machine" 60 bash -c 'uname -sr; ldd --version | head -n 1; nvidia-smi || echo "no nvidia-smi"'
step "hubble doctor" 120 "${java[@]}" dev.hubble.cli.Main doctor
console=(org.junit.platform.console.ConsoleLauncher execute --details=summary --disable-banner --disable-ansi-colors)
for dtype in F32 F16 Bf16; do
  step "Every operation, $dtype" 600 "${java[@]}" "${console[@]}" -c "dev.hubble.kernels.cuda.CudaOps${dtype}Test"
done
step "The tiny model" 600 "${java[@]}" "${console[@]}" -c dev.hubble.reference.CudaModelTest
if [ -f data/full-size.safetensors ]; then
  for dtype in f16 bf16 f32; do
    step "The full-size UNet, $dtype" 900 "${java[@]}" dev.hubble.bench.model.FullSizeRun cuda:0 $dtype data/full-size.safetensors "$steps"
  done
  step "The same without graphs, f16" 900 "${java[@]}" -Dhubble.cuda.launches=single dev.hubble.bench.model.FullSizeRun cuda:0 f16 data/full-size.safetensors "$steps"
fi
step "A picture" 300 "${java[@]}" dev.hubble.cli.Main "a blue spiral galaxy seen face-on" --device cuda --seed 1 -o "$here/galaxy.png" --report "$here/galaxy.json"
if command -v compute-sanitizer >/dev/null; then
  for tool in memcheck racecheck synccheck initcheck; do
    step "compute-sanitizer $tool" 900 compute-sanitizer --tool $tool --launch-timeout 600 --error-exitcode 9 \
      "${java[@]}" dev.hubble.cli.Main "a galaxy" --device cuda --steps 1 --seed 1 -o "$here/sanitized.png"
  done
fi
if [ -f data/sd_torch.py ] && python3 -c 'import torch' 2>/dev/null; then
  step "PyTorch, for comparison" 900 python3 data/sd_torch.py --compile --channels-last --graphs
fi
printf '\n%d of the steps failed.\n' "$failed" >>"$report"
echo "$report"
exit "$failed"

#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
#
# run.sh [OPTION...] [PART...]: checks and measures Hubble on this machine's GPU and writes report.md. The parts, of which all are
# done in this order unless some are named:
#
#   checks      every operation, the tiny model, the full-size UNet in all formats, a picture
#   ladders     kernels from one thread per result up to those in production, beside cuBLAS and cuDNN, if there are any
#   speed       single operations beside PyTorch's, if there is any; steps and pictures of the full-size networks, as graphs and without
#   baseline    the same in PyTorch, if there is any
#   profile     how long each kernel takes in a few steps, by Nsight Compute, if there is any
#   sanitizer   the checks once more under compute-sanitizer, if there is any
#
#   --out DIR      where the report goes (this folder)
#   --seconds N    begins nothing when N seconds are over, and stops what runs then
#   --rehearsal    for the emulated driver: the smallest sizes, and nothing that would take it hours
#
# A step that fails does not keep the others from running. The exit code is the number of steps that failed.
set -u
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
out=$here
seconds=86400
rehearsal=
parts=()
while [ $# -gt 0 ]; do
  case $1 in
    --out) out=$2 && shift ;;
    --seconds) seconds=$2 && shift ;;
    --rehearsal) rehearsal=1 ;;
    checks | ladders | speed | baseline | profile | sanitizer) parts+=("$1") ;;
    *) echo "unknown argument $1" >&2 && exit 120 ;;
  esac
  shift
done
[ ${#parts[@]} -gt 0 ] || parts=(checks ladders speed baseline profile sanitizer)
mkdir -p "$out"
out=$(cd "$out" && pwd)
cd "$here"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
report=$out/report.md
failed=0
# Containers have the driver where the loader may not look, and the toolkit where the PATH does not.
if [ -z "${LD_LIBRARY_PATH:-}" ] && ! "$(command -v ldconfig || echo /sbin/ldconfig)" -p 2>/dev/null | grep -q 'libcuda\.so\.1 '; then
  for folder in /usr/local/nvidia/lib64 /usr/local/nvidia/lib /usr/lib/wsl/lib; do
    if [ -e "$folder/libcuda.so.1" ]; then export LD_LIBRARY_PATH=$folder && break; fi
  done
fi
export PATH=$PATH:/usr/local/nvidia/bin:/usr/local/cuda/bin

java=("$here/java/bin/java" --add-modules jdk.incubator.vector --enable-native-access=ALL-UNNAMED -XX:MaxRAMPercentage=50
  -Djava.awt.headless=true -Dhubble.cuda.driver=real "-Dhubble.root=$here" "-Dorg.bytedeco.javacpp.cachedir=$work/javacpp"
  -cp "$here/lib/*:$here/checks")
hubble=("${java[@]}" dev.hubble.cli.Main)
console=("${java[@]}" org.junit.platform.console.ConsoleLauncher execute --details=summary --disable-banner --disable-ansi-colors)
full=("${java[@]}" dev.hubble.bench.model.FullSizeRun)

wants() { case " ${parts[*]} " in *" $1 "*) ;; *) return 1 ;; esac; }

# The report as far as it goes, so that whoever is stopped leaves one.
write_report() {
  {
    printf '# Hubble on a GPU\n\n%s, commit %s\n\n' "$(date -u +%Y-%m-%dT%H:%MZ)" "$(cat data/version)"
    [ -z "$rehearsal" ] || printf '**A rehearsal with the emulated driver: no time in it means anything.**\n\n'
    printf '| step | | seconds | |\n|---|---|--:|---|\n'
    cat "$work/summary"
    printf '\n%d of the steps failed.\n' "$failed"
    cat "$work/sections"
  } >"$report.new" && mv "$report.new" "$report"
}

row() {
  printf '| %s | %s | %s | %s |\n' "$1" "$2" "$3" "$4" >>"$work/summary"
  printf '%s: %s, %s s. %s\n' "$1" "$2" "$3" "$4"
}

# step TITLE SECONDS COMMAND...
step() {
  local title=$1 limit=$2 left=$((seconds - SECONDS)) rc=0 start=$SECONDS verdict gist
  shift 2
  if [ "$left" -lt 5 ]; then
    skip "$title" "no time left of --seconds $seconds"
    return
  fi
  timeout -k 10 "$((limit < left ? limit : left))" "$@" </dev/null >"$work/log" 2>&1 || rc=$?
  case $rc in
    0) verdict=passed ;;
    124 | 137) verdict="**stopped** after $((SECONDS - start)) s" ;;
    *) verdict="**failed** with $rc" ;;
  esac
  [ $rc = 0 ] || failed=$((failed + 1))
  grep -v 'incubator modules' "$work/log" >"$work/said"
  gist=$(grep -E '^(full-size|a guided step|a picture|device +cuda|GPU 0|\{)|tests successful|ERROR SUMMARY|^/.*png' "$work/said" | tail -n 1 | tr -s ' |' ' ')
  row "$title" "$verdict" $((SECONDS - start)) "$gist"
  { printf '\n## %s\n\n```\n' "$title" && tail -n 80 "$work/said" && printf '```\n'; } >>"$work/sections"
  write_report
}

# kernel_times CSV: what each kernel took in all, in microseconds, and how often it ran. The last column is the time; fields are quoted.
kernel_times() {
  awk -F'","' '/"gpu__time_duration.sum"/ {
      time = $NF; gsub(/[",]/, "", time); unit = $(NF - 1)
      if (unit == "nsecond" || unit == "ns") time /= 1000
      name = $5; sub(/\(.*/, "", name); total[name] += time; n[name]++; all += time }
    END { for (name in total) printf "%10.0f us %5.1f %% %6d %s\n", total[name], 100 * total[name] / all, n[name], name }' "$1" | sort -rn
}
export -f kernel_times

skip() {
  row "$1" skipped 0 "$2"
  write_report
}

: >"$work/summary"
: >"$work/sections"
step "Machine" 60 bash -c 'uname -sr; ldd --version | head -n 1; nvidia-smi -L; nvidia-smi || echo "no nvidia-smi"'
step "hubble doctor" 120 "${hubble[@]}" doctor

if wants checks; then
  for dtype in F16 F32 Bf16; do
    if [ "$rehearsal" ] && [ $dtype != F16 ]; then
      skip "Every operation, $dtype" "the build tests it with the emulated driver"
    else
      step "Every operation, $dtype" 600 "${console[@]}" -c "dev.hubble.kernels.cuda.CudaOps${dtype}Test"
    fi
  done
  step "Guidance and a step in one launch" 120 "${console[@]}" -c dev.hubble.kernels.cuda.WeightedSumsTest
  if [ "$rehearsal" ]; then
    skip "Every operation, F16, Hopper's copy engine" "the build tests it with the emulated driver"
  else
    step "Every operation, F16, Hopper's copy engine" 300 "${java[@]}" -Dhubble.cuda.tma=on "${console[@]:${#java[@]}}" \
      -c dev.hubble.kernels.cuda.CudaOpsF16Test
    step "Products by Hopper's copy engine, with clusters and without" 300 "${java[@]}" -Dhubble.cuda.tma=on "${console[@]:${#java[@]}}" \
      -c dev.hubble.kernels.cuda.HopperMatmulTest
  fi
  if [ "$rehearsal" ]; then
    step "The tiny model" 900 "${console[@]}" \
      --select-iteration='method:dev.hubble.reference.CudaModelTest#aRunDrawsThePicture(dev.hubble.kernels.DType, double, double)[1]'
  else
    step "The tiny model" 300 "${console[@]}" -c dev.hubble.reference.CudaModelTest
  fi
  for dtype in f16 bf16 f32; do
    if [ "$rehearsal" ]; then
      skip "The full-size UNet, $dtype" "emulated it would take an hour"
    else
      step "The full-size UNet, $dtype" 300 "${full[@]}" cuda:0 $dtype data/full-size.safetensors 0
    fi
  done
  if [ "$rehearsal" ]; then
    skip "The full-size UNet, f16, Hopper's copy engine" "emulated it would take an hour"
  else
    for clusters in off on; do
      step "The full-size UNet, f16, Hopper's copy engine, clusters $clusters" 300 "${java[@]}" -Dhubble.cuda.tma=on \
        -Dhubble.cuda.clusters=$clusters dev.hubble.bench.model.FullSizeRun cuda:0 f16 data/full-size.safetensors 0
    done
  fi
  step "A picture" 300 "${hubble[@]}" "a blue spiral galaxy seen face-on" --device cuda --seed 1 \
    ${rehearsal:+--steps 1 --width 64 --height 64} -o "$out/galaxy.png" --report "$out/galaxy.json"
fi

if wants ladders; then
  # Where the libraries may be that a ladder is compared with: as the loader is told, in a toolkit, or with PyTorch.
  libraries=${LD_LIBRARY_PATH:-}
  for folder in /usr/local/cuda/lib64 $(python3 -c 'import sys; print(*sys.path)' 2>/dev/null); do
    for found in "$folder" "$folder"/nvidia/*/lib; do
      if compgen -G "$found/libcublas.so.*" >/dev/null || compgen -G "$found/libcudnn.so.*" >/dev/null; then
        libraries+=${libraries:+:}$found
      fi
    done
  done
  for ladder in gemm convolution attention; do
    shape=()
    if [ "$rehearsal" ]; then
      case $ladder in
        gemm) shape=(--shape 64x64x64 --repeat 1) ;;
        convolution) shape=(--shape 1x8x16x64x32 --repeat 1) ;;
        attention) shape=(--shape 1x64x64x2x40 --repeat 1) ;;
      esac
    fi
    LD_LIBRARY_PATH=$libraries step "Ladder: $ladder" 300 "${java[@]}" dev.hubble.bench.Commands --ladder $ladder --device cuda:0 "${shape[@]}"
  done
fi

# Layers of the UNet, and one of the VAE.
operations=(linear:8192x320x320 linear:8192x2560x320 linear:8192x320x1280 linear:2048x640x640 linear:2048x5120x640 linear:2048x640x2560
  linear:512x1280x1280 linear:512x10240x1280 linear:512x1280x5120 linear:154x1280x768
  conv:2x64x64x320x320 conv:2x64x64x640x320 conv:2x64x64x960x320 conv:2x32x32x640x640 conv:2x32x32x1280x640 conv:2x16x16x1280x1280
  conv:2x16x16x2560x1280 conv:2x8x8x1280x1280 conv:1x512x512x128x128
  upsample:2x8x8x1280x1280 upsample:2x16x16x1280x1280 upsample:2x32x32x640x640 upsample:1x256x256x256x256
  attention:2x4096x4096x320x8 attention:2x1024x1024x640x8 attention:2x256x256x1280x8 attention:2x4096x77x320x8)
calls=64
[ -z "$rehearsal" ] || { operations=(linear:64x64x64 conv:1x8x8x32x32 upsample:1x8x8x32x32 attention:1x64x64x80x2) && calls=1; }
has_torch() { python3 -c 'import torch; assert torch.cuda.is_available()' 2>/dev/null; }

if wants speed; then
  if has_torch; then
    step "PyTorch's operations, f16" 120 python3 data/peer_operations.py cuda f16 $calls "${operations[@]}"
    cp "$work/log" "$work/peer"
  else
    skip "PyTorch's operations" "there is no python3 with a PyTorch that sees the GPU"
  fi
  step "Operations, f16" 200 "${java[@]}" dev.hubble.bench.model.OperationRun cuda:0 f16 $calls "$work/peer" "${operations[@]}"
  for clusters in off on; do
    step "Operations with Hopper's copy engine, f16, clusters $clusters" 200 "${java[@]}" -Dhubble.cuda.tma=on -Dhubble.cuda.clusters=$clusters \
      dev.hubble.bench.model.OperationRun cuda:0 f16 $calls "$work/peer" "${operations[@]}"
  done
  if [ "$rehearsal" ]; then
    skip "Speed" "emulated it would take an hour"
  else
    step "Speed, f16" 300 "${full[@]}" cuda:0 f16 data/full-size.safetensors 50
    step "Speed without graphs, f16" 300 "${java[@]}" -Dhubble.cuda.launches=single dev.hubble.bench.model.FullSizeRun cuda:0 f16 data/full-size.safetensors 50
    for clusters in off auto on; do
      step "Speed with Hopper's copy engine, f16, clusters $clusters" 300 "${java[@]}" -Dhubble.cuda.tma=on -Dhubble.cuda.clusters=$clusters \
        dev.hubble.bench.model.FullSizeRun cuda:0 f16 data/full-size.safetensors 50
    done
    step "Speed, bf16" 300 "${full[@]}" cuda:0 bf16 data/full-size.safetensors 50
  fi
fi

if wants baseline; then
  if [ ! -f data/sd_torch.py ]; then
    skip "PyTorch" "the bundle was made without sd_torch.py (HUBBLE_SHARED)"
  elif ! has_torch; then
    skip "PyTorch" "there is no python3 with a PyTorch that sees the GPU"
  else
    step "PyTorch, f16" 600 python3 data/sd_torch.py --device cuda --dtype f16 --compile --channels-last --graphs --runs 20 --steps 50
  fi
fi

if wants profile; then
  if ! command -v ncu >/dev/null; then
    skip "Profile" "ncu is not on the PATH"
  elif [ "$rehearsal" ]; then
    skip "Profile" "there is no GPU to profile"
  else
    # Kernels after those that pack the weights; one by one, or a graph would count as one of them.
    step "Profile of a few steps" 300 ncu --target-processes all --clock-control none --kernel-name 'regex:^hb_[^p]' \
      --metrics gpu__time_duration.sum --launch-count 2500 --csv --log-file "$work/profile.csv" \
      "${java[@]}" -Dhubble.cuda.launches=single dev.hubble.bench.model.FullSizeRun cuda:0 f16 data/full-size.safetensors 0
    cp "$work/profile.csv" "$out/" 2>/dev/null && step "Time by kernel" 30 bash -c 'kernel_times "$0"' "$out/profile.csv"
  fi
fi

if wants sanitizer; then
  if ! command -v compute-sanitizer >/dev/null; then
    skip "compute-sanitizer" "it is not on the PATH"
  else
    sanitizer=(compute-sanitizer --launch-timeout 600 --error-exitcode 9 --track-stream-ordered-races no)
    # Every tensor in an allocation of its own, or it would not see where one ends.
    step "compute-sanitizer memcheck, every operation" 600 "${sanitizer[@]}" --tool memcheck "${java[@]}" -Dhubble.cuda.launches=wait \
      "${console[@]:${#java[@]}}" -c dev.hubble.kernels.cuda.CudaOpsF16Test -c dev.hubble.kernels.cuda.WeightedSumsTest
    for tool in memcheck synccheck; do
      step "compute-sanitizer $tool, Hopper's copy engine and clusters" 600 "${sanitizer[@]}" --tool $tool "${java[@]}" \
        -Dhubble.cuda.tma=on "${console[@]:${#java[@]}}" -c dev.hubble.kernels.cuda.HopperMatmulTest
    done
    for tool in memcheck racecheck synccheck initcheck; do
      step "compute-sanitizer $tool, a picture" 600 "${sanitizer[@]}" --tool $tool "${java[@]}" -Dhubble.cuda.launches=wait \
        dev.hubble.cli.Main "a galaxy" --device cuda --steps 1 --seed 1 -o "$work/sanitized.png"
    done
  fi
fi

write_report
echo "$report"
exit $((failed > 100 ? 100 : failed))

// SPDX-License-Identifier: Apache-2.0
//
// The lowest rung of the GPU ladder of attention, softmax(Q Kᵀ · scale) V, as three kernels with the matrix of scores in memory
// between them. q [images,queries,heads·d], k and v [images,keys,heads·d], y like q, s [images,heads,queries,keys], all f16. The
// other rungs are kernels in production. docs/ladders/gpu-attention.md says what limits each.
#include "attention.cuh"

// A thread per score. Grid (ceil(keys/256), queries, images·heads).
extern "C" __global__ void __launch_bounds__(256)
    rung_attention_scores(const f16* q, const f16* k, f16* s, int queries, int keys, int heads, int d, float scale) {
  const int key = blockIdx.x * 256 + threadIdx.x, row = blockIdx.y, image = blockIdx.z / heads, head = blockIdx.z % heads;
  if (key >= keys) {
    return;
  }
  const f16* a = q + ((long long)image * queries + row) * heads * d + head * d;
  const f16* b = k + ((long long)image * keys + key) * heads * d + head * d;
  float sum = 0;
  for (int c = 0; c < d; c++) {
    sum += to_float(a[c]) * to_float(b[c]);
  }
  s[((long long)blockIdx.z * queries + row) * keys + key] = from_float<f16>(sum * scale);
}
HB_REGISTER(rung_attention_scores, 256)

// A warp per row of scores, in place: three times along the row. Grid ceil(rows/8).
extern "C" __global__ void __launch_bounds__(256) rung_attention_softmax(f16* s, int rows, int keys) {
  const int row = blockIdx.x * 8 + (threadIdx.x >> 5), lane = threadIdx.x & 31;
  if (row >= rows) {
    return;
  }
  s += (long long)row * keys;
  float max = UNSEEN, sum = 0;
  for (int i = lane; i < keys; i += 32) {
    const float z = to_float(s[i]);
    max = max > z ? max : z;
  }
#pragma unroll
  for (int distance = 16; distance; distance /= 2) {
    const float other = __shfl_xor_sync(ALL_LANES, max, distance);
    max = max > other ? max : other;
  }
  for (int i = lane; i < keys; i += 32) {
    sum += expf(to_float(s[i]) - max);
  }
#pragma unroll
  for (int distance = 16; distance; distance /= 2) {
    sum += __shfl_xor_sync(ALL_LANES, sum, distance);
  }
  for (int i = lane; i < keys; i += 32) {
    s[i] = from_float<f16>(expf(to_float(s[i]) - max) / sum);
  }
}
HB_REGISTER(rung_attention_softmax, 256)

// A thread per result. Grid (ceil(heads·d/256), queries, images).
extern "C" __global__ void __launch_bounds__(256)
    rung_attention_values(const f16* s, const f16* v, f16* y, int queries, int keys, int heads, int d) {
  const int channels = heads * d, channel = blockIdx.x * 256 + threadIdx.x, row = blockIdx.y, image = blockIdx.z;
  if (channel >= channels) {
    return;
  }
  s += (((long long)image * heads + channel / d) * queries + row) * keys;
  v += (long long)image * keys * channels + channel;
  float sum = 0;
  for (int key = 0; key < keys; key++) {
    sum += to_float(s[key]) * to_float(v[(long long)key * channels]);
  }
  y[((long long)image * queries + row) * channels + channel] = from_float<f16>(sum);
}
HB_REGISTER(rung_attention_values, 256)

// SPDX-License-Identifier: Apache-2.0
//
// Mean and sum of squared deviations: of what a matmul stores, for the group normalisation that follows, and of what that reads
// where nobody has taken them before.
//
// A thread sums x - s and (x - s)², s being the first value that it saw of the channel: so a mean far from zero costs no
// accuracy, and as s is one of the few values summed, neither does an outlier. All merging is Chan's formula (Chan, Golub &
// LeVeque, 1979) in a fixed order.
//
// A matmul gives them for units of UNIT rows x 2 columns: few enough numbers (a thirty-second of a tensor of 2 bytes), and of
// any two neighbouring channels, as it knows nothing of groups. Rows are merged by sixteens in the same tree whatever the tile,
// so that the choice of the tile changes no bit here either.
#pragma once
#include "device.cuh"

constexpr u32 ALL_LANES = 0xffffffffu;
// Rows of a unit, and rows whose moments one warp takes at a time.
constexpr int UNIT = 64, SLAB = 16;

struct Moments {
  float count, mean, m2;

  __device__ __forceinline__ void merge(const Moments& o) {
    float total = count + o.count;
    if (o.count > 0) {
      float delta = o.mean - mean, share = o.count / total;
      mean += delta * share;
      m2 += o.m2 + delta * delta * count * share;
      count = total;
    }
  }
};

// The moments of all lanes together, in lane 0.
__device__ __forceinline__ Moments merge_lanes(Moments m) {
#pragma unroll
  for (int distance = 1; distance < 32; distance *= 2) {
    m.merge({__shfl_xor_sync(ALL_LANES, m.count, distance), __shfl_xor_sync(ALL_LANES, m.mean, distance),
             __shfl_xor_sync(ALL_LANES, m.m2, distance)});
  }
  return m;
}

// ---- moments whose counts are known: (mean, m2) ----

// Of `count` numbers and of as many others.
__device__ __forceinline__ float2 merge_equal(float2 a, float2 b, float count) {
  const float delta = b.x - a.x;
  return float2{a.x + 0.5f * delta, a.y + b.y + delta * delta * (0.5f * count)};
}

// Of N stretches, a power of two, of `count` numbers each, the i-th of which is at[i * apart].
template <int N>
__device__ __forceinline__ float2 merge_tree(const float2* at, int apart, float count) {
  if constexpr (N == 1) {
    return *at;
  } else {
    const float2 first = merge_tree<N / 2>(at, apart, count);
    return merge_equal(first, merge_tree<N / 2>(at + N / 2 * apart, apart, count), N / 2 * count);
  }
}

// Collects ROWS rows, a power of two, of two neighbouring columns. `start` is the first of them.
template <int ROWS>
struct PairMoments {
  float2 start = {0, 0}, sum = {0, 0}, squares = {0, 0};

  __device__ __forceinline__ void add(float2 x) {
    const float dx = x.x - start.x, dy = x.y - start.y;
    sum.x += dx;
    sum.y += dy;
    squares.x += dx * dx;
    squares.y += dy * dy;
  }
  __device__ __forceinline__ float2 result() const {
    constexpr float INVERSE = 1.0f / ROWS;
    return merge_equal(float2{start.x + sum.x * INVERSE, squares.x - sum.x * sum.x * INVERSE},
                       float2{start.y + sum.y * INVERSE, squares.y - sum.y * sum.y * INVERSE}, ROWS);
  }
};

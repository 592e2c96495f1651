// SPDX-License-Identifier: Apache-2.0
//
// Rung "register tile": ordinary multiply-adds, but 64 sums per thread. A block of 256 threads computes 128x128; for each step of
// k a thread loads 8 + 8 numbers from shared memory and makes 64 multiply-adds of them, as an outer product. Tiles of 8 along k
// lie transposed in shared memory as floats, so that 4 neighbours are one load; a thread's 8 rows and columns are 4 and 4 at a
// distance of 64, so that neighbouring threads read neighbouring 16 bytes.
#pragma once
#include "device.cuh"
#include "rows.cuh"

constexpr int OUTER_TILE = 128, OUTER_DEPTH = 8, OUTER_THREADS = 256;

template <class R>
__device__ __forceinline__ void register_tile(const R& rows, const f16* w, f16* y, int m, int n, int k) {
  HB_SHARED(float, a, OUTER_DEPTH * OUTER_TILE);
  HB_SHARED(float, b, OUTER_DEPTH * OUTER_TILE);
  const int t = threadIdx.x, m0 = blockIdx.x * OUTER_TILE, n0 = blockIdx.y * OUTER_TILE;
  // One half of the threads brings a row of the left operand each, the other half one of the right.
  const bool left = t < OUTER_TILE;
  const int mine = t % OUTER_TILE, down = t / 16 * 4, across = t % 16 * 4;
  const typename R::Row row = rows.row(m0 + mine);
  typename R::Column column = rows.column(0);
  float* to = (left ? a : b) + mine;

  float sum[8][8] = {};
  for (int at = 0; at < k; at += OUTER_DEPTH) {
    const f16* from = left ? rows.at(row, column) : n0 + mine < n ? w + (long long)(n0 + mine) * k + at : nullptr;
    Vec<f16> v{};
    if (from) {
      v = load_vec(from);
    }
#pragma unroll
    for (int e = 0; e < OUTER_DEPTH; e++) {
      to[e * OUTER_TILE] = to_float(v.v[e]);
    }
    rows.advance(column, OUTER_DEPTH);
    __syncthreads();
#pragma unroll
    for (int e = 0; e < OUTER_DEPTH; e++) {
      float x[8], z[8];
      *(float4*)x = *(const float4*)(a + e * OUTER_TILE + down);
      *(float4*)(x + 4) = *(const float4*)(a + e * OUTER_TILE + 64 + down);
      *(float4*)z = *(const float4*)(b + e * OUTER_TILE + across);
      *(float4*)(z + 4) = *(const float4*)(b + e * OUTER_TILE + 64 + across);
#pragma unroll
      for (int i = 0; i < 8; i++) {
#pragma unroll
        for (int j = 0; j < 8; j++) {
          sum[i][j] += x[i] * z[j];
        }
      }
    }
    __syncthreads();
  }

#pragma unroll
  for (int i = 0; i < 8; i++) {
#pragma unroll
    for (int j = 0; j < 8; j += 2) {
      const int r = m0 + down + i % 4 + i / 4 * 64, c = n0 + across + j % 4 + j / 4 * 64;
      if (r < m && c < n) {
        *(u32*)(y + (long long)r * n + c) = pack2<f16>(sum[i][j], sum[i][j + 1]);
      }
    }
  }
}

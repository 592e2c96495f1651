// SPDX-License-Identifier: Apache-2.0
//
// y = x wᵀ in float32 without tensor cores (they would round to 10 bits): the mode for comparing, not for speed. A block of
// 256 threads computes 64x64; each thread 4x4 of it in registers, so that 8 loads from shared memory feed 16 FMA. Tiles of 16
// along k lie transposed in shared memory, so that a thread's 4 neighbours come as one float4.
#pragma once
#include "epilogue.cuh"
#include "rows.cuh"

constexpr int PLAIN_TILE = 64, PLAIN_K = 16, PLAIN_THREADS = 256, PLAIN_STRIDE = PLAIN_TILE + 4;

template <class R>
__device__ __forceinline__ void matmul_plain(const R& rows, const float* w, const Epilogue<float>& epilogue, float* partial, int kp, int splits,
                                             int split) {
  HB_SHARED(float, a, PLAIN_K * PLAIN_STRIDE);
  HB_SHARED(float, b, PLAIN_K * PLAIN_STRIDE);
  const int n = epilogue.n, tid = threadIdx.x;
  const int m0 = blockIdx.x * PLAIN_TILE, n0 = blockIdx.y * PLAIN_TILE;

  int steps = (kp + BK - 1) / BK * (BK / PLAIN_K);
  const int share = ((kp + BK - 1) / BK + splits - 1) / splits * (BK / PLAIN_K), first = split * share;
  steps = first + share < steps ? share : steps - first;

  // Thread t brings elements 4·(t%4) .. +3 of row t/4 of both tiles.
  const typename R::Row row = rows.row(m0 + tid / 4);
  typename R::Column column = rows.column(first * PLAIN_K + tid % 4 * 4);
  const int wanted = n0 + tid / 4;
  const float* weight = wanted < n ? w + (long long)weight_row(wanted, n, epilogue.activation) * kp : nullptr;
  int k = first * PLAIN_K + tid % 4 * 4;

  float sum[4][4] = {};
  const int r = tid / 16 * 4, c = tid % 16 * 4;
  for (int step = 0; step < steps; step++) {
    typename R::Column at = column;
#pragma unroll
    for (int e = 0; e < 4; e++) {
      const float* from = rows.at(row, at);
      a[(tid % 4 * 4 + e) * PLAIN_STRIDE + tid / 4] = from ? *from : 0.0f;
      b[(tid % 4 * 4 + e) * PLAIN_STRIDE + tid / 4] = weight && k + e < kp ? weight[k + e] : 0.0f;
      rows.advance(at, 1);
    }
    rows.advance(column, PLAIN_K);
    k += PLAIN_K;
    __syncthreads();
#pragma unroll
    for (int e = 0; e < PLAIN_K; e++) {
      float4 x = *(const float4*)(a + e * PLAIN_STRIDE + r), y = *(const float4*)(b + e * PLAIN_STRIDE + c);
      const float xs[4] = {x.x, x.y, x.z, x.w}, ys[4] = {y.x, y.y, y.z, y.w};
#pragma unroll
      for (int i = 0; i < 4; i++) {
#pragma unroll
        for (int j = 0; j < 4; j++) {
          sum[i][j] += xs[i] * ys[j];
        }
      }
    }
    __syncthreads();
  }

  float2* slabs = (float2*)a;  // [16][32]: of 4 rows each
#pragma unroll
  for (int j = 0; j < 4; j += 2) {
    PairMoments<4> pairs;
#pragma unroll
    for (int i = 0; i < 4; i++) {
      if (partial) {
        epilogue.store_sums(partial, split, sum[i][j], sum[i][j + 1], m0 + r + i, n0 + c + j);
      } else {
        const float2 stored = epilogue.store_two(sum[i][j], sum[i][j + 1], 0, m0 + r + i, n0 + c + j);
        pairs.start = i == 0 ? stored : pairs.start;
        pairs.add(stored);
      }
    }
    if (epilogue.moments) {
      slabs[r / 4 * (PLAIN_TILE / 2) + (c + j) / 2] = pairs.result();
    }
  }
  if (epilogue.moments) {
    __syncthreads();  // all slabs are there
    float2* to = tid < PLAIN_TILE / 2 ? epilogue.moments_of(m0, n0 + tid * 2) : nullptr;
    if (to) {
      *to = merge_tree<UNIT / 4>(slabs + tid, PLAIN_TILE / 2, 8);
    }
  }
}

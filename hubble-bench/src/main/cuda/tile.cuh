// SPDX-License-Identifier: Apache-2.0
//
// A tile of 128x128 sums on tensor cores, for the rungs that bring its operands in different ways.
//
// Eight warps share the tile, 64x32 each: per 16 steps of k a warp loads 4 fragments of the left operand and 2 of the right with
// ldmatrix and does 16 mma with them. A shared row holds 32 numbers and is 8 longer than that: 5 chunks of 16 bytes, an odd
// number, so that the 8 rows which ldmatrix reads together lie in different banks.
#pragma once
#include "device.cuh"
#include "rows.cuh"

struct MmaTile {
  static constexpr int ROWS = 128, COLUMNS = 128, DEPTH = 32, THREADS = 256, STRIDE = DEPTH + 8;
  static constexpr int STAGE = (ROWS + COLUMNS) * STRIDE;  // elements of both operands
};

// Where a thread's pieces of the operands lie: chunk t%4 of rows t/4 and t/4 + 64 of both.
template <class R>
struct Pieces {
  const R& rows;
  const f16* w;
  int n, k;
  typename R::Row row[2];
  typename R::Column column;
  int at_n, at_k;

  __device__ __forceinline__ Pieces(const R& rows, const f16* w, int n, int k, int m0, int n0) : rows(rows), w(w), n(n), k(k) {
    row[0] = rows.row(m0 + threadIdx.x / 4);
    row[1] = rows.row(m0 + threadIdx.x / 4 + 64);
    column = rows.column(threadIdx.x % 4 * 8);
    at_n = n0 + threadIdx.x / 4;
    at_k = threadIdx.x % 4 * 8;
  }

  // Hands over each piece's place in the stage and in memory, and whether there is one; then goes on along k.
  template <class Copy>
  __device__ __forceinline__ void next(f16* stage, Copy copy) {
    f16* to = stage + threadIdx.x / 4 * MmaTile::STRIDE + threadIdx.x % 4 * 8;
#pragma unroll
    for (int i = 0; i < 2; i++) {
      const f16* from = rows.at(row[i], column);
      copy(to + i * 64 * MmaTile::STRIDE, from ? from : w, from != nullptr);
      const bool valid = at_n + i * 64 < n && at_k < k;
      copy(to + (MmaTile::ROWS + i * 64) * MmaTile::STRIDE, valid ? w + (long long)(at_n + i * 64) * k + at_k : w, valid);
    }
    rows.advance(column, MmaTile::DEPTH);
    at_k += MmaTile::DEPTH;
  }
};

struct MmaSums {
  float v[4][4][4] = {};

  // Adds the products of a stage.
  __device__ __forceinline__ void add(const f16* stage) {
    const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
    const f16* a = stage + (warp / 4 * 64 + (lane & 15)) * MmaTile::STRIDE + (lane >> 4) * 8;
    const f16* b = stage + (MmaTile::ROWS + warp % 4 * 32 + (lane & 7) + (lane >> 4) * 8) * MmaTile::STRIDE + (lane >> 3 & 1) * 8;
#pragma unroll
    for (int k = 0; k < MmaTile::DEPTH; k += 16) {
      u32 fa[4][4];
#pragma unroll
      for (int i = 0; i < 4; i++) {
        load_matrix4(fa[i], a + i * 16 * MmaTile::STRIDE + k);
      }
#pragma unroll
      for (int j = 0; j < 2; j++) {
        u32 fb[4];
        load_matrix4(fb, b + j * 16 * MmaTile::STRIDE + k);
#pragma unroll
        for (int i = 0; i < 4; i++) {
          multiply<f16>(v[i][j * 2], fa[i], fb[0], fb[1]);
          multiply<f16>(v[i][j * 2 + 1], fa[i], fb[2], fb[3]);
        }
      }
    }
  }

  // Rounds the sums to y, two at a time; n is even.
  __device__ __forceinline__ void store(f16* y, int m, int n, int m0, int n0) const {
    const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
#pragma unroll
    for (int i = 0; i < 4; i++) {
#pragma unroll
      for (int j = 0; j < 4; j++) {
#pragma unroll
        for (int half = 0; half < 2; half++) {
          const int row = m0 + warp / 4 * 64 + i * 16 + (lane >> 2) + half * 8, column = n0 + warp % 4 * 32 + j * 8 + (lane & 3) * 2;
          if (row < m && column < n) {
            *(u32*)(y + (long long)row * n + column) = pack2<f16>(v[i][j][half * 2], v[i][j][half * 2 + 1]);
          }
        }
      }
    }
  }
};

// SPDX-License-Identifier: Apache-2.0
//
// Rung "tensor cores": the tile of tile.cuh with the plainest way to bring its operands. All threads load a stage, all wait, all
// multiply, all wait: while memory works the tensor cores do not, and the other way round.
#pragma once
#include "tile.cuh"

template <class R>
__device__ __forceinline__ void tensor_cores(const R& rows, const f16* w, f16* y, int m, int n, int k) {
  HB_SHARED(f16, stage, MmaTile::STAGE);
  const int m0 = blockIdx.x * MmaTile::ROWS, n0 = blockIdx.y * MmaTile::COLUMNS;
  Pieces<R> pieces(rows, w, n, k, m0, n0);
  MmaSums sums;
  for (int at = 0; at < k; at += MmaTile::DEPTH) {
    pieces.next(stage, [](f16* to, const f16* from, bool valid) {
      const Vec<f16> zeros{};
      store_vec(to, valid ? load_vec(from) : zeros);
    });
    __syncthreads();
    sums.add(stage);
    __syncthreads();  // the stage is filled next
  }
  sums.store(y, m, n, m0, n0);
}

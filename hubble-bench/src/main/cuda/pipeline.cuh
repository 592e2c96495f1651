// SPDX-License-Identifier: Apache-2.0
//
// Rung "pipeline": the same tile, its operands on their way while the tensor cores work. cp.async brings them past the registers
// into a ring of four stages; three are under way while the fourth is multiplied, and one barrier per step is enough.
#pragma once
#include "tile.cuh"

constexpr int RING = 4;

template <class R>
__device__ __forceinline__ void pipeline(const R& rows, const f16* w, f16* y, int m, int n, int k) {
  HB_DYNAMIC_SHARED(f16, ring);
  const int m0 = blockIdx.x * MmaTile::ROWS, n0 = blockIdx.y * MmaTile::COLUMNS;
  const int steps = (k + MmaTile::DEPTH - 1) / MmaTile::DEPTH;
  Pieces<R> pieces(rows, w, n, k, m0, n0);
  auto load = [&](int step) {
    if (step < steps) {
      pieces.next(ring + step % RING * MmaTile::STAGE, [](f16* to, const f16* from, bool valid) { copy16(to, from, valid); });
    }
    copy_commit();  // an empty group at the end keeps the count of groups right
  };
  for (int step = 0; step < RING - 1; step++) {
    load(step);
  }
  MmaSums sums;
  for (int step = 0; step < steps; step++) {
    copy_wait<RING - 2>();
    __syncthreads();  // what landed is seen by all, and nobody reads the stage that is filled next
    load(step + RING - 1);
    sums.add(ring + step % RING * MmaTile::STAGE);
  }
  copy_wait<0>();
  sums.store(y, m, n, m0, n0);
}

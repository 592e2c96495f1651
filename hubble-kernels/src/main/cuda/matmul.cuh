// SPDX-License-Identifier: Apache-2.0
//
// y = x wᵀ on tensor cores (sm_80 and later; wgmma on sm_90a), for linear layers and convolutions alike.
//
// A block computes a tile of BM rows x BN columns. It walks along k in steps of 32: a ring of STAGES pairs of tiles in shared
// memory is filled by cp.async while the tensor cores work on what has landed, one __syncthreads per step. Each warp owns a
// part of the tile, BM/WARPS_M x BN/WARPS_N, in mma.m16n8k16 fragments of float; 32x80 for the largest tile: per k of 16
// it loads 7 times with ldmatrix for 20 mma, so shared memory keeps up with the tensor cores.
//
// Shared tiles have rows of 64 bytes = 4 chunks of 16. Chunk c of row r lies at place c ^ (r/2 % 4): the 8 rows that one
// ldmatrix phase reads then hit 8 different groups of banks, and so do the 8 threads of a cp.async phase, without padding. It
// is also what Hopper calls the 64-byte swizzle, so that wgmma reads the same tiles: there four warps do 64 x BN together.
//
// A step's order of summation is the same in every tile shape, so that the choice of the tile changes no bit.
#pragma once
#include "epilogue.cuh"
#include "hopper.cuh"
#include "rows.cuh"

__device__ __forceinline__ int swizzled(int row, int chunk) { return row * BK + ((chunk ^ (row >> 1 & 3)) << 3); }

template <int BM_, int BN_, int WARPS_M_, int WARPS_N_, int STAGES_>
struct Tile {
  static constexpr int BM = BM_, BN = BN_, WARPS_M = WARPS_M_, WARPS_N = WARPS_N_, STAGES = STAGES_;
  static constexpr int THREADS = WARPS_M * WARPS_N * 32;
  static constexpr int WM = BM / WARPS_M, WN = BN / WARPS_N;
  static constexpr int STAGE = (BM + BN) * BK;  // elements
  // The block brings rows of 4 chunks, a thread every so many rows one chunk: at the same place of the pattern each time.
  static constexpr int APART = THREADS / 4;
  static_assert(APART % 8 == 0, "the pattern repeats every 8 rows");
};
using Tile128x160 = Tile<128, 160, 4, 2, 4>;
using Tile128x128 = Tile<128, 128, 4, 2, 4>;
using Tile64x64 = Tile<64, 64, 2, 2, 4>;
using Tile64x32 = Tile<64, 32, 4, 1, 4>;
using TileAny = Tile<64, 64, 2, 2, 2>;

// Brings a tile of the left operand to shared memory; `kc` is the thread's chunk of every row.
template <class T, class R, class L, bool VECTORS>
struct RowsLoader {
  static constexpr int COUNT = L::BM / L::APART;
  typename R::Row row[COUNT];
  typename R::Column column;

  __device__ __forceinline__ RowsLoader(const R& rows, int m0, int k0) {
#pragma unroll
    for (int i = 0; i < COUNT; i++) {
      row[i] = rows.row(m0 + threadIdx.x / 4 + i * L::APART);
    }
    column = rows.column(k0 + threadIdx.x % 4 * 8);
  }

  __device__ __forceinline__ void load(const R& rows, T* tile) {
    tile += swizzled(threadIdx.x / 4, threadIdx.x % 4);
#pragma unroll
    for (int i = 0; i < COUNT; i++) {
      T* to = tile + i * L::APART * BK;
      if (VECTORS) {
        const T* from = rows.at(row[i], column);
        copy16(to, from ? from : rows.x, from != nullptr);
      } else {
        // Channels that do not come in eights: a chunk may straddle taps and its address be odd.
        Vec<T> v;
        typename R::Column c = column;
#pragma unroll
        for (int e = 0; e < 8; e++) {
          const T* from = rows.at(row[i], c);
          v.v[e] = from ? *from : T{0};
          rows.advance(c, 1);
        }
        store_vec(to, v);
      }
    }
    rows.advance(column, BK);
  }
};

// Brings a tile of packed weights [n][kp] to shared memory. A thread's rows are equally far apart, with GEGLU too.
template <class T, class L>
struct WeightLoader {
  static constexpr int APART = L::APART, COUNT = (L::BN + APART - 1) / APART;
  const T* first;
  int distance, rows, k;  // from one row to the next in elements; how many rows from the first one on exist

  __device__ __forceinline__ WeightLoader(const T* w, int n0, int n, int kp, int activation, int k0) {
    int column = n0 + threadIdx.x / 4;
    rows = n - column;
    distance = (activation == GEGLU ? APART / 2 : APART) * kp;
    k = k0 + threadIdx.x % 4 * 8;
    first = w + (rows > 0 ? (long long)weight_row(column, n, activation) * kp + k : 0);
  }

  __device__ __forceinline__ void load(const T* w, int kp, T* tile) {
    tile += swizzled(threadIdx.x / 4, threadIdx.x % 4);
#pragma unroll
    for (int i = 0; i < COUNT; i++) {
      if ((i + 1) * APART <= L::BN || threadIdx.x / 4 + i * APART < L::BN) {
        bool valid = i * APART < rows && k < kp;
        copy16(tile + i * APART * BK, valid ? first + i * distance : w, valid);
      }
    }
    first += BK;
    k += BK;
  }
};

// A warp's part of the tile, and how its sums grow. `landed` waits until a step's tiles are in shared memory, `load` begins
// to bring a later one.
#ifdef HB_WGMMA
// Four warps together take 64 rows and all columns. wgmma reads shared memory by itself, so the threads fetch the next tiles
// meanwhile; one step may be unfinished while the next is begun, where there are stages for that.
template <class T, class L>
struct Sums {
  static constexpr int WM = 16, WN = L::BN;
  static constexpr int UNFINISHED = L::STAGES > 2 ? 1 : 0, AHEAD = L::STAGES - 1 - UNFINISHED;
  const int warp = threadIdx.x >> 5, row = warp * 16, column = 0;
  float sum[1][WN / 8][4] = {};

  template <class Load>
  __device__ __forceinline__ void add(int steps, const T* shared, Load load) {
#pragma unroll
    for (int step = 0; step < AHEAD; step++) {
      load(step);
    }
    for (int step = 0; step < steps; step++) {
      copy_wait<AHEAD - 1>();
      fence_shared();
      __syncthreads();  // what landed is seen by all, and the stage that is filled next is done with
      const T* stage = shared + step % L::STAGES * L::STAGE;
      const u64 a = matrix_descriptor(stage + warp / 4 * 64 * BK), b = matrix_descriptor(stage + L::BM * BK);
      wgmma_fence();
      Wgmma<T>::multiply(sum[0], a, b);
      Wgmma<T>::multiply(sum[0], a + 2, b + 2);  // 16 elements on: 2 chunks
      wgmma_commit();
      load(step + AHEAD);
      wgmma_wait<UNFINISHED>();
    }
    wgmma_wait<0>();
    copy_wait<0>();
  }
};
#else
template <class T, class L>
struct Sums {
  static constexpr int WM = L::WM, WN = L::WN;
  const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5;
  const int row = warp / L::WARPS_N * WM, column = warp % L::WARPS_N * WN;
  float sum[WM / 16][WN / 8][4] = {};

  template <class Load>
  __device__ __forceinline__ void add(int steps, const T* shared, Load load) {
#pragma unroll
    for (int step = 0; step < L::STAGES - 1; step++) {
      load(step);
    }
    // Where the lane's rows of the fragments begin in a stage; further fragments are whole patterns on, and the chunks of
    // the second k of 16 are those of the first with one bit flipped.
    const int of_a = swizzled(row + (lane & 15), lane >> 4);
    const int of_b = L::BM * BK + swizzled(column + (lane & 7) + (lane >> 4) * 8, lane >> 3 & 1);
    for (int step = 0; step < steps; step++) {
      copy_wait<L::STAGES - 2>();
      __syncthreads();  // what landed is seen by all, and nobody reads the stage that is filled next
      load(step + L::STAGES - 1);
      const T* stage = shared + step % L::STAGES * L::STAGE;
#pragma unroll
      for (int k = 0; k < BK; k += 16) {
        const T *a = stage + (of_a ^ k), *b = stage + (of_b ^ k);
        u32 fa[WM / 16][4];
#pragma unroll
        for (int i = 0; i < WM / 16; i++) {
          load_matrix4(fa[i], a + i * 16 * BK);
        }
#pragma unroll
        for (int j = 0; j < WN / 16; j++) {
          u32 fb[4];
          load_matrix4(fb, b + j * 16 * BK);
#pragma unroll
          for (int i = 0; i < WM / 16; i++) {
            multiply<T>(sum[i][j * 2], fa[i], fb[0], fb[1]);
            multiply<T>(sum[i][j * 2 + 1], fa[i], fb[2], fb[3]);
          }
        }
      }
    }
    copy_wait<0>();
  }
};
#endif

template <class T, class R, class L, bool VECTORS>
__device__ __forceinline__ void matmul(const R& rows, const T* w, const Epilogue<T>& epilogue, float* partial, int kp, int splits,
                                       int split) {
  HB_DYNAMIC_SHARED(T, shared);
  using S = Sums<T, L>;
  const int n = epilogue.n;
  const int m0 = blockIdx.x * L::BM, n0 = blockIdx.y * L::BN;

  // This block's steps along k: all, or one split's share.
  int steps = (kp + BK - 1) / BK;
  const int share = (steps + splits - 1) / splits, first = split * share;
  steps = first + share < steps ? share : steps - first;

  RowsLoader<T, R, L, VECTORS> left(rows, m0, first * BK);
  WeightLoader<T, L> right(w, n0, n, kp, epilogue.activation, first * BK);
  S warp;
  warp.add(steps, shared, [&](int step) {
    if (step < steps) {
      T* stage = shared + step % L::STAGES * L::STAGE;
      left.load(rows, stage);
      right.load(w, kp, stage + L::BM * BK);
    }
    copy_commit();  // an empty group at the end keeps the count of groups right
  });

  __syncthreads();  // all have read the last stage
  constexpr int STAGING = L::THREADS / 32 * Staging<S::WN>::FLOATS, PAIRS = L::BN / 2;
  static_assert(STAGING * 4 + L::BM / SLAB * PAIRS * 8 <= L::STAGES * L::STAGE * 2, "the stages have room for the epilogue");
  float* own = (float*)shared + (threadIdx.x >> 5) * Staging<S::WN>::FLOATS;
  float2* slabs = (float2*)((float*)shared + STAGING);
  float2* kept = slabs + warp.row / SLAB * PAIRS + warp.column / 2;
  write_out<T, S::WM, S::WN>(warp.sum, own, epilogue, partial, split, m0 + warp.row, n0 + warp.column,
                             [&](int i, int pass, int pair, float2 moments) {
                               kept[i * PAIRS + pass * (Staging<S::WN>::COLUMNS / 2) + pair] = moments;
                             });
  if (epilogue.wants_moments()) {
    __syncthreads();  // all slabs are there
    write_moments<T, L::BN>(slabs, epilogue, L::BM / UNIT, m0, n0, threadIdx.x, L::THREADS);
  }
}

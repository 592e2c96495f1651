// SPDX-License-Identifier: Apache-2.0
//
// y = x wᵀ as Hopper wants it: TMA brings whole tiles, wgmma multiplies them, and the warps divide the work.
//
// A block computes tiles of 128 rows x BN columns, one after the other. One warp does nothing but ask for the next tiles of
// both operands, 64 deep, in a ring of STAGES; two groups of four warps, 64 rows each, multiply what has come. Two mbarriers
// per stage pass it to and fro: `full` counts the bytes that have come, `empty` the eight warps that have read them. No warp
// waits for the whole block, and while one tile's results are written, the next one's operands are on their way.
//
// The left operand is a tensor of four axes, channels, columns, rows, images, of which a tile is a box: for a 3x3 filter the
// same box nine times, shifted by a pixel, and the border's zeros are what TMA fills in beyond the tensor. So 128 rows of the
// tile must be a box: whole rows of pixels, or whole images, or part of one row. A linear layer's matrix is one row of pixels.
// The right operand has three axes, k, halves, rows, so that with GEGLU a box alternates between values and gates.
//
// Launched in clusters, the blocks of one compute tiles below each other, which take the same tile of the right operand: each
// brings its share of it to all of them. So a stage is filled by several and must have been read in all: `empty` counts the
// readers of the whole cluster, and each of them tells every block. A block ends only when all that the others had to tell it
// has arrived. Where a tile has no neighbour, the neighbour computes rows that are not there.
//
// The order of summation is matmul.cuh's, and the same with clusters as without.
#pragma once
#include "epilogue.cuh"
#include "hopper.cuh"

template <int BN_, int STAGES_>
struct HopperTile {
  static constexpr int BM = 128, BN = BN_, DEPTH = 64, STAGES = STAGES_;
  static constexpr int READERS = 8, THREADS = (READERS + 1) * 32;
  static constexpr int STAGE = (BM + BN) * DEPTH;  // elements
  static constexpr int STAGING = Staging<BN>::FLOATS;
  static constexpr int SHARED = STAGES * STAGE * 2 + READERS * STAGING * 4 + STAGES * 16;
};
using Hopper128x160 = HopperTile<160, 5>;
using Hopper128x128 = HopperTile<128, 6>;

// The operands' shape. A linear layer has one tap, `width` at least m, and height 1.
struct HopperShape {
  int in, kw, taps;           // k runs over taps, and in each over `in` channels
  int width, height;          // of the result, or of one phase of it
  int top, left;              // padding
  int phases;                 // 4 where an image is doubled (upsample_conv.cu): as many products of one left operand; or 1
  int splits;
  int cluster, rank;          // how many blocks share a tile of the right operand, and which of them this one is
};

__device__ __forceinline__ void wait_for(u64* barrier, int parity) {
  while (!mbarrier_try(barrier, parity)) {
  }
}

// A place in the ring: which stage, and how often the ring has come round.
template <int STAGES>
struct Turn {
  int stage = 0, round = 0;
  __device__ __forceinline__ void next() {
    if (++stage == STAGES) {
      stage = 0;
      round ^= 1;
    }
  }
};

// What a block's `at`-th tile is.
template <class L>
struct HopperWork {
  int m0, n0, split, phase, first, steps;

  __device__ __forceinline__ HopperWork(int at, const HopperShape& s, int m, int n) {
    const int down = tiles_down(s, m), across = (n + L::BN - 1) / L::BN;
    m0 = at % down * L::BM;
    n0 = at / down % across * L::BN;
    split = at / down / across % s.splits;
    phase = at / down / across / s.splits;
    const int all = s.taps * ((s.in + L::DEPTH - 1) / L::DEPTH), share = (all + s.splits - 1) / s.splits;
    first = split * share;
    steps = first + share < all ? share : all - first;
  }
  // As many as the cluster divides.
  static __device__ __forceinline__ int tiles_down(const HopperShape& s, int m) {
    return ((m + L::BM - 1) / L::BM + s.cluster - 1) / s.cluster * s.cluster;
  }
  static __device__ __forceinline__ int count(const HopperShape& s, int m, int n) {
    return tiles_down(s, m) * ((n + L::BN - 1) / L::BN) * s.splits * s.phases;
  }
};

// Asks for the tiles, in the order in which they are multiplied, and stays until all have been read. One thread.
template <class T, class L>
__device__ __forceinline__ void hopper_bring(const TensorMap* a, const TensorMap* b, const HopperShape& s, int m, int n, int halves,
                                             T* stages, u64* full, u64* empty) {
  Turn<L::STAGES> turn;
  const int per_tap = (s.in + L::DEPTH - 1) / L::DEPTH;
  const int share = L::BN / s.cluster, own = s.rank * share;  // rows of the right operand's tile that come from here
  for (int at = blockIdx.x; at < HopperWork<L>::count(s, m, n); at += gridDim.x) {
    const HopperWork<L> work(at, s, m, n);
    const int q = work.m0 % s.width, p = work.m0 / s.width % s.height, image = work.m0 / s.width / s.height;
    // Of the four phases each has its filter, and its corner a pixel further down, or to the right, or both.
    const int top = s.top - (work.phase >> 1), left = s.left - (work.phase & 1), row = work.phase * n + work.n0;
    int tap = work.first / per_tap, c = work.first % per_tap * L::DEPTH;
    for (int step = 0; step < work.steps; step++, turn.next()) {
      wait_for(&empty[turn.stage], turn.round ^ 1);
      mbarrier_arrive_expect(&full[turn.stage], L::STAGE * (int)sizeof(T));
      T* stage = stages + turn.stage * L::STAGE;
      tensor_copy(stage, a, c, q + tap % s.kw - left, p + tap / s.kw - top, image, &full[turn.stage]);
      T* right = stage + (L::BM + own) * L::DEPTH;
      if (s.cluster == 1) {
        tensor_copy(right, b, tap * s.in + c, 0, row / halves, &full[turn.stage]);
      } else {
        tensor_copy_to((1u << s.cluster) - 1, right, b, tap * s.in + c, 0, (row + own) / halves, &full[turn.stage]);
      }
      c += L::DEPTH;
      if (c >= s.in) {
        c = 0;
        tap++;
      }
    }
  }
  // Readers in other blocks tell this one of the last stages too, and a word that is under way when its block ends would reach
  // shared memory that is another's. No barrier of the cluster helps: what a thread has sent may be slower than its arrival there.
  for (int i = 0; i < L::STAGES; i++, turn.next()) {
    wait_for(&empty[turn.stage], turn.round ^ 1);  // as if to fill it once more
  }
}

// Writes a warp's results. Their moments, if wanted, are kept in registers until the warp needs its staging area no more, which
// they then share with those of the other three warps of a unit.
template <class T, class L>
__device__ __forceinline__ void hopper_write_out(const float (&sum)[1][L::BN / 8][4], float* staging, const Epilogue<T>& epilogue,
                                                 float* partial, const HopperWork<L>& work, int reader) {
  constexpr int PASS = Staging<L::BN>::COLUMNS, PASSES = L::BN / PASS, EACH = (PASS / 2 + 31) / 32, PAIRS = L::BN / 2;
  static_assert(EACH <= 2, "a lane has two pairs of a pass at most");
  float2 kept[PASSES][EACH];
  float* own = staging + reader * L::STAGING;
  write_out<T, SLAB, L::BN>(sum, own, epilogue, partial, work.split, work.m0 + reader * SLAB, work.n0,
                            [&](int, int pass, int pair, float2 moments) { (pair < 32 ? kept[pass][0] : kept[pass][EACH - 1]) = moments; });
  if (epilogue.wants_moments()) {
    const int lane = threadIdx.x & 31, group = reader / 4, row = work.m0 + group * UNIT;
#pragma unroll
    for (int pass = 0; pass < PASSES; pass++) {
#pragma unroll
      for (int k = 0; k < EACH; k++) {
        if (k * 32 + lane < PASS / 2) {
          ((float2*)own)[pass * PASS / 2 + k * 32 + lane] = kept[pass][k];
        }
      }
    }
    group_sync(group);  // the slabs of all four warps are there
    for (int pair = threadIdx.x & 127; pair < PAIRS; pair += 128) {
      float2* to = epilogue.moments_of(row, work.n0 + pair * 2);
      if (to) {
        *to = merge_tree<UNIT / SLAB>((float2*)(staging + group * 4 * L::STAGING) + pair, L::STAGING / 2, 2 * SLAB);
      }
    }
    group_sync(group);  // and have been read
  }
}

// Multiplies what comes, and writes the results. `reader` of the eight warps.
template <class T, class L>
__device__ __forceinline__ void hopper_multiply(const HopperShape& s, const Epilogue<T>& epilogue, float* partial, const T* stages,
                                                float* staging, int reader, u64* full, u64* empty) {
  Turn<L::STAGES> turn;
  const int m = epilogue.m, n = epilogue.n;
  // Of a warp one lane speaks to each block of the cluster.
  const int lane = threadIdx.x & 31;
  const bool speaker = lane < s.cluster;
  const u32 told = cluster_address(empty, speaker ? lane : s.rank);
  for (int at = blockIdx.x; at < HopperWork<L>::count(s, m, n); at += gridDim.x) {
    const HopperWork<L> work(at, s, m, n);
    float sum[1][L::BN / 8][4] = {};
    int last = 0;
    for (int step = 0; step < work.steps; step++, turn.next()) {
      wait_for(&full[turn.stage], turn.round);
      const T* stage = stages + turn.stage * L::STAGE;
      const u64 a = matrix_descriptor128(stage + reader / 4 * 64 * L::DEPTH), b = matrix_descriptor128(stage + L::BM * L::DEPTH);
      wgmma_fence();
#pragma unroll
      for (int k = 0; k < L::DEPTH / 16; k++) {
        Wgmma<T>::multiply(sum[0], a + k * 2, b + k * 2);  // 16 elements on: 32 bytes
      }
      wgmma_commit();
      wgmma_wait<1>();  // the step before is done, and its stage may be filled again
      if (speaker && step > 0) {
        mbarrier_arrive_at(told + last * (u32)sizeof *empty);
      }
      last = turn.stage;
    }
    wgmma_wait<0>();
    if (speaker && work.steps > 0) {
      mbarrier_arrive_at(told + last * (u32)sizeof *empty);
    }
    Epilogue<T> of_phase = epilogue;
    of_phase.phase = s.phases == 1 ? NO_PHASE : work.phase;
    hopper_write_out<T, L>(sum, staging, of_phase, partial, work, reader);
  }
}

template <class T, class L>
__device__ __forceinline__ void hopper_matmul(const TensorMap* a, const TensorMap* b, const HopperShape& s, const Epilogue<T>& epilogue,
                                              float* partial) {
  HB_DYNAMIC_SHARED(T, stages);
  float* staging = (float*)(stages + L::STAGES * L::STAGE);
  u64 *full = (u64*)(staging + L::READERS * L::STAGING), *empty = full + L::STAGES;
  if (threadIdx.x == 0) {
    for (int i = 0; i < L::STAGES; i++) {
      mbarrier_init(&full[i], 1);
      mbarrier_init(&empty[i], L::READERS * s.cluster);
    }
    mbarrier_fence();
  }
  cluster_arrive();  // no block may hear from another before its barriers are there
  cluster_wait();
  const int warp = threadIdx.x >> 5;
  if (warp < L::READERS) {
    hopper_multiply<T, L>(s, epilogue, partial, stages, staging, warp, full, empty);
  } else if (threadIdx.x == L::READERS * 32) {
    hopper_bring<T, L>(a, b, s, epilogue.m, epilogue.n, epilogue.activation == GEGLU ? 2 : 1, stages, full, empty);
  }
}

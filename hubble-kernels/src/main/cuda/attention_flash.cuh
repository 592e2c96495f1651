// SPDX-License-Identifier: Apache-2.0
//
// softmax(Q Kᵀ · scale) V without the matrix of logits ("flash attention", Dao, 2023, arXiv:2307.08691), for heads up to 160.
//
// A block of 4 warps has 64 queries of one head, a warp 16 of them. Queries stay in registers; keys and values come in tiles
// of KEYS, double-buffered by cp.async. Logits are fragments of float; their exponentials, packed to pairs, are at once the
// left operand of the second product: the accumulator layout of mma is its A layout. The result is rescaled whenever a row's
// maximum grows.
//
// Stable Diffusion's heads are 40, 80 and 160 wide, which padding to powers of two would make up to 1.6 times the work. Here
// only the first product's depth is padded to a multiple of 16 (40 -> 48, zeros in shared memory); the second's width is
// exact. A shared row is 8 elements longer than its head: an odd number of 16-byte chunks, so ldmatrix meets no bank twice.
#pragma once
#include "attention.cuh"

template <int D_, int KEYS_>
struct FlashShape {
  static constexpr int D = D_, KEYS = KEYS_, QUERIES = 64, THREADS = 128;
  static constexpr int DEPTH = (D + 15) / 16 * 16;  // of Q Kᵀ
  static constexpr int STRIDE = DEPTH + 8;
};

template <class T, class S>
__device__ __forceinline__ void flash(Heads<T> h) {
  HB_DYNAMIC_SHARED(T, shared);
  constexpr int CHUNKS = S::DEPTH / 8, TILE = S::KEYS * S::STRIDE;
  T *sq = shared, *sk = sq + S::QUERIES * S::STRIDE, *sv = sk + 2 * TILE;
  const int lane = threadIdx.x & 31, warp = threadIdx.x >> 5, q0 = blockIdx.x * S::QUERIES;
  h.select();
  const int keys = h.seen(q0 + S::QUERIES), tiles = (keys + S::KEYS - 1) / S::KEYS;
  auto load = [&](int tile) {
    load_rows<T, S::KEYS, CHUNKS, S::STRIDE, S::THREADS>(sk + tile % 2 * TILE, h.k, h.kv_stride, tile * S::KEYS, h.keys, h.d);
    load_rows<T, S::KEYS, CHUNKS, S::STRIDE, S::THREADS>(sv + tile % 2 * TILE, h.v, h.kv_stride, tile * S::KEYS, h.keys, h.d);
    copy_commit();
  };
  load_rows<T, S::QUERIES, CHUNKS, S::STRIDE, S::THREADS>(sq, h.q, h.q_stride, q0, h.queries, h.d);
  load(0);

  u32 q[S::DEPTH / 16][4];
  float out[S::D / 8][4] = {};
  Softmax rows[2];
  const float to_log2 = h.scale * LOG2_E;
  const int row = q0 + warp * 16 + (lane >> 2);  // the lane's first row; the other is 8 below
  for (int tile = 0; tile < tiles; tile++) {
    if (tile + 1 < tiles) {
      load(tile + 1);
      copy_wait<1>();
    } else {
      copy_wait<0>();
    }
    __syncthreads();
    if (tile == 0) {
#pragma unroll
      for (int c = 0; c < S::DEPTH / 16; c++) {
        load_matrix4(q[c], sq + (warp * 16 + (lane & 15)) * S::STRIDE + c * 16 + (lane >> 4) * 8);
      }
    }
    const T *k = sk + tile % 2 * TILE, *v = sv + tile % 2 * TILE;

    float s[S::KEYS / 8][4] = {};
#pragma unroll
    for (int c = 0; c < S::DEPTH / 16; c++) {
#pragma unroll
      for (int j = 0; j < S::KEYS / 16; j++) {
        u32 b[4];
        load_matrix4(b, k + (j * 16 + (lane & 7) + (lane >> 4) * 8) * S::STRIDE + c * 16 + (lane >> 3 & 1) * 8);
        multiply<T>(s[j * 2], q[c], b[0], b[1]);
        multiply<T>(s[j * 2 + 1], q[c], b[2], b[3]);
      }
    }

#pragma unroll
    for (int half = 0; half < 2; half++) {
      const int limit = h.causal && row + half * 8 < keys ? row + half * 8 + 1 : keys;
      float max = rows[half].max;
#pragma unroll
      for (int j = 0; j < S::KEYS / 8; j++) {
#pragma unroll
        for (int e = 0; e < 2; e++) {
          float& z = s[j][half * 2 + e];
          z = tile * S::KEYS + j * 8 + (lane & 3) * 2 + e < limit ? z * to_log2 : UNSEEN;
          max = max > z ? max : z;
        }
      }
      max = quad_max(max);
      const float factor = rows[half].raise(max);
      float sum = 0;
#pragma unroll
      for (int j = 0; j < S::KEYS / 8; j++) {
#pragma unroll
        for (int e = 0; e < 2; e++) {
          float& z = s[j][half * 2 + e];
          z = exp2_approx(z - max);
          sum += z;
        }
      }
      rows[half].sum += sum;  // each lane its own columns; the quad's are added at the end
#pragma unroll
      for (int j = 0; j < S::D / 8; j++) {
        out[j][half * 2] *= factor;
        out[j][half * 2 + 1] *= factor;
      }
    }

#pragma unroll
    for (int c = 0; c < S::KEYS / 16; c++) {
      const u32 p[4] = {pack2<T>(s[c * 2][0], s[c * 2][1]), pack2<T>(s[c * 2][2], s[c * 2][3]),
                        pack2<T>(s[c * 2 + 1][0], s[c * 2 + 1][1]), pack2<T>(s[c * 2 + 1][2], s[c * 2 + 1][3])};
#pragma unroll
      for (int j = 0; j < S::D / 8; j += 2) {
        u32 b[4];
        load_matrix4_transposed(b, v + (c * 16 + (lane & 15)) * S::STRIDE + j * 8 + (lane >> 4) * 8);
        multiply<T>(out[j], p, b[0], b[1]);
        if (j + 1 < S::D / 8) {
          multiply<T>(out[j + 1], p, b[2], b[3]);
        }
      }
    }
    __syncthreads();  // the buffers just read are filled next
  }

#pragma unroll
  for (int half = 0; half < 2; half++) {
    const float inverse = 1.0f / quad_sum(rows[half].sum);
    if (row + half * 8 < h.queries) {
      T* y = h.y + (long long)(row + half * 8) * h.y_stride + (lane & 3) * 2;
#pragma unroll
      for (int j = 0; j < S::D / 8; j++) {
        if (j * 8 < h.d) {
          *(u32*)(y + j * 8) = pack2<T>(out[j][half * 2] * inverse, out[j][half * 2 + 1] * inverse);
        }
      }
    }
  }
}

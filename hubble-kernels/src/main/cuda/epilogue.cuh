// SPDX-License-Identifier: Apache-2.0
//
// What happens to a finished sum on its way to memory: bias, activation, a vector per image, a residual; and, if a group
// normalisation is to follow, the moments of what is stored. The matmul kernels do it on their registers; a split matmul leaves
// it to hb_split_sum.
#pragma once
#include "device.cuh"
#include "functions.cuh"
#include "moments.cuh"

template <class A, class B>
struct Same {
  static constexpr bool value = false;
};
template <class A>
struct Same<A, A> {
  static constexpr bool value = true;
};

enum Activation { NONE = 0, QUICK_GELU = 1, GEGLU = 2, SILU = 3 };
constexpr int NO_PHASE = -1;

// The matmul's columns are the weight's rows in order; for GEGLU values and gates alternate, so that a pair lies in
// neighbouring columns, which one thread holds.
__device__ __forceinline__ int weight_row(int column, int n, int activation) {
  return activation == GEGLU ? (column >> 1) + (column & 1) * (n >> 1) : column;
}

template <class T>
struct Epilogue {
  const T* bias;          // [n] or null
  const T* image_vector;  // [images][n] or null
  const T* residual;      // like y, or null
  T* y;                   // [m][n], with GEGLU [m][n/2]
  float2* moments;        // [m/UNIT][n/2] or null; then m is a multiple of UNIT, n even, and it is not GEGLU
  int m, n, rows_per_image, activation;
  // Where an image is doubled (upsample_conv.cu), which of four phases the rows are: y is [4·m][n] then, and `width` the small
  // image's.
  int phase = NO_PHASE, width = 0;

  // What is normalised next is a sum, which nobody keeps in bf16: its kernels are spared the code.
  static constexpr bool MOMENTS = !Same<T, bf16>::value;
  __device__ __forceinline__ bool wants_moments() const { return MOMENTS && moments; }

  // Which row of y a row is. In phase 2a + b, row (image·h + i)·w + j is the pixel (2i + a, 2j + b) of an image 2h x 2w.
  __device__ __forceinline__ int place(int row) const {
    return phase == NO_PHASE ? row : 4 * row - 2 * (row % width) + (phase >> 1) * 2 * width + (phase & 1);
  }

  // The sum of column `column`, biased and activated, plus the image's vector; not for GEGLU.
  __device__ __forceinline__ float finish(float sum, int row, int column) const {
    if (bias) {
      sum += to_float(bias[column]);
    }
    if (activation == QUICK_GELU) {
      sum = quick_gelu(sum);
    } else if (activation == SILU) {
      sum = silu(sum);
    }
    if (image_vector) {
      sum += to_float(image_vector[(long long)(row / rows_per_image) * n + column]);
    }
    return sum;
  }

  __device__ __forceinline__ float finish_pair(float value, float gate, int pair) const {
    if (bias) {
      value += to_float(bias[pair]);
      gate += to_float(bias[pair + (n >> 1)]);
    }
    return value * gelu(gate);
  }

  // Both of these return what they have stored.
  __device__ __forceinline__ float store(float result, long long at) const {
    if (residual) {
      result += to_float(residual[at]);
    }
    const T rounded = from_float<T>(result);
    y[at] = rounded;
    return to_float(rounded);
  }

  // Whether two neighbouring results lie in one aligned word.
  __device__ __forceinline__ bool words() const { return sizeof(T) == 2 && activation != GEGLU && (n & 1) == 0; }

  // The residual of columns `column` (even) and the next, if they lie in a word; apart from store_two, so that several can be
  // on their way at once.
  __device__ __forceinline__ u32 residual_word(int row, int column) const {
    return residual && words() && row < m && column < n ? *(const u32*)(residual + (long long)place(row) * n + column) : 0;
  }

  // Stores the bare sums of columns `column` (even) and the next for one split.
  __device__ __forceinline__ void store_sums(float* partial, int split, float first, float second, int row, int column) const {
    const long long rows = phase == NO_PHASE ? m : 4LL * m;
    float* to = partial + (split * rows + place(row)) * n + column;
    if (row < m && column < n) {
      to[0] = first;
      if (column + 1 < n) {
        to[1] = second;
      }
    }
  }

  // Stores the results of columns `column` (even) and the next.
  __device__ __forceinline__ float2 store_two(float first, float second, u32 added, int row, int column) const {
    float2 stored = {0, 0};
    if (row >= m || column >= n) {
      return stored;
    }
    long long at = (long long)place(row) * n + column;
    if (activation == GEGLU) {
      store(finish_pair(first, second, column >> 1), at >> 1);
    } else if (words()) {
      union Two {
        u32 bits;
        T v[4 / sizeof(T)];
      } two;
      constexpr int LAST = 4 / sizeof(T) - 1;
      first = finish(first, row, column);
      second = finish(second, row, column + 1);
      if (residual) {
        two.bits = added;
        first += to_float(two.v[0]);
        second += to_float(two.v[LAST]);
      }
      two.v[0] = from_float<T>(first);
      two.v[LAST] = from_float<T>(second);
      *(u32*)(y + at) = two.bits;
      stored = {to_float(two.v[0]), to_float(two.v[LAST])};
    } else {
      stored.x = store(finish(first, row, column), at);
      if (column + 1 < n) {
        stored.y = store(finish(second, row, column + 1), at + 1);
      }
    }
    return stored;
  }

  // Where the moments of the unit with this row and of the pair with this column go, or null beyond the result. An image's units
  // are its phases', one phase after the other: whoever reads them takes all of an image, in any order.
  __device__ __forceinline__ float2* moments_of(int row, int column) const {
    const int before = phase == NO_PHASE ? 0 : (3 * (row / rows_per_image) + phase) * (rows_per_image / UNIT);
    return row < m && column < n ? moments + (long long)(row / UNIT + before) * (n >> 1) + (column >> 1) : nullptr;
  }
};

// ---- from registers to memory ----

// A warp's part of a tile goes out through shared memory, 16 rows at a time: lane l holds of each
// 16x8 fragment the rows l/4 and l/4 + 8, columns 2·(l%4) and the next; but the lanes of a warp are to write neighbours, and
// the code for that shall stand there once. A warp has FLOATS of its own.
template <int WIDTH>
struct Staging {
  static constexpr int COLUMNS = WIDTH % 80 == 0 ? 80 : 32, STRIDE = COLUMNS + 4, FLOATS = 16 * STRIDE;
};

// Writes the ROWS x COLUMNS sums whose first is at (row, column): finished to y, or bare to the partial sums of `split`. If
// moments are wanted, calls keep(i, pass, pair, moments) for those of the rows 16·i.. and of a pair of the pass's columns; a lane's
// pairs are 32 apart.
template <class T, int ROWS, int COLUMNS, class Keep>
__device__ __forceinline__ void write_out(const float (&sum)[ROWS / 16][COLUMNS / 8][4], float* own, const Epilogue<T>& epilogue,
                                          float* partial, int split, int row, int column, Keep keep) {
  constexpr int PASS = Staging<COLUMNS>::COLUMNS, STRIDE = Staging<COLUMNS>::STRIDE, AT_ONCE = 4;
  const int lane = threadIdx.x & 31;
#pragma unroll
  for (int i = 0; i < ROWS / 16; i++) {
#pragma unroll
    for (int from = 0; from < COLUMNS; from += PASS) {
#pragma unroll
      for (int j = 0; j < PASS / 8; j++) {
        const float(&f)[4] = sum[i][from / 8 + j];
        float* to = own + (lane >> 2) * STRIDE + j * 8 + (lane & 3) * 2;
        *(float2*)to = float2{f[0], f[1]};
        *(float2*)(to + 8 * STRIDE) = float2{f[2], f[3]};
      }
      __syncwarp();
      const int row0 = row + i * 16, column0 = column + from;
#pragma unroll 1
      for (int at = lane; at < 16 * PASS / 2; at += 32 * AT_ONCE) {
        u32 added[AT_ONCE];
#pragma unroll
        for (int u = 0; u < AT_ONCE; u++) {
          added[u] = epilogue.residual_word(row0 + (at + u * 32) / (PASS / 2), column0 + (at + u * 32) % (PASS / 2) * 2);
        }
#pragma unroll
        for (int u = 0; u < AT_ONCE; u++) {
          const int r = (at + u * 32) / (PASS / 2), c = (at + u * 32) % (PASS / 2) * 2;
          float2* two = (float2*)(own + r * STRIDE + c);
          if (partial) {
            epilogue.store_sums(partial, split, two->x, two->y, row0 + r, column0 + c);
          } else {
            const float2 stored = epilogue.store_two(two->x, two->y, added[u], row0 + r, column0 + c);
            if (epilogue.wants_moments()) {
              *two = stored;
            }
          }
        }
      }
      __syncwarp();
      if (epilogue.wants_moments()) {
#pragma unroll 1
        for (int pair = lane; pair < PASS / 2; pair += 32) {
          PairMoments<SLAB> pairs;
          pairs.start = *(const float2*)(own + pair * 2);
#pragma unroll 4
          for (int r = 0; r < SLAB; r++) {
            pairs.add(*(const float2*)(own + r * STRIDE + pair * 2));
          }
          keep(i, from / PASS, pair, pairs.result());
        }
        __syncwarp();
      }
    }
  }
}

// ---- from slabs to units ----

// Writes the moments of the pairs of a tile of BN columns whose slabs lie one after the other in shared memory. The thread is
// the `thread`-th of `threads`, and the tile has `units` units.
template <class T, int BN>
__device__ __forceinline__ void write_moments(const float2* slabs, const Epilogue<T>& epilogue, int units, int row, int column, int thread,
                                              int threads) {
  for (int at = thread; at < units * (BN / 2); at += threads) {
    const int unit = at / (BN / 2), pair = at % (BN / 2);
    float2* to = epilogue.moments_of(row + unit * UNIT, column + pair * 2);
    if (to) {
      *to = merge_tree<UNIT / SLAB>(slabs + unit * (UNIT / SLAB) * (BN / 2) + pair, BN / 2, 2 * SLAB);
    }
  }
}

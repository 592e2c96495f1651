// SPDX-License-Identifier: Apache-2.0
//
// Group and layer normalisation.
//
// Group normalisation takes two kernels, because its sums go over a whole image: one block per image and group would leave
// most of the GPU idle. hb_group_stats gives each block a chunk of the places (all channels, so that reads are whole rows),
// and writes mean and sum of squared deviations per chunk and group; hb_group_norm merges them and normalises. The SiLU
// that follows in every residual block is done on the way out. Both read their channels from one tensor or from two: what
// comes up the U and the skip connection beside it need not be joined first.
//
// What a matmul has computed has its statistics already (moments.cuh), by units of 64 places and 2 channels. hb_group_norm merges
// these just as well; where they are many, hb_group_merge does it once for all blocks.
#include "device.cuh"
#include "functions.cuh"
#include "moments.cuh"

__device__ __forceinline__ float sum_lanes(float v) {
#pragma unroll
  for (int distance = 16; distance; distance /= 2) {
    v += __shfl_xor_sync(ALL_LANES, v, distance);
  }
  return v;
}

// SIZE channels at a time: a whole vector, or 1 where channels do not come in vectors.
template <class T, int SIZE>
__device__ __forceinline__ void load_channels(const T* p, float (&v)[SIZE]) {
  if (SIZE == 1) {
    v[0] = to_float(*p);
  } else {
    Vec<T> in = load_vec(p);
#pragma unroll
    for (int j = 0; j < SIZE; j++) {
      v[j] = to_float(in.v[j]);
    }
  }
}

template <class T, int SIZE>
__device__ __forceinline__ void store_channels(T* p, const float (&v)[SIZE]) {
  if (SIZE == 1) {
    *p = from_float<T>(v[0]);
  } else {
    Vec<T> out;
#pragma unroll
    for (int j = 0; j < SIZE; j++) {
      out.v[j] = from_float<T>(v[j]);
    }
    store_vec(p, out);
  }
}

// Images whose channels stand side by side in one tensor or in two: x has the first c1 of c, x2 the others. With one c1 = c.
template <class T>
struct Sides {
  const T *x, *x2;
  int c, c1;

  __device__ __forceinline__ bool first(int channel) const { return channel < c1; }
  // How many channels stand together where this one does.
  __device__ __forceinline__ int width(int channel) const { return first(channel) ? c1 : c - c1; }
  __device__ __forceinline__ const T* at(long long place, int channel) const {
    return first(channel) ? x + place * c1 + channel : x2 + place * (c - c1) + (channel - c1);
  }
  // Whether a vector never straddles two places or two tensors.
  __device__ __forceinline__ bool vectors() const { return c % Vec<T>::SIZE == 0 && c1 % Vec<T>::SIZE == 0; }
};

// Statistics of an image in parts: of as many places each (but for the last), and of `width` channels, which are all of a group
// or divide it. Like the channels they stand in one array or in two.
struct Parts {
  const float2 *first, *second;  // [images][parts][c1/width], [images][parts][(c-c1)/width]: mean, squared deviations
  int parts, width, c, c1;

  // With one array it has all channels, whether they stand in two tensors or not.
  __device__ __forceinline__ Parts(const float2* first, const float2* second, int parts, int width, int c, int c1)
      : first(first), second(second), parts(parts), width(width), c(c), c1(second ? c1 : c) {}

  // What the `lane`-th of `lanes` threads has to merge of the channels from..from+wide-1 of an image.
  __device__ __forceinline__ Moments share(int image, int places, int from, int wide, int lane, int lanes) const {
    const int across = wide / width, per_part = (places + parts - 1) / parts;
    Moments m = {0, 0, 0};
    for (int i = lane; i < parts * across; i += lanes) {
      const int part = i / across, channel = from + i % across * width;
      const int left = places - part * per_part, count = left < per_part ? left : per_part;  // of an empty part 0 or less
      const long long row = (long long)image * parts + part;
      const float2 of = channel < c1 ? first[row * (c1 / width) + channel / width] : second[row * ((c - c1) / width) + (channel - c1) / width];
      m.merge({(float)count * width, of.x, of.y});
    }
    return m;
  }
};

// Threads are laid out as `slots` rows of c/SIZE; slot s takes places s, s + slots, … of the chunk. The moments of each
// (slot, channel) meet in shared memory; then a warp merges each group.
template <class T, int SIZE>
__device__ __forceinline__ void group_stats(const Sides<T>& x, float2* partial, int places, int groups, int chunks) {
  HB_DYNAMIC_SHARED(float, shared);
  const int c = x.c, wide = c / SIZE, slots = wide < 256 ? 256 / wide : 1;
  float *means = shared, *m2s = shared + slots * c;
  const int per_chunk = (places + chunks - 1) / chunks, from = blockIdx.x * per_chunk;
  const int to = from + per_chunk < places ? from + per_chunk : places;

  const int slot = wide < 256 ? threadIdx.x / wide : 0;
  if (slot < slots) {
    for (int v = wide < 256 ? threadIdx.x % wide : threadIdx.x; v < wide; v += 256) {
      float start[SIZE] = {}, sum[SIZE] = {}, squares[SIZE] = {}, value[SIZE];
      int count = 0;
      const T* at = x.at((long long)blockIdx.y * places + from + slot, v * SIZE);
      const int apart = slots * x.width(v * SIZE);
      for (int p = from + slot; p < to; p += slots, at += apart, count++) {
        load_channels<T, SIZE>(at, value);
#pragma unroll
        for (int j = 0; j < SIZE; j++) {
          if (count == 0) {
            start[j] = value[j];
          }
          float d = value[j] - start[j];
          sum[j] += d;
          squares[j] += d * d;
        }
      }
      float inverse = count ? 1.0f / count : 0.0f;
#pragma unroll
      for (int j = 0; j < SIZE; j++) {
        means[slot * c + v * SIZE + j] = start[j] + sum[j] * inverse;
        m2s[slot * c + v * SIZE + j] = squares[j] - sum[j] * sum[j] * inverse;
      }
    }
  }
  __syncthreads();

  const int width = c / groups, lane = threadIdx.x & 31;
  for (int g = threadIdx.x >> 5; g < groups; g += 8) {
    Moments m = {0, 0, 0};
    for (int i = lane; i < slots * width; i += 32) {
      int s = i / width, at = s * c + g * width + i % width;
      // How many places slot s had.
      int count = to - from > s ? (to - from - s + slots - 1) / slots : 0;
      m.merge({(float)count, means[at], m2s[at]});
    }
    m = merge_lanes(m);
    if (lane == 0) {
      partial[((long long)blockIdx.y * chunks + blockIdx.x) * groups + g] = float2{m.mean, m.m2};
    }
  }
}

// Mean and 1/deviation of every group of the block's image, in shared memory.
__device__ __forceinline__ void group_scales(const Parts& parts, float* means, float* scales, int places, int groups, float eps) {
  const int width = parts.c / groups, lane = threadIdx.x & 31;
  for (int g = threadIdx.x >> 5; g < groups; g += 8) {
    const Moments m = merge_lanes(parts.share(blockIdx.y, places, g * width, width, lane, 32));
    if (lane == 0) {
      means[g] = m.mean;
      scales[g] = 1.0f / sqrtf(m.m2 / m.count + eps);
    }
  }
  __syncthreads();
}

template <class T, int SIZE>
__device__ __forceinline__ void group_norm(const Sides<T>& x, const T* gamma, const T* beta, const float* means, const float* scales, T* y,
                                           int places, int groups, int silu_after) {
  const int c = x.c, width = c / groups;
  const long long size = (long long)places * c, before = (long long)blockIdx.y * places;  // size below 2³¹
  y += blockIdx.y * size;
  for (long long i = ((long long)blockIdx.x * 256 + threadIdx.x) * SIZE; i < size; i += (long long)gridDim.x * 256 * SIZE) {
    float value[SIZE], scale[SIZE], shift[SIZE];
    const u32 place = (u32)i / (u32)c, channel = (u32)i - place * c;
    load_channels<T, SIZE>(x.at(before + place, channel), value);
    load_channels<T, SIZE>(gamma + channel, scale);
    load_channels<T, SIZE>(beta + channel, shift);
    int g = (int)channel / width, left = width - (int)channel % width;  // groups may be narrower than a vector, and straddle them
#pragma unroll
    for (int j = 0; j < SIZE; j++) {
      if (left == 0) {
        g++;
        left = width;
      }
      left--;
      value[j] = (value[j] - means[g]) * scales[g] * scale[j] + shift[j];
      if (silu_after) {
        value[j] = silu(value[j]);
      }
    }
    store_channels<T, SIZE>(y + i, value);
  }
}

// A warp per row. Rows of up to 5 vectors a lane (1280 channels of two bytes) stay in registers; longer ones are read thrice.
template <class T, int SIZE>
__device__ __forceinline__ void layer_norm(const T* x, const T* gamma, const T* beta, T* y, int rows, int c, float eps) {
  constexpr int KEPT = SIZE == 1 ? 0 : 5;
  const int row = blockIdx.x * 8 + (threadIdx.x >> 5), lane = threadIdx.x & 31;
  if (row >= rows) {
    return;
  }
  x += (long long)row * c;
  y += (long long)row * c;
  float kept[KEPT ? KEPT : 1][SIZE];
  const bool keep = c <= KEPT * 32 * SIZE;
  // Calls f(channel, values) for all of the lane's vectors.
  auto each = [&](auto f) {
    if (keep) {
#pragma unroll
      for (int k = 0; k < KEPT; k++) {
        if ((k * 32 + lane) * SIZE < c) {
          f((k * 32 + lane) * SIZE, kept[k]);
        }
      }
    } else {
      for (int at = lane * SIZE; at < c; at += 32 * SIZE) {
        float value[SIZE];
        load_channels<T, SIZE>(x + at, value);
        f(at, value);
      }
    }
  };
  if (keep) {
#pragma unroll
    for (int k = 0; k < KEPT; k++) {
      if ((k * 32 + lane) * SIZE < c) {
        load_channels<T, SIZE>(x + (k * 32 + lane) * SIZE, kept[k]);
      }
    }
  }
  // Less the row's first number, so that the sum of numbers far from zero stays exact.
  const float start = to_float(x[0]);
  float sum = 0, squares = 0;
  each([&](int, float (&v)[SIZE]) {
#pragma unroll
    for (int j = 0; j < SIZE; j++) {
      sum += v[j] - start;
    }
  });
  const float mean = start + sum_lanes(sum) / c;
  each([&](int, float (&v)[SIZE]) {
#pragma unroll
    for (int j = 0; j < SIZE; j++) {
      squares += (v[j] - mean) * (v[j] - mean);
    }
  });
  const float scale = 1.0f / sqrtf(sum_lanes(squares) / c + eps);
  __syncwarp();  // in place: nobody writes the row's first number before all have read it
  each([&](int at, float (&v)[SIZE]) {
    float weight[SIZE], shift[SIZE];
    load_channels<T, SIZE>(gamma + at, weight);
    load_channels<T, SIZE>(beta + at, shift);
#pragma unroll
    for (int j = 0; j < SIZE; j++) {
      shift[j] += (v[j] - mean) * scale * weight[j];
    }
    store_channels<T, SIZE>(y + at, shift);
  });
}

// Merges the parts of group blockIdx.x of image blockIdx.y to one.
extern "C" __global__ void __launch_bounds__(256)
    hb_group_merge_f32(const float2* partial, const float2* partial2, float2* merged, int places, int c, int c1, int groups, int chunks,
                       int wide) {
  HB_SHARED(Moments, warps, 8);
  const Parts parts(partial, partial2, chunks, wide, c, c1);
  const int width = c / groups, lane = threadIdx.x & 31;
  const Moments m = merge_lanes(parts.share(blockIdx.y, places, blockIdx.x * width, width, threadIdx.x, 256));
  if (lane == 0) {
    warps[threadIdx.x >> 5] = m;
  }
  __syncthreads();
  if (threadIdx.x == 0) {
    Moments all = warps[0];
    for (int w = 1; w < 8; w++) {
      all.merge(warps[w]);
    }
    merged[(long long)blockIdx.y * groups + blockIdx.x] = float2{all.mean, all.m2};
  }
}
HB_REGISTER(hb_group_merge_f32, 256)

#define HB_NORMS(S, T)                                                                                                      \
  extern "C" __global__ void __launch_bounds__(256, 4)                                                                     \
      hb_group_stats_##S(const T* x, const T* x2, float2* partial, int places, int c, int c1, int groups, int chunks) {     \
    const Sides<T> sides{x, x2, c, c1};                                                                                     \
    if (sides.vectors()) {                                                                                                  \
      group_stats<T, Vec<T>::SIZE>(sides, partial, places, groups, chunks);                                                 \
    } else {                                                                                                                \
      group_stats<T, 1>(sides, partial, places, groups, chunks);                                                            \
    }                                                                                                                       \
  }                                                                                                                         \
  HB_REGISTER(hb_group_stats_##S, 256)                                                                                      \
  extern "C" __global__ void __launch_bounds__(256, 4)                                                                     \
      hb_group_norm_##S(const T* x, const T* x2, const T* gamma, const T* beta, const float2* partial, const float2* partial2, \
                        T* y, int places, int c, int c1, int groups, int chunks, int wide, float eps, int silu) {           \
    const Sides<T> sides{x, x2, c, c1};                                                                                     \
    HB_DYNAMIC_SHARED(float, means);                                                                                        \
    float* scales = means + groups;                                                                                         \
    group_scales(Parts(partial, partial2, chunks, wide, c, c1), means, scales, places, groups, eps);                        \
    if (sides.vectors()) {                                                                                                  \
      group_norm<T, Vec<T>::SIZE>(sides, gamma, beta, means, scales, y, places, groups, silu);                              \
    } else {                                                                                                                \
      group_norm<T, 1>(sides, gamma, beta, means, scales, y, places, groups, silu);                                         \
    }                                                                                                                       \
  }                                                                                                                         \
  HB_REGISTER(hb_group_norm_##S, 256)                                                                                       \
  extern "C" __global__ void __launch_bounds__(256)                                                                        \
      hb_layer_norm_##S(const T* x, const T* gamma, const T* beta, T* y, int rows, int c, float eps) {                      \
    if (c % Vec<T>::SIZE == 0) {                                                                                            \
      layer_norm<T, Vec<T>::SIZE>(x, gamma, beta, y, rows, c, eps);                                                         \
    } else {                                                                                                                \
      layer_norm<T, 1>(x, gamma, beta, y, rows, c, eps);                                                                    \
    }                                                                                                                       \
  }                                                                                                                         \
  HB_REGISTER(hb_layer_norm_##S, 256)

HB_NORMS(f16, f16)
HB_NORMS(bf16, bf16)
HB_NORMS(f32, float)

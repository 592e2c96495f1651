// SPDX-License-Identifier: Apache-2.0
//
// Kernels that only move numbers or treat each by itself. All are bound by memory, so all that counts is that a warp reads
// and writes whole 16-byte vectors: a thread takes 16 bytes of the result, a block 256 x 8 elements, then the grid strides on.
// What does not fill a vector (the tail, or rows whose length is no multiple of one) goes element by element.
#include "device.cuh"
#include "functions.cuh"

constexpr int THREADS = 256;

__device__ __forceinline__ long long first_element(int per_thread) { return ((long long)blockIdx.x * THREADS + threadIdx.x) * per_thread; }
__device__ __forceinline__ long long all_elements(int per_thread) { return (long long)gridDim.x * THREADS * per_thread; }

// y[i] = f(x[i])
template <class S, class T, class F>
__device__ __forceinline__ void map(const S* x, T* y, long long n, F f) {
  constexpr int STEP = 8;
  for (long long i = first_element(STEP); i < n; i += all_elements(STEP)) {
    if (i + STEP <= n) {
      Vec<S> in[STEP / Vec<S>::SIZE];
      Vec<T> out[STEP / Vec<T>::SIZE];
#pragma unroll
      for (int j = 0; j < STEP / Vec<S>::SIZE; j++) {
        in[j] = load_vec(x + i + j * Vec<S>::SIZE);
      }
#pragma unroll
      for (int j = 0; j < STEP; j++) {
        out[j / Vec<T>::SIZE].v[j % Vec<T>::SIZE] = from_float<T>(f(to_float(in[j / Vec<S>::SIZE].v[j % Vec<S>::SIZE])));
      }
#pragma unroll
      for (int j = 0; j < STEP / Vec<T>::SIZE; j++) {
        store_vec(y + i + j * Vec<T>::SIZE, out[j]);
      }
    } else {
      for (long long j = i; j < n; j++) {
        y[j] = from_float<T>(f(to_float(x[j])));
      }
    }
  }
}

// z[i] = *at(i), where `vectors` says that at(i) .. at(i + SIZE - 1) lie side by side and aligned for every i that is a
// multiple of SIZE.
template <class T, class At>
__device__ __forceinline__ void gather(T* z, long long n, bool vectors, At at) {
  constexpr int SIZE = Vec<T>::SIZE;
  for (long long i = first_element(SIZE); i < n; i += all_elements(SIZE)) {
    if (vectors) {
      store_vec(z + i, load_vec(at(i)));
    } else {
      for (long long j = i; j < n && j < i + SIZE; j++) {
        z[j] = *at(j);
      }
    }
  }
}

template <class T>
__device__ __forceinline__ void geglu(const T* x, T* y, long long n, int c) {
  constexpr int SIZE = Vec<T>::SIZE;
  for (long long i = first_element(SIZE); i < n; i += all_elements(SIZE)) {
    if (c % SIZE == 0) {
      const T* value = x + i / c * 2 * c + i % c;
      Vec<T> a = load_vec(value), g = load_vec(value + c), out;
#pragma unroll
      for (int j = 0; j < SIZE; j++) {
        out.v[j] = from_float<T>(to_float(a.v[j]) * gelu(to_float(g.v[j])));
      }
      store_vec(y + i, out);
    } else {
      for (long long j = i; j < n && j < i + SIZE; j++) {
        const T* value = x + j / c * 2 * c + j % c;
        y[j] = from_float<T>(to_float(value[0]) * gelu(to_float(value[c])));
      }
    }
  }
}

// z[i] = x[i] + *at(i): the second operand repeats in some way.
template <class T, class At>
__device__ __forceinline__ void add_repeated(const T* x, T* z, long long n, bool vectors, At at) {
  constexpr int SIZE = Vec<T>::SIZE;
  for (long long i = first_element(SIZE); i < n; i += all_elements(SIZE)) {
    if (vectors && i + SIZE <= n) {
      Vec<T> a = load_vec(x + i), b = load_vec(at(i)), out;
#pragma unroll
      for (int j = 0; j < SIZE; j++) {
        out.v[j] = from_float<T>(to_float(a.v[j]) + to_float(b.v[j]));
      }
      store_vec(z + i, out);
    } else {
      for (long long j = i; j < n && j < i + SIZE; j++) {
        z[j] = from_float<T>(to_float(x[j]) + to_float(*at(j)));
      }
    }
  }
}

template <class T>
__device__ __forceinline__ void weighted_sum(const T* const (&x)[8], const float (&w)[8], int count, T* y, long long n) {
  constexpr int SIZE = Vec<T>::SIZE;
  for (long long i = first_element(SIZE); i < n; i += all_elements(SIZE)) {
    if (i + SIZE <= n) {
      float sum[SIZE] = {};
#pragma unroll
      for (int k = 0; k < 8; k++) {
        if (k < count) {
          Vec<T> a = load_vec(x[k] + i);
#pragma unroll
          for (int j = 0; j < SIZE; j++) {
            sum[j] += w[k] * to_float(a.v[j]);
          }
        }
      }
      Vec<T> out;
#pragma unroll
      for (int j = 0; j < SIZE; j++) {
        out.v[j] = from_float<T>(sum[j]);
      }
      store_vec(y + i, out);
    } else {
      for (long long j = i; j < n; j++) {
        float sum = 0;
#pragma unroll
        for (int k = 0; k < 8; k++) {
          if (k < count) {
            sum += w[k] * to_float(x[k][j]);
          }
        }
        y[j] = from_float<T>(sum);
      }
    }
  }
}

template <class T>
__device__ __forceinline__ void concat(const T* x, const T* y, T* z, long long n, int a, int b) {
  int c = a + b;
  gather(z, n, a % Vec<T>::SIZE == 0 && b % Vec<T>::SIZE == 0, [=](long long i) {
    long long row = i / c;
    int at = (int)(i % c);
    return at < a ? x + row * a + at : y + row * b + at - a;
  });
}

// Pixel (p, q) copies pixel (p·h/height, q·w/width), rounded down.
template <class T>
__device__ __forceinline__ void upsample(const T* x, T* y, long long n, int h, int w, int height, int width, int c) {
  gather(y, n, c % Vec<T>::SIZE == 0, [=](long long i) {
    long long pixel = i / c;
    int q = (int)(pixel % width), p = (int)(pixel / width % height);
    long long image = pixel / width / height;
    int row = (int)((long long)p * h / height), column = (int)((long long)q * w / width);
    return x + ((image * h + row) * w + column) * c + i % c;
  });
}

template <class T>
__device__ __forceinline__ void embedding(const T* table, const int* ids, T* y, long long n, int c) {
  gather(y, n, c % Vec<T>::SIZE == 0, [=](long long i) { return table + (long long)ids[i / c] * c + i % c; });
}

#define HB_ELEMENTWISE(S, T)                                                                                                 \
  extern "C" __global__ void __launch_bounds__(THREADS) hb_silu_##S(const T* x, T* y, long long n) {                       \
    map(x, y, n, [](float v) { return silu(v); });                                                               \
  }                                                                                                                          \
  HB_REGISTER(hb_silu_##S, THREADS)                                                                                          \
  extern "C" __global__ void __launch_bounds__(THREADS) hb_quick_gelu_##S(const T* x, T* y, long long n) {                 \
    map(x, y, n, [](float v) { return quick_gelu(v); });                                                         \
  }                                                                                                                          \
  HB_REGISTER(hb_quick_gelu_##S, THREADS)                                                                                    \
  extern "C" __global__ void __launch_bounds__(THREADS) hb_geglu_##S(const T* x, T* y, long long n, int c) {               \
    geglu(x, y, n, c);                                                                                                       \
  }                                                                                                                          \
  HB_REGISTER(hb_geglu_##S, THREADS)                                                                                         \
  extern "C" __global__ void __launch_bounds__(THREADS)                                                                     \
      hb_add_##S(const T* x, const T* y, T* z, long long n, long long period) {                                            \
    add_repeated(x, z, n, period % Vec<T>::SIZE == 0 || period >= n, [=](long long i) { return y + i % period; });         \
  }                                                                                                                          \
  HB_REGISTER(hb_add_##S, THREADS)                                                                                           \
  extern "C" __global__ void __launch_bounds__(THREADS)                                                                     \
      hb_add_per_image_##S(const T* x, const T* v, T* z, long long n, long long per_image, int c) {                        \
    add_repeated(x, z, n, c % Vec<T>::SIZE == 0, [=](long long i) { return v + i / per_image * c + i % c; });              \
  }                                                                                                                          \
  HB_REGISTER(hb_add_per_image_##S, THREADS)                                                                                 \
  extern "C" __global__ void __launch_bounds__(THREADS) hb_weighted_sum_##S(                                               \
      const T* x0, const T* x1, const T* x2, const T* x3, const T* x4, const T* x5, const T* x6, const T* x7, float w0, float w1, \
      float w2, float w3, float w4, float w5, float w6, float w7, int count, T* y, long long n) {                          \
    const T* const x[8] = {x0, x1, x2, x3, x4, x5, x6, x7};                                                                 \
    const float w[8] = {w0, w1, w2, w3, w4, w5, w6, w7};                                                                    \
    weighted_sum(x, w, count, y, n);                                                                                         \
  }                                                                                                                          \
  HB_REGISTER(hb_weighted_sum_##S, THREADS)                                                                                  \
  extern "C" __global__ void __launch_bounds__(THREADS)                                                                     \
      hb_concat_##S(const T* x, const T* y, T* z, long long n, int a, int b) {                                             \
    concat(x, y, z, n, a, b);                                                                                                \
  }                                                                                                                          \
  HB_REGISTER(hb_concat_##S, THREADS)                                                                                        \
  extern "C" __global__ void __launch_bounds__(THREADS)                                                                     \
      hb_upsample_##S(const T* x, T* y, long long n, int h, int w, int height, int width, int c) {                         \
    upsample(x, y, n, h, w, height, width, c);                                                                               \
  }                                                                                                                          \
  HB_REGISTER(hb_upsample_##S, THREADS)                                                                                      \
  extern "C" __global__ void __launch_bounds__(THREADS)                                                                     \
      hb_embedding_##S(const T* table, const int* ids, T* y, long long n, int c) {                                         \
    embedding(table, ids, y, n, c);                                                                                          \
  }                                                                                                                          \
  HB_REGISTER(hb_embedding_##S, THREADS)

HB_ELEMENTWISE(f16, f16)
HB_ELEMENTWISE(bf16, bf16)
HB_ELEMENTWISE(f32, float)

// Classifier-free guidance and the scheduler's step after it: guided = wu u + wp p, and y = the weighted sum of x, where a term
// without an address is the guided one. What the UNet answered is in T, the rest are the run's floats. A latent has so few
// numbers that this takes as long as a launch, whatever it does; one number a thread, then.
template <class T>
__device__ __forceinline__ void guided_step(const T* u, const T* p, float wu, float wp, float* guided, const float* const (&x)[8],
                                            const float (&w)[8], int count, float* y, long long n) {
  for (long long i = first_element(1); i < n; i += all_elements(1)) {
    float answer = 0, sum = 0;  // from 0, as in weighted_sum: with the same roundings
    answer += wu * to_float(u[i]);
    answer += wp * to_float(p[i]);
#pragma unroll
    for (int k = 0; k < 8; k++) {
      if (k < count) {
        sum += w[k] * (x[k] ? x[k][i] : answer);
      }
    }
    guided[i] = answer;
    if (count) {
      y[i] = sum;
    }
  }
}

#define HB_GUIDED_STEP(S, T)                                                                                                \
  extern "C" __global__ void __launch_bounds__(THREADS) hb_guided_step_##S(                                                \
      const T* u, const T* p, float wu, float wp, float* guided, const float* x0, const float* x1, const float* x2,        \
      const float* x3, const float* x4, const float* x5, const float* x6, const float* x7, float w0, float w1, float w2,   \
      float w3, float w4, float w5, float w6, float w7, int count, float* y, long long n) {                                \
    const float* const x[8] = {x0, x1, x2, x3, x4, x5, x6, x7};                                                            \
    const float w[8] = {w0, w1, w2, w3, w4, w5, w6, w7};                                                                   \
    guided_step(u, p, wu, wp, guided, x, w, count, y, n);                                                                   \
  }                                                                                                                          \
  HB_REGISTER(hb_guided_step_##S, THREADS)

HB_GUIDED_STEP(f16, f16)
HB_GUIDED_STEP(f32, float)

#define HB_CONVERT(S, FROM, T, TO)                                                                                          \
  extern "C" __global__ void __launch_bounds__(THREADS) hb_convert_##S##_##T(const FROM* x, TO* y, long long n) {          \
    map(x, y, n, [](float v) { return v; });                                                                     \
  }                                                                                                                          \
  HB_REGISTER(hb_convert_##S##_##T, THREADS)

HB_CONVERT(f32, float, f16, f16)
HB_CONVERT(f32, float, bf16, bf16)
HB_CONVERT(f16, f16, f32, float)
HB_CONVERT(f16, f16, bf16, bf16)
HB_CONVERT(bf16, bf16, f32, float)
HB_CONVERT(bf16, bf16, f16, f16)

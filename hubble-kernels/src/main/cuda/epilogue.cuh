// SPDX-License-Identifier: Apache-2.0
//
// What happens to a finished sum on its way to memory: bias, activation, a vector per image, a residual. The matmul kernels
// do it on their registers; a split matmul leaves it to hb_split_sum.
#pragma once
#include "device.cuh"
#include "functions.cuh"

enum Activation { NONE = 0, QUICK_GELU = 1, GEGLU = 2, SILU = 3 };

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
  int m, n, rows_per_image, activation;

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

  __device__ __forceinline__ void store(float result, long long at) const {
    if (residual) {
      result += to_float(residual[at]);
    }
    y[at] = from_float<T>(result);
  }

  // Stores columns `column` (even) and the next one of a row that exists.
  __device__ __forceinline__ void store_two(float first, float second, int row, int column) const {
    if (activation == GEGLU) {
      if (column < n) {
        store(finish_pair(first, second, column >> 1), (long long)row * (n >> 1) + (column >> 1));
      }
      return;
    }
    long long at = (long long)row * n + column;
    if (sizeof(T) == 2 && (n & 1) == 0) {
      if (column < n) {
        first = finish(first, row, column);
        second = finish(second, row, column + 1);
        union Two {
          u32 bits;
          T v[2];
        } two;
        if (residual) {
          two.bits = *(const u32*)(residual + at);
          first += to_float(two.v[0]);
          second += to_float(two.v[1]);
        }
        two.v[0] = from_float<T>(first);
        two.v[sizeof(T) == 2] = from_float<T>(second);
        *(u32*)(y + at) = two.bits;
      }
    } else {
      if (column < n) {
        store(finish(first, row, column), at);
      }
      if (column + 1 < n) {
        store(finish(second, row, column + 1), at + 1);
      }
    }
  }
};

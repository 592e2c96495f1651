// SPDX-License-Identifier: Apache-2.0
//
// The left operand of a matmul: where element (row, k) lies. A linear layer's is a matrix; a convolution's is the matrix
// that "im2col" would write, row = output pixel, k = tap·in + channel, and which is never written: its elements are found in
// the image by arithmetic (implicit GEMM).
#pragma once
#include "device.cuh"

// A step along k; the unit in which a split matmul divides it.
constexpr int BK = 32;

// [m][k], dense; or two tensors side by side that nobody has joined: the first k1 columns from x [m][k1], the others from
// x2 [m][k-k1]. With one tensor k1 = k.
template <class T>
struct MatrixRows {
  const T *x, *x2;
  int m, k, k1;

  struct Row {
    int r;  // negative behind the last row
  };
  struct Column {
    int k;
  };

  __device__ __forceinline__ Row row(int r) const { return {r < m ? r : -1}; }
  __device__ __forceinline__ Column column(int at) const { return {at}; }
  __device__ __forceinline__ void advance(Column& c, int by) const { c.k += by; }
  // The element's address, or null for a zero.
  __device__ __forceinline__ const T* at(const Row& row, const Column& c) const {
    if (row.r < 0 || c.k >= k) {
      return nullptr;
    }
    return c.k < k1 ? x + (long long)row.r * k1 + c.k : x2 + (long long)row.r * (k - k1) + (c.k - k1);
  }
};

struct ConvShape {
  int images, height, width, in, view_height, view_width, out_height, out_width, kh, kw, stride, top, left;
};

template <class T>
struct ImageRows {
  const T* x;
  ConvShape s;

  struct Row {
    int image;         // negative behind the last row
    int top, left;     // the filter's corner in the view
  };
  struct Column {
    int i, j, c;  // tap and channel
  };

  __device__ __forceinline__ Row row(int r) const {
    int q = r % s.out_width, p = r / s.out_width % s.out_height, image = r / s.out_width / s.out_height;
    return {image < s.images ? image : -1, p * s.stride - s.top, q * s.stride - s.left};
  }
  __device__ __forceinline__ Column column(int at) const {
    int tap = at / s.in;
    return {tap / s.kw, tap % s.kw, at % s.in};
  }
  __device__ __forceinline__ void advance(Column& c, int by) const {
    c.c += by;
    while (c.c >= s.in) {
      c.c -= s.in;
      if (++c.j == s.kw) {
        c.j = 0;
        c.i++;
      }
    }
  }
  __device__ __forceinline__ const T* at(const Row& r, const Column& c) const {
    int y = r.top + c.i, x_ = r.left + c.j;
    if (r.image < 0 || c.i >= s.kh || (unsigned)y >= (unsigned)s.view_height || (unsigned)x_ >= (unsigned)s.view_width) {
      return nullptr;
    }
    if (s.view_height != s.height) {
      y = (int)((long long)y * s.height / s.view_height);
    }
    if (s.view_width != s.width) {
      x_ = (int)((long long)x_ * s.width / s.view_width);
    }
    return x + (((long long)r.image * s.height + y) * s.width + x_) * s.in + c.c;
  }
};

// SPDX-License-Identifier: Apache-2.0
//
// The tiles that linear layers and convolutions have in common, packing in the tests, and the epilogue in double.
#pragma once
#include "harness.h"

namespace test {

struct TileShape {
  const char* suffix;  // after the element type
  int rows, columns;
  size_t shared;
  bool any;
};
constexpr TileShape TILES[] = {{"_128x160", 128, 160, 73728, false}, {"_128x128", 128, 128, 65536, false}, {"_64x64", 64, 64, 32768, false},
                               {"_64x32", 64, 32, 24576, false},     {"_any", 64, 64, 16384, true}};
constexpr TileShape PLAIN = {"", 64, 64, 0, true};

// The tiles that can do a matmul whose left rows come in pieces of `inner` elements.
inline std::vector<TileShape> tiles(Type t, int inner) {
  if (t == F32) {
    return {PLAIN};
  }
  std::vector<TileShape> fit;
  for (auto& tile : TILES) {
    if (tile.any || inner % 8 == 0) {
      fit.push_back(tile);
    }
  }
  return fit;
}

inline int padded(int k) { return divide_up(k, 8) * 8; }

// [out][in][taps] -> [out][kp]
inline Tensor packed(const Tensor& w, int out, int in, int taps) {
  int kp = padded(in * taps);
  Tensor p(w.type(), (size_t)out * kp);
  for (int o = 0; o < out; o++) {
    for (int k = 0; k < kp; k++) {
      p.set((size_t)o * kp + k, k < in * taps ? w[((size_t)o * in + k % in) * taps + k / in] : 0);
    }
  }
  return p;
}

inline double activated(double x, int activation) {
  return activation == 1 ? x / (1 + exp(-1.702 * x)) : activation == 3 ? x / (1 + exp(-x)) : x;
}

// ---- moments of what a matmul has stored ----

constexpr int UNIT_ROWS = 64;
constexpr Type WITH_MOMENTS[] = {F16, F32};  // bf16 matmuls write none

// Room for them, or for none.
inline Tensor moments_for(bool wanted, int m, int n) { return Tensor(F32, wanted ? (size_t)m / UNIT_ROWS * n : 2); }

// Mean and squared deviations of 64 rows and 2 columns of y [m][n] against doubles. The mean may be off by the roundings of
// sums of deviations and by its own; the squared deviations by those of 128 terms, and by what an error of the mean of a part
// does to its distance from the others'.
inline void check_moments(const std::string& what, const Tensor& y, const Tensor& moments, int m, int n) {
  for (int unit = 0; unit < m / UNIT_ROWS; unit++) {
    for (int pair = 0; pair < n / 2; pair++) {
      const double count = 2 * UNIT_ROWS;
      double mean = 0, squares = 0;
      auto each = [&](auto f) {
        for (int r = 0; r < UNIT_ROWS; r++) {
          for (int c = 0; c < 2; c++) {
            f(y[((size_t)unit * UNIT_ROWS + r) * n + pair * 2 + c]);
          }
        }
      };
      each([&](double v) { mean += v / count; });
      each([&](double v) { squares += (v - mean) * (v - mean); });
      double deviation = sqrt(squares / count);
      size_t at = ((size_t)unit * (n / 2) + pair) * 2;
      close(what + ": mean", moments[at], mean, 0x1p-23 * (2 * fabs(mean) + 8 * deviation), at);
      close(what + ": squared deviations", moments[at + 1], squares, 0x1p-23 * (16 * squares + 4 * fabs(mean) * count * deviation), at + 1);
    }
  }
}

}  // namespace test

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

// The taps of three that tap u of phase a has summed: the table at the head of upsample_conv.cu.
inline std::vector<int> summed(int a, int u) {
  const std::vector<int> rows[2][2] = {{{0}, {1, 2}}, {{0, 1}, {2}}};
  return rows[a][u];
}

// [out][in][3][3] -> [4][out][kp]
inline Tensor packed_phases(const Tensor& w, Type t, int out, int in) {
  int kp = padded(in * 4);
  Tensor p(t, (size_t)4 * out * kp);
  for (int row = 0; row < 4 * out; row++) {
    for (int k = 0; k < kp; k++) {
      float sum = 0;
      if (k < in * 4) {
        for (int r : summed(row / out / 2, k / in / 2)) {
          for (int s : summed(row / out % 2, k / in % 2)) {
            sum += (float)w[((size_t)(row % out) * in + k % in) * 9 + r * 3 + s];
          }
        }
      }
      p.set((size_t)row * kp + k, sum);
    }
  }
  return p;
}

// Filters whose sums of four taps no type rounds.
inline Tensor coarse(Type t, uint64_t seed, size_t n, int k) {
  Tensor w = noise(F32, seed, n), rounded(t, n);
  double unit = exp2(-4 - ceil(log2(k) / 2));
  for (size_t i = 0; i < n; i++) {
    rounded.set(i, unit * round(16 * w[i]));  // |w| is below 2
  }
  return rounded;
}

inline double activated(double x, int activation) {
  return activation == 1 ? x / (1 + exp(-1.702 * x)) : activation == 3 ? x / (1 + exp(-x)) : x;
}

// ---- moments of what a matmul has stored ----

constexpr int UNIT_ROWS = 64;
constexpr Type WITH_MOMENTS[] = {F16, F32};  // bf16 matmuls write none

// The rows of y [n][2h][2w][c] in the order in which a doubled image's are computed: image by image, and in each phase by phase.
inline Tensor by_phase(const Tensor& y, int n, int h, int w, int c) {
  Tensor sorted(y.type(), y.size());
  size_t at = 0;
  for (int image = 0; image < n; image++) {
    for (int phase = 0; phase < 4; phase++) {
      for (int place = 0; place < h * w; place++) {
        size_t pixel = ((size_t)image * 2 * h + place / w * 2 + phase / 2) * 2 * w + place % w * 2 + phase % 2;
        for (int k = 0; k < c; k++) {
          sorted.set(at++, y[pixel * c + k]);
        }
      }
    }
  }
  return sorted;
}

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

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

}  // namespace test

// SPDX-License-Identifier: Apache-2.0
#include "matmul_cases.h"

using namespace test;

namespace {

struct Linear {
  int m, n, k;
  int activation = 0;  // 0 none, 1 quick-GELU, 2 GEGLU, 3 SiLU
  bool bias = true, residual = false;
  int splits = 1;
  int k1 = 0;  // the left operand is two tensors side by side, the first this wide; 0: it is one
  bool moments = false;
  double offset = 0;  // what the biases are around
};

// Columns from..to-1 of x [rows][width] as a tensor of its own.
Tensor columns_of(const Tensor& x, int rows, int width, int from, int to) {
  Tensor y(x.type(), (size_t)rows * (to - from));
  for (int r = 0; r < rows; r++) {
    memcpy((char*)y.data() + (size_t)r * (to - from) * bytes(x.type()), (char*)x.data() + ((size_t)r * width + from) * bytes(x.type()),
           (to - from) * bytes(x.type()));
  }
  return y;
}

void linear(const Linear& l, Type t, const TileShape& tile) {
  int kp = padded(l.k), columns = l.activation == 2 ? l.n / 2 : l.n;
  size_t size = (size_t)l.m * columns;
  Tensor x = noise(t, 1, (size_t)l.m * l.k), w = noise(t, 2, (size_t)l.n * l.k, 1 / sqrt(l.k)), bias = noise(t, 3, l.n, 1, l.offset);
  Tensor residual = noise(t, 4, size), packed_w = packed(w, l.n, l.k, 1), y(t, size);
  Tensor partial(F32, l.splits > 1 ? (size_t)l.splits * l.m * l.n : 1), moments = moments_for(l.moments, l.m, l.n);
  std::string kernel = std::string("hb_linear_") + name(t) + tile.suffix;
  char what[200];
  snprintf(what, sizeof what, "%s m=%d n=%d k=%d k1=%d activation=%d bias=%d residual=%d splits=%d", kernel.c_str(), l.m, l.n, l.k, l.k1,
           l.activation, l.bias, l.residual, l.splits);
  const int k1 = l.k1 ? l.k1 : l.k;
  Tensor x1 = columns_of(x, l.m, l.k, 0, k1), x2 = columns_of(x, l.m, l.k, k1, l.k);
  void *b = l.bias ? bias.data() : nullptr, *r = l.residual ? residual.data() : nullptr, *none = nullptr;
  void* of = l.moments ? moments.data() : none;
  launch(kernel, dim3(divide_up(l.m, tile.rows), divide_up(l.n, tile.columns), l.splits), tile.shared, x1.data(),
         l.k1 ? x2.data() : none, packed_w.data(), b, r, y.data(), l.splits > 1 ? partial.data() : none, l.splits > 1 ? none : of, l.m, l.n,
         l.k, k1, kp, l.activation, l.splits);
  if (l.splits > 1 && l.moments) {
    launch(std::string("hb_split_sum_moments_") + name(t), dim3(l.m / UNIT_ROWS, divide_up(l.n, 64)), 0, partial.data(), b, none, r, y.data(),
           of, l.m, l.n, l.m, l.activation, l.splits);
  } else if (l.splits > 1) {
    launch(std::string("hb_split_sum_") + name(t), divide_up(size, 256), 0, partial.data(), b, none, r, y.data(), l.m, l.n, l.m,
           l.activation, l.splits);
  }
  auto xs = x.doubles(), ws = w.doubles();
  auto dot = [&](size_t row, size_t column) {
    double sum = l.bias ? bias[column] : 0;
    for (int i = 0; i < l.k; i++) {
      sum += xs[row * l.k + i] * ws[column * l.k + i];
    }
    return sum;
  };
  double error = sum_error(l.k);
  for (size_t at : samples(size)) {
    size_t row = at / columns, column = at % columns;
    double e, tolerance = error;
    if (l.activation == 2) {
      double a = dot(row, column), g = dot(row, column + columns), cdf = 0.5 * erfc(-g / sqrt(2.0));
      e = a * g * cdf;
      tolerance = error * (fabs(g * cdf) + 1.13 * fabs(a) + 1);
    } else {
      e = activated(dot(row, column), l.activation);
      tolerance = 1.2 * error;  // the steepest slope of the activations
    }
    rounded(what, y, at, e + (l.residual ? residual[at] : 0), tolerance + 0x1p-23 * fabs(e));
  }
  if (l.moments) {
    check_moments(what, y, moments, l.m, l.n);
  }
}

void all_tiles(const Linear& l) {
  for (Type t : TYPES) {
    if (l.moments && t == BF16) {
      continue;
    }
    for (auto& tile : tiles(t, l.k1 % 8 ? l.k1 : l.k)) {
      linear(l, t, tile);
    }
  }
}

// A row's result must not depend on the tile or on the other rows, bit for bit.
void rows_alone() {
  int m = 150, n = 96, k = 200;
  for (Type t : TYPES) {
    Tensor x = noise(t, 1, m * k), w = noise(t, 2, n * k, 1 / sqrt(k)), first(t, m * n);
    Tensor p = packed(w, n, k, 1);
    void* none = nullptr;
    bool filled = false;
    for (auto& tile : tiles(t, k)) {
      std::string kernel = std::string("hb_linear_") + name(t) + tile.suffix;
      for (int from : {0, 77, 149}) {
        int rows = m - from;
        Tensor part(t, rows * k), y(t, rows * n);
        memcpy(part.data(), (char*)x.data() + from * k * bytes(t), rows * k * bytes(t));
        launch(kernel, dim3(divide_up(rows, tile.rows), divide_up(n, tile.columns), 1), tile.shared, part.data(), none, p.data(), none,
               none, y.data(), none, none, rows, n, k, k, k, 0, 1);
        if (!filled) {
          memcpy(first.data(), y.data(), m * n * bytes(t));
          filled = true;
        } else if (memcmp((char*)first.data() + from * n * bytes(t), y.data(), rows * n * bytes(t))) {
          throw Failure{kernel + ": a row's bits depend on the tile or on the other rows"};
        }
      }
    }
  }
}

// Nor may the moments of its unit depend on them.
void units_alone() {
  int m = 192, n = 168, k = 72;
  for (Type t : WITH_MOMENTS) {
    Tensor x = noise(t, 1, m * k), w = noise(t, 2, n * k, 1 / sqrt(k)), p = packed(w, n, k, 1), first(F32, m / UNIT_ROWS * n);
    void* none = nullptr;
    bool filled = false;
    for (auto& tile : tiles(t, k)) {
      std::string kernel = std::string("hb_linear_") + name(t) + tile.suffix;
      for (int from : {0, 64}) {
        int rows = m - from;
        Tensor part(t, rows * k), y(t, rows * n), moments(F32, rows / UNIT_ROWS * n);
        memcpy(part.data(), (char*)x.data() + from * k * bytes(t), rows * k * bytes(t));
        launch(kernel, dim3(divide_up(rows, tile.rows), divide_up(n, tile.columns), 1), tile.shared, part.data(), none, p.data(), none,
               none, y.data(), none, moments.data(), rows, n, k, k, k, 0, 1);
        if (!filled) {
          memcpy(first.data(), moments.data(), m / UNIT_ROWS * n * 4);
          filled = true;
        } else if (memcmp((char*)first.data() + from / UNIT_ROWS * n * 4, moments.data(), rows / UNIT_ROWS * n * 4)) {
          throw Failure{kernel + ": the bits of moments depend on the tile or on the other rows"};
        }
      }
    }
  }
}

}  // namespace

void linear_cases() {
  add("linear", "awkward sizes", SMALL, [] {
    for (int m : {1, 13, 77}) {
      for (int n : {1, 7, 33}) {
        for (int k : {1, 5, 8, 40, 77}) {
          all_tiles({m, n, k});
        }
      }
    }
  });
  add("linear", "more than one tile each way", SMALL, [] {
    all_tiles({130, 168, 104});
    all_tiles({257, 161, 33});
  });
  add("linear", "a long k", SMALL, [] { all_tiles({17, 24, 1000}); });
  add("linear", "epilogues", SMALL, [] {
    for (int activation : {0, 1, 2, 3}) {
      for (int options = 0; options < 4; options++) {
        for (int splits : {1, 3}) {
          for (int n : {24, 46}) {
            all_tiles({70, n, 136, activation, (options & 1) != 0, (options & 2) != 0, splits});
          }
        }
      }
    }
  });
  add("linear", "more splits than steps", SMALL, [] { all_tiles({5, 9, 40, 0, true, true, 4}); });
  add("linear", "odd widths with a residual", SMALL, [] { all_tiles({65, 35, 16, 0, true, true, 1}); });
  add("linear", "rows alone", SMALL, rows_alone);
  add("linear", "moments", SMALL, [] {
    for (int n : {2, 46, 170}) {
      for (int splits : {1, 3}) {
        Linear l{192, n, 72, n == 46 ? 3 : 0, n != 2, n != 46, splits};
        l.moments = true;
        all_tiles(l);
      }
    }
  });
  add("linear", "moments far from zero", SMALL, [] {
    for (Type t : WITH_MOMENTS) {
      for (auto& tile : tiles(t, 16)) {
        for (int splits : {1, 2}) {
          Linear l{64, 36, 48, 0, true, true, splits};
          l.moments = true;
          l.offset = t == F32 ? 1e4 : 100;
          linear(l, t, tile);
        }
      }
    }
  });
  add("linear", "units alone", SMALL, units_alone);
  add("linear", "two tensors side by side", SMALL, [] {
    // k, k1: the seam in the middle of a step, at its end, and where no vector begins; a split on either side of it and across.
    int seams[][2] = {{64, 40}, {104, 8}, {128, 64}, {21, 8}, {16, 3}, {40, 39}, {9, 1}};
    for (auto& s : seams) {
      for (int splits : {1, 3}) {
        Linear l{70, 24, s[0], 0, true, true, splits};
        l.k1 = s[1];
        all_tiles(l);
      }
    }
    Linear pairs{13, 24, 72, 2};
    pairs.k1 = 24;
    all_tiles(pairs);
  });
  add("linear", "UNet: shortcut of 640 beside 320", REAL, [] {
    Linear l{256, 320, 960};
    l.k1 = 640;
    linear(l, F16, TILES[0]);
  });
  add("linear", "UNet: shortcut of 1280 beside 640, split", REAL, [] {
    Linear l{64, 1280, 1920, 0, true, false, 3};
    l.k1 = 1280;
    linear(l, BF16, TILES[1]);
  });
  add("linear", "UNet: proj_out of 320, with moments", REAL, [] {
    Linear l{256, 320, 320, 0, true, true};
    l.moments = true;
    linear(l, F16, TILES[0]);
  });
  add("linear", "UNet: to q, 40 wide heads", REAL, [] { linear({256, 320, 320, 0, false}, F16, TILES[0]); });
  add("linear", "UNet: GEGLU 320", REAL, [] { linear({128, 2560, 320, 2}, F16, TILES[0]); });
  add("linear", "UNet: GEGLU out 5120 to 1280, split", REAL, [] { linear({64, 1280, 5120, 0, true, true, 4}, F16, TILES[2]); });
  add("linear", "UNet: keys of 77 tokens, 768", REAL, [] { linear({154, 1280, 768, 0, false}, BF16, TILES[1]); });
  add("linear", "UNet: time embedding", REAL, [] { linear({2, 1280, 320, 3}, F16, TILES[2]); });
  add("linear", "CLIP: fc1", REAL, [] { linear({77, 3072, 768, 1}, F16, TILES[1]); });
  add("linear", "CLIP: fc2", REAL, [] { linear({77, 768, 3072, 0, true, true}, F32, PLAIN); });
}

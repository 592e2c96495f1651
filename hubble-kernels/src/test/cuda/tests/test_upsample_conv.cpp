// SPDX-License-Identifier: Apache-2.0
//
// Convolutions of doubled images, against the nine taps of the large image. Filters are such that the phases' sums are exact in
// every type: so the sums' own rounding is in none of the results.
#include "matmul_cases.h"

using namespace test;

namespace {

struct Doubled {
  int n, h, w, in, out;
  int splits = 1;
  bool bias = true, moments = false;

  size_t pixels() const { return (size_t)n * 4 * h * w; }
};

void run(const Doubled& c, Type t, const TileShape& tile, const Tensor& x, const Tensor& p, const Tensor& bias, Tensor& y, Tensor& moments) {
  int m = c.n * c.h * c.w, places = 4 * c.h * c.w;
  Tensor partial(F32, c.splits > 1 ? c.splits * c.pixels() * c.out : 1);
  void *none = nullptr, *b = c.bias ? bias.data() : none, *of = c.moments ? moments.data() : none;
  launch(std::string("hb_upsample_conv_") + name(t) + tile.suffix, dim3(divide_up(m, tile.rows), divide_up(c.out, tile.columns), 4 * c.splits),
         tile.shared, x.data(), p.data(), b, y.data(), c.splits > 1 ? partial.data() : none, c.splits > 1 ? none : of, c.n, c.h, c.w, c.in,
         c.out, padded(c.in * 4), c.splits);
  if (c.splits > 1 && c.moments) {
    launch(std::string("hb_split_sum_moments_") + name(t), dim3(4 * m / UNIT_ROWS, divide_up(c.out, 64)), 0, partial.data(), b, none, none,
           y.data(), of, 4 * m, c.out, places, 0, c.splits);
  } else if (c.splits > 1) {
    launch(std::string("hb_split_sum_") + name(t), divide_up(4LL * m * c.out, 256), 0, partial.data(), b, none, none, y.data(), 4 * m, c.out,
           places, 0, c.splits);
  }
}

void doubled(const Doubled& c, Type t, const TileShape& tile) {
  int k = c.in * 9;
  size_t size = c.pixels() * c.out;
  Tensor x = noise(t, 1, (size_t)c.n * c.h * c.w * c.in), w = coarse(t, 2, (size_t)c.out * k, k), bias = noise(t, 3, c.out), y(t, size);
  Tensor p = packed_phases(w, t, c.out, c.in), moments = moments_for(c.moments, (int)c.pixels(), c.out);
  run(c, t, tile, x, p, bias, y, moments);
  char what[200];
  snprintf(what, sizeof what, "hb_upsample_conv_%s%s %dx%dx%dx%d -> %d splits %d", name(t), tile.suffix, c.n, c.h, c.w, c.in, c.out, c.splits);
  auto xs = x.doubles(), ws = w.doubles();
  for (size_t at : samples(size)) {
    size_t o = at % c.out, q = at / c.out % (2 * c.w), row = at / c.out / (2 * c.w) % (2 * c.h), n = at / c.out / (2 * c.w) / (2 * c.h);
    double sum = c.bias ? bias[o] : 0;
    for (int tap = 0; tap < 9; tap++) {
      int v = (int)row + tap / 3 - 1, u = (int)q + tap % 3 - 1;
      if (v >= 0 && v < 2 * c.h && u >= 0 && u < 2 * c.w) {
        for (int a = 0; a < c.in; a++) {
          sum += xs[((n * c.h + v / 2) * c.w + u / 2) * c.in + a] * ws[(o * c.in + a) * 9 + tap];
        }
      }
    }
    rounded(what, y, at, sum, sum_error(k) + 0x1p-22);
  }
  if (c.moments) {
    if (c.splits == 1) {
      check_moments(what, by_phase(y, c.n, c.h, c.w, c.out), moments, (int)c.pixels(), c.out);
    } else {
      check_moments(what, y, moments, (int)c.pixels(), c.out);
    }
  }
}

void all_tiles(const Doubled& c) {
  for (Type t : TYPES) {
    if (c.moments && t == BF16) {
      continue;
    }
    for (auto& tile : tiles(t, c.in)) {
      doubled(c, t, tile);
    }
  }
}

// An image of a batch is the image alone, bit for bit, whatever the tile.
void images_alone() {
  Doubled c{3, 5, 6, 16, 40, 2};
  int each = 4 * c.h * c.w * c.out, pixels = c.h * c.w * c.in;
  for (Type t : TYPES) {
    Tensor x = noise(t, 1, 3 * pixels), w = noise(t, 2, c.out * c.in * 9, 0.1), bias = noise(t, 3, c.out), y(t, 3 * each), none(F32, 2);
    Tensor p = packed_phases(w, t, c.out, c.in), first(t, 3 * each);
    for (auto& tile : tiles(t, c.in)) {
      run(c, t, tile, x, p, bias, y, none);
      if (tile.suffix == tiles(t, c.in)[0].suffix) {
        memcpy(first.data(), y.data(), 3 * each * bytes(t));
      }
      Tensor x1(t, pixels), y1(t, each);
      memcpy(x1.data(), (char*)x.data() + pixels * bytes(t), pixels * bytes(t));
      Doubled one = c;
      one.n = 1;
      run(one, t, tile, x1, p, bias, y1, none);
      if (memcmp((char*)y.data() + each * bytes(t), y1.data(), each * bytes(t)) || memcmp(y.data(), first.data(), 3 * each * bytes(t))) {
        throw Failure{std::string("upsample_conv ") + name(t) + tile.suffix + ": an image's bits depend on its batch or on the tile"};
      }
    }
  }
}

}  // namespace

void upsample_conv_cases() {
  add("upsample_conv", "awkward sizes", SMALL, [] {
    int sizes[][5] = {{1, 1, 1, 1, 1}, {2, 5, 7, 3, 5}, {1, 13, 4, 8, 33}, {2, 3, 3, 24, 7}, {1, 9, 9, 20, 16}, {3, 1, 5, 8, 2}};
    for (auto& s : sizes) {
      all_tiles({s[0], s[1], s[2], s[3], s[4]});
    }
  });
  add("upsample_conv", "more than one tile each way", SMALL, [] { all_tiles({2, 9, 8, 40, 168}); });
  add("upsample_conv", "splits, and no bias", SMALL, [] {
    for (int splits : {1, 2, 3}) {
      Doubled c{3, 5, 5, 16, 18, splits};
      c.bias = splits == 2;
      all_tiles(c);
    }
  });
  add("upsample_conv", "moments", SMALL, [] {
    int sizes[][5] = {{3, 8, 8, 16, 18}, {1, 8, 16, 8, 162}};
    for (auto& s : sizes) {
      for (int splits : {1, 2}) {
        Doubled c{s[0], s[1], s[2], s[3], s[4], splits};
        c.moments = true;
        all_tiles(c);
      }
    }
  });
  add("upsample_conv", "images alone", SMALL, images_alone);
  add("upsample_conv", "UNet: 1280", REAL, [] { doubled({1, 4, 4, 1280, 1280, 3}, F16, TILES[0]); });
  add("upsample_conv", "UNet: 640", REAL, [] {
    Doubled c{2, 8, 8, 640, 640};
    c.moments = true;
    doubled(c, F16, TILES[0]);
  });
  add("upsample_conv", "VAE: 256", REAL, [] { doubled({1, 8, 16, 256, 256}, BF16, TILES[1]); });
}

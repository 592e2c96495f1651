// SPDX-License-Identifier: Apache-2.0
//
// hb_hopper against the same references as hb_linear and hb_conv, with tensor maps as Java's TensorMaps makes them; alone and in
// clusters.
#include <algorithm>

#include "matmul_cases.h"
#include "tensor_map.h"

using namespace test;

namespace {

struct HopperTileShape {
  const char* suffix;
  int columns;
  size_t shared;
};
constexpr HopperTileShape HOPPER_TILES[] = {{"_128x160", 160, 227408}, {"_128x128", 128, 215136}};
constexpr Type HALVES[] = {F16, BF16};

struct Product {
  int n, h, w, in, out;  // a linear layer has n = h = 1, and w rows
  int kh = 1, kw = 1;
  int activation = 0;
  bool bias = true, vector = false, residual = false;
  int splits = 1, blocks = 1000;  // blocks: as many multiprocessors
  bool moments = false;
  int cluster = 1;
  bool doubled = false;  // the image before the convolution, in four phases

  bool linear() const { return kh == 1 && kw == 1; }
  int rows() const { return h + 2 * ((kh - 1) / 2) - kh + 1; }
  int columns() const { return w + 2 * ((kw - 1) / 2) - kw + 1; }
  int m() const { return n * rows() * columns(); }  // of one phase
  int phases() const { return doubled ? 4 : 1; }
  int width() const { return activation == 2 ? out / 2 : out; }
};

emu::TensorMap map(const Tensor& t, std::vector<uint64_t> size, std::vector<uint64_t> stride, std::vector<unsigned> box) {
  emu::TensorMap m;
  std::vector<unsigned> ones(size.size(), 1);
  for (auto& s : stride) {
    s *= 2;
  }
  const char* problem = emu::encode_tiled(&m, t.type() == F16 ? 6 : 9, (unsigned)size.size(), t.data(), size.data(), stride.data(),
                                          box.data(), ones.data(), 0, 3);
  if (problem) {
    throw Failure{std::string("tensor map: ") + problem};
  }
  return m;
}

// 128 rows of the result as a box of pixels.
emu::TensorMap left(const Product& c, const Tensor& x) {
  unsigned w = std::min(c.linear() ? 128 : c.columns(), 128), h = std::min<unsigned>(128 / w, c.linear() ? 1 : c.rows());
  if (!c.linear() && (128 % w || (c.columns() % w) || c.rows() % h || 128 % (w * h))) {
    throw Failure{"not a shape for TMA"};
  }
  uint64_t in = c.in, row = in * c.w;
  return map(x, {in, (uint64_t)c.w, (uint64_t)c.h, (uint64_t)c.n}, {in, row, row * c.h}, {64, w, h, c.linear() ? 1 : 128 / (w * h)});
}

emu::TensorMap right(const Product& c, const Tensor& p, int kp, int columns) {
  uint64_t halves = c.activation == 2 ? 2 : 1, rows = c.phases() * c.out / halves;
  return map(p, {(uint64_t)kp, halves, rows}, {kp * rows, (uint64_t)kp}, {64, (unsigned)halves, (unsigned)(columns / halves / c.cluster)});
}

void run(const Product& c, Type t, const HopperTileShape& tile, const Tensor& x, const Tensor& p, const Tensor& bias, const Tensor& vector,
         const Tensor& residual, Tensor& y, Tensor& moments) {
  int m = c.m(), kw = c.doubled ? 2 : c.kw, taps = c.doubled ? 4 : c.kh * c.kw, kp = padded(c.in * taps);
  int places = c.linear() ? m : c.rows() * c.columns();
  int pixels = c.phases() * m;  // rows of y
  Tensor partial(F32, c.splits > 1 ? (size_t)c.splits * pixels * c.out : 1);
  void *none = nullptr, *b = c.bias ? bias.data() : none, *v = c.vector ? vector.data() : none, *r = c.residual ? residual.data() : none;
  void* of = c.moments ? moments.data() : none;
  int clusters = divide_up(divide_up(m, 128), c.cluster) * divide_up(c.out, tile.columns) * c.splits * c.phases();
  launch_clusters(std::string("hb_hopper_") + name(t) + tile.suffix, c.cluster, c.cluster * std::min(clusters, std::max(c.blocks / c.cluster, 1)),
                  tile.shared, left(c, x), right(c, p, kp, tile.columns), b, v, r, y.data(), c.splits > 1 ? partial.data() : none,
                  c.splits > 1 ? none : of, m, c.out, places, c.activation, c.in, kw, taps, c.linear() ? 0x7fffffff : c.columns(),
                  c.linear() ? 1 : c.rows(), (c.kh - 1) / 2, (c.kw - 1) / 2, c.phases(), c.splits);
  places *= c.phases();
  if (c.splits > 1 && c.moments) {
    launch(std::string("hb_split_sum_moments_") + name(t), dim3(pixels / UNIT_ROWS, divide_up(c.out, 64)), 0, partial.data(), b, v, r,
           y.data(), of, pixels, c.out, places, c.activation, c.splits);
  } else if (c.splits > 1) {
    launch(std::string("hb_split_sum_") + name(t), divide_up((long long)pixels * c.width(), 256), 0, partial.data(), b, v, r, y.data(),
           pixels, c.out, places, c.activation, c.splits);
  }
}

void check(const Product& c, Type t, const HopperTileShape& tile) {
  int taps = c.kh * c.kw, k = c.in * taps, width = c.width();
  const int twice = c.doubled ? 2 : 1, rows = twice * c.rows(), columns = twice * c.columns();  // of y
  size_t size = (size_t)c.phases() * c.m() * width;
  Tensor x = noise(t, 1, (size_t)c.n * c.h * c.w * c.in), bias = noise(t, 3, c.out);
  Tensor w = c.doubled ? coarse(t, 2, (size_t)c.out * k, k) : noise(t, 2, (size_t)c.out * k, 1 / sqrt(k));
  Tensor vector = noise(t, 4, (size_t)c.n * c.out), residual = noise(t, 5, size), y(t, size);
  Tensor p = c.doubled ? packed_phases(w, t, c.out, c.in) : packed(w, c.out, c.in, taps);
  Tensor moments = moments_for(c.moments, (int)(size / c.out), c.out);
  run(c, t, tile, x, p, bias, vector, residual, y, moments);
  char what[200];
  snprintf(what, sizeof what, "hb_hopper_%s%s %dx%dx%dx%d -> %d, %dx%d activation %d splits %d blocks %d clusters of %d%s", name(t), tile.suffix,
           c.n, c.h, c.w, c.in, c.out, c.kh, c.kw, c.activation, c.splits, c.blocks, c.cluster,
           c.doubled ? ", doubled" : "");
  auto xs = x.doubles(), ws = w.doubles();
  auto dot = [&](size_t row, size_t o) {
    int q = (int)(row % columns), r = (int)(row / columns % rows), image = (int)(row / columns / rows);
    double sum = c.bias ? bias[o] : 0;
    for (int tap = 0; tap < taps; tap++) {
      int v = r + tap / c.kw - (c.kh - 1) / 2, u = q + tap % c.kw - (c.kw - 1) / 2;
      if (v >= 0 && v < twice * c.h && u >= 0 && u < twice * c.w) {
        const double* pixel = &xs[(((size_t)image * c.h + v / twice) * c.w + u / twice) * c.in];
        for (int a = 0; a < c.in; a++) {
          sum += pixel[a] * ws[(o * c.in + a) * taps + tap];
        }
      }
    }
    return sum;
  };
  for (size_t at : samples(size, 1000)) {
    size_t row = at / width, o = at % width;
    double e, tolerance = 1.2 * sum_error(k);
    if (c.activation == 2) {
      double a = dot(row, o), g = dot(row, o + width), cdf = 0.5 * erfc(-g / sqrt(2.0));
      e = a * g * cdf;
      tolerance *= fabs(g * cdf) + 1.13 * fabs(a) + 1;
    } else {
      e = activated(dot(row, o), c.activation) + (c.vector ? vector[row / (rows * columns) * c.out + o] : 0);
    }
    rounded(what, y, at, e + (c.residual ? residual[at] : 0), tolerance + 0x1p-22 * (1 + fabs(e)));
  }
  if (c.moments) {
    int pixels = (int)(size / c.out);
    if (c.doubled && c.splits == 1) {
      check_moments(what, by_phase(y, c.n, c.h, c.w, c.out), moments, pixels, c.out);
    } else {
      check_moments(what, y, moments, pixels, c.out);
    }
  }
}

void both(const Product& c) {
  check(c, F16, HOPPER_TILES[0]);
  check(c, c.moments ? F16 : BF16, HOPPER_TILES[1]);
}

// The same bits as hb_linear's, whatever the tile, however many blocks share the work, and whether they are in clusters.
void same_bits() {
  int m = 300, n = 200, k = 328;
  for (Type t : HALVES) {
    Tensor x = noise(t, 1, m * k), w = noise(t, 2, n * k, 1 / sqrt(k)), other(t, m * n), p = packed(w, n, k, 1), none(t, 1);
    void* null = nullptr;
    launch(std::string("hb_linear_") + name(t) + "_64x64", dim3(divide_up(m, 64), divide_up(n, 64), 1), 32768, x.data(), null, p.data(), null,
           null, other.data(), null, null, m, n, k, k, k, 0, 1);
    for (auto& tile : HOPPER_TILES) {
      for (auto [blocks, cluster] : {std::pair(1, 1), {4, 1}, {1000, 1}, {2, 2}, {1000, 2}}) {
        Product c{1, 1, m, k, n};
        c.bias = false;
        c.blocks = blocks;
        c.cluster = cluster;
        Tensor y(t, m * n);
        Tensor moments(F32, 2);
        run(c, t, tile, x, p, none, none, none, y, moments);
        if (memcmp(y.data(), other.data(), m * n * 2)) {
          throw Failure{std::string("hb_hopper_") + name(t) + tile.suffix + ": other bits than hb_linear's"};
        }
      }
    }
  }
}

// An image of a batch is the image alone, bit for bit: a box takes in two images of 8x8.
void images_alone() {
  Product c{3, 8, 8, 64, 40, 3, 3};
  c.vector = c.residual = true;
  c.splits = 2;
  int each = 64 * c.out, pixels = 64 * c.in;
  for (Type t : HALVES) {
    Tensor x = noise(t, 1, 3 * pixels), w = noise(t, 2, c.out * c.in * 9, 0.1), bias = noise(t, 3, c.out), vector = noise(t, 4, 3 * c.out);
    Tensor residual = noise(t, 5, 3 * each), y(t, 3 * each), p = packed(w, c.out, c.in, 9);
    Tensor none(F32, 2);
    run(c, t, HOPPER_TILES[0], x, p, bias, vector, residual, y, none);
    Tensor x1(t, pixels), v1(t, c.out), r1(t, each), y1(t, each);
    memcpy(x1.data(), (char*)x.data() + pixels * 2, pixels * 2);
    memcpy(v1.data(), (char*)vector.data() + c.out * 2, c.out * 2);
    memcpy(r1.data(), (char*)residual.data() + each * 2, each * 2);
    Product one = c;
    one.n = 1;
    run(one, t, HOPPER_TILES[0], x1, p, bias, v1, r1, y1, none);
    if (memcmp((char*)y.data() + each * 2, y1.data(), each * 2)) {
      throw Failure{std::string("hopper conv ") + name(t) + ": an image's bits depend on its batch"};
    }
  }
}

}  // namespace

void hopper_cases() {
  add("hopper", "linear, awkward sizes", SMALL, [] {
    for (int m : {1, 130}) {
      for (int n : {7, 168}) {
        for (int k : {8, 72, 520}) {
          both({1, 1, m, k, n});
        }
      }
    }
  });
  add("hopper", "linear, epilogues", SMALL, [] {
    for (int activation : {0, 1, 2, 3}) {
      for (int options = 0; options < 4; options++) {
        Product c{1, 1, 70, 200, options & 1 ? 46 : 330};
        c.activation = activation;
        c.bias = options & 1;
        c.residual = options & 2;
        c.splits = options == 3 ? 3 : 1;
        both(c);
      }
    }
  });
  add("hopper", "more splits than steps", SMALL, [] {
    Product c{1, 1, 5, 72, 9};
    c.splits = 5;
    both(c);
  });
  add("hopper", "a block that computes many tiles", SMALL, [] {
    Product c{1, 1, 300, 136, 330};
    c.residual = true;
    for (int blocks : {1, 2, 5}) {
      c.blocks = blocks;
      both(c);
    }
  });
  add("hopper", "the same bits", SMALL, same_bits);
  add("hopper", "conv, boxes of rows, of images and of parts of rows", SMALL, [] {
    int sizes[][5] = {{1, 4, 64, 64, 24}, {2, 8, 8, 64, 40}, {3, 4, 16, 128, 9}, {1, 2, 256, 64, 8}, {1, 32, 4, 64, 16}};
    for (auto& s : sizes) {
      Product c{s[0], s[1], s[2], s[3], s[4], 3, 3};
      c.vector = c.residual = true;
      both(c);
    }
  });
  add("hopper", "conv, other filters and splits", SMALL, [] {
    both({2, 8, 8, 64, 16, 5, 3});
    Product c{2, 8, 16, 128, 40, 3, 3};
    c.splits = 4;
    c.vector = true;
    both(c);
  });
  add("hopper", "images alone", SMALL, images_alone);
  add("hopper", "conv of a doubled image", SMALL, [] {
    int sizes[][5] = {{1, 4, 64, 64, 24}, {2, 8, 8, 64, 40}, {3, 4, 16, 128, 168}, {1, 1, 256, 64, 8}, {1, 32, 4, 64, 16}};
    for (auto& s : sizes) {
      Product c{s[0], s[1], s[2], s[3], s[4], 3, 3};
      c.doubled = true;
      both(c);
      c.cluster = 2;
      c.blocks = 4;
      c.residual = c.vector = true;
      both(c);
    }
    Product c{2, 8, 8, 128, 40, 3, 3};
    c.doubled = true;
    c.splits = 3;
    both(c);
    c.moments = true;
    both(c);
    c.splits = 1;
    c.n = 3;
    both(c);
    c.cluster = 2;
    both(c);
  });
  add("hopper", "moments", SMALL, [] {
    Product c{1, 1, 320, 72, 330};
    c.residual = c.moments = true;
    for (int blocks : {1, 2, 1000}) {
      c.blocks = blocks;
      both(c);
    }
    c.cluster = 2;  // the fourth tile down is not there
    c.blocks = 4;
    both(c);
    Product conv{3, 8, 8, 64, 40, 3, 3};
    conv.vector = conv.moments = true;
    both(conv);
    conv.splits = 2;
    both(conv);
  });
  add("hopper", "clusters: an odd tile, more tiles than blocks, more steps than stages", SMALL, [] {
    for (int m : {5, 130, 300}) {
      for (int k : {8, 520}) {
        Product c{1, 1, m, k, 168};
        c.residual = true;
        c.cluster = 2;
        c.blocks = m == 130 ? 2 : 4;
        both(c);
      }
    }
  });
  add("hopper", "clusters: epilogues", SMALL, [] {
    for (int activation : {1, 2, 3}) {
      Product c{1, 1, 200, 72, 330};
      c.activation = activation;
      c.residual = activation == 2;
      c.cluster = 2;
      both(c);
    }
  });
  add("hopper", "clusters: splits, some without steps", SMALL, [] {
    Product c{1, 1, 140, 456, 50};
    c.splits = 3;
    c.cluster = 2;
    c.blocks = 4;
    both(c);
    c.splits = 5;
    c.in = 72;
    both(c);
  });
  add("hopper", "clusters: conv, boxes of rows, of images and of parts of rows", SMALL, [] {
    int sizes[][5] = {{1, 4, 64, 64, 24}, {3, 8, 8, 64, 40}, {3, 4, 16, 128, 9}, {1, 2, 256, 64, 8}};
    for (auto& s : sizes) {
      Product c{s[0], s[1], s[2], s[3], s[4], 3, 3};
      c.vector = c.residual = true;
      c.cluster = 2;
      both(c);
    }
  });
  add("hopper", "clusters of four", SMALL, [] {
    Product c{1, 1, 700, 392, 200};
    c.cluster = 4;
    c.blocks = 8;
    both(c);
  });
  add("hopper", "UNet: 320 to 320", REAL, [] {
    Product c{2, 8, 8, 320, 320, 3, 3};
    c.vector = c.moments = true;
    check(c, F16, HOPPER_TILES[0]);
  });
  add("hopper", "UNet: 1920 to 640, split", REAL, [] {
    Product c{2, 8, 8, 1920, 640, 3, 3};
    c.residual = true;
    c.splits = 8;
    check(c, F16, HOPPER_TILES[0]);
  });
  add("hopper", "UNet: GEGLU 320", REAL, [] {
    Product c{1, 1, 128, 320, 2560};
    c.activation = 2;
    c.blocks = 3;
    check(c, F16, HOPPER_TILES[0]);
  });
  add("hopper", "UNet: 320 to 320, in clusters", REAL, [] {
    Product c{2, 16, 16, 320, 320, 3, 3};
    c.vector = true;
    c.cluster = 2;
    c.blocks = 4;
    check(c, F16, HOPPER_TILES[0]);
  });
  add("hopper", "UNet: GEGLU 320, in clusters", REAL, [] {
    Product c{1, 1, 256, 320, 2560};
    c.activation = 2;
    c.cluster = 2;
    c.blocks = 6;
    check(c, F16, HOPPER_TILES[0]);
  });
  add("hopper", "UNet: doubled, 1280", REAL, [] {
    Product c{2, 8, 8, 1280, 1280, 3, 3};
    c.doubled = c.moments = true;
    check(c, F16, HOPPER_TILES[0]);
  });
  add("hopper", "VAE: 256 to 128", REAL, [] { check({1, 16, 16, 256, 128, 3, 3}, BF16, HOPPER_TILES[1]); });
}

// SPDX-License-Identifier: Apache-2.0
#include "harness.h"

using namespace test;

namespace {

// What normalising may be off by: rounding of the mean and of the scale, relative to the result's size.
double norm_error(double normalised, double mean, double deviation) {
  return 0x1p-23 * (8 * (fabs(normalised) + 1) + 4 * fabs(mean) / deviation);
}

struct Group {
  int images, places, c, groups, chunks;
  bool silu = false;
  double offset = 0;  // the mean of all numbers
  int c1 = 0;         // the channels stand in two tensors, this many in the first; 0: in one
  int from = 0;       // 0: statistics by hb_group_stats; 1: from moments of units; 2: from these merged
};

// What a matmul would have said of x [rows][c]: mean and squared deviations of 64 rows and 2 channels.
Tensor units_of(const Tensor& x, int rows, int c) {
  Tensor moments(F32, (size_t)rows / 64 * c);
  for (int unit = 0; unit < rows / 64; unit++) {
    for (int pair = 0; pair < c / 2; pair++) {
      double mean = 0, squares = 0;
      for (int i = 0; i < 128; i++) {
        mean += x[((size_t)unit * 64 + i / 2) * c + pair * 2 + i % 2] / 128;
      }
      for (int i = 0; i < 128; i++) {
        double d = x[((size_t)unit * 64 + i / 2) * c + pair * 2 + i % 2] - mean;
        squares += d * d;
      }
      moments.set(((size_t)unit * (c / 2) + pair) * 2, mean);
      moments.set(((size_t)unit * (c / 2) + pair) * 2 + 1, squares);
    }
  }
  return moments;
}

// Channels from..to-1 of every place as a tensor of its own.
Tensor channels_of(const Tensor& x, size_t places, int c, int from, int to) {
  Tensor y(x.type(), places * (to - from));
  for (size_t p = 0; p < places; p++) {
    memcpy((char*)y.data() + p * (to - from) * bytes(x.type()), (char*)x.data() + (p * c + from) * bytes(x.type()),
           (to - from) * bytes(x.type()));
  }
  return y;
}

void group(const Group& g, Type t) {
  size_t each = (size_t)g.places * g.c;
  const double eps = 1e-5;
  Tensor x = noise(t, 1, g.images * each, 1, g.offset), gamma = noise(t, 2, g.c), beta = noise(t, 3, g.c), y(t, g.images * each);
  Tensor partial(F32, (size_t)g.images * g.chunks * g.groups * 2);
  const int c1 = g.c1 ? g.c1 : g.c;
  Tensor first = channels_of(x, (size_t)g.images * g.places, g.c, 0, c1), second = channels_of(x, (size_t)g.images * g.places, g.c, c1, g.c);
  void* x2 = g.c1 ? second.data() : nullptr;
  void *none = nullptr, *part = partial.data(), *part2 = none;
  int chunks = g.chunks, wide = g.c / g.groups;
  Tensor units1 = units_of(first, g.from ? g.images * g.places : 0, c1), units2 = units_of(second, g.from ? g.images * g.places : 0, g.c - c1);
  if (g.from) {
    part = units1.data();
    part2 = g.c1 ? units2.data() : none;
    chunks = g.places / 64;
    wide = 2;
  } else {
    launch(std::string("hb_group_stats_") + name(t), dim3(g.chunks, g.images), 8 * std::max(g.c, 2048), first.data(), x2, part, g.places, g.c,
           c1, g.groups, g.chunks);
  }
  if (g.from == 2) {
    launch("hb_group_merge_f32", dim3(g.groups, g.images), 0, part, part2, partial.data(), g.places, g.c, c1, g.groups, chunks, wide);
    part = partial.data();
    part2 = none;
    chunks = 1;
    wide = g.c / g.groups;
  }
  launch(std::string("hb_group_norm_") + name(t), dim3(divide_up(each, 8192), g.images), 8 * g.groups, first.data(), x2, gamma.data(),
         beta.data(), part, part2, y.data(), g.places, g.c, c1, g.groups, chunks, wide, (float)eps, (int)g.silu);
  char what[200];
  snprintf(what, sizeof what, "group_norm_%s %d images, %d places, %d channels (%d first) in %d groups, %d chunks, mean %g, from %d", name(t),
           g.images, g.places, g.c, c1, g.groups, g.chunks, g.offset, g.from);
  auto xs = x.doubles();
  int width = g.c / g.groups;
  for (int n = 0; n < g.images; n++) {
    for (int k = 0; k < g.groups; k++) {
      double sum = 0, squares = 0, count = (double)g.places * width;
      auto at = [&](int p, int c) { return n * each + (size_t)p * g.c + k * width + c; };
      for (int p = 0; p < g.places; p++) {
        for (int c = 0; c < width; c++) {
          sum += xs[at(p, c)];
        }
      }
      double mean = sum / count;
      for (int p = 0; p < g.places; p++) {
        for (int c = 0; c < width; c++) {
          squares += (xs[at(p, c)] - mean) * (xs[at(p, c)] - mean);
        }
      }
      double deviation = sqrt(squares / count + eps);
      for (int p = 0; p < g.places; p++) {
        for (int c = 0; c < width; c++) {
          double z = (xs[at(p, c)] - mean) / deviation, w = gamma[k * width + c], e = z * w + beta[k * width + c];
          double error = fabs(w) * norm_error(z, mean, deviation) + 0x1p-22 * (fabs(e) + 1);
          rounded(what, y, at(p, c), g.silu ? e / (1 + exp(-e)) : e, 1.2 * error);
        }
      }
    }
  }
}

void all_types(const Group& g) {
  for (Type t : TYPES) {
    group(g, t);
  }
}

void constant_image() {
  void* none = nullptr;
  for (Type t : TYPES) {
    int places = 37, c = 64;
    Tensor x(t, places * c), gamma = noise(t, 2, c), beta = noise(t, 3, c), y(t, places * c), partial(F32, 3 * 32 * 2);
    for (int i = 0; i < places * c; i++) {
      x.set(i, 3.7);
    }
    launch(std::string("hb_group_stats_") + name(t), dim3(3, 1), 8 * 2048, x.data(), none, partial.data(), places, c, c, 32, 3);
    launch(std::string("hb_group_norm_") + name(t), dim3(1, 1), 8 * 32, x.data(), none, gamma.data(), beta.data(), partial.data(), none,
           y.data(), places, c, c, 32, 3, c / 32, 1e-5f, 0);
    for (int i = 0; i < places * c; i++) {
      close("group_norm of a constant", y[i], beta[i % c], 0, i);
    }
  }
}

void layer(int rows, int c, Type t, double offset, bool in_place) {
  Tensor x = noise(t, 1, (size_t)rows * c, 1, offset), gamma = noise(t, 2, c), beta = noise(t, 3, c), y(t, (size_t)rows * c);
  if (in_place) {
    memcpy(y.data(), x.data(), x.size() * bytes(t));
  }
  launch(std::string("hb_layer_norm_") + name(t), divide_up(rows, 8), 0, in_place ? y.data() : x.data(), gamma.data(), beta.data(), y.data(), rows,
         c, 1e-5f);
  auto what = std::string("layer_norm_") + name(t) + " " + std::to_string(rows) + "x" + std::to_string(c);
  for (int r = 0; r < rows; r++) {
    double sum = 0, squares = 0;
    for (int i = 0; i < c; i++) {
      sum += x[(size_t)r * c + i];
    }
    double mean = sum / c;
    for (int i = 0; i < c; i++) {
      squares += (x[(size_t)r * c + i] - mean) * (x[(size_t)r * c + i] - mean);
    }
    double deviation = sqrt(squares / c + 1e-5);
    for (int i = 0; i < c; i++) {
      double z = (x[(size_t)r * c + i] - mean) / deviation, e = z * gamma[i] + beta[i];
      rounded(what, y, (size_t)r * c + i, e, fabs(gamma[i]) * norm_error(z, mean, deviation) + 0x1p-22 * (fabs(e) + 1));
    }
  }
}

}  // namespace

void norm_cases() {
  add("norm", "groups at awkward sizes", SMALL, [] {
    all_types({1, 1, 32, 32, 1});
    all_types({2, 7, 33, 3, 2});
    all_types({3, 50, 96, 32, 4});  // groups narrower than a vector
    all_types({2, 77, 40, 4, 5});   // groups that straddle vectors
    all_types({1, 10, 24, 8, 10});  // a place per chunk
    all_types({1, 9, 64, 32, 4, true});  // the last chunks are short or empty
  });
  add("norm", "groups of two tensors side by side", SMALL, [] {
    int seams[][4] = {{40, 4, 24, 3}, {96, 32, 8, 2}, {40, 4, 10, 2}, {33, 3, 1, 5}, {64, 2, 63, 4}, {2080, 8, 2048, 2}};
    for (auto& s : seams) {  // a group over the seam, vectors and none, a seam where no vector begins, more channels than threads
      Group g{2, 19, s[0], s[1], s[3], true};
      g.c1 = s[2];
      all_types(g);
    }
  });
  add("norm", "groups far from zero", SMALL, [] {
    for (Type t : TYPES) {
      group({2, 100, 64, 8, 3, false, t == BF16 ? 8.0 : 100.0}, t);
    }
    group({1, 256, 64, 32, 4, false, 1e4}, F32);
  });
  add("norm", "groups from moments", SMALL, [] {
    for (int from : {1, 2}) {
      int sizes[][5] = {{2, 64, 40, 4, 0}, {3, 192, 96, 16, 0}, {2, 128, 40, 4, 24}, {1, 640, 60, 5, 2}, {2, 64, 66, 3, 38}, {1, 1024, 72, 2, 0}};
      for (auto& s : sizes) {  // images, places, channels, groups, of two tensors: groups over the seam, and beside it
        Group g{s[0], s[1], s[2], s[3], 1, true};
        g.c1 = s[4];
        g.from = from;
        all_types(g);
      }
      Group far{2, 256, 64, 8, 1, false, 1e4};
      far.from = from;
      group(far, F32);
    }
  });
  add("norm", "groups of a constant image", SMALL, constant_image);
  add("norm", "layers", SMALL, [] {
    for (Type t : TYPES) {
      for (int c : {1, 7, 32, 77, 320, 328}) {
        layer(9, c, t, 0, false);
        layer(3, c, t, t == BF16 ? 8 : 100, true);
      }
    }
  });
  add("norm", "UNet: groups", REAL, [] {
    for (int c : {320, 640, 960, 1280, 1920, 2560}) {
      group({2, 64, c, 32, divide_up(64 * c, 16384), true}, F16);
    }
    for (int c1 : {640, 1280}) {  // beside 320 and 640: groups of 30 and 60 channels over the seam
      Group g{2, 64, c1 / 2 * 3, 32, divide_up(64 * c1 / 2 * 3, 16384), true};
      g.c1 = c1;
      group(g, F16);
    }
    group({1, 1024, 320, 32, 20, true}, BF16);
    for (int from : {1, 2}) {
      Group g{2, 64, 960, 32, 1, true};
      g.c1 = 640;
      g.from = from;
      group(g, F16);
    }
    group({1, 100, 512, 32, 4, true}, F32);
  });
  add("norm", "UNet: layers", REAL, [] {
    for (int c : {320, 640, 768, 1280, 5120}) {
      for (Type t : TYPES) {
        layer(20, c, t, 0, false);
      }
    }
  });
}

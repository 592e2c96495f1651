// SPDX-License-Identifier: Apache-2.0
#include "matmul_cases.h"

using namespace test;

static double normal_cdf(double x) { return 0.5 * erfc(-x / sqrt(2.0)); }
static const size_t LENGTHS[] = {1, 7, 8, 13, 77, 2048, 2049, 5000};
static int grid(long long n) { return divide_up(n, 2048); }

template <class F>
static void activation(const std::string& kernel, F f) {
  for (Type t : TYPES) {
    for (size_t n : LENGTHS) {
      auto what = kernel + "_" + name(t) + " of " + std::to_string(n);
      Tensor x = noise(t, 1, n, 6), y(t, n);
      if (n > 3) {
        x.set(0, 0);
        x.set(1, -80);
        x.set(2, 80);
        x.set(3, NAN);
      }
      launch(kernel + "_" + name(t), grid(n), 0, x.data(), y.data(), (long long)n);
      for (size_t i = 0; i < n; i++) {
        if (std::isnan(x[i])) {
          if (!std::isnan(y[i])) {
            throw Failure{what + ": NaN became a number"};
          }
        } else {
          // exp and the division: a few units in the last place of float, and what rounding its argument makes.
          rounded(what, y, i, f(x[i]), (4 + 2 * fabs(x[i])) * 0x1p-23 * fabs(f(x[i])) + 0x1p-126);
        }
      }
    }
  }
}

static void geglu() {
  for (Type t : TYPES) {
    for (int c : {1, 3, 4, 8, 13, 40, 1280}) {
      int rows = 5;
      size_t n = (size_t)rows * c;
      Tensor x = noise(t, 2, 2 * n, 2), y(t, n);
      launch(std::string("hb_geglu_") + name(t), grid(n), 0, x.data(), y.data(), (long long)n, c);
      for (size_t i = 0; i < n; i++) {
        double a = x[i / c * 2 * c + i % c], g = x[i / c * 2 * c + c + i % c], e = a * g * normal_cdf(g);
        rounded("geglu", y, i, e, 0x1p-20 * fabs(e) + 0x1p-126);
      }
    }
  }
}

static void adding() {
  for (Type t : TYPES) {
    for (size_t n : {7, 77 * 8, 3000, 4096}) {
      for (size_t period : {n, n == 3000 ? size_t(600) : n == 4096 ? size_t(1024) : n == 7 ? size_t(1) : size_t(77)}) {
        Tensor x = noise(t, 3, n), y = noise(t, 4, period), z(t, n);
        launch(std::string("hb_add_") + name(t), grid(n), 0, x.data(), y.data(), z.data(), (long long)n, (long long)period);
        for (size_t i = 0; i < n; i++) {
          rounded("add", z, i, x[i] + y[i % period], 0x1p-23);
        }
      }
    }
    for (int c : {1, 5, 8, 320}) {
      int images = 3, places = 7;
      size_t n = (size_t)images * places * c;
      Tensor x = noise(t, 3, n), v = noise(t, 4, images * c), z(t, n);
      launch(std::string("hb_add_per_image_") + name(t), grid(n), 0, x.data(), v.data(), z.data(), (long long)n,
             (long long)places * c, c);
      for (size_t i = 0; i < n; i++) {
        rounded("add_per_image", z, i, x[i] + v[i / (places * c) * c + i % c], 0x1p-22);
      }
    }
  }
}

static void weighted_sum() {
  for (Type t : TYPES) {
    for (size_t n : {1, 13, 4 * 64 * 64}) {
      for (int count : {1, 2, 5, 8}) {
        std::vector<Tensor> x;
        float w[8] = {0.5f, -1.25f, 7.5f, -6.5f, 0.1f, 0.2f, -0.3f, 1e-3f};
        for (int k = 0; k < 8; k++) {
          x.push_back(noise(t, 10 + k, k < count ? n : 1));
        }
        Tensor y(t, n);
        launch(std::string("hb_weighted_sum_") + name(t), grid(n), 0, x[0].data(), x[1].data(), x[2].data(), x[3].data(), x[4].data(),
               x[5].data(), x[6].data(), x[7].data(), w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7], count, y.data(), (long long)n);
        for (size_t i = 0; i < n; i++) {
          double sum = 0;
          for (int k = 0; k < count; k++) {
            sum += w[k] * x[k][i];
          }
          rounded("weighted_sum", y, i, sum, 8 * 0x1p-22 * 8);
        }
      }
    }
  }
}

// Two sums in one launch: the bits of hb_weighted_sum_f32, one after the other.
static void guided_step() {
  for (Type t : {F16, F32}) {
    for (size_t n : {1, 300, 4 * 64 * 64 + 1}) {
      for (int count : {0, 1, 2, 5, 8}) {
        const float wu = -6.5f, wp = 7.5f, w[8] = {0.97f, -1.25f, 0.3f, -6.5f, 0.1f, 0.2f, -0.3f, 1e-3f};
        Tensor u = noise(t, 1, n), p = noise(t, 2, n), guided(F32, n), y(F32, n);
        std::vector<Tensor> x;
        void *terms[8] = {}, *none = nullptr;
        const int place = count / 2;  // of the guided one: the first, in the middle
        for (int k = 0; k < 8; k++) {
          x.push_back(noise(F32, 10 + k, k < count ? n : 1));
          terms[k] = k == place ? none : x[k].data();
        }
        launch(std::string("hb_guided_step_") + name(t), divide_up(n, 256), 0, u.data(), p.data(), wu, wp, guided.data(), terms[0],
               terms[1], terms[2], terms[3], terms[4], terms[5], terms[6], terms[7], w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7],
               count, y.data(), (long long)n);
        Tensor fu(F32, n), fp(F32, n), first(F32, n), second(F32, n);
        for (size_t i = 0; i < n; i++) {
          fu.set(i, u[i]);
          fp.set(i, p[i]);
          rounded("guided", guided, i, wu * u[i] + wp * p[i], 8 * 0x1p-22 * 2);
        }
        auto sum = [&](void* const (&of)[8], const float (&by)[8], int terms, Tensor& to) {
          launch("hb_weighted_sum_f32", grid(n), 0, of[0], of[1], of[2], of[3], of[4], of[5], of[6], of[7], by[0], by[1], by[2], by[3],
                 by[4], by[5], by[6], by[7], terms, to.data(), (long long)n);
        };
        sum({fu.data(), fp.data()}, {wu, wp}, 2, first);
        terms[place] = first.data();
        if (count) {
          sum(terms, w, count, second);
        }
        if (memcmp(guided.data(), first.data(), n * 4) || memcmp(y.data(), second.data(), n * 4)) {
          throw Failure{std::string("hb_guided_step_") + name(t) + ": other bits than two sums, " + std::to_string(count) + " terms"};
        }
      }
    }
  }
}

static void same(const char* what, const Tensor& y, size_t at, double expected) { close(what, y[at], expected, 0, at); }

static void moving() {
  for (Type t : TYPES) {
    int sizes[][2] = {{1, 1}, {3, 5}, {8, 8}, {8, 4}, {320, 640}, {13, 24}};
    for (auto& s : sizes) {
      int a = s[0], b = s[1], rows = 6;
      size_t n = (size_t)rows * (a + b);
      Tensor x = noise(t, 1, rows * a), y = noise(t, 2, rows * b), z(t, n);
      launch(std::string("hb_concat_") + name(t), grid(n), 0, x.data(), y.data(), z.data(), (long long)n, a, b);
      for (size_t i = 0; i < n; i++) {
        size_t row = i / (a + b), at = i % (a + b);
        same("concat", z, i, at < (size_t)a ? x[row * a + at] : y[row * b + at - a]);
      }
    }
    int images[][5] = {{3, 5, 6, 10, 1}, {4, 4, 8, 8, 32}, {3, 2, 7, 3, 12}, {5, 7, 5, 7, 3}, {8, 8, 15, 16, 8}};
    for (auto& s : images) {
      int h = s[0], w = s[1], height = s[2], width = s[3], c = s[4];
      size_t n = (size_t)2 * height * width * c;
      Tensor x = noise(t, 1, 2 * h * w * c), y(t, n);
      launch(std::string("hb_upsample_") + name(t), grid(n), 0, x.data(), y.data(), (long long)n, h, w, height, width, c);
      for (size_t i = 0; i < n; i++) {
        size_t ch = i % c, q = i / c % width, p = i / c / width % height, image = i / c / width / height;
        same("upsample", y, i, x[((image * h + p * h / height) * w + q * w / width) * c + ch]);
      }
    }
    for (int c : {1, 5, 8, 768}) {
      int ids[] = {0, 3, 3, 10, 1};
      Tensor table = noise(t, 1, 11 * c), y(t, 5 * c);
      launch(std::string("hb_embedding_") + name(t), grid(5 * c), 0, table.data(), (const int*)ids, y.data(), 5ll * c, c);
      for (int i = 0; i < 5 * c; i++) {
        same("embedding", y, i, table[ids[i / c] * c + i % c]);
      }
    }
  }
}

static void converting() {
  for (Type s : TYPES) {
    for (Type t : TYPES) {
      if (s != t) {
        for (size_t n : LENGTHS) {
          Tensor x = noise(s, 1, n, 100), y(t, n);
          const double edges[] = {0.0, -0.0, 65504, 65519, 65536, 1e30, 6e-8, 2e-8, 1 + 0x1p-11, 1 + 3 * 0x1p-11, INFINITY, -INFINITY, NAN};
          for (size_t i = 0; i < 13 && n > 13; i++) {
            x.set(i, edges[i]);
          }
          launch(std::string("hb_convert_") + name(s) + "_" + name(t), grid(n), 0, x.data(), y.data(), (long long)n);
          Tensor expected(t, n);
          for (size_t i = 0; i < n; i++) {
            expected.set(i, x[i]);
            if (std::isnan(x[i]) ? !std::isnan(y[i]) : !(y[i] == expected[i])) {
              throw Failure{std::string("convert ") + name(s) + " to " + name(t) + " of " + std::to_string(x[i])};
            }
          }
        }
      }
    }
  }
}

void elementwise_cases() {
  add("elementwise", "silu", SMALL, [] { activation("hb_silu", [](double x) { return x / (1 + exp(-x)); }); });
  add("elementwise", "quick_gelu", SMALL, [] { activation("hb_quick_gelu", [](double x) { return x / (1 + exp(-1.702f * x)); }); });
  add("elementwise", "geglu", SMALL, geglu);
  add("elementwise", "add", SMALL, adding);
  add("elementwise", "weighted_sum", SMALL, weighted_sum);
  add("elementwise", "guided_step", SMALL, guided_step);
  add("elementwise", "moving", SMALL, moving);
  add("elementwise", "convert", SMALL, converting);
}

static void pack() {
  for (Type s : TYPES) {
    for (Type t : TYPES) {
      int shapes[][3] = {{5, 7, 1}, {3, 4, 9}, {8, 16, 9}, {1, 1, 1}, {33, 9, 9}, {2, 320, 1}};
      for (auto& shape : shapes) {
        int out = shape[0], in = shape[1], taps = shape[2], kp = padded(in * taps);
        Tensor w = noise(s, 1, out * in * taps), p(t, out * kp), e(t, out * kp);
        launch(std::string("hb_pack_") + name(s) + "_" + name(t), divide_up((long long)out * kp, 256), 0, w.data(), p.data(), out, in,
               taps, kp);
        for (int i = 0; i < out * kp; i++) {
          int o = i / kp, k = i % kp;
          e.set(i, k < in * taps ? w[(o * in + k % in) * taps + k / in] : 0);
          same("pack", p, i, e[i]);
        }
      }
    }
  }
}

static void pack_phases() {
  for (Type s : TYPES) {
    for (Type t : TYPES) {
      int shapes[][2] = {{5, 7}, {3, 4}, {8, 16}, {1, 1}, {33, 9}};
      for (auto& shape : shapes) {
        int out = shape[0], in = shape[1], kp = padded(in * 4);
        Tensor w = noise(s, 1, out * in * 9), p(t, 4 * out * kp), e = packed_phases(w, t, out, in);
        launch(std::string("hb_pack_phases_") + name(s) + "_" + name(t), divide_up(4LL * out * kp, 256), 0, w.data(), p.data(), out, in, kp);
        for (int i = 0; i < 4 * out * kp; i++) {
          same("pack_phases", p, i, e[i]);
        }
      }
    }
  }
}

// What is rounded once and again, up to nine times for the middle tap, comes back but for that.
static void unpack_phases() {
  for (Type t : TYPES) {
    for (bool exact : {true, false}) {
      int shapes[][2] = {{5, 7}, {3, 4}, {8, 16}, {1, 1}};
      for (auto& shape : shapes) {
        int out = shape[0], in = shape[1], from = padded(in * 4), kp = padded(in * 9);
        Tensor w = exact ? coarse(t, 1, out * in * 9, 1) : noise(t, 1, out * in * 9), p = packed_phases(w, t, out, in), y(t, out * kp);
        launch(std::string("hb_unpack_phases_") + name(t), divide_up((long long)out * kp, 256), 0, p.data(), y.data(), out, in, from, kp);
        for (int i = 0; i < out * kp; i++) {
          int o = i / kp, k = i % kp;
          double e = k < in * 9 ? w[(o * in + k % in) * 9 + k / in] : 0;
          bool corner = k / in != 4 && k / in % 2 == 0;
          // Sums of four taps below 2, each rounded, and a half or a quarter of each.
          close("unpack_phases", y[i], e, exact || corner || k >= in * 9 ? 0 : 10 * roundoff(t), i);
        }
      }
    }
  }
}

void weight_cases() {
  add("weights", "pack", SMALL, pack);
  add("weights", "pack for doubled images", SMALL, pack_phases);
  add("weights", "unpack what is for doubled images", SMALL, unpack_phases);
}

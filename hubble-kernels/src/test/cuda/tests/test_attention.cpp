// SPDX-License-Identifier: Apache-2.0
#include "harness.h"

using namespace test;

namespace {

struct Kernel {
  const char* suffix;
  int widest, queries;
  size_t shared;
};
constexpr Kernel KERNELS[] = {{"_40", 40, 64, 35840}, {"_64", 64, 64, 46080}, {"_80", 80, 64, 56320}, {"_160", 160, 64, 64512}, {"_512", 512, 32, 99840}};

struct Attention {
  int images, heads, d, queries, keys;
  bool causal = false;
  double size = 1;   // of the logits
  int gap = 0;       // elements between the rows of q, k and v, as in a fused projection
};

void attention(const Attention& a, Type t, const Kernel* kernel) {
  int c = a.heads * a.d, row = c + a.gap;
  Tensor q = noise(t, 1, (size_t)a.images * a.queries * row, a.size), k = noise(t, 2, (size_t)a.images * a.keys * row);
  Tensor v = noise(t, 3, (size_t)a.images * a.keys * row), y(t, (size_t)a.images * a.queries * c);
  std::string symbol = std::string("hb_attention_") + name(t) + (kernel ? kernel->suffix : "_any");
  float scale = (float)(1 / sqrt(a.d));
  launch(symbol, dim3(divide_up(a.queries, kernel ? kernel->queries : 8), a.heads, a.images), kernel ? kernel->shared : 32 * a.d + 9344, q.data(),
         k.data(), v.data(), y.data(), a.queries, a.keys, a.heads, a.d, row, row, c, scale, (int)a.causal);
  char what[200];
  snprintf(what, sizeof what, "%s images %d heads %d of %d, %d queries, %d keys, causal %d", symbol.c_str(), a.images, a.heads, a.d, a.queries,
           a.keys, a.causal);
  auto qs = q.doubles(), ks = k.doubles(), vs = v.doubles();
  std::vector<double> p(a.keys);
  size_t rows = (size_t)a.images * a.queries * a.heads;
  for (size_t r : samples(rows, 150)) {
    int h = (int)(r % a.heads), i = (int)(r / a.heads % a.queries), n = (int)(r / a.heads / a.queries);
    int seen = a.causal ? std::min(i + 1, a.keys) : a.keys;
    double max = -INFINITY, total = 0, largest = 0;
    for (int j = 0; j < seen; j++) {
      double dot = 0;
      for (int e = 0; e < a.d; e++) {
        dot += qs[((size_t)n * a.queries + i) * row + h * a.d + e] * ks[((size_t)n * a.keys + j) * row + h * a.d + e];
      }
      p[j] = dot * scale;
      max = std::max(max, p[j]);
      largest = std::max(largest, fabs(p[j]));
    }
    for (int j = 0; j < seen; j++) {
      total += p[j] = exp(p[j] - max);
    }
    for (int e = 0; e < a.d; e++) {
      double sum = 0, sizes = 0;
      for (int j = 0; j < seen; j++) {
        double term = p[j] / total * vs[((size_t)n * a.keys + j) * row + h * a.d + e];
        sum += term;
        sizes += fabs(term);
      }
      // The probabilities are rounded to the type on tensor cores; a logit of size L has a rounding error of some 2^-22·L.
      double error = sizes * ((kernel ? roundoff(t) : 0) + 0x1p-21 * (4 + largest) + sum_error(a.d) + sum_error(seen));
      rounded(what, y, (((size_t)n * a.queries + i) * a.heads + h) * a.d + e, sum, error);
    }
  }
}

void all_kernels(const Attention& a) {
  for (Type t : TYPES) {
    attention(a, t, nullptr);
    if (t != F32 && a.d % 8 == 0 && a.gap % 8 == 0) {
      for (auto& k : KERNELS) {
        if (a.d <= k.widest && (k.widest < 512 || a.d >= 64 || a.d == 8)) {
          attention(a, t, &k);
        }
      }
    }
  }
}

}  // namespace

void attention_cases() {
  add("attention", "awkward sizes", SMALL, [] {
    for (int d : {1, 2, 4, 7, 8, 33, 40}) {
      all_kernels({2, 3, d, 13, 7});
    }
    all_kernels({1, 2, 8, 1, 1});
    all_kernels({1, 1, 48, 65, 66});
  });
  add("attention", "several tiles of keys", SMALL, [] {
    all_kernels({1, 1, 40, 30, 200});
    all_kernels({1, 2, 80, 70, 130});
    attention({1, 1, 160, 66, 100}, F16, &KERNELS[3]);
    attention({1, 1, 512, 33, 70}, F16, &KERNELS[4]);
    attention({1, 1, 512, 20, 65}, BF16, &KERNELS[4]);
  });
  add("attention", "causal", SMALL, [] {
    all_kernels({2, 2, 64, 77, 77, true});
    all_kernels({1, 1, 8, 130, 130, true});
    all_kernels({1, 1, 8, 20, 9, true});
    attention({1, 1, 512, 70, 70, true}, F16, &KERNELS[4]);
  });
  add("attention", "large logits", SMALL, [] { all_kernels({1, 2, 40, 66, 150, false, 60}); });
  add("attention", "a fused projection", SMALL, [] { all_kernels({2, 2, 40, 20, 77, false, 1, 160}); });
  add("attention", "UNet: 8 heads of 40, 77 keys", REAL, [] { attention({2, 8, 40, 128, 77}, F16, &KERNELS[0]); });
  add("attention", "UNet: 8 heads of 40, itself", REAL, [] { attention({1, 8, 40, 256, 256}, F16, &KERNELS[0]); });
  add("attention", "UNet: 8 heads of 80, itself", REAL, [] { attention({1, 8, 80, 256, 256}, BF16, &KERNELS[2]); });
  add("attention", "UNet: 8 heads of 160, itself", REAL, [] { attention({2, 8, 160, 64, 64}, F16, &KERNELS[3]); });
  add("attention", "CLIP: 12 heads of 64, causal", REAL, [] { attention({1, 12, 64, 77, 77, true}, F16, &KERNELS[1]); });
  add("attention", "VAE: a head of 512", REAL, [] { attention({1, 1, 512, 256, 256}, F16, &KERNELS[4]); });
  add("attention", "VAE: a head of 512 in float32", REAL, [] { attention({1, 1, 512, 64, 64}, F32, nullptr); });
}

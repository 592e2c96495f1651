// SPDX-License-Identifier: Apache-2.0
//
// The lower rungs of the GPU ladders in every scheduling mode of the emulator, against sums in double. A missing barrier or a
// copy that is not waited for gives wrong numbers in one of the modes.
#include "harness.h"

using namespace test;

namespace {

constexpr emu::Config MODES[] = {
    {0, true, false, 1, true}, {1, true, true, 1, true}, {2, true, true, 1, true}, {3, false, false, 1, true}, {0, false, true, 1, false},
};
constexpr size_t RING = 4 * (128 + 128) * 40 * 2;

struct Rung {
  const char* name;
  int tile;
  size_t shared;
};
constexpr Rung RUNGS[] = {
    {"naive", 16, 0}, {"shared", 16, 0}, {"registers", 128, 0}, {"tensor_cores", 128, 0}, {"pipeline", 128, RING}};

void gemm(int m, int n, int k) {
  const Tensor x = noise(F16, 1, (size_t)m * k), w = noise(F16, 2, (size_t)n * k, 1 / sqrt(k));
  for (auto& rung : RUNGS) {
    const Tensor y(F16, (size_t)m * n);
    const std::string name = std::string("rung_gemm_") + rung.name;
    launch(name, dim3(divide_up(m, rung.tile), divide_up(n, rung.tile)), rung.shared, x.data(), w.data(), y.data(), m, n, k);
    for (size_t at : samples(y.size(), 500)) {
      double sum = 0;
      for (int i = 0; i < k; i++) {
        sum += x[at / n * k + i] * w[at % n * k + i];
      }
      rounded(name, y, at, sum, sum_error(k));
    }
  }
}

double tap_sum(const Tensor& x, const Tensor& w, int pixel, int o, int height, int width, int in) {
  double sum = 0;
  for (int k = 0; k < 9 * in; k++) {
    const int row = pixel / width % height + k / in / 3 - 1, column = pixel % width + k / in % 3 - 1;
    if (row >= 0 && row < height && column >= 0 && column < width) {
      sum += x[(((size_t)pixel / width / height * height + row) * width + column) * in + k % in] * w[(size_t)o * 9 * in + k];
    }
  }
  return sum;
}

void convolution(int images, int height, int width, int in, int out) {
  const int pixels = images * height * width, k = 9 * in;
  const Tensor x = noise(F16, 1, (size_t)pixels * in), w = noise(F16, 2, (size_t)out * k, 1 / sqrt(k));
  const auto check = [&](const std::string& name, const Tensor& y) {
    for (size_t at : samples(y.size(), 500)) {
      rounded(name, y, at, tap_sum(x, w, (int)(at / out), (int)(at % out), height, width, in), sum_error(k));
    }
  };
  const dim3 tiles(divide_up(pixels, 128), divide_up(out, 128));
  const struct {
    const char* name;
    dim3 grid;
    size_t shared;
  } rungs[] = {{"rung_conv_naive", dim3(divide_up((long long)pixels * out, 256)), 0},
               {"rung_conv_registers", tiles, 0},
               {"rung_conv_pipeline", tiles, RING}};
  for (auto& rung : rungs) {
    const Tensor y(F16, (size_t)pixels * out);
    launch(rung.name, rung.grid, rung.shared, x.data(), w.data(), y.data(), images, height, width, in, out);
    check(rung.name, y);
  }
  const Tensor matrix(F16, (size_t)pixels * k), y(F16, (size_t)pixels * out);
  launch("rung_conv_im2col", dim3(divide_up((long long)pixels * k, 8 * 256)), 0, x.data(), matrix.data(), images, height, width, in);
  launch("rung_gemm_pipeline", tiles, RING, matrix.data(), w.data(), y.data(), pixels, out, k);
  check("rung_conv_im2col", y);
}

void softmax(int rows, int keys) {
  const Tensor s = noise(F16, 3, (size_t)rows * keys, 2);
  const auto before = s.doubles();
  launch("rung_attention_softmax", dim3(divide_up(rows, 8)), 0, s.data(), rows, keys);
  for (size_t at = 0; at < s.size(); at++) {
    double sum = 0;
    for (int i = 0; i < keys; i++) {
      sum += exp(before[at / keys * keys + i] - before[at]);
    }
    rounded("rung_attention_softmax", s, at, 1 / sum, 1e-6);
  }
}

}  // namespace

int main() {
  for (auto& mode : MODES) {
    emu::config = mode;
    try {
      gemm(1, 8, 8);
      gemm(77, 40, 72);
      gemm(130, 136, 200);
      convolution(1, 1, 1, 8, 8);
      convolution(2, 9, 8, 16, 136);
      softmax(11, 77);
    } catch (const Failure& f) {
      printf("FAILED: %s\n", f.what.c_str());
      return 1;
    }
  }
  printf("all rungs are right in %zu modes\n", sizeof MODES / sizeof *MODES);
}

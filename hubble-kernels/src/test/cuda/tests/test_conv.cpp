// SPDX-License-Identifier: Apache-2.0
#include "matmul_cases.h"

using namespace test;

namespace {

struct Conv {
  int n, h, w, in, out;
  int kh = 3, kw = 3, stride = 1;
  bool bottom_right = false;  // Padding.BOTTOM_RIGHT instead of SAME
  int view_h = 0, view_w = 0;  // size after a fused resize
  bool vector = false, residual = false;
  int splits = 1;
  bool moments = false;

  int vh() const { return view_h ? view_h : h; }
  int vw() const { return view_w ? view_w : w; }
  int top() const { return bottom_right ? 0 : (kh - 1) / 2; }
  int left() const { return bottom_right ? 0 : (kw - 1) / 2; }
  int rows() const { return (vh() + (bottom_right ? 1 : 2 * top()) - kh) / stride + 1; }
  int columns() const { return (vw() + (bottom_right ? 1 : 2 * left()) - kw) / stride + 1; }
};

void run(const Conv& c, Type t, const TileShape& tile, const Tensor& x, const Tensor& p, const Tensor& bias, const Tensor& vector,
         const Tensor& residual, Tensor& y, Tensor& moments, int images) {
  int m = images * c.rows() * c.columns(), kp = padded(c.in * c.kh * c.kw);
  Tensor partial(F32, c.splits > 1 ? (size_t)c.splits * m * c.out : 1);
  void *none = nullptr, *v = c.vector ? vector.data() : none, *r = c.residual ? residual.data() : none;
  void* of = c.moments ? moments.data() : none;
  launch(std::string("hb_conv_") + name(t) + tile.suffix, dim3(divide_up(m, tile.rows), divide_up(c.out, tile.columns), c.splits),
         tile.shared, x.data(), p.data(), bias.data(), v, r, y.data(), c.splits > 1 ? partial.data() : none, c.splits > 1 ? none : of, images,
         c.h, c.w, c.in, c.vh(), c.vw(), c.rows(), c.columns(), c.out, c.kh, c.kw, c.stride, c.top(), c.left(), kp, c.splits);
  if (c.splits > 1 && c.moments) {
    launch(std::string("hb_split_sum_moments_") + name(t), dim3(m / UNIT_ROWS, divide_up(c.out, 64)), 0, partial.data(), bias.data(), v, r,
           y.data(), of, m, c.out, c.rows() * c.columns(), 0, c.splits);
  } else if (c.splits > 1) {
    launch(std::string("hb_split_sum_") + name(t), divide_up((long long)m * c.out, 256), 0, partial.data(), bias.data(), v, r, y.data(),
           m, c.out, c.rows() * c.columns(), 0, c.splits);
  }
}

void conv(const Conv& c, Type t, const TileShape& tile) {
  int taps = c.kh * c.kw, k = c.in * taps;
  size_t size = (size_t)c.n * c.rows() * c.columns() * c.out;
  Tensor x = noise(t, 1, (size_t)c.n * c.h * c.w * c.in), w = noise(t, 2, (size_t)c.out * k, 1 / sqrt(k)), bias = noise(t, 3, c.out);
  Tensor vector = noise(t, 4, (size_t)c.n * c.out), residual = noise(t, 5, size), y(t, size), p = packed(w, c.out, c.in, taps);
  Tensor moments = moments_for(c.moments, (int)(size / c.out), c.out);
  run(c, t, tile, x, p, bias, vector, residual, y, moments, c.n);
  char what[200];
  snprintf(what, sizeof what, "hb_conv_%s%s %dx%dx%dx%d -> %d, %dx%d stride %d %s view %dx%d splits %d", name(t), tile.suffix, c.n, c.h, c.w,
           c.in, c.out, c.kh, c.kw, c.stride, c.bottom_right ? "bottom right" : "same", c.vh(), c.vw(), c.splits);
  auto xs = x.doubles(), ws = w.doubles();
  for (size_t at : samples(size)) {
    size_t o = at % c.out, q = at / c.out % c.columns(), row = at / c.out / c.columns() % c.rows(), n = at / c.out / c.columns() / c.rows();
    double sum = bias[o] + (c.vector ? vector[n * c.out + o] : 0) + (c.residual ? residual[at] : 0);
    for (int i = 0; i < c.kh; i++) {
      for (int j = 0; j < c.kw; j++) {
        int v = (int)row * c.stride + i - c.top(), u = (int)q * c.stride + j - c.left();
        if (v >= 0 && v < c.vh() && u >= 0 && u < c.vw()) {
          const double* pixel = &xs[((n * c.h + v * c.h / c.vh()) * c.w + u * c.w / c.vw()) * c.in];
          for (int a = 0; a < c.in; a++) {
            sum += pixel[a] * ws[((o * c.in + a) * c.kh + i) * c.kw + j];
          }
        }
      }
    }
    rounded(what, y, at, sum, sum_error(k) + 0x1p-22);
  }
  if (c.moments) {
    check_moments(what, y, moments, (int)(size / c.out), c.out);
  }
}

void all_tiles(const Conv& c) {
  for (Type t : TYPES) {
    if (c.moments && t == BF16) {
      continue;
    }
    for (auto& tile : tiles(t, c.in)) {
      conv(c, t, tile);
    }
  }
}

// An image of a batch is the image alone, bit for bit.
void images_alone() {
  Conv c{3, 9, 10, 16, 40};
  c.vector = c.residual = true;
  c.splits = 2;
  int each = c.rows() * c.columns() * c.out, pixels = c.h * c.w * c.in;
  for (Type t : TYPES) {
    Tensor x = noise(t, 1, 3 * pixels), w = noise(t, 2, c.out * c.in * 9, 0.1), bias = noise(t, 3, c.out), vector = noise(t, 4, 3 * c.out);
    Tensor residual = noise(t, 5, 3 * each), y(t, 3 * each), p = packed(w, c.out, c.in, 9), none(F32, 2);
    for (auto& tile : tiles(t, c.in)) {
      run(c, t, tile, x, p, bias, vector, residual, y, none, 3);
      Tensor x1(t, pixels), v1(t, c.out), r1(t, each), y1(t, each);
      memcpy(x1.data(), (char*)x.data() + pixels * bytes(t), pixels * bytes(t));
      memcpy(v1.data(), (char*)vector.data() + c.out * bytes(t), c.out * bytes(t));
      memcpy(r1.data(), (char*)residual.data() + each * bytes(t), each * bytes(t));
      run(c, t, tile, x1, p, bias, v1, r1, y1, none, 1);
      if (memcmp((char*)y.data() + each * bytes(t), y1.data(), each * bytes(t))) {
        throw Failure{std::string("conv ") + name(t) + tile.suffix + ": an image's bits depend on its batch"};
      }
    }
  }
}

}  // namespace

void conv_cases() {
  add("conv", "awkward sizes", SMALL, [] {
    int sizes[][5] = {{1, 1, 1, 1, 1}, {2, 5, 7, 3, 5}, {1, 13, 4, 8, 33}, {2, 3, 3, 24, 7}, {1, 9, 9, 20, 16}};
    for (auto& s : sizes) {
      all_tiles({s[0], s[1], s[2], s[3], s[4]});
    }
  });
  add("conv", "filters and strides", SMALL, [] {
    for (int stride : {1, 2}) {
      for (bool bottom_right : {false, true}) {
        all_tiles({2, 7, 6, 8, 12, 3, 3, stride, bottom_right});
        all_tiles({1, 6, 7, 5, 9, 3, 3, stride, bottom_right});
      }
      all_tiles({2, 5, 5, 16, 9, 1, 1, stride});
      all_tiles({1, 7, 8, 8, 4, 5, 3, stride});
    }
  });
  add("conv", "more than one tile each way", SMALL, [] { all_tiles({2, 9, 8, 40, 168}); });
  add("conv", "a resize before", SMALL, [] {
    Conv c{2, 4, 5, 8, 10};
    c.view_h = 8;
    c.view_w = 10;
    all_tiles(c);
    Conv odd{1, 3, 4, 5, 6};
    odd.view_h = 7;
    odd.view_w = 7;
    all_tiles(odd);
  });
  add("conv", "epilogues", SMALL, [] {
    for (int options = 0; options < 4; options++) {
      for (int splits : {1, 2}) {
        Conv c{3, 5, 5, 16, 18};
        c.vector = options & 1;
        c.residual = options & 2;
        c.splits = splits;
        all_tiles(c);
      }
    }
  });
  add("conv", "moments", SMALL, [] {
    int sizes[][5] = {{3, 8, 8, 16, 18}, {1, 12, 16, 8, 162}};
    for (auto& s : sizes) {
      for (int splits : {1, 2}) {
        Conv c{s[0], s[1], s[2], s[3], s[4]};
        c.vector = c.residual = c.moments = true;
        c.splits = splits;
        all_tiles(c);
      }
    }
    Conv down{2, 16, 17, 5, 6, 3, 3, 2, true};
    down.moments = true;
    all_tiles(down);
  });
  add("conv", "images alone", SMALL, images_alone);
  add("conv", "UNet: conv_in 4 to 320", REAL, [] { conv({2, 8, 8, 4, 320}, F16, TILES[4]); });
  add("conv", "UNet: conv_in of inpainting, 9 channels", REAL, [] { conv({1, 8, 8, 9, 320}, BF16, TILES[4]); });
  add("conv", "UNet: conv_out 320 to 4", REAL, [] { conv({2, 8, 8, 320, 4}, F16, TILES[3]); });
  add("conv", "UNet: 320 to 320", REAL, [] {
    Conv c{2, 8, 8, 320, 320};
    c.vector = true;
    conv(c, F16, TILES[0]);
  });
  add("conv", "UNet: 1920 to 640, split", REAL, [] {
    Conv c{1, 4, 4, 1920, 640};
    c.residual = true;
    c.splits = 5;
    conv(c, F16, TILES[0]);
  });
  add("conv", "UNet: 2560 to 1280, split", REAL, [] {
    Conv c{1, 2, 2, 2560, 1280};
    c.splits = 8;
    conv(c, BF16, TILES[2]);
  });
  add("conv", "UNet: downsampling 640", REAL, [] { conv({1, 8, 8, 640, 640, 3, 3, 2}, F16, TILES[0]); });
  add("conv", "UNet: upsampling 640", REAL, [] {
    Conv c{1, 4, 4, 640, 640};
    c.view_h = c.view_w = 8;
    conv(c, F16, TILES[0]);
  });
  add("conv", "VAE: 256 to 128", REAL, [] { conv({1, 16, 16, 256, 128}, BF16, TILES[1]); });
  add("conv", "VAE: downsampling 128, bottom right", REAL, [] { conv({1, 16, 16, 128, 128, 3, 3, 2, true}, F16, TILES[1]); });
  add("conv", "VAE: conv_out 128 to 3", REAL, [] { conv({1, 16, 16, 128, 3}, F16, TILES[3]); });
  add("conv", "VAE: 512 in float32", REAL, [] { conv({1, 6, 6, 512, 512}, F32, PLAIN); });
}

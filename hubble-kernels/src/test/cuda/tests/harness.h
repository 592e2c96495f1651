// SPDX-License-Identifier: Apache-2.0
//
// What the native tests share: tensors of any element type, launching a kernel by its name with checked arguments, and the
// comparison with a reference in double precision.
#pragma once
#include <cmath>
#include <cstdio>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "device.cuh"

namespace test {

enum Type { F16, BF16, F32 };
constexpr Type TYPES[] = {F16, BF16, F32};
inline const char* name(Type t) { return t == F16 ? "f16" : t == BF16 ? "bf16" : "f32"; }
inline size_t bytes(Type t) { return t == F32 ? 4 : 2; }
// The most that rounding to the type changes a number of size 1.
inline double roundoff(Type t) { return t == F16 ? 0x1p-11 : t == BF16 ? 0x1p-8 : 0x1p-24; }

// What a float sum of k products of size 1/√k may be off by: five standard deviations of the errors' random walk, as
// dev.hubble.kernels.Numbers has it.
inline double sum_error(double k) { return 0x1p-23 * (4 + 2 * sqrt(k)); }

// Numbers on the "device", with NaN behind them, so that reads there are seen as well as writes (under ASan an exact
// allocation instead). Starts as NaN.
class Tensor {
 public:
  Tensor(Type type, size_t size) : type_(type), size_(size), data_(new char[size * bytes(type) + GUARD]) {
    memset(data_.get(), 0xFF, size * bytes(type));
    memset(data_.get() + size * bytes(type), 0xFF, GUARD);
  }
  ~Tensor() {
    for (size_t i = 0; data_ && i < GUARD; i++) {
      if ((unsigned char)data_[size_ * bytes(type_) + i] != 0xFF) {
        fprintf(stderr, "a kernel wrote behind a tensor of %zu elements\n", size_);
        abort();
      }
    }
  }
  Tensor(Tensor&&) = default;

  Type type() const { return type_; }
  size_t size() const { return size_; }
  void* data() const { return data_.get(); }
  double operator[](size_t i) const {
    if (type_ == F32) {
      return ((const float*)data_.get())[i];
    }
    u16 bits = ((const u16*)data_.get())[i];
    return type_ == F16 ? to_float(f16{bits}) : to_float(bf16{bits});
  }
  void set(size_t i, double v) {
    if (type_ == F32) {
      ((float*)data_.get())[i] = (float)v;
    } else {
      ((u16*)data_.get())[i] = type_ == F16 ? from_float<f16>((float)v).bits : from_float<bf16>((float)v).bits;
    }
  }
  std::vector<double> doubles() const {
    std::vector<double> d(size_);
    for (size_t i = 0; i < size_; i++) {
      d[i] = (*this)[i];
    }
    return d;
  }

 private:
#ifdef __SANITIZE_ADDRESS__
  static constexpr size_t GUARD = 0;
#else
  static constexpr size_t GUARD = 64;
#endif
  Type type_;
  size_t size_;
  std::unique_ptr<char[]> data_;
};

// Evenly distributed numbers of mean 0 and variance scale², always the same for one seed, rounded to the type.
inline Tensor noise(Type t, uint64_t seed, size_t n, double scale = 1, double offset = 0) {
  Tensor x(t, n);
  uint64_t state = seed;
  for (size_t i = 0; i < n; i++) {
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    x.set(i, (int32_t)(state >> 32) * 0x1p-31 * sqrt(3.0) * scale + offset);
  }
  return x;
}

inline int divide_up(long long a, long long b) { return (int)((a + b - 1) / b); }

// Launches a kernel as the driver would: by name, with an array of pointers to the arguments. Their number and sizes, and the
// block, must be the kernel's.
template <class... A>
void launch_clusters(const std::string& name, int cluster, dim3 grid, size_t shared, const A&... a) {
  auto found = emu::registry().find(name);
  if (found == emu::registry().end()) {
    fprintf(stderr, "there is no kernel %s\n", name.c_str());
    abort();
  }
  auto& k = found->second;
  size_t sizes[] = {sizeof(A)...};
  if (k.count != (int)sizeof...(A) || memcmp(sizes, k.sizes, sizeof sizes)) {
    fprintf(stderr, "%s takes other arguments\n", name.c_str());
    abort();
  }
  void* p[] = {(void*)&a...};
  k.run(grid, dim3(k.block), shared, (unsigned)cluster, p);
}

template <class... A>
void launch(const std::string& name, dim3 grid, size_t shared, const A&... a) {
  launch_clusters(name, 1, grid, shared, a...);
}

struct Failure {
  std::string what;
};

// Fails unless every element is within its tolerance; NaN is never close.
inline void close(std::string_view what, double actual, double expected, double tolerance, size_t at) {
  if (!(fabs(actual - expected) <= tolerance)) {
    char s[300];
    snprintf(s, sizeof s, "%.*s [%zu]: %.9g instead of %.9g, off by %.3g, tolerance %.3g", (int)what.size(), what.data(), at,
             actual, expected, fabs(actual - expected), tolerance);
    throw Failure{s};
  }
}

// The same, for a result that was computed with an error of `error` and then rounded to y's type.
inline void rounded(std::string_view what, const Tensor& y, size_t at, double expected, double error) {
  double floor = y.type() == F16 ? 0x1p-25 : 0;
  close(what, y[at], expected, roundoff(y.type()) * (fabs(expected) + error) + error + floor, at);
}

// Which elements to check: all of few, else the first, the last and `samples` scattered ones.
inline std::vector<size_t> samples(size_t size, size_t count = 3000) {
  std::vector<size_t> at;
  if (size <= 4 * count) {
    for (size_t i = 0; i < size; i++) {
      at.push_back(i);
    }
  } else {
    uint64_t state = size;
    for (size_t i = 0; i < count; i++) {
      state = state * 6364136223846793005ull + 1442695040888963407ull;
      at.push_back((state >> 20) % size);
    }
    at.push_back(0);
    at.push_back(size - 1);
  }
  return at;
}

enum Size { SMALL, REAL };  // SMALL runs in every scheduling mode and under the sanitizers, REAL in two
struct Case {
  std::string family, name;
  Size size;
  std::function<void()> body;
};
inline std::vector<Case>& cases() {
  static std::vector<Case> all;
  return all;
}
inline void add(const std::string& family, const std::string& name, Size size, std::function<void()> body) {
  cases().push_back({family, name, size, std::move(body)});
}

}  // namespace test

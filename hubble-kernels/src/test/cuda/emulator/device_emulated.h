// SPDX-License-Identifier: Apache-2.0
//
// What the wrappers of device.cuh do, in C++: the fragment layouts are those of the PTX manual (mma.m16n8k16, ldmatrix).
#pragma once
#include "cuda.h"

#define HB_DYNAMIC_SHARED(T, name) T* name = (T*)emu::block->dynamic
#define HB_SHARED(T, name, count)       \
  static const char shared_##name = 0; \
  T* name = emu::static_shared<T>(&shared_##name, count)

inline float to_float(f16 h) {
  _Float16 x;
  memcpy(&x, &h, 2);
  return (float)x;
}
inline float to_float(bf16 b) { return __uint_as_float((u32)b.bits << 16); }
template <>
inline f16 from_float<f16>(float f) {
  _Float16 x = (_Float16)f;
  f16 h;
  memcpy(&h, &x, 2);
  return h;
}
template <>
inline bf16 from_float<bf16>(float f) {
  u32 u = __float_as_uint(f);
  if ((u & 0x7fffffffu) > 0x7f800000u) {
    return {0x7fff};
  }
  return {(u16)((u + 0x7fffu + (u >> 16 & 1)) >> 16)};
}
template <class T>
inline u32 pack2(float low, float high) {
  return from_float<T>(low).bits | (u32)from_float<T>(high).bits << 16;
}
inline float exp2_approx(float x) { return exp2f(x); }

// ---- asynchronous copies: pending per thread until waited for ----

inline void land(const emu::Copy& c) {
  if (c.valid) {
    memcpy(c.to, c.from, 16);
  } else {
    memset(c.to, 0, 16);
  }
}
inline void copy16(void* shared, const void* global, bool valid) {
  if (((uintptr_t)shared | (uintptr_t)global) & 15) {
    emu::die("cp.async: an address that is not a multiple of 16");
  }
  emu::Copy c{shared, global, valid};
  if (emu::config.late_copies) {
    emu::block->current->copies.push_back(c);
  } else {
    land(c);
  }
}
inline void copy_commit() {
  auto& f = *emu::block->current;
  f.groups.push_back(f.copies.size());
}
template <int N>
inline void copy_wait() {
  auto& f = *emu::block->current;
  if ((int)f.groups.size() <= N) {
    return;
  }
  size_t landed = f.groups[f.groups.size() - 1 - N];
  for (size_t i = 0; i < landed; i++) {
    land(f.copies[i]);
  }
  f.copies.erase(f.copies.begin(), f.copies.begin() + landed);
  f.groups.erase(f.groups.begin(), f.groups.end() - N);
  for (auto& end : f.groups) {
    end -= landed;
  }
}

// ---- ldmatrix: lane l gives the address of row l%8 of matrix l/8 ----

inline emu::Exchange& give_row(const void* row) {
  if ((uintptr_t)row & 15) {
    emu::die("ldmatrix: an address that is not a multiple of 16");
  }
  return emu::collective([row](emu::Exchange& e, int lane) { e.pointer[lane] = row; }, [](emu::Exchange&) {});
}
inline void load_matrix4(u32 (&r)[4], const void* row) {
  auto& x = give_row(row);
  int lane = emu::block->current->lane;
  for (int i = 0; i < 4; i++) {
    memcpy(&r[i], (const char*)x.pointer[i * 8 + lane / 4] + lane % 4 * 4, 4);
  }
}
inline void load_matrix4_transposed(u32 (&r)[4], const void* row) {
  auto& x = give_row(row);
  int lane = emu::block->current->lane;
  for (int i = 0; i < 4; i++) {
    u16 low, high;
    memcpy(&low, (const char*)x.pointer[i * 8 + lane % 4 * 2] + lane / 4 * 2, 2);
    memcpy(&high, (const char*)x.pointer[i * 8 + lane % 4 * 2 + 1] + lane / 4 * 2, 2);
    r[i] = low | (u32)high << 16;
  }
}

// ---- mma.m16n8k16 ----

typedef float emu_row __attribute__((vector_size(32)));

template <class T>
inline void emu_multiply(emu::Exchange& e) {
  float a[16][16];
  alignas(32) float b[16][8];
  for (int i = 0; i < 16; i++) {
    for (int k = 0; k < 16; k++) {
      a[i][k] = to_float(T{e.a[i][k]});
    }
  }
  for (int k = 0; k < 16; k++) {
    for (int j = 0; j < 8; j++) {
      b[k][j] = to_float(T{e.b[j][k]});
    }
  }
  for (int i = 0; i < 16; i++) {
    emu_row sum = *(emu_row*)e.c[i];
    for (int k = 0; k < 16; k++) {
      sum += a[i][k] * *(emu_row*)b[k];
    }
    *(emu_row*)e.c[i] = sum;
  }
}
template <class T>
inline void multiply(float (&c)[4], const u32 (&a)[4], u32 b0, u32 b1) {
  int lane = emu::block->current->lane, g = lane / 4, t = lane % 4 * 2;
  auto& x = emu::collective(
      [&](emu::Exchange& e, int) {
        memcpy(&e.a[g][t], &a[0], 4);
        memcpy(&e.a[g + 8][t], &a[1], 4);
        memcpy(&e.a[g][t + 8], &a[2], 4);
        memcpy(&e.a[g + 8][t + 8], &a[3], 4);
        memcpy(&e.b[g][t], &b0, 4);
        memcpy(&e.b[g][t + 8], &b1, 4);
        memcpy(&e.c[g][t], &c[0], 8);
        memcpy(&e.c[g + 8][t], &c[2], 8);
      },
      emu_multiply<T>);
  memcpy(&c[0], &x.c[g][t], 8);
  memcpy(&c[2], &x.c[g + 8][t], 8);
}

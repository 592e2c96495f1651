// SPDX-License-Identifier: Apache-2.0
//
// What the wrappers of hopper.cuh do. A thread computes its own part of the product; when, is the question that matters: late
// products only when the group is waited for, so that shared memory filled again too soon shows as wrong numbers. (By an eager
// copy, that is: late ones leave it as it is.)
#pragma once
#include "cuda.h"

struct EmulatedWgmma {
  u64 a, b;
  float* d;
  int columns, warp, lane;
  void (*run)(const EmulatedWgmma&);
};
struct EmulatedWgmmaQueue {
  std::vector<EmulatedWgmma> pending;
  std::vector<size_t> groups;
};

// One per fiber of the blocks in flight on this host thread; empty again when a fiber is done.
inline EmulatedWgmmaQueue& emu_wgmma_queue(const emu::Block& block, size_t fiber) {
  static thread_local std::vector<EmulatedWgmmaQueue> queues;
  const size_t at = block.rank * 1024 + fiber;
  if (at >= queues.size()) {
    queues.resize((block.rank + 1) * 1024);
  }
  return queues[at];
}
inline EmulatedWgmmaQueue& emu_wgmma_queue() { return emu_wgmma_queue(*emu::block, emu::block->current - emu::block->fibers.data()); }

// Whether a product that has been asked for in that block still has to read some of these bytes of its shared memory.
inline bool emu_wgmma_reads(const emu::Block& of, size_t at, size_t bytes) {
  auto meets = [&](u64 descriptor, int rows) {
    const size_t width = descriptor >> 62 == 2 ? 64 : 128;
    const size_t from = ((descriptor & 0x3fff) << 4) / (width * 8) * (width * 8);
    return from < at + bytes && at < from + rows * width;
  };
  for (size_t fiber = 0; fiber < of.count; fiber++) {
    for (auto& o : emu_wgmma_queue(of, fiber).pending) {
      if (meets(o.a, 64) || meets(o.b, o.columns)) {
        return true;
      }
    }
  }
  return false;
}

// The arithmetic itself is not what the sanitizers are there for, and most of the time that they would take: it reads what is
// checked here, and writes what the compiler has counted.
#define EMU_TRUSTED __attribute__((no_sanitize_undefined, no_sanitize_address))

// Sixteen neighbours of a row: two chunks of 16 bytes, which the swizzle may set apart.
template <class T>
EMU_TRUSTED inline void emu_matrix_row(float (&to)[16], u64 descriptor, int row) {
  const u32 swizzle = descriptor >> 62 == 2 ? 64 : 128;
  if (descriptor >> 62 != 1 && descriptor >> 62 != 2) {
    emu::die("wgmma: only the swizzles of 64 and 128 bytes are emulated");
  }
  u32 start = (u32)(descriptor & 0x3fff) << 4, between_groups = (u32)(descriptor >> 32 & 0x3fff) << 4;
  for (u32 chunk = 0; chunk < 2; chunk++) {
    u32 at = start + row / 8 * between_groups + row % 8 * swizzle + chunk * 16;
    at ^= (at >> 7 & (swizzle / 16 - 1)) << 4;
    if (at + 16 > emu::block->dynamic_size) {
      emu::die("wgmma reads behind shared memory");
    }
    T x[8];
    memcpy(x, emu::block->dynamic + at, 16);
    for (int i = 0; i < 8; i++) {
      to[chunk * 8 + i] = to_float(x[i]);
    }
  }
}

typedef float emu_four __attribute__((vector_size(16)));

// Of rows g and g + 8 of the warp's sixteen, the columns t and t + 1 of every eight.
template <class T>
EMU_TRUSTED inline void emu_run(const EmulatedWgmma& o) {
  float upper[16], lower[16], left[16], right[16];
  int g = o.lane / 4, t = o.lane % 4 * 2;
  emu_matrix_row<T>(upper, o.a, o.warp * 16 + g);
  emu_matrix_row<T>(lower, o.a, o.warp * 16 + g + 8);
  for (int j = 0; j < o.columns / 8; j++) {
    emu_matrix_row<T>(left, o.b, j * 8 + t);
    emu_matrix_row<T>(right, o.b, j * 8 + t + 1);
    emu_four sum;
    memcpy(&sum, o.d + j * 4, 16);
    for (int k = 0; k < 16; k++) {
      sum += emu_four{upper[k], upper[k], lower[k], lower[k]} * emu_four{left[k], right[k], left[k], right[k]};
    }
    memcpy(o.d + j * 4, &sum, 16);
  }
}

inline void wgmma_fence() {}
inline void fence_shared() {}
inline void group_sync(int group) { emu::sync_named(group + 1, 128); }
inline u64 matrix_descriptor(const void* p) {
  u64 offset = (u64)((const char*)p - emu::block->dynamic);
  if (offset % 512) {
    emu::die("wgmma: a matrix that does not begin at a multiple of 512");
  }
  return (offset >> 4 & 0x3fff) | (u64)1 << 16 | (u64)(512 >> 4) << 32 | (u64)2 << 62;
}
inline u64 matrix_descriptor128(const void* p) {
  u64 offset = (u64)((const char*)p - emu::block->dynamic);
  if (offset % 1024) {
    emu::die("wgmma: a matrix that does not begin at a multiple of 1024");
  }
  return (offset >> 4 & 0x3fff) | (u64)1 << 16 | (u64)(1024 >> 4) << 32 | (u64)1 << 62;
}

template <class T>
struct Wgmma {
  template <int N>
  static void multiply(float (&d)[N][4], u64 a, u64 b) {
    auto& f = *emu::block->current;
    EmulatedWgmma o{a, b, &d[0][0], N * 8, f.warp % 4, f.lane, emu_run<T>};
    if (emu::config.late_products) {
      emu_wgmma_queue().pending.push_back(o);
    } else {
      o.run(o);
    }
  }
};
inline void wgmma_commit() {
  __syncwarp();
  auto& q = emu_wgmma_queue();
  q.groups.push_back(q.pending.size());
}
template <int N>
inline void wgmma_wait() {
  __syncwarp();
  auto& q = emu_wgmma_queue();
  if ((int)q.groups.size() <= N) {
    return;
  }
  size_t done = q.groups[q.groups.size() - 1 - N];
  for (size_t i = 0; i < done; i++) {
    q.pending[i].run(q.pending[i]);
  }
  q.pending.erase(q.pending.begin(), q.pending.begin() + done);
  q.groups.erase(q.groups.begin(), q.groups.end() - N);
  for (auto& end : q.groups) {
    end -= done;
  }
  __syncwarp();  // the warp waits as one
}

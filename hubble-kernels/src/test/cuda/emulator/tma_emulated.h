// SPDX-License-Identifier: Apache-2.0
//
// mbarriers and tensor copies. With late copies a box lands only when somebody waits for its barrier, the last one asked for
// first and one at a time, so that a wait for too few bytes meets NaN; with eager ones it lands at once, so that a stage filled
// too soon shows. What a barrier is for stands beside shared memory, where a stray write cannot reach it.
#pragma once
#include "cuda.h"
#include "tensor_map.h"

using TensorMap = emu::TensorMap;
#define HB_GRID_CONSTANT const

namespace emu {

inline Barrier& barrier_at(const void* p) {
  for (auto& b : block->barriers) {
    if (b.at == p) {
      return b;
    }
  }
  die("an mbarrier that was not initialised");
}

inline void end_phase_if_done(Barrier& b) {
  if (b.missing == 0 && b.bytes == 0) {
    b.phase ^= 1;
    b.missing = b.arrivals;
    block->idle_polls = 0;
  }
}

inline void arrive(Barrier& b, int bytes) {
  if (b.missing == 0) {
    die("an mbarrier at which more arrive than it was made for");
  }
  b.bytes += bytes;
  b.missing--;
  end_phase_if_done(b);
}

// Copies the box, zeros beyond the tensor, rows of the swizzle's width with their 16-byte chunks exchanged.
inline void land(const TensorCopy& c) {
  const TensorMap& m = c.map;
  unsigned count = 1;
  for (unsigned i = 0; i < m.rank; i++) {
    count *= m.box[i];
  }
  for (unsigned e = 0; e < count; e++) {
    uint64_t from = m.base;
    bool inside = true;
    for (unsigned i = 0, rest = e; i < m.rank; rest /= m.box[i], i++) {
      long x = (long)c.at[i] + rest % m.box[i];
      inside = inside && x >= 0 && x < (long)m.size[i];
      from += x * (i ? m.stride[i - 1] : m.element_bytes);
    }
    size_t to = c.to + (size_t)e * m.element_bytes;
    to ^= m.swizzle_bytes ? (to >> 7 & (m.swizzle_bytes / 16 - 1)) << 4 : 0;
    if (to + m.element_bytes > block->dynamic_size) {
      die("a tensor copy behind shared memory");
    }
    if (inside) {
      memcpy(block->dynamic + to, (const void*)from, m.element_bytes);
    } else {
      memset(block->dynamic + to, 0, m.element_bytes);
    }
  }
  Barrier& b = block->barriers[c.barrier];
  b.bytes -= (int)(count * m.element_bytes);
  end_phase_if_done(b);
}

inline void copy_tensor(void* shared, const TensorMap* map, std::initializer_list<int> at, void* barrier) {
  TensorCopy c{};
  c.to = (size_t)((char*)shared - block->dynamic);
  c.map = *map;
  c.barrier = &barrier_at(barrier) - block->barriers.data();
  if ((uintptr_t)map % 64 || at.size() != map->rank) {
    die("a tensor copy with a bad map");
  }
  if (c.to % (map->swizzle_bytes ? map->swizzle_bytes * 8 : 128)) {
    die("a tensor copy to a place where its swizzle does not begin");
  }
  for (unsigned i = 0; i < map->rank; i++) {
    if (map->step[i] != 1) {
      die("element strides are not emulated");
    }
    c.at[i] = at.begin()[i];
  }
  block->tensor_copies.push_back(c);
  if (!config.late_copies) {
    auto now = block->tensor_copies.back();
    block->tensor_copies.pop_back();
    land(now);
  }
}

}  // namespace emu

inline void mbarrier_init(u64* barrier, int arrivals) {
  if ((uintptr_t)barrier % 8 || arrivals < 1) {
    emu::die("a bad mbarrier");
  }
  for (auto& b : emu::block->barriers) {
    if (b.at == barrier) {
      emu::die("an mbarrier initialised twice");
    }
  }
  *barrier = 0;  // its place must be there, and its own
  emu::block->barriers.push_back({barrier, arrivals, arrivals, 0, 0});
}
inline void mbarrier_fence() {}
inline void mbarrier_arrive(u64* barrier) { emu::arrive(emu::barrier_at(barrier), 0); }
inline void mbarrier_arrive_expect(u64* barrier, int bytes) { emu::arrive(emu::barrier_at(barrier), bytes); }
inline bool mbarrier_try(u64* barrier, int parity) {
  auto& b = emu::barrier_at(barrier);
  if (b.phase != parity) {
    return true;
  }
  auto& copies = emu::block->tensor_copies;
  if (b.missing == 0) {
    for (size_t i = copies.size(); i-- > 0;) {
      if (&emu::block->barriers[copies[i].barrier] == &b) {
        auto c = copies[i];
        copies.erase(copies.begin() + i);
        emu::land(c);
        break;
      }
    }
    if (b.phase != parity) {
      return true;
    }
  }
  if (++emu::block->idle_polls > 64 * emu::block->count) {
    emu::die("deadlock: a wait for an mbarrier whose phase never ends");
  }
  emu::yield(true);
  return false;
}
inline void tensor_copy(void* shared, const TensorMap* map, int x0, int x1, int x2, u64* barrier) {
  emu::copy_tensor(shared, map, {x0, x1, x2}, barrier);
}
inline void tensor_copy(void* shared, const TensorMap* map, int x0, int x1, int x2, int x3, u64* barrier) {
  emu::copy_tensor(shared, map, {x0, x1, x2, x3}, barrier);
}

// SPDX-License-Identifier: Apache-2.0
//
// mbarriers and tensor copies. With late copies a box lands only when somebody waits for its barrier, the last one asked for
// first and one at a time, so that a wait for too few bytes meets NaN; with eager ones it lands at once, so that a stage filled
// too soon shows. What a barrier is for stands beside shared memory, where a stray write cannot reach it.
//
// In a cluster a multicast copy comes to each block by itself, early in one and late in the other. With late copies another
// block's arrival at an mbarrier, too, is there only when somebody waits for that barrier; the cluster's own barrier, whose
// arrivals are relaxed, does not hasten it. A block's shared memory is known to the others by 32 bits, as on the GPU: the
// block's rank, and an offset.
#pragma once
#include "cuda.h"
#include "tensor_map.h"

using TensorMap = emu::TensorMap;
#define HB_GRID_CONSTANT const

namespace emu {

inline Barrier& barrier_at(const void* p, Block& of = *block) {
  for (auto& b : of.barriers) {
    if (b.at == p) {
      return b;
    }
  }
  die("an mbarrier that was not initialised");
}

// The same for one that copies or other blocks use.
inline Barrier& known_barrier_at(const void* p, Block& of) {
  Barrier& b = barrier_at(p, of);
  if (!b.known) {
    die("an mbarrier of whose initialisation no fence told");
  }
  return b;
}

inline void end_phase_if_done(Barrier& b) {
  if (b.missing == 0 && b.bytes == 0) {
    b.phase ^= 1;
    b.missing = b.arrivals;
    block->cluster->idle_polls = 0;
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

// Copies the box into `of`, zeros beyond the tensor, rows of the swizzle's width with their 16-byte chunks exchanged.
inline void land(const TensorCopy& c, Block& of) {
  const TensorMap& m = c.map;
  unsigned count = 1;
  for (unsigned i = 0; i < m.rank; i++) {
    count *= m.box[i];
  }
  if (c.to + (size_t)count * m.element_bytes > of.dynamic_size) {
    die("a tensor copy behind shared memory");
  }
  if (emu_wgmma_reads(of, c.to, (size_t)count * m.element_bytes)) {
    die("a tensor copy onto what a wgmma has yet to read");
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
    if (inside) {
      memcpy(of.dynamic + to, (const void*)from, m.element_bytes);
    } else {
      memset(of.dynamic + to, 0, m.element_bytes);
    }
  }
  Barrier& b = of.barriers[c.barrier];
  b.bytes -= (int)(count * m.element_bytes);
  end_phase_if_done(b);
}

// To the place of `shared` in the block of each rank in `mask`, where the bytes count for the barrier at the place of `barrier`.
inline void copy_tensor(void* shared, const TensorMap* map, std::initializer_list<int> at, void* barrier, unsigned mask) {
  TensorCopy c{};
  c.to = (size_t)((char*)shared - block->dynamic);
  c.map = *map;
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
  for (int rank = 0; mask >> rank; rank++) {
    if (mask >> rank & 1) {
      Block& of = peer(rank);
      c.barrier = &known_barrier_at(of.dynamic + ((char*)barrier - block->dynamic), of) - of.barriers.data();
      if (config.late_copies) {
        of.tensor_copies.push_back(c);
      } else {
        land(c, of);
      }
    }
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
  emu::block->barriers.push_back({barrier, arrivals, arrivals, 0, 0, false});
}
inline void mbarrier_fence() {
  for (auto& b : emu::block->barriers) {
    b.known = true;
  }
}
inline void mbarrier_arrive_expect(u64* barrier, int bytes) { emu::arrive(emu::barrier_at(barrier), bytes); }
inline bool mbarrier_try(u64* barrier, int parity) {
  emu::Block& own = *emu::block;
  auto& b = emu::barrier_at(barrier);
  auto word = std::find(own.words.begin(), own.words.end(), (size_t)(&b - own.barriers.data()));
  if (b.phase == parity && word != own.words.end()) {
    own.words.erase(word);
    own.idle_polls = own.cluster->idle_polls = 0;
    emu::arrive(b, 0);
  }
  auto& copies = own.tensor_copies;
  if (b.phase == parity && b.missing == 0) {
    for (size_t i = copies.size(); i-- > 0;) {
      if (&own.barriers[copies[i].barrier] == &b) {
        auto c = copies[i];
        copies.erase(copies.begin() + i);
        emu::land(c, own);
        break;
      }
    }
  }
  if (b.phase != parity) {
    own.idle_polls = 0;
    return true;
  }
  own.idle_polls++;
  if (++own.cluster->idle_polls > 64 * own.count * own.cluster->blocks.size()) {
    emu::die("deadlock: a wait for an mbarrier whose phase never ends");
  }
  emu::yield(true);
  return false;
}
inline void tensor_copy(void* shared, const TensorMap* map, int x0, int x1, int x2, u64* barrier) {
  emu::copy_tensor(shared, map, {x0, x1, x2}, barrier, 1u << emu::block->rank);
}
inline void tensor_copy(void* shared, const TensorMap* map, int x0, int x1, int x2, int x3, u64* barrier) {
  emu::copy_tensor(shared, map, {x0, x1, x2, x3}, barrier, 1u << emu::block->rank);
}

// ---- clusters ----

inline int cluster_size() { return (int)emu::block->cluster->blocks.size(); }
inline int cluster_rank() { return (int)emu::block->rank; }
inline void cluster_arrive() { emu::arrive_at_cluster(); }
inline void cluster_wait() { emu::wait_for_cluster(); }
inline u32 cluster_address(const void* shared, int rank) {
  emu::peer(rank);
  return (u32)rank << 24 | (u32)((const char*)shared - emu::block->dynamic);
}
inline void mbarrier_arrive_at(u32 barrier) {
  emu::Block& of = emu::peer((int)(barrier >> 24));
  emu::Barrier& b = emu::known_barrier_at(of.dynamic + (barrier & 0xffffff), of);
  if (&of != emu::block && emu::config.late_copies) {
    of.words.push_back(&b - of.barriers.data());
  } else {
    emu::arrive(b, 0);
  }
}
inline void tensor_copy_to(u32 ranks, void* shared, const TensorMap* map, int x0, int x1, int x2, u64* barrier) {
  emu::copy_tensor(shared, map, {x0, x1, x2}, barrier, ranks);
}

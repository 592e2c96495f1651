// SPDX-License-Identifier: Apache-2.0
//
// A thread block: its fibers, who runs next, __syncthreads, warp-wide operations and shared memory. And a cluster, the blocks
// that run side by side and reach into each other's shared memory; without clusters, one block.
//
// A fiber runs until it waits; then the next ready one in visiting order runs. What order that is, and whether a warp or a
// block is let to run on alone as far as it can ("greedy", "apart"), is set by Config: a race shows as a wrong number in one
// of them.
#pragma once
#include <algorithm>
#include <cstring>
#include <vector>

#include "fiber.h"
#include "tensor_map.h"

struct uint3 {
  unsigned x, y, z;
};
struct dim3 {
  unsigned x, y, z;
  dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
};

namespace emu {

struct Config {
  int order = 0;            // visiting order of fibers: 0 forward, 1 reverse, from 2 on shuffled with this seed
  bool late_copies = true;  // asynchronous copies land when they are waited for; false: at once
  bool greedy = false;      // a warp runs as far as it can before another does
  int threads = 1;          // host threads, each with blocks of its own
  bool late_products = true;  // wgmma is computed when it is waited for; false: at once
  bool apart = false;         // a block of a cluster runs as far as it can before another does
};
inline Config config;

enum State : uint8_t { READY, AT_WARP, AT_BLOCK, AT_GROUP, AT_CLUSTER, DONE };

struct Copy {
  void* to;
  const void* from;
  bool valid;
};

struct Fiber {
  Context context;
  uint3 thread;
  uint16_t warp;
  uint8_t lane;
  State state;
  uint8_t named;                 // at which named barrier it waits
  uint32_t phase;                // counts warp-wide operations, to alternate between two exchange buffers
  bool arrived;                  // at the cluster's barrier, and has not waited there yet
  unsigned cluster_phase;        // the barrier's when it arrived
  std::vector<Copy> copies;      // cp.async in flight
  std::vector<size_t> groups;    // where each committed group of them ends
};

// What the lanes of a warp hand each other. Two of them, because a lane may start the next operation before the last one
// has read its result of this one.
struct Exchange {
  uint64_t value[32];
  const void* pointer[32];
  alignas(64) uint16_t a[16][16];
  uint16_t b[8][16];
  alignas(64) float c[16][8];
};

struct Warp {
  uint32_t arrived, alive;
  Exchange exchange[2];
};

// A named piece of static shared memory.
struct Piece {
  const void* name;
  char* at;
  size_t size;
};

// An mbarrier in shared memory.
struct Barrier {
  const void* at;
  int arrivals, missing;  // of a phase, and of this one
  long bytes;             // announced and not there yet; below 0 if a peer's copy is earlier than its announcement
  int phase;
  bool known;             // by a fence, to copies and to the cluster's other blocks
};

// A box on its way to shared memory.
struct TensorCopy {
  size_t to, barrier;  // offset, and which of the block's to which it comes
  TensorMap map;
  int at[5];
};

struct Block;

struct Cluster {
  std::vector<Block*> blocks;  // by rank
  Context home;
  unsigned alive = 0, at_barrier = 0, phase = 0;  // fibers, those that arrived at the cluster's barrier, and how often it opened
  unsigned idle_polls = 0;                        // waits for mbarriers in a row that saw nothing happen
};

struct Block {
  Cluster* cluster = nullptr;
  unsigned rank = 0;
  std::vector<Barrier> barriers;
  std::vector<TensorCopy> tensor_copies;
  std::vector<size_t> words;  // to which of its barriers arrivals from other blocks are under way
  unsigned idle_polls = 0;  // as the cluster's, since a fiber of this block last got on or another block's ran
  std::vector<Fiber> fibers;
  std::vector<Warp> warps;
  std::vector<unsigned> order, place;  // fibers in visiting order, and where each stands in it
  Stacks stacks;
  Fiber* current = nullptr;
  unsigned count = 0, alive = 0, at_barrier = 0;
  unsigned at_named[16] = {};  // how many wait at each named barrier
  uint3 index;
  dim3 size, grid;
  void (*entry)(void*) = nullptr;
  void* arguments = nullptr;
  std::vector<char> arena;   // backs dynamic and static shared memory
  char* dynamic = nullptr;
  size_t dynamic_size = 0;
  std::vector<Piece> pieces;
  size_t used = 0;
};
inline thread_local Block* block = nullptr;

constexpr size_t CANARY = 128, STATIC_SHARED = 48 << 10;

[[noreturn]] inline void die(const char* what) {
  fprintf(stderr, "emulator: %s, in block (%u,%u,%u)\n", what, block->index.x, block->index.y, block->index.z);
  for (auto* b : block->cluster->blocks) {
    for (auto& f : b->fibers) {
      if (f.state != DONE && f.state != READY) {
        const char* where = f.state == AT_WARP ? "warp" : f.state == AT_GROUP ? "named" : f.state == AT_CLUSTER ? "cluster" : "block";
        fprintf(stderr, "  thread (%u,%u,%u) of block (%u,%u,%u) waits at a %s barrier\n", f.thread.x, f.thread.y, f.thread.z,
                b->index.x, b->index.y, b->index.z, where);
        break;
      }
    }
  }
  abort();
}

inline void run(Block& of, Fiber* next) {
  Fiber* old = block->current;
  if (&of != block) {
    of.idle_polls = 0;
    block = &of;
  } else if (next == old) {
    return;
  }
  of.current = next;
  switch_context(old ? old->context : of.cluster->home, next ? next->context : of.cluster->home);
}

// Runs the first ready fiber of `of` from place `from` to before `to`, if there is one. Returns when the caller's turn comes.
inline bool run_first(Block& of, unsigned from, unsigned to) {
  for (unsigned at = from; at < to; at++) {
    Fiber* f = &of.fibers[of.order[at]];
    if (f->state == READY) {
      run(of, f);
      return true;
    }
  }
  return false;
}

// Lets the next ready fiber run: of the own block, then of the cluster's others. `spin`: the caller is ready itself, but waits
// for others to get on.
inline void yield(bool spin = false) {
  Block& b = *block;
  if (config.greedy && !spin && b.current) {
    Fiber* first = b.current - b.current->lane;
    unsigned lanes = std::min<unsigned>(32, b.count - unsigned(first - b.fibers.data()));
    for (unsigned i = 1; i < lanes; i++) {
      Fiber* f = first + (b.current->lane + i) % lanes;
      if (f->state == READY) {
        return run(b, f);
      }
    }
  }
  const unsigned next = b.current ? b.place[b.current - b.fibers.data()] + 1 : 0;
  if (run_first(b, next, b.count)) {
    return;
  }
  const bool stays = config.apart && b.idle_polls <= 2 * b.count;
  if (stays && run_first(b, 0, next)) {
    return;
  }
  const unsigned blocks = (unsigned)b.cluster->blocks.size();
  for (unsigned i = 1; i < blocks; i++) {
    Block& other = *b.cluster->blocks[(b.rank + (config.order == 1 ? blocks - i : i)) % blocks];
    if (run_first(other, 0, other.count)) {
      return;
    }
  }
  b.idle_polls = 0;
  if (run_first(b, 0, next)) {
    return;
  }
  if (b.cluster->alive == 0) {
    return run(b, nullptr);
  }
  die("deadlock: a barrier that not every thread reaches");
}

inline void release_barrier() {
  block->at_barrier = 0;
  for (auto& f : block->fibers) {
    if (f.state == AT_BLOCK) {
      f.state = READY;
    }
  }
}

inline void sync_threads() {
  Block& b = *block;
  if (++b.at_barrier == b.alive) {
    release_barrier();
  } else {
    b.current->state = AT_BLOCK;
    yield();
  }
}

// A named barrier that so many threads of the block reach.
inline void sync_named(unsigned id, unsigned threads) {
  Block& b = *block;
  if (id == 0 || id >= 16 || threads % 32) {
    die("a bad named barrier");
  }
  if (++b.at_named[id] == threads) {
    b.at_named[id] = 0;
    for (auto& f : b.fibers) {
      if (f.state == AT_GROUP && f.named == id) {
        f.state = READY;
      }
    }
  } else {
    b.current->state = AT_GROUP;
    b.current->named = (uint8_t)id;
    yield();
  }
}

// ---- the cluster's barrier: a thread arrives, and may do other things before it waits ----

inline void open_cluster_barrier(Cluster& c) {
  c.at_barrier = 0;
  c.phase++;
  for (auto* b : c.blocks) {
    for (auto& f : b->fibers) {
      if (f.state == AT_CLUSTER) {
        f.state = READY;
      }
    }
  }
}

inline void arrive_at_cluster() {
  Cluster& c = *block->cluster;
  Fiber& f = *block->current;
  if (f.arrived) {
    die("a thread that arrives at the cluster's barrier twice without waiting");
  }
  f.arrived = true;
  f.cluster_phase = c.phase;
  if (++c.at_barrier == c.alive) {
    open_cluster_barrier(c);
  }
}

inline void wait_for_cluster() {
  Fiber& f = *block->current;
  if (!f.arrived) {
    die("a thread that waits at the cluster's barrier without having arrived");
  }
  f.arrived = false;
  if (f.cluster_phase == block->cluster->phase) {
    f.state = AT_CLUSTER;
    yield();
  }
}

// The cluster's block of this rank, which must not have ended: its shared memory may be another's by then.
inline Block& peer(int rank) {
  if (rank < 0 || rank >= (int)block->cluster->blocks.size()) {
    die("a rank that the cluster does not have");
  }
  Block& b = *block->cluster->blocks[rank];
  if (b.alive == 0) {
    die("shared memory of a block that has left the cluster");
  }
  return b;
}

// An operation of all living lanes of a warp: each gives its part, the last to arrive finishes, all may read the exchange.
template <class Give, class Finish>
inline Exchange& collective(Give give, Finish finish) {
  Block& b = *block;
  Fiber& f = *b.current;
  Warp& w = b.warps[f.warp];
  Exchange& x = w.exchange[f.phase++ & 1];
  give(x, f.lane);
  if (++w.arrived == (unsigned)__builtin_popcount(w.alive)) {
    w.arrived = 0;
    finish(x);
    Fiber* first = &f - f.lane;
    for (int i = 0; i < 32; i++) {
      if (w.alive >> i & 1) {
        first[i].state = READY;
      }
    }
  } else {
    f.state = AT_WARP;
    yield();
  }
  return x;
}

inline void fiber_main() {
  Block& b = *block;
  b.entry(b.arguments);
  Fiber* f = b.current;
  if (!f->copies.empty()) {
    die("a cp.async that was never waited for");
  }
  f->state = DONE;
  b.alive--;
  b.cluster->alive--;
  b.warps[f->warp].alive &= ~(1u << f->lane);
  if (b.alive == 0 && !b.words.empty()) {
    die("a block that ends while another's word to it is under way");
  }
  if (b.alive && b.at_barrier == b.alive) {
    release_barrier();
  }
  // A thread that has ended counts as arrived.
  if (f->arrived && f->cluster_phase == b.cluster->phase) {
    b.cluster->at_barrier--;
  }
  if (b.cluster->alive && b.cluster->at_barrier == b.cluster->alive) {
    open_cluster_barrier(*b.cluster);
  }
  yield();
  abort();
}

// ---- shared memory: full of NaN at the start, a canary behind each piece ----

inline void poison(char* at, size_t size) {
  memset(at, 0xFF, size);  // NaN in every format
  memset(at + size, 0xA5, CANARY);
  ASAN_POISON_MEMORY_REGION(at + ((size + 7) & ~size_t(7)), CANARY - 8);
}

inline void check_canary(char* at, size_t size) {
  ASAN_UNPOISON_MEMORY_REGION(at + size, CANARY);
  for (size_t i = 0; i < CANARY; i++) {
    if ((unsigned char)at[size + i] != 0xA5) {
      die("a write behind shared memory");
    }
  }
}

// The block's static array of this name (an address that is the same for all threads).
template <class T>
inline T* static_shared(const void* name, size_t elements) {
  Block& b = *block;
  for (auto& p : b.pieces) {
    if (p.name == name) {
      return (T*)p.at;
    }
  }
  size_t size = elements * sizeof(T), rounded = (size + 127) & ~size_t(127);
  char* at = b.dynamic + ((b.dynamic_size + 1023) & ~size_t(1023)) + 1024 + b.used;
  b.used += rounded + CANARY;
  if (b.used > STATIC_SHARED) {
    die("more than 48 KB of static shared memory");
  }
  memset(at + size, 0xA5, rounded - size + CANARY);
  poison(at, size);
  b.pieces.push_back({name, at, size});
  return (T*)at;
}

// ---- running the blocks of a cluster ----

inline void arrange(Block& b) {
  b.count = b.size.x * b.size.y * b.size.z;
  b.fibers.resize(b.count);
  b.warps.resize((b.count + 31) / 32);
  b.order.resize(b.count);
  b.place.resize(b.count);
  for (unsigned i = 0; i < b.count; i++) {
    b.order[i] = config.order == 1 ? b.count - 1 - i : i;
  }
  if (config.order >= 2) {
    uint32_t seed = config.order * 2654435761u;
    for (unsigned i = b.count - 1; i > 0; i--) {
      seed = seed * 1664525u + 1013904223u;
      std::swap(b.order[i], b.order[(seed >> 8) % (i + 1)]);
    }
  }
  for (unsigned i = 0; i < b.count; i++) {
    b.place[b.order[i]] = i;
  }
  b.stacks.reserve(b.count);
  b.arena.resize(b.dynamic_size + STATIC_SHARED + 4096);
  b.dynamic = (char*)(((uintptr_t)b.arena.data() + 1023) & ~uintptr_t(1023));
}

inline void begin(Block& b) {
  b.stacks.unpoison(b.count);
  ASAN_UNPOISON_MEMORY_REGION(b.arena.data(), b.arena.size());
  poison(b.dynamic, b.dynamic_size);
  b.pieces.clear();
  b.barriers.clear();
  b.words.clear();
  b.idle_polls = 0;
  b.used = 0;
  for (unsigned i = 0; i < b.warps.size(); i++) {
    unsigned lanes = std::min(32u, b.count - i * 32);
    b.warps[i].arrived = 0;
    b.warps[i].alive = lanes == 32 ? ~0u : (1u << lanes) - 1;
  }
  for (unsigned i = 0; i < b.count; i++) {
    Fiber& f = b.fibers[i];
    f.thread = {i % b.size.x, i / b.size.x % b.size.y, i / (b.size.x * b.size.y)};
    f.warp = (uint16_t)(i / 32);
    f.lane = (uint8_t)(i % 32);
    f.state = READY;
    f.phase = 0;
    f.arrived = false;
    f.copies.clear();
    f.groups.clear();
    prepare(f.context, b.stacks.of(i), Stacks::SIZE, fiber_main);
  }
  b.alive = b.count;
  b.at_barrier = 0;
  std::fill_n(b.at_named, 16, 0u);
  b.current = nullptr;
}

// What a block must have left in order.
inline void check(Block& b) {
  block = &b;
  if (!b.tensor_copies.empty()) {
    die("a tensor copy that was never waited for");
  }
  for (auto& barrier : b.barriers) {
    if (barrier.bytes) {
      die("an mbarrier that was announced other bytes than came");
    }
  }
  check_canary(b.dynamic, b.dynamic_size);
  for (auto& piece : b.pieces) {
    check_canary(piece.at, piece.size);
  }
}

inline void run_cluster(Cluster& c) {
  c.alive = c.at_barrier = c.phase = c.idle_polls = 0;
  for (auto* b : c.blocks) {
    begin(*b);
    c.alive += b->count;
  }
  block = config.order % 2 ? c.blocks.back() : c.blocks.front();
  yield();
  for (auto* b : c.blocks) {
    check(*b);
  }
}

}  // namespace emu

// SPDX-License-Identifier: Apache-2.0
//
// Launching: the clusters of a grid over the host's threads, and the registry through which a kernel is found by its name,
// with its arguments as the driver passes them (an array of pointers).
#pragma once
#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>

#include "block.h"

namespace emu {

struct Launch {
  dim3 grid, size;
  size_t dynamic_size;
  unsigned cluster;  // blocks of a cluster, neighbours along x
  void (*entry)(void*);
  void* arguments;
};

// Takes clusters of the grid until there are none left. A host thread's block objects keep their stacks from launch to launch.
inline void work(const Launch& l, std::atomic<uint64_t>& next) {
  static thread_local std::vector<std::unique_ptr<Block>> kept;
  static thread_local std::vector<int> orders;  // in which each is arranged
  Cluster cluster;
  for (unsigned rank = 0; rank < l.cluster; rank++) {
    if (rank == kept.size()) {
      kept.push_back(std::make_unique<Block>());
      orders.push_back(config.order);
    }
    Block& b = *kept[rank];
    bool same = b.count && b.size.x == l.size.x && b.size.y == l.size.y && b.size.z == l.size.z && b.dynamic_size == l.dynamic_size &&
                orders[rank] == config.order;
    b.rank = rank;
    b.size = l.size;
    b.grid = l.grid;
    b.dynamic_size = l.dynamic_size;
    b.entry = l.entry;
    b.arguments = l.arguments;
    if (!same) {
      arrange(b);
      orders[rank] = config.order;
    }
    b.cluster = &cluster;
    cluster.blocks.push_back(&b);
  }
  const uint64_t across = l.grid.x / l.cluster, total = across * l.grid.y * l.grid.z;
  for (uint64_t i; (i = next++) < total;) {
    for (unsigned rank = 0; rank < l.cluster; rank++) {
      kept[rank]->index = {(unsigned)(i % across * l.cluster + rank), (unsigned)(i / across % l.grid.y), (unsigned)(i / (across * l.grid.y))};
    }
    run_cluster(cluster);
  }
  block = nullptr;
}

inline void launch(const Launch& l) {
  if (!l.cluster || l.grid.x % l.cluster) {
    fprintf(stderr, "emulator: a grid of %u blocks in clusters of %u\n", l.grid.x, l.cluster);
    abort();
  }
  std::atomic<uint64_t> next{0};
  uint64_t total = (uint64_t)l.grid.x / l.cluster * l.grid.y * l.grid.z;
  std::vector<std::thread> helpers;
  for (int i = 1; i < config.threads && (uint64_t)i < total; i++) {
    helpers.emplace_back([&] { work(l, next); });
  }
  work(l, next);
  for (auto& h : helpers) {
    h.join();
  }
}

struct Kernel {
  void (*run)(dim3 grid, dim3 size, size_t dynamic_size, unsigned cluster, void** parameters);
  int count;                 // of parameters
  const size_t* sizes;       // of each parameter, in bytes
  const int* pointers;       // for each parameter that is a pointer the size of what it points to, else 0
  unsigned block;            // the block size it is written for
};

inline std::map<std::string, Kernel>& registry() {
  static std::map<std::string, Kernel> kernels;
  return kernels;
}

template <auto K>
struct Thunk;
template <class... A, void (*K)(A...)>
struct Thunk<K> {
  static constexpr int COUNT = sizeof...(A);
  static constexpr size_t SIZES[] = {sizeof(A)...};
  static constexpr int POINTERS[] = {(std::is_pointer<A>::value ? (int)sizeof(std::remove_pointer_t<A>) : 0)...};
  template <size_t... I>
  static void call(void** p, std::index_sequence<I...>) {
    K(*(A*)p[I]...);
  }
  static void entry(void* p) { call((void**)p, std::index_sequence_for<A...>()); }
  static void run(dim3 grid, dim3 size, size_t dynamic_size, unsigned cluster, void** parameters) {
    launch({grid, size, dynamic_size, cluster, entry, parameters});
  }
};

struct Registration {
  Registration(const char* name, Kernel k) { registry()[name] = k; }
};

}  // namespace emu

#define HB_REGISTER(name, block) \
  static emu::Registration registration_##name(#name, {emu::Thunk<name>::run, emu::Thunk<name>::COUNT, emu::Thunk<name>::SIZES, emu::Thunk<name>::POINTERS, block});

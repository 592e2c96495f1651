// SPDX-License-Identifier: Apache-2.0
//
// Launching: the blocks of a grid over the host's threads, and the registry through which a kernel is found by its name,
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
  void (*entry)(void*);
  void* arguments;
};

// Takes blocks of the grid until there are none left. A host thread's block object keeps its stacks from launch to launch.
inline void work(const Launch& l, std::atomic<uint64_t>& next) {
  static thread_local std::unique_ptr<Block> kept;
  static thread_local Config kept_config;
  if (!kept) {
    kept = std::make_unique<Block>();
  }
  Block& b = *kept;
  bool same = b.count && b.size.x == l.size.x && b.size.y == l.size.y && b.size.z == l.size.z && b.dynamic_size == l.dynamic_size &&
              kept_config.order == config.order;
  b.size = l.size;
  b.grid = l.grid;
  b.dynamic_size = l.dynamic_size;
  b.entry = l.entry;
  b.arguments = l.arguments;
  if (!same) {
    arrange(b);
    kept_config = config;
  }
  uint64_t total = (uint64_t)l.grid.x * l.grid.y * l.grid.z;
  for (uint64_t i; (i = next++) < total;) {
    b.index = {(unsigned)(i % l.grid.x), (unsigned)(i / l.grid.x % l.grid.y), (unsigned)(i / ((uint64_t)l.grid.x * l.grid.y))};
    run_block(b);
  }
  block = nullptr;
}

inline void launch(const Launch& l) {
  std::atomic<uint64_t> next{0};
  uint64_t total = (uint64_t)l.grid.x * l.grid.y * l.grid.z;
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
  void (*run)(dim3 grid, dim3 size, size_t dynamic_size, void** parameters);
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
  static void run(dim3 grid, dim3 size, size_t dynamic_size, void** parameters) {
    launch({grid, size, dynamic_size, entry, parameters});
  }
};

struct Registration {
  Registration(const char* name, Kernel k) { registry()[name] = k; }
};

}  // namespace emu

#define HB_REGISTER(name, block) \
  static emu::Registration registration_##name(#name, {emu::Thunk<name>::run, emu::Thunk<name>::COUNT, emu::Thunk<name>::SIZES, emu::Thunk<name>::POINTERS, block});

// SPDX-License-Identifier: Apache-2.0
//
// The state of the mock driver: settings, what is alive, what failed. All of it is guarded by one lock, which every call
// holds from beginning to end.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "launch.h"

typedef int CUresult;
typedef unsigned long long CUdeviceptr;

// The names and the numbers are cuda.h's.
enum : int {
  SUCCESS = 0,
  INVALID_VALUE = 1,
  OUT_OF_MEMORY = 2,
  NOT_INITIALIZED = 3,
  NO_DEVICE = 100,
  INVALID_DEVICE = 101,
  INVALID_IMAGE = 200,
  INVALID_CONTEXT = 201,
  NO_BINARY_FOR_GPU = 209,
  INVALID_HANDLE = 400,
  NOT_FOUND = 500,
  NOT_READY = 600,
  ILLEGAL_ADDRESS = 700,
  LAUNCH_FAILED = 719,
  NOT_SUPPORTED = 801,
  STREAM_CAPTURE_UNSUPPORTED = 900,
  STREAM_CAPTURE_INVALIDATED = 901,
  UNKNOWN = 999
};

#define MOCK_API extern "C" __attribute__((visibility("default"))) CUresult

namespace mock {

// ---- what the API hands out; every object knows that it is alive by being in `live` ----

enum Kind { STREAM, EVENT, MODULE, GRAPH, GRAPH_EXEC };

using Work = std::function<void()>;

struct Object {
  Kind kind;
  explicit Object(Kind k) : kind(k) {}
  virtual ~Object() = default;
};
struct Stream;
struct Event : Object {
  Event() : Object(EVENT) {}
  bool recorded = false, done = false;
  double milliseconds = 0;
  Stream* stream = nullptr;  // in which it was recorded last, behind how much
  long behind = 0;
};
struct Graph : Object {
  explicit Graph(Kind k = GRAPH) : Object(k) {}
  std::vector<Work> nodes;
};
struct Stream : Object {
  Stream() : Object(STREAM) {}
  std::vector<Work> pending;        // with HUBBLE_MOCK_LAZY, what nobody has waited for yet
  std::unique_ptr<Graph> capture;   // being recorded
  long asked = 0, awaited = 0;      // how much work has been asked for, and how much of it the caller has waited for
};
struct Function {
  std::string name;
  emu::Kernel kernel;
  int max_dynamic_shared = 48 << 10;
};
struct Module : Object {
  Module() : Object(MODULE) {}
  std::set<std::string> names;  // kernels in the image
  std::map<std::string, std::unique_ptr<Function>> functions;
};

struct Failure {
  std::string call;
  long nth;  // 0: every call
  int code;
};

struct Driver {
  // settings
  int capability = 90, version = 13000, devices = 1;
  size_t memory = (size_t)2 << 30;
  bool lazy = false;
  std::string report;
  // what happened
  bool initialised = false;
  int sticky = 0;  // an error after which the context is lost
  std::string last_error;
  std::map<std::string, long> calls;
  std::vector<Failure> failures;
  long launches = 0, clusters = 0;  // kernels, and of them those in clusters of more than one block
  // what is alive
  int retained = 0;
  std::map<CUdeviceptr, size_t> allocations;
  std::map<uintptr_t, size_t> host_allocations;
  size_t used = 0, peak = 0;
  std::set<Object*> live;
  Stream default_stream;

  ~Driver();
};
Driver& driver();
std::recursive_mutex& lock();
extern thread_local bool context_current;

enum Needs { NOTHING, INIT, CONTEXT };

// Begins a call: counts it, lets it fail if it shall, checks what it needs. 0 or the error to return.
int enter(const char* name, Needs needs);
// Remembers in words what a caller did wrong.
int wrong(const char* call, int code, const std::string& what);

template <class T>
T* alive(void* handle, Kind kind) {
  auto* o = (Object*)handle;
  return driver().live.count(o) && o->kind == kind ? static_cast<T*>(o) : nullptr;
}
template <class T>
T* born(T* object) {
  driver().live.insert(object);
  return object;
}
void bury(Object* object);

// The stream of a handle: null is the default one; nullptr if the handle is no stream.
Stream* stream_of(void* handle);
// Runs, defers or records the work, as the stream is.
int submit(Stream* s, Work work);
void finish(Stream* s);
void finish_all();
// Whether there is work of which the caller does not know that it is done.
bool unawaited();
void all_awaited();
bool on_device(CUdeviceptr p, size_t n);

}  // namespace mock

#define ENTER(name, needs)                                    \
  std::lock_guard<std::recursive_mutex> guard(mock::lock()); \
  if (int failed = mock::enter(name, mock::needs)) {          \
    return failed;                                            \
  }

// SPDX-License-Identifier: Apache-2.0
//
// Settings, failures on demand, the report at exit, and the few functions for tests alone.
#include "driver.h"

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sstream>

namespace mock {

thread_local bool context_current = false;

std::recursive_mutex& lock() {
  static auto* m = new std::recursive_mutex;  // outlives threads that are still in a call at exit
  return *m;
}

static std::vector<Failure> parse(const char* spec) {
  std::vector<Failure> failures;
  std::stringstream list(spec);
  for (std::string one; std::getline(list, one, ',');) {
    std::stringstream fields(one);
    std::string name, nth, code;
    std::getline(fields, name, ':');
    std::getline(fields, nth, ':');
    std::getline(fields, code, ':');
    bool memory = name.find("Alloc") != std::string::npos;
    int usual = memory ? OUT_OF_MEMORY : name.find("Launch") != std::string::npos ? LAUNCH_FAILED : UNKNOWN;
    failures.push_back({name, nth == "*" ? 0 : nth.empty() ? 1 : atol(nth.c_str()), code.empty() ? usual : atoi(code.c_str())});
  }
  return failures;
}

static void configure(Driver& d) {
  auto text = [](const char* name) {
    const char* s = getenv(name);
    return s && *s ? s : nullptr;
  };
  if (auto s = text("HUBBLE_MOCK_CAPABILITY")) {
    int major = 9, minor = 0;
    sscanf(s, "%d.%d", &major, &minor);
    d.capability = major * 10 + minor;
  }
  if (auto s = text("HUBBLE_MOCK_DRIVER")) d.version = atoi(s);
  if (auto s = text("HUBBLE_MOCK_MEMORY")) d.memory = strtoull(s, nullptr, 10);
  if (auto s = text("HUBBLE_MOCK_DEVICES")) d.devices = atoi(s);
  if (auto s = text("HUBBLE_MOCK_FAIL")) d.failures = parse(s);
  if (auto s = text("HUBBLE_MOCK_REPORT")) d.report = s;
  if (auto s = text("HUBBLE_MOCK_LAZY")) d.lazy = atoi(s) != 0;
  emu::config.threads = text("HUBBLE_MOCK_THREADS") ? atoi(text("HUBBLE_MOCK_THREADS")) : 2;
  emu::config.order = text("HUBBLE_MOCK_ORDER") ? atoi(text("HUBBLE_MOCK_ORDER")) : 0;
}

Driver& driver() {
  static Driver d;
  return d;
}

static long live_objects(const Driver& d) {
  return (long)(d.allocations.size() + d.host_allocations.size() + d.live.size()) + d.retained;
}

Driver::~Driver() {
  if (report.empty()) {
    return;
  }
  FILE* f = fopen(report.c_str(), "w");
  if (!f) {
    return;
  }
  fprintf(f, "launches %ld\nlaunches in clusters %ld\npeak bytes %zu\nlive bytes %zu\nlive objects %ld\n", launches, clusters, peak, used,
          live_objects(*this));
  for (auto& c : calls) {
    fprintf(f, "call %s %ld\n", c.first.c_str(), c.second);
  }
  if (!last_error.empty()) {
    fprintf(f, "last error %s\n", last_error.c_str());
  }
  fclose(f);
}

int wrong(const char* call, int code, const std::string& what) {
  driver().last_error = std::string(call) + ": " + what;
  fprintf(stderr, "mock libcuda: %s\n", driver().last_error.c_str());
  return code;
}

// Errors after which a real context can only be destroyed.
static bool is_sticky(int code) { return code == 214 || (code >= 700 && code <= 719 && code != 701) || code == 46; }

int enter(const char* name, Needs needs) {
  Driver& d = driver();
  static bool configured = false;
  if (!configured) {
    configured = true;
    configure(d);
  }
  long nth = ++d.calls[name];
  for (auto& f : d.failures) {
    if (f.call == name && (f.nth == 0 || f.nth == nth)) {
      if (is_sticky(f.code)) {
        d.sticky = f.code;
      }
      return f.code;
    }
  }
  if (needs != NOTHING && !d.initialised) {
    return wrong(name, NOT_INITIALIZED, "cuInit has not been called");
  }
  if (needs == CONTEXT) {
    if (!context_current) {
      return wrong(name, INVALID_CONTEXT, "no context is current to this thread");
    }
    if (d.sticky) {
      return d.sticky;
    }
  }
  return SUCCESS;
}

}  // namespace mock

using namespace mock;

#define TEST_API(type) extern "C" __attribute__((visibility("default"))) type

TEST_API(long) hubbleMockLiveBytes() {
  std::lock_guard<std::recursive_mutex> guard(lock());
  return (long)driver().used;
}
TEST_API(long) hubbleMockPeakBytes() {
  std::lock_guard<std::recursive_mutex> guard(lock());
  return (long)driver().peak;
}
TEST_API(long) hubbleMockLiveObjects() {
  std::lock_guard<std::recursive_mutex> guard(lock());
  return live_objects(driver());
}
TEST_API(long) hubbleMockLaunches() {
  std::lock_guard<std::recursive_mutex> guard(lock());
  return driver().launches;
}
TEST_API(long) hubbleMockClusterLaunches() {
  std::lock_guard<std::recursive_mutex> guard(lock());
  return driver().clusters;
}
TEST_API(long) hubbleMockCalls(const char* name) {
  std::lock_guard<std::recursive_mutex> guard(lock());
  auto found = driver().calls.find(name);
  return found == driver().calls.end() ? 0 : found->second;
}
// Which calls fail from now on, counted from now; and a lost context is found again.
TEST_API(void) hubbleMockFail(const char* spec) {
  std::lock_guard<std::recursive_mutex> guard(lock());
  Driver& d = driver();
  d.failures = parse(spec ? spec : "");
  d.sticky = 0;
  for (auto& f : d.failures) {
    if (f.nth) {
      f.nth += d.calls[f.call];
    }
  }
}
TEST_API(const char*) hubbleMockLastError() {
  std::lock_guard<std::recursive_mutex> guard(lock());
  return driver().last_error.c_str();
}

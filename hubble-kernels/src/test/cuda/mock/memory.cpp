// SPDX-License-Identifier: Apache-2.0
//
// Device memory is host memory: full of NaN when new and when freed, every copy checked against the allocation's bounds, a
// canary behind each. Copies from memory that is not page-locked take the data at the call, as the real driver does; from
// page-locked memory when the stream gets to it.
#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "driver.h"

using namespace mock;

namespace mock {

static constexpr size_t GUARD = 256;

static const std::pair<const CUdeviceptr, size_t>* allocation_of(CUdeviceptr p) {
  auto& all = driver().allocations;
  auto next = all.upper_bound(p);
  if (next == all.begin()) {
    return nullptr;
  }
  --next;
  return p < next->first + next->second ? &*next : nullptr;
}

bool on_device(CUdeviceptr p, size_t n) {
  auto a = allocation_of(p);
  return a && p + n <= a->first + a->second;
}

static bool page_locked(const void* p, size_t n) {
  auto& all = driver().host_allocations;
  auto next = all.upper_bound((uintptr_t)p);
  if (next == all.begin()) {
    return false;
  }
  --next;
  return (uintptr_t)p + n <= next->first + next->second;
}

static int allocate(CUdeviceptr* p, size_t n) {
  Driver& d = driver();
  if (n == 0) {
    return wrong("cuMemAlloc", INVALID_VALUE, "0 bytes");
  }
  if (n > d.memory || d.used > d.memory - n) {
    return OUT_OF_MEMORY;
  }
  size_t rounded = (n + 255) & ~(size_t)255;
  char* q = (char*)aligned_alloc(256, rounded + GUARD);
  if (!q) {
    return OUT_OF_MEMORY;
  }
  memset(q, 0xFF, n);
  memset(q + n, 0xA5, rounded - n + GUARD);
  *p = (CUdeviceptr)q;
  d.allocations[*p] = n;
  d.used += n;
  d.peak = d.used > d.peak ? d.used : d.peak;
  return SUCCESS;
}

static int release(const char* call, CUdeviceptr p) {
  Driver& d = driver();
  if (p == 0) {
    return SUCCESS;
  }
  auto found = d.allocations.find(p);
  if (found == d.allocations.end()) {
    return wrong(call, INVALID_VALUE, "not the start of a living allocation");
  }
  size_t n = found->second;
  int result = d.sticky;
  for (size_t i = n; i < ((n + 255) & ~(size_t)255) + GUARD; i++) {
    if (((unsigned char*)p)[i] != 0xA5) {
      result = wrong(call, ILLEGAL_ADDRESS, "something wrote behind this allocation of " + std::to_string(n) + " bytes");
      break;
    }
  }
  memset((void*)p, 0xFF, n);
  free((void*)p);
  d.used -= n;
  d.allocations.erase(found);
  return result;
}

}  // namespace mock

MOCK_API cuMemGetInfo_v2(size_t* free_bytes, size_t* total) {
  ENTER("cuMemGetInfo", CONTEXT);
  *total = driver().memory;
  *free_bytes = driver().memory - driver().used;
  return SUCCESS;
}
MOCK_API cuMemAlloc_v2(CUdeviceptr* p, size_t n) {
  ENTER("cuMemAlloc", CONTEXT);
  return allocate(p, n);
}
// Freed even when the context is lost, though the call then reports that: so that a leak is a missing call.
MOCK_API cuMemFree_v2(CUdeviceptr p) {
  ENTER("cuMemFree", INIT);
  // "This API may perform implicit synchronization", says the manual: nobody may rely on it.
  bool early = p && !driver().sticky && unawaited();
  finish_all();
  int result = release("cuMemFree", p);
  return result || !early ? result : wrong("cuMemFree", INVALID_VALUE, "the GPU may still be at work with it: nobody has waited");
}
MOCK_API cuMemAllocAsync(CUdeviceptr* p, size_t n, void* stream) {
  ENTER("cuMemAllocAsync", CONTEXT);
  return stream_of(stream) ? allocate(p, n) : INVALID_HANDLE;
}
MOCK_API cuMemFreeAsync(CUdeviceptr p, void* stream) {
  ENTER("cuMemFreeAsync", INIT);
  if (!stream_of(stream)) {
    return INVALID_HANDLE;
  }
  finish_all();
  return release("cuMemFreeAsync", p);
}
MOCK_API cuMemGetAddressRange_v2(CUdeviceptr* base, size_t* size, CUdeviceptr p) {
  ENTER("cuMemGetAddressRange", CONTEXT);
  auto a = allocation_of(p);
  if (!a) {
    return NOT_FOUND;
  }
  *base = a->first;
  *size = a->second;
  return SUCCESS;
}
MOCK_API cuDeviceGetDefaultMemPool(void** pool, int) {
  ENTER("cuDeviceGetDefaultMemPool", INIT);
  *pool = (void*)0x20;
  return SUCCESS;
}
MOCK_API cuMemPoolSetAttribute(void*, int, void*) {
  ENTER("cuMemPoolSetAttribute", CONTEXT);
  return SUCCESS;
}
MOCK_API cuMemPoolTrimTo(void*, size_t) {
  ENTER("cuMemPoolTrimTo", CONTEXT);
  return SUCCESS;
}

// ---- page-locked host memory ----

MOCK_API cuMemHostAlloc(void** p, size_t n, unsigned) {
  ENTER("cuMemHostAlloc", CONTEXT);
  if (n == 0 || !(*p = malloc(n))) {
    return n ? OUT_OF_MEMORY : INVALID_VALUE;
  }
  memset(*p, 0xFF, n);
  driver().host_allocations[(uintptr_t)*p] = n;
  return SUCCESS;
}
MOCK_API cuMemAllocHost_v2(void** p, size_t n) { return cuMemHostAlloc(p, n, 0); }
MOCK_API cuMemFreeHost(void* p) {
  ENTER("cuMemFreeHost", INIT);
  finish_all();
  if (!driver().host_allocations.erase((uintptr_t)p)) {
    return wrong("cuMemFreeHost", INVALID_VALUE, "not a living allocation");
  }
  free(p);
  return driver().sticky;
}
MOCK_API cuMemHostRegister_v2(void* p, size_t n, unsigned) {
  ENTER("cuMemHostRegister", CONTEXT);
  driver().host_allocations[(uintptr_t)p] = n;
  return SUCCESS;
}
MOCK_API cuMemHostUnregister(void* p) {
  ENTER("cuMemHostUnregister", INIT);
  finish_all();
  return driver().host_allocations.erase((uintptr_t)p) ? SUCCESS : INVALID_VALUE;
}
MOCK_API cuMemHostGetDevicePointer_v2(CUdeviceptr* d, void* p, unsigned) {
  ENTER("cuMemHostGetDevicePointer", CONTEXT);
  *d = (CUdeviceptr)p;
  return SUCCESS;
}

// ---- copies and fills ----

static int bounds(const char* call, CUdeviceptr p, size_t n) {
  return n == 0 || on_device(p, n) ? SUCCESS : wrong(call, INVALID_VALUE, std::to_string(n) + " bytes are not all in one living allocation");
}

static int copy(const char* call, void* stream, void* to, const void* from, size_t n, bool to_device, bool from_device) {
  Stream* s = stream_of(stream);
  if (!s) {
    return wrong(call, INVALID_HANDLE, "not a living stream");
  }
  int failed = to_device ? bounds(call, (CUdeviceptr)to, n) : SUCCESS;
  failed = failed ? failed : from_device ? bounds(call, (CUdeviceptr)from, n) : SUCCESS;
  if (failed) {
    return failed;
  }
  if (!from_device && !s->capture && !page_locked(from, n)) {
    auto data = std::make_shared<std::string>((const char*)from, n);
    return submit(s, [=] { memcpy(to, data->data(), n); });
  }
  int result = submit(s, [=] { memmove(to, from, n); });
  if (!to_device && !s->capture && !page_locked(to, n)) {
    finish(s);  // into pageable memory the call waits
  }
  return result;
}

// The calls without a stream wait for the default one, and so for all blocking ones.
static int copy_now(const char* call, void* to, const void* from, size_t n, bool to_device, bool from_device) {
  int result = copy(call, nullptr, to, from, n, to_device, from_device);
  finish(&driver().default_stream);
  driver().default_stream.awaited = driver().default_stream.asked;
  return result;
}

MOCK_API cuMemcpyHtoD_v2(CUdeviceptr to, const void* from, size_t n) {
  ENTER("cuMemcpyHtoD", CONTEXT);
  return copy_now("cuMemcpyHtoD", (void*)to, from, n, true, false);
}
MOCK_API cuMemcpyDtoH_v2(void* to, CUdeviceptr from, size_t n) {
  ENTER("cuMemcpyDtoH", CONTEXT);
  return copy_now("cuMemcpyDtoH", to, (void*)from, n, false, true);
}
MOCK_API cuMemcpyDtoD_v2(CUdeviceptr to, CUdeviceptr from, size_t n) {
  ENTER("cuMemcpyDtoD", CONTEXT);
  return copy_now("cuMemcpyDtoD", (void*)to, (void*)from, n, true, true);
}
MOCK_API cuMemcpyHtoDAsync_v2(CUdeviceptr to, const void* from, size_t n, void* stream) {
  ENTER("cuMemcpyHtoDAsync", CONTEXT);
  return copy("cuMemcpyHtoDAsync", stream, (void*)to, from, n, true, false);
}
MOCK_API cuMemcpyDtoHAsync_v2(void* to, CUdeviceptr from, size_t n, void* stream) {
  ENTER("cuMemcpyDtoHAsync", CONTEXT);
  return copy("cuMemcpyDtoHAsync", stream, to, (void*)from, n, false, true);
}
MOCK_API cuMemcpyDtoDAsync_v2(CUdeviceptr to, CUdeviceptr from, size_t n, void* stream) {
  ENTER("cuMemcpyDtoDAsync", CONTEXT);
  return copy("cuMemcpyDtoDAsync", stream, (void*)to, (void*)from, n, true, true);
}

template <class V>
static int fill(const char* call, CUdeviceptr p, V v, size_t n, void* stream) {
  Stream* s = stream_of(stream);
  if (!s) {
    return wrong(call, INVALID_HANDLE, "not a living stream");
  }
  if (p % sizeof v) {
    return wrong(call, INVALID_VALUE, "not aligned to the value");
  }
  int failed = bounds(call, p, n * sizeof v);
  return failed ? failed : submit(s, [=] { std::fill_n((V*)p, n, v); });
}
#define MOCK_FILL(bits, type)                                                                   \
  MOCK_API cuMemsetD##bits##_v2(CUdeviceptr p, type v, size_t n) {                              \
    ENTER("cuMemsetD" #bits, CONTEXT);                                                          \
    return fill("cuMemsetD" #bits, p, v, n, nullptr);                                           \
  }                                                                                             \
  MOCK_API cuMemsetD##bits##Async(CUdeviceptr p, type v, size_t n, void* stream) {              \
    ENTER("cuMemsetD" #bits "Async", CONTEXT);                                                  \
    return fill("cuMemsetD" #bits "Async", p, v, n, stream);                                    \
  }
MOCK_FILL(8, unsigned char)
MOCK_FILL(16, unsigned short)
MOCK_FILL(32, unsigned)

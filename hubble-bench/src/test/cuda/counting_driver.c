// SPDX-License-Identifier: Apache-2.0
//
// A libcuda.so.1 that does nothing but count: for finding out what the full-size networks would ask of a GPU, how much memory and
// how many launches, in seconds and without one. Names and numbers are cuda.h's; the GPU is an H100.
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define API __attribute__((visibility("default"))) int

typedef unsigned long long address;

__attribute__((visibility("default"))) struct counting {
  long long kernels, copies, graphs, recorded, live, peak;
} counting_calls;
static int recording;

// What was allocated, by when: there are a few hundred pieces at most.
static struct { address at; size_t bytes; } pieces[1 << 16];
static int made;
static address next = 1ull << 40;

API cuMemAlloc_v2(address* at, size_t bytes) {
  if (made == sizeof pieces / sizeof *pieces) return 2;
  *at = next;
  pieces[made].at = next;
  pieces[made++].bytes = bytes;
  next += (bytes + 511) / 512 * 512;
  counting_calls.live += (long long)bytes;
  if (counting_calls.live > counting_calls.peak) counting_calls.peak = counting_calls.live;
  return 0;
}
API cuMemFree_v2(address at) {
  for (int i = 0; i < made; i++) {
    if (pieces[i].at == at) {
      counting_calls.live -= (long long)pieces[i].bytes;
      pieces[i].at = 0;
      return 0;
    }
  }
  return 1;
}
API cuMemGetInfo_v2(size_t* unused, size_t* total) {
  *total = 85ull * 1000 * 1000 * 1000;
  *unused = *total - (size_t)counting_calls.live;
  return 0;
}
API cuMemHostAlloc(void** at, size_t bytes, unsigned flags) { return (void)flags, (*at = calloc(1, bytes)) ? 0 : 2; }
API cuMemFreeHost(void* at) { return free(at), 0; }

// Counts what runs; what is recorded runs when its graph does.
static int queued(long long* counter) {
  if (recording) counting_calls.recorded++;
  else ++*counter;
  return 0;
}
API cuMemcpyHtoDAsync_v2(address to, const void* from, size_t n, void* stream) { return (void)to, (void)from, (void)n, (void)stream, queued(&counting_calls.copies); }
API cuMemcpyDtoHAsync_v2(void* to, address from, size_t n, void* stream) { return (void)from, (void)stream, memset(to, 0, n), queued(&counting_calls.copies); }
API cuMemcpyDtoDAsync_v2(address to, address from, size_t n, void* stream) { return (void)to, (void)from, (void)n, (void)stream, queued(&counting_calls.copies); }
API cuMemsetD8Async(address to, unsigned char value, size_t n, void* stream) { return (void)to, (void)value, (void)n, (void)stream, queued(&counting_calls.copies); }
API cuLaunchKernel(void* f, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared, void* stream, void** parameters, void** extra) {
  (void)f, (void)stream, (void)parameters, (void)extra;
  if (!gx || !gy || !gz || gy > 65535 || gz > 65535 || bx > 1024 || by != 1 || bz != 1 || shared > 227 << 10) return 1;
  return queued(&counting_calls.kernels);
}
API cuLaunchKernelEx(void* config, void* f, void** parameters, void** extra) { return (void)config, (void)f, (void)parameters, (void)extra, queued(&counting_calls.kernels); }
API cuStreamBeginCapture_v2(void* stream, int mode) { return (void)stream, (void)mode, recording = 1, 0; }
API cuStreamEndCapture(void* stream, void** graph) { return (void)stream, *graph = (void*)0x30, recording = 0, 0; }
API cuGraphInstantiateWithFlags(void** exec, void* graph, unsigned long long flags) { return (void)graph, (void)flags, *exec = (void*)0x31, 0; }
API cuGraphInstantiate(void** exec, void* graph, unsigned long long flags) { return cuGraphInstantiateWithFlags(exec, graph, flags); }
API cuGraphLaunch(void* exec, void* stream) { return (void)exec, (void)stream, counting_calls.graphs++, 0; }
API cuGraphDestroy(void* graph) { return (void)graph, 0; }
API cuGraphExecDestroy(void* exec) { return (void)exec, 0; }

API cuInit(unsigned flags) { return (void)flags, 0; }
API cuDriverGetVersion(int* version) { return *version = 13000, 0; }
API cuDeviceGetCount(int* n) { return *n = 1, 0; }
API cuDeviceGetName(char* name, int length, int device) { return (void)device, strncpy(name, "counting H100", (size_t)length), 0; }
API cuDeviceGetAttribute(int* value, int attribute, int device) {
  (void)device;
  *value = attribute == 75 ? 9 : attribute == 16 ? 132 : attribute == 97 ? 227 << 10 : 0;
  return 0;
}
API cuDevicePrimaryCtxRetain(void** context, int device) { return (void)device, *context = (void*)0x10, 0; }
API cuDevicePrimaryCtxRelease_v2(int device) { return (void)device, 0; }
API cuCtxSetCurrent(void* context) { return (void)context, 0; }
API cuStreamCreate(void** stream, unsigned flags) { return (void)flags, *stream = (void*)0x20, 0; }
API cuStreamSynchronize(void* stream) { return (void)stream, 0; }
API cuStreamDestroy_v2(void* stream) { return (void)stream, 0; }
API cuEventCreate(void** event, unsigned flags) { return (void)flags, *event = (void*)0x21, 0; }
API cuEventRecord(void* event, void* stream) { return (void)event, (void)stream, 0; }
API cuEventSynchronize(void* event) { return (void)event, 0; }
API cuEventElapsedTime_v2(float* millis, void* from, void* to) { return (void)from, (void)to, *millis = 1, 0; }
API cuEventDestroy_v2(void* event) { return (void)event, 0; }
API cuModuleLoadData(void** module, const void* image) { return (void)image, *module = (void*)0x40, 0; }
API cuModuleUnload(void* module) { return (void)module, 0; }
API cuModuleGetFunction(void** function, void* module, const char* name) { return (void)module, (void)name, *function = (void*)0x41, 0; }
API cuFuncSetAttribute(void* function, int attribute, int value) { return (void)function, (void)attribute, (void)value, 0; }
API cuTensorMapEncodeTiled(void* map, int type, unsigned rank, void* base, const void* size, const void* stride, const void* box, const void* step, int interleave, int swizzle, int promotion, int fill) {
  (void)type, (void)rank, (void)base, (void)size, (void)stride, (void)box, (void)step, (void)interleave, (void)swizzle, (void)promotion, (void)fill;
  return memset(map, 0, 128), 0;
}
API cuGetErrorName(int code, const char** name) { return (void)code, *name = "CUDA_ERROR_X", 0; }
API cuGetExportTable(const void** table, const void* id) { return (void)id, *table = NULL, 500; }

// SPDX-License-Identifier: Apache-2.0
//
// Initialisation, devices, contexts and error names.
#include <dlfcn.h>

#include <cstdio>
#include <cstring>

#include "driver.h"

using namespace mock;

MOCK_API cuInit(unsigned flags) {
  ENTER("cuInit", NOTHING);
  if (flags) {
    return INVALID_VALUE;
  }
  if (driver().devices == 0) {
    return NO_DEVICE;
  }
  driver().initialised = true;
  return SUCCESS;
}

MOCK_API cuDriverGetVersion(int* version) {
  ENTER("cuDriverGetVersion", NOTHING);
  *version = driver().version;
  return SUCCESS;
}

MOCK_API cuDeviceGetCount(int* count) {
  ENTER("cuDeviceGetCount", INIT);
  *count = driver().devices;
  return SUCCESS;
}

static int check_device(int device) { return device >= 0 && device < driver().devices ? SUCCESS : INVALID_DEVICE; }

MOCK_API cuDeviceGet(int* device, int ordinal) {
  ENTER("cuDeviceGet", INIT);
  *device = ordinal;
  return check_device(ordinal);
}

MOCK_API cuDeviceGetName(char* name, int length, int device) {
  ENTER("cuDeviceGetName", INIT);
  if (length > 0) {
    snprintf(name, (size_t)length, "Hubble mock GPU sm_%d", driver().capability);
  }
  return check_device(device);
}

MOCK_API cuDeviceGetUuid_v2(char* uuid, int device) {
  ENTER("cuDeviceGetUuid", INIT);
  memset(uuid, device + 1, 16);
  return check_device(device);
}
MOCK_API cuDeviceGetUuid(char* uuid, int device) { return cuDeviceGetUuid_v2(uuid, device); }

MOCK_API cuDeviceGetPCIBusId(char* id, int length, int device) {
  ENTER("cuDeviceGetPCIBusId", INIT);
  snprintf(id, (size_t)length, "0000:%02x:00.0", device + 1);
  return check_device(device);
}

MOCK_API cuDeviceComputeCapability(int* major, int* minor, int device) {
  ENTER("cuDeviceComputeCapability", INIT);
  *major = driver().capability / 10;
  *minor = driver().capability % 10;
  return check_device(device);
}

MOCK_API cuDeviceGetAttribute(int* value, int attribute, int device) {
  ENTER("cuDeviceGetAttribute", INIT);
  int capability = driver().capability;
  // The most shared memory that a block can opt in to, by the CUDA programming guide's table of compute capabilities.
  int opt_in = capability == 75 ? 64 : capability == 80 || capability == 87 ? 163 : capability < 90 || capability >= 120 ? 99 : 227;
  switch (attribute) {
    case 1: *value = 1024; break;                // MAX_THREADS_PER_BLOCK
    case 2: case 3: *value = 1024; break;        // MAX_BLOCK_DIM_X, _Y
    case 4: *value = 64; break;                  // MAX_BLOCK_DIM_Z
    case 5: *value = 0x7fffffff; break;          // MAX_GRID_DIM_X
    case 6: case 7: *value = 65535; break;       // MAX_GRID_DIM_Y, _Z
    case 8: *value = 48 << 10; break;            // MAX_SHARED_MEMORY_PER_BLOCK
    case 10: *value = 32; break;                 // WARP_SIZE
    case 12: *value = 65536; break;              // MAX_REGISTERS_PER_BLOCK
    case 13: *value = 1755000; break;            // CLOCK_RATE
    case 14: *value = 512; break;                // TEXTURE_ALIGNMENT
    case 16: *value = 132; break;                // MULTIPROCESSOR_COUNT
    case 18: case 19: case 20: *value = 0; break;  // INTEGRATED, CAN_MAP_HOST_MEMORY, COMPUTE_MODE
    case 31: case 40: case 41: *value = 1; break;  // CONCURRENT_KERNELS, ASYNC_ENGINE_COUNT, UNIFIED_ADDRESSING
    case 38: *value = 50 << 20; break;           // L2_CACHE_SIZE
    case 39: *value = 2048; break;               // MAX_THREADS_PER_MULTIPROCESSOR
    case 75: *value = capability / 10; break;    // COMPUTE_CAPABILITY_MAJOR
    case 76: *value = capability % 10; break;    // COMPUTE_CAPABILITY_MINOR
    case 81: *value = (opt_in + 1) << 10; break;  // MAX_SHARED_MEMORY_PER_MULTIPROCESSOR
    case 97: *value = opt_in << 10; break;       // MAX_SHARED_MEMORY_PER_BLOCK_OPTIN
    case 115: *value = 1; break;                 // MEMORY_POOLS_SUPPORTED
    default: *value = 0;
  }
  return check_device(device);
}

MOCK_API cuDeviceTotalMem_v2(size_t* bytes, int device) {
  ENTER("cuDeviceTotalMem", INIT);
  *bytes = driver().memory;
  return check_device(device);
}

// ---- contexts: there is one, the primary ----

static void* const CONTEXT_HANDLE = (void*)0x10;

MOCK_API cuDevicePrimaryCtxRetain(void** context, int device) {
  ENTER("cuDevicePrimaryCtxRetain", INIT);
  driver().retained++;
  *context = CONTEXT_HANDLE;
  return check_device(device);
}
MOCK_API cuDevicePrimaryCtxRelease_v2(int) {
  ENTER("cuDevicePrimaryCtxRelease", INIT);
  if (driver().retained == 0) {
    return wrong("cuDevicePrimaryCtxRelease", INVALID_CONTEXT, "the context is not retained");
  }
  if (--driver().retained == 0) {
    driver().sticky = 0;
  }
  return SUCCESS;
}
MOCK_API cuDevicePrimaryCtxReset_v2(int) {
  ENTER("cuDevicePrimaryCtxReset", INIT);
  driver().sticky = 0;
  return SUCCESS;
}
MOCK_API cuDevicePrimaryCtxSetFlags_v2(int, unsigned) {
  ENTER("cuDevicePrimaryCtxSetFlags", INIT);
  return SUCCESS;
}
MOCK_API cuDevicePrimaryCtxGetState(int, unsigned* flags, int* active) {
  ENTER("cuDevicePrimaryCtxGetState", INIT);
  *flags = 0;
  *active = driver().retained > 0;
  return SUCCESS;
}
MOCK_API cuCtxSetCurrent(void* context) {
  ENTER("cuCtxSetCurrent", INIT);
  if (context && context != CONTEXT_HANDLE) {
    return wrong("cuCtxSetCurrent", INVALID_CONTEXT, "not a context");
  }
  context_current = context != nullptr;
  return SUCCESS;
}
MOCK_API cuCtxGetCurrent(void** context) {
  ENTER("cuCtxGetCurrent", INIT);
  *context = context_current ? CONTEXT_HANDLE : nullptr;
  return SUCCESS;
}
MOCK_API cuCtxPushCurrent_v2(void* context) { return cuCtxSetCurrent(context); }
MOCK_API cuCtxPopCurrent_v2(void** context) {
  ENTER("cuCtxPopCurrent", CONTEXT);
  if (context) {
    *context = CONTEXT_HANDLE;
  }
  context_current = false;
  return SUCCESS;
}
MOCK_API cuCtxGetDevice(int* device) {
  ENTER("cuCtxGetDevice", CONTEXT);
  *device = 0;
  return SUCCESS;
}
MOCK_API cuCtxSynchronize() {
  ENTER("cuCtxSynchronize", CONTEXT);
  finish_all();
  all_awaited();
  return driver().sticky;
}
MOCK_API cuCtxSetLimit(int, size_t) {
  ENTER("cuCtxSetLimit", CONTEXT);
  return SUCCESS;
}
MOCK_API cuCtxGetLimit(size_t* value, int) {
  ENTER("cuCtxGetLimit", CONTEXT);
  *value = 0;
  return SUCCESS;
}
MOCK_API cuCtxGetStreamPriorityRange(int* least, int* greatest) {
  ENTER("cuCtxGetStreamPriorityRange", CONTEXT);
  *least = 0;
  *greatest = -5;
  return SUCCESS;
}

// ---- errors ----

struct Name {
  int code;
  const char *name, *words;
};
static const Name NAMES[] = {
    {0, "CUDA_SUCCESS", "no error"},
    {1, "CUDA_ERROR_INVALID_VALUE", "invalid argument"},
    {2, "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"},
    {3, "CUDA_ERROR_NOT_INITIALIZED", "initialization error"},
    {4, "CUDA_ERROR_DEINITIALIZED", "driver shutting down"},
    {46, "CUDA_ERROR_DEVICE_UNAVAILABLE", "CUDA-capable device(s) is/are busy or unavailable"},
    {100, "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"},
    {101, "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"},
    {200, "CUDA_ERROR_INVALID_IMAGE", "device kernel image is invalid"},
    {201, "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"},
    {209, "CUDA_ERROR_NO_BINARY_FOR_GPU", "no kernel image is available for execution on the device"},
    {214, "CUDA_ERROR_ECC_UNCORRECTABLE", "uncorrectable ECC error encountered"},
    {218, "CUDA_ERROR_INVALID_PTX", "a PTX JIT compilation failed"},
    {222, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION", "the provided PTX was compiled with an unsupported toolchain."},
    {304, "CUDA_ERROR_OPERATING_SYSTEM", "OS call failed or operation not supported on this OS"},
    {400, "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"},
    {500, "CUDA_ERROR_NOT_FOUND", "named symbol not found"},
    {600, "CUDA_ERROR_NOT_READY", "device not ready"},
    {700, "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"},
    {701, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES", "too many resources requested for launch"},
    {702, "CUDA_ERROR_LAUNCH_TIMEOUT", "the launch timed out and was terminated"},
    {715, "CUDA_ERROR_ILLEGAL_INSTRUCTION", "an illegal instruction was encountered"},
    {716, "CUDA_ERROR_MISALIGNED_ADDRESS", "misaligned address"},
    {719, "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"},
    {801, "CUDA_ERROR_NOT_SUPPORTED", "operation not supported"},
    {803, "CUDA_ERROR_SYSTEM_DRIVER_MISMATCH", "system has unsupported display driver / cuda driver combination"},
    {900, "CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED", "operation not permitted when stream is capturing"},
    {901, "CUDA_ERROR_STREAM_CAPTURE_INVALIDATED", "operation failed due to a previous error during capture"},
    {912, "CUDA_ERROR_INVALID_CLUSTER_SIZE", "misconfigured cluster size"},
    {999, "CUDA_ERROR_UNKNOWN", "unknown error"},
};
static int lookup(int code, const char** text, const char* Name::* field) {
  for (auto& n : NAMES) {
    if (n.code == code) {
      *text = n.*field;
      return SUCCESS;
    }
  }
  *text = nullptr;
  return INVALID_VALUE;
}
MOCK_API cuGetErrorName(int code, const char** name) { return lookup(code, name, &Name::name); }
MOCK_API cuGetErrorString(int code, const char** words) { return lookup(code, words, &Name::words); }

// ---- how the CUDA runtime and NVRTC find functions ----

MOCK_API cuGetExportTable(const void** table, const void*) {
  *table = nullptr;
  return NOT_FOUND;
}
MOCK_API cuGetProcAddress_v2(const char* name, void** function, int, uint64_t, int* status) {
  *function = nullptr;
  for (const char* suffix : {"_v4", "_v3", "_v2", ""}) {
    if ((*function = dlsym(RTLD_DEFAULT, (std::string(name) + suffix).c_str()))) {
      break;
    }
  }
  if (status) {
    *status = *function ? 0 : 1;
  }
  return *function ? SUCCESS : NOT_FOUND;
}

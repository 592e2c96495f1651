// SPDX-License-Identifier: Apache-2.0
//
// Modules and launches. A kernel exists if the loaded image has it *and* the emulator has it, so that the pack and the
// sources cannot drift apart; a launch is checked as a real driver would, and harder: the block must be the one the kernel
// is written for, and every pointer must be null or lie in a living allocation, at a multiple of 16.
#include <cstdio>
#include <cstring>

#include "driver.h"
#include "tensor_map.h"

using namespace mock;

// ---- images: ELF (a cubin) or PTX ----

template <class V>
static V field(const char* at) {
  V v;
  memcpy(&v, at, sizeof v);
  return v;
}

// The kernels of a cubin are its sections .text.<name>; its architecture stands in the flags.
static int read_cubin(const char* image, std::set<std::string>& names) {
  const int architecture = field<uint32_t>(image + 48) >> 8 & 0xff, capability = driver().capability;
  if (architecture / 10 != capability / 10 || architecture % 10 > capability % 10) {
    return wrong("cuModuleLoadData", NO_BINARY_FOR_GPU,
                 "a cubin for sm_" + std::to_string(architecture) + " on sm_" + std::to_string(capability));
  }
  const char* sections = image + field<uint64_t>(image + 40);
  const int size = field<uint16_t>(image + 58), count = field<uint16_t>(image + 60), strings = field<uint16_t>(image + 62);
  const char* text = image + field<uint64_t>(sections + (size_t)strings * size + 24);
  for (int i = 0; i < count; i++) {
    const char* name = text + field<uint32_t>(sections + (size_t)i * size);
    if (!strncmp(name, ".text.", 6)) {
      names.insert(name + 6);
    }
  }
  return SUCCESS;
}

// The kernels of a PTX text are its .entry directives.
static int read_ptx(const char* text, std::set<std::string>& names) {
  int major = 0, minor = 0, target = 0;
  const char *version = strstr(text, ".version "), *sm = strstr(text, ".target sm_");
  if (!version || !sm || sscanf(version, ".version %d.%d", &major, &minor) != 2 || sscanf(sm, ".target sm_%d", &target) != 1) {
    return wrong("cuModuleLoadData", INVALID_IMAGE, "neither a cubin nor PTX");
  }
  if (major > 9 || (major == 9 && minor > (driver().version - 13000) / 10)) {
    return wrong("cuModuleLoadData", 222, "PTX " + std::to_string(major) + "." + std::to_string(minor) + " is newer than the driver");
  }
  if (target > driver().capability) {
    return wrong("cuModuleLoadData", NO_BINARY_FOR_GPU, "PTX for a newer GPU");
  }
  for (const char* entry = text; (entry = strstr(entry, ".entry ")); entry++) {
    const char* name = entry + 7;
    names.insert(std::string(name, strcspn(name, "( \n\t")));
  }
  return SUCCESS;
}

MOCK_API cuModuleLoadData(void** module, const void* image) {
  ENTER("cuModuleLoadData", CONTEXT);
  auto m = std::make_unique<Module>();
  const char* bytes = (const char*)image;
  int failed = memcmp(bytes, "\177ELF", 4) == 0 ? read_cubin(bytes, m->names) : read_ptx(bytes, m->names);
  if (failed) {
    return failed;
  }
  *module = born(m.release());
  return SUCCESS;
}
MOCK_API cuModuleLoadDataEx(void** module, const void* image, unsigned, int*, void**) { return cuModuleLoadData(module, image); }
MOCK_API cuModuleUnload(void* module) {
  ENTER("cuModuleUnload", INIT);
  Module* m = alive<Module>(module, MODULE);
  if (!m) {
    return wrong("cuModuleUnload", INVALID_HANDLE, "not a living module");
  }
  finish_all();
  bury(m);
  return driver().sticky;
}
MOCK_API cuModuleGetLoadingMode(int* mode) {
  *mode = 2;  // lazy
  return SUCCESS;
}
MOCK_API cuModuleGetFunction(Function** function, void* module, const char* name) {
  ENTER("cuModuleGetFunction", CONTEXT);
  Module* m = alive<Module>(module, MODULE);
  if (!m) {
    return wrong("cuModuleGetFunction", INVALID_HANDLE, "not a living module");
  }
  auto kernel = emu::registry().find(name);
  bool emulated = kernel != emu::registry().end();
  if (!m->names.count(name)) {
    return emulated ? NOT_FOUND : wrong("cuModuleGetFunction", NOT_FOUND, std::string(name) + " is neither in the image nor in the sources");
  }
  if (!emulated) {
    return wrong("cuModuleGetFunction", NOT_FOUND, std::string(name) + " is in the image but not in the sources: the pack is stale");
  }
  auto& f = m->functions[name];
  if (!f) {
    f.reset(new Function{name, kernel->second});
  }
  *function = f.get();
  return SUCCESS;
}
MOCK_API cuModuleGetGlobal_v2(CUdeviceptr*, size_t*, void*, const char*) {
  ENTER("cuModuleGetGlobal", CONTEXT);
  return NOT_FOUND;
}

// ---- functions ----

static Function* function_of(void* handle) {
  for (auto* o : driver().live) {
    if (o->kind == MODULE) {
      for (auto& f : static_cast<Module*>(o)->functions) {
        if (f.second.get() == handle) {
          return f.second.get();
        }
      }
    }
  }
  return nullptr;
}

static int most_dynamic_shared() {
  int c = driver().capability;
  return (c == 75 ? 64 : c == 80 || c == 87 ? 163 : c < 90 || c >= 120 ? 99 : 227) << 10;
}

MOCK_API cuFuncSetAttribute(void* function, int attribute, int value) {
  ENTER("cuFuncSetAttribute", CONTEXT);
  Function* f = function_of(function);
  if (!f) {
    return wrong("cuFuncSetAttribute", INVALID_HANDLE, "not a function of a living module");
  }
  if (attribute == 8) {  // MAX_DYNAMIC_SHARED_SIZE_BYTES
    if (value < 0 || value > most_dynamic_shared()) {
      return wrong("cuFuncSetAttribute", INVALID_VALUE, std::to_string(value) + " bytes of shared memory on this GPU");
    }
    f->max_dynamic_shared = value;
  }
  return SUCCESS;
}
MOCK_API cuFuncGetAttribute(int* value, int attribute, void* function) {
  ENTER("cuFuncGetAttribute", CONTEXT);
  Function* f = function_of(function);
  if (!f) {
    return INVALID_HANDLE;
  }
  switch (attribute) {
    case 0: *value = (int)f->kernel.block; break;         // MAX_THREADS_PER_BLOCK
    case 4: *value = 128; break;                          // NUM_REGS
    case 5: case 6: *value = driver().capability; break;  // PTX_VERSION, BINARY_VERSION
    case 8: *value = f->max_dynamic_shared; break;
    default: *value = 0;
  }
  return SUCCESS;
}
MOCK_API cuFuncSetCacheConfig(void* function, int) {
  ENTER("cuFuncSetCacheConfig", CONTEXT);
  return function_of(function) ? SUCCESS : INVALID_HANDLE;
}
MOCK_API cuFuncGetName(const char** name, void* function) {
  ENTER("cuFuncGetName", CONTEXT);
  Function* f = function_of(function);
  *name = f ? f->name.c_str() : nullptr;
  return f ? SUCCESS : INVALID_HANDLE;
}
MOCK_API cuOccupancyMaxActiveBlocksPerMultiprocessor(int* blocks, void* function, int, size_t) {
  ENTER("cuOccupancyMaxActiveBlocksPerMultiprocessor", CONTEXT);
  *blocks = 1;
  return function_of(function) ? SUCCESS : INVALID_HANDLE;
}

// ---- launches ----

// The arguments of a launch, copied at the call as the real driver does.
struct Arguments {
  std::vector<std::vector<char>> values;
  std::vector<void*> pointers;

  Arguments(const emu::Kernel& k, void** given) {
    for (int i = 0; i < k.count; i++) {
      // A tensor map must stay aligned to 64 bytes.
      values.emplace_back(k.sizes[i] + 64);
      char* at = (char*)(((uintptr_t)values.back().data() + 63) & ~(uintptr_t)63);
      memcpy(at, given[i], k.sizes[i]);
      pointers.push_back(at);
    }
  }
};

static std::string describe(const Function* f, unsigned i) { return f->name + ", parameter " + std::to_string(i); }

static int check_launch(const char* call, const Function* f, dim3 grid, dim3 block, unsigned shared, void** parameters) {
  if (!grid.x || !grid.y || !grid.z || grid.x > 0x7fffffffu || grid.y > 65535 || grid.z > 65535) {
    return wrong(call, INVALID_VALUE,
                 f->name + ": a grid of " + std::to_string(grid.x) + "x" + std::to_string(grid.y) + "x" + std::to_string(grid.z));
  }
  if (block.x != f->kernel.block || block.y != 1 || block.z != 1) {
    return wrong(call, INVALID_VALUE, f->name + " is written for blocks of " + std::to_string(f->kernel.block) + ", not of " +
                                          std::to_string(block.x) + "x" + std::to_string(block.y) + "x" + std::to_string(block.z));
  }
  if ((int)shared > f->max_dynamic_shared) {
    return wrong(call, INVALID_VALUE, f->name + ": " + std::to_string(shared) + " bytes of shared memory, but the limit is " +
                                          std::to_string(f->max_dynamic_shared) + " (cuFuncSetAttribute)");
  }
  if (!parameters) {
    return wrong(call, INVALID_VALUE, f->name + ": no parameters");
  }
  for (int i = 0; i < f->kernel.count; i++) {
    if (f->kernel.sizes[i] == sizeof(emu::TensorMap)) {
      emu::TensorMap m;
      memcpy(&m, parameters[i], sizeof m);
      if (!m.base || !on_device(m.base, emu::end_of(m) - m.base)) {
        driver().sticky = ILLEGAL_ADDRESS;
        return wrong(call, ILLEGAL_ADDRESS, describe(f, i) + " is of a tensor that is not in a living allocation");
      }
    }
    if (f->kernel.pointers[i]) {
      CUdeviceptr p = field<CUdeviceptr>((const char*)parameters[i]);
      if (p && !on_device(p, 1)) {
        driver().sticky = ILLEGAL_ADDRESS;
        return wrong(call, ILLEGAL_ADDRESS, describe(f, i) + " does not point into a living allocation");
      }
      if (p % 16) {
        return wrong(call, 716, describe(f, i) + " is not a multiple of 16");
      }
    }
  }
  return SUCCESS;
}

static int start(const char* call, void* function, dim3 grid, dim3 block, unsigned shared, unsigned cluster, void* stream,
                 void** parameters) {
  Function* f = function_of(function);
  Stream* s = stream_of(stream);
  if (!f || !s) {
    return wrong(call, INVALID_HANDLE, f ? "not a living stream" : "not a function of a living module");
  }
  if (grid.x % cluster) {
    return wrong(call, INVALID_VALUE, f->name + ": a grid of " + std::to_string(grid.x) + " blocks in clusters of " + std::to_string(cluster));
  }
  if (int failed = check_launch(call, f, grid, block, shared, parameters)) {
    return failed;
  }
  auto arguments = std::make_shared<Arguments>(f->kernel, parameters);
  auto kernel = f->kernel;
  return submit(s, [=] {
    driver().launches++;
    driver().clusters += cluster > 1;
    kernel.run(grid, block, shared, cluster, arguments->pointers.data());
  });
}

MOCK_API cuLaunchKernel(void* function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared,
                        void* stream, void** parameters, void**) {
  ENTER("cuLaunchKernel", CONTEXT);
  return start("cuLaunchKernel", function, dim3(gx, gy, gz), dim3(bx, by, bz), shared, 1, stream, parameters);
}

// As cuda.h has them.
struct LaunchAttribute {
  int id;
  char pad[4];
  union {
    char all[64];
    unsigned cluster[3];
  };
};
static_assert(sizeof(LaunchAttribute) == 72, "as large as a CUlaunchAttribute");
struct LaunchConfig {
  unsigned gx, gy, gz, bx, by, bz, shared;
  void* stream;
  const LaunchAttribute* attributes;
  unsigned count;
};
static_assert(sizeof(LaunchConfig) == 56, "as large as a CUlaunchConfig");

MOCK_API cuLaunchKernelEx(const LaunchConfig* c, void* function, void** parameters, void**) {
  const char* call = "cuLaunchKernelEx";
  ENTER(call, CONTEXT);
  unsigned cluster = 1;
  for (unsigned i = 0; i < c->count; i++) {
    const LaunchAttribute& a = c->attributes[i];
    if (a.id != 4) {  // CLUSTER_DIMENSION
      return wrong(call, NOT_SUPPORTED, "attribute " + std::to_string(a.id) + " is not emulated");
    }
    if (driver().capability < 90) {
      return wrong(call, INVALID_VALUE, "this GPU knows no clusters");
    }
    // More than 8 blocks only some GPUs have, and only a kernel that has said so.
    if (!a.cluster[0] || a.cluster[0] > 8 || a.cluster[1] != 1 || a.cluster[2] != 1) {
      return wrong(call, 912, "a cluster of " + std::to_string(a.cluster[0]) + "x" + std::to_string(a.cluster[1]) + "x" + std::to_string(a.cluster[2]));
    }
    cluster = a.cluster[0];
  }
  return start(call, function, dim3(c->gx, c->gy, c->gz), dim3(c->bx, c->by, c->bz), c->shared, cluster, c->stream, parameters);
}

// ---- tensor maps for TMA ----

MOCK_API cuTensorMapEncodeTiled(void* map, int type, unsigned rank, void* base, const uint64_t* size, const uint64_t* stride,
                                const unsigned* box, const unsigned* step, int interleave, int swizzle, int, int) {
  ENTER("cuTensorMapEncodeTiled", INIT);
  const char* problem = emu::encode_tiled(map, type, rank, base, size, stride, box, step, interleave, swizzle);
  return problem ? wrong("cuTensorMapEncodeTiled", INVALID_VALUE, problem) : SUCCESS;
}

// SPDX-License-Identifier: Apache-2.0
//
// One fiber per CUDA thread: a stack and a saved stack pointer. Switching costs a few nanoseconds, so that a block of 1024
// threads runs on one host thread. x86-64 has its own switch; elsewhere (or with -DEMU_UCONTEXT) ucontext does it, slower.
#pragma once
#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#endif

#if !defined(__x86_64__) && !defined(EMU_UCONTEXT)
#define EMU_UCONTEXT
#endif
#ifdef EMU_UCONTEXT
#include <ucontext.h>
#endif

namespace emu {

#ifdef EMU_UCONTEXT
struct Context {
  ucontext_t uc;
};
inline void switch_context(Context& from, Context& to) { swapcontext(&from.uc, &to.uc); }
inline void prepare(Context& c, char* stack, size_t size, void (*entry)()) {
  getcontext(&c.uc);
  c.uc.uc_stack.ss_sp = stack;
  c.uc.uc_stack.ss_size = size;
  c.uc.uc_link = nullptr;
  makecontext(&c.uc, entry, 0);
}
#else
struct Context {
  void* sp;
};
extern "C" void emu_switch(void** save, void* load);
// Saves what the System V ABI asks a callee to keep, and takes up the other stack where it was left.
asm(R"(
.text
.p2align 4
.type emu_switch,@function
.weak emu_switch
.hidden emu_switch
emu_switch:
 pushq %rbp
 pushq %rbx
 pushq %r12
 pushq %r13
 pushq %r14
 pushq %r15
 movq %rsp,(%rdi)
 movq %rsi,%rsp
 popq %r15
 popq %r14
 popq %r13
 popq %r12
 popq %rbx
 popq %rbp
 ret
.size emu_switch,.-emu_switch
)");
inline void switch_context(Context& from, Context& to) { emu_switch(&from.sp, to.sp); }
inline void prepare(Context& c, char* stack, size_t size, void (*entry)()) {
  void** s = (void**)(stack + size);
  *--s = nullptr;  // keeps the stack aligned as at a call
  *--s = (void*)entry;
  for (int i = 0; i < 6; i++) {
    *--s = nullptr;
  }
  c.sp = s;
}
#endif

// The stacks of one host thread's fibers, reserved once and touched only as far as they are used.
class Stacks {
 public:
  static constexpr size_t SIZE = 64 << 10;

  char* of(unsigned fiber) const { return base_ + fiber * SIZE; }

  void reserve(unsigned fibers) {
    if (fibers <= count_) {
      return;
    }
    free();
    count_ = fibers;
    void* p = mmap(nullptr, fibers * SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p == MAP_FAILED) {
      fprintf(stderr, "emulator: no memory for %u stacks\n", fibers);
      abort();
    }
    base_ = (char*)p;
  }

  // A finished fiber leaves its frames' red zones marked: clear them before the stacks are used again.
  void unpoison(unsigned fibers) { ASAN_UNPOISON_MEMORY_REGION(base_, fibers * SIZE); }

  ~Stacks() { free(); }

 private:
  void free() {
    if (base_) {
      ASAN_UNPOISON_MEMORY_REGION(base_, count_ * SIZE);
      munmap(base_, count_ * SIZE);
      base_ = nullptr;
    }
  }
  char* base_ = nullptr;
  unsigned count_ = 0;
};

}  // namespace emu

// SPDX-License-Identifier: Apache-2.0
//
// What the mock driver writes into a CUtensorMap, and the emulated TMA reads: the arguments of cuTensorMapEncodeTiled.
#pragma once
#include <cstdint>

namespace emu {

struct alignas(64) TensorMap {
  uint64_t base;
  uint32_t rank, element_bytes, swizzle_bytes;
  uint32_t size[5];     // in elements, innermost first
  uint64_t stride[4];   // in bytes, of axes 1..
  uint16_t box[5];
  uint8_t step[5];      // element strides
};
static_assert(sizeof(TensorMap) == 128, "as large as a CUtensorMap");

}  // namespace emu

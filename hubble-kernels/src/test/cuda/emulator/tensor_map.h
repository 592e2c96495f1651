// SPDX-License-Identifier: Apache-2.0
//
// What the mock driver writes into a CUtensorMap, and the emulated TMA reads: the arguments of cuTensorMapEncodeTiled, and the
// driver's rules for them.
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

// Fills in `map`; says what is wrong with the arguments, or null.
inline const char* encode_tiled(void* map, int type, unsigned rank, const void* base, const uint64_t* size, const uint64_t* stride,
                                const unsigned* box, const unsigned* step, int interleave, int swizzle) {
  if ((uintptr_t)map % 64) return "the map is not aligned to 64 bytes";
  if ((uintptr_t)base % 16) return "the tensor is not aligned to 16 bytes";
  if (rank < 1 || rank > 5) return "rank";
  if (interleave) return "interleaving is not emulated";
  static const int BYTES[] = {1, 2, 4, 4, 8, 8, 2, 4, 8, 2, 4, 4, 4};
  if (type < 0 || type > 12) return "type";
  if (swizzle < 0 || swizzle > 3) return "swizzle";
  TensorMap m{};
  m.base = (uint64_t)base;
  m.rank = rank;
  m.element_bytes = (uint32_t)BYTES[type];
  m.swizzle_bytes = swizzle == 0 ? 0 : 16u << swizzle;
  uint64_t bytes = m.element_bytes;
  for (unsigned i = 0; i < rank; i++) {
    if (!size[i] || size[i] > 0xffffffffu) return "a size";
    if (!box[i] || box[i] > 256) return "a box";
    if (!step[i] || step[i] > 8) return "an element stride";
    if (i && (stride[i - 1] % 16 || stride[i - 1] >> 40)) return "a stride that is not a multiple of 16, or too large";
    bytes *= box[i];
    m.size[i] = (uint32_t)size[i];
    m.box[i] = (uint16_t)box[i];
    m.step[i] = (uint8_t)step[i];
    if (i) m.stride[i - 1] = stride[i - 1];
  }
  unsigned inner = box[0] * m.element_bytes;
  if (inner % 16) return "the box's inner extent is not a multiple of 16 bytes";
  if (m.swizzle_bytes && inner > m.swizzle_bytes) return "the box's inner extent is larger than the swizzle";
  *(TensorMap*)map = m;
  return nullptr;
}

// The last byte that the tensor may have, and one more.
inline uint64_t end_of(const TensorMap& m) {
  uint64_t last = m.size[0] * (uint64_t)m.element_bytes;
  for (unsigned i = 1; i < m.rank; i++) {
    last += (m.size[i] - 1) * m.stride[i - 1];
  }
  return m.base + last;
}

}  // namespace emu

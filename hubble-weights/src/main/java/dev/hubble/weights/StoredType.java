// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights;

/// The number formats found in weight files.
public enum StoredType {
  F64(8),
  F32(4),
  F16(2),
  BF16(2),
  I64(8),
  I32(4),
  I16(2),
  I8(1),
  U64(8),
  U32(4),
  U16(2),
  U8(1),
  BOOL(1);

  private final int bytes;

  StoredType(int bytes) {
    this.bytes = bytes;
  }

  /// Bytes per element.
  public int bytes() {
    return bytes;
  }

  /// Whether this is a floating-point format, and so can hold a weight.
  public boolean isFloat() {
    return this == F64 || this == F32 || this == F16 || this == BF16;
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hubble.weights;

/// The number formats found in weight files, in the order in which safetensors ranks them for
/// alignment. The formats of eight bits and fewer that are no integers are known by name, so that a
/// file which holds one can be opened and described, but their values cannot be read.
public enum StoredType {
  BOOL(8, Kind.INTEGER),
  F4(4, Kind.OPAQUE),
  F6_E2M3(6, Kind.OPAQUE),
  F6_E3M2(6, Kind.OPAQUE),
  U8(8, Kind.INTEGER),
  I8(8, Kind.INTEGER),
  F8_E5M2(8, Kind.OPAQUE),
  F8_E4M3(8, Kind.OPAQUE),
  F8_E8M0(8, Kind.OPAQUE),
  F8_E4M3FNUZ(8, Kind.OPAQUE),
  F8_E5M2FNUZ(8, Kind.OPAQUE),
  I16(16, Kind.INTEGER),
  U16(16, Kind.INTEGER),
  F16(16, Kind.FLOAT),
  BF16(16, Kind.FLOAT),
  I32(32, Kind.INTEGER),
  U32(32, Kind.INTEGER),
  F32(32, Kind.FLOAT),
  C64(64, Kind.OPAQUE),
  F64(64, Kind.FLOAT),
  I64(64, Kind.INTEGER),
  U64(64, Kind.INTEGER);

  private enum Kind {
    FLOAT,
    INTEGER,
    OPAQUE
  }

  private final int bits;
  private final Kind kind;

  StoredType(int bits, Kind kind) {
    this.bits = bits;
    this.kind = kind;
  }

  /// Bits per element.
  public int bits() {
    return bits;
  }

  /// Bytes per element, rounded up where an element is less than a byte.
  public int bytes() {
    return (bits + 7) / 8;
  }

  /// Whether this is a floating-point format that can be read, and so can hold a weight.
  public boolean isFloat() {
    return kind == Kind.FLOAT;
  }

  /// Whether this is an integer format; truth values count as 0 and 1.
  public boolean isInteger() {
    return kind == Kind.INTEGER;
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels;

/// The number formats that a tensor's elements can have.
public enum DType {
  /// IEEE 754 binary32.
  F32(4),
  /// IEEE 754 binary16: 10 mantissa bits, largest value 65504.
  F16(2),
  /// bfloat16: the upper half of a binary32, 7 mantissa bits.
  BF16(2);

  private final int bytes;

  DType(int bytes) {
    this.bytes = bytes;
  }

  /// Bytes per element.
  public int bytes() {
    return bytes;
  }
}

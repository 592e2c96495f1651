// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.heap;

import org.jspecify.annotations.Nullable;

/// Consecutive elements of an array, which may hold other blocks beside it.
public final class Block {
  private final float[] data;
  private final int offset;
  private final int length;
  // Null if the array is this block's alone.
  final @Nullable Segment segment;

  private Block(float[] data, int offset, int length, @Nullable Segment segment) {
    this.data = data;
    this.offset = offset;
    this.length = length;
    this.segment = segment;
  }

  /// Elements `offset..offset+length-1` of a segment.
  static Block of(Segment segment, int offset, int length) {
    return new Block(segment.data, offset, length, segment);
  }

  /// `length` elements, all 0, of an array that holds nothing else.
  public static Block ofLength(int length) {
    return new Block(CacheLine.array(length), CacheLine.FIRST, length, null);
  }

  /// The array.
  public float[] data() {
    return data;
  }

  /// Where in [#data] the first element is.
  public int offset() {
    return offset;
  }

  /// The number of elements.
  int length() {
    return length;
  }
}

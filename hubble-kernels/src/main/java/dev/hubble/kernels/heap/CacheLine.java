// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.heap;

/// Where in an array the processor's cache lines begin.
///
/// A vector of 512 bits is as long as a line of 64 bytes. One that begins within a line lies in
/// two, and is loaded and stored at half the rate: seven vectors of eight do in an array at any
/// place, and products take up to a quarter more time. HotSpot's arrays have 16 bytes before their
/// first element, and begin themselves at a multiple of 64 bytes if the JVM runs with
/// `-XX:ObjectAlignmentInBytes=64`, as the launcher asks it to, or if they are so large that the G1
/// collector gives them regions of their own. Then element [#FIRST] begins a line. Elsewhere it is
/// as good a beginning as any.
public final class CacheLine {
  /// The floats of a line.
  public static final int FLOATS = 16;

  /// The first element to use.
  public static final int FIRST = 12;

  private CacheLine() {}

  /// An array with room for `length` elements from [#FIRST] on.
  public static float[] array(int length) {
    return new float[FIRST + length];
  }
}

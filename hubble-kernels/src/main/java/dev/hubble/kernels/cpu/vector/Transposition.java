// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cpu.vector;

import static jdk.incubator.vector.FloatVector.fromArray;

import dev.hubble.kernels.heap.CacheLine;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/// Rows become columns, a square of as many elements as a vector has at a time.
///
/// A square of four quarters is transposed by exchanging two of them and transposing each (Eklundh,
/// 1972, IEEE Trans. Computers C-21). All quarters of a size are done in one pass over the rows:
/// row i and row i + h exchange the halves of their stretches of 2h elements. The squares of the
/// last rows or columns overlap those before them instead of being narrower.
final class Transposition {
  private static final VectorSpecies<Float> S = Species.FLOAT;
  private static final int LANES = Species.LANES;

  /// A square on its way, from the first line on.
  private static final ThreadLocal<float[]> SQUARE =
      ThreadLocal.withInitial(() -> CacheLine.array(LANES * LANES));

  private static final VectorShuffle<Float> SWAP_8 = swap(8);
  private static final VectorShuffle<Float> SWAP_4 = swap(4);
  private static final VectorShuffle<Float> SWAP_2 = swap(2);
  private static final VectorShuffle<Float> SWAP_1 = swap(1);
  private static final VectorMask<Float> SECOND_8 = second(8);
  private static final VectorMask<Float> SECOND_4 = second(4);
  private static final VectorMask<Float> SECOND_2 = second(2);
  private static final VectorMask<Float> SECOND_1 = second(1);

  private Transposition() {}

  /// Exchanges neighbouring stretches of h lanes.
  private static VectorShuffle<Float> swap(int h) {
    return S.shuffleFromOp(i -> (i ^ h) % LANES);
  }

  /// Every second stretch of h lanes.
  private static VectorMask<Float> second(int h) {
    boolean[] lanes = new boolean[LANES];
    for (int i = 0; i < LANES; i++) {
      lanes[i] = (i & h) != 0;
    }
    return VectorMask.fromArray(S, lanes, 0);
  }

  /// The parameters are those of [dev.hubble.kernels.cpu.Kernels#transpose].
  static void run(
      float[] x,
      int xAt,
      int xStep,
      int rows,
      int columns,
      float scale,
      float[] y,
      int yAt,
      int yStep) {
    if (rows < LANES || columns < LANES) {
      for (int r = 0; r < rows; r++) {
        for (int c = 0; c < columns; c++) {
          y[yAt + c * yStep + r] = x[xAt + r * xStep + c] * scale;
        }
      }
      return;
    }
    float[] square = SQUARE.get();
    for (int row = 0; row < rows; row += LANES) {
      int r = Math.min(row, rows - LANES);
      for (int column = 0; column < columns; column += LANES) {
        int c = Math.min(column, columns - LANES);
        load(x, xAt + r * xStep + c, xStep, scale, square);
        if (LANES > 8) {
          exchange(square, 8, SWAP_8, SECOND_8);
        }
        if (LANES > 4) {
          exchange(square, 4, SWAP_4, SECOND_4);
        }
        exchange(square, 2, SWAP_2, SECOND_2);
        store(square, y, yAt + c * yStep + r, yStep);
      }
    }
  }

  private static void load(float[] x, int at, int step, float scale, float[] square) {
    for (int i = 0; i < LANES; i++) {
      fromArray(S, x, at + i * step).mul(scale).intoArray(square, CacheLine.FIRST + i * LANES);
    }
  }

  /// One pass: all pairs of rows that are h apart.
  private static void exchange(
      float[] square, int h, VectorShuffle<Float> swap, VectorMask<Float> second) {
    for (int k = 0; k < LANES / 2; k++) {
      int i = CacheLine.FIRST + (k / h * 2 * h + k % h) * LANES;
      int j = i + h * LANES;
      var a = fromArray(S, square, i);
      var b = fromArray(S, square, j);
      a.blend(b.rearrange(swap), second).intoArray(square, i);
      a.rearrange(swap).blend(b, second).intoArray(square, j);
    }
  }

  /// The last pass, h = 1.
  private static void store(float[] square, float[] y, int at, int step) {
    for (int i = 0; i < LANES; i += 2) {
      var a = fromArray(S, square, CacheLine.FIRST + i * LANES);
      var b = fromArray(S, square, CacheLine.FIRST + (i + 1) * LANES);
      a.blend(b.rearrange(SWAP_1), SECOND_1).intoArray(y, at + i * step);
      a.rearrange(SWAP_1).blend(b, SECOND_1).intoArray(y, at + (i + 1) * step);
    }
  }
}

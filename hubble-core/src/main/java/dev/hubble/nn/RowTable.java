// SPDX-License-Identifier: Apache-2.0
package dev.hubble.nn;

import dev.hubble.kernels.DType;
import dev.hubble.kernels.HostTensor;
import org.jspecify.annotations.Nullable;

/// A table of which a run reads a few rows, once: the vectors of 49,408 tokens, of which a prompt
/// has 77. It stays on the host, in the format in which it is stored, and takes nothing of a GPU's
/// memory.
public final class RowTable {
  private static final int PIECE = 1 << 16;

  private final int rows;
  private final int columns;
  private final DType dtype;
  // One of the two, as the format is long or short.
  private final float @Nullable [] floats;
  private final short @Nullable [] halves;

  private RowTable(
      int rows, int columns, DType dtype, float @Nullable [] floats, short @Nullable [] halves) {
    this.rows = rows;
    this.columns = columns;
    this.dtype = dtype;
    this.floats = floats;
    this.halves = halves;
  }

  /// Reads all of `table` `[rows,columns]`.
  static RowTable of(HostTensor table) {
    int rows = table.shape().dim(0);
    int columns = table.shape().dim(1);
    int size = Math.multiplyExact(rows, columns);
    if (table.dtype() == DType.F32) {
      float[] all = new float[size];
      table.read(0, all, 0, size);
      return new RowTable(rows, columns, DType.F32, all, null);
    }
    boolean brain = table.dtype() == DType.BF16;
    short[] all = new short[size];
    float[] piece = new float[Math.min(size, PIECE)];
    for (int at = 0; at < size; at += piece.length) {
      int n = Math.min(piece.length, size - at);
      table.read(at, piece, 0, n);
      for (int i = 0; i < n; i++) {
        all[at + i] =
            brain
                ? (short) (Float.floatToRawIntBits(piece[i]) >>> 16)
                : Float.floatToFloat16(piece[i]);
      }
    }
    return new RowTable(rows, columns, table.dtype(), null, all);
  }

  /// How many rows there are.
  public int rows() {
    return rows;
  }

  /// Writes row `row` to `into[at..]`.
  ///
  /// @throws IllegalArgumentException if there is no such row
  public void read(int row, float[] into, int at) {
    if (row < 0 || row >= rows) {
      throw new IllegalArgumentException(
          "there is no row %d in a table of %d rows".formatted(row, rows));
    }
    int from = row * columns;
    if (floats != null) {
      System.arraycopy(floats, from, into, at, columns);
    } else if (halves != null) {
      for (int i = 0; i < columns; i++) {
        short bits = halves[from + i];
        into[at + i] =
            dtype == DType.BF16 ? Float.intBitsToFloat(bits << 16) : Float.float16ToFloat(bits);
      }
    }
  }
}

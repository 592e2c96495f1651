// SPDX-License-Identifier: Apache-2.0
package dev.hubble.nn;

import dev.hubble.kernels.HostTensor;
import dev.hubble.kernels.PackedNumbers;

/// A table of which a run reads a few rows, once: the vectors of 49,408 tokens, of which a prompt
/// has 77. It stays on the host, in the format in which it is stored, and takes nothing of a GPU's
/// memory.
public final class RowTable {
  private static final int PIECE = 1 << 16;

  private final int rows;
  private final int columns;
  private final PackedNumbers numbers;

  private RowTable(int rows, int columns, PackedNumbers numbers) {
    this.rows = rows;
    this.columns = columns;
    this.numbers = numbers;
  }

  /// Reads all of `table` `[rows,columns]`.
  static RowTable of(HostTensor table) {
    int rows = table.shape().dim(0);
    int columns = table.shape().dim(1);
    int size = Math.multiplyExact(rows, columns);
    var numbers = new PackedNumbers(table.dtype(), size);
    float[] piece = new float[Math.min(size, PIECE)];
    for (int at = 0; at < size; at += piece.length) {
      int n = Math.min(piece.length, size - at);
      table.read(at, piece, 0, n);
      numbers.set(at, piece, n);
    }
    return new RowTable(rows, columns, numbers);
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
    numbers.get(row * columns, into, at, columns);
  }
}

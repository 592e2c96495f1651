// SPDX-License-Identifier: Apache-2.0
package dev.hubble.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubble.kernels.DType;
import dev.hubble.kernels.HostTensor;
import dev.hubble.kernels.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Tables that stay on the host.
class RowTableTest {
  // More than one piece of reading.
  private static final int ROWS = 9001;
  private static final int COLUMNS = 17;

  /// Multiples of 1/8 up to 16 are numbers of every format, so nothing may be rounded.
  private record Stored(DType dtype) implements HostTensor {
    @Override
    public Shape shape() {
      return Shape.of(ROWS, COLUMNS);
    }

    @Override
    public void read(long offset, float[] into, int at, int count) {
      for (int i = 0; i < count; i++) {
        into[at + i] = number(offset + i);
      }
    }

    private static float number(long i) {
      return (i * 7919 % 255 - 127) / 8f;
    }
  }

  @ParameterizedTest
  @EnumSource(DType.class)
  void aRowIsWhatWasStored(DType dtype) {
    var table = RowTable.of(new Stored(dtype));
    float[] row = new float[COLUMNS + 2];
    for (int r = 0; r < ROWS; r += 60) {
      table.read(r, row, 1);
      for (int c = 0; c < COLUMNS; c++) {
        assertThat(row[1 + c]).isEqualTo(Stored.number((long) r * COLUMNS + c));
      }
    }
    assertThat(row[0]).isZero();
    assertThat(row[COLUMNS + 1]).isZero();
    assertThat(table.rows()).isEqualTo(ROWS);
  }

  @Test
  void aRowThatIsNotThereIsRefused() {
    var table = RowTable.of(new Stored(DType.F16));
    float[] row = new float[COLUMNS];
    assertThatThrownBy(() -> table.read(ROWS, row, 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("there is no row 9001 in a table of 9001 rows");
    assertThatThrownBy(() -> table.read(-1, row, 0)).isInstanceOf(IllegalArgumentException.class);
  }
}

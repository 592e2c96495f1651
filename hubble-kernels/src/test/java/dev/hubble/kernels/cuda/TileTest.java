// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hubble.kernels.DType;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class TileTest {
  @ParameterizedTest
  @CsvSource({
    "F16, 8192, 320, true, _128x160", // the widths of the UNet
    "F16, 32768, 512, true, _128x128", // and of the VAE
    "F16, 128, 1280, true, _64x64", // too few large blocks
    "F16, 8192, 4, true, _64x32",
    "BF16, 8192, 320, false, _any",
    "F32, 8192, 320, true, ''"
  })
  void theTileFitsTheProduct(DType dtype, int m, int n, boolean vectors, String name) {
    assertThat(Tile.choose(dtype, m, n, vectors, 1, 227 << 10).name()).isEqualTo(name);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 4096, 320, 2880, 1",
    "1, 64, 1280, 11520, 3",
    "1, 1, 1280, 320, 2",
    "1, 1, 4, 32, 1",
    "4, 64, 1280, 5120, 1", // the four phases of a doubled image fill a GPU sooner
    "4, 9, 320, 1280, 3"
  })
  void smallResultsAreCutAlongTheSum(int products, long rows, int n, int kp, int splits) {
    assertThat(Tile.splits(products, rows, n, kp)).isEqualTo(splits);
  }
}

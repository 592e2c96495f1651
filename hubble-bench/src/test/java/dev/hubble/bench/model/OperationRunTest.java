// SPDX-License-Identifier: Apache-2.0
package dev.hubble.bench.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.hubble.kernels.Backends;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OperationRunTest {
  @ParameterizedTest
  @CsvSource({
    "linear:8x16x24, '[8, 16]', 6144",
    "conv:2x4x4x8x16, '[2, 4, 4, 16]', 73728",
    "upsample:2x4x4x8x16, '[2, 8, 8, 16]', 294912",
    "attention:2x8x5x16x2, '[2, 8, 16]', 5120"
  })
  void anOperationIsMadeOfItsName(String name, String shape, double flops) {
    try (var ops = Backends.open("cpu", new Backends.Options(1));
        var _ = ops.openScope()) {
      var task = OperationRun.prepare(ops, name);
      var y = task.call().get();
      assertThat(y.shape().toString()).isEqualTo(shape);
      assertThat(task.flops()).isEqualTo(flops);
      double sum = 0;
      for (float value : y.toArray()) {
        sum += Math.abs(value);
      }
      assertThat(sum).isPositive().isFinite();
    }
  }

  @Test
  void anUnknownOperationIsRefused() {
    try (var ops = Backends.open("cpu", new Backends.Options(1))) {
      assertThatThrownBy(() -> OperationRun.prepare(ops, "linear"))
          .hasMessageContaining("linear does not look like");
      assertThatThrownBy(() -> OperationRun.prepare(ops, "sort:8"))
          .hasMessageContaining("no operation sort");
    }
  }

  @Test
  void aRowComparesWithWhatPyTorchTook(@TempDir Path folder) throws IOException {
    var file = folder.resolve("peer.txt");
    assertThat(OperationRun.peer(file)).isEmpty();
    Files.writeString(file, "version\t2.11\nlinear:8x16x24\t10.00\nTraceback: no GPU\n");
    var peer = OperationRun.peer(file);
    assertThat(peer).containsOnlyKeys("version", "linear:8x16x24");
    assertThat(OperationRun.row("linear:8x16x24", 4e8, 20, peer.get("linear:8x16x24")))
        .isEqualTo("| linear:8x16x24 | 20.0 | 20.0 | 10.0 | 50 |");
    assertThat(OperationRun.row("conv:1", 4e8, 20, null))
        .isEqualTo("| conv:1 | 20.0 | 20.0 | - | - |");
  }
}

// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class BackendsTest {
  @Test
  void autoIsTheCpuUntilAGpuHasConfirmedTheKernels() {
    try (var ops = Backends.open("auto", Backends.Options.DEFAULT)) {
      assertThat(ops.device()).isEqualTo("cpu");
    }
  }

  @Test
  void onlyGpusComputeInOtherFormats() {
    assertThatThrownBy(() -> Backends.open("reference", Backends.Options.DEFAULT.dtype(DType.BF16)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("f32 only");
    for (var dtype : DType.values()) {
      try (var ops = Backends.open("cpu", Backends.Options.DEFAULT.dtype(dtype))) {
        assertThat(ops.dtype()).isEqualTo(DType.F32);
        assertThat(ops.weightType()).isEqualTo(dtype);
        assertThat(ops.description().contains("weights in " + dtype)).isEqualTo(dtype != DType.F32);
      }
    }
  }

  @Test
  void descriptionsNameThreads() {
    try (var ops = Backends.open("cpu", new Backends.Options(2))) {
      assertThat(ops.description()).startsWith("cpu: ").endsWith(", 2 threads");
    }
    try (var ops = Backends.open("cpu", new Backends.Options(1))) {
      assertThat(ops.description()).endsWith(", 1 thread");
    }
    try (var ops = Backends.open("reference", Backends.Options.DEFAULT)) {
      assertThat(ops.description()).startsWith("reference: ");
    }
  }

  @Test
  void unknownDevicesAreAnsweredWithTheKnownOnes() {
    assertThatThrownBy(() -> Backends.open("tpu", Backends.Options.DEFAULT))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("\"tpu\"")
        .hasMessageContaining("auto, cuda, cuda:N, cpu and reference");
    assertThatThrownBy(() -> Backends.open("cpu", new Backends.Options(-1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("threads");
  }

  @Test
  void reportListsAllBackends() {
    assertThat(Backends.report())
        .filteredOn(r -> !r.device().startsWith("cuda"))
        .allMatch(Backends.Report::available)
        .extracting(Backends.Report::device)
        .containsExactly("cpu", "reference");
    // With a driver, mocked or not, there are GPUs; without one there is a reason.
    assertThat(Backends.report())
        .filteredOn(r -> r.device().startsWith("cuda"))
        .isNotEmpty()
        .allMatch(r -> !r.detail().isBlank());
  }

  @Test
  void tensorsAndWeightsOfAnotherBackendAreRefused() {
    try (var cpu = Backends.open("cpu", new Backends.Options(1));
        var other = Backends.open("reference", Backends.Options.DEFAULT)) {
      var x = cpu.upload(new float[] {1, 2}, 1, 2);
      var w = other.linearWeight(HostTensor.of(new float[] {1, 2}, 1, 2));
      assertThatThrownBy(() -> other.silu(x))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("silu: the tensor [1, 2] belongs to another backend");
      assertThatThrownBy(() -> cpu.linear(x, w, null))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("linear: the weight [1, 2] belongs to another backend");
    }
  }
}

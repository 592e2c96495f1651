// SPDX-License-Identifier: Apache-2.0
package dev.hubble.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

final class BackendsTest {
  @Test
  void autoIsTheFastest() {
    try (var ops = Backends.open("auto", Backends.Options.DEFAULT)) {
      assertThat(ops.device()).isEqualTo(Backends.report().getFirst().device());
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
        .hasMessageContaining("auto, cpu and reference");
    assertThatThrownBy(() -> Backends.open("cpu", new Backends.Options(-1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("threads");
  }

  @Test
  void reportListsAllBackends() {
    assertThat(Backends.report())
        .extracting(Backends.Report::device)
        .containsExactly("cpu", "reference");
    assertThat(Backends.report()).allMatch(Backends.Report::available);
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
